"""What fails, waits or is taken back later keeps nothing else from coming out, and counts once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import Role
from cases.enums import NoticeKind
from cases.models import Notice
from cases.services import tallies
from coordinators.services import load_reference
from core import clock
from core.models import AuditEvent, JobRun
from hotline.models import Tally as Calls
from hotline.services import tallies as calls
from nrm_portal.overview import codes, publications, publishing, sealing, tasks
from nrm_portal.overview.models import Sealed
from nrm_portal.overview.periods import Period
from tests.factories import member
from tests.overview.test_publishing import SPRING, count, few, period, tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def spring(db: None) -> Iterator[None]:
    """It is February 2026."""
    load_reference()
    with clock.frozen(SPRING):
        yield


@pytest.fixture
def autumn_of_few(spring: None) -> None:
    few()


def call(month: int, amount: int, **codes: str) -> None:
    names = {"caller": "professional", "again": "first", "hour": "09", **codes}
    Calls.objects.create(month=date(2025, month, 1), unit="call", amount=amount, codes=names)


def test_a_case_closed_again_is_closed_once(autumn_of_few: None) -> None:
    """Closed in November, taken up again, and closed in December: of the year it is one."""
    count(tallies.CLOSED, 20, detail="support_given")
    count(tallies.ASSISTANCE, 20, detail="accommodation", given="given")
    count(tallies.PHASES, 30, detail="1_identify", days="1d")
    sealing.seal(date(2025, 11, 1))
    assert not Sealed.objects.filter(unit__in=(tallies.CLOSED, tallies.ASSISTANCE, tallies.PHASES)).exists()
    for month, amount in ((date(2025, 11, 1), -1), (date(2025, 12, 1), 1)):
        count(tallies.CLOSED, amount, month, detail="support_given")
        count(tallies.ASSISTANCE, amount, month, detail="accommodation", given="given")
        count(tallies.PHASES, amount, month, detail="1_identify", days="1d")
    publishing.publish_due()
    year = tables("2025")
    assert year["closed"].total.value == 20 and year["assistance_accommodation"].total.value == 20
    assert year["steps"][("1_identify",)].value == 30


def test_a_matter_that_leads_to_a_referral_later_in_the_year(autumn_of_few: None) -> None:
    """A matter counts in its first call's month, sealed before the referral was sent: the year has it."""
    for month in (11, 12):
        call(month, 30)
        matter = {"profession": "police", "agency": "police", "county": "01"}
        Calls.objects.create(month=date(2025, month, 1), unit=calls.MATTERS, amount=30, codes=matter)
    sealing.seal(date(2025, 11, 1))
    Calls.objects.create(
        month=date(2025, 11, 1), unit=calls.REFERRALS, amount=12, codes={"detail": "referral"}
    )
    publishing.publish_due()
    led = tables("2025")["led"]
    assert (led[("referral",)].value, led.total.value) == (12, 60)


def test_a_source_that_begins_in_a_month_that_is_out_stops_nothing(spring: None) -> None:
    """The first call is counted in October when October is already out: it comes out as it was sealed."""
    with clock.frozen(datetime(2025, 11, 1, 12)):
        count("case", 30, date(2025, 10, 1))
        assert [one.code for one in publishing.publish_due()] == ["2025-10"]
    call(10, 1, caller="silent")
    call(11, 12)
    found = [one.code for one in publishing.publish_due()]
    assert found == ["2025-10", "2025-11", "2025-12", "2025-Q4", "2025", "2026-01"]
    assert publishing.publish_due() == []
    assert tables("2025-10")["calls"].total.value == 0 and tables("2025-10")["kinds"].total.value == 30
    assert tables("2025")["calls"].total.value == 12


