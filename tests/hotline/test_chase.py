"""The chase of promises when something is not as it should be: no hours, a row that fails, an agency gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.access import Assignment
from accounts.enums import Role
from cases.services import notices
from core import clock
from hotline.enums import ChaseStage
from hotline.models import Callback, OpeningHours
from hotline.services import chase, hours, roster
from tests.factories import member
from tests.hotline import desk

pytestmark = pytest.mark.django_db
Freeze = Callable[[datetime | str], datetime]
TUESDAY = "2027-02-09"


def promise(by: Assignment, due: str = f"{TUESDAY} 12:00") -> Callback:
    return desk.promised(desk.call(by), by, due_at=clock.aware(datetime.fromisoformat(due)))


@pytest.mark.parametrize(
    ("moment", "told_at"),
    [
        (f"{TUESDAY} 23:30", "2027-02-10 08:00"),
        (f"{TUESDAY} 06:10", f"{TUESDAY} 08:00"),
        ("2027-02-13 12:00", "2027-02-15 08:00"),  # a Saturday
        (f"{TUESDAY} 10:00", f"{TUESDAY} 10:00"),
    ],
)
def test_closed_until_further_notice_nobody_is_told_at_night(
    freeze: Freeze, moment: str, told_at: str
) -> None:
    freeze("2027-02-08 08:00")
    row = promise(member(Role.HOTLINE_OPERATOR), due="2027-02-08 16:30")
    OpeningHours.objects.all().delete()
    now = freeze(moment)
    Callback.objects.filter(pk=row.pk).update(chase_at=now)
    chase.sweep()
    assert bool(desk.told()) == (moment == told_at)
    row.refresh_from_db()
    freeze(told_at)
    chase.sweep()
    assert len(desk.told()) == 1


def test_one_promise_that_fails_does_not_stop_the_others(
    freeze: Freeze, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(f"{TUESDAY} 08:00")
    bad, good = (promise(member(Role.HOTLINE_OPERATOR)) for _number in range(2))
    told_of = notices.callback

    def failing(*given: Any, once: str, **more: Any) -> None:
        told_of(*given, once=once, **more)
        if str(bad.pk) in once:
            raise KeyError(once)

    monkeypatch.setattr(notices, "callback", failing)
    now = freeze(f"{TUESDAY} 12:00")
    assert chase.sweep() == (2, 1)
    assert desk.told() == [(good.owner_id, "callback_due")]
    bad.refresh_from_db()
    assert (bad.stage, bad.chase_at) == (ChaseStage.NONE, now + chase.AGAIN)
    monkeypatch.undo()
    freeze(now + chase.AGAIN)
    assert chase.sweep() == (1, 1) and desk.told()[-1] == (bad.owner_id, "callback_due")


def test_an_agency_that_is_gone_takes_no_questions(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    assert roster.home() == nina.agency
    nina.agency.active = False
    nina.agency.save()
    with pytest.raises(ValidationError):
        desk.asked(member(Role.CASEWORKER))
    assert not Callback.objects.exists()


@pytest.mark.parametrize("week", [True, False])
def test_a_day_closed_over_a_promise_is_told_to_whoever_made_it(freeze: Freeze, week: bool) -> None:
    freeze("2027-02-08 09:00")
    keeper, nina, olle = (member(role) for role in (Role.ADMINISTRATOR, *[Role.HOTLINE_OPERATOR] * 2))
    promise(nina)
    promise(olle, due="2027-02-10 12:00")
    tuesday = date.fromisoformat(TUESDAY)
    for _press in range(2):  # said twice, told once
        if week:
            hours.change_week(
                weekdays=[1], opens=time(13), closes=time(15), first=tuesday, confirmed=True, by=keeper
            )
        else:
            hours.set_day(day=tuesday, opens=None, closes=None, by=keeper)
    assert desk.told() == [(nina.user_id, "callback_waits")]
