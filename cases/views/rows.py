"""What lists and headers print about a case: every value ready, so that a template never computes."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, F
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.enums import ENDED_STEPS, Level, Status, StepStatus
from cases.models import Case, CaseGrant, Referral, Step
from coordinators.enums import AgeBand
from core import clock, looks
from manual.enums import Phase

PHASES: Final = tuple(phase for phase in Phase if phase != Phase.CLOSE)
"""The six steps of the manual."""
STATUS_LOOK: Final = {
    Status.RECEIVED: ("blue", "send"),
    Status.WAITING: ("amber", "help"),
    Status.ACTIVE: ("fjord", "circle-dot"),
    Status.NOT_TAKEN: ("grey", "x"),
    Status.CLOSED: ("plain", ""),
    Status.MERGED: ("grey", "copy"),
    Status.DISPOSED: ("grey", "trash"),
}
Counts = Mapping[str, Mapping[str, int]]
"""Phase → status → number of steps."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of cases, as components/rows.html prints it."""

    id: uuid.UUID
    url: str
    preview: str
    title: str
    clock: str
    meta: SafeString
    select_label: str = ""
    current: bool = False
    focus: bool = False
    unread: bool = False
    new: str = ""


# --- tags ----------------------------------------------------------------------------------------


def status_tag(case: Case) -> SafeString:
    colour, icon = STATUS_LOOK[Status(case.status)]
    return looks.tag(case.get_status_display(), colour, icon)


def snoozed_tag(case: Case, now: datetime) -> SafeString | None:
    if case.snoozed_until is None or case.snoozed_until <= now:
        return None
    return looks.tag(_("Snoozed until %(time)s") % {"time": looks.day_text(case.snoozed_until, now)}, "grey", "pause")


def flags(case: Case, now: datetime) -> list[SafeString]:
    """What makes the case special, in the order of weight."""
    found: list[SafeString | None] = [
        looks.tag(_("Immediate danger"), "red", "danger") if case.danger else None,
        looks.tag(_("Child"), "amber", "child") if case.age_band == AgeBand.CHILD else None,
        looks.tag(_("Age unsure"), "amber", "child") if case.age_band == AgeBand.UNSURE else None,
        looks.tag(_("Protected identity"), "plum", "lock") if case.is_protected else None,
        looks.tag(_("Without personal data"), "grey", "eye-off") if case.is_consultation else None,
        _late_tag(case),
        snoozed_tag(case, now),
        looks.tag(_("Practice case"), "grey", "book") if case.practice else None,
    ]
    return [flag for flag in found if flag is not None]


def _late_tag(case: Case) -> SafeString | None:
    if not case.overdue_count or not case.is_open:
        return None
    words = ngettext("%(n)s step overdue", "%(n)s steps overdue", case.overdue_count) % {"n": case.overdue_count}
    return looks.tag(words, "amber", "alert")


def flag_line(shown: Sequence[SafeString]) -> SafeString:
    """At most three, then how many more."""
    rest = len(shown) - 3
    more = looks.tag(f"+{rest}") if rest > 0 else ""
    return format_html('<span class="flags">{}{}</span>', format_html_join("", "{}", ((f,) for f in shown[:3])), more)


def case_clock(case: Case, due_at: datetime | None, now: datetime) -> looks.Clock | None:
    """To answer while unanswered, stopped while waiting, else the next step; nothing when the case is over."""
    if case.status == Status.WAITING:
        return looks.clock(None, now, paused=case.waiting_since)
    if case.status == Status.RECEIVED:
        return looks.clock(case.answer_by, now, started=case.received_at, answer=True, danger=case.danger)
    if not case.is_open or due_at is None:
        return None
    return looks.clock(due_at, now)


# --- the six steps -------------------------------------------------------------------------------


