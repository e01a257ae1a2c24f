"""Disclosure control: the only way a count leaves for someone without case access.

Counts below the threshold are hidden, and with them so many others that everything published (cells, totals,
other tables of the family, what was published before, the sums a reader knows, and the label of what is
hidden) leaves each hidden number at least as many possible values as the threshold says, and a small one all
of 0 to threshold - 1. How that is found and proven: `core.suppression`; why:
docs/adr/1101-a-family-of-tables.md. One `Published` is what screen, chart, CSV, XLSX, PDF and API all show;
it does not hold the hidden numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from math import prod
from typing import Any, Final

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext

from core.family import CellId, Family, Split, Unsafe, cell_id

__all__ = [
    "TOTAL",
    "Cell",
    "CellId",
    "Cube",
    "Key",
    "Published",
    "Shown",
    "Split",
    "Unsafe",
    "publish",
    "publish_family",
]

LARGEST: Final = 600
"""Cells of a table: more nobody reads."""

TOTAL: Final = "*"
"""Stands in a key for "all codes of this dimension"."""

Key = tuple[str, ...]


class Shown(StrEnum):
    """How a cell is shown."""

    NUMBER = "number"
    SMALL = "small"
    """Between 0 and threshold - 1."""
    HIDDEN = "hidden"
    """In a table that is `labelled`: the threshold or more, hidden for the sake of others. Else anything."""


@dataclass(frozen=True)
class Cell:
    """A published cell. `value` is None unless it is shown as a number."""

    shown: Shown
    value: int | None = None


@dataclass(frozen=True)
class Cube:
    """Exact counts of one unit over at most two dimensions; for `publish` only, never for a page.

    `dimensions` names each dimension and its codes in the order of the table; a missing cell counts 0.
    With no dimension it is one number, `counts[()]`. `within` is what all its cells share, such as the
    period and the unit. Raises ValueError for negative counts, unknown codes, a third dimension, a dimension
    that is also in `within`, and more than LARGEST cells.
    """

    dimensions: Mapping[str, Sequence[str]]
    counts: Mapping[Key, int]
    within: Mapping[str, str] = field(default_factory=dict)

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
        if set(self.within) & set(self.dimensions) or TOTAL in self.within.values():
            raise ValueError("what all cells share is no dimension, and no total")

    @classmethod
    def of(
        cls,
        dimensions: Mapping[str, Sequence[str]],
        rows: Iterable[Mapping[str, Any]],
        within: Mapping[str, str] | None = None,
    ) -> Cube:
        """From rows with a code for each dimension and an `amount`, such as `.values(...)` of a tally."""
        counts: dict[Key, int] = {}
        for row in rows:
            key = tuple(row[name] for name in dimensions)
            counts[key] = counts.get(key, 0) + row["amount"]
        return cls(dimensions, counts, within or {})

    def sums(self) -> dict[Key, int]:
        """All cells and totals."""
        cells = list(product(*self.dimensions.values()))
        found = dict.fromkeys(product(*([*codes, TOTAL] for codes in self.dimensions.values())), 0)
        for key in cells:
            count = self.counts.get(key, 0)
            for covering in product(*((code, TOTAL) for code in key)):
                found[covering] += count
        return found

    def id(self, key: Key) -> CellId:
        """What a cell or total of this table is called in every table it stands in."""
        return _id(self, key)


@dataclass(frozen=True)
class Published:
    """What may be shown: cells by key, totals under `TOTAL`, e.g. `table[("03", TOTAL)]`."""

    dimensions: Mapping[str, Sequence[str]]
    threshold: int
    cells: Mapping[Key, Cell]
    within: Mapping[str, str] = field(default_factory=dict)
    labelled: bool = False
    """Are small ones told from those hidden for their sake? Then these are at least the threshold."""

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

    def id(self, key: Key) -> CellId:
        """What a cell or total of this table is called in every table it stands in."""
        return _id(self, key)

    def margin(self, dimension: str) -> Published:
        """The totals over one dimension: the same cells, hidden where they are hidden in the table."""
        place = list(self.dimensions).index(dimension)
        picked: dict[Key, Cell] = {
            (key[place],): cell
            for key, cell in self.cells.items()
            if all(code == TOTAL for n, code in enumerate(key) if n != place)
        }
        codes = {dimension: self.dimensions[dimension]}
        return Published(codes, self.threshold, picked, self.within, self.labelled)

    def text(self, cell: Cell) -> str:
        """A cell in words, in the active language; the same in every format."""
        if cell.shown is Shown.SMALL:
            return gettext("fewer than %(number)s") % {"number": self.threshold}
        if cell.value is None:
            return gettext("not shown")
        return number_format(cell.value)

    def as_json(self) -> dict[str, Any]:
        """For storing what was published; holds no hidden number."""
        return {
            "dimensions": {name: list(codes) for name, codes in self.dimensions.items()},
            "threshold": self.threshold,
            "cells": [[list(key), str(cell.shown), cell.value] for key, cell in self.cells.items()],
            "within": dict(self.within),
            "labelled": self.labelled,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Published:
        """What `as_json` gave."""
        cells = {tuple(key): Cell(Shown(shown), value) for key, shown, value in data["cells"]}
        known = any(cell.shown is Shown.SMALL for cell in cells.values())
        return cls(
            data["dimensions"],
            data["threshold"],
            cells,
            data.get("within", {}),
            data.get("labelled", known),
        )


def _id(table: Cube | Published, key: Key) -> CellId:
    codes = zip(table.dimensions, key, strict=True)
    return cell_id(table.within, {name: code for name, code in codes if code != TOTAL})


def publish(cube: Cube, threshold: int | None = None) -> Published:
    """Hide what could identify somebody, in one table that stands alone. `threshold` (default
    `settings.PUBLISH_THRESHOLD`) is the least count shown.

    The table and its totals are protected together; the same cube always gives the same answer. Tables of
    one unit that share anything belong in one `publish_family`.
    """
    return publish_family({"": cube}, threshold=threshold)[""]


def publish_family(
    tables: Mapping[str, Cube],
    *,
    splits: Sequence[Split] = (),
    before: Sequence[Published] = (),
    threshold: int | None = None,
) -> dict[str, Published]:
    """Publish tables together, and together with all that is already out.

    Equal ids in two tables are one number, shown or hidden in both alike. `splits` are the sums a reader
    knows besides those inside the tables; a number named in them that no table has is unknown to everyone.
    What `before` shows stays shown, what it hides stays hidden, and both bind.

    Raises ValueError when tables, splits and what is out count differently, and `Unsafe` when what is out
    already tells a small number of these tables, so that nothing can hide it any more.
    """
    least = settings.PUBLISH_THRESHOLD if threshold is None else threshold
    family = Family(least)
    for table in before:
        _add_published(family, table)
    for name, cube in tables.items():
        _add_cube(family, name, cube)
    for split in splits:
        family.add_sum(split.whole, split.parts)
    family.decide()
    return {name: _published(family, name, cube) for name, cube in tables.items()}


def _worth(key: Key) -> int:
    """What is lost when it cannot be read: a total is worth four cells, a grand total forty."""
    totals = key.count(TOTAL)
    if totals == len(key):
        return 400
    return 40 if totals else 10


def _add_cube(family: Family, name: str, cube: Cube) -> None:
    for key, count in cube.sums().items():
        family.add_count(name, cube.id(key), count, _worth(key))
    _add_sums(family, cube)


def _add_published(family: Family, table: Published) -> None:
    for key, cell in table.cells.items():
        low, high = 0, None
        if cell.shown is Shown.SMALL:
            high = table.threshold - 1
        elif cell.value is None and table.labelled:
            low = table.threshold
        family.add_known(table.id(key), cell.value, low, high)
    _add_sums(family, table)


def _add_sums(family: Family, table: Cube | Published) -> None:
    """Each total is the sum of the cells of its row or column; the grand total is that of either's totals."""
    for place, codes in enumerate(table.dimensions.values()):
        others = [[*c, TOTAL] if n != place else [TOTAL] for n, c in enumerate(table.dimensions.values())]
        for key in product(*others):
            parts = [table.id((*key[:place], code, *key[place + 1 :])) for code in codes]
            family.add_sum(table.id(key), parts)


def _published(family: Family, name: str, cube: Cube) -> Published:
    labelled = family.is_labelled(name)

    def shown(key: Key, count: int) -> Cell:
        if not family.is_hidden(cube.id(key)):
            return Cell(Shown.NUMBER, count)
        return Cell(Shown.SMALL if labelled and count < family.threshold else Shown.HIDDEN)

    cells = {key: shown(key, count) for key, count in cube.sums().items()}
    return Published(cube.dimensions, family.threshold, cells, cube.within, labelled)
