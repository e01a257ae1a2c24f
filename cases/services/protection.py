"""Protected identity: its tier, who is named, how the person is reached, and the two who lift it (S08).

Anybody at the desk makes it stricter; a milder tier is asked for by one and decided by another, and a trigger
refuses it otherwise. Whoever handles the case is named by that; others are named one by one, until a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import ROLE_RIGHTS, Role
from accounts.models import Membership, User
from cases import notifications, workflow
from cases.access import Sight, barred_from, end_of_day, require
from cases.enums import NO_ADDRESS, Category, Level, Protection, Verb
from cases.enums.guard import tier
from cases.models import Case, ContactRoute, NamedPerson, Person, ProtectionLift
from cases.services import casework, chasing, checklists, matching
from coordinators import routing
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import Condition

LONGEST: Final = timedelta(days=365)
"""A naming is renewed once a year at least."""


# --- who may -------------------------------------------------------------------------------------


def may_read(sight: Sight) -> bool:
    """Tier, contact route and who is named: for everybody who works in the case."""
    return not sight.case.is_consultation and sight.case.person_id is not None and sight.level >= Level.STEPS


def may_decide(sight: Sight) -> bool:
    """The desk that decides about the case."""
    return may_read(sight) and "triage" in sight.desk_rights


def may_name(sight: Sight) -> bool:
    """Only somebody who is named names others: nobody lets herself in."""
    return may_decide(sight) and sight.case.is_protected and sight.is_named and sight.case.is_open


def _held(case_id: uuid.UUID, by: Assignment) -> tuple[Case, Sight, Person]:
    """The case, locked, with its person, when she decides about it. Raises PermissionDenied and
    TransitionNotAllowed."""
    case = casework.lock(case_id)
    sight = require(by, case, workflow.TRANSITIONS[Verb.PROTECT].right)
    workflow.check(Verb.PROTECT, case)
    if case.person_id is None:
        raise TransitionNotAllowed(_("A consultation has no person to protect."))
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(pk=case.person_id)
    case.person = person
    return case, sight, person


def _named(case_id: uuid.UUID, by: Assignment, verb: str) -> Case:
    """The case, locked, when she is named for it and decides about it."""
    case, sight, _person = _held(case_id, by)
    if not sight.is_named:
        audit.refuse(verb, case, by=by, named=False)
        raise PermissionDenied
    if not case.is_protected:
        raise TransitionNotAllowed(_("The person has no protected identity."))
    return case


# --- the tier ------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def make_stricter(*, case_id: uuid.UUID, to: Protection, by: Assignment) -> Case:
    """Another tier that is not milder: at once, by one person. What it forbids is deleted in the same breath.

    Raises ValidationError at `tier` for a milder one: that takes two.
    """
    case, _sight, person = _held(case_id, by)
    before = person.protection
    if to == before:
        raise ValidationError({"tier": _("That is how it is already.")})
    if tier(to) < tier(before):
        raise ValidationError({"tier": _("A milder protection takes two persons. Ask for it below.")})
    _apply(case, person, to)
    _settle(case)
    audit.record("protection.raise", case, by=by, before=before, after=to)
    notifications.protection_changed(case, case.version, by=by)
    return case


def _apply(case: Case, person: Person, to: Protection) -> None:
    """Write the tier, and take away what may not be stored there."""
    person.protection = to
    fields = ["protection", "version"]
    if to in NO_ADDRESS:
        person.address = None
        fields.append("address")
        _forget_whereabouts(case)
    if to == Protection.FICTITIOUS:
        person.identifiers.all().delete()  # nothing leads from the old identity to the new one
    person.version += 1
    person.save(update_fields=fields)
    case.is_protected = person.is_protected
    conditions = set(case.conditions) - {Condition.PROTECTED_IDENTITY_NEED}
    conditions |= {Condition.PROTECTED_IDENTITY_NEED} if to == Protection.NEEDED else set()
    case.conditions = sorted(conditions)
    case.version += 1
    case.save(update_fields=["is_protected", "conditions", "version"])


def _forget_whereabouts(case: Case) -> None:
    """Where those are who came along says where she is."""
    for row in case.dependants.select_related("data_key"):
        if isinstance(row.who, dict) and row.who.get("where"):
            row.who = {key: value for key, value in row.who.items() if key != "where"}
            row.version += 1
            row.save(update_fields=["who", "version"])


def _settle(case: Case) -> None:
    """The checklists follow; the comparison with other cases is made anew."""
    if case.is_open:
        checklists.refresh(case)
        chasing.settle(case)
    matching.look_again(case)


def open_lift(case: Case) -> ProtectionLift | None:
    """The question that waits for a second person."""
    rows = case.protection_lifts.filter(decided_at__isnull=True).select_related("asked_by", "data_key")
    return rows.first()


@transaction.atomic(durable=True)
def ask_milder(*, case_id: uuid.UUID, to: Protection, reason: str, by: Assignment) -> ProtectionLift:
    """The first of two. Raises PermissionDenied unless she is named, ValidationError at `tier`, `reason`."""
    case = _named(case_id, by, "protection.ask")
    person = case.person
    assert person is not None, "a protected case has a person"
    if tier(to) >= tier(person.protection):
        raise ValidationError({"tier": _("Choose a milder protection than the one in place.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the protection is to be milder.")})
    if open_lift(case) is not None:
        raise TransitionNotAllowed(_("Somebody has asked already. Another person at the desk decides first."))
    row = ProtectionLift.objects.create(
        case=case, person=person, from_tier=person.protection, to_tier=to, data_key_id=case.data_key_id,
        reason=reason.strip(), asked_by_id=by.user_id, asked_at=clock.now(),
    )  # fmt: skip
    audit.record("protection.ask", case, by=by, lift=row.pk, before=row.from_tier, after=to)
    notifications.lift_asked(row)
    return row


@transaction.atomic(durable=True)
def decide_milder(*, case_id: uuid.UUID, approves: bool, by: Assignment) -> ProtectionLift:
    """The second of two, never the same. Raises PermissionDenied, and TransitionNotAllowed when nothing waits
    or the protection has changed since."""
    case, _sight, person = _held(case_id, by)
    row = open_lift(case)
    if row is None:
        raise TransitionNotAllowed(_("Nobody has asked for a milder protection."))
    if row.asked_by_id == by.user_id:
        audit.refuse("protection.lift", case, by=by, same_person=True)
        raise PermissionDenied
    if approves and row.from_tier != person.protection:
        raise TransitionNotAllowed(_("The protection has changed since. Say no, and let it be asked again."))
    row.decided_by_id, row.decided_at, row.approved = by.user_id, clock.now(), approves
    row.save(update_fields=["decided_by", "decided_at", "approved"])
    facts: dict[str, Any] = {
        "lift": row.pk,
        "before": row.from_tier,
        "after": row.to_tier,
        "asked_by": row.asked_by_id,
    }
    if not approves:
        audit.record("protection.refuse", case, by=by, **facts)
        return row
    _apply(case, person, Protection(row.to_tier))
    row.applied_at = clock.now()
    row.save(update_fields=["applied_at"])
    _settle(case)
    audit.record("protection.lift", case, by=by, **facts)
    notifications.protection_changed(case, case.version, by=by)
    return row


# --- who is named --------------------------------------------------------------------------------


def named(case: Case) -> QuerySet[NamedPerson]:
    """Those named besides whoever handles the case; what has run out is over."""
    rows = case.named_people.filter(ended_at__isnull=True, until__gt=clock.now())
    return rows.select_related("user", "named_by", "data_key").order_by("named_at")


def nameable(case: Case) -> list[tuple[uuid.UUID, str]]:
    """(user, name and house) of those to whom the identity can be opened: on duty at the desk, or working at
    an agency that was given the identity. Not those who cannot handle the case, or are named already."""
    found: dict[uuid.UUID, str] = {}
    for person in routing.people_on([case.desk], clock.today())[case.desk_id]:
        found[person.user_id] = str(case.desk.name)
    given = case.grants.filter(
        agency__isnull=False, level=Level.FULL, categories__contains=[Category.IDENTITY]
    ).values("agency_id")
    members = Membership.objects.in_force(clock.today()).filter(agency__in=given, user__is_active=True)
    for user_id, house, role in members.values_list("user_id", "agency__name", "role"):
        if _works(role):
            found.setdefault(user_id, str(house))
    taken = {case.assignee_id, *named(case).values_list("user_id", flat=True), *barred_from(case)}
    names = dict(User.objects.filter(pk__in=set(found) - taken).values_list("pk", "name"))
    return sorted(((pk, f"{name}, {found[pk]}") for pk, name in names.items()), key=lambda pair: pair[1])


def _works(role: str) -> bool:
    return "work_cases" in ROLE_RIGHTS[Role(role)]


@transaction.atomic(durable=True)
def name(*, case_id: uuid.UUID, user_id: uuid.UUID, until: date, reason: str, by: Assignment) -> NamedPerson:
    """Let one more person open the identity, until the end of a day. She is told.

    Raises PermissionDenied unless `by` is named, ValidationError at `user`, `until`, `why`.
    """
    case = _named(case_id, by, "protection.name")
    if not case.is_open:
        raise TransitionNotAllowed(_("The case is over. It can be read, not changed."))
    if user_id == by.user_id or user_id not in dict(nameable(case)):
        raise ValidationError({"user": _("Choose somebody from the list.")})
    today = clock.today()
    if not today <= until <= today + LONGEST:
        raise ValidationError({"until": _("Choose a day from today until a year from now.")})
    if not reason.strip():
        raise ValidationError({"why": _("Write why the person needs to know the identity.")})
    now = clock.now()
    case.named_people.filter(user_id=user_id, ended_at__isnull=True).update(ended_at=now)  # what had run out
    row = NamedPerson.objects.create(
        case=case, user_id=user_id, data_key_id=case.data_key_id, reason=reason.strip(),
        named_by_id=by.user_id, named_at=now, until=end_of_day(until),
    )  # fmt: skip
    audit.record("protection.name", case, by=by, assignee=user_id, named=row.pk)
    notifications.named(row, by=by)
    return row


@transaction.atomic(durable=True)
def unname(*, case_id: uuid.UUID, named_id: uuid.UUID, by: Assignment) -> None:
    """From the next look on the identity is closed to that person. Anybody at the desk may; twice is once."""
    case, _sight, _person = _held(case_id, by)
    row = case.named_people.filter(pk=named_id, ended_at__isnull=True).first()
    if row is None:
        return
    row.ended_at, row.ended_by_id = clock.now(), by.user_id
    row.save(update_fields=["ended_at", "ended_by"])
    audit.record("protection.unname", case, by=by, assignee=row.user_id, named=row.pk)
    notifications.unnamed(row, by=by)


# --- the contact route ---------------------------------------------------------------------------


def route_of(sight: Sight) -> ContactRoute | None:
    """Through whom she is reached: for everybody who works in the case."""
    if not may_read(sight) or not sight.case.is_protected:
        return None
    return ContactRoute.objects.filter(case=sight.case).select_related("user", "data_key", "set_by").first()


def route_choices(case: Case) -> Sequence[tuple[uuid.UUID, str]]:
    """Those who are named: they alone know how to reach her."""
    found = [(row.user_id, row.user.name) for row in named(case)]
    if case.assignee_id is not None and case.assignee is not None:
        found.insert(0, (case.assignee_id, case.assignee.name))
    return found


@transaction.atomic(durable=True)
def set_route(
    *, case_id: uuid.UUID, user_id: uuid.UUID | None, words: str, version: int, by: Assignment
) -> ContactRoute:
    """Decide the route: somebody named, a service outside the case in words, or both.

    Raises PermissionDenied unless `by` is named, StaleVersion, ValidationError at `contact`, `words`.
    """
    case = _named(case_id, by, "protection.route")
    if user_id is not None and user_id not in dict(route_choices(case)):
        raise ValidationError({"contact": _("Choose somebody who is named.")})
    if user_id is None and not words.strip():
        raise ValidationError({"words": _("Choose a person, or write through which service.")})
    row = ContactRoute.objects.filter(case=case).first()
    if (row.version if row else 0) != version:
        raise StaleVersion(row)
    row = row or ContactRoute(case=case, data_key_id=case.data_key_id)
    row.user_id, row.words = user_id, words.strip() or None
    row.set_by_id, row.set_at = by.user_id, clock.now()
    row.version += 1
    row.save()
    audit.record("protection.route", case, by=by, named=user_id is not None)
    return row
