"""S17-S19: a reader with everything published and a solver learns nothing small, however it is combined."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.services import tallies
from core.publish import TOTAL, Cell, Cube, Published, Shown, publish, publish_family
from hotline.services import tallies as calls
from nrm_portal.overview import publishing, relations
from nrm_portal.overview.catalogue import HOTLINE, families
from nrm_portal.overview.codes import DIMENSIONS
from nrm_portal.overview.counting import Row
from nrm_portal.overview.periods import Period
from nrm_portal.overview.places import Places
from tests.overview.attack import Reader, know_persons, know_regions, know_the_calendar, know_topics
from tests.overview.facts import SWEDEN, by_chance, of_the_demo, reader_of, rows_of, told_of_a_year

SMALL = Places(
    dict.fromkeys(("01", "09", "12", "23"), "län"),
    {"ett": "", "två": ""},
    {"01": "ett", "09": "ett", "12": "två", "23": "två"},
)


def only_small_hidden(cube: Cube, *, labelled: bool = True) -> Published:
    """What would be out without protection: the small cells hidden, nothing else."""
    told = Shown.SMALL if labelled else Shown.HIDDEN
    cells = {
        key: Cell(told) if 0 < count < 5 else Cell(Shown.NUMBER, count) for key, count in cube.sums().items()
    }
    return Published(cube.dimensions, 5, cells, cube.within, labelled)


def found(*tables: Published) -> list[str]:
    reader = Reader()
    for table in tables:
        reader.read(table)
    know_the_calendar(reader)
    return [str(one) for one in reader.finds()]


JAMTLAND = Cube(
    {"county": ("22", "23"), "group": ("women", "men")},
    {("23", "women"): 7, ("23", "men"): 2, ("22", "women"): 6, ("22", "men"): 8},
    {"period": "2025"},
)
"""Scenario S19: two men and seven women, nine in all."""


def month(code: str, cases: int, others: int) -> Cube:
    return Cube({"kind": ("case", "consultation")}, {("case",): cases, ("consultation",): others},
                {"unit": "referral", "period": code})  # fmt: skip


# --- the attack itself can fail -----------------------------------------------------------------------


@pytest.mark.security("S18", "totals minus visible cells")
def test_two_men_are_found_where_only_they_are_hidden() -> None:
    assert any("county=23 group=men" in one and "2 to 2" in one for one in found(only_small_hidden(JAMTLAND)))
    assert found(publish(JAMTLAND)) == []


@pytest.mark.security("S17", "the words for what is hidden")
def test_the_words_for_what_is_hidden_are_read_too() -> None:
    """Both are at most four, and together six: each is two at least. Without the words each could be none."""
    row = Cube({"form": ("a", "b")}, {("a",): 3, ("b",): 3}, {"period": "2025"})
    assert len(found(only_small_hidden(row))) == 2
    assert found(only_small_hidden(row, labelled=False)) == []
    assert found(publish(row)) == []


@pytest.mark.security("S19", "a quarter minus its months")
def test_a_quarter_gives_away_its_month_where_each_is_protected_alone() -> None:
    cubes = [month("2025-07", 20, 9), month("2025-08", 18, 8), month("2025-09", 22, 1),
             month("2025-Q3", 60, 18)]  # fmt: skip
    alone = [publish(cube) for cube in cubes]
    assert any("2025-09" in one for one in found(*alone))
    together = [*alone[:3]]
    tables: list[Cube | Published] = [*together, cubes[3]]
    splits = relations.splits_of(Period.parse("2025-Q3") or pytest.fail(), tables, SMALL)
    quarter = publish_family({"kinds": cubes[3]}, splits=splits, before=together)["kinds"]
    assert found(*together, quarter) == []
    assert quarter.total.value == 78, "and no more is hidden than must be"


@pytest.mark.security("S19", "a region minus its counties")
def test_a_region_gives_away_its_county() -> None:
    of = {"unit": "referral", "kind": "case", "period": "2025"}
    counties = Cube({"county": ("01", "09", "12", "23")},
                    {("01",): 40, ("09",): 3, ("12",): 20, ("23",): 2}, of)  # fmt: skip
    areas = Cube({"area": ("ett", "två")}, {("ett",): 43, ("två",): 22}, of)
    reader = Reader()
    for table in (publish(counties), publish(areas)):
        reader.read(table)
    know_regions(reader, dict(SMALL.region_of))
    assert reader.finds()
    period = Period.parse("2025") or pytest.fail()
    splits = relations.splits_of(period, [counties, areas], SMALL)
    assert len(splits) == 2
    safe = publish_family({"county": counties, "area": areas}, splits=splits)
    reader = Reader()
    for table in safe.values():
        reader.read(table)
    know_regions(reader, dict(SMALL.region_of))
    assert reader.finds() == []


def test_a_reader_notices_numbers_that_cannot_be() -> None:
    table = publish(JAMTLAND)
    cells = {**table.cells, (TOTAL, TOTAL): Cell(Shown.NUMBER, 22)}
    with pytest.raises(AssertionError, match="contradicts itself"):
        found(Published(table.dimensions, 5, cells, table.within, table.labelled))


# --- by chance ------------------------------------------------------------------------------------------

COUNTS = st.lists(st.sampled_from((0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 30)), min_size=12, max_size=12)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), COUNTS)
@pytest.mark.security("S18", "random tables, also among whole numbers alone")
def test_no_hidden_number_of_any_table_can_be_told(rows: int, columns: int, counts: list[int]) -> None:
    keys = [(str(a), str(b)) for a in range(rows) for b in range(columns)]
    cube = Cube(
        {"a": [str(n) for n in range(rows)], "b": [str(n) for n in range(columns)]},
        dict(zip(keys, counts, strict=False)),
    )
    table = publish(cube)
    reader = Reader()
    reader.read(table)
    assert [str(one) for one in reader.finds()] == []
    truth = {cube.id(key): count for key, count in cube.sums().items()}
    for one in reader.hidden:
        low, high = reader.bounds(one, whole=True)
        assert low <= truth[one] <= high and high - low >= 4, (one, low, high)


@pytest.mark.parametrize("number", [12, 60, 200] if os.environ.get("NRM_ALL_SECURITY") else [60])
@pytest.mark.security("S19", "months, quarters and a year of the whole catalogue, one after another")
def test_nothing_is_told_whenever_somebody_reads(number: int) -> None:
    rows = rows_of(by_chance(Random(number), 2024, number, SMALL), dict(SMALL.region_of))
    seen: Mapping[tuple[str, str], Cell] = {}
    for out in told_of_a_year(2024, rows, SMALL):
        if len(out[-1].within["period"]) != len("2024-01"):
            assert [str(one) for one in reader_of(out, SMALL).finds()] == []
        now = {(str(sorted(t.within.items())), str(key)): cell for t in out for key, cell in t.cells.items()}
        assert seen.items() <= now.items(), "what is out stays as it is"
        seen = now
    assert any(table.within["period"] == "2024" for table in out)
    assert any(cell.shown is not Shown.NUMBER for cell in seen.values())


@pytest.mark.security("S19", "a year of the demo")
def test_nothing_of_the_demo_is_told() -> None:
    *_before, out = told_of_a_year(2025, rows_of(of_the_demo(2025)), SWEDEN)
    reader = reader_of(out, SWEDEN)
    assert len(reader.hidden) > 100
    assert [str(one) for one in reader.finds()] == []
    year = {one.within["period"]: one for one in out if tuple(one.dimensions) == ("kind",)}["2025"]
    assert year.total.value == len(of_the_demo(2025)), "the total of a year is shown"


def test_a_hidden_number_without_end_is_wide() -> None:
    reader = Reader()
    reader.read(Published({}, 5, {(): Cell(Shown.HIDDEN)}, {"period": "2025"}))
    assert reader.finds() == []
    (one,) = reader.hidden
    assert reader.bounds(one) == (0, inf)


# --- what is at least as much as something else --------------------------------------------------------


def year_of(family: str, *rows: Row, only: tuple[str, ...]) -> dict[str, Published]:
    period = Period.parse("2026") or pytest.fail()
    specs = {key: spec for key, spec in families(period.kind)[family].items() if key in only}
    return publishing.protected(period, specs, rows, SWEDEN, [])


def again_in_a_year(cases: int, further: int, known: int, exploited: int) -> dict[str, Published]:
    """So many cases, of them so many of persons with one before in the year, and so many of persons referred
    before at all."""
    codes = {"kind": "case", "county": "01", "region": "stockholm", "sex": "woman", "age": "adult",
             "form": "sexual", "citizenship": "eu", "agency": "police"}  # fmt: skip
    counts = {
        tallies.PERSONS: cases - further,
        tallies.REFERRED_AGAIN: known,
        tallies.AGAIN: exploited,
    }
    rows = [Row("cases", unit, {"detail": ""}, n) for unit, n in counts.items() if n]
    rows += [Row("cases", tallies.CASES, codes, cases)]
    rows += [Row("cases", tallies.CONSULTATIONS, {**codes, "kind": "consultation"}, 8)]
    return year_of("referrals", *rows, only=("kinds", "persons", "again"))


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.security("S18", "further cases of persons against persons referred again")
def test_persons_referred_again_are_not_told_by_their_further_cases(is_first: bool) -> None:
    chance, shown = Random(5), 0
    for _each in range(16):
        less = chance.choice((0, 1, 2, 3, 4, 5, 6, 9))
        more = less + chance.choice((0, 0, 1, 2, 5, 9))
        further, known = (more, less) if is_first else (less, more)
        out = again_in_a_year(40, further, known, chance.randint(0, known))
        reader = Reader()
        for table in out.values():
            reader.read(table)
        know_persons(reader, is_first_year=is_first)
        assert [str(one) for one in reader.finds()] == [], (further, known)
        shown += "again" in out
    assert shown, "where there are enough it is shown"
    assert "again" not in again_in_a_year(40, 4, 4, 2)


def calls_of_a_year(
    first: int, again: int, others: Mapping[str, int], topics: list[int]
) -> dict[str, Published]:
    names = DIMENSIONS["topic"].codes(SWEDEN)
    by_caller = {("professional", "first"): first, ("professional", "again"): again}
    by_caller |= {(name, "first"): number for name, number in others.items()}
    rows = [
        Row(HOTLINE, calls.CALLS, {"caller": caller, "hour": "09", "again": code}, number)
        for (caller, code), number in by_caller.items()
        if number
    ]
    rows += [Row(HOTLINE, calls.MATTERS, {"profession": "police", "county": "01", "agency": "police"}, first)]
    rows += [
        Row(HOTLINE, calls.TOPICS, {"topic": name}, number)
        for name, number in zip(names, topics, strict=False)
        if number
    ]
    return year_of("calls", *rows, only=("calls", "callers", "professions", "topics"))


@pytest.mark.security("S18", "a topic against the calls it was asked in")
def test_callers_are_not_told_by_what_was_asked_about() -> None:
    chance, shown = Random(3), 0
    for _each in range(14):
        first, again = chance.choice((5, 6, 8, 20, 41)), chance.choice((0, 1, 2, 3, 4, 9))
        topics = [round((first + again) * chance.choice((0, 0.1, 0.5, 0.9, 1))) for _topic in range(4)]
        out = calls_of_a_year(first, again, {"public": chance.choice((2, 30)), "silent": 9}, topics)
        reader = Reader()
        for table in out.values():
            reader.read(table)
        know_topics(reader)
        assert [str(one) for one in reader.finds()] == [], (first, again, topics)
        shown += "topics" in out
    assert shown > 10, "hardly ever is nothing said of topics"
