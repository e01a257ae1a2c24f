"""Median and 90th percentile from classes, with what a sample can say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import ceil
from random import Random

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.services import tallies
from core.publish import TOTAL, Cell, Cube, Published, Shown, publish
from nrm_portal.overview import publishing, relations, times
from nrm_portal.overview.catalogue import families
from nrm_portal.overview.counting import Row
from nrm_portal.overview.periods import QUARTER, YEAR, Period
from nrm_portal.overview.places import Places
from nrm_portal.overview.quantiles import Quantiles, edge, minutes, quantiles, ranks, said, said_between
from tests.overview.attack import Reader, id_of, know_the_calendar

WAITS = tallies.WAITS
AT = Places({}, {"mitt": "Mitt", "nord": "Nord"})


def test_a_median_needs_ten_and_a_percentile_fifty() -> None:
    assert quantiles(WAITS, {"1h": 9}) is None
    ten = quantiles(WAITS, {"1h": 5, "4h": 5})
    assert ten and (ten.n, ten.median, ten.p90) == (10, "1h", "")
    few = quantiles(WAITS, {"1h": 49})
    assert few and few.p90 == ""
    fifty = quantiles(WAITS, {"1h": 44, "2d": 6})
    assert fifty and (fifty.median, fifty.p90, fifty.p90_high) == ("1h", "2d", "")
    assert quantiles(WAITS, {"1h": 30, "4h": -1}) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=6, max_size=len(WAITS)))
@pytest.mark.security("S17", "how few took longer than what is said, without any table by time")
def test_behind_everything_that_is_said_five_can_lie(line: list[int]) -> None:
    """Of `n` times the one with this rank lies in a class: beyond it lie the others."""
    found = quantiles(WAITS, dict(zip(WAITS, line, strict=False)))
    if found is None:
        return
    n = found.n
    low, high = ranks(n, 0.5)
    far_low, far_high = ranks(n, 0.9)
    above = [(found.high, high), (found.p90, ceil(n * 9 / 10)), (found.p90_high, far_high)]
    below = [(found.low, low), (found.p90_low, far_low)]
    assert all(n - rank >= 5 for code, rank in above if code)
    assert all(rank - 1 >= 5 for code, rank in below if code)


def test_the_middle_of_what_was_counted() -> None:
    found = quantiles(WAITS, {"30m": 4, "2h": 7, "8h": 6, "3d": 2, "later": 1})
    assert found and (found.median, found.low, found.high) == ("2h", "2h", "8h")


@pytest.mark.parametrize(("n", "share"), [(10, 0.5), (31, 0.5), (30, 0.9), (60, 0.9), (400, 0.9)])
def test_the_interval_holds_as_often_as_it_says(n: int, share: float) -> None:
    low, high = ranks(n, share)
    chance, held, rounds = Random(n), 0, 2000
    for _each in range(rounds):
        line = sorted(chance.random() for _one in range(n))
        above = low == 0 or line[low - 1] <= share
        held += above and (high == n + 1 or share <= line[high - 1])
    assert held / rounds > 0.94, (low, high)


def test_too_few_for_an_upper_end() -> None:
    assert ranks(30, 0.9)[1] == 31 and ranks(60, 0.9)[1] <= 60


def test_in_words() -> None:
    with translation.override("en"):
        assert said("4h", WAITS) == "between 2 hours and 4 hours"
        assert said("15m", WAITS) == "up to 15 minutes"
        assert said("later", WAITS) == "more than 30 days"
        assert said_between("2h", "8h", WAITS) == "between 1 hour and 8 hours"
        assert said_between("15m", "8h", WAITS) == "up to 8 hours"
        assert said_between("3d", "", WAITS) == "more than 2 days"
        assert edge("1.5d") == "1.5 days"
    assert (minutes("15m"), minutes("4h"), minutes("1.5d"), minutes("later")) == (15, 240, 2160, None)


def answers(counts: dict[tuple[str, str], int]) -> list[Row]:
    return [
        Row("cases", tallies.ANSWERS, {"region": region, "wait": wait}, number)
        for (region, wait), number in counts.items()
    ]


def table_of(rows: list[Row]) -> Published:
    from nrm_portal.overview.counting import cubes_of

    specs = families(YEAR)["answers"]
    cube = cubes_of(specs, Period(YEAR, date(2025, 1, 1)), rows, AT)["answers"]
    assert isinstance(cube, Cube)
    return publish(cube)


def test_each_region_and_all_together() -> None:
    rows = answers({("mitt", "4h"): 30, ("mitt", "1d"): 22, ("nord", "4h"): 6, ("nord", "3d"): 7})
    found = times.times_of({"answers": table_of(rows)}, rows, AT, [], [])["answers"]
    assert {code: one.n for code, one in found.items()} == {TOTAL: 65, "mitt": 52, "nord": 13}
    assert found["mitt"].p90 == "1d" and found["nord"].p90 == ""


TELLING = {("mitt", "4h"): 40, ("mitt", "1d"): 4, ("mitt", "3d"): 1, ("mitt", "30d"): 6,
           ("nord", "4h"): 37, ("nord", "1d"): 2, ("nord", "3d"): 4, ("nord", "30d"): 2}  # fmt: skip


@pytest.mark.security("S17", "a percentile that would tell how many waited longest")
def test_a_percentile_that_tells_a_hidden_number_is_left_out() -> None:
    """Six of fifty-one waited longer than three days. That the 90th percentile lies there says that they are
    six at least."""
    rows = answers(TELLING)
    table = table_of(rows)
    assert table[("mitt", "later")].value is None and table[("mitt", TOTAL)].value == 51
    found = times.times_of({"answers": table}, rows, AT, [], [])["answers"]
    assert found["mitt"].median == "4h" and found["mitt"].p90 == ""


def hear(reader: Reader, table: Published, region: str, one: Quantiles) -> None:
    """Each class said of a region: so many lie up to its upper edge, fewer up to its lower one."""
    edges = {
        "4h": WAITS.index("4h"),
        "1d": WAITS.index("1d"),
        "3d": WAITS.index("3d"),
        "later": len(WAITS) - 1,
    }
    low, high = ranks(one.n, 0.5)
    said = [(one.median, ceil(one.n / 2)), (one.low, low), (one.high, high)]
    low, high = ranks(one.n, 0.9)
    said += [(one.p90, ceil(one.n * 9 / 10)), (one.p90_low, low), (one.p90_high, high)]
    for code, rank in said:
        if code:
            place = WAITS.index(code)
            wide = [name for name, _edge in edges.items() if edges_before(edges, name) < place + 1]
            sure = [name for name, edge_at in edges.items() if edge_at < place]
            reader.hears([id_of(table, (region, name)) for name in wide], rank)
            reader.hears([id_of(table, (region, name)) for name in sure], 0, rank - 1)


def edges_before(edges: dict[str, int], name: str) -> int:
    """The first class of the tally that lies in this published one."""
    names = list(edges)
    return edges[names[names.index(name) - 1]] + 1 if names.index(name) else 0


def heard(table: Published, said: Mapping[str, Quantiles]) -> list[str]:
    reader = Reader()
    reader.read(table)
    for region, one in said.items():
        hear(reader, table, region, one)
    return [str(one) for one in reader.finds()]


LONG = st.sampled_from(("1h", "4h", "8h", "1d", "2d", "3d", "5d", "30d"))
LINES = st.lists(
    st.tuples(st.sampled_from(("mitt", "nord")), LONG, st.integers(1, 14)), min_size=4, max_size=14
)


@settings(max_examples=15, deadline=None)
@given(LINES)
@pytest.mark.security("S17", "tables and all that is said beside them, by chance")
def test_nothing_said_of_times_tells_a_hidden_number(lines: list[tuple[str, str, int]]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for region, wait, number in lines:
        counts[region, wait] = counts.get((region, wait), 0) + number
    rows = answers(counts)
    table = table_of(rows)
    said = times.times_of({"answers": table}, rows, AT, [], []).get("answers", {})
    assert heard(table, said) == []


@pytest.mark.security("S17", "what would be told if all were said")
def test_the_same_reader_finds_it_where_all_is_said() -> None:
    rows = answers(TELLING)
    all_said = quantiles(WAITS, {wait: n for (region, wait), n in TELLING.items() if region == "mitt"})
    assert all_said and all_said.p90 == "30d"
    assert heard(table_of(rows), {"mitt": all_said})


@pytest.mark.security("S17", "a median of a number that is hidden")
def test_no_median_where_the_number_itself_is_hidden() -> None:
    rows = answers({("mitt", "4h"): 20, ("nord", "4h"): 12})
    table = table_of(rows)
    unseen = {
        key: Cell(Shown.HIDDEN) for key in table.cells if key[0] in ("nord", TOTAL) and table[key].value
    }
    hidden = Published(table.dimensions, 5, {**table.cells, **unseen}, table.within)
    assert list(times.times_of({"answers": hidden}, rows, AT, [], [])["answers"]) == ["mitt"]


def year_by_chance(number: int) -> list[list[Row]]:
    """First answers of four quarters, most of them soon."""
    chance, found = Random(number), []
    for _quarter in range(4):
        counts: dict[tuple[str, str], int] = {}
        for _each in range(chance.choice((12, 31, 34, 40))):
            region = chance.choices(("mitt", "nord"), (75, 25))[0]
            wait = chance.choices(("4h", "8h", "2d", "7d"), (55, 25, 12, 8))[0]
            counts[region, wait] = counts.get((region, wait), 0) + 1
        found.append(answers(counts))
    return found


@pytest.mark.parametrize("number", [1006, 1049, 1082])
@pytest.mark.security("S19", "what is said of times in the quarters and the year, all of it heard")
def test_nothing_said_of_times_through_a_year_tells_a_hidden_number(number: int) -> None:
    quarters = year_by_chance(number)
    periods = [(Period(QUARTER, date(2025, 3 * n + 1, 1)), rows) for n, rows in enumerate(quarters)]
    periods.append((Period(YEAR, date(2025, 1, 1)), [row for rows in quarters for row in rows]))
    out: list[Published] = []
    reader = Reader()
    for period, rows in periods:
        made = publishing.protected(period, families(period.kind)["answers"], rows, AT, out)
        if period.kind == YEAR:
            splits = relations.splits_of(period, [*made.values(), *out], AT)
            found = times.times_of(made, rows, AT, out, splits)
            for region, one in found.get("answers", {}).items():
                hear(reader, made["answers"], region, one)
        out += made.values()
    for table in out:
        reader.read(table)
    know_the_calendar(reader)
    assert [str(one) for one in reader.finds()] == []
