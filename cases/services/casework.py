"""Opening a case, its age, identity and end. The inbox decisions live in `triage`."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import Standing, require, sight_of
from cases.enums import (
    CancelReason,
    Category,
    GroundKind,
    Outcome,
    PlaceSource,
    Protection,
    Provision,
    Status,
    Urgency,
    Verb,
)
from cases.models import Case, Consent, Identifier, Incident, LegalGround, Person
from cases.sections import IntakeFacts
from cases.services import checklists, clocks, references, tallies
from coordinators.enums import AgeBand
from coordinators.routing import Route
from core import audit, clock, vault
from manual import deadlines, library
from manual.models import Edition

HOUR = timedelta(hours=1)
LOOKS_AN_HOUR = 40
"""Identities one person may open in an hour: more than a raid asks of one coordinator. To be confirmed."""
ACKNOWLEDGE = "ident.rc.acknowledge"
"""The coordinator's first answer."""


def lock(case_id: uuid.UUID) -> Case:
    """The case, locked for this transaction. Every service that changes a case begins here."""
    return (
        Case.objects.select_for_update(of=("self",), no_key=True)
        .select_related("desk", "edition", "data_key")
        .get(pk=case_id)
    )


def open_case(
    facts: IntakeFacts,
    route: Route,
    *,
    by: Assignment,
    practice: bool = False,
    incident: Incident | None = None,
) -> Standing:
    """A routed case with its person, consent and the desk's legal ground. Part of `referrals.submit`."""
    now = clock.now()
    edition = library.current_edition()
    is_consultation = facts.mode == "consultation"
    case_id = uuid.uuid4()
    person = None if is_consultation else _person(facts, now)
    key = vault.new_key("case", case_id) if person is None else person.data_key
    case = Case(
        id=case_id,
        reference=references.new_reference(),
        is_consultation=is_consultation,
        person=person,
        data_key=key,
        edition=edition,
        desk=route.desk,
        age_band=facts.age_band,
        sex=facts.sex,
        citizenship=facts.citizenship,
        main_form=facts.main_form,
        forms=list(facts.forms),
        conditions=sorted(facts.conditions),
        danger=facts.danger,
        urgency=_urgency(facts.danger, facts.age_band),
        is_protected=bool(person and person.is_protected),
        received_at=now,
        answer_by=deadlines.due_at(answer_rule(edition, facts.age_band, facts.danger), now),
        practice=practice,
        incident=incident,
    )
    _place(case, facts, route)
    case.save(force_insert=True)
    return _standing(case, facts, by)


def answer_by(age_band: str, danger: bool, at: datetime) -> datetime:
    """When the coordinator must have answered what is received at `at`: the rule of her first step."""
    return deadlines.due_at(answer_rule(library.current_edition(), age_band, danger), at)


def answer_rule(edition: Edition, age_band: str, danger: bool) -> deadlines.Rule:
    return library.rule_for(library.step(edition, ACKNOWLEDGE), library.Facts(age=age_band, danger=danger))


def _urgency(danger: bool, age_band: str) -> Urgency:
    if danger:
        return Urgency.DANGER
    return Urgency.NORMAL if age_band == AgeBand.ADULT else Urgency.CHILD


def _person(facts: IntakeFacts, now: datetime) -> Person:
    person_id = uuid.uuid4()
    person = Person.objects.create(
        id=person_id,
        data_key=vault.new_key("person", person_id),
        identity=facts.identity,
        contact=facts.contact or None,
        address=facts.address,
        protection=facts.protection,
        created_at=now,
    )
    Identifier.objects.bulk_create(
        Identifier(person=person, kind=kind, blind_index=vault.blind_index(kind, value))
        for kind, value in (() if facts.protection == Protection.FICTITIOUS else facts.identifiers)
    )
    return person


def _place(case: Case, facts: IntakeFacts, route: Route) -> None:
    """Where the case counts and who holds it, stored with the explanation."""
    case.municipality_id = facts.municipality_code or None
    case.county_id = facts.county_code or None
    case.place_source = facts.place_source if facts.place else PlaceSource.NONE
    case.routing = stored_route(route)


def stored_route(route: Route) -> dict[str, Any]:
    """The route as the case keeps it: keys, whether it is unplaced, the explanation in both languages."""
    return {
        "region": route.region.key if route.region else None,
        "desk": route.desk.key,
        "unplaced": route.unplaced,
        "explanation": {language: route.explain(language) for language in ("sv", "en")},
    }


