"""What is counted, against a recount from the facts: after anything at all, and after what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cases.models import Tally
from cases.services import tallies
from cases.services.tallies import recount
from core.tallies import fold
from tests.cases.services.chance import Chance
from tests.cases.services.conftest import World
from tests.security.report import examples

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(300)
def test_a_thousand_acts_by_chance(world: World, freeze: Callable[[datetime], Any]) -> None:
    chance = Chance(world, freeze, seed=20_261_122)
    for _ in range(examples(2, 20)):
        chance.work(500)
        assert recount.check() == []
    assert set(chance.done) == set(chance.acts), "every kind of act was carried out at least once"
    fold(Tally)
    assert recount.check() == [] and recount.rebuild() == (0, 0)
    assert not [row for row in recount.counted().items() if row[1] < 0 and row[0][0] != tallies.REGROUPED]
