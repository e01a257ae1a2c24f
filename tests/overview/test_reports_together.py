"""What all reports of desks tell together, and beside the national tables: nothing small."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from accounts.access import Assignment
from cases.models import Referral
from coordinators.models import ActivityReport, County, Desk
from core.publish import TOTAL, Cube, publish
from nrm_portal.overview import publications
from nrm_portal.overview.activity import reports, tables
from nrm_portal.overview.models import Publication
from nrm_portal.overview.periods import Period
from tests.coordinators.conftest import on_duty, the_map
from tests.overview.attack import Reader, know_the_calendar

__all__ = ["on_duty", "the_map"]
pytestmark = pytest.mark.django_db
Put = Callable[..., Assignment]
Send = Callable[..., Referral]


@pytest.mark.security("S19", "a desk's reports of a year against a reader with a solver")
def test_all_reports_of_a_year_together_tell_nothing_small(tried: Callable[..., None]) -> None:
    """Quarters handed in one by one, some not; then the year, which brings the others."""
    chance = random.Random(1171)
    for _time in range(12):
        year = {f"2026-Q{n}": chance.choice((0, 1, 2, 3, 4, 5, 6, 9, 14)) for n in (1, 2, 3, 4)}
        first = [code for code in year if chance.random() < 0.6]
        out: list[Any] = []
        for codes in (*([code] for code in first), [c for c in year if c not in first] + ["2026"]):
            counts = {code: sum(year.values()) if code == "2026" else year[code] for code in codes}
            sealed = {code: dict.fromkeys(reports.PROTECTED, count) for code, count in counts.items()}
            made = reports._protected(Desk(key="mitt"), 2026, sealed, out)
            out += [ActivityReport(period=code, tables=tables) for code, tables in made.items()]
        reader = Reader()
        for row in out:
            for unit in reports.SUMMED:
                reader.read(publications.read(row.tables[unit]))
        know_the_calendar(reader)
        assert not reader.finds(), (year, first)
    tried(12)


@pytest.mark.security("S19", "reports of a region's year beside the national tables")
def test_a_report_tells_no_more_of_referrals_than_the_nation_does(
    the_map: None, on_duty: Put, referrer: Assignment, send: Send, freeze: Callable[[str], Any]
) -> None:
    """Three referrals in the spring: no report counts them, and each repeats the national tables."""
    freeze("2026-05-19 10:00")
    desk, by = Desk.objects.get(key="mitt"), on_duty("mitt")
    for _time in range(3):
        send(referrer, consent_date="2026-05-18")
    freeze("2027-01-08 10:00")
    within = {"unit": "referral", "kind": "case", "period": "2026"}
    counts: dict[tuple[str, ...], int] = {("police", "mitt"): 3, ("police", "syd"): 41, ("school", "syd"): 9}
    table = publish(Cube({"agency": ("police", "school"), "area": ("mitt", "syd")}, counts, within))
    kept = {"agency_region": publications.stored(table)}
    Publication.objects.create(family="referrals", period="2026", tables=kept)
    for number, counties in enumerate(({"03": 3, "21": 9, "01": 8}, {"03": 6, "21": 9, "01": 8}), 1):
        by_county = _by_county(f"2026-Q{number}", counties)
        Publication.objects.create(family="referrals", period=f"2026-Q{number}", tables={"county": by_county})
    year = Period.parse("2026")
    assert year is not None
    reports.hand_in(desk_id=desk.pk, period=year, after=0, by=by)
    told = {row.period: reports.read(row) for row in ActivityReport.objects.all()}
    assert table[(TOTAL, "mitt")].value is None, "the nation hides it"
    assert _referred(told["2026"]) == [table.text(table[(TOTAL, "mitt")])]
    hidden, *each = _referred(told["2026-Q1"])
    assert hidden == "visas inte" and "3" not in each and sorted(each)[0] == "0"
    together, *each = _referred(told["2026-Q2"])
    assert together == "15" and sorted(each) == ["0", "6", "9"]
    assert _referred(told["2026-Q3"]) == ["inte publicerat än"]
    for one in told.values():
        assert set(one.tables) <= {"met", "case_meetings", "municipalities"}
        for cells in one.tables.values():
            assert all(dict(cells.id(key))["unit"] != "referral" for key in cells.cells), "no number in both"


def _by_county(code: str, counts: dict[str, int]) -> dict[str, Any]:
    """Cases of a quarter as the nation publishes them."""
    counties = tuple(County.objects.order_by("code").values_list("code", flat=True))
    within = {"unit": "referral", "kind": "case", "period": code}
    keys: dict[tuple[str, ...], int] = {(county,): count for county, count in counts.items()}
    return publications.stored(publish(Cube({"county": (*counties, "unknown")}, keys, within)))


def _referred(report: reports.Report) -> list[str]:
    """What its table says of the region and its counties, in order."""
    rows = [row for row in tables.reported(report).rows if row[1][1].text == "Nationell statistik"]
    return [cells[0].text for _name, cells in rows]