def _standing(case: Case, facts: IntakeFacts, by: Assignment) -> Standing:
    """Consent as told, and the ground the desk holds the case on: no grant without a ground."""
    now = clock.now()
    consent = None
    if facts.consent:
        told = facts.consent
        consent = Consent.objects.create(
            case=case,
            given_scope=list(told["scope"]),
            scope=list(told["scope"]),
            data_key_id=case.data_key_id,
            form=told["form"],
            language=told.get("language", ""),
            interpreter=bool(told.get("interpreter")),
            given_on=told["given_on"],
            recorded_by_id=by.user_id,
            recorded_at=now,
        )
    standing = Standing(case)
    standing.consents = [consent] if consent else []
    standing.grounds = [make_desk_ground(case, consent=consent, by=by)]
    standing.participations, standing.handovers, standing.glasses = [], [], []
    return standing


def make_desk_ground(case: Case, *, consent: Consent | None, by: Assignment | None) -> LegalGround:
    """The ground of the desk that holds the case: consent, the path for a child, or no person at all."""
    kind, provision = GroundKind.OWN_REPORT, ""
    if consent:
        kind = GroundKind.CONSENT
    elif not case.is_consultation:
        kind, provision = GroundKind.PROVISION, Provision.CHILD_PATH
    return LegalGround.objects.create(
        case=case,
        desk_id=case.desk_id,
        kind=kind,
        consent=consent,
        provision=provision,
        categories=list(Category.values),
        made_by_id=by.user_id if by else None,
        made_at=clock.now(),
    )


def stop_waiting(case: Case) -> None:
    """The answer has come (or the question was taken back): the clocks run again, the desk's answer too."""
    assert case.waiting_since is not None, "a waiting case says since when (constraint)"
    unit = answer_rule(case.edition, case.age_band, case.danger).unit
    case.answer_by = clocks.moved(case.answer_by, clock.now() - case.waiting_since, unit)
    case.status, case.waiting_since = Status.RECEIVED, None
    case.version += 1
    case.save(update_fields=["status", "waiting_since", "answer_by", "version"])
    case.referrals.update(wanted=None)
    clocks.resume(case)


@transaction.atomic(durable=True)
def open_identity(*, case: Case, reason: str, by: Assignment) -> Person:
    """Who the person is, for one look. Raises PermissionDenied; the look and the refusal are recorded.

    Raises ValidationError after `LOOKS_AN_HOUR` looks: a stolen account must not empty the vault.
    """
    sight = sight_of(by, case)
    if sight is None or not sight.may_open_identity or case.person is None:
        audit.refuse("identity.open", case, by=by)
        raise PermissionDenied
    if audit.count(by, "identity.open", since=clock.now() - HOUR) >= LOOKS_AN_HOUR:
        audit.refuse("identity.open", case, by=by, too_many=True)
        raise ValidationError(
            {"reason": _("You have opened many identities in the last hour. Wait a while.")}
        )
    audit.record("identity.open", case.person, by=by, reason=reason, case=case.id)
    return case.person


@transaction.atomic(durable=True)
def close(*, case_id: uuid.UUID, outcome: Outcome, by: Assignment) -> Case:
    """End the case: outcome kept, open steps cancelled with the reason, grants shrink to reading."""
    case = lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.CLOSE, case)
    conclude(case, outcome, CancelReason.CASE_CLOSED, by)
    return case


def conclude(case: Case, outcome: Outcome, why: CancelReason, by: Assignment) -> None:
    """The case ends, and its open steps with it. Part of `close`, and of a consent withdrawn."""
    case.status, case.outcome = Status.CLOSED, outcome
    case.closed_at, case.closed_by_id, case.snoozed_until = clock.now(), by.user_id, None
    case.version += 1
    case.save(update_fields=["status", "outcome", "closed_at", "closed_by", "snoozed_until", "version"])
    checklists.cancel_open(case, why)
    tallies.closed(case)
    audit.record("case.close", case, by=by, outcome=outcome)
    notifications.closed(case)


@transaction.atomic(durable=True)
def reopen(*, case_id: uuid.UUID, by: Assignment) -> Case:
    """Take a closed or not-taken case up again. What was cancelled stays cancelled; missing duties open."""
    case = lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.REOPEN, case)
    if case.grounds.filter(desk_id=case.desk_id, ended_at__isnull=True, categories=[]).exists():
        words = _("The person has withdrawn consent. Register a new consent first.")
        raise ValidationError(words, code="no_consent")
    follow = tallies.closed if case.status == Status.CLOSED else tallies.not_taken
    case.status, case.outcome, case.not_taken_reason = Status.ACTIVE, "", ""
    case.closed_at, case.closed_by = None, None
    follow(case)
    case.assignee_id = case.assignee_id or by.user_id
    case.version += 1
    case.save(
        update_fields=[
            "status",
            "outcome",
            "not_taken_reason",
            "closed_at",
            "closed_by",
            "assignee",
            "version",
        ]
    )
    case.referrals.update(wanted=None)
    checklists.revive(case)
    checklists.refresh(case)
    audit.record("case.reopen", case, by=by)
    notifications.reopened(case)
    return case
