"""What to hide so that all is safe, at the least loss.

An integer program picks what to hide; the reader (`core.suppression.reader`) says what is still in danger and
by which sums; those cuts go back into the program until nothing is in danger. Its answer is then the cheapest
there is. When the time is over before that, the last answer is mended and trimmed: safe, and cheap.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from core.suppression.reader import Cut, Reader
from core.suppression.view import Ints, Mask, View

CHUNK: Final = 40
"""Numbers asked about at a time."""
ROUND: Final = 60
"""So many new cuts, and the program is asked again."""


@dataclass
class Search:
    view: View
    until: float
    """When to stop looking for something cheaper, by `time.monotonic`."""
    reader: Reader = field(init=False)
    cuts: list[Cut] = field(default_factory=list)
    least: float = 0
    """No safe choice costs less."""
    rounds: int = 0

    def __post_init__(self) -> None:
        self.reader = Reader(self.view)
        self.cuts = list(self.reader.plain_cuts())

    def run(self, limit: float = np.inf) -> Mask | None:
        """The numbers to hide; None when nothing makes this view safe, or only at a loss of `limit`."""
        hidden = self.view.forced.copy()
        while True:
            if time.monotonic() > self.until:
                found = self._mend(hidden)
                return None if found is None else self._trim(found)
            picked = self._pick()
            if picked is None or self.least >= limit:
                return None
            hidden = picked
            if not self._learn(hidden):
                return hidden
            self.rounds += 1

    def hopeless(self) -> list[Cut]:
        """Why numbers that must be hidden stay in danger even when all is hidden."""
        view, everything = self.view, ~self.view.fixed
        if all(cut.holds(everything) for cut in self.cuts):
            self.cuts += self.reader.ask(np.flatnonzero(view.forced).tolist(), everything)
        return [cut for cut in self.cuts if view.forced[cut.number] and not cut.holds(everything)]

    def _pick(self) -> Mask | None:
        """The cheapest choice no cut forbids; None when there is none."""
        view = self.view
        answer = milp(
            view.cost,
            integrality=np.ones(len(view.cost)),
            bounds=Bounds(view.forced.astype(float), (~view.fixed).astype(float)),
            constraints=_constraint(self.cuts, len(view.cost)),
            options={"time_limit": max(self.until - time.monotonic(), 1.0), "mip_rel_gap": 0.0},
        )
        if answer.x is None:
            if answer.status == 2:
                return None
            self.until = 0.0
            return view.forced.copy()
        if answer.mip_dual_bound is not None:
            self.least = max(self.least, float(answer.mip_dual_bound) - 1e-6)
        picked: Mask = answer.x > 0.5
        return picked | view.forced

    def _learn(self, hidden: Mask) -> bool:
        """Add cuts for what is in danger; False when nothing is."""
        found, waiting = 0, self.reader.lacking(hidden).tolist()
        while waiting and found < ROUND:
            some, waiting = waiting[:CHUNK], waiting[CHUNK:]
            cuts = self.reader.ask(some, hidden)
            self.cuts += cuts
            found += len(cuts)
        return found > 0

    def _mend(self, hidden: Mask) -> Mask | None:
        """Hide more until all is safe, each time the cheapest that helps; None when nothing helps."""
        banned = self.view.fixed.copy()
        hidden = hidden.copy()
        while True:
            lacking = self.reader.lacking(hidden).tolist()
            if not lacking:
                return hidden
            for cut in self.reader.ask(lacking[:CHUNK], hidden):
                self.cuts.append(cut)
                if self._satisfy(cut, hidden, banned):
                    continue
                if self.view.forced[cut.number]:
                    return None
                banned[cut.number], hidden[cut.number] = True, False

    def _satisfy(self, cut: Cut, hidden: Mask, banned: Mask) -> bool:
        worth = self.view.cost[cut.places]
        free = [n for n, place in enumerate(cut.places) if not hidden[place] and not banned[place]]
        for n in sorted(free, key=lambda n: (worth[n] / cut.gains[n], n)):
            if cut.holds(hidden):
                break
            hidden[cut.places[n]] = True
        return cut.holds(hidden)

    def _trim(self, hidden: Mask) -> Mask:
        """Show again what need not be hidden, the dearest first."""
        for number in sorted(np.flatnonzero(hidden & ~self.view.forced), key=lambda n: -self.view.cost[n]):
            fewer = hidden.copy()
            fewer[number] = False
            if self._is_safe(fewer):
                hidden = fewer
        return hidden

    def _is_safe(self, hidden: Mask) -> bool:
        if not all(cut.holds(hidden) for cut in reversed(self.cuts)):
            return False
        cuts = self.reader.ask(self.reader.lacking(hidden).tolist(), hidden)
        self.cuts += cuts
        return not cuts


def cost(view: View, hidden: Mask) -> int:
    return int(np.where(hidden, view.cost, 0).sum())


def _constraint(cuts: list[Cut], count: int) -> Any:
    if not cuts:
        return None
    ends = np.cumsum([0, *(len(cut.places) + 1 for cut in cuts)])
    columns: Ints = np.concatenate([[*cut.places, cut.number] for cut in cuts]).astype(np.int64)
    gains = np.concatenate([[*cut.gains, -cut.need] for cut in cuts])
    rows = csr_array((gains, columns, ends), shape=(len(cuts), count))
    rows.sum_duplicates()
    return LinearConstraint(rows, 0, np.inf)
