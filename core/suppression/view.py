"""The numbers of a group as a reader of everything published sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csc_array

from core.family import Group

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

FAR: Final = 10**6
"""Stands for "no upper bound"."""


@dataclass
class View:
    """What a reader knows of each number once it is hidden, given in which tables small ones are told.

    All is written around one table that fits, the true one; where not even we know a number that is out as
    hidden, any that fits.
    """

    group: Group
    labelled: frozenset[int]
    """Places of the tables whose small numbers are told from the others."""
    wide: frozenset[int] = frozenset()
    """Numbers we do not know that are treated as small ones."""
    spared: frozenset[int] = frozenset()
    """Numbers we do not know and for which nothing is asked."""
    told: frozenset[int] = field(init=False)
    """Numbers in those tables."""
    sums: Any = field(init=False)
    """One row a sum: +1 for the whole, -1 for each part."""
    base: Ints = field(init=False)
    up: Ints = field(init=False)
    down: Ints = field(init=False)
    """How far each may go from the base under its label."""
    fixed: Mask = field(init=False)
    """Shown for certain: it was published as a number."""
    forced: Mask = field(init=False)
    """Hidden for certain: small, or published as hidden, or in no table."""
    small: Mask = field(init=False)
    """All values below the threshold must stay possible; of others, as many as the threshold says."""
    unseen: Mask = field(init=False)
    """In no table, and not small: nothing is asked for it."""
    unsure: Mask = field(init=False)
    """How large it is nobody told us: it may be small."""
    cost: Ints = field(init=False)

    def __post_init__(self) -> None:
        numbers, least = self.group.numbers, self.group.threshold
        self.told = frozenset(n for table in self.labelled for n in self.group.tables[table].numbers)
        places = range(len(numbers))
        low, high = np.array([self._low(n) for n in places]), np.array([self._high(n) for n in places])
        self.sums = _matrix(self.group)
        self.base = _base(self.group, self.sums, low, high)
        self.up, self.down = high - self.base, self.base - low
        known = np.array([n.value is not None for n in numbers], dtype=bool)
        tiny = np.array([self.group.is_small(n) for n in numbers], dtype=bool)
        out = np.array([n.out for n in numbers], dtype=bool)
        new = np.array([n.worth > 0 for n in numbers], dtype=bool)
        self.fixed = np.array([n.shown for n in numbers], dtype=bool)
        self.forced = ~self.fixed & (tiny | out | ~new)
        self.unseen = ~new & ~out & ~tiny & known
        self.unseen[list(self.spared)] = True
        self.small = (known & (self.base < least) & ~self.unseen) | (high < least)
        self.small[list(self.wide)] = True
        self.unsure = ~known & (low == 0) & (high >= least)
        self.cost = np.array([self._cost(n) for n in places], dtype=np.int64)

    def _is_told_small(self, n: int) -> bool:
        return n in self.told and (self.group.numbers[n].value or 0) < self.group.threshold

    def _low(self, n: int) -> int:
        number = self.group.numbers[n]
        told_large = n in self.told and not self._is_told_small(n)
        return max(number.low, self.group.threshold if told_large else 0)

    def _high(self, n: int) -> int:
        number = self.group.numbers[n]
        top = FAR if number.high is None else number.high
        return min(top, self.group.threshold - 1) if self._is_told_small(n) else top

    def _cost(self, n: int) -> int:
        """A label says half of what a number says; among equals the smaller number goes."""
        number = self.group.numbers[n]
        if self._is_told_small(n):
            return number.worth // 2
        return number.worth + (number.value or 0).bit_length() if number.worth else 0


def _matrix(group: Group) -> Any:
    rows, columns, signs = [], [], []
    for row, one in enumerate(group.sums):
        rows += [row] * (len(one.parts) + 1)
        columns += [one.whole, *one.parts]
        signs += [1] + [-1] * len(one.parts)
    return csc_array((signs, (rows, columns)), shape=(len(group.sums), len(group.numbers)), dtype=np.int64)


def _base(group: Group, sums: Any, low: Ints, high: Ints) -> Ints:
    """The true numbers; for those we do not know, the least that fit."""
    true = np.array([-1 if n.value is None else n.value for n in group.numbers], dtype=np.int64)
    unknown = np.flatnonzero(true < 0)
    if not len(unknown):
        return true
    rest = -(sums @ np.where(true < 0, 0, true))
    answer = milp(
        np.ones(len(unknown)),
        integrality=np.ones(len(unknown)),
        bounds=(low[unknown], high[unknown]),
        constraints=LinearConstraint(sums[:, unknown], rest, rest) if len(group.sums) else None,
    )
    if answer.x is None:
        raise ValueError("what is out does not add up")
    true[unknown] = np.rint(answer.x).astype(np.int64)
    if (sums @ true).any() or (true < low).any() or (true > high).any():
        raise ValueError("what is out does not add up")
    return true
