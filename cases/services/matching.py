"""Whether the person of a case is already known: hints for the coordinator at the case's desk alone.

Exact identifiers are compared by their keyed fingerprints across the country. Names and birth years are
opened in memory and compared only among the cases that the same desk holds, the newest `NAMES_COMPARED` of
them. Protected persons are matched by identifiers only. Nothing of this happens while a referral is sent: a
job looks afterwards, so that a second referrer learns nothing, not even from the time it takes.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, at_desks, require
from cases.enums import OPEN_STATUSES, Citizenship, Level, LinkKind, Protection, Status
from cases.models import Case, CaseLink, Identifier, Person, Recusal
from cases.sections.numbers import is_coordination
from cases.services import casework, names
from coordinators.access import desks_of
from core import audit, clock, vault
from core.dates import ages

NAMES_COMPARED: Final = 300
"""How many cases of one desk are opened in memory to compare names; older ones are found by numbers."""
BATCH: Final = 50
"""Cases the job looks at in one transaction each, in one run."""
GONE: Final = (Status.MERGED, Status.DISPOSED)

PHONE, EMAIL, NAME, BIRTH, CITIZENSHIP = "phone", "email", "name", "birth", "citizenship"


@dataclass(frozen=True)
class Hint:
    """A possible match. Of a case elsewhere only whom to call and why is ever read from it."""

    case: Case
    reasons: tuple[str, ...]
    """Codes: personal_number, coordination_number, phone, email, passport, lma, name, birth, citizenship."""
    is_own: bool
    """At a desk of the viewer: its heading may be shown."""
    key: str
    """What a form names it by: says nothing about the other case."""

    @property
    def is_protected(self) -> bool:
        return self.is_own and self.case.is_protected


@dataclass
class Found:
    """Another case and why."""

    case: Case
    reasons: list[str] = field(default_factory=list)


# --- what is compared -----------------------------------------------------------------------------------


def identifiers_of(person: Person) -> set[tuple[str, str]]:
    """(kind, normalised value) of what points her out exactly; nothing once she lives under another name."""
    if person.protection == Protection.FICTITIOUS:
        return set()
    identity = person.identity if isinstance(person.identity, dict) else {}
    contact = person.contact if isinstance(person.contact, dict) else {}
    number = str(identity.get("personal_number") or "").replace("-", "")
    kind = "coordination_number" if len(number) == 12 and is_coordination(number) else "personal_number"
    told = {kind: number, **{name: identity.get(name) for name in ("passport", "lma")}}
    told |= {name: contact.get(name) for name in (PHONE, EMAIL)}
    return {(name, str(value)) for name, value in told.items() if value}


def note_identifiers(person: Person) -> None:
    """Write the fingerprints of her identity as it is now. Those of before stay: she was known by them."""
    for kind, value in identifiers_of(person):
        Identifier.objects.get_or_create(person=person, kind=kind, blind_index=vault.blind_index(kind, value))


@transaction.atomic(durable=True)
def renew_identifiers(after: uuid.UUID | None, *, limit: int = 200) -> tuple[uuid.UUID | None, int]:
    """After a new version of the key ring: write what the next persons lack under it. May run twice.

    Returns the last person looked at, None at the end, and how many fingerprints were written.
    """
    rows = Person.objects.filter(pk__gt=after) if after else Person.objects.all()
    persons = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk")[:limit])
    vault.warm(person.data_key_id for person in persons)
    missing = [row for person in persons for row in lacking_identifiers(person)]
    Identifier.objects.bulk_create(missing, ignore_conflicts=True)
    return (persons[-1].pk if len(persons) == limit else None), len(missing)


def lacking_identifiers(person: Person) -> list[Identifier]:
    """Fingerprints that a person's identity calls for and that are not written under the newest version."""
    wanted = {(kind, vault.blind_index(kind, value)) for kind, value in identifiers_of(person)}
    known = {(kind, bytes(index)) for kind, index in person.identifiers.values_list("kind", "blind_index")}
    return [Identifier(person=person, kind=kind, blind_index=index) for kind, index in wanted - known]


def _fingerprints(case: Case) -> set[tuple[str, bytes]]:
    """Of the person, of those merged with her, and under every version of the key ring."""
    persons = Q(person__cases=case) | Q(person__cases__merged_into=case)
    rows = Identifier.objects.filter(persons).values_list("kind", "blind_index")
    found = {(kind, bytes(index)) for kind, index in rows}
    if case.person is not None:
        for kind, value in identifiers_of(case.person):
            found |= {(kind, index) for index in vault.blind_indexes(kind, value)}
    return found


