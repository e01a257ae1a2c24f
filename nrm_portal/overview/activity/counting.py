"""Counting what a desk has done. Each thing has one source, so nothing is counted twice:

referrals and meetings about a case come from the cases, support, trainings and other meetings from work
notes; a municipality that stands in both counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.access import Assignment
from cases.access import held_by
from cases.models import Case, Meeting
from coordinators.enums import ActivityKind
from coordinators.models import ActivityNote, Desk
from core import clock


@dataclass(frozen=True)
class Counted:
    """True numbers; for those who hold the cases, and for publishing."""

    cases: int
    consultations: int
    met: int
    minutes: int
    case_meetings: int
    other_meetings: int
    trainings: int
    trained: int
    from_cases: frozenset[str]
    """Codes of the municipalities where persons of new cases were."""
    from_notes: frozenset[str]
    """Codes of those in work notes."""

    @property
    def referrals(self) -> int:
        return self.cases + self.consultations

    @property
    def municipalities(self) -> int:
        return len(self.from_cases | self.from_notes)

    @property
    def is_empty(self) -> bool:
        counts = (self.referrals, self.met, self.minutes, self.case_meetings, self.other_meetings)
        return not any((*counts, self.trainings, self.municipalities))


def held_at(desk: Desk, by: Assignment) -> QuerySet[Case]:
    """The desk's cases that she may open: those she set aside for herself are not among them."""
    return Case.objects.filter(pk__in=held_by(by).filter(desk=desk).values("case_id"))


def all_of(desk: Desk) -> QuerySet[Case]:
    """All of them, for what is published: it says the same whoever hands it in."""
    return Case.objects.filter(desk=desk, merged_into__isnull=True)


def of(desk: Desk, cases: QuerySet[Case], first: date, end: date) -> Counted:
    """From a day up to another, that one left out. Four queries."""
    start, stop = (datetime.combine(day, time(0), clock.STOCKHOLM) for day in (first, end))
    grown = Exists(Case.objects.filter(consultation_of=OuterRef("pk")))
    new = cases.filter(practice=False, received_at__gte=start, received_at__lt=stop).exclude(grown)
    kinds = new.aggregate(
        cases=Count("pk", filter=Q(is_consultation=False)),
        consultations=Count("pk", filter=Q(is_consultation=True)),
    )
    places = new.filter(municipality__isnull=False).values_list("municipality_id", flat=True).distinct()
    meetings = Meeting.objects.filter(
        case__in=cases.filter(practice=False),
        held_on__gte=first,
        held_on__lt=end,
        corrected_by__isnull=True,
    )
    noted = list(_noted(desk, first, end))
    return Counted(
        cases=kinds["cases"],
        consultations=kinds["consultations"],
        met=_sum(noted, ActivityKind.SUPPORT, "people"),
        minutes=_sum(noted, ActivityKind.SUPPORT, "minutes"),
        case_meetings=meetings.count(),
        other_meetings=_sum(noted, ActivityKind.MEETING, "notes"),
        trainings=_sum(noted, ActivityKind.TRAINING, "notes"),
        trained=_sum(noted, ActivityKind.TRAINING, "people"),
        from_cases=frozenset(places.order_by()),
        from_notes=frozenset(row["municipality_id"] for row in noted if row["municipality_id"]),
    )


def _noted(desk: Desk, first: date, end: date) -> Iterable[dict[str, Any]]:
    rows = ActivityNote.objects.filter(desk=desk, day__gte=first, day__lt=end)
    found: Iterable[Any] = (
        rows.values("kind", "municipality_id")
        .annotate(notes=Count("pk"), people=Sum("people"), minutes=Sum("minutes"))
        .order_by()
    )
    return found


def _sum(noted: Iterable[dict[str, Any]], kind: ActivityKind, what: str) -> int:
    return sum(row[what] or 0 for row in noted if row["kind"] == kind)