def phase_state(counts: Mapping[str, int]) -> str:
    """done, now, todo, na or blocked, from the steps of one phase by status."""
    total, ended = sum(counts.values()), sum(counts.get(status, 0) for status in ENDED_STEPS)
    if not total:
        return "todo"
    if ended == total:
        return "done" if counts.get(StepStatus.DONE) else "na"
    if counts.get(StepStatus.BLOCKED):
        return "blocked"
    begun = counts.get(StepStatus.STARTED, 0) + counts.get(StepStatus.DONE, 0)
    return "now" if begun else "todo"


def band(counts: Counts, url: str = "") -> list[looks.BandStep]:
    """The step band of one case. `url`: the checklist each step links to."""
    steps = []
    for phase in PHASES:
        here = counts.get(phase, {})
        counted = sum(n for status, n in here.items() if status not in (StepStatus.CANCELLED, StepStatus.NOT_APPLICABLE))
        note = ""
        if counted:
            note = _("%(done)s of %(total)s") % {"done": here.get(StepStatus.DONE, 0), "total": counted}
        link = f"{url}?steg={phase.number}" if url else ""
        steps.append(looks.BandStep(phase.label, phase_state(here), note, link))
    return steps


def counted(steps: Iterable[Step]) -> dict[str, Counter[str]]:
    """Steps already read, by phase and status."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for step in steps:
        found[step.phase][step.status] += 1
    return found


def counted_for(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, dict[str, int]]]:
    """Steps of many cases by phase and status. One query."""
    found: dict[uuid.UUID, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = Step.objects.filter(case__in=list(case_ids)).values("case_id", "phase", "status").annotate(n=Count("pk"))
    for row in rows.order_by():
        found[row["case_id"]][row["phase"]][row["status"]] = row["n"]
    return found


def senders(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """From which agency the referral that opened each case came. One query."""
    opening = Referral.objects.filter(case__in=list(case_ids), reference=F("case__reference"))
    return dict(opening.values_list("case_id", "agency__name"))


# --- rows ----------------------------------------------------------------------------------------


def rows(grants: Sequence[CaseGrant], *, chosen: uuid.UUID | None = None, preview: bool = True,
         query: str = "") -> list[Row]:  # fmt: skip
    """The lines of a list. Two queries, however many cases."""
    now = clock.now()
    ids = [grant.case_id for grant in grants]
    bands = counted_for(g.case_id for g in grants if g.level >= Level.STEPS)
    names = senders(ids)
    return [_row(g, bands.get(g.case_id), names.get(g.case_id, ""), chosen, preview, query, now) for g in grants]


def _row(grant: CaseGrant, counts: Counts | None, sender: str, chosen: uuid.UUID | None, preview: bool,
         query: str, now: datetime) -> Row:  # fmt: skip
    case = grant.case
    time_left = case_clock(case, grant.due_at, now)
    where = f"?{query}" if query else ""
    return Row(
        id=case.pk,
        url=reverse("cases:case", args=[case.pk]) + where,
        preview=reverse("cases:preview", args=[case.pk]) + where if preview else "",
        title=case.title,
        clock=mark_safe(time_left.__html__()) if time_left else "",  # noqa: S308 - built by looks
        meta=_meta(case, counts, sender, now),
        select_label=_("Select %(reference)s") % {"reference": case.reference},
        current=case.pk == chosen,
        focus=case.pk == chosen,
    )


def _meta(case: Case, counts: Counts | None, sender: str, now: datetime) -> SafeString:
    parts: list[object] = [format_html('<span class="ref">{}</span>', case.reference)]
    if case.status != Status.RECEIVED:
        parts.append(status_tag(case))
    parts.append(flag_line(flags(case, now)))
    if counts is not None:
        parts.append(looks.mini_band(band(counts)))
    if sender:
        parts.append(_("From %(agency)s") % {"agency": sender})
    if case.assignee is not None:
        parts.append(case.assignee.name)
    return format_html_join("", "<span>{}</span>", ((part,) for part in parts))
