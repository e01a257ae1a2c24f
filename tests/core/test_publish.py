"""Nobody can calculate a small number out of a published table."""

import random
from collections.abc import Mapping
from itertools import product

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.publish import TOTAL, Cell, Cube, Key, Published, Shown, publish
from tests.core.readers import truth, weak
from tests.overview import attack


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


# --- nobody finds out


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5))
@example([1, 1])
@example([1, 1, 1, 1, 1])
@example([4, 0, 0])
@example([1, 6])
@example([1, 5])
@example([4, 1])
@example([4, 4, 4])
@pytest.mark.security("S18", "totals less what is shown, in lines")
def test_no_reader_finds_a_small_number_in_a_line(counts: list[int]) -> None:
    table = line(*counts)
    assert list(weak([publish(table, 5)], truth(table))) == []


@settings(max_examples=15, deadline=None)
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
    table = cube(*rows)
    assert list(weak([publish(table, 3)], truth(table))) == []


@pytest.mark.parametrize("mean", [0.5, 2, 8])
def test_a_national_table_gives_nothing_away(mean: float) -> None:
    dice = random.Random(f"{mean}")
    rows, columns = [f"{n:02}" for n in range(21)], list("abcdefgh")
    counts: dict[Key, int] = {key: int(dice.expovariate(1 / mean)) for key in product(rows, columns)}
    table = publish(Cube({"county": rows, "form": columns}, counts), 5)
    reader = attack.Reader(5)
    reader.read(table)
    assert not table.is_complete
    assert [str(one) for one in reader.finds()] == []


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


def test_where_labels_would_help_to_calculate_there_are_none() -> None:
    """Each "fewer than 5" and 5 together: then none of them is 0."""
    table = publish(line(4, 1), 5)
    assert states(table) == {("a",): "hidden", ("b",): "hidden"}
    assert not table.labelled
    assert table.total.value == 5


def test_a_zero_is_shown_unless_it_protects() -> None:
    assert publish(line(0, 0, 9), 5).is_complete
    assert publish(line(0, 2, 2, 9), 5)[("a",)].value == 0
    hiding = publish(line(4, 1, 0), 5)
    assert states(hiding) == {("a",): "small", ("b",): "small", ("c",): "small"}
    assert hiding.total.value == 5


@pytest.mark.parametrize("count", [1, 5])
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


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=3))
def test_the_same_cube_gives_the_same_answer_and_margins_agree(rows: list[list[int]]) -> None:
    table = publish(cube(*rows), 5)
    assert publish(cube(*rows), 5) == table
    margin = table.margin("column")
    assert margin[("u",)] == table[(TOTAL, "u")]
    assert margin.total == table.total
    assert Published.from_json(table.as_json()) == table


@settings(max_examples=15, deadline=None)
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


def test_what_is_stored_is_what_was_published() -> None:
    table = publish(Cube({"a": "xyz"}, {("x",): 2, ("y",): 3, ("z",): 1}, {"period": "2031"}), 5)
    assert table.labelled and table.within == {"period": "2031"}
    again = Published.from_json(table.as_json())
    assert (again.within, again.labelled) == (table.within, True)
    assert again.id(("x",)) == frozenset({("period", "2031"), ("a", "x")})
    assert again.id((TOTAL,)) == frozenset({("period", "2031")})
    older = {name: value for name, value in table.as_json().items() if name not in ("within", "labelled")}
    assert Published.from_json(older).labelled


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
        ({"period": ["x"]}, {}),
    ],
)
def test_a_wrong_cube_is_refused(dimensions: dict[str, list[str]], counts: dict[Key, int]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cube(dimensions, counts, {"period": "2031"})
