"""S02: an uncertain age is a child's until an authority has decided, and everything follows the decision.

In Stockholm, where adults and children have desks of their own, and in regions with one desk for both.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Sum

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import CancelReason, ForwardReason, Level, NoticeKind, Provision, Status, Urgency
from cases.models import AgeDecision, Case, Notice, Tally
from cases.services import assessments, casework, granting, handovers, participation, sharing, tallies, triage
from cases.services.grants import is_true
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import clock, workdays
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual import deadlines
from tests.cases.conftest import ADULT, CHILD
from tests.cases.services.conftest import World, duty, refusals, sent

pytestmark = pytest.mark.django_db

UNSURE: dict[str, Any] = CHILD | {
    "age_group": "unsure",
    "report_made": "doing_now",
    "report_municipality": None,
    "report_date": None,
    "report_contact": None,
    "name": "Samir",
    "birth": "2009",
    "citizenship": ["AF"],
    "municipality_of_presence": "0180",
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
}
MITT = {"municipality_of_presence": "0380"}


class Doubt:
    """Somebody of uncertain age, referred to a region, with the coordinators who may have to act."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        self.children, self.adults = (
            duty("stockholm-children", "Elsa Lind"),
            duty("stockholm-adults", "Amina Y"),
        )
        self.case_id = sent(world.referrer, UNSURE, **changes).case_id

    @property
    def case(self) -> Case:
        return Case.objects.select_related("desk", "person").get(pk=self.case_id)

    @property
    def holder(self) -> Assignment:
        by_desk = {"stockholm-children": self.children, "stockholm-adults": self.adults}
        return by_desk.get(self.case.desk.key, self.world.karin)

    def decide(self, band: str = "adult", by: Assignment | None = None, **changes: Any) -> Case:
        told: dict[str, Any] = {
            "age_band": AgeBand(band), "decided_on": date(2026, 11, 20),
            "basis": "Åldersbedömning i asylärendet",
            "decided_by": AgencyKind.MIGRATION_AGENCY,
        } | changes  # fmt: skip
        return assessments.decide_age(case_id=self.case_id, by=by or self.holder, **told)

    def join(self, kind: str, ground: str, categories: tuple[str, ...] = ("situation",)) -> Assignment:
        about = self.world.about(self.case.opening_referral(), karin=self.holder)
        if self.case.status == Status.RECEIVED:
            about.accept()
        return about.join(kind, ground, categories)

    def steps(self, **where: Any) -> set[str]:
        return set(self.case.steps.filter(**where).values_list("key", flat=True))

    def live(self) -> set[str]:
        return self.steps(status__in=("waiting", "open", "started", "blocked"))


@pytest.fixture
def stockholm(world: World) -> Doubt:
    return Doubt(world)


@pytest.fixture
def uppsala(world: World) -> Doubt:
    return Doubt(world, **MITT)


# --- as written ---------------------------------------------------------------------------------------------


def test_until_somebody_decides_he_is_handled_as_a_child(stockholm: Doubt) -> None:
    case = stockholm.case
    assert (case.age_band, case.desk.key, case.urgency) == ("unsure", "stockholm-children", Urgency.CHILD)
    assert "ident.ref.child_report" in stockholm.steps()
    assert not case.consents.exists()


def test_the_adult_of_stockholm_goes_to_the_adults_desk_at_once(stockholm: Doubt) -> None:
    first = stockholm.holder
    stockholm.decide()
    case = stockholm.case
    assert (case.age_band, case.desk.key, case.assignee_id) == ("adult", "stockholm-adults", None)
    assert sight_of(first, case) is None
    sight = sight_of(stockholm.adults, case)
    assert sight is not None
    assert sight.level == Level.FULL
    assert is_true(case)
    told = Notice.objects.filter(case=case)
    assert told.get(user_id=stockholm.adults.user_id, kind=NoticeKind.NEW_REFERRAL).direct
    assert told.filter(user_id=stockholm.children.user_id, kind=NoticeKind.FORWARDED).exists()
    referrer = Notice.objects.filter(user_id=stockholm.world.referrer.user_id, kind=NoticeKind.FORWARDED)
    assert referrer.filter(referral__case=case).exists()
    assert case.answered_at is None, "a move by age is no answer to the referrer"
    assert case.routing["desk"] == "stockholm-adults"
    assert case.routing["region"] == "stockholm"