def test_what_fails_stops_nothing_else_and_is_seen(autumn_of_few: None, monkeypatch: Any) -> None:
    """November's calls fail: what follows them waits, all else comes out, and the run says so each time."""
    helena = member(Role.ADMINISTRATOR)
    call(11, 20)
    real = publishing.protected

    def failing(one: Period, wanted: Any, *more: Any) -> Any:
        if one.code == "2025-11" and "calls" in wanted:
            raise RuntimeError("the solver fell over")
        return real(one, wanted, *more)

    sealing.seal(date(2025, 10, 1))
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "protected", failing)
        with pytest.raises(publishing.Stuck, match="2025-11, 2025-Q4, 2025"):
            tasks.publish()
        with pytest.raises(publishing.Stuck):
            tasks.publish()
        with pytest.raises(CommandError, match="2025-11, 2025-Q4, 2025$"):
            call_command("rollups", "publish")
    run = JobRun.objects.filter(name="publish").earliest("pk")
    assert (run.state, run.error, run.done, run.failed) == ("failed", "Stuck", 5, 3)
    told = Notice.objects.filter(kind=NoticeKind.UNPUBLISHED).values_list("user", flat=True)
    assert list(told) == [helena.user_id], "once a day"
    assert "county" in tables("2025-Q4") and "calls" not in tables("2025-Q4")
    assert "county_group" in tables("2025") and "calls" in tables("2026-01")
    events = AuditEvent.objects.filter(verb="statistics.publish", facts__period="2025-11")
    assert [event.facts["failed"] for event in events] == [["calls"]] * 3
    tasks.publish()
    assert tables("2025")["calls"].total.value == 20, "and it comes out when it can"


def test_nothing_is_sealed_of_what_is_known_to_be_wrong(autumn_of_few: None) -> None:
    """The night's look finds cases that no fact says: told, and published when it has been put right."""
    helena = member(Role.ADMINISTRATOR)
    sealing.seal(date(2025, 10, 1))
    tasks.recount()
    with pytest.raises(publishing.Stuck, match="2025-11"):
        tasks.publish()
    JobRun.objects.create(name="recount", started_at=clock.now())  # killed on the way: it says nothing
    with pytest.raises(publishing.Stuck, match="2025-11"):
        tasks.publish()
    with pytest.raises(CommandError, match="see rollups check"):
        call_command("rollups", "publish")
    assert not sealing.is_sealed([date(2025, 11, 1)])
    assert Notice.objects.filter(kind=NoticeKind.UNPUBLISHED, user=helena.user_id).exists()
    call_command("rollups", "rebuild")
    tasks.publish()
    assert sealing.is_sealed([date(2025, 11, 1)]) and tables("2025")["kinds"].total.value == 0


@pytest.mark.parametrize("last", ["answers", "steps"])
def test_times_of_a_year_wait_for_both_their_tables(autumn_of_few: None, monkeypatch: Any, last: str) -> None:
    """One of the two comes out an hour later than the other: what is said of times is said of both."""
    count(tallies.ANSWERS, 30, wait="4h")
    count(tallies.PHASES, 20, detail="1_identify", days="1d")
    real = publishing.protected

    def failing(one: Period, wanted: Any, *more: Any) -> Any:
        if one.code == "2025" and last in wanted:
            raise RuntimeError("the solver fell over")
        return real(one, wanted, *more)

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "protected", failing)
        with pytest.raises(publishing.Stuck):
            publishing.publish_due()
    assert last not in tables("2025") and not times_of("2025")
    publishing.publish_due()
    assert set(times_of("2025")) == {"answers", "steps"} and not times_of("2025-Q4")


def times_of(code: str) -> Any:
    found = publications.of(period(code))
    assert found
    return found.times


def test_a_code_that_is_gone_leaves_its_table_out(autumn_of_few: None, monkeypatch: Any) -> None:
    """The quarter's late steps came out with a kind of agency that the year's list does not have any more."""
    count(tallies.LATE_STEPS, 20, detail="1_identify")
    count(tallies.LATE_STEPS, 12, agency="former_kind", detail="1_identify")
    agency = codes.DIMENSIONS["agency"]
    older = replace(
        agency, codes=lambda at: (*agency.codes(at), "former_kind"), of=lambda row, _: row["agency"]
    )
    with monkeypatch.context() as then:
        then.setitem(codes.DIMENSIONS, "agency", older)
        for code in ("2025-11", "2025-12", "2025-Q4"):
            for month in period(code).months:
                sealing.seal(month)
            publishing.publish_period(period(code))
    assert tables("2025-Q4")["late"][("former_kind",)].value == 12
    publishing.publish_due()
    assert "late" not in tables("2025") and "county_group" in tables("2025")
    event = AuditEvent.objects.get(verb="statistics.publish", facts__period="2025")
    assert "late" in event.facts["left_out"]
