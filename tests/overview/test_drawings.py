"""What a drawing says is what its table says: every number, length and tint of the national page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from core.templatetags.charts import RAMP, class_of
from nrm_portal.overview import national
from nrm_portal.overview.cards import Card
from nrm_portal.overview.exports.pictures import CARD
from tests.overview.conftest import Count
from tests.overview.out import out, stored
from tests.overview.reading import tables

__all__ = ["out", "stored"]


@dataclass(frozen=True)
class Drawn:
    """One drawing of a card, and the card's table as it is read."""

    card: Card
    svg: ElementTree.Element
    columns: list[str]
    rows: list[list[str]]

    @property
    def words(self) -> list[str]:
        return ["".join(one.itertext()).strip() for one in self.svg.iter("text")]

    def cell(self, heading: str, column: int = 1) -> str:
        return next(row[column] for row in self.rows if row[0] == heading)


@pytest.fixture
def drawings(out: None, count: Count, freeze: Callable[[str], Any]) -> list[Drawn]:
    """Of a running year, a whole one by number and by inhabitant, and a quarter."""
    freeze("2026-11-18 14:00")
    asked: tuple[dict[str, str], ...] = (
        {},
        {"period": "2025"},
        {"period": "2025", "matt": "invanare"},
        {"period": "2025-Q2"},
    )
    with translation.override("sv"):
        parts = [part for query in asked for part in national.parts(national.picture(national.chosen(query)))]
        return [one for part in parts for card in part.cards for one in drawn(card)]


def drawn(card: Card) -> Iterator[Drawn]:
    html = render_to_string(CARD, {"card": card})
    columns, *rows = tables(html)[str(card.table.caption)]
    for svg in re.findall(r"<svg\b[^>]*role=\"img\".*?</svg>", html, re.DOTALL):
        yield Drawn(card, ElementTree.fromstring(svg), columns, rows)


def of(drawings: list[Drawn], kind: str) -> list[Drawn]:
    found = [one for one in drawings if one.card.kind == kind]
    assert found, kind
    return found


def amount(cell: str) -> float | None:
    """The number of a cell, if it is one."""
    bare = re.sub(r"[\s\xa0]", "", cell).replace(",", ".")
    return float(bare) if re.fullmatch(r"[\d.]+", bare) else None


def proportional(pairs: list[tuple[float, float]]) -> bool:
    """Is each length as many times its number as every other?"""
    scales = [length / number for length, number in pairs if number]
    return not scales or max(scales) - min(scales) < 0.02 * max(scales)


def test_bars_of_months_say_and_measure_what_the_table_says(drawings: list[Drawn]) -> None:
    for one in of(drawings, "months"):
        told = [re.sub(r"\s", " ", word) for word in one.words if re.fullmatch(r"[\d\s\xa0]+", word)]
        shown = [row[1] for row in one.rows if amount(row[1]) is not None]
        assert told == [re.sub(r"\s", " ", cell) for cell in shown], one.card.title
        bars = [float(bar.get("height", 0)) for bar in one.svg.iter("rect") if "%" in str(bar.get("x"))]
        high = [bar for bar, row in zip(bars, (row for row in one.rows if row[1] != "–"), strict=True)
                if amount(row[1]) is not None]  # fmt: skip
        assert proportional([(bar, amount(cell) or 0) for bar, cell in zip(high, shown, strict=True)])
        dots = [206 - float(dot.get("cy", 0)) for dot in one.svg.iter("circle") if "%" in str(dot.get("cx"))]
        before = [number for row in one.rows if (number := amount(row[2])) is not None]
        assert proportional(list(zip(dots, before, strict=True)))


def test_lying_bars_say_and_measure_what_the_table_says(drawings: list[Drawn]) -> None:
    for one in of(drawings, "bars"):
        title = next(one.svg.iter("title")).text or ""
        heading = next((bars.heading for bars in one.card.bars if bars.title == title), "")
        column = one.columns.index(heading) if heading else 1
        labels, words = one.words[::2], one.words[1::2]
        assert words == [one.cell(label, column) for label in labels], one.card.title
        wide = [float(str(bar.get("width")).rstrip("%")) for bar in one.svg.iter("rect")
                if "veil" not in str(bar.get("class"))]  # fmt: skip
        numbers = [number for label in labels if (number := amount(one.cell(label, column))) is not None]
        assert proportional(list(zip(wide, numbers, strict=True)))
    assert sum(len(one.words) for one in of(drawings, "bars")) > 60


def test_the_steps_say_what_the_table_says(drawings: list[Drawn]) -> None:
    for one in of(drawings, "funnel"):
        told = [(re.sub(r"\s+", " ", label), number) for label, number in
                zip(one.words[::3], one.words[1::3], strict=True)]  # fmt: skip
        assert told == [(row[0], row[1]) for row in one.rows]


def test_counties_are_tinted_as_the_table_says(drawings: list[Drawn]) -> None:
    found = of(drawings, "map")
    assert any("invanare" in switch.url and switch.chosen for one in found for switch in one.card.switches)
    with translation.override("sv"):
        names = national.picture(national.chosen({"period": "2025"})).at.counties
    for one in found:
        measured = -1 if one.card.switches[1].chosen else 1
        tints = {path.get("data-county", ""): path.get("fill", "") for path in one.svg.iter("path")}
        for code, name in names.items():
            number = amount(one.cell(name, measured))
            place = class_of(number, one.card.limits)
            assert ("hatch" in tints[code]) if place is None else (tints[code] == RAMP[place]), (name, number)


def test_shares_and_times_that_are_said_stand_in_the_table(drawings: list[Drawn]) -> None:
    for one in of(drawings, "shares"):
        for label, said in zip(one.words[::2], one.words[1::2], strict=True):
            row = next(row for row in one.rows if row[0] == label)
            assert [number for number in re.findall(r"[\d,]+\s%", said) if number not in row] == []
    for one in of(drawings, "spans"):
        for row in one.rows:
            label = "Hela landet" if row[0] == "Totalt" else row[0]
            said = one.words[one.words.index(label) + 1]
            assert ("för få" in said or "visas inte" in said) == (row[2] in ("för få", "visas inte")), row
