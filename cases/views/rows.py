"""What lists and headers print about a case: every value ready, so that a template never computes."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Count
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.enums import ENDED_STEPS, GrantReason, Level, Status, StepStatus
from cases.models import Case, CaseGrant, Step
from coordinators.enums import AgeBand
from core import clock, looks
from core.tables import Row, reference, row_meta
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


# --- tags ----------------------------------------------------------------------------------------


def status_tag(case: Case) -> SafeString:
    colour, icon = STATUS_LOOK[Status(case.status)]
    return looks.tag(case.get_status_display(), colour, icon)


def snoozed_tag(case: Case, now: datetime) -> SafeString | None:
    if case.snoozed_until is None or case.snoozed_until <= now:
        return None
    return looks.tag(
        _("Snoozed until %(time)s") % {"time": looks.day_text(case.snoozed_until, now)}, "grey", "pause"
    )


def flags(
    case: Case, now: datetime, *, missing: bool = True, disputed: bool = False, matched: bool = False
) -> list[SafeString]:
    """What makes the case special, in the order of weight. `missing`: whether the viewer is in the case;
    `disputed`, `matched`: whether agencies disagree, or the person may be known, and the viewer may know."""
    found: list[SafeString | None] = [
        missing_tag(case, now) if missing else None,
        looks.tag(_("Immediate danger"), "red", "danger") if case.danger else None,
        looks.tag(_("Child"), "amber", "child") if case.age_band == AgeBand.CHILD else None,
        looks.tag(_("Age unsure"), "amber", "child") if case.age_band == AgeBand.UNSURE else None,
        looks.tag(_("Protected identity"), "plum", "lock") if case.is_protected else None,
        looks.tag(_("Without personal data"), "grey", "eye-off") if case.is_consultation else None,
        looks.tag(_("Nobody has taken it on"), "amber", "alert") if disputed else None,
        looks.tag(_("Possible match"), "blue", "copy") if matched and case.is_open else None,
        _late_tag(case),
        snoozed_tag(case, now),
        looks.tag(_("Practice case"), "grey", "book") if case.practice else None,
    ]
    return [flag for flag in found if flag is not None]


def emergency_tag(grant: CaseGrant | None) -> list[SafeString]:
    """The viewer reads in an emergency, and until when; nothing for any other grant."""
    if grant is None or grant.reason != GrantReason.BREAK_GLASS or grant.valid_until is None:
        return []
    words = _("Emergency access until %(time)s") % {"time": looks.time_text(grant.valid_until)}
    return [looks.tag(words, "red", "lock")]


def missing_tag(case: Case, now: datetime) -> SafeString | None:
    if case.missing_since is None or not case.is_open:
        return None
    words = _("Missing since %(time)s") % {"time": looks.day_text(case.missing_since, now)}
    return looks.tag(words, "red", "alert")


def _late_tag(case: Case) -> SafeString | None:
    if not case.overdue_count or not case.is_open:
        return None
    words = ngettext("%(n)s step overdue", "%(n)s steps overdue", case.overdue_count) % {
        "n": case.overdue_count
    }
    return looks.tag(words, "amber", "alert")


def case_clock(case: Case, due_at: datetime | None, now: datetime) -> looks.Clock | None:
    """To answer while unanswered, stopped while waiting, else the next step; nothing when it is over."""
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
        counted = sum(
            n for status, n in here.items() if status not in (StepStatus.CANCELLED, StepStatus.NOT_APPLICABLE)
        )
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
    rows = (
        Step.objects.filter(case__in=list(case_ids))
        .values("case_id", "phase", "status")
        .annotate(n=Count("pk"))
    )
    for row in rows.order_by():
        found[row["case_id"]][row["phase"]][row["status"]] = row["n"]
    return found


# --- rows ----------------------------------------------------------------------------------------


def rows(
    grants: Sequence[CaseGrant], *, chosen: uuid.UUID | None = None, preview: bool = True, query: str = ""
) -> list[Row]:
    """The lines of a list, from `queue.page`. One query, however many cases."""
    now = clock.now()
    bands = counted_for(g.case_id for g in grants if g.level >= Level.STEPS)
    return [_row(grant, bands.get(grant.case_id), chosen, preview, query, now) for grant in grants]


def _row(
    grant: CaseGrant,
    counts: Counts | None,
    chosen: uuid.UUID | None,
    preview: bool,
    query: str,
    now: datetime,
) -> Row:
    case = grant.case
    where = f"?{query}" if query else ""
    told = grant.desk_id is not None or grant.level >= Level.STEPS
    return Row(
        url=reverse("cases:case", args=[case.pk]) + where,
        title=case.title,
        clock=case_clock(case, grant.due_at, now) or "",
        meta=_meta(
            case,
            counts,
            getattr(grant, "sender", "") if told and not case.is_protected else "",
            [
                *emergency_tag(grant),
                *flags(case, now, missing=told, disputed=is_disputed(grant), matched=is_matched(grant)),
            ],
        ),
        id=str(case.pk),
        preview=reverse("cases:preview", args=[case.pk]) + where if preview else "",
        current=case.pk == chosen,
    )


def is_disputed(grant: CaseGrant) -> bool:
    """Agencies disagree about the case: told to the desk that decides alone."""
    return grant.is_open and grant.reason == GrantReason.DESK and getattr(grant, "disputed", False)


def is_matched(grant: CaseGrant) -> bool:
    """The person may be known already: told to the desk that decides alone."""
    return grant.reason == GrantReason.DESK and grant.case.has_match


def _meta(case: Case, counts: Counts | None, sender: str, marks: list[SafeString]) -> SafeString:
    return row_meta(
        reference(case.reference),
        status_tag(case) if case.status != Status.RECEIVED else "",
        looks.flags(marks) if marks else "",
        looks.mini_band(band(counts)) if counts is not None else "",
        _("From %(agency)s") % {"agency": sender} if sender else "",
        case.assignee.name if case.assignee else "",
    )
