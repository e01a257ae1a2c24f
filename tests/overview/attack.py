"""A reader who wants to know: everything published, taken together, as one system of linear equations.

He has every table that is out (the numbers, the words for what is hidden, and what those words mean), and he
knows how the world hangs together: rows add up to their totals, months to quarters and quarters to years,
counties to regions, sexes and ages to groups. For each hidden number he asks what it is at least and at most,
with `scipy.optimize`. This file knows nothing of how hiding is decided, and must not.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import ceil, floor, inf
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix

from core.publish import TOTAL, Published, Shown

Id = frozenset[tuple[str, str]]
Sum = tuple[Id, tuple[Id, ...]]
NEARLY = 1e-6
GLANCES = 24
"""Looks at everything at once, before each number is asked for by itself."""


@dataclass(frozen=True)
class Found:
    """A hidden number that tells too much: it lies between these two."""

    cell: Id
    low: float
    high: float
    needs: str

    def __str__(self) -> str:
        words = " ".join(f"{name}={code}" for name, code in sorted(self.cell))
        return f"{words}: {self.low:g} to {self.high:g}, needs {self.needs}"


@dataclass
class Reader:
    """What is known: `low` and `high` of each number, and the sums between them."""

    threshold: int = 5
    low: dict[Id, float] = field(default_factory=dict)
    high: dict[Id, float] = field(default_factory=dict)
    hidden: set[Id] = field(default_factory=set)
    small: set[Id] = field(default_factory=set)
    sums: set[Sum] = field(default_factory=set)

    def read(self, table: Published) -> None:
        """Take in a table: its cells, and that they add up."""
        for key, cell in table.cells.items():
            one = id_of(table, key)
            if cell.shown is Shown.NUMBER:
                assert cell.value is not None
                self._know(one, cell.value, cell.value)
            elif cell.shown is Shown.SMALL:
                self._know(one, 0, self.threshold - 1)
                self.small.add(one)
            else:
                # told apart from the small ones, so it is none of them
                self._know(one, self.threshold if table.labelled else 0, inf)
            if cell.shown is not Shown.NUMBER:
                self.hidden.add(one)
        self.sums.update(sums_in(table))

    def _know(self, one: Id, low: float, high: float) -> None:
        self.low[one] = max(low, self.low.get(one, 0))
        self.high[one] = min(high, self.high.get(one, inf))

    def add(self, whole: Id, parts: Iterable[Id]) -> None:
        """A sum that holds in the world; a number nobody has published is at least none."""
        parts = tuple(parts)
        for one in (whole, *parts):
            self._know(one, 0, inf)
        self.sums.add((whole, parts))

    def hears(self, cells: Iterable[Id], low: float, high: float = inf) -> None:
        """Something said about some numbers together, such as that nine of ten lie here."""
        said = frozenset({("said", str(len(self.sums)))})
        self.add(said, cells)
        self._know(said, low, high)

    # --- asking ---------------------------------------------------------------------------------------

    def finds(self) -> list[Found]:
        """The hidden numbers that can be told too well."""
        system = System(self)
        seen = system.glances()
        found = []
        for one in sorted(self.hidden, key=sorted):
            low, high = seen[one]
            if not self._is_wide(one, low, high):
                low, high = system.bounds(one)
                if not self._is_wide(one, low, high):
                    needs = f"0 to {self.threshold - 1}" if one in self.small else f"{self.threshold} values"
                    found.append(Found(one, low, high, needs))
        return found

    def bounds(self, one: Id, *, whole: bool = False) -> tuple[float, float]:
        """What a number is at least and at most; `whole`: among whole numbers for everything."""
        return System(self).bounds(one, whole=whole)

    def _is_wide(self, one: Id, low: float, high: float) -> bool:
        values = floor(high + NEARLY) - ceil(low - NEARLY) + 1 if high < inf else inf
        if one in self.small:
            return low <= NEARLY and high >= self.threshold - 1 - NEARLY
        return values >= self.threshold


class System:
    """The equations as a solver wants them."""

    def __init__(self, reader: Reader) -> None:
        self.ids = sorted(reader.low, key=sorted)
        self.place = {one: n for n, one in enumerate(self.ids)}
        self.hidden = [self.place[one] for one in reader.hidden]
        self.limits = [(reader.low[one], None if reader.high[one] == inf else reader.high[one])
                       for one in self.ids]  # fmt: skip
        rows, columns, signs = [], [], []
        for n, (whole, parts) in enumerate(sorted(reader.sums, key=str)):
            for one, sign in ((whole, -1.0), *((part, 1.0) for part in parts)):
                rows.append(n)
                columns.append(self.place[one])
                signs.append(sign)
        shape = (len(reader.sums), len(self.ids))
        self.matrix = csr_matrix((signs, (rows, columns)), shape=shape)

    def glances(self) -> dict[Id, tuple[float, float]]:
        """Values that are possible for each number, from a few looks in many directions at once."""
        chance = random.Random(7)
        low, high = np.full(len(self.ids), inf), np.full(len(self.ids), -inf)
        for _look in range(GLANCES):
            aim = np.zeros(len(self.ids))
            for n in self.hidden:
                aim[n] = chance.choice((-1, 1)) * chance.random()
            for sign in (1, -1):
                values = self._solve(sign * aim)
                if values is not None:
                    low, high = np.minimum(low, values), np.maximum(high, values)
        return {one: (low[n], high[n]) for n, one in enumerate(self.ids)}

    def bounds(self, one: Id, *, whole: bool = False) -> tuple[float, float]:
        aim = np.zeros(len(self.ids))
        aim[self.place[one]] = 1
        return self._end(aim, whole=whole), -self._end(-aim, whole=whole)

    def _end(self, aim: Any, *, whole: bool) -> float:
        if whole:
            low = np.array([low for low, _high in self.limits])
            high = np.array([inf if high is None else high for _low, high in self.limits])
            zero = np.zeros(self.matrix.shape[0])
            sums = [LinearConstraint(self.matrix, zero, zero)] if self.matrix.shape[0] else []
            answer = milp(aim, constraints=sums, bounds=(low, high), integrality=np.ones(len(aim)))
        else:
            answer = self._ask(aim)
        assert answer.status in (0, 3, 4), f"what is published contradicts itself: {answer.message}"
        return float(answer.fun) if answer.status == 0 else -inf

    def _solve(self, aim: Any) -> Any:
        """A point of the system in this direction; None when there is no end in it."""
        answer = self._ask(aim)
        assert answer.status != 2, f"what is published contradicts itself: {answer.message}"
        return answer.x if answer.status == 0 else None

    def _ask(self, aim: Any) -> Any:
        if not self.matrix.shape[0]:
            return linprog(aim, bounds=self.limits, method="highs")
        return linprog(
            aim, A_eq=self.matrix, b_eq=np.zeros(self.matrix.shape[0]), bounds=self.limits, method="highs"
        )


# --- how the world hangs together -----------------------------------------------------------------------


def id_of(table: Published, key: tuple[str, ...]) -> Id:
    inner = {name: code for name, code in zip(table.dimensions, key, strict=True) if code != TOTAL}
    return frozenset({**table.within, **inner}.items())


def sums_in(table: Published) -> Iterator[Sum]:
    """Rows and columns of a table and their totals."""
    names = list(table.dimensions)
    for place, name in enumerate(names):
        others = [[TOTAL] if other == name else [*table.dimensions[other], TOTAL] for other in names]
        for key in product(*others):
            parts = [(*key[:place], code, *key[place + 1 :]) for code in table.dimensions[name]]
            yield id_of(table, key), tuple(id_of(table, part) for part in parts)


PARTS: Mapping[int, int] = {4: 4, 7: 3}
"""By the length of a period's code ("2025", "2025-Q3"): how many parts it has."""


