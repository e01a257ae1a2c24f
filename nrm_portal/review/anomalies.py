"""What stands out in the log: found by a job every five minutes, a row each, judged by an auditor.

Every question goes over one stretch of time and gives groups, not rows; what is read row by row is capped.
The limits are the portal's own defaults and are to be confirmed by the data protection officer.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncHour

from accounts.enums import AgencyKind
from accounts.models import Agency, User
from cases.models import Case, Identifier, Person
from cases.sections.numbers import read_phone
from cases.services import names
from core import audit, clock, vault, workdays
from core.enums import AuditOutcome
from core.models import AuditEvent
from core.text import Unreadable
from nrm_portal.review import telling
from nrm_portal.review.enums import AlertKind
from nrm_portal.review.models import Alert
from nrm_portal.review.words import OPENED

MANY: Final = 40
WITHIN: Final = timedelta(minutes=10)
"""So many cases opened by one person in so short a time is no casework."""
NIGHT: Final = (22, 6)
"""Local hours between which nobody works office hours; days off count as night."""
AROUND_THE_CLOCK: Final = frozenset(
    {
        AgencyKind.SOCIAL_EMERGENCY, AgencyKind.POLICE, AgencyKind.HEALTH_CARE, AgencyKind.SHELTER,
        AgencyKind.PRISON_PROBATION, AgencyKind.MIGRATION_AGENCY,
    }
)  # fmt: skip
"""Kinds of agencies that open cases at any hour."""
LONGEST: Final = timedelta(days=7)
"""How far back a run looks after a standstill."""
OVERLAP: Final = timedelta(minutes=15)
ROWS: Final = 20_000
PAIRS: Final = 2_000
CASES: Final = 500
"""Cases that are named in one alert; the count goes on."""


@dataclass(frozen=True, slots=True)
class Found:
    """Looks of one person that stand out."""

    kind: AlertKind
    user_id: uuid.UUID
    since: datetime
    until: datetime
    cases: frozenset[uuid.UUID]


def find(since: datetime, until: datetime) -> tuple[int, int]:
    """Look through the log between two moments; how many things stood out, and how many alerts that made.

    May run twice over the same time: what an alert holds already is not added again.
    """
    since = max(since, until - LONGEST)
    found = [*_many(since, until), *_out_of_hours(since, until), *_own_name(since, until)]
    return len(found), sum(_note(one) for one in found)


def _looks(since: datetime, until: datetime) -> QuerySet[Any, Any]:
    """Opened cases of that time, with `case`: its id as text."""
    rows = AuditEvent.objects.filter(
        at__gt=since, at__lte=until, verb__in=OPENED, outcome=AuditOutcome.ALLOWED, user_id__isnull=False
    )
    case = Coalesce(KeyTextTransform("case", "facts"), Cast("target_id", TextField()))
    return rows.annotate(case=case).exclude(case=None)


def _many(since: datetime, until: datetime) -> Iterator[Found]:
    """Forty cases in any ten minutes. Who opened fewer in the whole stretch is not looked at closer."""
    since -= WITHIN
    groups = _looks(since, until).values("user_id").annotate(n=Count("case", distinct=True)).order_by()
    for user_id in groups.filter(n__gte=MANY).values_list("user_id", flat=True):
        rows = _looks(since, until).filter(user_id=user_id).order_by("at", "pk").values_list("at", "case")
        yield from _bursts(user_id, list(rows[:ROWS]))


def _bursts(user_id: uuid.UUID, rows: list[tuple[datetime, str]]) -> Iterator[Found]:
    """One finding over every stretch of ten minutes that holds too many."""
    first, seen = 0, defaultdict[str, int](int)
    spans: list[tuple[int, int]] = []
    for place, (at, case) in enumerate(rows):
        seen[case] += 1
        while rows[first][0] < at - WITHIN:
            left = rows[first][1]
            seen[left] -= 1
            if not seen[left]:
                del seen[left]
            first += 1
        if len(seen) >= MANY:
            spans.append((first, place))
    if spans:
        inside = {case for low, high in spans for _at, case in rows[low : high + 1]}
        since, until = rows[spans[0][0]][0], rows[spans[-1][1]][0]
        yield Found(AlertKind.MANY_CASES, user_id, since, until, _ids(inside))


def _out_of_hours(since: datetime, until: datetime) -> Iterator[Found]:
    """Whoever keeps office hours and opened a case at night or on a day off."""
    late = _looks(since, until).annotate(hour=TruncHour("at", tzinfo=clock.STOCKHOLM))
    groups = late.values("user_id", "agency_id", "hour", "case").annotate(first=Min("at"), last=Max("at"))
    kinds = dict(Agency.objects.values_list("pk", "kind"))
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in groups.order_by("user_id", "hour")[:ROWS]:
        if is_night(row["hour"]) and kinds.get(row["agency_id"]) not in AROUND_THE_CLOCK:
            found[row["user_id"]].append(row)
    for user_id, rows in found.items():
        yield Found(
            AlertKind.OUT_OF_HOURS,
            user_id,
            min(row["first"] for row in rows),
            max(row["last"] for row in rows),
            _ids(row["case"] for row in rows),
        )


def is_night(at: datetime) -> bool:
    """Whether office hours are far away: late, early, or a day off."""
    local = clock.local(at)
    return local.hour >= NIGHT[0] or local.hour < NIGHT[1] or not workdays.is_working_day(local.date())


def _own_name(since: datetime, until: datetime) -> Iterator[Found]:
    """Whoever opened a case about a person with her or his own name, e-mail or telephone.

    E-mail and telephone are compared by their keyed fingerprints, names in memory. The person's kin cannot be
    found so: recusals are for that.
    """
    pairs = _looks(since, until).values("user_id", "case").annotate(first=Min("at"), last=Max("at"))
    rows = list(pairs.order_by("-last")[:PAIRS])
    cases = Case.objects.filter(pk__in=_ids(row["case"] for row in rows), person__isnull=False)
    persons = {str(case.pk): case.person for case in cases.select_related("person__data_key")}
    users = {user.pk: user for user in User.objects.filter(pk__in={row["user_id"] for row in rows})}
    reached = _reached(users.values(), [person.pk for person in persons.values() if person])
    found: defaultdict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        user, person = users.get(row["user_id"]), persons.get(row["case"])
        if user and person and ((user.pk, person.pk) in reached or _named_alike(user, person)):
            found[user.pk].append(row)
    for user_id, mine in found.items():
        since, until = min(row["first"] for row in mine), max(row["last"] for row in mine)
        yield Found(AlertKind.OWN_NAME, user_id, since, until, _ids(row["case"] for row in mine))


def _reached(users: Iterable[User], persons: list[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Who has the same e-mail or telephone as whom, under any version of the key ring. One query."""
    marks: defaultdict[tuple[str, bytes], set[uuid.UUID]] = defaultdict(set)
    for user in users:
        for kind, value in (("email", user.email.strip().lower()), ("phone", _phone(user.phone))):
            for index in vault.blind_indexes(kind, value) if value else ():
                marks[kind, index].add(user.pk)
    rows = Identifier.objects.filter(person__in=persons, kind__in=("email", "phone"))
    return {
        (user, person)
        for kind, index, person in rows.values_list("kind", "blind_index", "person_id")
        for user in marks.get((kind, bytes(index)), ())
    }


