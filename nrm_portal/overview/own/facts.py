"""What desks hold, row by row: a page counts the rows, a list behind a number shows their cases.

Everything begins at the door (`cases.access.at_desks`): the cases in which these desks decide, the practice
case left out. Of a protected person, whoever is not named for her learns no place, no sender and nothing that
stands with the identity; of a case of which a desk sees the header, nothing beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import BooleanField, Exists, F, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Choose
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import at_desks, not_hidden
from cases.enums import (
    LIVE_STEPS,
    OPEN_STATUSES,
    Citizenship,
    Counts,
    Level,
    LinkKind,
    Sex,
    Status,
    StepStatus,
)
from cases.models import Case, CaseGrant, CaseLink, Counted, Step
from cases.services.triage import FIRST_ANSWER
from coordinators.enums import AgeBand
from core import clock
from hotline.models import Call
from manual.enums import Exploitation, StepRole
from nrm_portal.overview.codes import group_of
from nrm_portal.overview.own.choosing import Choice, beginning, instants
from nrm_portal.overview.periods import Period

UNKNOWN: Final = "unknown"
HIDDEN: Final = "hidden"
"""Stands for the place and the sender of a protected person, for those who are not named for her."""
NOT_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "county": (UNKNOWN,),
    "form": (Exploitation.UNKNOWN.value,),
    "age": (AgeBand.UNSURE.value,),
    "sex": (Sex.UNKNOWN.value,),
    "citizenship": (Citizenship.UNKNOWN.value,),
}
"""Questions of the data quality, and the answers that say that nobody knows."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One referral whose case a desk holds; the case of today stands beside it."""

    case_id: UUID
    desk_id: UUID
    sent_at: datetime
    opens: bool
    """It opened the case; others came with cases that were merged into it."""
    reads: bool
    """The desk sees more than the header."""
    named: bool
    """No protected person, or one for whom the reader is named."""
    consultation: bool
    status: str
    fate: str
    """The outcome of a closed case, else the status."""
    county: str
    group: str
    form: str
    age: str
    sex: str
    citizenship: str
    agency: str
    """Kind of agency that sent it."""
    received_at: datetime
    answered_at: datetime | None
    answer_by: datetime

    @property
    def month(self) -> date:
        return clock.local(self.sent_at).date().replace(day=1)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def waited(self) -> timedelta | None:
        """Time to the first answer."""
        return None if self.answered_at is None else self.answered_at - self.received_at


@dataclass(frozen=True, slots=True)
class Reached:
    """A case that came to a step of the Manual, and the time since its referral."""

    case_id: UUID
    phase: str
    at: datetime
    took: timedelta


@dataclass(frozen=True, slots=True)
class Late:
    """A step that became late: of which kind of agency, in which step of the Manual."""

    case_id: UUID
    agency: str
    phase: str
    due_at: datetime
    is_now: bool


@dataclass(frozen=True, slots=True)
class Closing:
    case_id: UUID
    desk_id: UUID
    outcome: str
    at: datetime


def window(choice: Choice) -> tuple[datetime, datetime]:
    """From the year before the chosen one: the months' picture and every comparison lie within."""
    return beginning(date(choice.period.year - 1, 1, 1)), beginning(choice.period.end)


def held(by: Assignment, choice: Choice) -> QuerySet[CaseGrant]:
    """Grants through which the chosen desks decide."""
    rights = frozenset({"view_inbox"})
    return at_desks(by, {desk.pk: rights for desk in choice.desks}).filter(case__practice=False)


def steps_of(by: Assignment, choice: Choice) -> QuerySet[Step]:
    """Steps of their cases; none of a case of which they see the header alone."""
    seen = held(by, choice).filter(level__gte=Level.STEPS)
    return Step.objects.filter(case__in=seen.values("case_id"))


def sent(by: Assignment, choice: Choice) -> list[Sent]:
    """Referrals of the window. One query. A consultation that became a referral is counted as that alone."""
    start, end = window(choice)
    grown = Case.objects.filter(consultation_of=OuterRef("case_id"))
    named = Choose(When(not_hidden(by), then=Value(True)), default=Value(False), output_field=BooleanField())
    rows = (
        held(by, choice)
        .filter(case__referrals__sent_at__gte=start, case__referrals__sent_at__lt=end)
        .exclude(Exists(grown))
        .annotate(
            named=named,
            sent_at=F("case__referrals__sent_at"),
            sent_as=F("case__referrals__reference"),
            sender=F("case__referrals__agency__kind"),
        )
        .values(*_COLUMNS)
    )
    return [_sent(row) for row in rows]


_COLUMNS: Final = (
    "case_id", "desk_id", "level", "named", "sent_at", "sent_as", "sender", "case__reference",
    "case__is_consultation", "case__status", "case__outcome", "case__county_id", "case__age_band",
    "case__sex", "case__main_form", "case__citizenship", "case__received_at", "case__answered_at",
    "case__answer_by",
)  # fmt: skip


