"""The demo's situations about moves live through the services, once."""

from __future__ import annotations

from typing import Any

import pytest

from cases.models import Handover, Recusal, RouteCorrection
from core import clock
from nrm_portal.demo import casting
from nrm_portal.demo.situations import moves

pytestmark = pytest.mark.django_db


def test_each_situation_is_there_once(portal: None, freeze: Any, settings: Any) -> None:
    settings.DEMO = True
    freeze("2026-11-25 10:00")
    casting.cast()
    for _twice in range(2):
        moves.show(clock.now())
    rows = Handover.objects.order_by("asked_at").values_list("status", "from_desk__key", "to_desk__key")
    assert sorted(rows) == [
        ("accepted", "mitt", "vast"),
        ("accepted", "stockholm-adults", "mitt"),
        ("open", "ost", "mitt"),
    ]
    assert Recusal.objects.count() == RouteCorrection.objects.count() == 1