def test_where_one_desk_has_both_nothing_moves(uppsala: Doubt) -> None:
    uppsala.decide()
    assert uppsala.case.desk.key == "mitt"
    assert is_true(uppsala.case)


@pytest.mark.parametrize("place", ["0180", "0380", "1280", "2480"])
def test_steps_for_children_end_with_the_reason_and_none_is_deleted(world: World, place: str) -> None:
    doubt = Doubt(world, municipality_of_presence=place)
    if place in ("1280", "2480"):
        doubt.world.karin = duty({"1280": "syd", "2480": "nord"}[place])
    before, live = doubt.steps(), doubt.live()
    adult_only = sent(world.referrer, ADULT, municipality_of_presence=place).case.steps.values_list(
        "key", flat=True
    )
    doubt.decide()
    assert before <= doubt.steps(), "none is deleted"
    ended = doubt.steps(cancel_reason=CancelReason.AGE_DECIDED)
    assert "ident.ref.child_report" in ended
    assert ended == {key for key in live if key not in doubt.live()}
    assert not doubt.steps(cancel_reason=CancelReason.FACTS_CHANGED)
    assert doubt.live() & set(adult_only), "an adult's steps have opened"


def test_the_answer_and_the_urgency_follow(stockholm: Doubt) -> None:
    early = stockholm.case.answer_by
    stockholm.decide()
    case = stockholm.case
    assert case.urgency == Urgency.NORMAL
    assert case.answer_by > early, "an adult's referral is answered within a working day"
    assert case.answer_by == sent(stockholm.world.referrer, ADULT).case.answer_by
    step = case.steps.get(key="ident.rc.acknowledge")
    assert step.due_at == case.answer_by
    grant = case.grants.get(desk__isnull=False)
    assert (grant.urgency, grant.due_at) == (Urgency.NORMAL, case.answer_by)


def test_danger_stays_danger(world: World) -> None:
    doubt = Doubt(world, immediate_danger="yes", emergency_contacted=["police"], **MITT)
    doubt.decide()
    assert doubt.case.urgency == Urgency.DANGER


def test_consent_is_asked_for_before_more_is_shared(uppsala: Doubt) -> None:
    """What holds only for children cannot be chosen any more, whatever the page offered."""
    police = uppsala.join(AgencyKind.POLICE, Provision.OSL_10_21)
    codes = {choice.code for choice in sharing.ground_choices(uppsala.case, police.agency)}
    assert Provision.OSL_10_21 in codes
    uppsala.decide()
    assert assessments.lacks_consent(uppsala.case)
    codes = {choice.code for choice in sharing.ground_choices(uppsala.case, police.agency)}
    assert codes.isdisjoint(assessments.CHILD_ONLY)
    with pytest.raises(ValidationError):
        participation.invite(
            case_id=uppsala.case_id, agency_id=police.agency_id, ground=Provision.OSL_10_21, categories=[],
            purpose="", by=uppsala.holder,
        )  # fmt: skip


def test_who_stood_on_the_way_for_children_reads_no_more_and_keeps_her_checklist(uppsala: Doubt) -> None:
    social = uppsala.join(AgencyKind.SOCIAL_SERVICES_ADULT, Provision.OSL_26_9, ("situation", "identity"))
    assert sight_of(social, uppsala.case).sees("situation")
    uppsala.decide()
    sight = sight_of(social, uppsala.case)
    assert sight is not None
    assert (sight.level, sight.categories) == (Level.STEPS, frozenset())
    (ground,) = assessments.without_ground(uppsala.case)
    assert ground.valid_until == workdays.add_working_days(clock.today(), 10)
    assert Notice.objects.filter(user_id=social.user_id, kind=NoticeKind.SHARING).exists()
    assert is_true(uppsala.case)


def test_it_ends_by_itself_when_no_ground_is_found(uppsala: Doubt, freeze: Any) -> None:
    social = uppsala.join(AgencyKind.SOCIAL_SERVICES_ADULT, Provision.OSL_26_9)
    uppsala.decide()
    freeze("2026-12-20 09:00")
    assert sight_of(social, uppsala.case) is None
    granting.expire()
    assert assessments.without_ground(uppsala.case) == []


