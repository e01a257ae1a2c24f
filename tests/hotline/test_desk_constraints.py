"""The database itself refuses hours, shifts and promises that cannot be, and as role `nrm_app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from accounts.access import Assignment
from accounts.enums import Role
from core import vault
from hotline.models import Callback, CallbackReminder, OpeningHours, Shift, SpecialDay
from tests.factories import member
from tests.hotline import desk

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
Act = Callable[[Assignment], Any]


def promise(by: Assignment, **changes: Any) -> Callback:
    """A sound one, from a question on the web."""
    given: dict[str, Any] = {
        "agency": by.agency, "contact": by.user, "data_key": vault.new_key("callback", uuid.uuid4()),
        "created_at": NOW, "created_by": by.user, "due_at": NOW + HOUR, "chase_at": NOW,
    }  # fmt: skip
    return Callback.objects.create(**given | changes)


def hours(**changes: Any) -> Act:
    """A sound Saturday, and what is wrong with it."""
    given = {"weekday": 5, "opens": time(10), "closes": time(12), "valid_from": date(2027, 1, 1)}
    return lambda by: OpeningHours.objects.create(**given | changes)


def shift(by: Assignment, starts: datetime = NOW, ends: datetime = NOW + HOUR) -> Shift:
    return Shift.objects.create(agency=by.agency, user=by.user, starts_at=starts, ends_at=ends)


def bad(**changes: Any) -> Act:
    return lambda by: promise(by, **changes)


def done(**changes: Any) -> Act:
    given = {"done_at": NOW, "outcome": "answered", "chase_at": None}
    return lambda by: promise(by, **{"done_by": by.user} | given | changes)


def special(**changes: Any) -> Act:
    return lambda by: SpecialDay.objects.create(day=date(2027, 1, 4), **changes)


def reminder(by: Assignment, stage: int = 1, times: int = 1) -> None:
    row = promise(by)
    for _number in range(times):
        CallbackReminder.objects.create(
            callback=row, stage=stage, due_at=row.due_at, recipient="user:x", sent_at=NOW
        )


SOUND: list[Act] = [
    promise, done(), hours(), hours(valid_until=date(2027, 1, 1)), shift, special(), reminder,
    special(opens=time(8), closes=time(9)),
    lambda by: (shift(by), shift(by, NOW + HOUR, NOW + 2 * HOUR)),
    lambda by: (hours(valid_until=date(2027, 1, 9))(by), hours(valid_from=date(2027, 1, 10))(by)),
]  # fmt: skip

BREAKS: dict[str, list[Act]] = {
    "callback_from_call_or_web": [
        bad(contact=None),
        lambda by: promise(by, call=desk.call(by)),
    ],
    "callback_due_after_promise": [bad(due_at=NOW)],
    "callback_done_by_whom": [
        bad(done_at=NOW, outcome="answered", chase_at=None),
        done(done_at=None, outcome=""),
    ],
    "callback_done_is_not_chased": [done(chase_at=NOW)],
    "callback_done_with_outcome": [done(outcome=""), bad(outcome="answered")],
    "callback_outcome_known": [done(outcome="forgotten")],
    "callback_stage_known": [bad(stage=5)],
    "callback_reminder_once": [lambda by: reminder(by, times=2)],
    "callback_reminder_stage_known": [lambda by: reminder(by, stage=0), lambda by: reminder(by, stage=5)],
    "hours_weekday_known": [hours(weekday=7)],
    "hours_close_after_opening": [hours(closes=time(10))],
    "hours_days_in_order": [hours(valid_until=date(2026, 12, 31))],
    "hours_one_a_weekday_a_day": [
        lambda by: (hours()(by), hours(opens=time(14), closes=time(15), valid_from=date(2028, 1, 1))(by)),
        hours(weekday=0),  # the ordinary Monday is there
    ],
    "shift_ends_after_it_begins": [lambda by: shift(by, NOW, NOW)],
    "shift_one_at_a_time": [lambda by: (shift(by), shift(by, NOW + HOUR / 2, NOW + 2 * HOUR))],
    "special_day_hours_or_closed": [special(opens=time(8))],
    "special_day_close_after_opening": [special(opens=time(8), closes=time(8))],
}
MODELS: list[type[models.Model]] = [Callback, CallbackReminder, OpeningHours, Shift, SpecialDay]


def test_every_named_constraint_is_broken_once() -> None:
    assert {rule.name for model in MODELS for rule in model._meta.constraints} == set(BREAKS)


@pytest.mark.parametrize("act", SOUND)
def test_what_is_sound_is_taken(act: Act) -> None:
    with transaction.atomic():
        act(member(Role.HOTLINE_OPERATOR))


@pytest.mark.parametrize(("name", "act"), [(name, act) for name, acts in BREAKS.items() for act in acts])
def test_what_cannot_be_is_refused(name: str, act: Act) -> None:
    by = member(Role.HOTLINE_OPERATOR)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act(by)
    assert name in str(error.value)
