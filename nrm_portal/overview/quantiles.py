"""Median and 90th percentile of times that are counted in classes: each is said as the class it lies in.

A time counts in the class that ends at its upper edge ("4h": over two and up to four hours), so nobody's own
time leaves. The interval comes from order statistics: the classes between which the true value lies in at
least 95 of 100 samples, whatever the distribution. Nothing is said behind which fewer than five can lie: "the
90th percentile of thirty lies within three days" would tell that three at most took longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil, exp, lgamma, log
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

LEAST_MEDIAN: Final = 10
LEAST_P90: Final = 50
BEYOND: Final = 5
"""So many lie beyond a percentile or an end of an interval at least."""
MEDIAN: Final = 0.5
P90: Final = 0.9
DOUBT: Final = 0.05
OPEN: Final = "later"
"""The last class has no upper edge."""


@dataclass(frozen=True)
class Quantiles:
    """Classes by their code. `low` and `high` are the interval of the median, `p90_low` and `p90_high` that
    of the 90th percentile; an end is empty where the sample is too small to say one, or to hide who lies
    beyond it."""

    n: int
    median: str
    low: str
    high: str
    p90: str = ""
    p90_low: str = ""
    p90_high: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def quantiles(classes: Sequence[str], counts: Mapping[str, int]) -> Quantiles | None:
    """From counts by class, in the order of the classes; None when there are too few for a median."""
    line = [counts.get(code, 0) for code in classes]
    n = sum(line)
    if n < LEAST_MEDIAN or min(line) < 0:
        return None
    found = Quantiles(n, _at(classes, line, ceil(n * MEDIAN)), *_ends(classes, line, MEDIAN))
    if n < LEAST_P90:
        return found
    low, high = _ends(classes, line, P90)
    return replace(found, p90=_at(classes, line, ceil(n * 9 / 10)), p90_low=low, p90_high=high)


def _ends(classes: Sequence[str], line: Sequence[int], share: float) -> tuple[str, str]:
    """The interval's ends, each as far as enough lie beyond it."""
    n = sum(line)
    low, high = ranks(n, share)
    return (
        _at(classes, line, low) if low > BEYOND else "",
        _at(classes, line, high) if high <= n - BEYOND else "",
    )


def ranks(n: int, share: float) -> tuple[int, int]:
    """Ranks of the order statistics between which the quantile lies with at least 95 % confidence.

    0 and n + 1: no such end. The quantile is below the value of rank r when at most r - 1 of n lie under it.
    """
    under = [_chance(n, k, share) for k in range(n + 1)]
    low, sum_low = 0, 0.0
    while low < n and sum_low + under[low] <= DOUBT / 2:
        sum_low += under[low]
        low += 1
    high, sum_high = n + 1, 0.0
    while high > 1 and sum_high + under[high - 1] <= DOUBT / 2:
        high -= 1
        sum_high += under[high]
    return low, high


def _chance(n: int, k: int, share: float) -> float:
    """That k of n lie under the quantile. By logarithms: powers and combinations of thousands overflow."""
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(share) + (n - k) * log(1 - share))


def _at(classes: Sequence[str], line: Sequence[int], rank: int) -> str:
    """The class of the value with this rank, the smallest being 1."""
    if not 1 <= rank <= sum(line):
        return ""
    seen = 0
    for code, count in zip(classes, line, strict=True):
        seen += count
        if seen >= rank:
            return code
    raise AssertionError("the ranks end with the last class")


# --- in words -----------------------------------------------------------------------------------------


def said(code: str, classes: Sequence[str]) -> str:
    """A class in words: "between 2 and 4 hours"."""
    place = list(classes).index(code)
    if code == OPEN:
        return _("more than %(time)s") % {"time": edge(classes[place - 1])}
    if place == 0:
        return _("up to %(time)s") % {"time": edge(code)}
    return _("between %(low)s and %(high)s") % {"low": edge(classes[place - 1]), "high": edge(code)}


def said_between(low: str, high: str, classes: Sequence[str]) -> str:
    """The interval from the beginning of one class to the end of another, in words."""
    first = list(classes).index(low) if low else 0
    start = edge(classes[first - 1]) if first else ""
    end = edge(high) if high and high != OPEN else ""
    if start and end:
        return _("between %(low)s and %(high)s") % {"low": start, "high": end}
    if end:
        return _("up to %(time)s") % {"time": end}
    return _("more than %(time)s") % {"time": start} if start else _("not known")


def edge(code: str) -> str:
    """The upper edge of a class in words: 4h is "4 hours"."""
    number = float(code[:-1])
    n, text = ceil(number), number_format(number, 0 if number.is_integer() else 1)
    if code[-1] == "m":
        return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": text}
    if code[-1] == "h":
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": text}
    return npgettext("elapsed", "%(n)s day", "%(n)s days", n) % {"n": text}


def minutes(code: str) -> int | None:
    """The upper edge as a number to draw with; None for the last class."""
    if code == OPEN:
        return None
    return round(float(code[:-1]) * {"m": 1, "h": 60, "d": 1440}[code[-1]])
