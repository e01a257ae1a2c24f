"""Nobody can calculate a small number out of what is published."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.publish import TOTAL, Cell, Cube, Key, Published, Shown, publish

MANY = 99


def cube(*rows: list[int]) -> Cube:
    names = [chr(ord("a") + n) for n in range(len(rows))]
    columns = [chr(ord("u") + n) for n in range(len(rows[0]))]
    counts: dict[Key, int] = {
        (a, c): n for a, row in zip(names, rows, strict=True) for c, n in zip(columns, row, strict=True)
    }
    return Cube({"row": names, "column": columns}, counts)


def line(*counts: int) -> Cube:
    codes = [chr(ord("a") + n) for n in range(len(counts))]
    return Cube({"row": codes}, {(code,): n for code, n in zip(codes, counts, strict=True)})


# --- the attacker: knows the page, the rule and how to count; tries every table that fits


def fits(table: Published, cell: Cell, value: int, labelled: bool) -> bool:
    if cell.shown is Shown.NUMBER:
        return value == cell.value
    if cell.shown is Shown.SMALL:
        return 1 <= value < table.threshold
    return value >= (table.threshold if labelled else 1)


def possible_tables(table: Published, largest: int) -> Iterator[dict[Key, int]]:
    """Every table of whole numbers that looks like the published one."""
    labelled = any(cell.shown is Shown.SMALL for cell in table.cells.values())
    inner = [key for key in table.cells if TOTAL not in key]
    sums: dict[Key, int] = dict.fromkeys((key for key in table.cells if TOTAL in key), 0)
    last_of = {key: max(n for n, cell in enumerate(inner) if covers(key, cell)) for key in sums}
    values: dict[Key, int] = {}

    def choose(n: int) -> Iterator[dict[Key, int]]:
        if n == len(inner):
            yield {**values, **sums}
            return
        key, cell = inner[n], table[inner[n]]
        over = [total for total in sums if covers(total, key)]
        for value in range(largest + 1) if cell.value is None else [cell.value]:
            if not fits(table, cell, value, labelled):
                continue
            values[key] = value
            for total in over:
                sums[total] += value
            done = [total for total in over if last_of[total] == n]
            if all(fits(table, table[total], sums[total], labelled) for total in done):
                yield from choose(n + 1)
            for total in over:
                sums[total] -= value

    return choose(0)


def covers(total: Key, key: Key) -> bool:
    return all(a in (TOTAL, b) for a, b in zip(total, key, strict=True))


def assert_safe_from_every_reader(counts: Cube, threshold: int, largest: int) -> None:
    table = publish(counts, threshold)
    truth = counts.sums()
    small = [key for key, count in truth.items() if 0 < count < threshold]
    seen: dict[Key, set[int]] = {key: set() for key in small}
    least = least_known(counts)
    wanted = {key: set(range(least[key], threshold)) for key in small}
    for one in possible_tables(table, largest):
        for key in small:
            seen[key].add(one[key])
        if all(wanted[key] <= values for key, values in seen.items()):
            return
    assert all(wanted[key] <= values for key, values in seen.items()), (table.cells, seen)


def least_known(counts: Cube) -> Mapping[Key, int]:
    """A zero is always shown, so a total is at least the number of its cells that are none."""
    return Cube(counts.dimensions, {key: 1 for key, count in counts.counts.items() if count}).sums()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5))
@example([1, 1])
@example([1, 1, 1, 1, 1])
@example([4, 0, 0])
@example([1, 6])
@example([1, 5])
@example([4, 4, 4])
@pytest.mark.security("S18", "totals less what is shown, in lines")
def test_no_reader_finds_a_small_number_in_a_line(counts: list[int]) -> None:
    assert_safe_from_every_reader(line(*counts), 5, largest=14)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=2))
@example([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
@example([[1, 1, 1], [0, 0, 0], [5, 5, 5]])
@example([[2, 2, 2], [2, 2, 2], [2, 2, 2]])
@example([[1, 5, 5], [5, 5, 5], [5, 5, 5]])
@example([[1, 0, 5], [0, 5, 5], [5, 5, 0]])
@example([[1, 0, 2], [0, 2, 1], [1, 1, 0]])
@example([[1, 4, 0], [4, 3, 1], [0, 1, 3]])
@pytest.mark.security("S18", "totals less what is shown, in tables")
def test_no_reader_finds_a_small_number_in_a_table(rows: list[list[int]]) -> None:
    assert_safe_from_every_reader(cube(*rows), 3, largest=7)


# --- a second, cheaper attacker for tables of real size: sums, differences and the labels, to the end


def known_bounds(table: Published, rows: list[str], columns: list[str]) -> dict[Key, tuple[int, int]]:
    labelled = any(cell.shown is Shown.SMALL for cell in table.cells.values())
    bounds: dict[Key, tuple[int, int]] = {}
    for key, cell in table.cells.items():
        if cell.value is not None:
            bounds[key] = (cell.value, cell.value)
        elif cell.shown is Shown.SMALL:
            bounds[key] = (1, table.threshold - 1)
        else:
            bounds[key] = (table.threshold if labelled else 1, MANY * MANY)
    sums = [((a, TOTAL), [(a, c) for c in columns]) for a in [*rows, TOTAL]]
    sums += [((TOTAL, c), [(a, c) for a in rows]) for c in [*columns, TOTAL]]
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            changed |= tighten(bounds, total, parts)
    return bounds


def tighten(bounds: dict[Key, tuple[int, int]], total: Key, parts: Sequence[Key]) -> bool:
    before = [bounds[key] for key in (total, *parts)]
    low, high = sum(bounds[key][0] for key in parts), sum(bounds[key][1] for key in parts)
    bounds[total] = (max(bounds[total][0], low), min(bounds[total][1], high))
    for key in parts:
        own = bounds[key]
        least = bounds[total][0] - (high - own[1])
        most = bounds[total][1] - (low - own[0])
        bounds[key] = (max(own[0], least), min(own[1], most))
    return before != [bounds[key] for key in (total, *parts)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("mean", [0.5, 2, 8])
def test_a_national_table_gives_nothing_away(seed: int, mean: float) -> None:
    dice = random.Random(seed)
    rows, columns = [f"{n:02}" for n in range(21)], list("abcdefgh")
    counts: dict[Key, int] = {key: int(dice.expovariate(1 / mean)) for key in product(rows, columns)}
    table = publish(Cube({"county": rows, "form": columns}, counts), 5)
    bounds = known_bounds(table, rows, columns)
    truth = Cube({"county": rows, "form": columns}, counts)
    least = least_known(truth)
    for key, count in truth.sums().items():
        if 0 < count < 5:
            assert bounds[key][0] <= least[key]
            assert bounds[key][1] >= 4


# --- what is shown


def states(table: Published) -> dict[Key, str]:
    return {key: str(cell.shown) for key, cell in table.cells.items() if cell.shown is not Shown.NUMBER}


def test_nothing_is_hidden_when_nothing_is_small() -> None:
    table = publish(cube([0, 5, 12], [7, 0, 9]), 5)
    assert table.is_complete
    assert table.total == Cell(Shown.NUMBER, 33)
    assert table[("a", TOTAL)].value == 17


def test_a_lone_small_cell_takes_the_cheapest_rectangle_with_it() -> None:
    table = publish(cube([2, 20, 9], [30, 8, 40], [9, 50, 60]), 5)
    found = states(table)
    assert found[("a", "u")] == "small"
    assert sorted(found.values()) == ["hidden", "hidden", "hidden", "small"]
    assert all(TOTAL not in key for key in states(table))


def test_small_ones_that_protect_each_other_hide_nothing_else() -> None:
    table = publish(cube([2, 3, 20], [3, 2, 20]), 5)
    assert set(states(table)) == {("a", "u"), ("a", "v"), ("b", "u"), ("b", "v")}
    assert set(states(table).values()) == {"small"}


def test_where_labels_would_help_to_calculate_there_are_none() -> None:
    table = publish(line(1, 1), 5)
    assert set(states(table).values()) == {"hidden"}
    assert table.total.shown is Shown.HIDDEN


def test_zeros_are_shown() -> None:
    table = publish(cube([0, 1, 2], [0, 0, 30]), 5)
    assert all(
        table[key].value == 0 for key, count in cube([0, 1, 2], [0, 0, 30]).sums().items() if count == 0
    )


@pytest.mark.parametrize("count", [1, 4, 5, 6])
def test_tables_of_equal_cells_find_an_answer(count: int) -> None:
    table = publish(
        Cube(
            {"a": [str(n) for n in range(20)], "b": list("stuvxyzåäö")},
            {(str(n), code): count for n in range(20) for code in "stuvxyzåäö"},
        ),
        5,
    )
    assert table.is_complete == (count >= 5)


def test_a_single_number_is_small_or_shown() -> None:
    assert publish(Cube({}, {(): 4}), 5).total == Cell(Shown.SMALL)
    assert publish(Cube({}, {(): 5}), 5).total == Cell(Shown.NUMBER, 5)
    assert publish(Cube({}, {}), 5).total == Cell(Shown.NUMBER, 0)


@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=3))
def test_the_same_cube_gives_the_same_answer_and_margins_agree(rows: list[list[int]]) -> None:
    table = publish(cube(*rows), 5)
    assert publish(cube(*rows), 5) == table
    margin = table.margin("column")
    assert margin[("u",)] == table[(TOTAL, "u")]
    assert margin.total == table.total
    assert Published.from_json(table.as_json()) == table


@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=3))
def test_shown_numbers_are_true_and_small_ones_never_shown(rows: list[list[int]]) -> None:
    counts = cube(*rows)
    table = publish(counts, 5)
    for key, count in counts.sums().items():
        value = table[key].value
        assert value in (None, count)
        assert not 0 < (value or 0) < 5


def test_what_is_stored_holds_no_hidden_number() -> None:
    table = publish(cube([2, 77, 9], [30, 8, 40], [9, 50, 60]), 5)
    stored = [value for _, _, value in table.as_json()["cells"]]
    assert len([value for value in stored if value is None]) == 4
    assert 2 not in stored


def test_words() -> None:
    table = publish(cube([2, 20, 1200], [30, 8, 40], [9, 50, 60]), 5)
    with translation.override("en"):
        assert table.text(table[("a", "u")]) == "fewer than 5"
        hidden = next(cell for cell in table.cells.values() if cell.shown is Shown.HIDDEN)
        assert table.text(hidden) == "not shown"
        assert table.text(table[("a", "w")]).replace(",", "").replace("\xa0", "") in ("1200", "not shown")


def test_rows_of_a_tally_become_a_cube() -> None:
    rows: list[Mapping[str, object]] = [
        {"county": "03", "form": "labour", "amount": 2},
        {"county": "03", "form": "labour", "amount": -1},
    ]
    found = Cube.of({"county": ["03", "04"], "form": ["labour"]}, rows)
    assert found.sums()[("03", TOTAL)] == 1


@pytest.mark.parametrize(
    ("dimensions", "counts"),
    [
        ({"a": ["x"]}, {("x",): -1}),
        ({"a": ["x"]}, {("y",): 1}),
        ({"a": ["x", "x"]}, {}),
        ({"a": [TOTAL]}, {}),
        ({"a": ["x"], "b": ["y"], "c": ["z"]}, {}),
        ({"a": [str(n) for n in range(100)], "b": list("uvxyzåä")}, {}),
    ],
)
def test_a_wrong_cube_is_refused(dimensions: dict[str, list[str]], counts: dict[Key, int]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cube(dimensions, counts)