def test_who_stands_on_something_else_reads_on(uppsala: Doubt) -> None:
    police = uppsala.join(AgencyKind.POLICE, Provision.OSL_10_23)
    uppsala.decide()
    assert sight_of(police, uppsala.case).sees("situation")
    assert assessments.without_ground(uppsala.case) == []


# --- the other way, and again -------------------------------------------------------------------------------


def test_child_confirms_and_nothing_else_changes(stockholm: Doubt) -> None:
    live, due = stockholm.live(), stockholm.case.answer_by
    stockholm.decide("child")
    case = stockholm.case
    assert (case.age_band, case.desk.key, case.answer_by) == ("child", "stockholm-children", due)
    assert stockholm.live() == live
    assert not Notice.objects.filter(kind=NoticeKind.FORWARDED, case=case).exists()


def test_an_adult_found_to_be_a_child(world: World, freeze: Any) -> None:
    """The way for children from that moment: its desk, its steps, its hours, no waiting for consent."""
    duty("stockholm-children")
    adults = duty("stockholm-adults")
    case = sent(world.referrer, ADULT, municipality_of_presence="0180").case
    freeze("2026-11-23 15:00")
    assessments.decide_age(
        case_id=case.pk, age_band=AgeBand.CHILD, decided_on=date(2026, 11, 23), basis="Pass",
        decided_by=AgencyKind.POLICE, by=adults,
    )  # fmt: skip
    case.refresh_from_db()
    assert (case.age_band, case.desk.key, case.urgency) == ("child", "stockholm-children", Urgency.CHILD)
    report = case.steps.get(key="ident.ref.child_report")
    assert report.assignee_id == world.referrer.user_id
    assert report.status == "open"
    assert case.milestones.filter(kind="child_suspected").exists()
    assert case.answer_by > clock.now(), "a stricter time to answer is not over before it began"
    assert case.answer_by <= deadlines.due_at(casework.answer_rule(case.edition, "child", False), clock.now())


def test_only_a_new_decision_takes_one_back(stockholm: Doubt) -> None:
    live = stockholm.live()
    stockholm.decide()
    stockholm.decide("child", decided_by=AgencyKind.SOCIAL_SERVICES_CHILD, basis="Ny bedömning")
    case = stockholm.case
    assert (case.age_band, case.desk.key) == ("child", "stockholm-children")
    assert live <= stockholm.live(), "the steps for children are taken up again"
    rows = list(case.age_decisions.order_by("recorded_at", "pk").values_list("before", "age_band"))
    assert sorted(rows) == [("adult", "child"), ("unsure", "adult")]
    assert is_true(case)


