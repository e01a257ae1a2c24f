"""Counting all anew while another process does the same: whatever differs is put right once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from cases.models import Tally as CaseTally
from cases.services.tallies import recount as cases
from core import clock, tallies
from core.models import AuditEvent, JobRun, TallyBase
from core.tallies import RECOUNTING, Taken, counted, write
from hotline.models import Tally as CallTally
from hotline.services.tallies import recount as calls
from nrm_portal.demo.publishing import publish_past
from nrm_portal.overview import publishing, recounting, tasks
from nrm_portal.overview.models import Sealed
from nrm_portal.overview.periods import MONTH, Period
from tests.conftest import CommittedDatabase

WRONG: tuple[tuple[ModuleType, type[TallyBase], str], ...] = (
    (cases, CaseTally, "case"),
    (cases, CaseTally, "person"),
    (calls, CallTally, "call"),
)
"""What counts anew, and where something is planted that no fact says."""


def elsewhere(module: ModuleType) -> str:
    """Counting anew over a connection of its own, as another host has one."""

    def go() -> str:
        try:
            return f"changed {module.rebuild()}"
        except Taken:
            return "taken"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as host:
        return host.submit(go).result(timeout=20)


def test_two_at_once_put_right_once(committed_db: CommittedDatabase, monkeypatch: Any) -> None:
    """The second one comes when the first has seen what differs and has not written it yet."""
    for module, tally, unit in WRONG:
        tally._default_manager.create(month=date(2027, 4, 1), unit=unit, amount=7, codes={"detail": ""})
        heard: list[str] = []

        def seen(*change: Any, module: ModuleType = module, heard: Any = heard) -> None:
            heard.append(elsewhere(module))
            write(*change)

        with monkeypatch.context() as patch:
            patch.setattr(tallies, "write", seen)
            module.rebuild()
        assert heard == ["taken"], module.__name__
        assert counted(tally) == Counter() == module.true()
        assert elsewhere(module) in ("changed 0", "changed (0, 0)"), "it can be done again"


def test_what_fails_gives_its_turn_back(committed_db: CommittedDatabase, monkeypatch: Any) -> None:
    def fails(*change: Any) -> Any:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(tallies, "write", fails)
        with pytest.raises(RuntimeError):
            recounting.rebuild()
    assert elsewhere(recounting).startswith("changed")


@pytest.fixture
def due(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something of long ago is due."""
    monkeypatch.setattr(publishing, "due", lambda now: [Period(MONTH, date(2020, 1, 1))])


def test_who_comes_second_is_told_and_the_clock_comes_back(due: None, monkeypatch: Any) -> None:
    """While all is counted anew nothing is sealed for the first time: what is out stays."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [RECOUNTING])
        with pytest.raises(CommandError, match="Another process is counting anew"):
            call_command("rollups", "rebuild")
        monkeypatch.setattr(publishing, "publish_due", lambda: pytest.fail("published all the same"))
        tasks.publish()
    finally:
        other.close()
    assert JobRun.objects.get(name="publish").state == "finished" and not Sealed.objects.exists()


def test_a_demo_of_the_version_before_is_counted_anew_before_it_seals(due: None) -> None:
    older: dict[str, Any] = {"month": date(2020, 1, 1), "unit": "unknown_answer", "amount": 7}
    CaseTally.objects.create(**older)
    publish_past(clock.now())
    assert not any(counted(CaseTally).values())
    Sealed.objects.create(month=older["month"], source="cases", unit=Sealed.SEAL, amount=0)
    CaseTally.objects.create(**older)
    publish_past(clock.now())
    assert any(counted(CaseTally).values()), "once: what is sealed stays"


@pytest.mark.django_db
def test_while_nothing_is_due_nothing_is_put_right_unseen() -> None:
    """In the first month of a portal: what is wrong stays for the night's look, which tells of it."""
    CaseTally.objects.create(month=clock.today().replace(day=1), unit="case", amount=7)
    tasks.publish()
    assert recounting.check() and not AuditEvent.objects.filter(verb="statistics.rebuild").exists()
