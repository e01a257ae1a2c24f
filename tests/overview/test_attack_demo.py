"""What the demo has published, every family of it, against a reader with a solver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core import clock
from nrm_portal.overview import places, publications
from nrm_portal.overview.models import FAMILIES, TIMES, Publication
from tests.conftest import BASE, CommittedDatabase
from tests.overview.attack import know_persons, know_topics
from tests.overview.facts import reader_of
from tests.security.report import THOROUGH

FILLED = ((sys.executable, "bin/launcher/inside.py", "prepare"), (sys.executable, "manage.py", "demo"))


@pytest.fixture
def demo(committed_db: CommittedDatabase, tmp_path: Any) -> Iterator[None]:
    """The whole demo, told as bin/run tells it."""
    own = {"FILES_ROOT": str(tmp_path), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "nrm_portal.settings"}
    for command in FILLED:
        done = subprocess.run(
            command, cwd=BASE, env=os.environ | committed_db.environment | own, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    yield


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not os.environ.get(THOROUGH), reason="fills the whole demo: in the security run")
@pytest.mark.security("S19", "every family of what the demo has published, all periods together")
def test_nothing_of_what_the_demo_has_published_is_told(demo: None, tried: Callable[[int], None]) -> None:
    at, hidden = places.on(clock.today()), set()
    assert {one.kind for one in publications.periods_out()} == {"month", "quarter", "year"}
    for family in sorted(set(FAMILIES) - {TIMES}):
        rows = Publication.objects.filter(family=family)
        reader = reader_of([publications.read(data) for row in rows for data in row.tables.values()], at)
        know_topics(reader)
        know_persons(reader, is_first_year=False)
        assert [str(one) for one in reader.finds()] == [], family
        tried(len(reader.hidden))
        hidden |= {family} if reader.hidden else set()
    assert hidden >= {"referrals", "calls", "closings", "late"}, "there is something to find"
