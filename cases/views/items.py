"""Steps as lines of a checklist: every value ready."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.access import Sight
from cases.enums import ENDED_STEPS, LIVE_STEPS, Status, StepStatus
from cases.models import Step
from cases.services import steps as service
from core import clock, looks
from core.tables import StepItem, row_meta
from manual.enums import DeadlineKind, Phase
from manual.library import milestone_label
from manual.models import StepTemplate

STATES: Final = {
    StepStatus.WAITING: "todo",
    StepStatus.OPEN: "todo",
    StepStatus.STARTED: "now",
    StepStatus.DONE: "done",
    StepStatus.NOT_APPLICABLE: "na",
    StepStatus.BLOCKED: "blocked",
    StepStatus.CANCELLED: "na",
}
_STATUS_TAG: Final = {
    StepStatus.WAITING: ("grey", "clock"),
    StepStatus.OPEN: ("plain", ""),
    StepStatus.STARTED: ("fjord", "circle-dot"),
    StepStatus.DONE: ("plain", ""),
    StepStatus.NOT_APPLICABLE: ("plain", ""),
    StepStatus.BLOCKED: ("amber", "pause"),
    StepStatus.CANCELLED: ("plain", ""),
}
_KIND_COLOUR: Final = {
    DeadlineKind.STATUTORY_FIXED: "blue",
    DeadlineKind.STATUTORY_OPEN: "blue",
    DeadlineKind.MANUAL_GUIDANCE: "fjord",
    DeadlineKind.PORTAL_DEFAULT: "grey",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one of the manual's steps."""

    number: int
    title: str
    progress: str
    items: Sequence[StepItem]


def title(step: Step, sight: Sight | None) -> str:
    """What is to be done: the words of the act that asked for it, for those who may read them.

    Without sight it is a referrer's own duty, whose title is the Manual's."""
    if step.wording and sight is not None and sight.reads_text_of(step):
        return str(step.wording)
    return str(step.template.title)


def item(
    step: Step, sight: Sight | None, now: datetime, *, can_act: bool, back: str = "", owner: bool = True
) -> StepItem:
    """A line. `can_act`: the viewer may end the step with one press; `back`: where that leads."""
    status, state = StepStatus(step.status), STATES[StepStatus(step.status)]
    at_once = can_act and status in (*LIVE_STEPS, StepStatus.WAITING) and not service.is_reported(step, sight)
    at_once = at_once and service.may_end(step)
    where = "?" + urlencode({"nasta": back}) if back else ""
    return StepItem(
        state=state,
        title=title(step, sight),
        url=reverse("cases:step", args=[step.case_id, step.pk]),
        meta=_meta(step, sight, now, owner),
        status=status_tag(step),
        done_url=reverse("cases:step-done", args=[step.case_id, step.pk]) + where if at_once else "",
        version=step.version,
    )


def status_tag(step: Step) -> SafeString:
    """The status as a word; how late it is stands in the clock beside it."""
    status = StepStatus(step.status)
    return looks.tag(status.label, *_STATUS_TAG[status])


def owner_name(step: Step, sight: Sight | None) -> str:
    """The house that owes a step, as the viewer may know it. Without sight it is her own."""
    if step.agency is not None:
        return sight.name_of(step.agency) if sight else step.agency.name
    return str(step.desk.name) if step.desk is not None else ""


def names_people(step: Step, sight: Sight | None) -> bool:
    """Whether the people of the house that owes a step may be named."""
    return sight is None or step.agency is None or not sight.hides(step.agency)


def kind_tag(template: StepTemplate, *, labelled: bool = False) -> SafeString:
    """Where the number of the deadline comes from, and whether it is to be confirmed.

    `labelled`: a label beside it says already that it is about the deadline."""
    kind = DeadlineKind(template.kind)
    words = kind.label if labelled else _("Deadline: %(source)s") % {"source": kind.label}
    tags = [looks.tag(words, _KIND_COLOUR[kind])]
    if template.number_is_unsure:
        tags.append(looks.tag(_("to be confirmed"), "amber", "help"))
    return format_html_join(" ", "{}", ((tag,) for tag in tags))


def manual_url(template: StepTemplate, case_id: uuid.UUID) -> str:
    """The paragraph of the Manual that explains a step, in the edition it came from, with the way back."""
    path, hash_, anchor = template.get_absolute_url().partition("#")
    query = urlencode({"arende": str(case_id), "utgava": str(template.edition_id)})
    return f"{path}?{query}{hash_}{anchor}"


def _meta(step: Step, sight: Sight | None, now: datetime, owner: bool) -> SafeString:
    over = step.status in ENDED_STEPS
    number = step.template.paragraph.replace("-", ".")
    url = manual_url(step.template, step.case_id)
    return row_meta(
        owner_name(step, sight) if owner else "",
        step.assignee.name if step.assignee and not over and names_people(step, sight) else "",
        ended(step, sight, now) if over else time_left(step, now),
        "" if over else kind_tag(step.template),
        format_html('<a href="{}">{}</a>', url, _("The Manual %(number)s") % {"number": number}),
    )


def time_left(step: Step, now: datetime) -> object:
    """The text clock, or what the step waits for."""
    if step.status == StepStatus.WAITING:
        event = milestone_label(step.milestone, step.template.edition_id)
        return _("Starts with: %(event)s") % {"event": event.lower()}
    if step.status == StepStatus.BLOCKED and step.next_check_on:
        day = looks.weekday_text(step.next_check_on, clock.local(now).date())
        words = _("Waits for %(what)s, look again %(day)s")
        return words % {"what": step.get_blocked_on_display(), "day": day}
    if step.paused_at and (step.agency_id or step.case.status != Status.WAITING):
        day = looks.day_text(step.paused_at, now)
        return looks.tag(_("The clock stands still since %(day)s") % {"day": day}, "grey", "pause")
    return looks.clock(step.due_at, now, started=step.starts_at, paused=step.paused_at)


def ended(step: Step, sight: Sight | None, now: datetime) -> str:
    """How and when a step ended."""
    if step.status == StepStatus.CANCELLED:
        return _("Ended by the portal: %(reason)s") % {"reason": step.get_cancel_reason_display()}
    if step.status == StepStatus.NOT_APPLICABLE:
        return str(step.get_not_applicable_reason_display())
    day = looks.weekday_text(step.done_on or step.ended_at or now, clock.local(now).date())
    return f"{day}, {step.ended_by.name}" if step.ended_by and names_people(step, sight) else day


def grouped(steps: Iterable[Step], made: dict[uuid.UUID, StepItem]) -> list[Group]:
    """Lines by the manual's steps, empty ones left out."""
    by_phase: dict[str, list[Step]] = {}
    for step in steps:
        if step.pk in made:
            by_phase.setdefault(step.phase, []).append(step)
    groups = []
    for phase in Phase:
        here = by_phase.get(phase, [])
        if not here:
            continue
        counted = [s for s in here if s.status not in (StepStatus.CANCELLED, StepStatus.NOT_APPLICABLE)]
        done = sum(s.status == StepStatus.DONE for s in counted)
        words = _("%(done)s of %(total)s done") % {"done": done, "total": len(counted)}
        groups.append(Group(phase.number, str(phase.label), words, [made[s.pk] for s in here]))
    return groups