def _phone(text: str) -> str:
    try:
        return read_phone(text) if text else ""
    except Unreadable:
        return ""


def _named_alike(user: User, person: Person) -> bool:
    """At least two words of the one name are all in the other, as they sound."""
    identity = person.identity if isinstance(person.identity, dict) else {}
    own = set(names.words(user.name))
    for key in ("name", "alias"):
        other = set(names.words(str(identity.get(key) or "")))
        if min(len(own), len(other)) > 1 and (own <= other or other <= own):
            return True
    return False


def _ids(texts: Iterable[str]) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(text) for text in texts)


# --- writing down -----------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _note(found: Found) -> bool:
    """An alert, or more of the one that is open; whether somebody has something new to judge."""
    if not User.objects.select_for_update(of=("self",), no_key=True).filter(pk=found.user_id).first():
        return False  # somebody the portal does not know any more
    same = Alert.objects.filter(kind=found.kind, user_id=found.user_id)
    if same.exclude(verdict="").filter(until__gte=found.until).exists():
        return False
    alert = same.filter(verdict="").first()
    if alert is None:
        raise_alert(found.kind, found.user_id, found.since, found.until, found.cases, len(found.cases))
        return True
    known = set(alert.case_ids)
    new = found.cases - known
    if not new and found.until <= alert.until:
        return False
    alert.case_ids = sorted(known | new)[:CASES]
    alert.count += len(new)
    alert.since, alert.until = min(alert.since, found.since), max(alert.until, found.until)
    alert.version += 1
    alert.save(update_fields=["case_ids", "count", "since", "until", "version"])
    return True


def raise_alert(
    kind: AlertKind,
    user_id: uuid.UUID | None,
    since: datetime,
    until: datetime,
    cases: Iterable[uuid.UUID],
    count: int,
) -> Alert:
    """A new alert, in the caller's transaction; the auditors are told."""
    pk = uuid.uuid4()
    alert = Alert.objects.create(
        id=pk,
        kind=kind,
        user_id=user_id,
        since=since,
        until=until,
        case_ids=sorted(cases)[:CASES],
        count=count,
        found_at=clock.now(),
        data_key=vault.new_key("alert", pk),
    )
    audit.record("review.found", alert, by=None, kind=kind, count=count)
    telling.auditors(f"alert:{pk}", but=user_id)
    return alert


@transaction.atomic(durable=True)
def note_broken_seals(count: int, since: datetime, until: datetime) -> None:
    """The log does not fit its seals: one alert, until it is judged or more is found."""
    last = Alert.objects.filter(kind=AlertKind.SEALS).order_by("-found_at").first()
    if last is None or (last.verdict and last.count != count):
        raise_alert(AlertKind.SEALS, None, since, until, (), count)
