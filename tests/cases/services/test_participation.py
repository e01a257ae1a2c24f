"""Agencies in a case: on which ground, and what each sees and when."""

from __future__ import annotations

import uuid
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import AgencyKind, Role
from accounts.models import Agency
from cases.access import sight_of, visible
from cases.enums import (
    CancelReason,
    Category,
    GroundKind,
    Level,
    NoticeKind,
    Outcome,
    ParticipationStatus,
    Provision,
    StepStatus,
)
from cases.models import CaseGrant, LegalGround, Notice, Participation, Step
from cases.services import acts, casework, grants, messages, participation, steps, triage
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from manual import library
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, duty, mails_to, sent, undone
from tests.cases.services.test_submit import REFUSED
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

OUTSIDE: Final = (AgencyKind.NGO_PLATFORM, AgencyKind.IOM)
"""Private bodies: an adult's consent is the only way (domain 5)."""


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def agency(kind: str, **more: Any) -> Agency:
    made: Agency = AgencyFactory.create(kind=kind, **more)
    return made


# --- the ground ---------------------------------------------------------------------------------------------

MATRIX: Final[dict[str, tuple[set[Provision], set[Provision]]]] = {
    # kind: (towards it for an adult, for a child)
    AgencyKind.POLICE: (
        {Provision.OSL_10_23, Provision.OSL_10_15A},
        {Provision.OSL_10_21, Provision.OSL_10_20, Provision.OSL_10_23, Provision.OSL_10_15A},
    ),
    AgencyKind.PROSECUTOR: (
        {Provision.OSL_10_23, Provision.OSL_10_15A},
        {Provision.OSL_10_21, Provision.OSL_10_20, Provision.OSL_10_23, Provision.OSL_10_15A},
    ),
    AgencyKind.SOCIAL_SERVICES_ADULT: (
        {Provision.OSL_10_2},
        {Provision.SOL_19_1, Provision.SOL_20_6, Provision.OSL_26_9, Provision.OSL_10_2},
    ),
    AgencyKind.SOCIAL_SERVICES_CHILD: (
        {Provision.OSL_10_2},
        {Provision.SOL_19_1, Provision.SOL_20_6, Provision.OSL_26_9, Provision.OSL_10_2},
    ),
    AgencyKind.HEALTH_CARE: ({Provision.OSL_10_2}, {Provision.OSL_26_9, Provision.OSL_10_2}),
    AgencyKind.SCHOOL: ({Provision.OSL_10_2}, {Provision.OSL_26_9, Provision.OSL_10_2}),
    AgencyKind.MIGRATION_AGENCY: ({Provision.OSL_10_2}, {Provision.OSL_10_2}),
    AgencyKind.SHELTER: ({Provision.OSL_10_2}, {Provision.OSL_10_2}),
    AgencyKind.NGO_PLATFORM: (set(), set()),
    AgencyKind.IOM: (set(), set()),
    AgencyKind.TAX_AGENCY: (set(), set()),
}


@pytest.mark.parametrize("kind", MATRIX)
def test_the_sharing_matrix(kind: str) -> None:
    adult, child = MATRIX[kind]
    assert set(participation.provisions_for(kind, "adult")) == adult
    assert set(participation.provisions_for(kind, "child")) == child
    assert set(participation.provisions_for(kind, "unsure")) == child, "unsure is handled as a child"


def test_the_general_clause_is_never_offered_by_social_services() -> None:
    """OSL 26:1 second paragraph shuts 10:27 for social services, where the coordinators work."""
    for kind in AgencyKind.values:
        for age in ("adult", "child", "unsure"):
            assert Provision.OSL_10_27 not in participation.provisions_for(kind, age)


def test_without_consent_that_covers_it_no_ngo_is_let_in(taken: World) -> None:
    for kind in OUTSIDE:
        outsider = agency(kind)
        assert participation.ground_choices(taken.case, outsider) == []
        for ground in ("consent", *Provision.values, "", "own_report"):
            with pytest.raises(ValidationError) as error:
                taken.invite(outsider, ground)
            assert "ground" in error.value.message_dict
    assert not CaseGrant.objects.filter(agency__isnull=False).exists()


