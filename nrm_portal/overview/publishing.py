"""Publishing a period: its tables are made from sealed months, protected together and with all that was
published of the same year, and stored. What is stored never changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core import audit, clock, jobs
from core.publish import Published, publish_family
from core.tallies import Taken
from nrm_portal.overview import counting, places, publications, relations, sealing, times
from nrm_portal.overview.catalogue import ANSWERS, STEPS, TableSpec, families
from nrm_portal.overview.counting import Row
from nrm_portal.overview.models import TIMES, Publication
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Period
from nrm_portal.overview.places import Places

log = logging.getLogger(__name__)
Families = Mapping[str, Mapping[str, TableSpec]]
"""By family and key of the catalogue."""


class Stuck(Exception):
    """Something of these periods could not come out, or waits for what could not. All others are out."""

    def __init__(self, periods: Sequence[Period], out: Sequence[Period]) -> None:
        super().__init__(", ".join(period.code for period in periods))
        self.periods, self.out = periods, out


@transaction.atomic(durable=True)
def publish_period(period: Period) -> int:
    """Publish what is not yet out of the period; returns how many families came out now.

    A family of which a part is not out waits, and one that fails is left for the next time. Raises ValueError
    while the period is not over, one of its months is not sealed, or all that is left waits.
    """
    sealing.take_turn()
    if not sealing.is_ripe(period, clock.now()):
        raise ValueError(f"{period} is not over")
    if not sealing.is_sealed(period.months):
        raise ValueError(f"not every month of {period} is sealed")
    wanted = _ready(period)
    if not wanted:
        return 0
    rows, at = counting.rows_of(period), places.on(period.end - timedelta(days=1))
    made: dict[str, Published] = {}
    failed: list[str] = []
    for family, tables in wanted.items():
        before = _out_before(period, family)
        try:
            found = protected(period, tables, rows, at, before)
        except Exception as error:  # the others do not wait for it; `publish_due` says that it is missing
            log.error("not published: %s of %s (%s)", family, period.code, jobs.describe(error))
            failed.append(family)
            continue
        _store(family, period, {key: publications.stored(table) for key, table in found.items()})
        made |= found
    _store_times(period, rows, at)
    out = sorted(wanted.keys() - set(failed))
    missing = [key for family in out for key in wanted[family] if key not in made]
    said: dict[str, Any] = {"families": out, "left_out": missing} | ({"failed": failed} if failed else {})
    audit.record("statistics.publish", by=None, period=period.code.lower(), **said)
    return len(out)


def protected(
    period: Period,
    tables: Mapping[str, TableSpec],
    rows: Sequence[Row],
    at: Places,
    before: Sequence[Published],
) -> dict[str, Published]:
    """The tables of one family, with nothing to be found by subtracting, here or in what came before.

    A table that counts otherwise than those before it is left out, and so is one that cannot be protected,
    or whose codes are not those of what is out.
    """
    cubes = counting.agreeing(counting.cubes_of(tables, period, rows, at), before)
    if not relations.has_many_again(cubes, settings.PUBLISH_THRESHOLD):
        del cubes[relations.HISTORY_KEY]
    while cubes:
        splits = relations.splits_of(period, [*cubes.values(), *before], at)
        try:
            found = publish_family(cubes, splits=splits, before=before)
            if relations.are_apart(found):
                return found
            del cubes[relations.HISTORY_KEY]
        except (
            ValueError
        ):  # what is out leaves no room to hide in, or has other codes: without the last table
            cubes.popitem()
    return {}


def _ready(period: Period) -> Families:
    """What is not out and may come out.

    Months come before their quarter, and quarters before their year: each binds what comes after it."""
    begun = _Begun.now()
    wanted = begun.missing(period)
    behind = {family: part for part in reversed(period.parts) for family in begun.missing(part)}
    ready = {family: tables for family, tables in wanted.items() if family not in behind}
    if wanted and not ready:
        raise ValueError(f"{behind[next(iter(wanted))]} is not out")
    return ready


def _store(family: str, period: Period, tables: dict[str, Any]) -> None:
    Publication.objects.create(family=family, period=period.code, tables=tables)


def _store_times(period: Period, rows: Sequence[Row], at: Places) -> None:
    """Medians and percentiles of a year, once, when all tables are out that they stand beside."""
    if period.kind != YEAR or _Begun.now().missing(period).keys() & {ANSWERS, STEPS}:
        return
    out = publications.of(period)
    if out is None or out.times:
        return
    known = _out_before(period, ANSWERS)
    before = [table for table in known if table.within["period"] != period.code]
    found = times.times_of(out.tables, rows, at, before, relations.splits_of(period, known, at))
    if found:
        stored = {name: {code: one.as_json() for code, one in inner.items()} for name, inner in found.items()}
        _store(TIMES, period, stored)


@dataclass(frozen=True)
class _Begun:
    """Since when anything is counted of each source, and what is out of it: families with their periods."""

    firsts: Mapping[str, date]
    out: frozenset[tuple[str, str]]

    @classmethod
    def now(cls) -> _Begun:
        firsts = {source: first for source in sealing.SOURCES if (first := sealing.first_month(source))}
        return cls(firsts, frozenset(Publication.objects.values_list("family", "period")))

    def missing(self, period: Period) -> Families:
        """What is not out of the period. Nothing is published of the time before anything was counted."""
        return {
            family: tables
            for family, tables in families(period.kind).items()
            if (family, period.code) not in self.out and self._has(tables, period)
        }

    def _has(self, tables: Mapping[str, TableSpec], period: Period) -> bool:
        first = self.firsts.get(next(iter(tables.values())).source)
        return first is not None and first < period.end


def _out_before(period: Period, family: str) -> list[Published]:
    """What is out of the same year and family, the period's own parts among it."""
    rows = Publication.objects.filter(family=family, period__startswith=f"{period.year:04}").order_by(
        "period"
    )
    return [publications.read(data) for row in rows for data in row.tables.values()]


# --- what is due ------------------------------------------------------------------------------------


def due(now: datetime) -> list[Period]:
    """Periods that are over and not wholly out, oldest first and months before their quarter and year.

    No year comes out behind the first one that is out: a trend begins where it began."""
    begun = _Begun.now()
    if not begun.firsts:
        return []
    years = [date(one.year, 1, 1) for one in publications.periods_out()]
    first = max(min(begun.firsts.values()), min(years, default=date.min))
    found = [period for period in _since(first, now) if begun.missing(period)]
    return sorted(found, key=lambda one: (one.end, len(one.months)))


def _since(first: date, now: datetime) -> list[Period]:
    last = clock.local(now).date()
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    periods = {
        Period.of(kind, month) for month in months if month >= first for kind in (MONTH, QUARTER, YEAR)
    }
    return [period for period in periods if sealing.is_ripe(period, now)]


def publish_due() -> list[Period]:
    """Seal and publish everything that is due, in order; returns what came out.

    What fails does not keep the others back: they come out, and then Stuck is raised."""
    now = clock.now()
    found: list[Period] = []
    cause: Exception | None = None
    for period in due(now):
        try:
            for month in period.months:
                sealing.seal(month)
            if publish_period(period):
                found.append(period)
        except Taken:
            raise
        except Exception as error:
            log.error("not published: %s (%s)", period.code, jobs.describe(error))
            cause = cause or error
    if left := due(now):
        raise Stuck(left, found) from cause
    return found
