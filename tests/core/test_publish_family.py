"""Tables that hang together, and what was published before: nothing of one tells what another hides."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, combinations, product
from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import suppression
from core.publish import (
    TOTAL,
    Cell,
    CellId,
    Cube,
    Key,
    Published,
    Shown,
    Split,
    Unsafe,
    publish,
    publish_family,
)
from tests.core.readers import name_of, truth, weak
from tests.overview import attack

THREE = 3
LENGTH = {"county": ("a", "b"), "group": ("m", "n"), "form": ("x", "y")}
SHAPES = [
    ("county group",),
    ("county", "group"),
    ("county group", "group form"),
    ("county group", "group form", "county form"),
]
"""Tables of one period, each by its dimensions."""
People = dict[Key, int]


def cube(people: People, dimensions: str, *, period: str = "2025", periods: str = "") -> Cube:
    """A table of the people of a period; its parts are told by the first code."""
    names = dimensions.split()
    places = [1 + list(LENGTH).index(name) for name in names]
    counts: dict[Key, int] = {}
    for key, number in people.items():
        if not periods or key[0] in periods:
            inner = tuple(key[place] for place in places)
            counts[inner] = counts.get(inner, 0) + number
    return Cube({name: LENGTH[name] for name in names}, counts, {"period": period})


def counts_of(numbers: Sequence[int], periods: str = "1") -> People:
    return dict(zip(product(periods, *LENGTH.values()), numbers, strict=True))


few = st.sampled_from([0, 0, 1, 1, 2, 3, 5, 9])


# --- tables of one period


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SHAPES), st.lists(few, min_size=8, max_size=8))
@example(SHAPES[2], [1, 1, 1, 0, 0, 0, 0, 3])
@example(SHAPES[2], [1, 1, 0, 0, 2, 2, 2, 2])
@example(SHAPES[3], [1, 0, 0, 1, 0, 1, 1, 0])
@example(SHAPES[3], [2, 2, 2, 2, 2, 2, 2, 2])
@example(SHAPES[3], [0, 3, 3, 0, 3, 0, 0, 3])
@pytest.mark.security("S18", "tables that share a margin")
def test_no_reader_of_all_tables_finds_a_small_number(shape: tuple[str, ...], numbers: list[int]) -> None:
    cubes = {name: cube(counts_of(numbers), name) for name in shape}
    tables = list(publish_family(cubes, threshold=THREE).values())
    assert_one_number_each(tables)
    assert_true_and_none_small(tables, truth(*cubes.values()))
    assert list(weak(tables, truth(*cubes.values()))) == []


def assert_one_number_each(tables: Sequence[Published]) -> None:
    """What is shown in one place is shown in all, and alike."""
    seen: dict[CellId, int | None] = {}
    for table in tables:
        for key, cell in table.cells.items():
            assert seen.setdefault(name_of(table, key), cell.value) == cell.value


def assert_true_and_none_small(tables: Sequence[Published], true: dict[CellId, int]) -> None:
    for table in tables:
        for key, cell in table.cells.items():
            assert cell.value in (None, true[name_of(table, key)])
            assert not 0 < (cell.value or 0) < THREE
            assert table.labelled or cell.shown is not Shown.SMALL


def test_a_reader_of_tables_published_apart_does() -> None:
    """So the tests above can fail."""
    people = counts_of([1, 0, 9, 0, 9, 0, 7, 0])
    cubes = [cube(people, name) for name in ("county group", "county", "group")]
    apart = [publish(table, THREE) for table in cubes]
    assert list(weak(apart[:1], truth(cubes[0]))) == []
    assert list(weak([shown_as(table, frozenset(), False) for table in cubes], truth(*cubes))) == []
    crossed = shown_as(cubes[0], frozenset({name_of(cubes[0], ("a", "m"))}), True)
    assert len(list(weak([crossed], truth(cubes[0])))) == 1


def test_halves_published_apart_give_a_small_number_away() -> None:
    people = counts_of([1, 0, 9, 0, 9, 0, 7, 0, 5, 0, 6, 0, 7, 0, 8, 0], "12")
    cubes = [cube(people, "county group", period=p, periods=p) for p in ("1", "2", "12")]
    true = truth(*cubes)
    apart = [publish(table, THREE) for table in cubes]
    assert list(weak(apart, true, halves(true))) != []
    together: list[Published] = []
    for table in cubes:
        found = publish_family({"": table}, splits=halves(true), before=together, threshold=THREE)
        together.append(found[""])
    assert list(weak(together, true, halves(true))) == []


# --- one period after another


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(SHAPES[:3]),
    st.lists(few, min_size=16, max_size=16),
    st.sampled_from([("1", "2", "12"), ("1", "12", "2"), ("12", "2", "1")]),
)
@example(SHAPES[0], [0, 0, 2, 0, 1, 0, 3, 0, 1, 0, 0, 0, 0, 0, 6, 0], ("1", "12", "2"))
@example(SHAPES[2], [1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 2, 0, 0, 1, 1, 0], ("1", "12", "2"))
@pytest.mark.security("S19", "a period and its parts, one after the other")
def test_no_reader_who_keeps_everything_finds_a_small_number(
    shape: tuple[str, ...], numbers: list[int], order: tuple[str, ...]
) -> None:
    """Two halves and their whole, in any order of publishing."""
    people = counts_of(numbers, "12")
    cubes = {p: {name: cube(people, name, period=p, periods=p) for name in shape} for p in order}
    true = truth(*(table for some in cubes.values() for table in some.values()))
    splits = halves(true)
    out: list[Published] = []
    for period in order:
        out += publish_family(cubes[period], splits=splits, before=out, threshold=THREE).values()
        assert_one_number_each(out)
    assert list(weak(out, true, splits)) == []


def halves(true: dict[CellId, int]) -> list[Split]:
    whole, parts = ("period", "12"), (("period", "1"), ("period", "2"))
    inner = [name - {whole} for name in true if whole in name]
    return [Split(name | {whole}, tuple(name | {part} for part in parts)) for name in inner]


# --- the least loss

Labels = frozenset[int]
"""Places of the tables whose small numbers are told from the others."""


def lost(cubes: Sequence[Cube], hidden: frozenset[CellId], labels: Labels) -> int:
    """A cell weighs 10, the total of a row or column 40, a grand total 400; a label is worth half; of two
    equal ones the smaller goes."""
    worth: dict[CellId, int] = {}
    for table in cubes:
        for key in table.sums():
            totals = key.count(TOTAL)
            value = 400 if totals == len(key) else 40 if totals else 10
            worth[name_of(table, key)] = max(worth.get(name_of(table, key), 0), value)
    true, told = truth(*cubes), truth(*(cubes[n] for n in labels))
    return sum(
        worth[name] // 2 if name in told and true[name] < THREE else worth[name] + true[name].bit_length()
        for name in hidden
    )


def shown_as(table: Cube, hidden: frozenset[CellId], labelled: bool) -> Published:
    cells: dict[Key, Cell] = {}
    for key, count in table.sums().items():
        if name_of(table, key) not in hidden:
            cells[key] = Cell(Shown.NUMBER, count)
        else:
            cells[key] = Cell(Shown.SMALL if labelled and count < THREE else Shown.HIDDEN)
    return Published(table.dimensions, THREE, cells, table.within, labelled)


def cheapest(cubes: Sequence[Cube], labels: Labels) -> float:
    """The loss of the best of all choices with these labels, each tried on the reader with patience."""
    true = truth(*cubes)
    small = frozenset(name for name, count in true.items() if 0 < count < THREE)
    free = sorted(true.keys() - small, key=sorted)
    every = chain.from_iterable(combinations(free, n) for n in range(len(free) + 1))
    choices = [(lost(cubes, small | set(more), labels), small | set(more)) for more in every]
    for loss, hidden in sorted(choices, key=lambda choice: choice[0]):
        tables = [shown_as(table, hidden, n in labels) for n, table in enumerate(cubes)]
        if not hidden or next(weak(tables, true), None) is None:
            return loss
    return inf


def hidden_in(tables: Sequence[Published]) -> frozenset[CellId]:
    return frozenset(
        name_of(table, key) for table in tables for key, cell in table.cells.items() if cell.value is None
    )


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(SHAPES[:2]), st.lists(few, min_size=8, max_size=8))
@example(SHAPES[0], [2, 0, 1, 0, 4, 0, 0, 0])
@example(SHAPES[0], [1, 0, 9, 0, 9, 0, 7, 0])
@example(SHAPES[0], [2, 0, 0, 0, 0, 0, 9, 0])
@example(SHAPES[1], [2, 0, 1, 0, 4, 0, 0, 0])
def test_no_choice_loses_less(shape: tuple[str, ...], numbers: list[int]) -> None:
    cubes = [cube(counts_of(numbers), name) for name in shape]
    found = list(publish_family(dict(zip(shape, cubes, strict=True)), threshold=THREE).values())
    labels = frozenset(n for n, table in enumerate(found) if table.labelled)
    loss = lost(cubes, hidden_in(found), labels)
    assert loss == cheapest(cubes, labels)
    assert loss <= cheapest(cubes, frozenset())
    assert loss <= cheapest(cubes, frozenset(range(len(cubes))))


# --- what is out


def row(period: str = "2025", **counts: int) -> Cube:
    return Cube({"kind": list(counts)}, {(code,): n for code, n in counts.items()}, {"period": period})


def whole(*periods: str) -> list[Split]:
    year = frozenset({("period", "2025")})
    kinds = [frozenset({("kind", code)}) for code in ("case", "other")]
    return [
        Split(year | inner, tuple(frozenset({("period", p)}) | inner for p in periods))
        for inner in (frozenset[tuple[str, str]](), *kinds)
    ]


def test_hidden_once_is_hidden_again_and_shown_stays_shown() -> None:
    first = publish(row("1", case=20, other=2), 5)
    assert first[("case",)].value is None and first.total.value == 22
    again = publish_family({"": row("1", case=20, other=2)}, before=[first], threshold=5)[""]
    assert hidden_in([again]) == hidden_in([first])
    assert again.total.value == 22


def test_one_small_half_is_hidden_in_the_whole_too() -> None:
    """Else the whole less the other half tells it."""
    halfs = [publish(row("1", case=20, other=2), 5), publish(row("2", case=30, other=9), 5)]
    year = publish_family({"": row(case=50, other=11)}, splits=whole("1", "2"), before=halfs, threshold=5)
    assert year[""][("other",)].value is None
    assert year[""][("case",)].value is None
    assert year[""].total.value == 61


def test_what_would_tell_of_a_period_that_never_came_out_is_hidden() -> None:
    """The whole less the first half is the second, which stands in no table."""
    first = publish(row("1", case=20, other=9), 5)
    assert first.is_complete
    year = publish_family({"": row(case=50, other=11)}, splits=whole("1", "2"), before=[first], threshold=5)
    assert year[""][("other",)].value is None


def test_what_is_out_already_cannot_be_taken_back() -> None:
    out = [publish(row("1", case=20, other=9), 5), publish(row(case=50, other=11), 5)]
    with pytest.raises(Unsafe):
        publish_family({"": row("2", case=30, other=2)}, splits=whole("1", "2"), before=out, threshold=5)


def test_labels_of_what_is_out_bind() -> None:
    """A small number out as "fewer than 5" keeps all that this says."""
    first = publish(Cube({}, {(): 3}, {"period": "1"}), 5)
    assert first.total == Cell(Shown.SMALL)
    names = [frozenset({("period", p)}) for p in ("2025", "1", "2")]
    splits = [Split(names[0], (names[1], names[2]))]
    later = {p: Cube({}, {(): n}, {"period": p}) for p, n in (("2", 30), ("2025", 33))}
    found = publish_family(later, splits=splits, before=[first], threshold=5)
    assert [found[p].total.value for p in ("2", "2025")].count(None) == 1
    true = {names[0]: 33, names[1]: 3, names[2]: 30}
    assert list(weak([first, *found.values()], true, splits)) == []


@pytest.mark.parametrize(
    ("tables", "splits", "before"),
    [
        ({"a": row(case=5), "b": row(case=6)}, [], []),
        ({"a": row(case=5, other=6)}, whole("1"), [publish(row("1", case=6, other=6), 5)]),
        ({"a": row(case=5)}, [], [publish(row(case=6), 5)]),
        ({"a": row(case=9)}, [], [publish(row(case=2), 5)]),
        (
            {"a": row(case=5)},
            [Split(name_of(row(case=5), ("case",)), (name_of(row(case=5), ("case",)),))],
            [],
        ),
    ],
)
def test_tables_that_count_differently_are_refused(
    tables: dict[str, Cube], splits: list[Split], before: list[Published]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        publish_family(tables, splits=splits, before=before, threshold=5)


def test_tables_that_nothing_ties_are_decided_apart() -> None:
    tables = {
        "small": Cube({"a": "xyz"}, {("x",): 1, ("y",): 20, ("z",): 30}, {"unit": "one"}),
        "large": Cube({"a": "xyz"}, {("x",): 10, ("y",): 20, ("z",): 30}, {"unit": "two"}),
    }
    found = publish_family(tables, threshold=5)
    assert not found["small"].is_complete
    assert found["large"].is_complete


# --- as large as it gets


@lru_cache
def national(seed: int) -> tuple[dict[str, Cube], list[Published], list[Split]]:
    """A year of 420 people in tables that share the groups, after its four quarters."""
    dice = random.Random(seed)
    dimensions = {
        "county": tuple(f"{n:02}" for n in range(22)),
        "group": tuple("wmgbo"),
        "form": tuple("abcdefghijkl"),
    }
    busy = [dice.expovariate(1) ** 1.5 for _ in dimensions["county"]]
    weights = (busy, (45, 48, 3, 2, 2), (46, 42, 5, 3, 2, *[1] * 7))
    people = [
        (str(n % 4), *(dice.choices(d, w)[0] for d, w in zip(dimensions.values(), weights, strict=True)))
        for n in range(420)
    ]

    def table(period: str, *names: str) -> Cube:
        places = [1 + list(dimensions).index(name) for name in names]
        rows = [person for person in people if period in (person[0], "year")]
        counts: dict[Key, int] = {}
        for person in rows:
            key = tuple(person[place] for place in places)
            counts[key] = counts.get(key, 0) + 1
        return Cube({name: dimensions[name] for name in names}, counts, {"period": period})

    out: list[Published] = []
    for quarter in "0123":
        cubes = {name: table(quarter, name) for name in dimensions}
        out += publish_family(cubes, before=out, threshold=5).values()
    inner = {table.id(key) - {("period", table.within["period"])} for table in out for key in table.cells}
    splits = [
        Split(name | {("period", "year")}, tuple(name | {("period", q)} for q in "0123")) for name in inner
    ]
    return {"county": table("year", "county", "group"), "form": table("year", "group", "form")}, out, splits


@pytest.mark.parametrize("seconds", [20.0, -1.0], ids=["the cheapest", "when the time is over"])
@pytest.mark.security("S19", "a year after its quarters")
def test_a_national_year_gives_nothing_away(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression, "SECONDS", seconds)
    cubes, out, splits = national(1)
    found = [*out, *publish_family(cubes, splits=splits, before=out, threshold=5).values()]
    assert_one_number_each(found)
    reader = attack.Reader(5)
    for table in found:
        reader.read(table)
    for split in splits:
        reader.add(split.whole, split.parts)
    assert reader.hidden
    assert [str(one) for one in reader.finds()] == []


@pytest.mark.parametrize(
    ("count", "shown"), [(0, Shown.NUMBER), (1, Shown.SMALL), (4, Shown.SMALL), (5, Shown.NUMBER)]
)
def test_a_number_that_nothing_ties_is_decided_without_a_search(
    count: int, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression, "suppress", pytest.fail)
    one = Cube({}, {(): count}, {"period": "2031-05"})
    found = publish_family(
        {"a": one, "the same": one, "other": Cube({}, {(): 44}, {"unit": "call"})}, threshold=5
    )
    assert found["a"].total.shown is found["the same"].total.shown is shown
    assert found["a"].labelled == (shown is Shown.SMALL) and found["other"].total.value == 44


def test_a_number_that_is_out_as_hidden_stays_hidden_alone() -> None:
    out = Published({}, 5, {(): Cell(Shown.HIDDEN)}, {"period": "2031-05"})
    for count in (0, 3, 9):
        found = publish_family({"a": Cube({}, {(): count}, out.within)}, before=[out], threshold=5)
        assert found["a"].total.value is None


def test_the_solver_is_loaded_only_when_something_small_hangs_together() -> None:
    code = (
        "import sys; from core.publish import Cube, publish; publish(Cube({'a': 'xy'}, {('x',): 9}), 5);"
        "publish(Cube({}, {(): 3}, {'period': '2031-05'}), 5);"
        "assert 'scipy' not in sys.modules and 'numpy' not in sys.modules;"
        "publish(Cube({'a': 'xy'}, {('x',): 1}), 5); assert 'scipy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)
