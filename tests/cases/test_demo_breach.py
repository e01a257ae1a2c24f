"""The demo's wrong disclosures live through the services, once."""

from __future__ import annotations

from typing import Any

import pytest

from cases.enums import BreachDecision, Category
from cases.models import Breach
from cases.services.breaches import exposure
from core import clock
from nrm_portal.demo import casting
from nrm_portal.demo.situations import breach

pytestmark = pytest.mark.django_db


def test_each_situation_is_there_once(portal: None, freeze: Any, settings: Any) -> None:
    settings.DEMO = True
    freeze("2026-11-23 07:15")  # a Monday: the hours run over the weekend
    casting.cast()
    for _twice in range(2):
        breach.show(clock.now())
    settled, running = Breach.objects.select_related("case__person", "data_key").order_by("reported_at")
    assert settled.decision == BreachDecision.NOTIFY and settled.closed_at is not None
    assert running.decision == "" and running.due_at > clock.now() and running.steps.count() == 3
    found = exposure.exposure(running, names_documents=True)
    assert found.categories == {Category.IDENTITY, Category.SITUATION}
    assert any(look.is_paper for look in found.looks)
