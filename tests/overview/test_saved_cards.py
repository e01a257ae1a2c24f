"""Every card that a view can begin at stands on the page of whoever saves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import Membership
from cases.enums import Outcome
from cases.models import Referral, Step
from cases.services import casework, triage
from coordinators.models import Desk
from coordinators.services import put_on_duty
from core import clock
from tests.case_factories import browser
from tests.factories import member
from tests.overview.out import out, stored
from tests.overview.standing import loaded, portal

__all__ = ["loaded", "out", "portal", "stored"]


def offered(by: Assignment) -> set[str]:
    form = browser(by).get("/statistik/vyer/ny/").content.decode()
    return set(re.findall(r'value="([a-z-]+)"', form.split('name="kort"')[1].split("</select>")[0]))


def there(by: Assignment, **query: str) -> set[str]:
    return set(re.findall(r'id="card-([a-z-]+)"', browser(by).get("/statistik/", query).content.decode()))


def test_of_the_country(out: None) -> None:
    nora = member(Role.NATIONAL_COORDINATOR)
    assert offered(nora) <= there(nora, period="2025") and "till-utfall" in offered(nora)


@pytest.fixture
def closed(referrer: Assignment, on_duty: Any, send: Callable[..., Referral], freeze: Any) -> Assignment:
    """Of three referrals one is closed and one worked on; what the last waits for is late."""
    freeze("2026-10-01 09:00")
    karin: Assignment = on_duty("mitt")
    cases = [send(referrer, consent_date="2026-10-01").case for _n in range(3)]
    for case in cases[:2]:
        triage.accept(case_id=case.pk, by=karin)
    casework.close(case_id=cases[0].pk, outcome=Outcome.SUPPORT_COMPLETED, by=karin)
    owed = Step.objects.filter(case=cases[1], key__contains=".rc.", status="open")[0]
    Step.objects.filter(pk=owed.pk).update(status="done", ended_at=clock.now(), chase_at=None)
    freeze("2026-12-20 09:00")
    return karin


def test_of_desks(closed: Assignment) -> None:
    assert offered(closed) == there(closed) and {"floden", "avslut", "forsenat-nu"} <= offered(closed)
    hers = Membership.objects.get(pk=closed.membership_id)
    put_on_duty(desk=Desk.objects.get(key="nord"), membership=hers, first=date(2020, 1, 1), by=None)
    assert offered(closed) == there(closed) and "enheter" in offered(closed)


def test_of_an_agency(closed: Assignment, referrer: Assignment) -> None:
    duty = Step.objects.filter(agency_id=referrer.agency_id, due_at__isnull=False)[0]
    late = clock.now() - timedelta(days=2)
    Step.objects.filter(pk=duty.pk).update(status="open", ended_at=None, due_at=late)
    assert offered(referrer) == there(referrer) == {"manader", "lage", "svar", "egna-steg", "forsenat-nu"}