def _sent(row: Mapping[str, object]) -> Sent:
    reads, named = row["level"] == Level.FULL, bool(row["named"])
    sex, age = row["case__sex"] if reads and named else HIDDEN, row["case__age_band"]
    return Sent(
        case_id=row["case_id"],  # type: ignore[arg-type]
        desk_id=row["desk_id"],  # type: ignore[arg-type]
        sent_at=row["sent_at"],  # type: ignore[arg-type]
        opens=row["sent_as"] == row["case__reference"],
        reads=reads,
        named=named,
        consultation=bool(row["case__is_consultation"]),
        status=str(row["case__status"]),
        fate=str(row["case__outcome"] or row["case__status"]),
        county=str(row["case__county_id"] or UNKNOWN) if named else HIDDEN,
        group=group_of({"sex": str(sex), "age": str(age)}),
        form=str(row["case__main_form"]),
        age=str(age),
        sex=str(sex),
        citizenship=str(row["case__citizenship"]) if reads and named else HIDDEN,
        agency=str(row["sender"]) if named else HIDDEN,
        received_at=row["case__received_at"],  # type: ignore[arg-type]
        answered_at=row["case__answered_at"],  # type: ignore[arg-type]
        answer_by=row["case__answer_by"],  # type: ignore[arg-type]
    )


def reached(by: Assignment, choice: Choice) -> list[Reached]:
    """Cases whose first item of a step was done in the window, by step. One query.

    As in the national picture: the referrer's own duties and the first answer are no work on the case."""
    start, end = window(choice)
    rows = (
        steps_of(by, choice)
        .filter(status=StepStatus.DONE)
        .exclude(key=FIRST_ANSWER)
        .exclude(template__agency_role=StepRole.REFERRER)
        .values("case_id", "phase", "case__received_at")
        .annotate(first=Min("ended_at"))
        .filter(first__gte=start, first__lt=end)
        .order_by()
    )
    return [
        Reached(row["case_id"], row["phase"], row["first"], row["first"] - row["case__received_at"])
        for row in rows
    ]


def late_of(steps: QuerySet[Step], choice: Choice) -> list[Late]:
    """Steps that are late now, and those that became late in the chosen period. One query."""
    now = clock.now()
    start, end = instants(choice.period)
    ticking = Q(status__in=LIVE_STEPS, paused_at__isnull=True)
    stopped = Q(status__in=LIVE_STEPS, paused_at__gt=F("due_at"))
    was = Q(due_at__gte=start, due_at__lt=end) & (ticking | stopped | Q(ended_at__gt=F("due_at")))
    kind = Coalesce(F("agency__kind"), Value(AgencyKind.COORDINATION.value))
    rows = steps.filter(due_at__lt=now).filter(ticking | was).annotate(kind=kind)
    found = rows.values_list("case_id", "kind", "phase", "due_at", "status", "paused_at")
    return [
        Late(case_id, kind, phase, due_at, status in LIVE_STEPS and paused_at is None)
        for case_id, kind, phase, due_at, status, paused_at in found
        if due_at is not None
    ]


def late(by: Assignment, choice: Choice) -> list[Late]:
    """Of every agency in the cases that the desks hold."""
    return late_of(steps_of(by, choice), choice)


def closed(by: Assignment, choice: Choice) -> list[Closing]:
    """Cases that were closed in the chosen period. One query."""
    start, end = instants(choice.period)
    rows = held(by, choice).filter(
        case__status=Status.CLOSED, case__closed_at__gte=start, case__closed_at__lt=end
    )
    found = rows.values_list("case_id", "desk_id", "case__outcome", "case__closed_at")
    return [Closing(case_id, desk_id, outcome, at) for case_id, desk_id, outcome, at in found if at]


def again(by: Assignment, choice: Choice, rows: Sequence[Sent]) -> dict[UUID, bool]:
    """Cases among these of persons referred before → exploited again since. One query."""
    known = held(by, choice).filter(case_id__in={row.case_id for row in rows if row.reads}).values("case_id")
    links = CaseLink.objects.filter(kind=LinkKind.EARLIER, case__in=known)
    found: dict[UUID, bool] = {}
    for case_id, anew in links.values_list("case_id", "exploited_again"):
        found[case_id] = found.get(case_id, False) or bool(anew)
    return found


def asked(by: Assignment, choice: Choice, rows: Sequence[Sent]) -> dict[UUID, dict[str, str]]:
    """What was known of each question when these cases were referred: question → `Answer`. One query."""
    mine = held(by, choice).filter(case_id__in={row.case_id for row in rows if row.reads}).values("case_id")
    found = Counted.objects.filter(unit=Counts.OPENED, case__in=mine)
    told = found.values_list("case_id", KeyTransform("asked", "codes"))
    return {case_id: questions or {} for case_id, questions in told}


def called(by: Assignment, choice: Choice, rows: Sequence[Sent]) -> set[UUID]:
    """Cases among these that grew from a call to the helpline, or were called about. One query."""
    ids = {row.case_id for row in rows if row.reads}
    mine = held(by, choice).filter(case_id__in=ids).values("case_id")
    return set(Call.objects.filter(case__in=mine).values_list("case_id", flat=True))


def once(rows: Iterable[Sent]) -> list[Sent]:
    """A row for each case: a merged one has the referrals of both, and is one person."""
    found: dict[UUID, Sent] = {}
    for row in rows:
        found.setdefault(row.case_id, row)
    return list(found.values())


def within(period: Period | None, at: datetime | None) -> bool:
    """Does an instant lie in a period?"""
    return bool(period and at) and period.first <= clock.local(at).date() < period.end  # type: ignore[union-attr, arg-type]
