"""S12: agencies of one kind decline one after the other. Nobody loses the case, acute protection goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.access import sight_of
from cases.enums import (
    LIVE_STEPS,
    CancelReason,
    GrantReason,
    Level,
    NoticeKind,
    ParticipationStatus,
    Stage,
    StepStatus,
)
from cases.models import Case, Dispute, LegalGround, Notice, Participation, Step
from cases.services import acts, chasing, disputes, grants, participation, responsibility
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from manual.enums import Phase, Priority
from tests.cases.services.conftest import World, day_due, duty, mails_to, refusals, sent
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

ADULT_SOCIAL = AgencyKind.SOCIAL_SERVICES_ADULT
MALMO, LUND, HELSINGBORG, GAVLE, SANDVIKEN = "1280", "1281", "1283", "2180", "2181"


def social(code: str, kind: str = ADULT_SOCIAL) -> Assignment:
    """A manager at the social services of a municipality."""
    agency = AgencyFactory.create(kind=kind, municipality_code=code, name=f"Socialtjänsten {code}")
    return member(Role.CASEWORKER, agency=agency, is_manager=True)


def staying(world: World, code: str, desk: str) -> World:
    """The same people around a case of somebody staying there, at that desk, accepted."""
    who = world.syd if desk == "syd" else world.karin
    made = sent(world.referrer, municipality_of_presence=code, consent_date=str(clock.today()))
    there = world.about(made, who)
    there.accept()
    return there


def decline(world: World, by: Assignment, reason: str = "Inte vårt ansvar.") -> Participation:
    row = world.invite(by.agency)
    with clock.frozen(clock.now() + timedelta(minutes=Participation.objects.count())):
        return participation.answer(participation_id=row.pk, accepts=False, reason=reason, by=by)


def dispute_of(world: World) -> Dispute:
    return Dispute.objects.get(case_id=world.case_id, settled_at__isnull=True)


def provisional(world: World) -> Participation:
    return Participation.objects.select_related("agency", "ground").get(
        case_id=world.case_id, status=ParticipationStatus.PROVISIONAL
    )


def told(who: Assignment, kind: NoticeKind) -> int:
    return Notice.objects.filter(user=who.user, kind=kind).count()


@pytest.mark.parametrize(
    ("stay", "desk", "first", "second", "keeps"),
    [
        (MALMO, "syd", MALMO, LUND, MALMO),
        (LUND, "syd", MALMO, LUND, LUND),
        (GAVLE, "mitt", SANDVIKEN, GAVLE, GAVLE),
        (GAVLE, "mitt", GAVLE, SANDVIKEN, GAVLE),
    ],
)
def test_two_decline_and_the_municipality_of_stay_keeps_protection_going(
    world: World, stay: str, desk: str, first: str, second: str, keeps: str
) -> None:
    case = staying(world, stay, desk)
    one, two = social(first), social(second)
    decline(case, one, "Bosatt i den andra kommunen.")
    assert not Dispute.objects.exists(), "one alone is no dispute"
    assert told(case.karin, NoticeKind.ANSWERED) == 1, "but the coordinator is told"
    decline(case, two, "Vistas i den andra kommunen.")

    dispute, found = dispute_of(case), case.case
    assert (found.status, found.assignee_id) == ("active", case.karin.user_id), "never ownerless"
    assert found.grants.get(reason=GrantReason.DESK).desk_id == found.desk_id
    assert [str(row.decline_reason) for row in responsibility.declined_in(found, ADULT_SOCIAL)] == [
        "Bosatt i den andra kommunen.", "Vistas i den andra kommunen."
    ]  # fmt: skip
    keeper = {first: one, second: two}[keeps]
    row = provisional(case)
    assert row.agency == keeper.agency and row.ground.ended_at is None and row.ground.categories == []
    sight = sight_of(keeper, found)
    assert sight is not None and (sight.level, sight.categories) == (Level.STEPS, frozenset())
    other = one if keeper is two else two
    assert sight_of(other, found) is None
    owed = Step.objects.filter(case=found, agency=keeper.agency).exclude(key=acts.INVITATION)
    assert {s.key for s in owed} >= {"acute.soca.open_inquiry", "acute.soca.risk"}
    assert set(owed.values_list("phase", "priority")) == {(Phase.ACUTE, Priority.CRITICAL)}
    assert owed.filter(status__in=LIVE_STEPS, chase_at__isnull=False).exists(), "and they are chased"
    step = case.step(acts.DISPUTE)
    assert (step.desk_id, step.assignee_id, step.due_at) == (
        found.desk_id, case.karin.user_id, dispute.escalate_at
    )  # fmt: skip
    assert told(case.karin, NoticeKind.DISPUTE) == 1 and mails_to(case.karin)
    assert told(keeper, NoticeKind.PROVISIONAL) == 1
    assert grants.compare() == (grants.compare()[0], 0), "grants are what the facts say"


def test_when_a_third_municipality_is_where_she_stays_the_last_to_decline_keeps_it(world: World) -> None:
    case = staying(world, HELSINGBORG, "syd")
    malmo, lund = social(MALMO), social(LUND)
    decline(case, malmo)
    decline(case, lund)
    assert provisional(case).agency == lund.agency


def test_while_somebody_of_the_kind_is_asked_there_is_no_dispute(world: World) -> None:
    case = staying(world, MALMO, "syd")
    malmo, lund, third = social(MALMO), social(LUND), social(HELSINGBORG)
    open_row = case.invite(third.agency)
    decline(case, malmo)
    decline(case, lund)
    assert not Dispute.objects.exists()
    participation.answer(participation_id=open_row.pk, accepts=False, reason="Nej tack.", by=third)
    assert dispute_of(case).kind == ADULT_SOCIAL and provisional(case).agency == malmo.agency


def test_other_kinds_have_nothing_to_do_with_it(world: World) -> None:
    case = staying(world, MALMO, "syd")
    police = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    decline(case, social(MALMO))
    decline(case, police)
    assert not Dispute.objects.exists()


def test_the_same_agency_twice_is_no_dispute_and_a_third_time_is_refused(world: World) -> None:
    case = staying(world, MALMO, "syd")
    malmo = social(MALMO)
    decline(case, malmo)
    decline(case, malmo)
    assert not Dispute.objects.exists()
    row = case.invite(malmo.agency)
    with pytest.raises(ValidationError) as error:
        participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=malmo)
    assert "accepts" in error.value.message_dict
    participation.answer(participation_id=row.pk, accepts=True, by=malmo)


def test_neither_can_decline_again_while_the_dispute_lasts(world: World) -> None:
    case = staying(world, MALMO, "syd")
    malmo, lund = social(MALMO), social(LUND)
    decline(case, malmo)
    decline(case, lund)
    row = case.invite(lund.agency)
    with pytest.raises(ValidationError):
        participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=lund)
    assert Participation.objects.get(pk=row.pk).status == ParticipationStatus.INVITED
    with pytest.raises(ValidationError):
        case.invite(malmo.agency)  # keeps protection going: it is in the case


def test_accepting_meanwhile_settles_it(world: World) -> None:
    case = staying(world, MALMO, "syd")
    malmo, lund = social(MALMO), social(LUND)
    decline(case, malmo)
    decline(case, lund)
    keeps = provisional(case)
    row = case.invite(lund.agency)
    participation.answer(participation_id=row.pk, accepts=True, by=lund)
    dispute = Dispute.objects.get(case_id=case.case_id)
    assert (dispute.settled_by_id, dispute.responsible_id) == (lund.user_id, lund.agency_id)
    assert case.step(acts.DISPUTE).status == StepStatus.DONE
    keeps.refresh_from_db()
    assert keeps.status == ParticipationStatus.ENDED and sight_of(malmo, case.case) is None
    gone = Step.objects.filter(case_id=case.case_id, agency=malmo.agency).exclude(key=acts.INVITATION)
    assert set(gone.values_list("status", "cancel_reason")) == {(StepStatus.CANCELLED, CancelReason.SETTLED)}
    assert told(malmo, NoticeKind.SIGHT_ENDED) == 1


# --- settling ---------------------------------------------------------------------------------------


def settle(world: World, who: Assignment, by: Assignment | None = None, **more: Any) -> Dispute:
    values: dict[str, Any] = {
        "ground": "consent", "categories": ["situation"], "purpose": "Skydd", "text": "Enades i dag.",
    }  # fmt: skip
    return disputes.settle(
        case_id=world.case_id, dispute_id=dispute_of(world).pk, agency_id=who.agency_id,
        by=by or world.karin, **(values | more),
    )  # fmt: skip


@pytest.fixture
def disputed(world: World) -> tuple[World, Assignment, Assignment]:
    """Malmö, where she stays, and Lund have declined."""
    case = staying(world, MALMO, "syd")
    malmo, lund = social(MALMO), social(LUND)
    decline(case, malmo)
    decline(case, lund)
    return case, malmo, lund


def test_the_one_who_takes_it_on_is_invited_and_cannot_decline(disputed: Any) -> None:
    case, malmo, lund = disputed
    settle(case, lund)
    dispute = Dispute.objects.get(case_id=case.case_id)
    assert (dispute.responsible_id, dispute.settled_by_id) == (lund.agency_id, case.karin.user_id)
    assert str(dispute.settlement) == "Enades i dag."
    assert not Participation.objects.filter(status=ParticipationStatus.PROVISIONAL).exists()
    row = Participation.objects.get(agency=lund.agency, status=ParticipationStatus.INVITED)
    owed = Step.objects.filter(case_id=case.case_id, agency=lund.agency, status__in=LIVE_STEPS)
    assert {"acute.soca.open_inquiry", acts.INVITATION} <= {s.key for s in owed}, "no gap in protection"
    assert not Step.objects.filter(
        case_id=case.case_id, agency=malmo.agency, status__in=("waiting", *LIVE_STEPS)
    ).exists()
    with pytest.raises(ValidationError) as error:
        participation.answer(participation_id=row.pk, accepts=False, reason="Ändå inte.", by=lund)
    assert "accepts" in error.value.message_dict
    participation.answer(participation_id=row.pk, accepts=True, by=lund)
    assert sight_of(lund, case.case).level == Level.FULL
    assert sight_of(malmo, case.case) is None
    assert case.step(acts.DISPUTE).status == StepStatus.DONE
    assert grants.compare()[1] == 0
    with pytest.raises(TransitionNotAllowed):
        disputes.settle(case_id=case.case_id, dispute_id=dispute.pk, agency_id=malmo.agency_id, text="x",
                        ground="consent", categories=[], purpose="x", by=case.karin)  # fmt: skip


def test_protection_goes_on_unbroken_when_the_municipality_of_stay_takes_it(disputed: Any) -> None:
    case, malmo, _lund = disputed
    before = Step.objects.get(case_id=case.case_id, key="acute.soca.open_inquiry", agency=malmo.agency)
    settle(case, malmo)
    now = Step.objects.get(pk=before.pk)
    assert (now.status, now.due_at, now.cancel_reason) == (before.status, before.due_at, "")
    row = Participation.objects.get(agency=malmo.agency, status=ParticipationStatus.INVITED)
    participation.answer(participation_id=row.pk, accepts=True, by=malmo)
    assert Step.objects.filter(agency=malmo.agency, case_id=case.case_id).count() > 4


def test_what_cannot_be_settled(disputed: Any) -> None:
    case, _malmo, lund = disputed
    wrong = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    cases: tuple[tuple[Assignment, dict[str, Any], str], ...] = (
        (wrong, {}, "agency"),
        (lund, {"text": "  "}, "text"),
        (lund, {"ground": "osl_10_27"}, "ground"),
    )
    for who, more, field in cases:
        with pytest.raises(ValidationError) as error:
            settle(case, who, **more)
        assert field in error.value.message_dict
    for stranger in (lund, case.national, case.referrer):
        with pytest.raises(PermissionDenied):
            settle(case, lund, by=stranger)
        assert refusals("case.triage", stranger) == 1
    assert dispute_of(case).settled_at is None and provisional(case)


def test_after_the_settlement_new_refusals_count_anew(disputed: Any, freeze: Callable[[str], Any]) -> None:
    case, _malmo, lund = disputed
    freeze("2026-11-24 09:00")
    settle(case, lund)
    row = Participation.objects.get(agency=lund.agency, status=ParticipationStatus.INVITED)
    participation.answer(participation_id=row.pk, accepts=True, by=lund)
    participation.end(participation_id=row.pk, by=case.karin)
    third = social(HELSINGBORG)
    decline(case, third)
    assert Dispute.objects.filter(settled_at__isnull=True).count() == 0, "the old refusals are settled"


# --- two working days --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "last_day", "quiet", "told_at"),
    [
        ("2026-11-23 10:00", "2026-11-25", "2026-11-25 23:59", "2026-11-26 00:01"),
        ("2026-11-19 10:00", "2026-11-23", "2026-11-23 23:59", "2026-11-24 00:01"),  # over a weekend
        ("2026-11-25 10:00", "2026-11-27", "2026-11-29 12:00", "2026-11-30 00:01"),  # told on Monday
        ("2026-12-22 15:10", "2026-12-28", "2026-12-28 12:00", "2026-12-29 00:01"),  # over Christmas
        ("2027-03-25 09:00", "2027-03-31", "2027-03-31 18:00", "2027-04-01 00:01"),  # over Easter
    ],
)
def test_after_two_working_days_the_national_desk_is_told_once(
    world: World, freeze: Callable[[str], Any], opened: str, last_day: str, quiet: str, told_at: str
) -> None:
    freeze(opened)
    case = staying(world, MALMO, "syd")
    decline(case, social(MALMO))
    decline(case, social(LUND))
    assert day_due(case.step(acts.DISPUTE)) == last_day
    freeze(quiet)
    assert disputes.escalate() == 0 and told(case.national, NoticeKind.DISPUTE) == 0
    freeze(told_at)
    assert (disputes.escalate(), disputes.escalate()) == (1, 0)
    assert told(case.national, NoticeKind.DISPUTE) == 1
    assert dispute_of(case).escalated_at == clock.now()
    assert sight_of(case.national, case.case) is None, "by reference alone"


def test_danger_does_not_wait_for_monday(world: World, freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-25 10:00")
    case = staying(world, MALMO, "syd")
    Case.objects.filter(pk=case.case_id).update(danger=True)
    decline(case, social(MALMO))
    decline(case, social(LUND))
    freeze("2026-11-28 00:01")
    assert disputes.escalate() == 1


def test_a_settled_dispute_is_not_escalated(disputed: Any, freeze: Callable[[str], Any]) -> None:
    case, _malmo, lund = disputed
    settle(case, lund)
    freeze("2026-12-15 09:00")
    assert disputes.escalate() == 0 and told(case.national, NoticeKind.DISPUTE) == 0


def test_the_desk_is_chased_for_the_dispute(disputed: Any, freeze: Callable[[str], Any]) -> None:
    case, _malmo, _lund = disputed
    freeze("2026-11-26 09:00")
    chasing.sweep()
    assert case.step(acts.DISPUTE).stage >= Stage.DUE
    assert Notice.objects.filter(user=case.karin.user, step=case.step(acts.DISPUTE)).exists()


def test_a_child_needs_no_consent_for_protection_to_go_on(world: World) -> None:
    """The duty-based path: what the invitation stood on carries the provisional part too."""
    from tests.cases.conftest import CHILD

    children = duty("stockholm-children")
    case = world.about(sent(world.referrer, CHILD), children)
    case.accept()
    rows = []
    for code in ("0180", "0181"):
        by = social(code, AgencyKind.SOCIAL_SERVICES_CHILD)
        row = case.invite(by.agency, "sol_19_1")
        rows.append(participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=by))
    keeps = provisional(case)
    assert keeps.agency.municipality_code == "0181" and keeps.ground.provision == "sol_19_1"


def test_withdrawn_consent_carries_no_provisional_part(world: World) -> None:
    case = staying(world, MALMO, "syd")
    decline(case, social(MALMO))
    lund = social(LUND)
    row = case.invite(lund.agency)
    case.case.consents.update(withdrawn_on=clock.today(), withdrawn_by=case.karin.user)
    participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=lund)
    assert dispute_of(case)
    assert not Participation.objects.filter(status=ParticipationStatus.PROVISIONAL).exists()
    assert not LegalGround.objects.filter(case_id=case.case_id, agency=lund.agency, ended_at=None).exists()


def test_no_word_of_a_reason_leaves_the_case(disputed: Any) -> None:
    case, _malmo, lund = disputed
    settle(case, lund, text="Hemlig uppgörelse.")
    everything = str(
        [*AuditEvent.objects.values(), *OutboundEmail.objects.values(), *Notice.objects.values()]
    )
    assert "Inte vårt" not in everything and "Hemlig" not in everything
