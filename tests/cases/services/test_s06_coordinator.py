"""S06 for the coordinator herself: the case ends, its header stays, a new consent opens it (ADR 0801)."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cases.access import sight_of
from cases.enums import (
    Category,
    ConsentForm,
    ForwardReason,
    HandoverStatus,
    Level,
    NoticeKind,
    Outcome,
    Status,
)
from cases.models import Consent, LegalGround, Notice, Step
from cases.services import casework, consents, grants, handovers, withdrawing
from coordinators.models import Desk
from core import clock
from tests.cases.services.conftest import World
from tests.cases.services.test_s06_withdrawn import NGO, Shared, sure
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(world: World) -> Shared:
    return Shared(world)


def test_withdrawn_for_the_coordinator_too_the_case_ends_and_its_header_is_kept(shared: Shared) -> None:
    """ADR 0801."""
    shared.withdraw("coordinator")
    sure()
    case = shared.case
    assert (case.status, case.outcome) == (Status.CLOSED, Outcome.CONSENT_WITHDRAWN)
    sight = sight_of(shared.karin, case)
    assert (sight.level, sight.categories, sight.is_desk) == (Level.HEADER, frozenset(), True)
    assert sight_of(shared.ngo, case) is None
    assert sight_of(shared.migration, case).categories == {Category.SITUATION}, "stands on its own ground"
    assert not Step.objects.filter(case=case, ended_at__isnull=True).exists()
    with pytest.raises(PermissionDenied):
        casework.open_identity(case=case, reason="Nyfiken", by=shared.karin)
    with pytest.raises(ValidationError):
        casework.reopen(case_id=case.pk, by=shared.karin)
    consent = Consent.objects.get(case=case)
    assert consent.scope == [] and consent.withdrawn_on == clock.today()
    desks = LegalGround.objects.filter(case=case, desk__isnull=False, ended_at=None)
    assert [ground.desk_id for ground in desks] == [case.desk_id], "never without its desk"
    assert grants.is_true(case)


def test_a_new_consent_lets_the_coordinator_in_again(shared: Shared) -> None:
    shared.withdraw("coordinator")
    consents.register(
        case_id=shared.case_id, scope=["coordinator"], given_on=clock.today(), form=ConsentForm.WRITTEN,
        language="th", interpreter=True, words="Hon har tänkt om.", by=shared.karin,
    )  # fmt: skip
    assert sight_of(shared.karin, shared.case).level == Level.FULL
    casework.reopen(case_id=shared.case_id, by=shared.karin)
    assert shared.case.status == Status.ACTIVE and sight_of(shared.ngo, shared.case) is None
    sure()


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.WAITING])
def test_withdrawn_before_the_answer_it_is_not_taken_forward(world: World, status: Status) -> None:
    world.bring_to(status)
    withdrawing.withdraw(case_id=world.case_id, scope=["coordinator"], withdrawn_on=clock.today(),
                         form=ConsentForm.ORAL, words="", by=world.karin)  # fmt: skip
    sure()
    assert (world.case.status, world.case.not_taken_reason) == (Status.NOT_TAKEN, "no_consent")
    assert sight_of(world.karin, world.case).level == Level.HEADER
    assert Notice.objects.filter(user=world.referrer.user, kind=NoticeKind.NOT_TAKEN).exists()


def test_a_desk_that_was_asked_to_take_it_over_is_asked_no_more(shared: Shared) -> None:
    syd = shared.world.syd
    handover = handovers.ask(
        case_id=shared.case_id, desk_id=Desk.objects.get(key="syd").pk, reason=ForwardReason.MOVED,
        moves_on=clock.today(), by=shared.karin,
    )  # fmt: skip
    assert sight_of(syd, shared.case).level == Level.HEADER
    shared.withdraw("coordinator")
    sure()
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.WITHDRAWN and sight_of(syd, shared.case) is None
    assert grants.is_true(shared.case)
    with pytest.raises(PermissionDenied):
        handovers.accept(case_id=shared.case_id, by=syd)
    consents.register(
        case_id=shared.case_id, scope=["coordinator"], given_on=clock.today(), form=ConsentForm.WRITTEN,
        language="th", interpreter=True, words="", by=shared.karin,
    )  # fmt: skip
    casework.reopen(case_id=shared.case_id, by=shared.karin)
    casework.close(case_id=shared.case_id, outcome=Outcome.TRANSFERRED, by=shared.karin)


def test_a_single_agency_does_not_come_in_again_on_another_consent_that_names_its_kind(
    shared: Shared,
) -> None:
    consents.register(
        case_id=shared.case_id, scope=[NGO], given_on=clock.today(), form=ConsentForm.ORAL,
        language="th", interpreter=True, words="", by=shared.karin,
    )  # fmt: skip
    shared.withdraw(shared.ngo.agency_id.hex)
    with pytest.raises(ValidationError):
        shared.world.invite(shared.ngo.agency, "consent")
    shared.world.invite(AgencyFactory.create(kind=NGO), "consent")
