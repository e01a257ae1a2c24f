"""Two presses at the same moment, with real transactions: everybody is sent once."""

from __future__ import annotations

from cases.models import Referral
from tests.cases.services.conftest import World, at_once
from tests.cases.services.test_s14_raid import FOURTEEN, Raid


def test_two_presses_at_the_same_moment(committed_world: World) -> None:
    raid = Raid("\n".join(FOURTEEN.splitlines()[9:]))
    answers = at_once([raid.send, raid.send])
    assert sum(one for one in answers if isinstance(one, int)) == 6
    assert len(raid.cases()) == raid.row.total == 6
    assert Referral.objects.filter(case__incident_id=raid.incident_id).count() == 6
