"""Nothing small can be found in the national figures, however they are combined (scenario S19)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.services import tallies
from coordinators.services import load_reference
from core.publish import TOTAL, Cell, Key, Shown
from hotline.models import Tally as Calls
from manual.enums import Exploitation
from nrm_portal.overview import figures, national, periods, titles
from nrm_portal.overview.figures import GROUPS, UNKNOWN, Places, Tables, Totals
from tests.core.test_publish_chain import Bounds, cells, known_bounds
from tests.overview.conftest import Count

TODAY = date(2026, 11, 22)
COUNTIES = ("01", "03", "12", "23", "24")
CALL = {"caller": "professional", "again": "first", "hour": "09"}
AT = Places(dict.fromkeys(COUNTIES, "län"), {"mitt": "Region Mitt", "nord": "Region Nord"})


def bounds_of(tables: Tables, counties: tuple[str, ...]) -> Bounds:
    """What a reader who has both tables knows about every number in them."""
    shown = cells(tables.counties, tables.forms)
    return known_bounds(shown, (*counties, UNKNOWN), GROUPS, tuple(Exploitation.values))


@pytest.fixture
def tables(jamtland: None) -> Tables:
    load_reference()
    shown = national.picture(figures.totals(TODAY), 2025)
    assert shown.tables
    return shown.tables


@pytest.mark.security("S17", "small cells of every published table")
def test_two_men_in_jamtland_cannot_be_found(tables: Tables) -> None:
    assert tables.counties[("23", "men")].value is None
    low, high = bounds_of(tables, tuple(figures.places().counties))[("23", "men", TOTAL)]
    assert (low, high >= 4) == (1, True)
    assert tables.counties[("23", "women")].value is None or tables.counties[("23", TOTAL)].value is None


def test_what_is_hidden_in_one_table_is_hidden_in_the_other(tables: Tables) -> None:
    for group in GROUPS:
        assert tables.counties[(TOTAL, group)] == tables.forms[(group, TOTAL)]


@pytest.mark.security("S19", "years and months subtracted from each other")
def test_no_month_can_be_chosen_or_subtracted(count: Count, jamtland: None) -> None:
    """A new case of the running year changes no table, only the national totals."""
    load_reference()
    before = national.sheets_of(national.picture(figures.totals(TODAY), 2026))
    count("case", 1, month=date(2026, 11, 1), county="23", sex="man")
    after = national.sheets_of(national.picture(figures.totals(TODAY), 2026))
    assert [one for one in after if one.key != "nyckeltal"] == [
        one for one in before if one.key != "nyckeltal"
    ]
    assert {"lan", "former"} <= {one.key for one in after}


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 1, 31), 2024),
        (date(2026, 2, 1), 2025),
        (date(2026, 12, 31), 2025),
        (date(2027, 1, 1), 2025),
    ],
)
def test_tables_come_when_the_year_has_settled(today: date, year: int) -> None:
    assert periods.settled_year(today) == year


def test_few_consultations_hide_what_would_reveal_them(count: Count) -> None:
    """Referrals are cases and consultations: with two consultations, cases by county would tell that."""
    load_reference()
    count("case", 60)
    count("consultation", 2)
    shown = national.picture(figures.totals(TODAY), 2025)
    assert shown.now.referrals.total.value == 62
    assert shown.now.kinds is not None
    assert shown.now.kinds[(tallies.CASES,)].value is None
    assert shown.tables is None
    assert [one.key for one in national.sheets_of(shown)] == ["nyckeltal", "manader"]


def test_a_handful_of_cases_is_not_divided(count: Count) -> None:
    load_reference()
    count("case", 3)
    shown = national.picture(figures.totals(TODAY), 2025)
    assert shown.tables is None
    assert shown.now.referrals.total.shown is Shown.SMALL
    parts = national.parts(shown)
    assert parts[1].cards == [] and parts[1].empty


def test_the_running_month_is_live_and_apart(count: Count) -> None:
    count("case", 6, month=date(2026, 11, 1))
    counted = figures.totals(TODAY)
    assert figures.running_month(counted).total.value == 6
    assert date(2026, 11, 1) not in figures.year_of(counted, 2026).months
    count("case", 1, month=date(2026, 11, 1))
    assert figures.running_month(figures.totals(TODAY)).total.value == 7


@pytest.mark.security("S19", "the running month as a difference of totals")
def test_a_small_running_month_is_not_the_difference_of_two_totals(count: Count) -> None:
    count("case", 40, month=date(2026, 9, 1))
    count("case", 3, month=date(2026, 11, 1))
    counted = figures.totals(TODAY)
    assert figures.running_month(counted).total.shown is Shown.SMALL
    assert figures.year_of(counted, 2026).referrals.total.value == 40


def test_few_queries_for_little_and_much(
    jamtland: None, count: Count, django_assert_max_num_queries: Any
) -> None:
    load_reference()
    Calls.objects.create(month=date(2025, 1, 1), unit="call", amount=9, codes=CALL)
    with django_assert_max_num_queries(7) as little:
        national.parts(national.picture(figures.totals(TODAY), 2026))
    for month in range(1, 13):
        Calls.objects.create(month=date(2025, month, 1), unit="call", amount=9, codes=CALL)
        for county in COUNTIES:
            count("case", 9, month=date(2025, month, 1), county=county, form="labour")
            count(tallies.LATE_STEPS, 7, month=date(2025, month, 1), county=county, detail="2_acute")
    with django_assert_max_num_queries(7) as much:
        national.parts(national.picture(figures.totals(TODAY), 2026))
    assert len(little.captured_queries) == len(much.captured_queries)
    assert "cases_case" not in str(much.captured_queries)


def test_what_was_undone_later_counts_as_nothing(count: Count) -> None:
    load_reference()
    count("case", 50)
    count("consultation", 10)
    count(tallies.PHASES, -1, detail="2_acute")
    tables = national.picture(figures.totals(TODAY), 2025).tables
    assert tables and tables.steps[("2_acute",)].value == 0


# --- the attack on whole sets of tallies


FACTS = st.tuples(
    st.sampled_from((*COUNTIES, "unknown", "99")),
    st.sampled_from(("woman", "man", "other", "unknown")),
    st.sampled_from(("adult", "child", "unsure")),
    st.sampled_from(("sexual", "labour", "begging", "unknown")),
    st.integers(1, 14),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FACTS, min_size=1, max_size=25))
@pytest.mark.security("S19", "random tallies: every pair of published tables")
def test_no_hidden_number_of_any_tally_can_be_found(monkeypatch: Any, facts: list[Any]) -> None:
    names = ("county", "sex", "age", "form", "total")
    rows = [dict(zip(names, fact, strict=True)) | {"citizenship": "other"} for fact in facts]
    found = tables_from(monkeypatch, rows)
    if found is None:
        return
    bounds = bounds_of(found, COUNTIES)
    true = truth(rows)
    zeros = dict.fromkeys(true, 0) | {key: 1 for key, n in true.items() if n}
    least = known_bounds_of_zeros(zeros)
    for key, n in true.items():
        if 0 < n < 5:
            assert bounds[key][0] <= least[key][0] and bounds[key][1] >= 4, key


def tables_from(monkeypatch: Any, rows: list[dict[str, Any]]) -> Tables | None:
    total = sum(row["total"] for row in rows)
    by_unit = {
        tallies.REFERRALS: {date(2025, 3, 1): total},
        tallies.CASES: {date(2025, 3, 1): total},
        tallies.CONSULTATIONS: {},
    }
    year = figures.year_of(Totals(by_unit, TODAY), 2025)
    answers = iter((rows, []))
    monkeypatch.setattr(figures, "_by_codes", lambda *args: next(answers))
    return figures.tables_of(year, AT)


def truth(rows: list[dict[str, Any]]) -> dict[Key, int]:
    counties, forms = (*COUNTIES, UNKNOWN), tuple(Exploitation.values)
    found: dict[Key, int] = {(a, b, TOTAL): 0 for a in (*counties, TOTAL) for b in (*GROUPS, TOTAL)}
    found |= {(TOTAL, b, c): 0 for b in (*GROUPS, TOTAL) for c in (*forms, TOTAL)}
    for row in rows:
        county = row["county"] if row["county"] in COUNTIES else UNKNOWN
        group = figures.group_of(row)
        for key in {(a, b, TOTAL) for a in (county, TOTAL) for b in (group, TOTAL)} | {
            (TOTAL, b, c) for b in (group, TOTAL) for c in (row["form"], TOTAL)
        }:
            found[key] += row["total"]
    return found


def known_bounds_of_zeros(zeros: dict[Key, int]) -> Bounds:
    shown = {key: Cell(Shown.HIDDEN) if n else Cell(Shown.NUMBER, 0) for key, n in zeros.items()}
    return known_bounds(shown, (*COUNTIES, UNKNOWN), GROUPS, tuple(Exploitation.values))


# --- titles claim only what holds


def test_titles_say_what_is_seen(tables: Tables, count: Count) -> None:
    names = {"01": "Stockholms län"}
    assert titles.counties(tables, names).endswith("Stockholms län")
    forms: dict[str, str] = {form.value: str(form.label) for form in Exploitation}
    assert titles.forms(tables, forms) != ""
    assert titles.comparison(None, "2025") == ""


@pytest.mark.parametrize(
    ("now", "before", "percent"), [(118, 100, 18), (90, 100, -10), (5, 0, None), (None, 4, None)]
)
def test_change(now: int | None, before: int | None, percent: int | None) -> None:
    assert titles.change(now, before) == percent


def test_no_title_when_a_hidden_number_could_be_larger() -> None:
    assert titles._leads({"a": 10, "b": None, "c": None}, 24) == ""
    assert titles._leads({"a": 10, "b": None, "c": 2}, 15) == "a"
    assert titles._leads({"a": 10, "b": 10}, 20) == ""