def test_consent_covers_the_kinds_named_and_no_other(taken: World) -> None:
    assert taken.invite(agency(AgencyKind.POLICE)).ground.kind == GroundKind.CONSENT
    with pytest.raises(ValidationError):
        taken.invite(agency(AgencyKind.HEALTH_CARE), "consent")
    assert taken.invite(agency(AgencyKind.HEALTH_CARE), Provision.OSL_10_2).ground.consent_id is None


def test_withdrawn_consent_covers_nothing(taken: World) -> None:
    taken.case.consents.update(withdrawn_on=clock.today(), withdrawn_by=taken.karin.user)
    with pytest.raises(ValidationError):
        taken.invite(agency(AgencyKind.POLICE), "consent")


@pytest.mark.parametrize(
    "provision", [Provision.OSL_10_21, Provision.OSL_10_20, Provision.SOL_19_1, Provision.OSL_26_9]
)
def test_what_is_for_children_is_refused_for_an_adult(taken: World, provision: str) -> None:
    for kind in (AgencyKind.POLICE, AgencyKind.SOCIAL_SERVICES_ADULT, AgencyKind.HEALTH_CARE):
        with pytest.raises(ValidationError):
            taken.invite(agency(kind), provision)


def test_a_child_needs_no_consent_towards_social_services_and_police(world: World) -> None:
    karin = duty("stockholm-children")
    case = sent(world.referrer, CHILD).case
    triage.accept(case_id=case.pk, by=karin)
    for kind, ground in (
        (AgencyKind.SOCIAL_SERVICES_CHILD, Provision.SOL_19_1),
        (AgencyKind.POLICE, Provision.OSL_10_21),
        (AgencyKind.HEALTH_CARE, Provision.OSL_26_9),
    ):
        made = participation.invite(case_id=case.pk, agency_id=agency(kind).pk, ground=ground,
                                    categories=Category.values, purpose="", by=karin)  # fmt: skip
        assert (made.ground.kind, made.ground.provision) == (GroundKind.PROVISION, ground)
    with pytest.raises(ValidationError):
        world.about(case.opening_referral(), karin).invite(agency(AgencyKind.NGO_PLATFORM), "child_path")


def test_a_consultation_has_no_identity_to_share(world: World) -> None:
    case = sent(world.referrer, REFUSED).case
    triage.accept(case_id=case.pk, by=world.syd)
    for category in (Category.IDENTITY, Category.CONTACT):
        with pytest.raises(ValidationError):
            participation.invite(case_id=case.pk, agency_id=agency(AgencyKind.POLICE).pk, ground="osl_10_23",
                                 categories=[category], purpose="", by=world.syd)  # fmt: skip


def test_agencies_that_cannot_be_invited(taken: World) -> None:
    inside = agency(AgencyKind.POLICE)
    taken.invite(inside)
    for wrong in (
        inside,
        agency(AgencyKind.POLICE, active=False),
        agency(AgencyKind.COORDINATION),
    ):
        with pytest.raises(ValidationError) as error:
            taken.invite(wrong)
        assert "agency" in error.value.message_dict
    with pytest.raises(ValidationError):
        participation.invite(case_id=taken.case_id, agency_id=uuid.uuid4(), ground="consent", categories=[],
                             purpose="", by=taken.karin)  # fmt: skip


def test_categories_that_do_not_exist_are_not_stored(taken: World) -> None:
    made = taken.invite(agency(AgencyKind.POLICE), categories=["situation", "everything", "identity"])
    assert made.ground.categories == ["identity", "situation"]


# --- what they see ------------------------------------------------------------------------------------------


