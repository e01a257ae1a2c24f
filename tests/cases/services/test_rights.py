"""Who may decide, open and answer, and who may not: everybody at every verb."""

from __future__ import annotations

import uuid
from datetime import date
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
    Level,
    NotTakenReason,
    ParticipationStatus,
    Status,
    Verb,
)
from cases.models import (
    Case,
    Participation,
)
from cases.services import (
    messages,
    participation,
    steps,
)
from coordinators.services import register_absence
from core import clock
from tests.cases.services.conftest import World, membership_of, refusals, undone
from tests.cases.services.verbs import ACTS, EXPECTED, rows_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


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


@pytest.mark.security("S11", "every decision by everybody who may not")
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


@pytest.mark.security("S13", "a decision by somebody who has left meanwhile")
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
