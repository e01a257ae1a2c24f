"""A chart shows the numbers of its rows, in a drawing that says what it is and needs no style."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils.safestring import SafeString

from core.tables import Column, Table
from core.templatetags import charts
from core.templatetags.charts import Point, Share, Span

POINTS = [Point("a", 3, 2), Point("b", 1200, 4, "median 3"), Point("<c>", None, 0)]


@pytest.mark.parametrize(
    "drawn",
    [
        charts.month_bars("Title", POINTS, "before"),
        charts.side_bars("Title", POINTS),
        charts.funnel("Title", POINTS),
        charts.county_map("Title", {"01": 4, "09": None}),
        charts.month_bars("Title", []),
        charts.share_bars("Title", [Share("a", "12 %", (80, 12, 8)), Share("<b>", "not shown")]),
        charts.spans(
            "Title",
            [Span("a", "4–8 h", (4, 5), (9, 10), 3, 6), Span("<b>", "too few")],
            [(3, "1 h")],
            19,
            (8, "goal"),
        ),
    ],
)
def test_drawing_is_well_formed_named_and_without_style(drawn: SafeString) -> None:
    svg = ElementTree.fromstring(drawn)
    assert svg.get("role") == "img"
    title = svg.find("title")
    assert title is not None
    assert (title.get("id"), title.text) == (svg.get("aria-labelledby"), "Title")
    assert "style=" not in drawn


def test_numbers_stand_on_the_marks_and_withheld_ones_do_not() -> None:
    drawn = charts.side_bars("Title", POINTS)
    assert ">1\xa0200<" in drawn or ">median 3<" in drawn
    assert ">–<" in drawn
    assert "<c>" not in drawn


def test_what_is_withheld_is_no_zero() -> None:
    for drawn in (
        charts.side_bars("Title", [Point("a", None, note="fewer than 5")]),
        charts.share_bars("Title", [Share("a", "not shown")]),
        charts.month_bars("Title", [Point("nov", 4, running=True)]),
    ):
        assert 'class="veil"' in drawn
    assert 'class="veil"' not in charts.side_bars("Title", [Point("a", 0)])


def test_a_hidden_month_has_a_box_and_one_without_a_figure_nothing() -> None:
    drawn = charts.month_bars("Title", [Point("2018", None, note="not shown"), Point("2019", None)])
    assert drawn.count("<rect") == drawn.count('class="veil"') == 1 and ">–<" not in drawn


def test_many_years_share_their_place_and_the_newest_is_said() -> None:
    for count, said in ((8, 8), (10, 5), (19, 7)):
        drawn = charts.month_bars("Title", [Point(str(2026 - n), 1) for n in reversed(range(count))])
        assert (drawn.count(">20"), ">2026<" in drawn) == (said, True)
    months = charts.month_bars("Title", [Point(name, 1) for name in ("jan", "feb", "mars") * 4])
    assert months.count(">mars<") == 4


def test_the_line_of_the_year_before_breaks_where_a_month_is_withheld() -> None:
    months = [Point("a", 1, 5), Point("b", 1, None), Point("c", 1, 7), Point("d", 1, 8)]
    drawn = charts.month_bars("Title", months)
    assert drawn.count('class="line"') == 1
    assert drawn.count("<circle") == 3


def test_map_has_every_county_and_hatches_the_withheld() -> None:
    drawn = charts.county_map("Title", {"01": 90, "09": None})
    codes = set(re.findall(r'data-county="(\d\d)"', drawn))
    assert len(codes) == 21
    assert re.search(r'fill="url\(#map-\d+-hatch\)"[^>]*data-county="09"', drawn)
    held = json.loads((Path(settings.BASE_DIR) / "static/maps/counties.json").read_text())
    assert set(held["shapes"]) == codes


def test_classes_follow_the_limits() -> None:
    assert [charts.class_of(n, [1, 5, 10, 20]) for n in (0, 1, 7, 20, None)] == [0, 1, 2, 4, None]
    assert charts.limits_of([None, 100]) == [20, 40, 60, 80]


def test_classes_of_the_map_do_not_overlap() -> None:
    whole, shares = (
        re.findall(r"</svg> ([^<]+)<", charts.map_legend(limits))
        for limits in ([5, 10, 20, 40], [0.5, 1.0, 1.5, 2.0])
    )
    assert whole == ["0–4", "5–9", "10–19", "20–39", "40 eller fler"]
    assert shares == ["under 0,5", "0,5–0,9", "1,0–1,4", "1,5–1,9", "2,0 eller fler"]


def test_headings_of_a_table_are_text() -> None:
    table = Table("T", [Column("M"), Column("N", True)], [("<c>", "1")])
    assert "&lt;c&gt;" in "".join(str(cell) for row in table.cells for cell in row)
