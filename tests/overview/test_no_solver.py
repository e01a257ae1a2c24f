"""The solver protects what is published; no page that is read may need it: it takes a second to load."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Tally
from cases.services import tallies
from coordinators.models import Desk
from coordinators.services import activity, load_reference
from coordinators.services.activity import Done
from nrm_portal.overview import publishing
from nrm_portal.overview.activity import reports
from nrm_portal.overview.earlier import importing
from nrm_portal.overview.models import Publication
from nrm_portal.overview.periods import Period
from tests.coordinators.conftest import membership, on_duty, the_map
from tests.factories import member, sign_in
from tests.overview.conftest import CODES

__all__ = ["membership", "on_duty", "the_map"]
FEW = (
    "år;enhet;grupp;antal;källa\n2014;personer;alla;9;Rapport\n2014;personer;kvinnor;7;Rapport\n"
    "2015;personer;alla;3;Rapport\n2016;hänvisningar;alla;2;Rapport\n"
)
PAGES = (
    "/statistik/",
    "/statistik/?period=2025",
    "/statistik/?period=2025-Q2",
    "/statistik/?period=2025-04",
    "/statistik/sa-raknar-vi/",
    "/statistik/hamta/",
    "/statistik/tidigare-ar/",
)


@pytest.fixture
def few(db: None, freeze: Callable[[str], Any]) -> Iterator[None]:
    """A month, a quarter, a year, the running month and an earlier year, each with small numbers."""
    freeze("2026-05-18 14:00")
    load_reference()
    for month in (date(2025, 4, 1), date(2026, 5, 1)):
        for unit in (tallies.REFERRALS, tallies.CASES):
            Tally.objects.create(month=month, unit=unit, amount=3, codes={"kind": "case"} | CODES)
    assert publishing.publish_due()
    importing.take_in(data=FEW.encode(), file_name="tidigare.csv", by=None)
    yield


def without_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of the solver, or of what uses it, is an error from now on."""
    for name in [name for name in sys.modules if name.split(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("scipy", "core.suppression"):
        monkeypatch.setitem(sys.modules, name, None)


def test_reading_small_numbers_needs_no_solver(
    few: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Publication.objects.filter(period="2025").exists()
    sign_in(client, member(Role.NATIONAL_COORDINATOR))
    without_solver(monkeypatch)
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 200, page
    for page in ("/statistik/", "/statistik/tidigare-ar/"):
        assert "färre än 5" in client.get(page).content.decode()


def test_the_report_of_a_desk_is_read_without_the_solver(
    few: None,
    the_map: None,
    on_duty: Callable[..., Assignment],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by, desk, period = on_duty("mitt"), Desk.objects.get(key="mitt"), Period.parse("2025")
    said = Done(kind="support", day=date(2025, 4, 3), minutes=40, people=2)
    activity.add(key=uuid.uuid4(), desk_id=desk.pk, done=said, by=by)
    assert period
    report = reports.hand_in(desk_id=desk.pk, period=period, after=0, by=by)
    sign_in(client, by)
    without_solver(monkeypatch)
    for page in (f"/statistik/verksamhet/{desk.pk}/", f"/statistik/verksamhet/rapport/{report.pk}/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
    assert "färre än 5" in answer.content.decode()


def test_starting_the_portal_does_not_load_the_solver() -> None:
    code = (
        "import django, os, sys; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'nrm_portal.settings');"
        "django.setup(); import nrm_portal.urls, nrm_portal.overview.tasks;"
        "from core.publish import Cube, publish; publish(Cube({}, {(): 3}));"
        "assert not {'scipy', 'core.suppression'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)
