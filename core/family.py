"""The numbers of tables that are published together, and how they hang together.

A number is known by its id: what it counts, as a set of (dimension, code). The same id in two tables is the
same number. Sums tie numbers to each other; numbers that no sum ties have nothing to tell about each other
and are decided apart.
"""

from __future__ import annotations

from collections import defaultdict
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
    told: bool = False
    """Are the small ones among those it hangs together with told from the others?"""


@dataclass(frozen=True)
class Sum:
    whole: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Numbers that hang together."""

    numbers: tuple[Number, ...]
    sums: tuple[Sum, ...]
    threshold: int

    def is_small(self, number: Number) -> bool:
        return number.value is not None and 0 < number.value < self.threshold

    @property
    def needs_a_search(self) -> bool:
        """Is anything published in it, and anything to protect?"""
        return any(n.worth for n in self.numbers) and any(
            not n.shown and (n.out or self.is_small(n)) for n in self.numbers
        )


@dataclass
class Family:
    """Filled number by number; then `decide` says which of them to hide."""

    threshold: int
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

    def add_count(self, name: CellId, value: int, worth: int) -> None:
        """A true count that is to be published."""
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
        """Say of each number whether it is hidden. The search is loaded only when something is small."""
        self._derive()
        for number in self._numbers.values():
            if number.value is not None and not _within(number.value, number):
                raise ValueError("a count contradicts what is out")
        for group in self._groups():
            for number in group.numbers:
                number.hidden = number.out and not number.shown
            if group.needs_a_search:
                from core.suppression import suppress

                suppress(group)

    def answer(self, name: CellId) -> tuple[bool, bool]:
        """Is it hidden, and are small ones near it told from others?"""
        number = self._numbers[name]
        return number.hidden, number.told

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

    def _groups(self) -> list[Group]:
        names = sorted(self._numbers, key=sorted)
        place = {name: n for n, name in enumerate(names)}
        root = list(range(len(names)))

        def top(n: int) -> int:
            while root[n] != n:
                root[n] = root[root[n]]
                n = root[n]
            return n

        for whole, parts in self._sums:
            for name in parts:
                root[top(place[name])] = top(place[whole])
        members: dict[int, list[CellId]] = defaultdict(list)
        for name in names:
            members[top(place[name])].append(name)
        sums: dict[int, list[tuple[CellId, frozenset[CellId]]]] = defaultdict(list)
        for whole, parts in self._sums:
            sums[top(place[whole])].append((whole, parts))
        return [self._group(some, sums[n]) for n, some in members.items()]

    def _group(self, names: list[CellId], sums: list[tuple[CellId, frozenset[CellId]]]) -> Group:
        at = {name: n for n, name in enumerate(names)}
        return Group(
            tuple(self._numbers[name] for name in names),
            tuple(Sum(at[whole], tuple(sorted(at[name] for name in parts))) for whole, parts in sums),
            self.threshold,
        )


def _within(value: int, number: Number) -> bool:
    return value >= number.low and (number.high is None or value <= number.high)
