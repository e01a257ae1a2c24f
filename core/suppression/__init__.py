"""Which numbers of a group to hide besides the small ones, and the proof that they are enough."""

from __future__ import annotations

from core.family import Group, Unsafe
from core.suppression.search import Search, cost
from core.suppression.view import Mask, View


def suppress(group: Group) -> None:
    """Say of each number of the group whether it is hidden, and whether small ones are told from others."""
    best: tuple[int, View, Mask] | None = None
    for labelled in (True, False):
        view = View(group, labelled)
        found = Search(view).run()
        if found is not None and (best is None or cost(view, found) < best[0]):
            best = (cost(view, found), view, found)
    if best is None:
        raise Unsafe("what is already out tells a small number")
    _, view, hidden = best
    for number, is_hidden in zip(group.numbers, hidden, strict=True):
        number.hidden = bool(is_hidden)
        number.told = view.labelled
