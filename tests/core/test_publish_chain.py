"""Two tables that share a dimension: nothing of one can be calculated through the other."""

import random
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.publish import TOTAL, Cell, Cube, Key, Published, Shown, publish_chain

Counts = dict[Key, int]
Allowed = Callable[[Key, int], bool]
FIRST, SHARED, LAST = ("a", "b"), ("m", "n"), ("x", "y")
PLENTY = 9999


def cubes(
    counts: Counts, first: tuple[str, ...], shared: tuple[str, ...], last: tuple[str, ...]
) -> tuple[Cube, Cube]:
    """The two tables of the same people, counted by (first, shared, last)."""
    left: Counts = {}
    right: Counts = {}
    for (a, b, c), n in counts.items():
        left[(a, b)] = left.get((a, b), 0) + n
        right[(b, c)] = right.get((b, c), 0) + n
    return Cube({"first": first, "shared": shared}, left), Cube({"shared": shared, "last": last}, right)


def cells(left: Published, right: Published) -> dict[Key, Cell]:
    """Every published number once, by (first, shared, last)."""
    found: dict[Key, Cell] = {(a, b, TOTAL): cell for (a, b), cell in left.cells.items()}
    for (b, c), cell in right.cells.items():
        assert found.setdefault((TOTAL, b, c), cell) == cell, "a shared total looks the same in both tables"
    return found


def truth(left: Cube, right: Cube) -> Counts:
    found: Counts = {(a, b, TOTAL): n for (a, b), n in left.sums().items()}
    return found | {(TOTAL, b, c): n for (b, c), n in right.sums().items()}


# --- the attacker knows both tables, the rule and how to count; tries everything that fits


def possible(allowed: Allowed, largest: int) -> Iterator[Counts]:
    """Every pair of tables with all their totals in which each number is allowed."""
    columns = [list(_column(b, allowed, largest)) for b in SHARED]
    for picked in product(*columns):
        found: Counts = {}
        for part in picked:
            found |= part
        for a in FIRST:
            found[(a, TOTAL, TOTAL)] = sum(found[(a, b, TOTAL)] for b in SHARED)
        for c in LAST:
            found[(TOTAL, TOTAL, c)] = sum(found[(TOTAL, b, c)] for b in SHARED)
        found[(TOTAL, TOTAL, TOTAL)] = sum(found[(TOTAL, b, TOTAL)] for b in SHARED)
        if all(allowed(key, n) for key, n in found.items() if key.count(TOTAL) > 1):
            yield found


def _column(b: str, allowed: Allowed, largest: int) -> Iterator[Counts]:
    keys = [*((a, b, TOTAL) for a in FIRST), *((TOTAL, b, c) for c in LAST)]
    choices = [[n for n in range(largest + 1) if allowed(key, n)] for key in keys]
    for values in product(*choices):
        held = sum(values[: len(FIRST)])
        if held == sum(values[len(FIRST) :]) and allowed((TOTAL, b, TOTAL), held):
            yield {**dict(zip(keys, values, strict=True)), (TOTAL, b, TOTAL): held}


def as_published(shown: dict[Key, Cell], threshold: int) -> Allowed:
    labelled = any(cell.shown is Shown.SMALL for cell in shown.values())

    def allowed(key: Key, n: int) -> bool:
        cell = shown[key]
        if cell.value is not None:
            return n == cell.value
        return 1 <= n < threshold if cell.shown is Shown.SMALL else n >= (threshold if labelled else 1)

    return allowed


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=8, max_size=8))
@example([1, 1, 1, 0, 0, 0, 0, 3])
@example([2, 0, 0, 0, 0, 0, 0, 3])
@example([1, 1, 0, 0, 2, 2, 2, 2])
@example([0, 2, 2, 2, 2, 2, 2, 0])
@pytest.mark.security("S18", "two tables that share a margin")
def test_no_reader_of_both_tables_finds_a_small_number(numbers: list[int]) -> None:
    counts: Counts = dict(zip(product(FIRST, SHARED, LAST), numbers, strict=True))
    left, right = cubes(counts, FIRST, SHARED, LAST)
    true = truth(left, right)
    shown = cells(*publish_chain(left, right, 3))
    small = [key for key, n in true.items() if 0 < n < 3]
    known = dict.fromkeys(small, PLENTY)  # what anyone knows who only sees which numbers are none
    for one in possible(lambda key, n: n >= 1 if true[key] else n == 0, largest=3):
        known = {key: min(least, one[key]) for key, least in known.items()}
    missing = {(key, n) for key in small for n in range(known[key], 3)}
    for one in possible(as_published(shown, 3), largest=7):
        missing -= {(key, one[key]) for key in small}
        if not missing:
            return
    assert not missing, (missing, shown)


