"""S29: a voluntary return from informed choice to follow-up at home; a change of mind costs nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import CancelReason, ConsentForm, Outcome, ReturnPart, ReturnStage, Status, StepStatus
from cases.models import Case, Consent, Notice, ReturnPlan, Step
from cases.notifications import tell
from cases.services import casework, chasing, checklists, consents, dates, returning, steps
from coordinators.enums import AgeBand
from core import clock
from core.enums import MailState
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from manual.enums import Condition, Milestone
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, day_due, mails_to, refusals, sent, undone

pytestmark = pytest.mark.django_db

P = ReturnPart
SCOPE: Final = ["social_services_adult", "police", "iom"]
COURSE: Final = (
    (P.CHOICE, "2026-11-24", ReturnStage.CHOSEN),
    (P.APPLICATION, "2026-11-24", ReturnStage.CHOSEN),
    (P.ELIGIBILITY, "2026-11-26", ReturnStage.ELIGIBLE),
    (P.RISKS, "2026-11-27", ReturnStage.ELIGIBLE),
    (P.DOCUMENTS, "2026-11-30", ReturnStage.PREPARED),
    (P.JOURNEY, "2026-12-10", ReturnStage.PREPARED),
    (P.RECEPTION, "2026-12-01", ReturnStage.BOOKED),
)


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def started(world: World, by: Assignment | None = None, **changes: Any) -> ReturnPlan:
    told: dict[str, Any] = {"informed_on": date(2026, 11, 23), "language": "bulgariska", "interpreter": True,
                            "country": "BG", "words": "Vill hem till sin mor i Varna."}  # fmt: skip
    return returning.start(case_id=world.case_id, by=by or world.karin, **(told | changes))


def record(world: World, plan: ReturnPlan, part: ReturnPart, day: str | None, **more: Any) -> ReturnPlan:
    said = {"words": f"Om {part}"} | more
    return returning.record(
        plan_id=plan.pk, part=part, day=date.fromisoformat(day) if day else None,
        by=said.pop("by", world.karin), **said,
    )  # fmt: skip


@pytest.fixture
def adult(world: World, freeze: Any) -> World:
    """An adult who has agreed that IOM is told, at the desk Mitt."""
    freeze("2026-11-23 10:00")
    other = world.about(sent(world.referrer, consent_scope=SCOPE, citizenship=["BG"], languages=["bg"]))
    other.accept()
    return other


def booked(world: World, freeze: Any) -> ReturnPlan:
    plan = started(world)
    freeze("2026-12-01 10:00")
    for part, day, _stage in COURSE:
        record(world, plan, part, day)
    plan.refresh_from_db()
    return plan


def departed(world: World, freeze: Any, **more: Any) -> ReturnPlan:
    plan = booked(world, freeze)
    freeze("2026-12-11 10:00")
    said: dict[str, Any] = {"wants_follow_up": True, "arrived_on": date(2026, 12, 11), "words": ""}
    record(world, plan, P.DEPARTURE, "2026-12-10", **(said | more))
    plan.refresh_from_db()
    return plan


def return_steps(world: World) -> dict[str, str]:
    rows = Step.objects.filter(case_id=world.case_id, key__startswith="ret.")
    return dict(rows.values_list("key", "status"))


# --- the whole path -----------------------------------------------------------------------------------------


def test_an_adult_goes_home_to_bulgaria(adult: World, freeze: Any) -> None:
    plan = started(adult)
    assert (plan.stage, plan.for_child) == (ReturnStage.INFORMED, False)
    assert Condition.WANTS_RETURN in adult.case.conditions
    assert return_steps(adult)["ret.rc.inform_choice"] == StepStatus.DONE, "the plan says it has been done"
    iom = adult.join(AgencyKind.IOM, categories=("situation", "proceedings"))
    freeze("2026-12-01 10:00")
    for part, day, stage in COURSE:
        plan = record(adult, plan, part, day)
        assert plan.stage == stage, part
    assert Condition.RETURN_ACCEPTED in adult.case.conditions
    assert plan.eligible_by_id == adult.karin.user_id
    for key in ("ret.rc.eligibility", "ret.iom.risk_needs", "ret.iom.travel"):
        assert return_steps(adult)[key] == StepStatus.DONE, key
    assert dates.current(adult.case, Milestone.DEPARTURE_DATE).happened_at == at("2026-12-10")
    freeze("2026-12-12 10:00")
    plan = record(adult, plan, P.DEPARTURE, "2026-12-10", words="", arrived_on=date(2026, 12, 11),
                  wants_follow_up=True)  # fmt: skip
    assert plan.stage == ReturnStage.DEPARTED
    for key, day in (("1m", "2027-01-11"), ("3m", "2027-03-11"), ("6m", "2027-06-11")):
        assert day_due(adult.step(f"ret.rc.aftercare_{key}")) == day
    report = Step.objects.get(case_id=adult.case_id, key="ret.iom.report_1m")
    assert (report.agency_id, day_due(report)) == (iom.agency_id, "2027-01-11")


def test_each_part_demands_what_comes_before(adult: World, freeze: Any) -> None:
    plan = started(adult)
    freeze("2026-12-01 10:00")
    early = (P.APPLICATION, P.ELIGIBILITY, P.RISKS, P.DOCUMENTS, P.JOURNEY, P.RECEPTION, P.DEPARTURE,
             P.REINTEGRATION)  # fmt: skip
    for part in early:
        with pytest.raises(ValidationError) as refused:
            record(adult, plan, part, "2026-11-30")
        assert refused.value.code == "lacks", part
    plan.refresh_from_db()
    assert (plan.stage, plan.version) == (ReturnStage.INFORMED, 0)


def test_without_consent_nothing_is_sent_to_iom(world: World, freeze: Any) -> None:
    world.accept()
    plan = started(world)
    record(world, plan, P.CHOICE, "2026-11-23")
    with pytest.raises(ValidationError, match="IOM"):
        record(world, plan, P.APPLICATION, "2026-11-23")
    Consent.objects.filter(case_id=world.case_id).update(scope=["police", "iom"])
    record(world, plan, P.APPLICATION, "2026-11-23")


def test_a_return_needs_an_informed_choice(adult: World) -> None:
    for changes, field in (({"language": " "}, "language"), ({"words": ""}, "words"),
                           ({"informed_on": date(2026, 11, 24)}, "informed_on")):  # fmt: skip
        with pytest.raises(ValidationError) as refused:
            started(adult, **changes)
        assert list(refused.value.message_dict) == [field]
    plan = started(adult)
    with pytest.raises(ValidationError):
        started(adult)
    for day, words, field in (("2026-11-24", "x", "day"), (None, "x", "day"), ("2026-11-23", " ", "words")):
        with pytest.raises(ValidationError) as refused:
            record(adult, plan, P.CHOICE, day, words=words)
        assert list(refused.value.message_dict) == [field]


# --- a child ------------------------------------------------------------------------------------------------


@pytest.fixture
def child(world: World, freeze: Any) -> World:
    freeze("2026-11-23 10:00")
    other = world.about(sent(world.referrer, CHILD, municipality_of_presence="0380"))
    other.accept()
    consents.register(
        case_id=other.case_id, scope=["iom"], given_on=date(2026, 11, 23), form=ConsentForm.WRITTEN,
        language="rumänska", interpreter=True, words="God man undertecknade.", representative="God man",
        by=other.karin,
    )  # fmt: skip
    return other


def test_a_child_does_not_travel_without_a_decision_on_best_interests(child: World) -> None:
    plan = started(child)
    assert plan.for_child
    record(child, plan, P.CHOICE, "2026-11-23")
    record(child, plan, P.APPLICATION, "2026-11-23")
    with pytest.raises(ValidationError) as refused:
        record(child, plan, P.ELIGIBILITY, "2026-11-23")
    assert refused.value.code == "lacks"
    with pytest.raises(IntegrityError, match="best_interest_of_child"), transaction.atomic():
        ReturnPlan.objects.filter(pk=plan.pk).update(
            stage=ReturnStage.ELIGIBLE, eligible_on=date(2026, 11, 23), eligible_by=child.karin.user_id
        )
    record(child, plan, P.BEST_INTEREST, "2026-11-23")
    assert record(child, plan, P.ELIGIBILITY, "2026-11-23").stage == ReturnStage.ELIGIBLE


def test_the_best_interests_are_a_part_of_a_childs_return_alone(adult: World) -> None:
    with pytest.raises(ValidationError) as refused:
        record(adult, started(adult), P.BEST_INTEREST, "2026-11-23")
    assert refused.value.code == "adult"


def test_a_decision_that_she_is_a_child_takes_eligibility_back(adult: World, freeze: Any) -> None:
    plan = booked(adult, freeze)
    Case.objects.filter(pk=adult.case_id).update(age_band=AgeBand.CHILD)
    case = adult.case
    returning.follow_age(case)
    checklists.refresh(case)
    plan.refresh_from_db()
    assert (plan.for_child, plan.eligible_on, plan.stage) == (True, None, ReturnStage.CHOSEN)
    assert Condition.RETURN_ACCEPTED not in adult.case.conditions
    record(adult, plan, P.BEST_INTEREST, "2026-12-01")
    assert record(adult, plan, P.ELIGIBILITY, "2026-12-01").stage == ReturnStage.BOOKED


def test_a_decision_that_she_is_an_adult_needs_no_best_interests(child: World) -> None:
    plan = started(child)
    Case.objects.filter(pk=child.case_id).update(age_band=AgeBand.ADULT)
    returning.follow_age(child.case)
    plan.refresh_from_db()
    assert not plan.for_child
    record(child, plan, P.CHOICE, "2026-11-23")
    record(child, plan, P.APPLICATION, "2026-11-23")
    assert record(child, plan, P.ELIGIBILITY, "2026-11-23").stage == ReturnStage.ELIGIBLE


# --- a change of mind ---------------------------------------------------------------------------------------


def test_a_change_of_mind_the_day_before_touches_the_journey_alone(adult: World, freeze: Any) -> None:
    plan = booked(adult, freeze)
    iom = adult.join(AgencyKind.IOM, categories=("situation", "proceedings"))
    police = adult.join(AgencyKind.POLICE)
    plan.refresh_from_db()
    freeze("2026-12-09 17:45")
    left = Step.objects.filter(case_id=adult.case_id, phase="6_return", status__in=("waiting", "open"))
    assert left.filter(agency=iom.agency).exists()
    rows = Step.objects.filter(case_id=adult.case_id).exclude(phase="6_return").order_by("pk")
    others, participations = list(rows.values()), list(adult.case.participations.order_by("pk").values())
    tell([iom.user_id], "step_soon", adult.case, once=f"return:{plan.pk}:x", direct=True)  # type: ignore[arg-type]

    returning.stop(plan_id=plan.pk, words="", by=adult.karin)

    plan.refresh_from_db()
    assert (plan.stage, plan.stopped_by_id) == (ReturnStage.STOPPED, adult.karin.user_id)
    ended = Step.objects.filter(case_id=adult.case_id, phase="6_return").exclude(status="done")
    assert set(ended.values_list("status", "cancel_reason")) == {("cancelled", CancelReason.RETURN_STOPPED)}
    assert list(rows.values()) == others, "no other step has changed"
    assert list(adult.case.participations.order_by("pk").values()) == participations
    assert adult.case.status == Status.ACTIVE
    assert not {Condition.WANTS_RETURN, Condition.RETURN_ACCEPTED} & set(adult.case.conditions)
    assert not adult.case.milestones.filter(kind=Milestone.DEPARTURE_DATE, replaced_at=None).exists()
    queued = OutboundEmail.objects.filter(dedupe_key__startswith=f"now:return:{plan.pk}")
    assert set(queued.values_list("state", flat=True)) == {MailState.CANCELLED}
    told = set(Notice.objects.filter(kind="stopped").values_list("user_id", flat=True))
    assert told == {iom.user_id}, "those with something to do for the journey; the police had nothing"
    assert police.user_id not in told and any("stopped" in key for key in mails_to(iom))


def test_until_boarding_and_not_after(adult: World, freeze: Any) -> None:
    plan = departed(adult, freeze)
    with pytest.raises(TransitionNotAllowed):
        returning.stop(plan_id=plan.pk, words="", by=adult.karin)


def test_stopped_is_stopped_and_a_new_wish_is_a_new_plan(adult: World, freeze: Any) -> None:
    first = booked(adult, freeze)
    returning.stop(plan_id=first.pk, words="Vill vänta.", by=adult.karin)
    with pytest.raises(TransitionNotAllowed):
        record(adult, first, P.RECEPTION, "2026-12-01")
    freeze("2026-12-20 10:00")
    second = started(adult, informed_on=date(2026, 12, 20))
    assert second.pk != first.pk and second.stage == ReturnStage.INFORMED
    assert returning.latest(adult.case) == second
    record(adult, second, P.CHOICE, "2026-12-20")
    record(adult, second, P.APPLICATION, "2026-12-20")
    assert Step.objects.get(case_id=adult.case_id, key="ret.rc.eligibility").status == StepStatus.DONE


# --- after arrival ------------------------------------------------------------------------------------------


def test_the_follow_up_runs_on_when_the_case_is_closed(adult: World, freeze: Any) -> None:
    plan = departed(adult, freeze)
    casework.close(case_id=adult.case_id, outcome=Outcome.RETURNED, by=adult.karin)
    running = Step.objects.filter(case_id=adult.case_id, status__in=("open", "waiting"))
    assert {row.key for row in running} == {f"ret.rc.aftercare_{n}m" for n in (1, 3, 6)}
    freeze("2027-01-12 09:00")
    chasing.sweep()
    due = Notice.objects.filter(user=adult.karin.user, step__key="ret.rc.aftercare_1m", kind="step_due")
    assert due.exists()
    steps.done(step_id=adult.step("ret.rc.aftercare_1m").pk, by=adult.karin)
    returning.record(plan_id=plan.pk, part=P.REINTEGRATION, day=None, words="Läser till frisör.",
                     by=adult.karin)  # fmt: skip
    with pytest.raises(ValidationError, match="2"):
        returning.complete(plan_id=plan.pk, words="Klart", by=adult.karin)
    freeze("2027-06-11 09:00")
    for n in (3, 6):
        steps.done(step_id=adult.step(f"ret.rc.aftercare_{n}m").pk, by=adult.karin)
    over = returning.complete(plan_id=plan.pk, words="Bor hos sin mor.", by=adult.karin)
    assert over.stage == ReturnStage.FOLLOWED_UP
    assert adult.case.status == Status.CLOSED


def test_in_a_closed_case_nothing_else_is_done(adult: World, freeze: Any) -> None:
    plan = departed(adult, freeze)
    assess = adult.step("ident.rc.assess")
    casework.close(case_id=adult.case_id, outcome=Outcome.RETURNED, by=adult.karin)
    with pytest.raises(TransitionNotAllowed):
        steps.done(step_id=assess.pk, by=adult.karin)
    with pytest.raises(TransitionNotAllowed):
        record(adult, plan, P.RECEPTION, "2026-12-01")


def test_who_wants_no_contact_is_left_alone(adult: World, freeze: Any) -> None:
    plan = departed(adult, freeze, wants_follow_up=False)
    care = Step.objects.filter(case_id=adult.case_id, key__startswith="ret.rc.aftercare")
    assert set(care.values_list("status", "not_applicable_reason")) == {("not_applicable", "declined")}
    returning.complete(plan_id=plan.pk, words="Ville inte ha kontakt.", by=adult.karin)


def test_arrival_comes_after_departure_and_not_ahead(adult: World, freeze: Any) -> None:
    plan = booked(adult, freeze)
    freeze("2026-12-11 10:00")
    for arrived in (date(2026, 12, 9), date(2026, 12, 12)):
        with pytest.raises(ValidationError) as refused:
            record(adult, plan, P.DEPARTURE, "2026-12-10", arrived_on=arrived, wants_follow_up=True)
        assert list(refused.value.message_dict) == ["arrived_on"]
    with pytest.raises(ValidationError):
        record(adult, plan, P.DEPARTURE, "2026-12-12", wants_follow_up=True)


# --- by whom ------------------------------------------------------------------------------------------------


def test_only_the_desk_plans_a_return(adult: World, freeze: Any) -> None:
    plan = started(adult)
    iom = adult.join(AgencyKind.IOM, categories=("situation", "proceedings"))
    for who in (iom, adult.syd, adult.national, adult.referrer):
        with pytest.raises(PermissionDenied):
            record(adult, plan, P.CHOICE, "2026-11-23", by=who)
        with pytest.raises(PermissionDenied):
            returning.stop(plan_id=plan.pk, words="", by=who)
    assert refusals("case.triage") == 8


def test_two_at_once_are_told(adult: World) -> None:
    plan = started(adult)
    record(adult, plan, P.CHOICE, "2026-11-23", version=0)
    with pytest.raises(StaleVersion):
        record(adult, plan, P.CHOICE, "2026-11-22", version=0, by=adult.per)


def test_a_consultation_has_nobody_who_could_return(world: World) -> None:
    adult = world.about(sent(world.referrer))
    adult.accept()
    Case.objects.filter(pk=adult.case_id).update(is_consultation=False)
    with undone():
        Case.objects.filter(pk=adult.case_id).update(is_consultation=True, person=None)
        with pytest.raises(TransitionNotAllowed):
            started(adult)


def test_what_was_written_stands_in_no_log(adult: World, freeze: Any) -> None:
    booked(adult, freeze)
    facts = str(list(AuditEvent.objects.filter(verb__startswith="return.").values_list("facts", flat=True)))
    assert "Varna" not in facts and "Om journey" not in facts and "2026-12" not in facts
