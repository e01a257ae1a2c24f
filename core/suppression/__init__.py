"""Which numbers of a group to hide besides the small ones, and the proof that they are enough.

`view` is what a reader sees, `reader` what a reader can find out, `search` what to hide. Loaded only when
something is to be protected: the solver takes a second to load.
"""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from core.family import Group, Unsafe
from core.suppression.reader import Reader
from core.suppression.search import Search, cost
from core.suppression.view import Mask, View

SECONDS: Final = 20.0
"""How long the cheapest choice is looked for; then a cheap one does. Each is safe."""


def suppress(group: Group) -> None:
    """Say of each number of the group whether it is hidden, and whether small ones are told from others.

    The label of a small number tells less than the number and more than nothing, so what it saves is weighed
    against what else it makes necessary to hide.
    """
    best: tuple[int, View, Mask] | None = None
    wide = _may_be_small(group)
    for labelled in (True, False):
        view = View(group, labelled, wide)
        found = Search(view, time.monotonic() + SECONDS).run(best[0] if best else np.inf)
        if found is not None and (best is None or cost(view, found) < best[0]):
            best = (cost(view, found), view, found)
    if best is None:
        raise Unsafe("what is already out tells a small number")
    _, view, hidden = best
    for number, is_hidden in zip(group.numbers, hidden, strict=True):
        number.hidden = bool(is_hidden)
        number.told = view.labelled


def _may_be_small(group: Group) -> frozenset[int]:
    """Numbers out as hidden that nobody told us and that could, for all a reader can know, be any small one:
    this must stay so, for they may be."""
    view = View(group, labelled=False)
    unsure = frozenset(np.flatnonzero(view.unsure).tolist())
    if not unsure:
        return unsure
    reader = Reader(View(group, labelled=False, wide=unsure))
    return frozenset(number for number in unsure if reader.ask(number, ~view.fixed) is None)
