"""Every verb in every status by everybody: what the table allows happens, all else changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from accounts.access import Assignment, AuthenticatedRequest, assignment_for
from accounts.enums import AgencyKind, Role
from accounts.models import User
from cases import workflow
from cases.access import get_case_or_404, sight_of, visible
from cases.enums import (
    ConsentForm,
    ForwardReason,
    Level,
    NotTakenReason,
    Outcome,
    ParticipationStatus,
    PeriodKind,
    Status,
    TraffickingStatus,
    Verb,
)
from cases.models import (
    Case,
    CaseGrant,
    CaseLink,
    Dispute,
    Handover,
    LegalGround,
    Meeting,
    Merge,
    Message,
    Note,
    Notice,
    Participation,
    Period,
    PrivacyStatement,
    RecordedMilestone,
    ReturnPlan,
    Step,
    Tally,
)
from cases.services import (
    assessments,
    casework,
    dates,
    disputes,
    granting,
    handovers,
    links,
    meetings,
    merging,
    messages,
    participation,
    periods,
    recusals,
    returning,
    steps,
    triage,
)
from coordinators.enums import AgeBand
from coordinators.models import Desk
from coordinators.services import register_absence
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from manual.enums import Milestone
from tests.cases.services.conftest import UNKNOWN_PLACE, World, membership_of, refusals, sent, undone
from tests.cases.services.pairs import all_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

Act = Callable[[World, Assignment], Any]

EXPECTED: Final[dict[Verb, dict[Status, Status]]] = (
    {
        Verb.ACCEPT: {Status.RECEIVED: Status.ACTIVE, Status.WAITING: Status.ACTIVE},
        Verb.ASK: {Status.RECEIVED: Status.WAITING},
        Verb.TAKE_BACK: {Status.WAITING: Status.RECEIVED},
        Verb.NOT_TAKE: {Status.RECEIVED: Status.NOT_TAKEN, Status.WAITING: Status.NOT_TAKEN},
        Verb.CLOSE: {Status.ACTIVE: Status.CLOSED},
        Verb.REOPEN: {Status.CLOSED: Status.ACTIVE, Status.NOT_TAKEN: Status.ACTIVE},
        Verb.INVITE: {Status.ACTIVE: Status.ACTIVE},
        Verb.RECORD: {Status.ACTIVE: Status.ACTIVE},
        Verb.PLACE: {Status.RECEIVED: Status.RECEIVED, Status.WAITING: Status.WAITING},
        Verb.TIME: {Status.ACTIVE: Status.ACTIVE},
        Verb.RETURN: {Status.ACTIVE: Status.ACTIVE},
    }
    | {
        verb: {status: status for status in (Status.RECEIVED, Status.WAITING, Status.ACTIVE)}
        for verb in (
            Verb.FORWARD,
            Verb.SNOOZE,
            Verb.ASSIGN,
            Verb.WAKE,
            Verb.RECUSE,
            Verb.DECIDE_AGE,
            Verb.MERGE,
            Verb.LINK,
        )
    }
    | {
        verb: {Status.ACTIVE: Status.ACTIVE}
        for verb in (Verb.HAND_OVER, Verb.MEET, Verb.SETTLE, Verb.RECOGNISE)
    }
    | {Verb.SHARE: {status: status for status in Status if status not in (Status.MERGED, Status.DISPOSED)}}
)
"""Written from the design, section 15, not from the table it checks."""


def _forward(world: World, by: Assignment) -> Case:
    desk = Desk.objects.get(key="syd")
    return triage.forward(case_id=world.case_id, desk_id=desk.pk, reason=ForwardReason.WRONG_REGION, by=by)


def _invite(world: World, by: Assignment) -> Participation:
    police = AgencyFactory.create(kind=AgencyKind.POLICE)
    return participation.invite(case_id=world.case_id, agency_id=police.pk, ground="consent", categories=[],
                                purpose="", by=by)  # fmt: skip


def _hand_over(world: World, by: Assignment) -> Handover:
    desk = Desk.objects.get(key="syd")
    return handovers.ask(case_id=world.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED,
                         moves_on=clock.today(), by=by)  # fmt: skip


def _merge(world: World, by: Assignment) -> Merge:
    """Whoever may merge has a second case; to everybody else it makes no difference whether there is one."""
    other = uuid.uuid4()
    choices: dict[str, str] = {}
    if by is world.karin and world.case.is_open:
        other = sent(world.referrer).case_id
        choices = all_of("survivor", world.case, Case.objects.get(pk=other))
    return merging.merge(survivor_id=world.case_id, absorbed_id=other, choices=choices, secrecy=True, by=by)


def _link(world: World, by: Assignment) -> CaseLink:
    mine = by is world.karin and world.case.is_open
    reference = sent(world.referrer).reference if mine else "H26-00417-U"
    return links.link_earlier(case_id=world.case_id, reference=reference, exploited_again=False, by=by)


def _meet(world: World, by: Assignment) -> Meeting:
    return meetings.record(case_id=world.case_id, held_on=clock.today(), present=[], minutes="Samråd.", by=by)


def _settle(world: World, by: Assignment) -> Dispute:
    """Who may settle meets a dispute; to everybody else it makes no difference whether there is one."""
    agency = AgencyFactory.create(kind=AgencyKind.POLICE)
    dispute_id = uuid.uuid4()
    if by is world.karin and world.case.status == Status.ACTIVE:
        dispute_id = _dispute(world)
    return disputes.settle(case_id=world.case_id, dispute_id=dispute_id, agency_id=agency.pk, text="Enades.",
                           ground="consent", categories=[], purpose="Skydd", by=by)  # fmt: skip


def _dispute(world: World) -> uuid.UUID:
    for _number in range(2):
        by = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
        row = world.invite(by.agency)
        participation.answer(participation_id=row.pk, accepts=False, reason="Inte vår.", by=by)
    return Dispute.objects.get(case_id=world.case_id).pk


def _period(world: World, by: Assignment) -> Period:
    return periods.record(case_id=world.case_id, kind=PeriodKind.REFLECTION, starts_on=clock.today(),
                          ends_on=None, source="Beslut", by=by)  # fmt: skip


def _return(world: World, by: Assignment) -> ReturnPlan:
    return returning.start(case_id=world.case_id, informed_on=clock.today(), language="bulgariska",
                           interpreter=True, words="Vill hem.", by=by)  # fmt: skip


def _share(world: World, by: Assignment) -> PrivacyStatement:
    return granting.inform(case_id=world.case_id, given_on=clock.today(), form=ConsentForm.ORAL,
                           language="th", interpreter=True, by=by)  # fmt: skip


def _decide_age(world: World, by: Assignment) -> Case:
    return assessments.decide_age(case_id=world.case_id, age_band=AgeBand.CHILD, decided_on=clock.today(),
                                  decided_by=AgencyKind.POLICE, basis="Pass", by=by)  # fmt: skip


def _recognise(world: World, by: Assignment) -> Case:
    return assessments.recognise(case_id=world.case_id, status=TraffickingStatus.ACTUAL, basis="Utredning",
                                 decided_on=clock.today(), decided_by=AgencyKind.POLICE, by=by)  # fmt: skip


ACTS: Final[dict[Verb, Act]] = {
    Verb.DECIDE_AGE: _decide_age,
    Verb.RECOGNISE: _recognise,
    Verb.SHARE: _share,
    Verb.MEET: _meet,
    Verb.SETTLE: _settle,
    Verb.TIME: _period,
    Verb.RETURN: _return,
    Verb.MERGE: _merge,
    Verb.LINK: _link,
    Verb.HAND_OVER: _hand_over,
    Verb.RECUSE: lambda w, by: recusals.recuse(case_id=w.case_id, reason="Släkt.", by=by),
    Verb.ACCEPT: lambda w, by: triage.accept(case_id=w.case_id, by=by),
    Verb.ASK: lambda w, by: triage.ask(case_id=w.case_id, text="Vilken ort?", by=by),
    Verb.FORWARD: _forward,
    Verb.SNOOZE: lambda w, by: triage.snooze(case_id=w.case_id, until=clock.now() + timedelta(days=1), by=by),
    Verb.ASSIGN: lambda w, by: triage.assign(case_id=w.case_id, assignee_id=w.per.user_id, by=by),
    Verb.NOT_TAKE: lambda w, by: triage.not_take(
        case_id=w.case_id, reason=NotTakenReason.NO_CONTACT, text="", by=by
    ),
    Verb.TAKE_BACK: lambda w, by: triage.take_back(case_id=w.case_id, by=by),
    Verb.WAKE: lambda w, by: triage.wake(case_id=w.case_id, by=by),
    Verb.INVITE: _invite,
    Verb.RECORD: lambda w, by: dates.record(
        case_id=w.case_id, kind=Milestone.POLICE_INFORMED, happened_at=clock.now(), date_only=False, by=by
    ),
    Verb.CLOSE: lambda w, by: casework.close(case_id=w.case_id, outcome=Outcome.LOST_CONTACT, by=by),
    Verb.REOPEN: lambda w, by: casework.reopen(case_id=w.case_id, by=by),
    Verb.PLACE: lambda w, by: triage.place(case_id=w.case_id, municipality_code="1280", by=by),
}


def rows_of(case_id: uuid.UUID) -> dict[str, Any]:
    """Everything a decision may write, as the database has it."""
    own: Any = (Case.objects.filter(pk=case_id), *(
        model._default_manager.filter(case_id=case_id).order_by("pk")
        for model in (Step, CaseGrant, LegalGround, Participation, RecordedMilestone, Message, Note, Notice)
    ))  # fmt: skip
    found = {rows.model.__name__: list(rows.values()) for rows in own}
    counts = {model.__name__: model._default_manager.count() for model in (Tally, OutboundEmail, AuditEvent)}
    return found | counts


def test_every_verb_is_walked() -> None:
    assert set(EXPECTED) == set(ACTS) == set(Verb) == set(workflow.TRANSITIONS)


@pytest.mark.parametrize("status", Status)
def test_every_verb_in_every_status(world: World, status: Status) -> None:
    assert world.bring_to(status).status == status
    for verb in set(Verb) - {Verb.PLACE}:
        target = EXPECTED[verb].get(status)
        with undone():
            before = rows_of(world.case_id)
            if target is None:
                with pytest.raises(TransitionNotAllowed):
                    ACTS[verb](world, world.karin)
                assert rows_of(world.case_id) == before, verb
            else:
                ACTS[verb](world, world.karin)
                after = world.case
                assert after.status == target, verb
                assert after.version > before["Case"][0]["version"], verb
                newest = AuditEvent.objects.order_by("-pk").filter(outcome="allowed")
                assert newest.filter(user_id=world.karin.user_id).exists(), verb


@pytest.mark.parametrize("status", Status)
def test_placing_in_every_status(portal: None, freeze: Any, status: Status) -> None:
    freeze("2026-11-23 09:00")
    world = World(**UNKNOWN_PLACE)
    assert world.case.desk.key == "national"
    survivor = World().case_id
    changes: dict[str, Any] = {"status": status}
    if status == Status.WAITING:
        changes["waiting_since"] = clock.now()
    if status == Status.CLOSED:
        changes |= {"closed_at": clock.now(), "closed_by": world.national.user_id, "outcome": "lost_contact"}
    if status == Status.NOT_TAKEN:
        changes["not_taken_reason"] = "test"
    if status == Status.MERGED:
        changes["merged_into"] = survivor
    Case.objects.filter(pk=world.case_id).update(**changes)
    before = rows_of(world.case_id)
    if status in EXPECTED[Verb.PLACE]:
        ACTS[Verb.PLACE](world, world.national)
        assert (world.case.status, world.case.desk.key) == (status, "syd")
    else:
        with pytest.raises(TransitionNotAllowed):
            ACTS[Verb.PLACE](world, world.national)
        assert rows_of(world.case_id) == before


@pytest.mark.parametrize("status", Status)
def test_the_buttons_are_what_the_services_allow(world: World, status: Status) -> None:
    case = world.bring_to(status)
    sight = sight_of(world.karin, case)
    assert sight is not None
    shown = {row.verb for row in workflow.available(sight)}
    assert shown == {verb for verb in Verb if status in EXPECTED[verb]} - {Verb.PLACE, Verb.WAKE, Verb.SETTLE}
    for verb in shown:
        with undone():
            ACTS[verb](world, world.karin)


# --- by whom ------------------------------------------------------------------------------------------------


def strangers(world: World) -> dict[str, Assignment]:
    """Everybody who may not decide, some of whom see parts of the case."""
    accepted = world.join(AgencyKind.POLICE)
    invited = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))
    world.invite(invited.agency)
    national = world.national.agency
    return {
        "other desk": world.syd,
        "national coordinator": world.national,
        "coordinator without duty": member(Role.REGIONAL_COORDINATOR, agency=world.karin.agency),
        "referrer": world.referrer,
        "colleague of the referrer": member(Role.CASEWORKER, agency=world.referrer.agency),
        "agency taking part": accepted,
        "invited agency": invited,
        "manager of the agency taking part": member(Role.CASEWORKER, agency=accepted.agency, is_manager=True),
        "operator": member(Role.HOTLINE_OPERATOR),
        "administrator of the portal": member(Role.ADMINISTRATOR, agency=national),
        "administrator of the desk's agency": member(Role.ADMINISTRATOR, agency=world.karin.agency),
        "auditor": member(Role.AUDITOR),
        "data protection officer": member(Role.DATA_PROTECTION_OFFICER),
        "assignment ended yesterday": member(
            Role.CASEWORKER, agency=accepted.agency, valid_until=date(2026, 11, 22)
        ),
    }


SOURCE: Final = {verb: min(sources, key=list(Status).index) for verb, sources in EXPECTED.items()}


@pytest.mark.parametrize("verb", Verb)
def test_nobody_else_decides(world: World, verb: Verb) -> None:
    world.accept()
    everybody = (
        strangers(world) | {"own coordinator": world.karin} if verb == Verb.PLACE else strangers(world)
    )
    status = SOURCE[verb]
    changes: dict[str, Any] = {"status": status}
    if status == Status.WAITING:
        changes["waiting_since"] = clock.now()
    if status == Status.NOT_TAKEN:
        changes["not_taken_reason"] = NotTakenReason.TEST
    Case.objects.filter(pk=world.case_id).update(**changes)
    before = rows_of(world.case_id)
    for name, by in everybody.items():
        with pytest.raises(PermissionDenied):
            ACTS[verb](world, by)
            pytest.fail(f"{name} may {verb}")
        assert refusals(f"case.{workflow.TRANSITIONS[verb].right}", by) == 1, name
    after = rows_of(world.case_id)
    assert {k: v for k, v in after.items() if k != "AuditEvent"} == {
        k: v for k, v in before.items() if k != "AuditEvent"
    }


def test_a_person_who_left_decides_nothing_with_what_was_fetched_before(world: World) -> None:
    """The rights are asked for in the database at each act."""
    User.objects.filter(pk=world.karin.user_id).update(is_active=False, deactivated_at=clock.now())
    with pytest.raises(PermissionDenied):
        ACTS[Verb.ACCEPT](world, world.karin)


def test_a_deputy_acts_during_the_absence_only(world: World, freeze: Any) -> None:
    register_absence(membership=membership_of(world.karin), first=date(2026, 12, 1), last=date(2026, 12, 5),
                     deputy=membership_of(world.syd), by=None)  # fmt: skip
    expected = {
        "2026-11-30 23:59": False,
        "2026-12-01 00:00": True,
        "2026-12-05 23:59": True,
        "2026-12-06 00:00": False,
    }
    for moment, may in expected.items():
        freeze(moment)
        deputy = assignment_for(membership_of(world.syd))
        with undone():
            if may:
                assert ACTS[Verb.ACCEPT](world, deputy).assignee_id == deputy.user_id
                assert world.case.desk.key == "mitt", "the case still counts as Mitt's"
            else:
                with pytest.raises(PermissionDenied):
                    ACTS[Verb.ACCEPT](world, deputy)
                assert sight_of(deputy, world.case) is None


LEVELS: Final = {"agency taking part": Level.FULL, "invited agency": Level.HEADER,
                 "manager of the agency taking part": Level.FULL}  # fmt: skip


def test_who_opens_the_case_page(world: World, rf: RequestFactory) -> None:
    world.accept()
    everybody = strangers(world) | {"own coordinator": world.karin}
    for name, by in everybody.items():
        level = Level.FULL if name == "own coordinator" else LEVELS.get(name)
        assert visible(by).filter(pk=world.case_id).exists() == (level is not None), name
        request: Any = rf.get("/")
        request.assignment = by
        for need in Level:
            if level is not None and need <= level:
                assert _opened(request, world.case_id, need) == level, name
            else:
                before = refusals("case.read", by)
                with pytest.raises(Http404):
                    get_case_or_404(request, world.case_id, need)
                assert refusals("case.read", by) == before + 1, name


def _opened(request: AuthenticatedRequest, case_id: uuid.UUID, need: Level) -> Level:
    return get_case_or_404(request, case_id, need).level


def test_a_case_that_does_not_exist_answers_as_one_that_is_hidden(world: World, rf: RequestFactory) -> None:
    request: Any = rf.get("/")
    request.assignment = world.karin
    with pytest.raises(Http404):
        get_case_or_404(request, uuid.uuid4())
    assert refusals("case.read", world.karin) == 1


def test_steps_notes_and_messages_of_strangers_are_refused(world: World) -> None:
    world.accept()
    everybody = strangers(world)
    assess = world.step("ident.rc.assess")
    for name, by in everybody.items():
        with pytest.raises(PermissionDenied):
            steps.done(step_id=assess.pk, by=by)
            pytest.fail(f"{name} ended the desk's step")
        assert refusals("step.act", by) == 1, name
        if LEVELS.get(name, 0) >= Level.STEPS:
            continue
        with pytest.raises(PermissionDenied):
            messages.add_note(case_id=world.case_id, text="x", by=by)
        with pytest.raises(PermissionDenied):
            messages.send(case_id=world.case_id, to=[f"desk:{world.case.desk_id}"], text="x", by=by)
        assert refusals("case.act", by) == 2, name
    assert world.step("ident.rc.assess").status == "open"


def test_only_the_invited_agency_answers_its_invitation(world: World) -> None:
    world.accept()
    everybody = strangers(world)
    open_invitation = Participation.objects.get(case_id=world.case_id, status=ParticipationStatus.INVITED)
    for name, by in everybody.items() | {("own coordinator", world.karin)}:
        if name == "invited agency":
            continue
        with pytest.raises(PermissionDenied):
            participation.answer(participation_id=open_invitation.pk, accepts=True, by=by)
        assert refusals("participation.answer", by) == 1, name
        if name != "own coordinator":
            with pytest.raises(PermissionDenied):
                participation.end(participation_id=open_invitation.pk, by=by)


def test_second_place_is_told_who_was_first(world: World, freeze: Any) -> None:
    freeze(datetime(2026, 11, 23, 9, 4))
    world.accept()
    with pytest.raises(TransitionNotAllowed) as refusal:
        triage.not_take(case_id=world.case_id, reason=NotTakenReason.TEST, text="", by=world.per)
    assert "Karin Holm" in str(refusal.value.message)