def _by_identifiers(case: Case) -> dict[uuid.UUID, Found]:
    """Cases anywhere in the country whose person has the same number, phone or address. Two queries."""
    marks = _fingerprints(case)
    if not marks:
        return {}
    kinds: dict[str, list[bytes]] = defaultdict(list)
    for kind, index in marks:
        kinds[kind].append(index)
    same = Q()
    for kind, indexes in kinds.items():
        same |= Q(kind=kind, blind_index__in=indexes)
    people = (
        Identifier.objects.filter(same).exclude(person__cases=case).exclude(person__cases__merged_into=case)
    )
    found: dict[uuid.UUID, Found] = {}
    rows = people.values_list("kind", "person__cases", "person__cases__merged_into").order_by("kind")
    wanted: dict[uuid.UUID, list[str]] = defaultdict(list)
    for kind, case_id, survivor in rows:
        wanted[survivor or case_id].append(kind)
    for other in _others(case).filter(pk__in=wanted):
        found[other.pk] = Found(other, list(dict.fromkeys(wanted[other.pk])))
    return found


def _others(case: Case) -> QuerySet[Case]:
    """Cases that may be compared with this one: not itself, not gone, of its own kind."""
    rows = Case.objects.filter(is_consultation=False, practice=case.practice).exclude(status__in=GONE)
    related = ("desk__region", "desk__agency", "county", "assignee", "person")
    return rows.exclude(pk=case.pk).select_related(*related)


def _by_names(case: Case) -> dict[uuid.UUID, Found]:
    """Cases of the same desk with a name that sounds alike and birth years that overlap. Two queries."""
    if case.is_protected or case.person is None or not isinstance(case.person.identity, dict):
        return {}
    rows = _others(case).filter(desk_id=case.desk_id, is_protected=False).order_by("-received_at", "pk")
    if case.sex != "unknown":
        rows = rows.filter(sex__in=(case.sex, "unknown"))
    others = [other for other in rows[:NAMES_COMPARED] if other.person is not None]
    vault.warm(other.person.data_key_id for other in others if other.person)
    found = {}
    for other in others:
        identity = other.person.identity if other.person else None
        if isinstance(identity, dict) and (reasons := _likeness(case.person.identity, identity)):
            found[other.pk] = Found(other, reasons)
    return found


