"""What is counted about calls, against a recount: after anything at all, and of calls that are gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.access import Assignment
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.tallies import counted
from hotline.models import Call, Tally
from hotline.services import calls, keeping, matters, tallies
from hotline.services.tallies import recount
from tests.hotline.ringing import answered, said

pytestmark = pytest.mark.django_db

REFUSALS = (PermissionDenied, ValidationError, TransitionNotAllowed, StaleVersion, Http404)


@pytest.fixture
def desk(by: Assignment) -> Assignment:
    return by


class Chance:
    """A telephone desk with nobody but chance at it."""

    def __init__(self, by: Assignment, seed: int) -> None:
        self.by, self.random = by, Random(seed)

    def act(self) -> None:
        what = self.random.choice(
            [self.ring, self.ring, self.change, self.follow, self.part, self.other, self.again]
        )
        with suppress(*REFUSALS):
            what()

    def one(self) -> Call:
        found = list(Call.objects.select_related("earlier").order_by("started_at", "number"))
        if not found:
            raise ValidationError("none")
        return self.random.choice(found)

    def ring(self) -> None:
        answered(
            self.by,
            ended=self.random.random() < 0.8,
            profession=self.random.choice(["police", "school", "social_worker"]),
            topics=self.random.sample(["shelter", "consent", "police_report"], 2),
        )

    def change(self) -> None:
        call = self.one()
        told = said(profession=self.random.choice(["police", "shelter"]), about="advice", topics=["health"])
        calls.save(call_id=call.pk, said=told, by=self.by, version=call.version, end=True)

    def follow(self) -> None:
        matters.follow(call_id=self.one().pk, number=self.one().number, by=self.by)

    def part(self) -> None:
        matters.unfollow(call_id=self.one().pk, by=self.by)

    def other(self) -> None:
        call = self.one()
        calls.save(call_id=call.pk, said=said(caller="public"), by=self.by, version=call.version, end=True)

    def again(self) -> None:
        calls.reopen(call_id=self.one().pk, by=self.by)


def test_calls_by_chance(desk: Assignment, freeze: Callable[[Any], Any]) -> None:
    chance, now = Chance(desk, seed=5), clock.now()
    for _ in range(100):
        now += timedelta(minutes=chance.random.choice((3, 20)))
        freeze(now)
        chance.act()
    assert recount.check() == [] and Call.objects.filter(earlier__isnull=False).exists()
    before = {key: n for key, n in counted(Tally).items() if n}
    assert {unit for unit, _, _ in before} == {tallies.CALLS, tallies.MATTERS, tallies.TOPICS}
    freeze(now + timedelta(days=settings.CALL_DAYS) - timedelta(hours=8))
    assert keeping.delete_old()[1] > 0 and Call.objects.exists()
    assert recount.check() == [], "what is gone stays counted"
    freeze(now + timedelta(days=settings.CALL_DAYS + 1))
    keeping.delete_old()
    assert not Call.objects.exists()
    assert {key: n for key, n in counted(Tally).items() if n} == before and recount.rebuild() == 0


def test_what_is_wrong_is_named_and_put_right(desk: Assignment) -> None:
    answered(desk)
    assert recount.check() == []
    Call.objects.update(profession="shelter")
    found = recount.check()
    assert {unit for unit, *_ in found} == {tallies.MATTERS}
    assert sorted((should, stands) for *_, should, stands in found) == [(0, 1), (1, 0)]
    assert recount.rebuild() == 2 and recount.check() == []
    Tally.objects.filter(unit=tallies.CALLS).delete()
    assert recount.rebuild() == 1 and recount.check() == []


def test_what_the_call_does_not_say_is_not_stated(desk: Assignment) -> None:
    answered(desk)
    codes = [dict(codes) for (unit, _, codes) in counted(Tally) if unit == tallies.MATTERS]
    assert [(row["agency"], row["county"]) for row in codes] == [(tallies.NOT_STATED, tallies.NOT_STATED)]
