"""Protecting an imported year: once, when it is taken in. What a page reads is what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.publish import Cube, Published, publish
from nrm_portal.overview.earlier.models import EarlierGroup
from nrm_portal.overview.publications import stored

REST: Final = "rest"
"""Those of a year whom the source puts in none of the groups."""
Line = tuple[str, int, str, int]
"""Unit, year, group, amount."""


def tables_of(lines: Iterable[Line]) -> dict[str, dict[str, Any]]:
    """Unit → year → what may be shown, as it is stored."""
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for unit, year, group, amount in lines:
        counts.setdefault((unit, year), {})[group] = amount
    found: dict[str, dict[str, Any]] = {}
    for (unit, year), groups in counts.items():
        found.setdefault(unit, {})[str(year)] = stored(published(unit, year, groups))
    return found


def published(unit: str, year: int, counts: Mapping[str, int]) -> Published:
    """The total, with its groups when the source has them; whom it leaves out are a group of their own."""
    within = {"unit": f"earlier_{unit}", "period": str(year)}
    whole = counts[EarlierGroup.ALL]
    groups = {
        code: counts[code] for code in EarlierGroup.values if code in counts and code != EarlierGroup.ALL
    }
    if not groups:
        return publish(Cube({}, {(): whole}, within))
    if (rest := whole - sum(groups.values())) or len(groups) < len(EarlierGroup) - 1:
        groups[REST] = rest
    return publish(Cube({"group": list(groups)}, {(code,): n for code, n in groups.items()}, within))
