"""What can be looked at: the running year and every published period, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from nrm_portal.overview.own.choosing import (
    COMPARISONS,
    INHABITANTS,
    JUST_BEFORE,
    YEAR_BEFORE,
    Group,
    Option,
    just_before,
    name,
)
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period, begun, label_since, since

_HEADINGS: Final[tuple[tuple[Kind, Promise], ...]] = (
    (YEAR, gettext_lazy("Years")),
    (QUARTER, gettext_lazy("Quarters")),
    (MONTH, gettext_lazy("Months")),
)


@dataclass(frozen=True)
class Chosen:
    """A valid choice. `out`: every published period, newest first."""

    period: Period
    comparison: str
    per_inhabitant: bool
    out: Sequence[Period]
    today: date

    @property
    def is_running(self) -> bool:
        return not self.period.is_over(self.today)

    @property
    def against(self) -> Period | None:
        """The period it is compared with."""
        if self.comparison == YEAR_BEFORE:
            return self.period.before
        return just_before(self.period) if self.comparison == JUST_BEFORE else None

    @property
    def is_a_year_apart(self) -> bool:
        return self.against == self.period.before

    @property
    def label(self) -> str:
        """ "2025", "2026 so far", or "2023, from November"."""
        return self.name(self.period)

    @property
    def said(self) -> str:
        """The label inside a sentence."""
        is_over = self.period.is_over(self.today)
        return label_since(self.period.said, self.since(self.period)) if is_over else self.label

    def name(self, period: Period) -> str:
        return label_since(name(period, self.today), self.since(period))

    def since(self, period: Period) -> date | None:
        """From when the period is counted, when the portal's figures begin in the midst of it."""
        return since(period, begun(self.out))

    @property
    def newest_year(self) -> Period | None:
        return next((one for one in self.out if one.kind == YEAR), None)

    @property
    def newest_quarter(self) -> Period | None:
        return next((one for one in self.out if one.kind == QUARTER), None)

    def words(self, **more: str) -> str:
        """The choice as the words of an address; `more` replaces what it names."""
        known = {
            "period": self.period.code,
            "jamfor": "" if self.comparison == YEAR_BEFORE else self.comparison,
            "matt": INHABITANTS if self.per_inhabitant else "",
        }
        return urlencode({name: value for name, value in (known | more).items() if value})


def choice_of(query: Mapping[str, Any], out: Sequence[Period], today: date) -> Chosen:
    """What an address asks for; what cannot be chosen asks for nothing, whether or not it exists."""
    asked = Period.parse(query.get("period") or query.get("ar"))
    comparison = query.get("jamfor", "")
    running = Period.of(YEAR, today)
    return Chosen(
        period=asked if asked is not None and (asked in out or asked == running) else running,
        comparison=comparison if comparison in COMPARISONS else YEAR_BEFORE,
        per_inhabitant=query.get("matt") == INHABITANTS,
        out=out,
        today=today,
    )


def period_groups(choice: Chosen) -> list[Group]:
    """Years with the running one first, quarters, months: newest first."""
    offered = list(dict.fromkeys([Period.of(YEAR, choice.today), *choice.out]))
    made = []
    for kind, heading in _HEADINGS:
        options = [
            Option(one.code, choice.name(one), one == choice.period) for one in offered if one.kind == kind
        ]
        made += [Group(str(heading), options)] if options else []
    return made


def comparisons(choice: Chosen) -> list[Option]:
    return [Option(code, str(label), code == choice.comparison) for code, label in COMPARISONS.items()]