def test_from_invited_to_ended(taken: World) -> None:
    worker = member(Role.CASEWORKER, agency=agency(AgencyKind.POLICE))
    made = taken.invite(worker.agency, categories=[Category.SITUATION, Category.CONTACT])
    sight = sight_of(worker, taken.case)
    assert (sight.level, sight.categories, sight.is_desk) == (Level.HEADER, frozenset(), False)
    assert set(Step.objects.filter(agency=worker.agency).values_list("key", flat=True)) == {acts.INVITATION}
    assert Notice.objects.filter(user=worker.user, kind=NoticeKind.INVITED).count() == 1

    participation.answer(participation_id=made.pk, accepts=True, by=worker)
    sight = sight_of(worker, taken.case)
    assert (sight.level, sight.categories) == (Level.FULL, {Category.SITUATION, Category.CONTACT})
    assert not sight.may_open_identity and not sight.sees(Category.HEALTH)
    asked = Step.objects.get(agency=worker.agency, key=acts.INVITATION)
    assert asked.status == StepStatus.DONE and asked.ended_by_id == worker.user_id
    own = Step.objects.filter(agency=worker.agency).exclude(pk=asked.pk).select_related("template")
    assert own.exists() and {step.template.agency_role for step in own} == {AgencyKind.POLICE}
    live = own.filter(status=StepStatus.OPEN).first()

    participation.end(participation_id=made.pk, by=taken.karin)
    assert sight_of(worker, taken.case) is None and not visible(worker).exists()
    ended = Participation.objects.get(pk=made.pk)
    assert (ended.status, ended.ended_at) == (ParticipationStatus.ENDED, clock.now())
    assert ended.ground.ended_at == clock.now()
    assert set(own.exclude(status="done").values_list("status", "cancel_reason")) == {
        (StepStatus.CANCELLED, CancelReason.AGENCY_LEFT)
    }
    with pytest.raises(PermissionDenied):
        steps.done(step_id=live.pk, by=worker)


def test_the_checklist_is_that_of_the_kind_and_the_facts(taken: World) -> None:
    worker = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    own = Step.objects.filter(agency=worker.agency).exclude(key=acts.INVITATION)
    keys = set(own.values_list("key", flat=True))
    facts = library.Facts(
        age="adult",
        exploitation=frozenset(taken.case.forms),
        conditions=frozenset(taken.case.conditions),
        consented_kinds=frozenset({"social_services_adult", "police", "regional_coordinator", "referrer"}),
    )
    wanted = library.steps_for("social_services_adult", facts, taken.case.edition)
    assert keys == {template.key for template in wanted} and keys


def test_an_agency_without_chosen_parts_gets_its_steps_and_no_content(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE, categories=[])
    sight = sight_of(worker, taken.case)
    assert (sight.level, sight.categories) == (Level.STEPS, frozenset())


def test_the_referrers_agency_invited_properly_sees_and_keeps_her_duties(taken: World) -> None:
    made = taken.invite(taken.referrer.agency)
    colleague = member(Role.CASEWORKER, agency=taken.referrer.agency)
    participation.answer(participation_id=made.pk, accepts=True, by=colleague)
    assert sight_of(taken.referrer, taken.case).level == Level.FULL
    own = Step.objects.filter(agency=taken.referrer.agency, template__agency_role="referrer")
    before = set(own.values_list("pk", "status"))
    participation.end(participation_id=made.pk, by=taken.karin)
    assert set(own.values_list("pk", "status")) == before, "her own duties stay hers"
    assert sight_of(taken.referrer, taken.case) is None
    report = Participation.objects.get(case_id=taken.case_id, is_referrer=True)
    with pytest.raises(ValidationError):
        participation.end(participation_id=report.pk, by=taken.karin)


# --- declining ----------------------------------------------------------------------------------------------


def test_declining_needs_a_reason_and_closes_the_ground(taken: World) -> None:
    worker = member(Role.CASEWORKER, agency=agency(AgencyKind.POLICE))
    made = taken.invite(worker.agency)
    for nothing in ("", "   ", "\n"):
        with pytest.raises(ValidationError):
            participation.answer(participation_id=made.pk, accepts=False, reason=nothing, by=worker)
    assert sight_of(worker, taken.case).level == Level.HEADER
    participation.answer(participation_id=made.pk, accepts=False, reason="Hör till Syd.", by=worker)
    declined = Participation.objects.select_related("ground").get(pk=made.pk)
    assert declined.status == ParticipationStatus.DECLINED and declined.ground.ended_at == clock.now()
    assert str(declined.decline_reason) == "Hör till Syd."
    assert sight_of(worker, taken.case) is None
    assert not Step.objects.filter(agency=worker.agency).exclude(key=acts.INVITATION).exists()
    assert Notice.objects.filter(user=taken.karin.user, kind=NoticeKind.ANSWERED).count() == 1
    assert mails_to(taken.karin), "a refusal is mailed at once"
    assert "Syd" not in str(list(AuditEvent.objects.values()) + list(OutboundEmail.objects.values()))
    again = taken.invite(worker.agency)
    assert again.pk != made.pk, "may be asked again"


