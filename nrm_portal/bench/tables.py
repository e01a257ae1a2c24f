"""A year's tables to publish, and the least that any proof of them asks: one linear program for each hidden
number."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from random import Random
from typing import Any, Final

from core.publish import Cube, Key, Published, publish_family
from nrm_portal.overview.relations import sums_of

PEOPLE: Final = 420
THRESHOLD: Final = 5
CODES: Final = {
    "county": tuple(f"{n:02}" for n in range(22)),
    "group": ("women", "men", "girls", "boys", "other"),
    "form": tuple("abcdefghijkl"),
}
_GROUPS: Final = (45, 48, 3, 2, 2)
_FORMS: Final = (46, 42, 5, 3, 2, *[1] * 7)


@lru_cache(maxsize=1)
def year() -> dict[str, Cube]:
    """County × group and group × form of as many people as in a year; always the same."""
    dice = Random(1)
    busy = [dice.expovariate(1) ** 1.5 for _ in CODES["county"]]
    shares = (busy, _GROUPS, _FORMS)
    people = [
        tuple(dice.choices(codes, share)[0] for codes, share in zip(CODES.values(), shares, strict=True))
        for _ in range(PEOPLE)
    ]
    left: dict[Key, int] = Counter(person[:2] for person in people)
    right: dict[Key, int] = Counter(person[1:] for person in people)
    return {
        "county": Cube({name: CODES[name] for name in ("county", "group")}, left),
        "form": Cube({name: CODES[name] for name in ("group", "form")}, right),
    }


def publish() -> dict[str, Published]:
    return publish_family(year(), threshold=THRESHOLD)


def ask_once() -> None:
    """How far each hidden number could go up, one plain linear program each."""
    import numpy as np
    from scipy.optimize import linprog

    matrix, hidden = _system()
    bounds: Any = [(0, None if is_hidden else 0) for is_hidden in hidden]
    for number in np.flatnonzero(hidden):
        aim = np.zeros(len(hidden))
        aim[number] = -1
        limits = list(bounds)
        limits[number] = (0, THRESHOLD)
        linprog(aim, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=limits)


@lru_cache(maxsize=1)
def _system() -> tuple[Any, list[bool]]:
    """The sums of the published tables, and which numbers they hide."""
    from scipy.sparse import lil_array

    found = publish().values()
    is_hidden = {table.id(key): cell.value is None for table in found for key, cell in table.cells.items()}
    sums = [one for table in found for one in sums_of(table)]
    places = {name: place for place, name in enumerate(is_hidden)}
    matrix = lil_array((len(sums), len(places)))
    for row, (whole, parts) in enumerate(sums):
        matrix[row, places[whole]] = 1
        for part in parts:
            matrix[row, places[part]] = -1
    return matrix.tocsr(), list(is_hidden.values())
