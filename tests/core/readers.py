"""A reader with patience: tries every table of whole numbers that looks like what was published.

Knows the published tables, the sums, what the labels mean, and nothing else. Written apart from
`core.suppression`, and far too slow for anything but tiny tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from core.publish import TOTAL, CellId, Cube, Key, Published, Shown, Split

Bounds = dict[CellId, tuple[int, int]]
Sums = list[tuple[CellId, list[CellId]]]


class Reader:
    """What is known of each number after reading these publications, up to a number nobody would believe."""

    def __init__(self, read: Iterable[Published], splits: Sequence[Split] = (), largest: int = 24) -> None:
        self.largest = largest
        self.known: Bounds = {}
        self.seen: dict[CellId, set[int]] = defaultdict(set)
        self.sums: Sums = [(split.whole, list(split.parts)) for split in splits]
        for table in read:
            told = table.labelled or any(cell.shown is Shown.SMALL for cell in table.cells.values())
            for key, cell in table.cells.items():
                if cell.value is not None:
                    low, high = cell.value, cell.value
                elif cell.shown is Shown.SMALL:
                    low, high = 0, table.threshold - 1
                else:
                    low, high = table.threshold if told else 0, largest
                self._narrow(name_of(table, key), low, high)
            self.sums += lines(table)
        for whole, parts in self.sums:
            for name in (whole, *parts):
                self._narrow(name, 0, largest)

    def _narrow(self, name: CellId, low: int, high: int) -> None:
        before = self.known.get(name, (0, 10**9))
        self.known[name] = (max(before[0], low), min(before[1], high))

    def possible(self, name: CellId, needed: Callable[[set[int]], bool]) -> set[int]:
        """Values the number may have: all, or as many as are needed."""
        start = self._tighten(dict(self.known))
        assert start is not None, "nothing looks like what was published, not even the truth"
        low, high = start[name]
        for value in range(low, high + 1):
            if needed(self.seen[name]):
                break
            if value not in self.seen[name]:
                self._find(start | {name: (value, value)})
        return self.seen[name]

    def _find(self, bounds: Bounds) -> bool:
        """Looks for a table within these bounds, and remembers it."""
        found = self._tighten(bounds)
        if found is None:
            return False
        open_ones = [(high - low, n) for n, (low, high) in enumerate(found.values()) if low < high]
        if not open_ones:
            for name, (value, _) in found.items():
                self.seen[name].add(value)
            return True
        name = list(found)[min(open_ones)[1]]
        low, high = found[name]
        return any(self._find(found | {name: (value, value)}) for value in range(low, high + 1))

    def _tighten(self, bounds: Bounds) -> Bounds | None:
        changed = True
        while changed:
            changed = False
            for whole, parts in self.sums:
                low = sum(bounds[part][0] for part in parts)
                high = sum(bounds[part][1] for part in parts)
                held = bounds[whole]
                new = {whole: (max(held[0], low), min(held[1], high))}
                for part in parts:
                    least, most = bounds[part]
                    new[part] = (max(least, held[0] - high + most), min(most, held[1] - low + least))
                for name, (least, most) in new.items():
                    if least > most:
                        return None
                    if bounds[name] != (least, most):
                        bounds[name] = (least, most)
                        changed = True
        return bounds


def name_of(table: Published | Cube, key: Key) -> CellId:
    codes = {name: code for name, code in zip(table.dimensions, key, strict=True) if code != TOTAL}
    return frozenset({**table.within, **codes}.items())


def lines(table: Published | Cube) -> Sums:
    """Each total of the table with what it is the sum of."""
    found: Sums = []
    dimensions = list(table.dimensions.values())
    for place, codes in enumerate(dimensions):
        ways = [[*c, TOTAL] if n != place else [TOTAL] for n, c in enumerate(dimensions)]
        for key in product(*ways):
            parts = [name_of(table, (*key[:place], code, *key[place + 1 :])) for code in codes]
            found.append((name_of(table, key), parts))
    return found


def truth(*cubes: Cube) -> dict[CellId, int]:
    return {name_of(cube, key): count for cube in cubes for key, count in cube.sums().items()}


def weak(read: Sequence[Published], true: dict[CellId, int], splits: Sequence[Split] = ()) -> Iterator[str]:
    """The hidden numbers that a reader knows too much about; none when all is well."""
    least = max(table.threshold for table in read)
    reader = Reader(read, splits, largest=max(true.values()) + 2 * least)
    names = {name_of(table, key) for table in read for key, cell in table.cells.items() if cell.value is None}
    for name in sorted(names, key=sorted):
        must = set(range(least)) if true[name] < least else set()

        def is_enough(values: set[int], must: set[int] = must) -> bool:
            return len(values) >= least and must <= values

        values = reader.possible(name, is_enough)
        if not is_enough(values):
            yield f"{sorted(name)} is {true[name]}, known to be one of {sorted(values)}"