def parts_of(period: str) -> list[str]:
    """The quarters of a year, the months of a quarter."""
    if len(period) == 4:
        return [f"{period}-Q{n}" for n in (1, 2, 3, 4)]
    if "Q" in period:
        last = int(period[-1]) * 3
        return [f"{period[:4]}-{n:02}" for n in (last - 2, last - 1, last)]
    return []


def know_the_calendar(reader: Reader, begun: str = "0000-01") -> None:
    """Each number of a year is that of its quarters together, and of a quarter that of its months.

    Nothing was counted before the month `begun`. A part of which no table is out stays unknown.
    """
    by_shape: dict[Id, dict[str, Id]] = defaultdict(dict)
    for one in list(reader.low):
        period = dict(one).get("period")
        if period is not None:
            by_shape[frozenset(pair for pair in one if pair[0] != "period")][period] = one
    for shape, known in by_shape.items():
        for period, whole in known.items():
            parts = [part for part in parts_of(period) if last_month(part) >= begun]
            if any(part in known for part in parts):
                reader.add(whole, (shape | {("period", part)} for part in parts))


def know_persons(reader: Reader, *, is_first_year: bool) -> None:
    """Who was referred again and has been known since before the year has no further case in it. In the
    first year there is nobody like that; later, whoever has a further case was referred again."""
    for one in list(reader.low):
        if ("history", "referred_again") not in one:
            continue
        rest = one - {("history", "referred_again")}
        history = [one, rest | {("history", "exploited_again")}]
        further = rest | {("person", "again")}
        slack = frozenset({("said", str(len(reader.sums)))})
        if is_first_year:
            reader.add(further, [*history, slack])
        else:
            known = frozenset({("said", f"known {len(reader.sums)}")})
            reader.add(known, history)
            reader.add(known, [further, slack])


def know_topics(reader: Reader) -> None:
    """A professional's call has each topic at most once, and nobody else's call has any."""
    for one in list(reader.low):
        if "topic" not in dict(one):
            continue
        base = {("unit", "call"), *(pair for pair in one if pair[0] == "period")}
        calls = frozenset({*base, ("caller", "professional")})
        reader.add(calls, [frozenset({*base, ("caller", code)}) for code in ("first", "again")])
        reader.add(calls, [one, frozenset({*one, ("said", "without it")})])


def last_month(period: str) -> str:
    return f"{period[:4]}-{int(period[-1]) * 3:02}" if "Q" in period else period


def know_groups(reader: Reader, groups: Mapping[tuple[str, str], str]) -> None:
    """Which sex and age make which group (`groups` of every pair); the rest of the codes stay."""
    made_of: dict[tuple[str, ...], str] = {pair: group for pair, group in groups.items()}
    _know_parts(reader, "group", {("sex", "age"): made_of})


def know_regions(reader: Reader, regions: Mapping[str, str]) -> None:
    """Which counties make which region."""
    _know_parts(reader, "area", {("county",): {(county,): area for county, area in regions.items()}})


def _know_parts(
    reader: Reader, name: str, made_of: Mapping[tuple[str, ...], Mapping[tuple[str, ...], str]]
) -> None:
    for whole in list(reader.low):
        codes = dict(whole)
        if name not in codes or set(codes) - {name, "unit", "period", "kind"}:
            continue
        rest = frozenset(pair for pair in whole if pair[0] != name)
        for names, code_of in made_of.items():
            parts = [
                rest | set(zip(names, key, strict=True))
                for key, code in code_of.items()
                if code == codes[name]
            ]
            if parts and any(part in reader.low for part in parts):
                reader.add(whole, parts)
