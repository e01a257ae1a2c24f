"""Sending a referral, and what its referrer may add afterwards."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, sections
from cases.access import Standing, sync_grants, tell_if_referral_disposed
from cases.enums import GroundKind, ParticipationStatus, Status
from cases.models import Case, Draft, Incident, LegalGround, Participation, Referral, Supplement
from cases.sections import IntakeFacts
from cases.services import casework, checklists, sharing, tallies
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.routing import Route
from core import audit, clock, vault
from manual.enums import Milestone


def answer_by(age_band: str, danger: bool, at: datetime) -> datetime:
    """When the coordinator must have answered a referral received at `at`."""
    return casework.answer_by(age_band, danger, at)


@transaction.atomic(durable=True)
def submit(*, draft_id: uuid.UUID, by: Assignment) -> Referral:
    """Turn a complete draft into a referral with its case, routed, opened and announced.

    One transaction. A repeated submit (double click, reload, lost answer) returns the same referral.
    Raises Http404 when the draft is neither hers nor sent, ValidationError with what is missing.
    """
    return send(draft_id, by)


def send(draft_id: uuid.UUID, by: Assignment, incident: Incident | None = None, once: str = "") -> Referral:
    """What `submit` does, inside the caller's transaction: one person of an incident is sent so.

    `once`: the key under which the desks are told of the whole event.
    """
    drafts = Draft.objects.select_for_update(of=("self",), no_key=True).owned_by(by.user_id, by.agency_id)
    draft = drafts.select_related("data_key").filter(pk=draft_id).first()
    if draft is None:
        return _already_sent(draft_id, by)
    if not by.has("file_referrals"):
        audit.refuse("referral.submit", draft_id, by=by)
        raise PermissionDenied
    read = sections.read(draft.answers)
    if sections.missing(read):
        raise ValidationError(_("Some answers are still missing."), code="missing")
    facts = sections.facts(read, clock.today())
    route = routing.route(facts.place, AgeBand(facts.age_band), clock.today())
    standing = casework.open_case(facts, route, by=by, practice=draft.practice, incident=incident)
    _grown(standing.case, draft)
    referral = _freeze(draft, standing.case, read, by)
    _open_duties(standing, facts, by)
    asked = sections.known(read, has_county=bool(facts.county_code))
    tallies.referral_sent(standing.case, agency_kind=by.agency.kind, asked=asked)
    _announce(referral, standing.case, route, by, once)
    key = draft.data_key
    draft.delete()
    vault.shred(key, by=by)
    return referral


def _grown(case: Case, draft: Draft) -> None:
    """The person of a consultation agrees now: the two are linked, and counted once."""
    if draft.consultation_id is None or case.is_consultation:
        return
    case.consultation_of = casework.lock(draft.consultation_id)  # another draft of it may be sent now
    case.save(update_fields=["consultation_of"])
    tallies.grown(case.consultation_of)


def _already_sent(draft_id: uuid.UUID, by: Assignment) -> Referral:
    sent = Referral.objects.filter(draft_id=draft_id, referrer_id=by.user_id).first()
    if sent is None:
        audit.refuse("referral.submit", draft_id, by=by)
        raise Http404
    return sent


def _freeze(draft: Draft, case: Case, read: sections.Reading, by: Assignment) -> Referral:
    return Referral.objects.create(
        reference=case.reference,
        draft_id=draft.id,
        case=case,
        referrer_id=by.user_id,
        agency_id=by.agency_id,
        data_key_id=case.data_key_id,
        answers=read.answers,
        document=sections.document(read, by.user.language),
        sent_at=case.received_at,
    )


def _open_duties(standing: Standing, facts: IntakeFacts, by: Assignment) -> None:
    """Milestones that the answers give, the referrer's own duties, and the desk's checklist."""
    case = standing.case
    known = {Milestone(kind): _instant(day) for kind, day in facts.milestones.items()}
    known[Milestone.REFERRAL_RECEIVED] = (case.received_at, False)
    milestones = checklists.record_first(case, known, by_id=by.user_id)
    ground = LegalGround.objects.create(
        case=case,
        agency=by.agency,
        kind=GroundKind.OWN_REPORT,
        categories=[],
        made_by_id=by.user_id,
        made_at=case.received_at,
    )
    participation = Participation.objects.create(
        case=case,
        agency=by.agency,
        ground=ground,
        status=ParticipationStatus.ACCEPTED,
        is_referrer=True,
        invited_by_id=by.user_id,
        invited_at=case.received_at,
        answered_by_id=by.user_id,
        answered_at=case.received_at,
        contact_id=by.user_id,
        data_key_id=case.data_key_id,
    )
    standing.grounds = [*standing.grounds, ground]
    standing.participations = [participation]
    checklists.open_first(standing, milestones, by_id=by.user_id, done=facts.done_steps)
    sync_grants(case, standing)


def _instant(day: date | datetime) -> tuple[datetime, bool]:
    """When a fact happened, and whether only its date is known."""
    if isinstance(day, datetime):
        return day, False
    return datetime.combine(day, time(0), clock.STOCKHOLM), True


def _announce(referral: Referral, case: Case, route: Route, by: Assignment, once: str) -> None:
    audit.record(
        "referral.submit", referral, by=by, case=case.id, desk=case.desk_id, consultation=case.is_consultation
    )
    people = [person.user_id for person in route.people]
    if once:
        notifications.incident_sent(case, people, once=once)
    else:
        notifications.referral_sent(referral, case, people)


def own_referral(referral_id: uuid.UUID, by: Assignment, verb: str = "referral.read") -> Referral:
    """Her own referral, with its case, in the agency she sent it for.

    Raises Http404 for anybody else; both are recorded."""
    related = ("case", "case__desk", "case__county", "agency", "data_key")
    sent = Referral.objects.sent_by(by.user_id, by.agency_id).select_related(*related)
    referral = sent.filter(pk=referral_id).first() if by.has("file_referrals") else None
    if referral is None:
        tell_if_referral_disposed(referral_id, by)
        audit.refuse(verb, referral_id, by=by)
        raise Http404
    audit.record(verb, referral, by=by)
    return referral


def is_own_referral(referral_id: object, by: Assignment) -> bool:
    """Whether `own_referral` would let her in. Not recorded: nothing is read."""
    sent = Referral.objects.sent_by(by.user_id, by.agency_id)
    return bool(referral_id) and by.has("file_referrals") and sent.filter(pk=str(referral_id)).exists()


@transaction.atomic(durable=True)
def supplement(*, referral_id: uuid.UUID, text: str, by: Assignment) -> Supplement:
    """The referrer adds information. When the coordinator had asked, the clock starts again.

    Raises ValidationError when the case is closed: new facts then need a new referral.
    """
    referral = own_referral(referral_id, by, verb="referral.supplement")
    case = casework.lock(referral.case_id)
    if not case.is_open:
        raise ValidationError(_("The case is closed. Send a new referral instead."), code="closed")
    sharing.without_person(case, text)
    added = Supplement.objects.create(
        referral=referral, data_key=referral.data_key, text=text, added_by_id=by.user_id, added_at=clock.now()
    )
    if case.status == Status.WAITING and referral.wanted is not None:  # another may have been asked
        casework.stop_waiting(case)
    notifications.supplemented(referral, case)
    return added
