"""A running case keeps its edition, sees what another one would change, and takes it over by choice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import AgencyKind
from cases.enums import BlockedOn, CancelReason, Stage, Status, StepStatus
from cases.models import Case, Notice, Step
from cases.services import checklists, editions, merging, steps, stops
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone, Priority
from manual.models import Edition
from tests.cases.services import pairs
from tests.cases.services.conftest import World, day_due, sent, undone
from tests.manual.following import Steps, each, follow_on, step_like

pytestmark = pytest.mark.django_db

ASSESS: Final = "ident.rc.assess"
"""The coordinator's assessment: three working days, open in every accepted case."""


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def take(world: World, edition: Edition, **more: Any) -> editions.Plan:
    return editions.take_over(case_id=world.case_id, edition_id=edition.pk, by=world.karin, **more)


def with_amount(key: str, amount: int, **more: Any) -> Callable[[Steps], None]:
    def change(found: Steps) -> None:
        found[key].amount = amount
        for name, value in more.items():
            setattr(found[key], name, value)

    return change


def without(*keys: str) -> Callable[[Steps], None]:
    def change(found: Steps) -> None:
        for key in keys:
            del found[key]

    return change


# --- keeping --------------------------------------------------------------------------------------------


def test_a_running_case_keeps_its_edition_and_new_ones_follow_the_later(taken: World) -> None:
    before = taken.case.edition
    assert editions.newer(taken.case) is None
    later = follow_on(with_amount(ASSESS, 6))
    checklists.refresh(taken.case)
    assert taken.case.edition == before
    assert taken.step(ASSESS).template.amount == 3
    assert editions.newer(taken.case) == later
    fresh = Case.objects.select_related("edition").get(pk=sent(taken.referrer).case_id)
    assert fresh.edition == later
    assert editions.newer(fresh) is None


# --- what it would change -------------------------------------------------------------------------------


def test_comparing_writes_nothing(taken: World) -> None:
    taken.join(AgencyKind.POLICE)
    before = list(Step.objects.order_by("pk").values())
    later = follow_on(with_amount(ASSESS, 6))
    plan = editions.plan(taken.case, later)
    assert [row.step.key for row in plan.moved] == [ASSESS]
    assert list(Step.objects.order_by("pk").values()) == before
    assert taken.case.edition != later


def test_a_moved_deadline_has_its_old_and_its_new_date(taken: World) -> None:
    plan = editions.plan(taken.case, follow_on(with_amount(ASSESS, 6)))
    (moved,) = plan.moved
    assert moved.due_before == taken.step(ASSESS).due_at
    assert str(day_due(taken.step(ASSESS))) == "2026-11-26"
    assert str(day_due(moved.step)) == "2026-12-01"
    assert [said.name for said in moved.differences] == ["amount"]


def test_another_text_moves_nothing(taken: World) -> None:
    def change(found: Steps) -> None:
        found[ASSESS].title_sv = "Gör en bedömning med stöd av Manualen"

    plan = editions.plan(taken.case, follow_on(change))
    assert not (plan.moved or plan.added or plan.dropped)
    assert [row.step.key for row in plan.reworded] == [ASSESS]


# --- taking over ----------------------------------------------------------------------------------------


def test_what_was_compared_is_what_happens(taken: World) -> None:
    taken.join(AgencyKind.POLICE)

    def change(found: Steps) -> None:
        found[ASSESS].amount = 6
        police = next(s for s in found.values() if s.agency_role == "police" and not s.conditions)
        found["acute.police.new"] = step_like(police, "acute.police.new", title_sv="Nytt moment")
        del found["acute.rc.meet"]

    later = follow_on(change)
    plan = editions.plan(taken.case, later)
    expected = {(s.key, s.due_at) for s in plan.added} | {(r.step.key, r.step.due_at) for r in plan.followed}
    dropped = {step.key for step in plan.dropped}
    assert dropped == {"acute.rc.meet"} and "acute.police.new" in {step.key for step in plan.added}
    take(taken, later)
    running = taken.case.steps.filter(status__in=editions.RUNNING)
    assert set(running.values_list("key", "due_at")) == expected
    assert set(running.values_list("template__edition", flat=True)) == {later.pk}
    assert {s.key for s in taken.case.steps.filter(cancel_reason=CancelReason.EDITION)} == dropped
    event = AuditEvent.objects.get(verb="case.renew", target_id=taken.case_id)
    assert event.facts == {"before": 1, "after": 2, "added": 1, "dropped": 1, "moved": 1, "back": 0}


