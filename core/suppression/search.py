"""What to hide so that all is safe, at the least loss."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.suppression.reader import Cut, Reader
from core.suppression.view import Mask, View


@dataclass
class Search:
    view: View
    reader: Reader = field(init=False)
    cuts: list[Cut] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(self.view)

    def run(self) -> Mask | None:
        """The numbers to hide; None when nothing makes this view safe."""
        return self.mend(self.view.forced.copy())

    def mend(self, hidden: Mask) -> Mask | None:
        """Hide more until all is safe, each time the cheapest that helps."""
        banned = self.view.fixed.copy()
        while True:
            lacking = self.reader.lacking(hidden)
            if not len(lacking):
                return hidden
            for number in lacking:
                cut = self.reader.ask(int(number), hidden)
                if cut is None:
                    continue
                self.cuts.append(cut)
                if not self._satisfy(cut, hidden, banned):
                    if self.view.forced[number]:
                        return None
                    banned[number], hidden[number] = True, False
                break

    def _satisfy(self, cut: Cut, hidden: Mask, banned: Mask) -> bool:
        open_places = [n for n, p in enumerate(cut.places) if not hidden[p] and not banned[p]]
        worth = self.view.cost[cut.places]
        for n in sorted(open_places, key=lambda n: (worth[n] / cut.gains[n], n)):
            if cut.holds(hidden):
                break
            hidden[cut.places[n]] = True
        return cut.holds(hidden)


def cost(view: View, hidden: Mask) -> int:
    return int(np.where(hidden, view.cost, 0).sum())