def test_an_invitation_is_answered_once(taken: World) -> None:
    worker = member(Role.CASEWORKER, agency=agency(AgencyKind.POLICE))
    made = taken.invite(worker.agency)
    participation.answer(participation_id=made.pk, accepts=True, by=worker)
    for accepts in (True, False):
        with pytest.raises(ValidationError):
            participation.answer(participation_id=made.pk, accepts=accepts, reason="x", by=worker)
    participation.end(participation_id=made.pk, by=taken.karin)
    with pytest.raises(ValidationError):
        participation.end(participation_id=made.pk, by=taken.karin)


@pytest.mark.parametrize("accepts", [True, False])
def test_an_invitation_to_a_case_that_has_ended_opens_nothing(taken: World, accepts: bool) -> None:
    worker = member(Role.CASEWORKER, agency=agency(AgencyKind.POLICE))
    made = taken.invite(worker.agency)
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    with pytest.raises(ValidationError):
        participation.answer(participation_id=made.pk, accepts=accepts, reason="x", by=worker)
    assert not Step.objects.filter(case_id=taken.case_id, status__in=("open", "waiting")).exists()


def test_the_contact_is_somebody_of_the_agency(taken: World) -> None:
    worker = member(Role.CASEWORKER, agency=agency(AgencyKind.POLICE))
    colleague = member(Role.CASEWORKER, agency=worker.agency)
    made = taken.invite(worker.agency)
    for stranger in (taken.syd.user_id, uuid.uuid4()):
        with pytest.raises(ValidationError):
            participation.answer(participation_id=made.pk, accepts=True, contact_id=stranger, by=worker)
    participation.answer(participation_id=made.pk, accepts=True, contact_id=colleague.user_id, by=worker)
    messages.send(case_id=taken.case_id, to=[f"agency:{worker.agency_id}"], text="Hej", by=taken.karin)
    told = Notice.objects.filter(kind=NoticeKind.MESSAGE).values_list("user_id", flat=True)
    assert list(told) == [colleague.user_id]


def test_an_agency_without_people_is_invited_by_its_mailbox(taken: World) -> None:
    empty = agency(AgencyKind.POLICE, mailbox="polisen@myndighet.example")
    taken.invite(empty)
    assert OutboundEmail.objects.filter(to="polisen@myndighet.example").count() == 1
    assert not Notice.objects.filter(kind=NoticeKind.INVITED).exists()


def test_the_case_always_has_its_desk(taken: World) -> None:
    """S12: whoever declines, the coordinator has it."""
    for _declining in range(2):
        worker = member(Role.CASEWORKER, agency=agency(AgencyKind.SOCIAL_SERVICES_ADULT))
        made = taken.invite(worker.agency)
        participation.answer(participation_id=made.pk, accepts=False, reason="Inte vår.", by=worker)
    case = taken.case
    assert (
        case.assignee_id == taken.karin.user_id
        and case.grants.get(desk__isnull=False).desk_id == case.desk_id
    )
    assert LegalGround.objects.filter(case=case, desk=case.desk, ended_at=None).count() == 1


# --- taken away ---------------------------------------------------------------------------------------------


def test_sight_ends_with_the_ground_the_membership_and_the_agency(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE)
    assert sight_of(worker, taken.case) is not None
    with undone():
        LegalGround.objects.filter(agency=worker.agency).update(ended_at=clock.now(), end_reason="left")
        grants.resync(taken.case)
        assert sight_of(worker, taken.case) is None
    with undone():
        CaseGrant.objects.filter(agency=worker.agency).update(valid_until=clock.now())
        assert sight_of(worker, taken.case) is None and not visible(worker).exists()


def test_a_closed_case_can_be_read_by_those_who_took_part_and_changed_by_nobody(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE)
    step = Step.objects.filter(agency=worker.agency, status=StepStatus.OPEN).first()
    casework.close(case_id=taken.case_id, outcome=Outcome.RETURNED, by=taken.karin)
    assert sight_of(worker, taken.case).level == Level.FULL
    assert not CaseGrant.objects.filter(case_id=taken.case_id, is_open=True).exists()
    with pytest.raises(TransitionNotAllowed):
        steps.done(step_id=step.pk, by=worker)
    with pytest.raises(TransitionNotAllowed):
        taken.invite(agency(AgencyKind.SOCIAL_SERVICES_ADULT))
