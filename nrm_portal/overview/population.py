"""How many live in each county, and numbers per 100 000 of them: made from shown numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from django.utils.translation import gettext as _

from core.looks import date_text

FILE: Final = Path(__file__).parent / "data" / "population.yaml"
INHABITANTS: Final = 100_000


@dataclass(frozen=True)
class Population:
    """The inhabitants of each county on a day."""

    on: date
    source: str
    is_confirmed: bool
    total: int
    counties: Mapping[str, int]

    @property
    def said(self) -> str:
        """Whose numbers they are."""
        words = _("Inhabitants: %(source)s, %(day)s.") % {"source": self.source, "day": date_text(self.on)}
        return words if self.is_confirmed else f"{words} {_('To be confirmed.')}"

    def rate(self, county: str, count: int | None) -> Decimal | None:
        """So many per 100 000, one decimal; None for what is not shown and for no county of Sweden."""
        living = self.counties.get(county)
        return None if count is None or not living else _rate(count, living)

    def rate_of_all(self, count: int | None) -> Decimal | None:
        """The same for the whole country."""
        return None if count is None else _rate(count, self.total)


def _rate(count: int, living: int) -> Decimal:
    return (Decimal(count) * INHABITANTS / living).quantize(Decimal("0.1"), ROUND_HALF_UP)


def on(day: date) -> Population:
    """The latest known on that day; of a day before all of them, the first."""
    known = _known()
    return next((one for one in reversed(known) if one.on <= day), known[0])


@lru_cache(maxsize=1)
def _known() -> tuple[Population, ...]:
    held = yaml.safe_load(FILE.read_text())
    sets = (
        Population(row["day"], row["source"], row["confirmed"], row["total"], row["counties"]) for row in held
    )
    return tuple(sorted(sets, key=lambda one: one.on))
