"""By when the coordinator answers, over weekends, holidays and the night the clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from core import clock
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import (
    World,
    day_due,
    duty,
    sent,
)

pytestmark = pytest.mark.django_db

# --- the clock ----------------------------------------------------------------------------------------------

DANGER: Final = {"immediate_danger": "yes", "emergency_contacted": ["police"]}
HOLIDAYS: Final = [
    # sent, answers, answer by, assess by (last day)
    ("2026-11-23 09:00", {}, "2026-11-25 00:00", "2026-11-26"),
    ("2026-11-27 16:00", {}, "2026-12-01 00:00", "2026-12-02"),
    ("2026-11-28 11:00", {}, "2026-12-01 00:00", "2026-12-02"),
    ("2026-12-22 15:10", {}, "2026-12-24 00:00", "2026-12-29"),
    ("2026-12-23 15:10", {}, "2026-12-29 00:00", "2026-12-30"),
    ("2027-03-25 17:40", {}, "2027-03-31 00:00", "2027-04-01"),
    ("2026-11-27 16:20", DANGER, "2026-11-30 08:50", None),
    ("2026-11-29 23:00", DANGER, "2026-11-30 09:00", None),
    ("2026-12-23 16:00", DANGER, "2026-12-28 08:30", None),
]  # fmt: skip


@pytest.mark.parametrize(("at", "changes", "answer_by", "assess_by"), HOLIDAYS)
def test_answer_by_over_weekends_and_holidays(
    world: World, freeze: Any, at: str, changes: dict[str, Any], answer_by: str, assess_by: str | None
) -> None:
    """S13 and the defaults of design 14: danger one office hour, else one working day; three to assess."""
    freeze(at)
    case = sent(world.referrer, consent_date="2026-11-20", **changes).case
    expected = clock.aware(datetime.fromisoformat(answer_by))
    assert case.answer_by == expected
    first = case.steps.get(key="ident.rc.acknowledge")
    assert first.due_at == expected and first.chase_at is not None and first.chase_at <= expected
    if assess_by:
        assert day_due(case.steps.get(key="ident.rc.assess")) == assess_by
    assert case.grants.get().due_at == expected, "lists sort by it"


def test_a_child_on_a_friday_afternoon_is_answered_on_monday_morning(world: World, freeze: Any) -> None:
    freeze("2026-11-27 15:00")
    duty("stockholm-children")
    case = sent(world.referrer, CHILD).case
    assert case.answer_by == clock.aware(datetime(2026, 11, 30, 10, 30))


def test_the_daylight_saving_night_moves_no_date(world: World, freeze: Any) -> None:
    freeze("2027-03-26 23:30")  # Good Friday; the clock changes on Easter Sunday
    case = sent(world.referrer).case
    assert case.answer_by == clock.aware(datetime(2027, 3, 31))
    assert clock.local(case.answer_by).utcoffset() == timedelta(hours=2)
