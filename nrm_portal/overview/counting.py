"""From sealed sums to the exact tables of the catalogue: for `publishing` alone, never for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.publish import CellId, Cube, Key, Published
from nrm_portal.overview.catalogue import Read, TableSpec
from nrm_portal.overview.codes import DIMENSIONS
from nrm_portal.overview.models import Sealed
from nrm_portal.overview.periods import Period
from nrm_portal.overview.places import Places


@dataclass(frozen=True)
class Row:
    """A sum of a unit by its codes."""

    source: str
    unit: str
    codes: Mapping[str, str]
    amount: int


def rows_of(period: Period) -> list[Row]:
    """What was sealed of the period. One query."""
    rows = Sealed.objects.filter(month__in=period.months).exclude(unit=Sealed.SEAL)
    found = rows.values_list("source", "unit", "codes", "amount")
    return [Row(source, unit, codes, amount) for source, unit, codes, amount in found]


def cubes_of(
    tables: Mapping[str, TableSpec], period: Period, rows: Sequence[Row], at: Places
) -> dict[str, Cube]:
    """The tables that can be made: one that counts less than none somewhere cannot."""
    found: dict[str, Cube] = {}
    for key, table in tables.items():
        counts = counted(table, rows, at)
        if min(counts.values(), default=0) >= 0:
            codes = {name: DIMENSIONS[name].codes(at) for name in table.dimensions}
            found[key] = Cube(codes, counts, table.within(period))
    return found


def counted(table: TableSpec, rows: Iterable[Row], at: Places) -> dict[Key, int]:
    """Sums by key, without those that are none."""
    found: dict[Key, int] = defaultdict(int)
    dimensions = [DIMENSIONS[name] for name in table.dimensions]
    for row in rows:
        if row.source != table.source:
            continue
        for read in table.reads:
            if _is_read(read, row):
                codes = {**row.codes, **read.sets, "unit": row.unit}
                key = tuple(one.of(codes, at) for one in dimensions)
                if all(key):
                    found[key] += row.amount * read.weight
    return {key: count for key, count in sorted(found.items()) if count}


def _is_read(read: Read, row: Row) -> bool:
    return row.unit == read.unit and all(row.codes.get(name) == code for name, code in read.where.items())


def agreeing(cubes: Mapping[str, Cube], before: Iterable[Published]) -> dict[str, Cube]:
    """The tables without those that count otherwise than one before them, or than what is out."""
    known: dict[CellId, int] = {}
    for table in before:
        shown = ((key, cell.value) for key, cell in table.cells.items())
        known |= {table.id(key): value for key, value in shown if value is not None}
    found: dict[str, Cube] = {}
    for name, cube in cubes.items():
        counts = {cube.id(key): count for key, count in cube.sums().items()}
        if all(known.get(one, count) == count for one, count in counts.items()):
            known |= counts
            found[name] = cube
    return found
