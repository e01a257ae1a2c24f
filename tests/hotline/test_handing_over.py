"""A promise that becomes another's is told to her, however late it is; whoever had it hears no more of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.access import Assignment
from accounts.enums import Role
from accounts.services import leaving
from cases.models import Notice
from core import clock
from core.models import OutboundEmail
from hotline.enums import ChaseStage
from hotline.models import Callback
from hotline.services import callbacks, chase
from tests.factories import member
from tests.hotline import desk

pytestmark = pytest.mark.django_db
Freeze = Callable[[datetime | str], datetime]
Late = tuple[Callback, Assignment, Assignment]
TUESDAY = "2027-02-09"


def unread() -> list[tuple[object, str, bool]]:
    rows = Notice.objects.filter(read_at__isnull=True).order_by("made_at", "user_id")
    return list(rows.values_list("user_id", "kind", "direct"))


@pytest.fixture
def late(freeze: Freeze) -> Late:
    """A promise of the first that is past its hour, of which she has been told; and a colleague."""
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    due = clock.aware(datetime.fromisoformat(f"{TUESDAY} 12:00"))
    row = desk.promised(desk.call(nina), nina, due_at=due)
    freeze(f"{TUESDAY} 12:00")
    chase.sweep()
    assert unread() == [(nina.user_id, "callback_due", True)]
    return row, nina, olle


def test_whoever_is_given_a_late_promise_is_told_at_once(late: Late) -> None:
    row, nina, olle = late
    mails = OutboundEmail.objects.count()
    callbacks.take(callback_id=row.pk, user_id=olle.user_id, version=0, by=nina)
    assert unread() == [(olle.user_id, "callback_due", True)]
    assert OutboundEmail.objects.count() == mails + 1


def test_given_past_the_top_of_the_ladder_it_still_reaches_somebody(late: Late) -> None:
    row, nina, olle = late
    Callback.objects.filter(pk=row.pk).update(stage=ChaseStage.NATIONAL, chase_at=None)
    callbacks.take(callback_id=row.pk, user_id=olle.user_id, version=0, by=nina)
    callbacks.take(callback_id=row.pk, user_id=nina.user_id, version=1, by=olle)
    assert unread() == [(nina.user_id, "callback_late", True)]


def test_who_takes_it_herself_is_not_told_what_she_did(late: Late) -> None:
    row, _nina, olle = late
    callbacks.take(callback_id=row.pk, user_id=olle.user_id, version=0, by=olle)
    callbacks.take(callback_id=row.pk, user_id=olle.user_id, version=1, by=olle)
    assert unread() == []


@pytest.mark.parametrize("named", [True, False])
def test_what_somebody_who_leaves_had_late_is_told_to_whoever_gets_it(late: Late, named: bool) -> None:
    _row, nina, olle = late
    by = member(Role.ADMINISTRATOR)
    work = next(one for one in leaving.open_work(nina.user, by=by) if one.code == "callbacks")
    leaving.rehome(nina.user, {work.key: str(olle.user_id) if named else leaving.NOBODY}, by=by)
    assert unread() == [(olle.user_id, "callback_due", True)]