def _likeness(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Why two persons may be one, by name, birth and citizenship; empty when they may not."""
    if not names.alike(_names(ours), _names(theirs)):
        return []
    born = _overlap(ours.get("birth"), theirs.get("birth"))
    same = bool(set(ours.get("citizenships") or ()) & set(theirs.get("citizenships") or ()))
    if born is False or (born is None and not same):
        return []
    return [NAME, *([BIRTH] if born else []), *([CITIZENSHIP] if same else [])]


def _names(identity: dict[str, Any]) -> list[str]:
    return [str(identity[key]) for key in ("name", "alias") if identity.get(key)]


def _overlap(one: Any, other: Any) -> bool | None:
    """Whether two births may be the same; None when one is unknown. "About" an age: two years either way."""
    spans = [_ages(one), _ages(other)]
    if None in spans:
        return None
    (low, high), (least, most) = (span for span in spans if span is not None)
    return low <= most and least <= high


def _ages(birth: Any) -> tuple[int, int] | None:
    if not birth:
        return None
    span = ages(str(birth), clock.today())
    return (span[0] - 2, span[1] + 2) if span and str(birth).startswith("~") else span


def _found(case: Case) -> list[Found]:
    """Every possible match, the surest first. Pairs somebody has checked are left out."""
    if case.is_consultation or case.status in GONE:
        return []
    found = _by_identifiers(case)
    for pk, other in _by_names(case).items():
        if pk in found:
            found[pk].reasons += other.reasons
        else:
            found[pk] = other
    for pk in _settled(case):
        found.pop(pk, None)
    for match in found.values():
        _strengthen(match, case)
    return sorted(found.values(), key=lambda m: (-len(m.reasons), m.case.received_at, m.case.pk))


def _strengthen(match: Found, case: Case) -> None:
    """The same group of citizenship makes a match at the desk surer; of a case elsewhere it is not told."""
    known = case.citizenship not in (Citizenship.UNKNOWN, Citizenship.OTHER)
    near = known and match.case.desk_id == case.desk_id and not match.case.is_protected
    if near and CITIZENSHIP not in match.reasons and match.case.citizenship == case.citizenship:
        match.reasons.append(CITIZENSHIP)


def _settled(case: Case) -> set[uuid.UUID]:
    """Cases that somebody has compared with this one: linked, or found not to be the same person."""
    kinds = (LinkKind.NOT_SAME, LinkKind.EARLIER)
    rows = CaseLink.objects.filter(Q(case=case) | Q(other=case), kind__in=kinds)
    return {one if other == case.pk else other for one, other in rows.values_list("case_id", "other_id")}


# --- what the coordinator sees --------------------------------------------------------------------------


def may_see(sight: Sight) -> bool:
    """The desk that holds the whole case; nobody else, no agency and no referrer."""
    return "triage" in sight.desk_rights and sight.level >= Level.FULL and not sight.is_unplaced


def hints_for(sight: Sight) -> list[Hint]:
    """What the portal has noticed. Recorded. As many queries for one hint as for thirty."""
    case = sight.case
    if not may_see(sight) or not case.is_open:
        return []
    return _hints(case, sight.by)


def _hints(case: Case, by: Assignment) -> list[Hint]:
    found = _found(Case.objects.select_related("person").get(pk=case.pk))
    if not found:
        return []
    ids = [match.case.pk for match in found]
    own = set(
        at_desks(by, desks_of(by))
        .filter(case__in=ids, level__gte=Level.FULL)
        .values_list("case_id", flat=True)
    )
    recused = Recusal.objects.filter(user_id=by.user_id, lifted_at__isnull=True, case__in=ids)
    hidden = set(recused.values_list("case_id", flat=True))
    hints = [
        Hint(m.case, tuple(m.reasons), m.case.pk in own, _key(case, m.case.pk))
        for m in found
        if m.case.pk not in hidden
    ]
    audit.record(
        "match.read", case, by=by, count=len(hints), target_ids=[h.case.pk for h in hints if h.is_own]
    )
    return hints


def _key(case: Case, other_id: uuid.UUID) -> str:
    return salted_hmac("cases.match", f"{case.pk}:{other_id}", algorithm="sha256").hexdigest()[:24]


def hint_of(case: Case, key: str, by: Assignment) -> Hint:
    """The hint a form names. Raises ValidationError when it is none (any more)."""
    for hint in _hints(case, by):
        if constant_time_compare(hint.key, key):
            return hint
    raise ValidationError(_("The match is no longer there. Somebody may have dealt with it."), code="gone")


# --- what she does about it -----------------------------------------------------------------------------


@transaction.atomic(durable=True)
def not_same(*, case_id: uuid.UUID, key: str, by: Assignment) -> CaseLink:
    """Checked: two persons. Neither desk is shown the match again, whatever changes."""
    case = casework.lock(case_id)
    require(by, case, "triage")
    hint = hint_of(case, key, by)
    link = CaseLink.objects.create(
        case=case, other=hint.case, kind=LinkKind.NOT_SAME, made_by_id=by.user_id, made_at=clock.now()
    )
    flag([case.pk, hint.case.pk])
    audit.record("match.not_same", case, by=by, link=link.pk)
    return link


@transaction.atomic(durable=True)
def ask(*, case_id: uuid.UUID, key: str, by: Assignment) -> Case:
    """Ask the desk that holds the other case to call: it is told of its own case, and nothing of this one."""
    case = casework.lock(case_id)
    require(by, case, "triage")
    hint = hint_of(case, key, by)
    notifications.match_asked(hint.case, of=case)
    audit.record("match.ask", case, by=by, desk=hint.case.desk_id)
    return hint.case


def lock_all(case_ids: Iterable[uuid.UUID]) -> list[Case]:
    """Several cases, locked in one order, so that two who need the same ones wait for each other in turn."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(case_ids))
    return list(rows.select_related("desk", "edition", "data_key").order_by("pk"))


# --- the job --------------------------------------------------------------------------------------------


def look_again(case: Case) -> None:
    """Who the person is has changed: the job compares anew."""
    Case.objects.filter(pk=case.pk).update(matched_at=None)


def look(limit: int = BATCH) -> tuple[int, int]:
    """Compare the cases nobody has compared yet. Returns (cases, those with a match). May run twice."""
    waiting = Case.objects.filter(matched_at__isnull=True).order_by("received_at", "pk")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    return len(ids), sum(_look(case_id) for case_id in ids)


@transaction.atomic
def _look(case_id: uuid.UUID) -> bool:
    """One case: its own flag, those of the cases it resembles, and a notice to each desk once a pair."""
    case = Case.objects.select_related("person", "desk").get(pk=case_id)
    found = _found(case) if case.is_open else []
    others = [match.case for match in found if match.case.is_open]
    lock_all([case_id, *(other.pk for other in others)])
    Case.objects.filter(pk=case_id).update(matched_at=clock.now(), has_match=bool(found))
    Case.objects.filter(pk__in=[other.pk for other in others], has_match=False).update(has_match=True)
    for other in others:
        notifications.match_found(other, of=case)
    if found:
        notifications.match_found(case, of=found[0].case)
    return bool(found)


def flag(case_ids: Iterable[uuid.UUID]) -> None:
    """Work out the flags of a few cases anew, after a pair has been dealt with."""
    for case in Case.objects.filter(pk__in=list(case_ids)).select_related("person"):
        has = case.status in OPEN_STATUSES and bool(_found(case))
        if has != case.has_match:
            Case.objects.filter(pk=case.pk).update(has_match=has)
            case.has_match = has
