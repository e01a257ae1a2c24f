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
from core.suppression.view import Ints, Mask, View

SECONDS: Final = 20.0
"""How long the cheapest choice is looked for; then a cheap one does. Each is safe."""


def suppress(group: Group) -> None:
    """Say of each number of the group whether it is hidden, and of each table whether small ones are told.

    The label of a small number tells less than the number and more than nothing, so what it saves is weighed
    against what else it makes necessary to hide. Tables lose their labels where these would break the rule.
    """
    best: tuple[int, View, Mask] | None = None
    wide, spared, witnesses = _unknown(group)
    labelled: frozenset[int] | None = frozenset(range(len(group.tables)))
    while labelled is not None:
        view = View(group, labelled, wide, spared)
        search = Search(view, time.monotonic() + SECONDS)
        search.reader.hear(witnesses)
        found = search.run(best[0] if best else np.inf)
        if found is not None and (best is None or cost(view, found) < best[0]):
            best = (cost(view, found), view, found)
        witnesses = search.reader.witnesses
        labelled = _fewer(search, best is not None) if labelled else None
    if best is None:
        raise Unsafe("what is already out tells a small number")
    _, view, hidden = best
    for number, is_hidden in zip(group.numbers, hidden, strict=True):
        number.hidden = bool(is_hidden)
    for place, table in enumerate(group.tables):
        table.labelled = place in view.labelled


def _fewer(search: Search, is_found: bool) -> frozenset[int]:
    """The tables to label next: without those whose labels put most into what stays in danger; none if all
    is safe."""
    view, lost = search.view, set[int]()
    tables = view.group.tables
    for cut in [] if is_found else search.hopeless():
        reach = frozenset(cut.places.tolist())
        lost.add(max(view.labelled, key=lambda n: _part(tables[n].numbers, cut.number, reach)))
    return view.labelled - lost if lost else frozenset()


def _part(table: frozenset[int], number: int, reach: frozenset[int]) -> tuple[bool, int]:
    return number in table, len(table & reach)


def _unknown(group: Group) -> tuple[frozenset[int], frozenset[int], list[Ints]]:
    """Of the numbers that nobody told us: which could be any small one for all a reader can know, and must
    stay so, for they may be; and for which nothing can be asked, as they are in no table and known already.
    """
    view = View(group, frozenset())
    unsure = frozenset(np.flatnonzero(view.unsure).tolist())
    if not unsure:
        return unsure, unsure, []
    reader = Reader(View(group, frozenset(), unsure))
    wide = _safe(reader, unsure)
    again = Reader(view)
    again.hear(reader.witnesses)
    rest = frozenset(n for n in unsure - wide if not group.numbers[n].out)
    return wide, rest - _safe(again, rest), again.witnesses


def _safe(reader: Reader, numbers: frozenset[int]) -> frozenset[int]:
    """Those that are safe when all is hidden that can be."""
    cuts = reader.ask(sorted(numbers), ~reader.view.fixed)
    return numbers - {cut.number for cut in cuts}