# --- tables of real size: sums and differences, to the end


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("people", [12, 120, 430, 3000])
def test_national_tables_give_nothing_away(seed: int, people: int) -> None:
    dice = random.Random(f"{seed}-{people}")
    counties, groups, forms = tuple(f"{n:02}" for n in range(22)), tuple("wmgbo"), tuple("abcdefghijkl")
    busy = [dice.expovariate(1) ** 1.5 for _ in counties]
    counts: Counts = {}
    for _ in range(people):
        county = dice.choices(counties, busy)[0]
        group = dice.choices(groups, (45, 48, 3, 2, 2))[0]
        person: Key = (county, group, dice.choices(forms, (46, 42, 5, 3, 2, *[1] * 7))[0])
        counts[person] = counts.get(person, 0) + 1
    left, right = cubes(counts, counties, groups, forms)
    shown, true = cells(*publish_chain(left, right, 5)), truth(left, right)
    bounds = known_bounds(shown, counties, groups, forms)
    nothing = {key: Cell(Shown.HIDDEN) if n else Cell(Shown.NUMBER, 0) for key, n in true.items()}
    known = known_bounds(nothing, counties, groups, forms)
    for key, n in true.items():
        if 0 < n < 5:
            assert shown[key].value is None
            assert bounds[key][0] <= max(known[key][0], 1) and bounds[key][1] >= 4, key


Bounds = dict[Key, tuple[int, int]]


def known_bounds(
    shown: dict[Key, Cell], first: tuple[str, ...], shared: tuple[str, ...], last: tuple[str, ...]
) -> Bounds:
    labelled = any(cell.shown is Shown.SMALL for cell in shown.values())
    bounds: Bounds = {}
    for key, cell in shown.items():
        if cell.value is not None:
            bounds[key] = (cell.value, cell.value)
        elif cell.shown is Shown.SMALL:
            bounds[key] = (1, 4)
        else:
            bounds[key] = (5 if labelled else 1, PLENTY)
    sums: list[tuple[Key, list[Key]]] = []
    sums += [((a, TOTAL, TOTAL), [(a, b, TOTAL) for b in shared]) for a in first]
    sums += [((TOTAL, TOTAL, c), [(TOTAL, b, c) for b in shared]) for c in last]
    sums += [((TOTAL, b, TOTAL), [(a, b, TOTAL) for a in first]) for b in shared]
    sums += [((TOTAL, b, TOTAL), [(TOTAL, b, c) for c in last]) for b in shared]
    grand = (TOTAL, TOTAL, TOTAL)
    sums += [(grand, [(a, TOTAL, TOTAL) for a in first]), (grand, [(TOTAL, b, TOTAL) for b in shared])]
    sums += [(grand, [(TOTAL, TOTAL, c) for c in last])]
    while any([tighten(bounds, total, parts) for total, parts in sums]):
        pass
    return bounds


def tighten(bounds: Bounds, total: Key, parts: list[Key]) -> bool:
    before = [bounds[key] for key in (total, *parts)]
    low, high = sum(bounds[key][0] for key in parts), sum(bounds[key][1] for key in parts)
    bounds[total] = (max(bounds[total][0], low), min(bounds[total][1], high))
    for key in parts:
        own = bounds[key]
        bounds[key] = (
            max(own[0], bounds[total][0] - (high - own[1])),
            min(own[1], bounds[total][1] - (low - own[0])),
        )
    return before != [bounds[key] for key in (total, *parts)]


# --- what is shown


def test_a_hidden_shared_total_is_hidden_in_both_tables() -> None:
    counts: Counts = {("a", "m", "x"): 2, ("b", "m", "y"): 1, ("a", "n", "x"): 50, ("b", "n", "y"): 60}
    first, second = publish_chain(*cubes(counts, FIRST, SHARED, LAST), 5)
    assert first[(TOTAL, "m")].value is None
    assert first[(TOTAL, "m")] == second[("m", TOTAL)]
    assert first.total == second.total


def test_nothing_is_hidden_when_nothing_is_small() -> None:
    counts: Counts = dict.fromkeys(product(FIRST, SHARED, LAST), 7)
    first, second = publish_chain(*cubes(counts, FIRST, SHARED, LAST), 5)
    assert first.is_complete and second.is_complete
    assert first.total.value == 56


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Cube({"a": ["x"]}, {}), Cube({"b": ["y"]}, {})),
        (Cube({"a": ["x"], "b": ["y"]}, {}), Cube({"c": ["y"], "d": ["z"]}, {})),
        (Cube({"a": ["x"], "b": ["y"]}, {}), Cube({"b": ["y", "w"], "d": ["z"]}, {})),
        (Cube({"a": ["x"], "b": ["y"]}, {("x", "y"): 1}), Cube({"b": ["y"], "d": ["z"]}, {})),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(left: Cube, right: Cube) -> None:
    with pytest.raises(ValueError, match=r"."):
        publish_chain(left, right, 5)
