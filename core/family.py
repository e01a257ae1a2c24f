"""The numbers of tables that are published together, and how they hang together.

A number is known by its id: what it counts, as a set of (dimension, code). The same id in two tables is the
same number. Sums tie numbers to each other; numbers that no sum ties have nothing to tell about each other
and are decided apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CellId = frozenset[tuple[str, str]]
"""`{("period", "2025"), ("kind", "case"), ("county", "03")}`"""


class Unsafe(ValueError):
    """What is already out tells a small number, whatever else is hidden."""


@dataclass(frozen=True)
class Split:
    """A sum that a reader knows besides those inside the tables: `whole` is the sum of `parts`."""

    whole: CellId
    parts: tuple[CellId, ...]


def cell_id(*codes: Mapping[str, str]) -> CellId:
    return frozenset(pair for some in codes for pair in some.items())


@dataclass
class Number:
    """One number. `value` is None as long as nobody gave it."""

    value: int | None = None
    worth: int = 0
    """What is lost when it cannot be read; 0: it stands in no table that is published now."""
    out: bool = False
    """Was it published before?"""
    shown: bool = False
    """Was it published as a number? Then it stays one."""
    low: int = 0
    high: int | None = None
    """What a reader knows of it from its label."""
    hidden: bool = False


@dataclass(frozen=True)
class Sum:
    whole: int
    parts: tuple[int, ...]


@dataclass
class Table:
    """Which numbers stand in a table, and whether its small ones are told from the others."""

    numbers: frozenset[int]
    labelled: bool = False


@dataclass(frozen=True)
class Group:
    """Numbers that hang together."""

    numbers: tuple[Number, ...]
    sums: tuple[Sum, ...]
    tables: tuple[Table, ...]
    threshold: int

    def is_small(self, number: Number) -> bool:
        return number.value is not None and 0 < number.value < self.threshold

    @property
    def needs_a_search(self) -> bool:
        """Is anything published in it, and anything to protect?"""
        return any(n.worth for n in self.numbers) and any(
            not n.shown and (n.out or self.is_small(n)) for n in self.numbers
        )

    @property
    def stands_alone(self) -> bool:
        """Is it one number that no sum ties, new to everyone? Nothing else tells anything about it."""
        return len(self.numbers) == 1 and not self.sums and not self.numbers[0].out


def _decide_one(group: Group) -> None:
    """A small one is hidden, and told to be small: so it may be any small number."""
    (number,) = group.numbers
    number.hidden = group.is_small(number)
    for table in group.tables:
        table.labelled = number.hidden


@dataclass
class Family:
    """Filled number by number; then `decide` says which of them to hide."""

    threshold: int
    _tables: dict[str, list[CellId]] = field(default_factory=lambda: defaultdict(list))
    _labelled: set[str] = field(default_factory=set)
    _numbers: dict[CellId, Number] = field(default_factory=dict)
    _sums: dict[tuple[CellId, frozenset[CellId]], None] = field(default_factory=dict)

    def add_known(self, name: CellId, value: int | None, low: int, high: int | None) -> None:
        """A number that is out: its value if it was shown, else what its label says."""
        number = self._numbers.setdefault(name, Number())
        number.out = True
        number.low = max(number.low, low)
        number.high = min((h for h in (number.high, high) if h is not None), default=None)
        if value is not None:
            self._agree(number, value)
            number.shown = True

    def add_count(self, table: str, name: CellId, value: int, worth: int) -> None:
        """A true count that is to be published."""
        self._tables[table].append(name)
        number = self._numbers.setdefault(name, Number())
        self._agree(number, value)
        number.worth = max(number.worth, worth)

    def add_sum(self, whole: CellId, parts: Iterable[CellId]) -> None:
        some = tuple(parts)
        for name in (whole, *some):
            self._numbers.setdefault(name, Number())
        if len(set(some)) < len(some) or whole in some:
            raise ValueError("a part of a sum is counted twice")
        self._sums[(whole, frozenset(some))] = None

    def decide(self) -> None:
        """Say of each number whether it is hidden. The search is loaded only when something small hangs
        together with other numbers."""
        self._derive()
        self._forget()
        for number in self._numbers.values():
            if number.value is not None and not _within(number.value, number):
                raise ValueError("a count contradicts what is out")
        for group, tables in self._groups():
            for number in group.numbers:
                number.hidden = number.out and not number.shown
            if group.stands_alone:
                _decide_one(group)
            elif group.needs_a_search:
                from core.suppression import suppress

                suppress(group)
            self._labelled |= {
                name for name, table in zip(tables, group.tables, strict=True) if table.labelled
            }

    def is_hidden(self, name: CellId) -> bool:
        return self._numbers[name].hidden

    def is_labelled(self, table: str) -> bool:
        """Are the small numbers of this table told from those hidden for their sake?"""
        return table in self._labelled

    def _agree(self, number: Number, value: int) -> None:
        if number.value not in (None, value):
            raise ValueError("two tables count the same differently")
        number.value = value

    def _derive(self) -> None:
        """What follows from the counts for numbers that stand in no table; and do the counts add up?"""
        waiting, left = list(self._sums), len(self._sums) + 1
        while len(waiting) < left:
            left, later = len(waiting), []
            for whole, parts in waiting:
                unknown = [name for name in (whole, *parts) if self._numbers[name].value is None]
                if len(unknown) > 1:
                    later.append((whole, parts))
                else:
                    self._complete(whole, parts, unknown)
            waiting = later

    def _complete(self, whole: CellId, parts: frozenset[CellId], unknown: Sequence[CellId]) -> None:
        held = sum(self._numbers[name].value or 0 for name in parts)
        total = self._numbers[whole].value
        if not unknown and held != total:
            raise ValueError("the parts of a sum do not add up")
        if unknown:
            value = held if unknown[0] == whole else (total or 0) - held
            if value < 0:
                raise ValueError("the parts of a sum are more than the whole")
            self._numbers[unknown[0]].value = value

    def _forget(self) -> None:
        """Leave out sums that nobody learns from: their whole is unknown to everyone and in no other sum."""
        while True:
            times = Counter(name for whole, parts in self._sums for name in (whole, *parts))
            idle = [key for key in self._sums if times[key[0]] == 1 and self._is_unknown(key[0])]
            if not idle:
                return
            for key in idle:
                del self._sums[key]

    def _is_unknown(self, name: CellId) -> bool:
        number = self._numbers[name]
        return number.value is None and not number.out

    def _groups(self) -> list[tuple[Group, list[str]]]:
        """What hangs together by sums or by standing in one table, with the names of its tables."""
        root = {name: name for name in self._numbers}

        def top(name: CellId) -> CellId:
            while root[name] != name:
                root[name] = root[root[name]]
                name = root[name]
            return name

        for whole, parts in self._sums:
            for name in parts:
                root[top(name)] = top(whole)
        for names in self._tables.values():
            for name in names:
                root[top(name)] = top(names[0])
        members: dict[CellId, list[CellId]] = defaultdict(list)
        for name in sorted(self._numbers, key=sorted):
            members[top(name)].append(name)
        sums: dict[CellId, list[tuple[CellId, frozenset[CellId]]]] = defaultdict(list)
        for whole, parts in self._sums:
            sums[top(whole)].append((whole, parts))
        tables: dict[CellId, list[str]] = defaultdict(list)
        for table, names in self._tables.items():
            tables[top(names[0])].append(table)
        return [(self._group(some, sums[n], tables[n]), tables[n]) for n, some in members.items()]

    def _group(
        self, names: list[CellId], sums: list[tuple[CellId, frozenset[CellId]]], tables: list[str]
    ) -> Group:
        at = {name: n for n, name in enumerate(names)}
        return Group(
            tuple(self._numbers[name] for name in names),
            tuple(Sum(at[whole], tuple(sorted(at[name] for name in parts))) for whole, parts in sums),
            tuple(Table(frozenset(at[name] for name in self._tables[table])) for table in tables),
            self.threshold,
        )


def _within(value: int, number: Number) -> bool:
    return value >= number.low and (number.high is None or value <= number.high)
