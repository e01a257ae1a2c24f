"""Disclosure control: the only way a count leaves for someone without case access.

A count of 1 up to threshold - 1 is hidden, and with it so many others that nothing published together
(the cells, the totals, the grand total, and the label of what is hidden) tells more about it than that:
each value from 1 to threshold - 1 stays possible (a zero is shown, so a total is known to be at least the
number of its cells that are none). How that is found and proven: `core.suppression`; why:
docs/adr/0103-publish.md. One `Published` is what screen, chart, CSV, XLSX, PDF and API all show; it does
not hold the hidden numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import prod
from typing import Any, Final

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext

from core.suppression import Arc, suppress

LARGEST: Final = 600
"""Cells of a table: more nobody reads, and the search would take seconds."""

TOTAL: Final = "*"
"""Stands in a key for "all codes of this dimension"."""

Key = tuple[str, ...]


class Shown(StrEnum):
    """How a cell is shown."""

    NUMBER = "number"
    SMALL = "small"
    """Between 1 and threshold - 1."""
    HIDDEN = "hidden"
    """At least 1: either small, or hidden for the sake of a small one. A zero is always shown."""


@dataclass(frozen=True)
class Cell:
    """A published cell. `value` is None unless it is shown as a number."""

    shown: Shown
    value: int | None = None


@dataclass(frozen=True)
class Cube:
    """Exact counts of one unit over at most two dimensions; for `publish` only, never for a page.

    `dimensions` names each dimension and its codes in the order of the table; a missing cell counts 0.
    With no dimension it is one number, `counts[()]`. Raises ValueError for
    negative counts, unknown codes, a third dimension and more than LARGEST cells.
    """

    dimensions: Mapping[str, Sequence[str]]
    counts: Mapping[Key, int]

    def __post_init__(self) -> None:
        if len(self.dimensions) > 2:
            raise ValueError("at most two dimensions are crossed")
        if prod(len(codes) for codes in self.dimensions.values()) > LARGEST:
            raise ValueError("the table is too large")
        if any(TOTAL in codes or len(set(codes)) != len(codes) for codes in self.dimensions.values()):
            raise ValueError("codes of a dimension are different, and none of them is the total")
        if not set(self.counts) <= set(product(*self.dimensions.values())):
            raise ValueError("a count stands outside the dimensions")
        if any(count < 0 for count in self.counts.values()):
            raise ValueError("a count is negative")

    @classmethod
    def of(cls, dimensions: Mapping[str, Sequence[str]], rows: Iterable[Mapping[str, Any]]) -> Cube:
        """From rows with a code for each dimension and an `amount`, such as `.values(...)` of a tally."""
        counts: dict[Key, int] = {}
        for row in rows:
            key = tuple(row[name] for name in dimensions)
            counts[key] = counts.get(key, 0) + row["amount"]
        return cls(dimensions, counts)

    def sums(self) -> dict[Key, int]:
        """All cells and totals."""
        cells = list(product(*self.dimensions.values()))
        found = dict.fromkeys(product(*([*codes, TOTAL] for codes in self.dimensions.values())), 0)
        for key in cells:
            count = self.counts.get(key, 0)
            for covering in product(*((code, TOTAL) for code in key)):
                found[covering] += count
        return found


@dataclass(frozen=True)
class Published:
    """What may be shown: cells by key, totals under `TOTAL`, e.g. `table[("03", TOTAL)]`."""

    dimensions: Mapping[str, Sequence[str]]
    threshold: int
    cells: Mapping[Key, Cell]

    def __getitem__(self, key: Key) -> Cell:
        return self.cells[key]

    @property
    def total(self) -> Cell:
        """The grand total."""
        return self.cells[(TOTAL,) * len(self.dimensions)]

    @property
    def is_complete(self) -> bool:
        """Is every number shown?"""
        return all(cell.shown is Shown.NUMBER for cell in self.cells.values())

    def margin(self, dimension: str) -> Published:
        """The totals over one dimension: the same cells, hidden where they are hidden in the table."""
        place = list(self.dimensions).index(dimension)
        picked: dict[Key, Cell] = {
            (key[place],): cell
            for key, cell in self.cells.items()
            if all(code == TOTAL for n, code in enumerate(key) if n != place)
        }
        return Published({dimension: self.dimensions[dimension]}, self.threshold, picked)

    def text(self, cell: Cell) -> str:
        """A cell in words, in the active language; the same in every format."""
        if cell.shown is Shown.SMALL:
            return gettext("fewer than %(number)s") % {"number": self.threshold}
        if cell.value is None:
            return gettext("not shown")
        return number_format(cell.value)

    def as_json(self) -> dict[str, Any]:
        """For storing a frozen month; holds no hidden number."""
        return {
            "dimensions": {name: list(codes) for name, codes in self.dimensions.items()},
            "threshold": self.threshold,
            "cells": [[list(key), str(cell.shown), cell.value] for key, cell in self.cells.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Published:
        """What `as_json` gave."""
        cells = {tuple(key): Cell(Shown(shown), value) for key, shown, value in data["cells"]}
        return cls(data["dimensions"], data["threshold"], cells)


def publish(cube: Cube, threshold: int | None = None) -> Published:
    """Hide what could identify somebody. `threshold` (default `settings.PUBLISH_THRESHOLD`) is the least
    count shown.

    A table and its totals are published together, here; the same cube always gives the same answer. Two
    cubes of the same unit that share a dimension are not protected against each other: publish one table a
    family and its `margin`, or the two with `publish_chain`.
    """
    least = settings.PUBLISH_THRESHOLD if threshold is None else threshold
    sums = cube.sums()
    hidden, labelled = suppress(_arcs(cube, sums), least)

    def shown(key: Key, count: int) -> Cell:
        if key not in hidden:
            return Cell(Shown.NUMBER, count)
        return Cell(Shown.SMALL if labelled and 0 < count < least else Shown.HIDDEN)

    return Published(cube.dimensions, least, {key: shown(key, count) for key, count in sums.items()})


def publish_chain(left: Cube, right: Cube, threshold: int | None = None) -> tuple[Published, Published]:
    """Publish two tables of one unit that share a dimension (the second of `left`, the first of `right`).

    Protected together: what is hidden in the totals of the shared dimension in one table is hidden in the
    other, and nothing of either can be calculated through the other. Raises ValueError when the tables do
    not share a dimension, or count differently along it.
    """
    least = settings.PUBLISH_THRESHOLD if threshold is None else threshold
    sums = _chained_sums(left, right)
    hidden, labelled = suppress(_chained_arcs(left, right, sums), least)

    def shown(key: Key) -> Cell:
        count = sums[key]
        if key not in hidden:
            return Cell(Shown.NUMBER, count)
        return Cell(Shown.SMALL if labelled and 0 < count < least else Shown.HIDDEN)

    first: dict[Key, Cell] = {(a, b): shown((a, b, TOTAL)) for a, b in left.sums()}
    second: dict[Key, Cell] = {(b, c): shown((TOTAL, b, c)) for b, c in right.sums()}
    return Published(left.dimensions, least, first), Published(right.dimensions, least, second)


def _chained_sums(left: Cube, right: Cube) -> dict[Key, int]:
    """Counts of both tables by (first, shared, last); ValueError when they do not fit together."""
    if len(left.dimensions) != 2 or len(right.dimensions) != 2:
        raise ValueError("both tables of a chain have two dimensions")
    shared, again = list(left.dimensions.items())[1], next(iter(right.dimensions.items()))
    if (shared[0], list(shared[1])) != (again[0], list(again[1])):
        raise ValueError("the second dimension of the left table is the first of the right one")
    first, second = left.sums(), right.sums()
    if any(count != second[(b, TOTAL)] for (a, b), count in first.items() if a == TOTAL):
        raise ValueError("the tables count differently along the shared dimension")
    sums: dict[Key, int] = {(a, b, TOTAL): count for (a, b), count in first.items()}
    sums.update({(TOTAL, b, c): count for (b, c), count in second.items()})
    return sums


def _chained_arcs(left: Cube, right: Cube, sums: Mapping[Key, int]) -> list[Arc]:
    """One circulation: grand total to rows of the left table, its cells, the shared totals, the cells of the
    right table, its column totals and back."""
    least = _least_known(left, right)
    arcs: list[Arc] = []
    for (a, b, c), count in sums.items():
        match (a != TOTAL, b != TOTAL, c != TOTAL):
            case (True, True, False):
                tail, head, cost = f"row {a}", f"in {b}", 10.0
            case (False, True, True):
                tail, head, cost = f"out {b}", f"column {c}", 10.0
            case (True, False, False):
                tail, head, cost = "start", f"row {a}", 40.0
            case (False, True, False):
                tail, head, cost = f"in {b}", f"out {b}", 80.0
            case (False, False, True):
                tail, head, cost = f"column {c}", "end", 40.0
            case _:
                tail, head, cost = "end", "start", 400.0
        key = (a, b, c)
        arcs.append(Arc(key, tail, head, count, cost + count.bit_length(), max(least.get(key, 1), 1)))
    return arcs


def _least_known(left: Cube, right: Cube) -> dict[Key, int]:
    """What each number is at least, given only which ones are zero.

    A code of the shared dimension holds at least one for each of its cells that is not zero, on the side that
    has more of them; where the other side has a single cell, that cell holds them all.
    """
    shared = next(iter(right.dimensions.values()))
    sides = [_filled(left.counts, 1, shared), _filled(right.counts, 0, shared)]
    held = {b: max(len(side[b]) for side in sides) for b in shared}
    first, second = (
        {key: held[b] if len(side[b]) == 1 else 1 for b in shared for key in side[b]} for side in sides
    )
    least: dict[Key, int] = {
        (a, b, TOTAL): count for (a, b), count in Cube(left.dimensions, first).sums().items()
    }
    least |= {(TOTAL, b, c): count for (b, c), count in Cube(right.dimensions, second).sums().items()}
    least |= {(TOTAL, b, TOTAL): count for b, count in held.items()}
    return least | {(TOTAL, TOTAL, TOTAL): sum(held.values())}


def _filled(counts: Mapping[Key, int], place: int, codes: Sequence[str]) -> dict[str, list[Key]]:
    """The cells that are not zero, by their code at this place of the key."""
    return {code: [key for key, count in counts.items() if count and key[place] == code] for code in codes}


def _arcs(cube: Cube, sums: Mapping[Key, int]) -> list[Arc]:
    """The table as a circulation: grand total to row totals to cells to column totals and back."""
    dimensions = len(cube.dimensions)
    arcs: list[Arc] = []
    nonzero = Cube(cube.dimensions, {key: 1 for key, count in cube.counts.items() if count}).sums()
    for key, count in sums.items():
        totals = key.count(TOTAL)
        if totals == dimensions:
            tail, head, cost = "end", "start", 400.0
        elif dimensions == 1:
            tail, head, cost = "start", "end", 10.0
        elif totals == 0:
            tail, head, cost = f"row {key[0]}", f"column {key[1]}", 10.0
        elif key[1] == TOTAL:
            tail, head, cost = "start", f"row {key[0]}", 40.0
        else:
            tail, head, cost = f"column {key[1]}", "end", 40.0
        # Among equals the smaller number goes: hiding it loses least.
        arcs.append(Arc(key, tail, head, count, cost + count.bit_length(), max(nonzero[key], 1)))
    return arcs
