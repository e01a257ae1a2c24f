"""What a reader can find out: the attacker's linear programs, and the witnesses that stop them.

A witness is a table of whole numbers that looks like the published one, written as its difference from the
base and checked in whole numbers. It proves values to be possible for every number in it, and for every
choice of what to hide that hides all the numbers it moves; so most are found once and serve to the end. What
no witness proves yet is asked of a linear program. Its answer is a new witness, or the weights of the sums by
which a reader gets at the number: a cut, of which something more must be hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack

from core.suppression.view import FAR, Ints, Mask, View

HEAVY: Final = 10_000.0
"""What one more value is worth against moving one more number: short witnesses serve longest."""
FINE: Final = 12
"""Weights of sums are multiples of one part in so many; where that is too coarse, it is asked again."""
TINY: Final = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """`number` may be hidden only if so much of `gains` is: the sum of gains of what is hidden >= need."""

    number: int
    places: Ints
    gains: Floats
    need: int

    def holds(self, hidden: Mask) -> bool:
        return bool(not hidden[self.number] or self.gains[hidden[self.places]].sum() >= self.need - TINY)


@dataclass
class Reader:
    view: View
    asked: int = 0
    _steps: list[Ints] = field(default_factory=list)
    _moves: list[Ints] = field(default_factory=list)
    """Of each witness, the numbers it moves."""
    _proofs: list[Ints] = field(default_factory=list)
    """Of each witness, the slots it proves."""
    _known: set[bytes] = field(default_factory=set)
    _pool: tuple[Any, Any] | None = None
    _last: tuple[bytes, Ints, Any] | None = None

    def __post_init__(self) -> None:
        least = self.view.group.threshold
        self.span = 2 * least
        self.slots = 2 * self.span + 1
        self.top = np.minimum(least - 1, self.view.base + self.view.up)
        """Of a small number, the largest value that must stay possible."""

    # --- what is proven -----------------------------------------------------------------------------

    def lacking(self, hidden: Mask) -> Ints:
        """The hidden numbers that are not proven safe."""
        proven, view = self._proven(hidden), self.view
        least = view.group.threshold
        needed = np.arange(self.slots)[None, :] <= self.top[:, None]
        small = (proven | ~needed).all(axis=1)
        some = proven.sum(axis=1) >= least
        safe = np.where(view.small, small, some) | view.unseen
        return np.flatnonzero(hidden & ~safe)

    def _proven(self, hidden: Mask) -> Mask:
        """By number and slot: is that value possible for every reader? Slots of small numbers are their
        values, of others the distance from the base."""
        count = len(self.view.base)
        proven = np.zeros(count * self.slots, dtype=bool)
        at = np.where(self.view.small, self.view.base, self.span)
        fits = at < self.slots
        proven[(np.arange(count) * self.slots + at)[fits]] = True
        if self._moves:
            moves, proofs = self._tables()
            valid = (moves @ (~hidden).astype(np.int64)) == 0
            proven |= (proofs @ valid.astype(np.int64)) > 0
        return proven.reshape(count, self.slots)

    def _tables(self) -> tuple[Any, Any]:
        if self._pool is None or self._pool[0].shape[0] != len(self._moves):
            count = len(self.view.base)
            self._pool = (_rows(self._moves, count), _rows(self._proofs, count * self.slots).T.tocsr())
        return self._pool

    def learn(self, change: Ints) -> None:
        """Keep a witness, and all that lie on the same line through the base."""
        view = self.view
        if not self._fits(change):
            raise AssertionError("a witness does not fit")
        moved = np.flatnonzero(change)
        if not len(moved):
            return
        step = change[moved] // np.gcd.reduce(change[moved])
        step = step if step[0] > 0 else -step
        mark = moved.tobytes() + step.tobytes()
        if mark in self._known:
            return
        self._known.add(mark)
        up, down = view.up[moved], view.down[moved]
        ahead = int(np.where(step > 0, up // abs(step), down // abs(step)).min())
        back = int(np.where(step > 0, down // abs(step), up // abs(step)).min())
        most = max(4 * view.group.threshold, int(abs(change[moved] // step).max()))
        times = np.concatenate([np.arange(-min(back, most), 0), np.arange(1, min(ahead, most) + 1)])
        at = np.where(view.small[moved], view.base[moved], self.span)[:, None] + step[:, None] * times
        slot = moved[:, None] * self.slots + at
        self._moves.append(moved)
        self._proofs.append(np.unique(slot[(at >= 0) & (at < self.slots)]))

    def plain_cuts(self) -> Iterator[Cut]:
        """What each sum alone demands: one hidden number is never alone in it."""
        view, far = self.view, self.view.group.threshold - 1
        sums = view.sums.tocoo()
        for row, number, sign in zip(sums.row, sums.col, sums.data, strict=True):
            if view.fixed[number] or view.unseen[number]:
                continue
            weights = np.zeros(sums.shape[0])
            weights[row] = sign
            up, down = (1, weights), (-1, -weights)
            if not view.small[number]:
                yield self._weighed(number, [up, down], far)
                continue
            for side, need in ((up, self.top[number] - view.base[number]), (down, view.base[number])):
                if need > 0:
                    yield self._weighed(number, [side], int(need))

    def _fits(self, change: Ints) -> bool:
        view = self.view
        held = (change <= view.up).all() and (-change <= view.down).all()
        return bool(held and not (view.sums @ change).any())

    # --- what is asked ------------------------------------------------------------------------------

    def ask(self, number: int, hidden: Mask) -> Cut | None:
        """None when the number is safe; what proves it is learnt. Else what must be hidden besides."""
        view = self.view
        if view.small[number]:
            return self._ask_small(number, hidden)
        far = view.group.threshold - 1
        up, above = self._reach(number, 1, min(far, int(view.up[number])), hidden)
        if number not in self.lacking(hidden):
            return None
        down, below = self._reach(number, -1, min(far, int(view.down[number])), hidden)
        if up + down < far:
            return self._cut(number, [(1, above), (-1, below)], far, hidden)
        for distance in range(-down, up + 1):
            if distance and not self._proven(hidden)[number, self.span + distance]:
                self._reach(number, distance // abs(distance), abs(distance), hidden, exact=True)
        return self._is_proven(number, hidden)

    def _ask_small(self, number: int, hidden: Mask) -> Cut | None:
        base, top = int(self.view.base[number]), int(self.top[number])
        for value in (top, 0, *range(1, top)):
            if self._proven(hidden)[number, value]:
                continue
            sign, far = (1, value - base) if value > base else (-1, base - value)
            reached, weights = self._reach(number, sign, far, hidden, exact=0 < value < top)
            if reached < far:
                return self._cut(number, [(sign, weights)], far, hidden)
        return self._is_proven(number, hidden)

    def _is_proven(self, number: int, hidden: Mask) -> Cut | None:
        return self._more(number, hidden) if number in self.lacking(hidden) else None

    def _more(self, number: int, hidden: Mask) -> Cut:
        """Whole numbers leave less than fractions do: anything else must be hidden besides."""
        places = np.flatnonzero(~hidden & ~self.view.fixed)
        return Cut(number, places, np.ones(len(places)), 1)

    def _cut(self, number: int, sides: list[tuple[int, Floats | None]], need: int, hidden: Mask) -> Cut:
        known = [(sign, weights) for sign, weights in sides if weights is not None]
        if len(known) < len(sides):
            return self._more(number, hidden)
        cut = self._weighed(number, known, need)
        return self._more(number, hidden) if cut.holds(hidden) else cut

    def _weighed(self, number: int, sides: list[tuple[int, Floats]], need: int) -> Cut:
        """How far the sums, so weighed, let the number go, by what is hidden."""
        view = self.view
        gains = np.zeros(len(view.base))
        for sign, weights in sides:
            gap = -(view.sums.T @ weights)
            gap[number] += sign
            gap[abs(gap) < TINY] = 0
            gains += np.where(gap > 0, gap * view.up, -gap * view.down)
        gains[view.fixed] = 0
        places = np.flatnonzero(gains > TINY)
        return Cut(number, places, np.minimum(gains[places], need), need)

    def _reach(
        self, number: int, sign: int, far: int, hidden: Mask, *, exact: bool = False
    ) -> tuple[int, Floats | None]:
        """How far the number can go that way, at most so far, and the weights of the sums that stop it."""
        if far <= 0:
            return 0, np.zeros(self.view.sums.shape[0])
        self.asked += 1
        places, both = self._columns(hidden)
        at = int(np.searchsorted(places, number))
        high = np.concatenate([self.view.up[places], self.view.down[places]]).astype(float)
        high[high >= FAR / 2] = np.inf
        low, price = np.zeros(len(high)), np.ones(len(high))
        mine, other = (at, at + len(places)) if sign > 0 else (at + len(places), at)
        high[mine], high[other] = far, 0
        low[mine] = far if exact else 0
        price[mine] = 1 - HEAVY
        found = linprog(price, A_eq=both, b_eq=np.zeros(both.shape[0]), bounds=np.column_stack([low, high]))
        if found.x is None:
            return 0, None
        reached = self._take(places, found.x, number)
        if reached is None:
            reached = self._whole(places, both, price, low, high, number)
            if found.x[mine] > far - 0.5:
                return reached, None
        if reached >= far:
            return reached, None
        weights = -np.asarray(found.eqlin.marginals) / HEAVY
        return reached, np.rint(weights * FINE) / FINE

    def _columns(self, hidden: Mask) -> tuple[Ints, Any]:
        mark = hidden.tobytes()
        if self._last is None or self._last[0] != mark:
            places = np.flatnonzero(hidden)
            part = self.view.sums[:, places]
            self._last = (mark, places, hstack([part, -part]).tocsc())
        return self._last[1], self._last[2]

    def _take(self, places: Ints, answer: Floats, number: int) -> int | None:
        """The distance the answer moves the number; None when it is not in whole numbers."""
        moved = answer[: len(places)] - answer[len(places) :]
        whole = np.rint(moved).astype(np.int64)
        change = np.zeros(len(self.view.base), dtype=np.int64)
        change[places] = whole
        if abs(moved - whole).max() > 1e-5 or not self._fits(change):
            return None
        self.learn(change)
        return int(abs(change[number]))

    def _whole(self, places: Ints, both: Any, price: Floats, low: Floats, high: Floats, number: int) -> int:
        found = milp(
            price,
            integrality=np.ones(len(price)),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(both, 0, 0),
        )
        return 0 if found.x is None else self._take(places, found.x, number) or 0


def _rows(lists: list[Ints], width: int) -> Any:
    ends = np.cumsum([0, *(len(one) for one in lists)])
    columns = np.concatenate(lists) if lists else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(lists), width))
