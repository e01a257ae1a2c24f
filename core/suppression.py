"""Which cells of a table to hide besides the small ones, and the proof that they are enough.

A table with its totals is a circulation: a flow from the start through row totals, cells and column
totals and back over the grand total. Cells, totals and sums are arcs, and every addition a reader can
make is that what flows into a node flows out. A shown arc is fixed; a hidden one may vary within what its
label leaves open. Such a system has integer solutions wherever it has any, so what is possible for one
hidden arc is exactly an interval, and two maximal flows in the residual network find its ends: no solver,
no rounding.

A small arc is safe when each value from 1 to threshold - 1 is possible (for a total: from the number of
its cells that are not zero). When it is not, the flow names a cut, and at least one arc of the cut must
be hidden too; branching on these finds the cheapest set (for big tables: a good one).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

BIG_TABLE: Final = 50
EXACT_STEPS: Final = 2000
QUICK_STEPS: Final = 40
UNBOUNDED: Final = 10**9


@dataclass(frozen=True)
class Arc:
    """A cell or total: its key, between which sums it stands, its true count and how bad it is to hide it.

    `least` is what a reader knows anyhow: zeros are shown, so a total is at least the number of cells in
    it that are none.
    """

    key: Any
    tail: Hashable
    head: Hashable
    value: int
    cost: float
    least: int = 1


def suppress(arcs: Sequence[Arc], threshold: int) -> tuple[frozenset[Any], bool]:
    """The keys to hide, and whether small ones may be told from those hidden for their sake.

    Telling them apart ("fewer than 5" against "not shown") gives a reader bounds to calculate with. Where no
    choice withstands that, or only one without a grand total, all that is hidden looks the same.
    """
    small = frozenset(n for n, arc in enumerate(arcs) if 0 < arc.value < threshold)
    if not small or len(arcs) == 1:
        return frozenset(arcs[n].key for n in small), True
    for labelled in (True, False):
        found = _Search(arcs, small, threshold, labelled=labelled).run()
        if found is not None and not (labelled and any(_is_grand(arcs[n]) for n in found - small)):
            return frozenset(arcs[n].key for n in found), labelled
    raise AssertionError("hiding everything that is not zero is always possible")


def _is_grand(arc: Arc) -> bool:
    return arc.tail == "end"


class _Search:
    """Branch and bound over the arcs to hide."""

    def __init__(self, arcs: Sequence[Arc], small: frozenset[int], threshold: int, *, labelled: bool) -> None:
        self.arcs, self.small, self.threshold, self.labelled = arcs, small, threshold, labelled
        self.touching: dict[Hashable, list[int]] = defaultdict(list)
        for n, arc in enumerate(arcs):
            self.touching[arc.tail].append(n)
            self.touching[arc.head].append(n)
        self.steps = EXACT_STEPS if len(arcs) <= BIG_TABLE else QUICK_STEPS
        self.best: frozenset[int] | None = None
        self.best_cost = float("inf")
        self.suspects = sorted(small)

    def run(self) -> frozenset[int] | None:
        """The cheapest set found, or None when none exists under these labels."""
        self._branch(self.small, frozenset(), 0.0)
        if self.best is None:
            return None
        kept = self.best
        for n in sorted(kept - self.small, key=lambda n: -self.arcs[n].cost):
            if self._weakness(kept - {n}) is None:
                kept -= {n}
        return kept

    def _branch(self, hidden: frozenset[int], shown: frozenset[int], cost: float) -> None:
        """Try the supersets of `hidden` that keep `shown`."""
        if cost >= self.best_cost or self._is_tired():
            return
        self.steps -= 1
        cut = self._weakness(hidden)
        if cut is None:
            self.best, self.best_cost = hidden, cost
            return
        for n in sorted(cut - shown, key=lambda n: self.arcs[n].cost):
            self._branch(hidden | {n}, shown, cost + self.arcs[n].cost)
            shown |= {n}

    def _is_tired(self) -> bool:
        """Has the search gone on long enough? The first way down is always followed to its end."""
        if self.steps > 0:
            return False
        return self.best is not None or (self.labelled and self.steps < -len(self.arcs))

    def _weakness(self, hidden: frozenset[int]) -> frozenset[int] | None:
        """None when all small arcs are safe, else arcs of which at least one must be hidden too."""
        for place, n in enumerate(self.suspects):
            arc = self.arcs[n]
            for raising, amount in ((True, self.threshold - 1 - arc.value), (False, arc.value - arc.least)):
                cut = self._cut(n, raising, amount, hidden)
                if cut is not None:
                    self.suspects.insert(0, self.suspects.pop(place))  # it will fail again soonest
                    return cut
        return None

    def _room(self, n: int, hidden: frozenset[int]) -> tuple[int, int]:
        """How far an arc may go up and down, as far as a reader can tell; 0 when it is shown."""
        value = self.arcs[n].value
        if n not in hidden or value == 0:  # a zero is never hidden, so what is hidden is known to be none
            return 0, 0
        if not self.labelled:
            return UNBOUNDED, value - 1
        if n in self.small:
            return self.threshold - 1 - value, value - 1
        return UNBOUNDED, value - self.threshold

    def _cut(self, n: int, raising: bool, amount: int, hidden: frozenset[int]) -> frozenset[int] | None:
        """Can arc n change by `amount`? None if so, else the arcs across the cut that prevents it."""
        arc = self.arcs[n]
        source, sink = (arc.head, arc.tail) if raising else (arc.tail, arc.head)
        moved: dict[int, int] = defaultdict(int)
        while amount > 0:
            came_by = self._reach(source, n, hidden, moved)
            if sink not in came_by:
                return self._openings(set(came_by), hidden)
            amount -= self._push(source, sink, came_by, amount, hidden, moved)
        return None

    def _reach(
        self, source: Hashable, n: int, hidden: frozenset[int], moved: dict[int, int]
    ) -> dict[Hashable, tuple[int, bool] | None]:
        """Nodes that a change can get to, each with the arc and direction it came by."""
        came_by: dict[Hashable, tuple[int, bool] | None] = {source: None}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for m in self.touching[node]:
                if m == n or m not in hidden:
                    continue
                forward = self.arcs[m].tail == node
                other = self.arcs[m].head if forward else self.arcs[m].tail
                if other not in came_by and self._left(m, forward, hidden, moved) > 0:
                    came_by[other] = (m, forward)
                    queue.append(other)
        return came_by

    def _left(self, m: int, forward: bool, hidden: frozenset[int], moved: dict[int, int]) -> int:
        up, down = self._room(m, hidden)
        return up - moved[m] if forward else down + moved[m]

    def _push(
        self,
        source: Hashable,
        sink: Hashable,
        came_by: dict[Hashable, tuple[int, bool] | None],
        amount: int,
        hidden: frozenset[int],
        moved: dict[int, int],
    ) -> int:
        """Send as much as the path found lets through, at most `amount`."""
        path: list[tuple[int, bool]] = []
        node = sink
        while (step := came_by[node]) is not None:
            path.append(step)
            arc = self.arcs[step[0]]
            node = arc.tail if step[1] else arc.head
        pushed = min(amount, *(self._left(m, forward, hidden, moved) for m, forward in path))
        for m, forward in path:
            moved[m] += pushed if forward else -pushed
        return pushed

    def _openings(self, inside: set[Hashable], hidden: frozenset[int]) -> frozenset[int]:
        """Shown arcs out of the reached part which would help if they were hidden."""
        found: set[int] = set()
        for m, arc in enumerate(self.arcs):
            if m in hidden or (arc.tail in inside) == (arc.head in inside):
                continue
            up, down = self._room(m, hidden | {m})
            if (up if arc.tail in inside else down) > 0:
                found.add(m)
        return frozenset(found)
