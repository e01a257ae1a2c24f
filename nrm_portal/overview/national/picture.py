"""What is shown of a choice: published tables, and two live totals of the month that is running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import dropwhile
from typing import Any

from django.db.models import Sum

from cases.models import Tally as CaseTally
from cases.services import tallies
from core import clock
from core.publish import Cube, Published, publish
from hotline.models import Tally as CallTally
from hotline.services import tallies as calls
from nrm_portal.overview import places, population, publications
from nrm_portal.overview.national.choosing import Chosen, choice_of
from nrm_portal.overview.periods import MONTH, Period
from nrm_portal.overview.places import Places
from nrm_portal.overview.population import Population
from nrm_portal.overview.publications import PublishedPeriod
from nrm_portal.overview.quantiles import Quantiles
from nrm_portal.overview.titles import MonthPair

Tables = Mapping[str, Published]


@dataclass(frozen=True)
class Live:
    """Totals of the running month as they are now: one number each, with no other dimension."""

    month: date
    referrals: Published
    calls: Published


@dataclass(frozen=True)
class Picture:
    """`held`: what is published of the chosen period, of what it is compared with, of their months, and of a
    running year the newest whole one."""

    chosen: Chosen
    held: Mapping[str, PublishedPeriod]
    live: Live | None
    at: Places
    living: Population

    @property
    def is_empty(self) -> bool:
        """Was nothing ever counted?"""
        return not self.chosen.out and (
            self.live is None or (self.live.referrals.total.value == 0 and self.live.calls.total.value == 0)
        )

    @property
    def divided(self) -> Period | None:
        """The period whose tables divide the cases: the chosen one; of a running year the newest year."""
        return self.chosen.newest_year if self.chosen.is_running else self.chosen.period

    @property
    def tables(self) -> Tables:
        return self._tables(self.divided)

    @property
    def before(self) -> Tables:
        """The same of the period it is compared with."""
        return self._tables(self.before_divided)

    @property
    def before_divided(self) -> Period | None:
        """The period that the tables which divide the cases are compared with."""
        if self.divided is None or self.chosen.against is None:
            return None
        return self.divided.before if self.chosen.is_running else self.chosen.against

    @property
    def is_comparable(self) -> bool:
        """Are both whole? What is only counted from some month on is no measure of more or fewer."""
        both = (self.divided, self.before_divided)
        return not any(one is not None and self.chosen.since(one) for one in both)

    def quarters(self, period: Period) -> list[tuple[Period, Tables]]:
        """The published quarters of a year, in order."""
        return [(one, self._tables(one)) for one in period.parts if one.code in self.held]

    @property
    def made_at(self) -> datetime | None:
        """When the newest of what is shown of the period was published."""
        period = self.chosen.period
        wanted = (period, *period.parts, *(Period(MONTH, month) for month in period.months))
        known = [self.held[one.code].made_at for one in wanted if one.code in self.held]
        return max(known, default=self.divided_at)

    @property
    def divided_at(self) -> datetime | None:
        """When the tables that divide the cases were published."""
        period = self.divided
        return self.held[period.code].made_at if period is not None and period.code in self.held else None

    @property
    def months(self) -> tuple[date, ...]:
        """The months of the chosen period that are out: not those before anything was counted, nor one that
        ended this very night."""
        return tuple(month for month in self.chosen.period.months if Period(MONTH, month).code in self.held)

    def month(self, month: date, key: str) -> Published | None:
        """A national total of a month; None when nothing is published of it."""
        return self._tables(Period(MONTH, month)).get(key)

    def compared(self, month: date) -> date | None:
        """The month a month is compared with."""
        against = self.chosen.against
        if against is None:
            return None
        return against.months[self.chosen.period.months.index(month)]

    def months_of(self, key: str) -> tuple[date, ...]:
        """The months that are over, from the first in which this was counted: what came before is no secret,
        it is nothing."""
        return tuple(dropwhile(lambda month: self.month(month, key) is None, self.months))

    def begins(self, key: str) -> date | None:
        """The first month of which this is out, when others of the period came before it."""
        months = self.months_of(key)
        return months[0] if months and months != self.months else None

    def pairs(self, key: str) -> list[MonthPair]:
        """The months that are over, each with the one it is compared with."""
        return [MonthPair(month, self._total(month, key), self._total(self.compared(month), key))
                for month in self.months_of(key)]  # fmt: skip

    def _total(self, month: date | None, key: str) -> int | None:
        table = None if month is None else self.month(month, key)
        return None if table is None else table.total.value

    def times(self, name: str) -> Mapping[str, Quantiles]:
        """Medians and percentiles of the period whose tables divide the cases."""
        period = self.divided
        found = None if period is None else self.held.get(period.code)
        return {} if found is None else found.times.get(name, {})

    def _tables(self, period: Period | None) -> Tables:
        found = None if period is None else self.held.get(period.code)
        return {} if found is None else found.tables


def chosen(query: Mapping[str, Any]) -> Chosen:
    """What an address asks for. One query."""
    return choice_of(query, publications.periods_out(), clock.today())


def picture(choice: Chosen) -> Picture:
    """Five queries at most."""
    return Picture(
        chosen=choice,
        held=publications.among(_wanted(choice)),
        live=_live(choice.today) if choice.is_running else None,
        at=places.places(),
        living=population.on(choice.period.end),
    )


def _wanted(choice: Chosen) -> list[Period]:
    periods = [choice.period, choice.against]
    if choice.is_running:
        year = choice.newest_year
        periods += [year, year.before if year else None, *choice.period.parts]
        periods += choice.against.parts if choice.against else []
    for period in (choice.period, choice.against):
        periods += [Period(MONTH, month) for month in period.months] if period else []
    return list(dict.fromkeys(one for one in periods if one is not None))


def _live(today: date) -> Live:
    """Two queries, each of the rows of one month."""
    month = today.replace(day=1)
    sent = CaseTally.objects.filter(month=month, unit=tallies.REFERRALS).aggregate(n=Sum("amount"))["n"]
    made = CallTally.objects.filter(month=month, unit=calls.CALLS).aggregate(n=Sum("amount"))["n"]
    return Live(month, _one(sent), _one(made))


def _one(number: int | None) -> Published:
    return publish(Cube({}, {(): max(number or 0, 0)}))