def test_the_checklists_stand_still_afterwards(taken: World) -> None:
    taken.join(AgencyKind.POLICE)
    take(taken, follow_on(with_amount(ASSESS, 6)))
    before = list(taken.case.steps.order_by("pk").values())
    assert checklists.refresh(taken.case) == []
    assert list(taken.case.steps.order_by("pk").values()) == before


def test_taking_over_twice_is_taking_over_once(taken: World) -> None:
    later = follow_on(with_amount(ASSESS, 6))
    take(taken, later, version=taken.case.version)
    before, version = list(taken.case.steps.order_by("pk").values()), taken.case.version
    again = take(taken, later, version=0)
    assert again.is_empty
    assert list(taken.case.steps.order_by("pk").values()) == before
    assert taken.case.version == version
    assert AuditEvent.objects.filter(verb="case.renew").count() == 1


def test_what_is_done_stays_done_in_the_words_it_was_done_in(taken: World) -> None:
    steps.done(step_id=taken.step(ASSESS).pk, remark="Bedömd.", by=taken.karin)
    before = Step.objects.filter(pk=taken.step(ASSESS).pk).values().get()
    take(taken, follow_on(with_amount(ASSESS, 6)))
    assert Step.objects.filter(pk=before["id"]).values().get() == before
    assert taken.step(ASSESS).remark == "Bedömd."
    assert taken.step(ASSESS).template.edition.number == 1


def test_a_started_step_keeps_its_work_and_its_hands(taken: World) -> None:
    step = taken.step(ASSESS)
    steps.assign(step_id=step.pk, assignee_id=taken.per.user_id, by=taken.karin)
    steps.save(step_id=step.pk, remark="Halvvägs.", by=taken.karin)
    take(taken, follow_on(with_amount(ASSESS, 6, title_sv="Bedöm")))
    after = taken.step(ASSESS)
    assert (after.status, after.assignee_id) == (StepStatus.STARTED, taken.per.user_id)
    assert (after.remark, after.template.title_sv) == ("Halvvägs.", "Bedöm")


def test_a_step_without_a_place_ends_with_the_reason_and_keeps_its_text(taken: World) -> None:
    step = taken.step("acute.rc.meet")
    steps.save(step_id=step.pk, remark="Samråd bokat.", by=taken.karin)
    take(taken, follow_on(without("acute.rc.meet")))
    step.refresh_from_db()
    assert (step.status, step.cancel_reason) == (StepStatus.CANCELLED, CancelReason.EDITION)
    assert step.remark == "Samråd bokat."
    assert step.chase_at is None


def test_a_step_that_a_later_edition_has_again_comes_back(taken: World, freeze: Any) -> None:
    step = taken.step("acute.rc.meet")
    original = step.template
    take(taken, follow_on(without("acute.rc.meet")))
    freeze("2026-11-24 09:00")

    def change(found: Steps) -> None:
        found["acute.rc.meet"] = step_like(original, "acute.rc.meet", edition_id=found[ASSESS].edition_id)

    third = follow_on(change)
    assert [row.step.pk for row in editions.plan(taken.case, third).back] == [step.pk]
    take(taken, third)
    step.refresh_from_db()
    assert (step.status, step.cancel_reason, step.ended_at) == (StepStatus.OPEN, "", None)
    assert step.template.edition == third
    assert step.chase_at is not None