def test_history_has_before_and_after_and_no_basis(uppsala: Doubt) -> None:
    uppsala.decide()
    event = AuditEvent.objects.get(verb="case.decide_age", target_id=uppsala.case_id)
    assert (event.facts["before"], event.facts["after"]) == ("unsure", "adult")
    assert event.facts["decided_by"] == "migration_agency"
    assert "asyl" not in str(event.facts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM cases_agedecision d")
        assert "asyl" not in cursor.fetchone()[0]
    assert AgeDecision.objects.get().basis == "Åldersbedömning i asylärendet"


# --- figures ------------------------------------------------------------------------------------------------


def ages(**where: Any) -> dict[str, int]:
    """By group, as it was at the end of the months asked for."""
    where.setdefault("unit__in", (tallies.CASES, tallies.REGROUPED))
    rows = Tally.objects.filter(codes__form="labour", codes__citizenship="other", **where)
    counted = rows.values("codes__age").annotate(n=Sum("amount")).order_by()
    return {row["codes__age"]: row["n"] for row in counted if row["n"]}


@pytest.fixture
def in_march(world: World, freeze: Any) -> Doubt:
    Tally.objects.all().delete()
    freeze("2026-03-10 09:00")
    doubt = Doubt(world)
    freeze("2026-03-11 09:00")
    return doubt


def test_the_year_counts_him_in_the_group_valid_at_its_end(in_march: Doubt, freeze: Any) -> None:
    freeze("2026-06-01 09:00")
    in_march.decide(decided_on=date(2026, 5, 30))
    assert ages(month="2026-03-01") == {"unsure": 1}, "March was over: it stays as it was"
    assert ages(month__year=2026) == {"adult": 1}
    month = ages(unit__in=[tallies.CASES])
    assert month == {"unsure": 1}, "what adds up over months keeps the group of its month"
    units = (tallies.CASES, tallies.REGROUPED)
    regions = Tally.objects.filter(unit__in=units).values_list("codes__region", "codes__county")
    assert set(regions) == {("stockholm", "01")}


def test_within_the_month_the_month_too(in_march: Doubt) -> None:
    in_march.decide(decided_on=date(2026, 3, 10))
    assert ages(month="2026-03-01") == {"adult": 1}


def test_a_year_that_was_over_stays(in_march: Doubt, freeze: Any) -> None:
    freeze("2027-01-12 09:00")
    in_march.decide(decided_on=date(2027, 1, 11))
    assert ages(month__year=2026) == {"unsure": 1}
    assert ages(month__year=2027) == {}


def test_figures_stay_where_the_referral_came(in_march: Doubt, freeze: Any) -> None:
    """Forwarded in April, decided in June: Stockholm's figure changes its group, Syd gets none."""
    syd = in_march.world.syd
    freeze("2026-04-01 09:00")
    desk = syd and Desk.objects.get(key="syd")
    triage.forward(
        case_id=in_march.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED, by=in_march.children
    )
    freeze("2026-06-01 09:00")
    in_march.decide(by=syd, decided_on=date(2026, 5, 30))
    units = (tallies.CASES, tallies.REGROUPED)
    rows = Tally.objects.filter(unit__in=units).values_list("codes__region", flat=True)
    assert set(rows) == {"stockholm"}
    assert ages(month__year=2026) == {"adult": 1}


def test_nothing_else_is_counted_twice(in_march: Doubt) -> None:
    before = {row["unit"]: row["n"] for row in Tally.objects.values("unit").annotate(n=Sum("amount"))}
    in_march.decide(decided_on=date(2026, 3, 10))
    after = {row["unit"]: row["n"] for row in Tally.objects.values("unit").annotate(n=Sum("amount"))}
    assert before == after


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"age_band": AgeBand.UNSURE}, "age_band"),
        ({"decided_on": date(2027, 1, 1)}, "decided_on"),
        ({"decided_by": AgencyKind.NGO_PLATFORM}, "decided_by"),
        ({"basis": "  "}, "basis"),
    ],
)
def test_incomplete_decisions(uppsala: Doubt, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        uppsala.decide(**changes)
    assert set(refusal.value.message_dict) == {field}
    assert uppsala.case.age_band == "unsure"


def test_a_consultation_has_no_age_to_decide(world: World) -> None:
    keys = ("immediate_danger", "age_group", "sex", "forms", "indicators", "needs", "confirm_necessary")
    answers = {key: ADULT[key] for key in keys}
    told = {"consent_status": "refused", "citizenship_group": "other", "county_general": "03",
            "narrative_general": "En person arbetar utan lön."}  # fmt: skip
    case = sent(world.referrer, answers | told).case
    with pytest.raises(ValidationError):
        assessments.decide_age(
            case_id=case.pk, age_band=AgeBand.CHILD, decided_on=date(2026, 11, 20), basis="x",
            decided_by=AgencyKind.POLICE, by=world.karin,
        )  # fmt: skip


def test_an_open_handover_is_answered_first(stockholm: Doubt) -> None:
    about = stockholm.world.about(stockholm.case.opening_referral(), karin=stockholm.children)
    about.accept()
    desk = Desk.objects.get(key="syd")
    handovers.ask(
        case_id=stockholm.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED, moves_on=date(2026, 11, 30),
        by=stockholm.children,
    )  # fmt: skip
    with pytest.raises(ValidationError):
        stockholm.decide()
    assert stockholm.case.age_band == "unsure"


def test_only_the_desk_decides(stockholm: Doubt) -> None:
    for who in (stockholm.world.referrer, stockholm.world.karin, stockholm.adults, stockholm.world.national):
        with pytest.raises(PermissionDenied):
            stockholm.decide(by=who)
        assert refusals("case.triage", who) == 1


def test_not_in_a_case_that_is_over(world: World) -> None:
    doubt = Doubt(world, **MITT)
    Case.objects.filter(pk=doubt.case_id).update(status=Status.NOT_TAKEN, not_taken_reason="test")
    with pytest.raises(TransitionNotAllowed):
        doubt.decide()
