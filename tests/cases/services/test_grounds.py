"""Grounds: what each can carry, how they change, run out and end, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases import tasks
from cases.access import sight_of
from cases.enums import (
    CancelReason,
    Category,
    ConsentForm,
    DisclosureKind,
    GroundEnd,
    NoticeKind,
    ParticipationStatus,
    Provision,
)
from cases.models import Consent, Disclosure, LegalGround, Notice, Participation, Step
from cases.services import consents, granting, grants, participation, provisions, sharing, triage
from core import clock
from core.models import AuditEvent, JobRun
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, duty, sent
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

TODAY: Final = date(2026, 11, 23)


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def part(world: World, who: Assignment) -> Participation:
    return Participation.objects.get(case_id=world.case_id, agency_id=who.agency_id, is_referrer=False)


def change(world: World, who: Assignment, **more: Any) -> LegalGround:
    given: dict[str, Any] = {
        "replaces": None, "ground": Provision.OSL_10_23, "categories": [Category.SITUATION], "purpose": "x",
        "valid_until": None, "by": world.karin,
    }  # fmt: skip
    return granting.change(participation_id=part(world, who).pk, **(given | more))


# --- the matrix, by category -------------------------------------------------------------------------------


@pytest.mark.parametrize("category", Category)
def test_prevention_of_crime_does_not_carry_health(taken: World, category: Category) -> None:
    """OSL 10:15 a does not lift the secrecy of health care (domain 5)."""
    police = AgencyFactory.create(kind=AgencyKind.POLICE)
    if category == Category.HEALTH:
        with pytest.raises(ValidationError) as error:
            taken.invite(police, Provision.OSL_10_15A, [category])
        assert "categories" in error.value.message_dict and not Participation.objects.filter(agency=police)
    else:
        assert taken.invite(police, Provision.OSL_10_15A, [category]).ground.categories == [category]


def test_every_choice_says_paragraph_what_and_to_whom(taken: World) -> None:
    for kind in AgencyKind:
        for choice in sharing.ground_choices(taken.case, AgencyFactory.create(kind=kind)):
            assert choice.permits and choice.to and choice.explained
            assert choice.code == sharing.CONSENT or "§" in choice.paragraph


def test_every_rule_is_towards_somebody_and_carries_something() -> None:
    for rule in provisions.RULES:
        assert rule.kinds and rule.categories <= set(Category.values)
        assert rule.provision not in (Provision.OSL_10_27, Provision.OSL_10_24, Provision.CHILD_PATH)
    assert len({rule.provision for rule in provisions.RULES}) == len(provisions.RULES)


# --- changing -----------------------------------------------------------------------------------------------


def test_a_new_ground_takes_the_old_ones_place(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, "consent", [Category.SITUATION])
    old = part(taken, police).ground
    new = change(taken, police, replaces=old.pk, categories=[Category.SITUATION, Category.HEALTH])
    old.refresh_from_db()
    assert (old.end_reason, old.ended_at) == (GroundEnd.REPLACED, clock.now())
    assert part(taken, police).ground_id == new.pk
    assert sight_of(police, taken.case).categories == {Category.SITUATION, Category.HEALTH}
    widened = Disclosure.objects.filter(agency=police.agency, kind=DisclosureKind.ACCESS)
    assert ["health", "situation"] in [sorted(row.categories) for row in widened]
    assert Notice.objects.filter(user=police.user, kind=NoticeKind.SHARING).exists()
    event = AuditEvent.objects.get(verb="ground.change")
    assert event.facts["categories"] == ["situation", "health"] and "purpose" not in event.facts


def test_narrowing_opens_nothing_and_is_no_disclosure(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, "consent", [Category.SITUATION, Category.HEALTH])
    before = Disclosure.objects.count()
    change(taken, police, replaces=part(taken, police).ground_id, categories=[Category.SITUATION])
    assert sight_of(police, taken.case).categories == {Category.SITUATION}
    assert Disclosure.objects.count() == before


def test_one_of_several_can_end_the_last_ends_with_the_part(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, "consent", [Category.HEALTH])
    first = part(taken, police).ground_id
    change(taken, police)
    granting.end(participation_id=part(taken, police).pk, ground_id=first, by=taken.karin)
    row = part(taken, police)
    assert row.status == ParticipationStatus.ACCEPTED and row.ground_id != first
    assert sight_of(police, taken.case).categories == {Category.SITUATION}
    with pytest.raises(ValidationError):
        granting.end(participation_id=row.pk, ground_id=row.ground_id, by=taken.karin)
    with pytest.raises(ValidationError):
        granting.end(participation_id=row.pk, ground_id=first, by=taken.karin)
    assert grants.is_true(taken.case)


def test_only_the_desk_changes_and_only_for_those_in_the_case(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    for who in (police, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            change(taken, police, by=who)
    report = Participation.objects.get(case_id=taken.case_id, is_referrer=True)
    with pytest.raises(ValidationError):
        granting.change(participation_id=report.pk, replaces=None, ground="consent", categories=[],
                        purpose="", valid_until=None, by=taken.karin)  # fmt: skip
    participation.end(participation_id=part(taken, police).pk, by=taken.karin)
    with pytest.raises(ValidationError):
        change(taken, police)


@pytest.mark.parametrize("how", ["end", "decline"])
def test_every_ground_ends_with_the_part(taken: World, how: str) -> None:
    police = taken.join(AgencyKind.POLICE) if how == "end" else None
    if police is None:
        police = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
        taken.invite(police.agency)
    change(taken, police)
    row = part(taken, police)
    if how == "end":
        participation.end(participation_id=row.pk, by=taken.karin)
    else:
        participation.answer(participation_id=row.pk, accepts=False, reason="Inte vår.", by=police)
    assert not LegalGround.objects.filter(agency=police.agency, ended_at=None).exists()
    assert sight_of(police, taken.case) is None


# --- running out --------------------------------------------------------------------------------------------


def test_what_runs_out_ends_with_notices_and_a_job_row(taken: World, freeze: Callable[[str], Any]) -> None:
    police = taken.join(AgencyKind.POLICE, "consent")
    change(taken, police, replaces=part(taken, police).ground_id, valid_until=TODAY + timedelta(days=2))
    freeze("2026-11-25 23:59")
    assert granting.expire() == (0, 0) and sight_of(police, taken.case) is not None
    freeze("2026-11-26 00:00")
    assert sight_of(police, taken.case) is None, "closed at midnight, before anything has run"
    tasks.expire_grounds()
    row = part(taken, police)
    assert (row.status, row.ground.end_reason) == (ParticipationStatus.ENDED, GroundEnd.EXPIRED)
    own = Step.objects.filter(case_id=taken.case_id, agency=police.agency, ended_at=None)
    assert not own.exists()
    assert set(
        Step.objects.filter(agency=police.agency)
        .exclude(cancel_reason="")
        .values_list("cancel_reason", flat=True)
    ) == {CancelReason.AGENCY_LEFT}
    assert Notice.objects.filter(user=police.user, kind=NoticeKind.SIGHT_ENDED).count() == 1
    assert Notice.objects.filter(user=taken.karin.user, kind=NoticeKind.SHARING).exists()
    run = JobRun.objects.get(name="grounds")
    assert (run.found, run.done, run.state) == (1, 1, "finished")
    tasks.expire_grounds()
    assert Notice.objects.filter(user=police.user, kind=NoticeKind.SIGHT_ENDED).count() == 1, (
        "twice equals once"
    )
    assert grants.is_true(taken.case)


def test_what_has_another_ground_goes_on_when_one_runs_out(
    taken: World, freeze: Callable[[str], Any]
) -> None:
    police = taken.join(AgencyKind.POLICE, "consent", [Category.HEALTH])
    change(taken, police, valid_until=TODAY)
    freeze("2026-11-24 00:10")
    granting.expire()
    assert sight_of(police, taken.case).categories == {Category.HEALTH}
    assert part(taken, police).status == ParticipationStatus.ACCEPTED


def test_a_consent_for_a_time_ends_what_stands_on_it_but_not_the_desk(
    world: World, freeze: Callable[[str], Any]
) -> None:
    world.accept()
    consents.register(
        case_id=world.case_id, scope=[AgencyKind.IOM], given_on=TODAY, form=ConsentForm.WRITTEN,
        language="ro", interpreter=False, words="", valid_until=TODAY + timedelta(days=7), by=world.karin,
    )  # fmt: skip
    iom = world.join(AgencyKind.IOM, "consent")
    assert part(world, iom).ground.valid_until == TODAY + timedelta(days=7), "never longer than the consent"
    Consent.objects.filter(given_scope__contains=["coordinator"]).update(
        valid_until=TODAY + timedelta(days=7)
    )
    freeze("2026-12-01 00:10")
    with pytest.raises(ValidationError):
        world.invite(AgencyFactory.create(kind=AgencyKind.IOM), "consent")
    granting.expire()
    assert sight_of(iom, world.case) is None
    assert sight_of(world.karin, world.case).is_desk and world.case.is_open
    scopes = Consent.objects.filter(case_id=world.case_id).values_list("scope", flat=True)
    assert sorted(map(tuple, scopes)) == [(), ("coordinator",)]
    assert granting.expire() == (0, 0)


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), date(2020, 1, 1)])
def test_a_day_that_has_passed_is_refused(taken: World, day: date) -> None:
    police = taken.join(AgencyKind.POLICE)
    with pytest.raises(ValidationError) as error:
        change(taken, police, valid_until=day)
    assert "valid_until" in error.value.message_dict


# --- a child ------------------------------------------------------------------------------------------------


def test_a_child_is_helped_without_consent_and_a_representative_can_add_some(world: World) -> None:
    elsa = duty("stockholm-children")
    child = world.about(sent(world.referrer, CHILD), elsa)
    triage.accept(case_id=child.case_id, by=elsa)
    told: dict[str, Any] = {
        "given_on": TODAY, "form": ConsentForm.ORAL, "language": "sv", "interpreter": False, "words": "",
        "representative": "God man Ek", "by": elsa,
    }  # fmt: skip
    row = consents.register(case_id=child.case_id, scope=[AgencyKind.NGO_PLATFORM], **told)
    assert row.by_representative and str(row.representative) == "God man Ek"
    assert child.join(AgencyKind.NGO_PLATFORM, "consent").agency_id
    world.accept()
    with pytest.raises(ValidationError) as error:
        consents.register(case_id=world.case_id, scope=[AgencyKind.IOM], **(told | {"by": world.karin}))
    assert "representative" in error.value.message_dict
