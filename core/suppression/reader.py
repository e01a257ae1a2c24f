"""What a reader can find out: the attacker's linear programs, and the witnesses that stop them.

A witness is a table of whole numbers that looks like the published one, written as its difference from the
base and checked in whole numbers. It proves values to be possible for every number in it, and for every
choice of what to hide that hides all the numbers it moves; so most are found once and serve to the end. What
no witness proves yet is asked of a linear program. Its answer is a new witness, or the weights of the sums by
which a reader gets at the number: a cut, of which something more must be hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_array, hstack

from core.suppression.view import FAR, Ints, Mask, View

HEAVY: Final = 10_000.0
"""What one more value is worth against moving one more number: short witnesses serve longest."""
FINE: Final = 12
"""Weights of sums are multiples of one part in so many; where that is too coarse, it is asked again."""
TINY: Final = 1e-6

WIDE: Final = 2500
"""Columns of one linear program: several questions go in one, as far as they are small."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Goal:
    """Can this number move so far, up (1) or down (-1)?"""

    number: int
    sign: int
    far: int
    exact: bool = False


Answers = dict[Goal, tuple[int, Floats | None]]
"""How far it gets, and if not all the way, the weights of the sums that stop it."""


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
    witnesses: list[Ints] = field(default_factory=list)
    """As differences from the base."""
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

    def hear(self, witnesses: Sequence[Ints]) -> None:
        """Take over what was found for another view of the same group, as far as it fits this one."""
        for change in witnesses:
            if self._fits(change):
                self.learn(change)

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
        self.witnesses.append(change)
        up, down = view.up[moved], view.down[moved]
        ahead = int(np.where(step > 0, up // abs(step), down // abs(step)).min())
        back = int(np.where(step > 0, down // abs(step), up // abs(step)).min())
        most = max(4 * view.group.threshold, int(view.base[moved][view.small[moved]].max(initial=0)))
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

    def ask(self, numbers: Sequence[int], hidden: Mask) -> list[Cut]:
        """What must be hidden besides for the sake of these; what proves that others are safe is learnt."""
        answers = self._answers([goal for number in numbers for goal in self._ends(number)], hidden)
        cuts = [cut for number in numbers if (cut := self._end_cut(number, answers, hidden)) is not None]
        done = {cut.number for cut in cuts}
        left = [n for n in self.lacking(hidden).tolist() if n in numbers and n not in done]
        if left:
            self._answers([goal for number in left for goal in self._between(number, answers)], hidden)
            cuts += [self._more(n, hidden) for n in self.lacking(hidden).tolist() if n in left]
        return cuts

    def _ends(self, number: int) -> list[Goal]:
        """The furthest values that must be possible."""
        if self.view.small[number]:
            return [self._goal(number, value) for value in (int(self.top[number]), 0)]
        far = self.view.group.threshold - 1
        up, down = int(self.view.up[number]), int(self.view.down[number])
        return [Goal(number, 1, min(far, up)), Goal(number, -1, min(far, down))]

    def _goal(self, number: int, value: int, *, exact: bool = False) -> Goal:
        far = value - int(self.view.base[number])
        return Goal(number, 1 if far > 0 else -1, abs(far), exact)

    def _between(self, number: int, answers: Answers) -> list[Goal]:
        """The values between those reached."""
        if self.view.small[number]:
            return [self._goal(number, value, exact=True) for value in range(1, int(self.top[number]))]
        reached = [(goal.sign, answers[goal][0]) for goal in self._ends(number) if goal in answers]
        return [Goal(number, sign, far, True) for sign, end in reached for far in range(1, end)]

    def _end_cut(self, number: int, answers: Answers, hidden: Mask) -> Cut | None:
        known = [(goal, *answers[goal]) for goal in self._ends(number) if goal in answers]
        if self.view.small[number]:
            for goal, reached, weights in known:
                if reached < goal.far:
                    return self._cut(number, [(goal.sign, weights)], goal.far, hidden)
            return None
        far = self.view.group.threshold - 1
        if len(known) < 2 or sum(reached for _, reached, _ in known) >= far:
            return None
        return self._cut(number, [(goal.sign, weights) for goal, _, weights in known], far, hidden)

    def _is_met(self, goal: Goal, proven: Mask, lacking: frozenset[int]) -> bool:
        """Is nothing to be learnt from it any more?"""
        if self.view.small[goal.number]:
            value = int(self.view.base[goal.number]) + goal.sign * goal.far
            return bool(proven[goal.number, value])
        if goal.exact:
            return bool(proven[goal.number, self.span + goal.sign * goal.far])
        return goal.number not in lacking

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

    def _answers(self, goals: Sequence[Goal], hidden: Mask) -> Answers:
        """Each goal that no witness meets yet, as far as it can be reached, and the sums that stop it."""
        found: Answers = {}
        width = 2 * int(hidden.sum())
        waiting = list(goals)
        while waiting:
            lacking, proven = frozenset(self.lacking(hidden).tolist()), self._proven(hidden)
            waiting = [goal for goal in waiting if not self._is_met(goal, proven, lacking)]
            some, waiting = waiting[: max(1, WIDE // width)], waiting[max(1, WIDE // width) :]
            found.update(self._solve(some, hidden))
        return found

    def _solve(self, goals: Sequence[Goal], hidden: Mask) -> Answers:
        """Goals side by side in one program, each with a copy of all that is hidden."""
        if not goals:
            return {}
        self.asked += len(goals)
        places, both = self._columns(hidden)
        sides = [self._side(goal, places) for goal in goals]
        price = np.concatenate([side[0] for side in sides])
        bounds = np.concatenate([side[1] for side in sides])
        rows, width = both.shape
        programs = block_diag([both] * len(goals), format="csc")
        found = linprog(price, A_eq=programs, b_eq=np.zeros(rows * len(goals)), bounds=bounds)
        if found.x is None:
            if len(goals) == 1:
                return {goals[0]: (self._whole(goals[0], sides[0], places, both), None)}
            return {goal: a for one in goals for goal, a in self._solve([one], hidden).items()}
        stops = -np.asarray(found.eqlin.marginals) / HEAVY
        answers: Answers = {}
        for n, goal in enumerate(goals):
            part = found.x[n * width : (n + 1) * width]
            weights = np.rint(stops[n * rows : (n + 1) * rows] * FINE) / FINE
            far = abs(part[: len(places)] - part[len(places) :])[np.searchsorted(places, goal.number)]
            reached = self._take(places, part, goal.number)
            if reached is None:
                reached = self._whole(goal, sides[n], places, both)
            answers[goal] = (reached, np.zeros(rows) if far > goal.far - 0.5 else weights)
        return answers

    def _side(self, goal: Goal, places: Ints) -> tuple[Floats, Floats]:
        """Price and bounds of a goal's copy: ways up, then ways down, of all that is hidden."""
        view, count = self.view, len(places)
        at = int(np.searchsorted(places, goal.number))
        high = np.concatenate([view.up[places], view.down[places]]).astype(float)
        high[high >= FAR / 2] = np.inf
        low, price = np.zeros(2 * count), np.ones(2 * count)
        mine, other = (at, at + count) if goal.sign > 0 else (at + count, at)
        high[mine], high[other] = goal.far, 0
        low[mine] = goal.far if goal.exact else 0
        price[mine] = 1 - HEAVY
        return price, np.column_stack([low, high])

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

    def _whole(self, goal: Goal, side: tuple[Floats, Floats], places: Ints, both: Any) -> int:
        """How far in whole numbers alone."""
        price, bounds = side
        found = milp(
            price,
            integrality=np.ones(len(price)),
            bounds=Bounds(bounds[:, 0], bounds[:, 1]),
            constraints=LinearConstraint(both, 0, 0),
        )
        return 0 if found.x is None else self._take(places, found.x, goal.number) or 0


def _rows(lists: list[Ints], width: int) -> Any:
    ends = np.cumsum([0, *(len(one) for one in lists)])
    columns = np.concatenate(lists) if lists else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(lists), width))
