"""What the database refuses about editions, and what holds whatever was done before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.enums import AgencyKind
from cases.enums import BlockedOn, NotApplicableReason, StepStatus
from cases.models import Case, Step
from cases.services import checklists, editions, steps
from core import clock
from core.errors import TransitionNotAllowed
from tests.cases.services.conftest import World, undone
from tests.cases.services.test_editions import ASSESS, take
from tests.manual.following import Steps, draft_after, follow_on, step_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


# --- what the database refuses, whatever code writes it ---------------------------------------------------


def test_a_case_never_follows_what_has_not_been_decided(taken: World) -> None:
    draft = draft_after(taken.case.edition)
    _refused("cases_edition_decided", lambda: Case.objects.filter(pk=taken.case_id).update(edition=draft))


def test_a_case_never_goes_back_to_an_earlier_edition(taken: World) -> None:
    first, later = taken.case.edition, follow_on()
    take(taken, later)
    _refused("cases_edition_decided", lambda: Case.objects.filter(pk=taken.case_id).update(edition=first))


def test_a_step_stands_on_a_template_of_its_own_key(taken: World) -> None:
    other = taken.step("acute.rc.meet").template
    mine = Step.objects.filter(pk=taken.step(ASSESS).pk)
    _refused("cases_step_of_its_template", lambda: mine.update(template=other))
    _refused("cases_step_of_its_template", lambda: mine.update(key="ident.rc.other"))


def _refused(name: str, act: Callable[[], Any]) -> None:
    with undone(), pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


# --- whatever the edition and whatever has been done ------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_nothing_that_was_done_is_lost_and_twice_is_once(taken: World, freeze: Any, seed: int) -> None:
    """Chance works on the case, then makes a later edition of it; what was done and written is all there."""
    chance = Random(seed)
    police = taken.join(AgencyKind.POLICE)
    taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    for step in taken.case.steps.filter(status=StepStatus.OPEN).order_by("key", "pk"):
        _work_on(step.pk, taken, police if step.agency_id == police.agency_id else taken.karin, chance)
    before = {row["id"]: row for row in Step.objects.filter(case_id=taken.case_id).values()}
    written = {step.pk: (step.remark, step.wording) for step in taken.case.steps.all()}
    freeze("2026-11-25 10:00")
    later = follow_on(lambda found: _another(found, chance))
    plan = editions.plan(taken.case, later)
    expected = {_place(vars(s)): (s.status, s.due_at, s.template_id) for s in _as_planned(plan)}
    take(taken, later)
    after = {row["id"]: row for row in Step.objects.filter(case_id=taken.case_id).values()}
    running = {
        _place(row): (row["status"], row["due_at"], row["template_id"])
        for row in after.values()
        if row["status"] in editions.RUNNING
    }
    assert running == expected  # what was shown is what happened
    assert before.keys() <= after.keys()  # no step is deleted
    for pk, row in before.items():
        if row["status"] in (StepStatus.DONE, StepStatus.NOT_APPLICABLE):
            assert after[pk] == row  # what has ended is as it was, in its own words
        for column in ("assignee_id", "agency_id", "occurrence", "key", "done_on", "counted", "created_at"):
            assert after[pk][column] == row[column]
    assert {s.pk: (s.remark, s.wording) for s in taken.case.steps.filter(pk__in=written)} == written
    assert editions.plan(taken.case, later).is_empty
    take(taken, later)
    checklists.refresh(taken.case)
    assert {row["id"]: row for row in Step.objects.filter(case_id=taken.case_id).values()} == after


def _work_on(step_id: Any, world: World, by: Any, chance: Random) -> None:
    """Something a person does with a step, or nothing."""
    act = chance.choice(("done", "not_applicable", "save", "block", "nothing", "nothing"))
    what: dict[str, Any] = {"step_id": step_id, "by": by}
    try:
        if act == "done":
            steps.done(**what, remark="Gjort.", reported_by="Ringde.")
        elif act == "not_applicable":
            steps.not_applicable(**what, reason=NotApplicableReason.NOT_NEEDED, remark="Behövs inte.")
        elif act == "save":
            steps.save(**what, remark="Påbörjat.")
        elif act == "block":
            day = clock.today() + timedelta(days=3)
            steps.block(**what, blocked_on=BlockedOn.PLACE, next_check_on=day, remark="Plats saknas.")
    except (PermissionDenied, TransitionNotAllowed):  # another house's step, or one that ends by itself
        pass


def _another(found: Steps, chance: Random) -> None:
    """A later edition by chance: steps that go, come, move, change hands, wait for another date."""
    for key in sorted(found):
        step, what = found[key], chance.randrange(12)
        if step.scope != "case" or key == "ident.rc.acknowledge":
            continue
        if what == 0:
            del found[key]
        elif what == 1:
            found[f"{key}.too"] = step_like(step, f"{key}.too", conditions=[])
        elif what == 2:
            step.amount += chance.randrange(1, 20)
        elif what == 3:
            step.from_event = chance.choice(["referral_received", "identified", "trial_date"])
        elif what == 4:
            step.agency_role = chance.choice(["police", "regional_coordinator", "referrer"])
        elif what == 5:
            step.conditions = [] if step.conditions else ["detained"]
        elif what == 6:
            step.title_sv, step.priority = f"{step.title_sv} (ny)", "critical"
        elif what == 7:
            step.unit, step.recurs_amount, step.recurs_unit = "working_days", 10, "working_days"


def _place(row: Any) -> tuple[Any, ...]:
    return row["key"], row["agency_id"], row["desk_id"], row["occurrence"]


def _as_planned(plan: editions.Plan) -> list[Step]:
    return [*plan.added, *(row.step for row in plan.followed)]
