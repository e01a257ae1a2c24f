"""What somebody has chosen to look at: the period, what it is compared with, and one of her desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordinators.models import Desk
from core import clock
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period

YEAR_BEFORE: Final = "aret-fore"
JUST_BEFORE: Final = "narmast-fore"
NOTHING: Final = "inget"
INHABITANTS: Final = "invanare"
"""Value of `matt`: counties per 100 000 inhabitants."""
COMPARISONS: Final[dict[str, Promise]] = {
    YEAR_BEFORE: gettext_lazy("The same period a year earlier"),
    JUST_BEFORE: gettext_lazy("The period just before"),
    NOTHING: gettext_lazy("Nothing"),
}
_KINDS: Final[tuple[tuple[Kind, int, Promise], ...]] = (
    (YEAR, 5, gettext_lazy("Years")),
    (QUARTER, 8, gettext_lazy("Quarters")),
    (MONTH, 24, gettext_lazy("Months")),
)
"""Kinds of periods that can be chosen, how many of each back from today, and their heading."""


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Group:
    """Options under one heading of a select."""

    label: str
    options: Sequence[Option]


@dataclass(frozen=True)
class Choice:
    """A valid choice. `desks` are those counted; `desk` the one that was chosen, if any."""

    period: Period
    comparison: str
    desks: Sequence[Desk]
    desk: str = ""
    per_inhabitant: bool = False
    """Counties by their inhabitants."""

    @property
    def against(self) -> Period | None:
        """The period it is compared with."""
        if self.comparison == YEAR_BEFORE:
            return self.period.before
        return just_before(self.period) if self.comparison == JUST_BEFORE else None

    @property
    def is_running(self) -> bool:
        return not self.period.is_over(clock.today())

    @property
    def label(self) -> str:
        """ "2025", or "2026 so far"."""
        return name(self.period, clock.today())

    @property
    def said(self) -> str:
        """The label inside a sentence."""
        return _("%(period)s so far") % {"period": self.period.said} if self.is_running else self.period.said

    def words(self, **more: str) -> str:
        """The choice and more as the words of an address, always in the same order."""
        known = {"period": self.period.code, "jamfor": self.comparison, "enhet": self.desk}
        known["matt"] = INHABITANTS if self.per_inhabitant else ""
        if self.comparison == YEAR_BEFORE:
            del known["jamfor"]
        return urlencode({name: value for name, value in (known | more).items() if value})


def choice_of(query: Mapping[str, Any], desks: Sequence[Desk] = ()) -> Choice:
    """What an address asks for; what cannot be chosen asks for nothing, whether or not it exists."""
    today = clock.today()
    asked = Period.parse(query.get("period") or query.get("ar"))
    period = asked if asked in offered(today) else Period.of(YEAR, today)
    comparison = query.get("jamfor", "")
    found = [desk for desk in desks if desk.key == query.get("enhet")]
    return Choice(
        period=period,
        comparison=comparison if comparison in COMPARISONS else YEAR_BEFORE,
        desks=found or list(desks),
        desk=found[0].key if found and len(desks) > 1 else "",
        per_inhabitant=query.get("matt") == INHABITANTS,
    )


def offered(today: date) -> list[Period]:
    """Every period that can be chosen, newest first within its kind."""
    found = []
    for kind, number, _label in _KINDS:
        period = Period.of(kind, today)
        for _place in range(number):
            found.append(period)
            period = just_before(period)
    return found


def just_before(period: Period) -> Period:
    """The period of the same kind that ends where this one begins."""
    length = len(period.months)
    month = period.first.year * 12 + period.first.month - 1 - length
    return Period(period.kind, date(month // 12, month % 12 + 1, 1))


def period_groups(choice: Choice) -> list[Group]:
    today = clock.today()
    labels = {kind: str(label) for kind, _number, label in _KINDS}
    return [
        Group(
            label,
            [
                Option(one.code, name(one, today), one == choice.period)
                for one in offered(today)
                if one.kind == kind
            ],
        )
        for kind, label in labels.items()
    ]


def name(period: Period, today: date) -> str:
    """The label of a period, "so far" while it runs."""
    return period.label if period.is_over(today) else _("%(period)s so far") % {"period": period.label}


def comparisons(choice: Choice) -> list[Option]:
    return [Option(code, str(label), code == choice.comparison) for code, label in COMPARISONS.items()]


def desk_options(choice: Choice, desks: Sequence[Desk]) -> list[Option]:
    """Nothing to choose for somebody with one desk."""
    if len(desks) < 2:
        return []
    every = Option("", _("All my desks"), not choice.desk)
    return [every, *(Option(desk.key, str(desk.name), desk.key == choice.desk) for desk in desks)]


def instants(period: Period) -> tuple[datetime, datetime]:
    """Its beginning and its end in Stockholm time."""
    return beginning(period.first), beginning(period.end)


def beginning(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.STOCKHOLM)