def test_a_step_that_changes_hands_ends_here_and_begins_there(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    theirs = next(
        s.key for s in taken.case.steps.filter(agency=police.agency_id) if s.key.startswith("acute")
    )
    take(taken, follow_on(with_amount(theirs, 2, agency_role="regional_coordinator", consent="not_required")))
    rows = taken.case.steps.filter(key=theirs)
    assert rows.get(agency=police.agency_id).cancel_reason == CancelReason.EDITION
    assert rows.get(desk=taken.case.desk_id).status in editions.RUNNING


def test_a_deadline_that_counts_from_a_date_not_known_waits_for_it(taken: World) -> None:
    step = taken.step(ASSESS)
    steps.block(
        step_id=step.pk,
        blocked_on=BlockedOn.COURT,
        next_check_on=clock.today(),
        remark="Väntar.",
        by=taken.karin,
    )
    take(taken, follow_on(with_amount(ASSESS, 3, from_event=Milestone.TRIAL_DATE)))
    step.refresh_from_db()
    assert (step.status, step.due_at, step.blocked_on) == (StepStatus.WAITING, None, "")
    assert step.remark == "Väntar."


def test_a_clock_that_stands_still_goes_on_doing_so_and_its_stops_are_added(
    taken: World, freeze: Any
) -> None:
    step = taken.step(ASSESS)
    stops.stop(step_id=step.pk, reason=BlockedOn.INTERPRETER, text="Tolk saknas.", by=taken.karin)
    freeze("2026-11-24 09:00")
    stops.resume(step_id=step.pk, by=taken.karin)
    take(taken, follow_on(with_amount(ASSESS, 6)))
    assert str(day_due(taken.step(ASSESS))) == "2026-12-02"  # a day later: it stood still for a day


def test_chasing_begins_anew_with_the_new_time(taken: World, freeze: Any) -> None:
    step = taken.step(ASSESS)
    Step.objects.filter(pk=step.pk).update(stage=Stage.COORDINATOR)
    take(taken, follow_on(with_amount(ASSESS, 6)))
    step.refresh_from_db()
    assert step.stage == Stage.NONE
    assert step.chase_at is not None and step.due_at is not None
    assert step.chase_at < step.due_at


def test_a_critical_step_is_chased_as_one(taken: World) -> None:
    take(taken, follow_on(with_amount(ASSESS, 3, priority=Priority.CRITICAL)))
    assert taken.step(ASSESS).priority == Priority.CRITICAL


def test_numbers_of_the_case_follow(taken: World) -> None:
    due = taken.case.next_due_at
    take(taken, follow_on(each(0)))
    assert taken.case.next_due_at != due


# --- who, and when --------------------------------------------------------------------------------------


def test_those_who_owe_something_are_told_once_and_whoever_did_it_is_not(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    theirs = taken.case.steps.filter(agency=police.agency_id, status=StepStatus.OPEN).first()
    assert theirs is not None
    take(taken, follow_on(with_amount(theirs.key, theirs.template.amount + 2)))
    told = Notice.objects.filter(kind="edition")
    assert list(told.values_list("user_id", flat=True)) == [police.user_id]


def test_only_the_desk_takes_over(taken: World) -> None:
    police, later = taken.join(AgencyKind.POLICE), follow_on()
    for by in (taken.syd, taken.national, taken.referrer, police):
        with undone(), pytest.raises(PermissionDenied):
            editions.take_over(case_id=taken.case_id, edition_id=later.pk, by=by)
    assert taken.case.edition != later


def test_not_before_it_is_accepted_nor_when_it_is_closed(world: World) -> None:
    later = follow_on()
    with pytest.raises(TransitionNotAllowed):
        take(world, later)
    world.bring_to(Status.CLOSED)
    with pytest.raises(TransitionNotAllowed):
        take(world, later)


def test_another_edition_than_the_one_compared_is_not_taken_over(taken: World) -> None:
    second = follow_on()
    follow_on()
    with pytest.raises(ValidationError) as error:
        take(taken, second)
    assert error.value.code == "edition"


def test_what_was_compared_before_somebody_changed_the_case_is_not_taken_over(taken: World) -> None:
    later, seen = follow_on(), taken.case.version
    taken.join(AgencyKind.POLICE)
    Case.objects.filter(pk=taken.case_id).update(version=seen + 1)
    with pytest.raises(StaleVersion):
        take(taken, later, version=seen)
    assert taken.case.edition != later


def test_how_many_follow_which(taken: World) -> None:
    sent(taken.referrer)
    follow_on()
    sent(taken.referrer)
    assert editions.running_on(consultations=False) == {1: 2, 2: 1}
    assert editions.running_on(consultations=True) == {}


# --- two cases that became one -----------------------------------------------------------------------------


def test_two_cases_of_two_editions_become_one_take_over_and_are_parted_again(world: World) -> None:
    """The survivor follows the earlier edition, the absorbed one the later; each keeps its steps."""
    (first,) = pairs.taken(world, sent(pairs.worker(), **pairs.NADIA))
    later = follow_on(with_amount(ASSESS, 6))
    (second,) = pairs.taken(world, sent(pairs.worker(AgencyKind.MIKA), **pairs.NADJA))
    theirs = {row["id"] for row in second.steps.values("id")}
    made = pairs.merge(world, first, second)
    about = copy.copy(world)
    about.case_id = first.pk
    take(about, later)
    assert set(
        about.case.steps.filter(status__in=editions.RUNNING).values_list("template__edition", flat=True)
    ) == {later.pk}
    merging.undo(merge_id=made.pk, by=world.karin)
    parted = Case.objects.select_related("edition").get(pk=second.pk)
    assert theirs <= {row["id"] for row in parted.steps.values("id")}
    assert (about.case.edition, parted.edition) == (later, later)
    for case in (about.case, parted):
        checklists.refresh(case)
        assert case.steps.filter(status__in=editions.RUNNING).exists()
