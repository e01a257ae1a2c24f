"""The sums a reader knows besides the totals of each table: what may be subtracted from what.

A year is its quarters and a quarter its months, a region its counties; groups are made of sex and age.
And what is at least as much as something else, without a sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from core.publish import TOTAL, CellId, Cube, Published, Shown, Split
from nrm_portal.overview.catalogue import OF_CASES
from nrm_portal.overview.codes import AGAIN, DIMENSIONS, FIRST, group_of
from nrm_portal.overview.periods import Period
from nrm_portal.overview.places import Places

PERIOD: Final = "period"
Table = Cube | Published
_CASES: Final = {"unit": "referral", **OF_CASES}
PROFESSIONAL: Final = "professional"
PERSONS_KEY: Final = "persons"
HISTORY_KEY: Final = "again"


def ids_of(table: Table) -> Iterator[CellId]:
    """Every cell and total of a table."""
    codes = [[*values, TOTAL] for values in table.dimensions.values()]
    return map(table.id, product(*codes))


def sums_of(table: Table) -> list[tuple[CellId, tuple[CellId, ...]]]:
    """Its totals, each with what it is the sum of."""
    found = []
    for place, name in enumerate(table.dimensions):
        codes = [[TOTAL] if n == name else [*values, TOTAL] for n, values in table.dimensions.items()]
        for key in product(*codes):
            parts = [(*key[:place], code, *key[place + 1 :]) for code in table.dimensions[name]]
            found.append((table.id(key), tuple(table.id(part) for part in parts)))
    return found


def splits_of(period: Period, tables: Iterable[Table], at: Places) -> list[Split]:
    """All sums between these tables: those of the period and what has been published of its parts."""
    shapes = _shapes(tables)
    found = [*_in_time(period, shapes), *(one for part in period.parts for one in _in_time(part, shapes))]
    inner = set(shapes.get(period.code, ()))
    return [*found, *_groups(period, inner, at), *_regions(period, inner, at), *_topics(period, inner, at)]


def _shapes(tables: Iterable[Table]) -> dict[str, list[CellId]]:
    """The ids without their period, by period, each once and in order."""
    found: dict[str, dict[CellId, None]] = defaultdict(dict)
    for table in tables:
        for one in ids_of(table):
            found[dict(one)[PERIOD]][frozenset(pair for pair in one if pair[0] != PERIOD)] = None
    return {code: list(ids) for code, ids in found.items()}


def _in_time(whole: Period, shapes: Mapping[str, list[CellId]]) -> Iterator[Split]:
    """A number of a period is the sum of the same number of its parts, as far as they have been counted."""
    parts = [part.code for part in whole.parts if part.code in shapes]
    if not parts:
        return
    known = {code: set(shapes[code]) for code in parts}
    for shape in shapes.get(whole.code, ()):
        if any(shape in ids for ids in known.values()):
            yield Split(_of(shape, whole.code), tuple(_of(shape, code) for code in parts))


def _of(shape: CellId, period: str) -> CellId:
    return shape | {(PERIOD, period)}


def _case(**codes: str) -> CellId:
    return frozenset({**_CASES, **codes}.items())


def _groups(period: Period, shapes: set[CellId], at: Places) -> Iterator[Split]:
    """Women are the women who are adults, and so on."""
    parts: dict[str, list[CellId]] = defaultdict(list)
    for sex, age in product(DIMENSIONS["sex"].codes(at), DIMENSIONS["age"].codes(at)):
        parts[group_of({"sex": sex, "age": age})].append(_case(sex=sex, age=age))
    for group, cells in parts.items():
        if _case(group=group) in shapes and shapes.issuperset(cells):
            yield Split(_of(_case(group=group), period.code), tuple(_of(cell, period.code) for cell in cells))


def _regions(period: Period, shapes: set[CellId], at: Places) -> Iterator[Split]:
    """A region is its counties; those without a county have no region."""
    parts: dict[str, list[CellId]] = defaultdict(list)
    for county in DIMENSIONS["county"].codes(at):
        parts[DIMENSIONS["area"].of({"county": county}, at)].append(_case(county=county))
    for area, cells in parts.items():
        if _case(area=area) in shapes and shapes.issuperset(cells):
            yield Split(_of(_case(area=area), period.code), tuple(_of(cell, period.code) for cell in cells))


# --- what is at least as much as something else ---------------------------------------------------------


def _topics(period: Period, shapes: set[CellId], at: Places) -> Iterator[Split]:
    """A call of a professional has each topic once or not at all, and no other call has any."""
    calls = _call(caller=PROFESSIONAL)
    callers = [_call(caller=code) for code in (FIRST, AGAIN)]
    topics = [frozenset({("unit", "topic"), ("topic", code)}) for code in DIMENSIONS["topic"].codes(at)]
    if not shapes.issuperset([*callers, *topics]):
        return
    yield Split(_of(calls, period.code), tuple(_of(one, period.code) for one in callers))
    for one in topics:
        without = one | {("asked", "no")}
        yield Split(_of(calls, period.code), (_of(one, period.code), _of(without, period.code)))


def _call(**codes: str) -> CellId:
    return frozenset({"unit": "call", **codes}.items())


def has_many_again(cubes: Mapping[str, Cube], threshold: int) -> bool:
    """Were enough persons referred again for a table of them?

    In the portal's first year nobody was known before it, so whoever was referred again has a further case
    in the year itself; later it is mostly the other way round. Whichever it is, small numbers of one would
    be told by the other.
    """
    if HISTORY_KEY not in cubes:
        return True
    counts = cubes[HISTORY_KEY].counts
    return sum(counts.values()) - counts.get((FIRST,), 0) >= threshold


def are_apart(made: Mapping[str, Published]) -> bool:
    """Is it known how many were referred again, and of the further cases of the year how many, or only that
    they are few? Then neither table tells anything of the other."""
    if HISTORY_KEY not in made:
        return True
    history = made[HISTORY_KEY]
    if history.total.value is None or history[(FIRST,)].value is None:
        return False
    if PERSONS_KEY not in made:
        return True
    further = made[PERSONS_KEY][(AGAIN,)]
    return further.value is not None or further.shown is Shown.SMALL
