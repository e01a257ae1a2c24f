"""Publishing a period: its tables are made from sealed months, protected together and with all that was
published of the same year, and stored. What is stored never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from core import audit, clock
from core.publish import Published, Unsafe, publish_family
from nrm_portal.overview import counting, places, publications, relations, sealing, times
from nrm_portal.overview.catalogue import ANSWERS, TableSpec, families
from nrm_portal.overview.counting import Row
from nrm_portal.overview.models import TIMES, Publication
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Period
from nrm_portal.overview.places import Places


@transaction.atomic(durable=True)
def publish_period(period: Period) -> int:
    """Publish what is not yet out of the period; returns how many families came out now.

    Raises ValueError while the period is not over, or one of its months or parts is not sealed and out.
    """
    sealing.take_turn()
    if not sealing.is_ripe(period, clock.now()):
        raise ValueError(f"{period} is not over")
    if not sealing.is_sealed(period.months):
        raise ValueError(f"not every month of {period} is sealed")
    out = set(Publication.objects.filter(period=period.code).values_list("family", flat=True))
    wanted = {
        family: tables
        for family, tables in families(period.kind).items()
        if family not in out and _has_begun(tables, period)
    }
    if not wanted:
        return 0
    _require_parts(period, wanted)
    rows, at = counting.rows_of(period), places.on(period.end - timedelta(days=1))
    made: dict[str, Published] = {}
    for family, tables in wanted.items():
        found = protected(period, tables, rows, at, _out_before(period, family))
        _store(family, period, {key: publications.stored(table) for key, table in found.items()})
        made |= found
    if timed := _timed(period, made, rows, at):
        _store(TIMES, period, timed)
    missing = [key for tables in wanted.values() for key in tables if key not in made]
    audit.record(
        "statistics.publish",
        by=None,
        period=period.code.lower(),
        families=sorted(wanted),
        left_out=missing,
    )
    return len(wanted)


def protected(
    period: Period,
    tables: Mapping[str, TableSpec],
    rows: Sequence[Row],
    at: Places,
    before: Sequence[Published],
) -> dict[str, Published]:
    """The tables of one family, with nothing to be found by subtracting, here or in what came before.

    A table that counts otherwise than those before it is left out, and so is one that cannot be protected.
    """
    cubes = counting.agreeing(counting.cubes_of(tables, period, rows, at), before)
    while cubes:
        splits = relations.splits_of(period, [*cubes.values(), *before], at)
        try:
            return publish_family(cubes, splits=splits, before=before)
        except Unsafe:  # what is out leaves no room to hide in; the last table is the one to do without
            cubes.popitem()
    return {}


def _require_parts(period: Period, wanted: Mapping[str, Mapping[str, TableSpec]]) -> None:
    """Months come before their quarter, and quarters before their year: each binds what comes after it."""
    rows = Publication.objects.filter(period__startswith=f"{period.year:04}")
    out = set(rows.values_list("family", "period"))
    for part in period.parts:
        for family, tables in families(part.kind).items():
            if family in wanted and _has_begun(tables, part) and (family, part.code) not in out:
                raise ValueError(f"{part} is not out")


def _store(family: str, period: Period, tables: dict[str, Any]) -> None:
    Publication.objects.create(family=family, period=period.code, tables=tables)


def _timed(
    period: Period, made: Mapping[str, Published], rows: Sequence[Row], at: Places
) -> dict[str, dict[str, Any]]:
    """Medians and percentiles, beside tables that come out now."""
    before = _out_before(period, ANSWERS)
    if ANSWERS in made:
        before = [table for table in before if table.within != made[ANSWERS].within]
        splits = relations.splits_of(period, [made[ANSWERS], *before], at)
    else:
        splits = []
    found = times.times_of(made, rows, at, before, splits)
    return {name: {code: one.as_json() for code, one in inner.items()} for name, inner in found.items()}


def _has_begun(tables: Mapping[str, TableSpec], period: Period) -> bool:
    """Was anything counted before the end of the period? Nothing is published of the time before."""
    first = sealing.first_month(next(iter(tables.values())).source)
    return first is not None and first < period.end


def _out_before(period: Period, family: str) -> list[Published]:
    """What is out of the same year and family, the period's own parts among it."""
    rows = Publication.objects.filter(family=family, period__startswith=f"{period.year:04}").order_by(
        "period"
    )
    return [publications.read(data) for row in rows for data in row.tables.values()]


# --- what is due ------------------------------------------------------------------------------------


def due(now: datetime) -> list[Period]:
    """Periods that are over and not out, oldest first and months before their quarter and year.

    No year comes out behind the first one that is out: a trend begins where it began."""
    firsts = [first for source in sealing.SOURCES if (first := sealing.first_month(source))]
    if not firsts:
        return []
    out = publications.periods_out()
    first = max(min(firsts), min((date(one.year, 1, 1) for one in out), default=min(firsts)))
    codes = {period.code for period in out}
    found = [period for period in _since(first, now) if period.code not in codes]
    return sorted(found, key=lambda one: (one.end, len(one.months)))


def _since(first: date, now: datetime) -> list[Period]:
    last = clock.local(now).date()
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    periods = {
        Period.of(kind, month) for month in months if month >= first for kind in (MONTH, QUARTER, YEAR)
    }
    return [period for period in periods if sealing.is_ripe(period, now)]


def publish_due() -> list[Period]:
    """Seal and publish everything that is due, in order; returns what came out."""
    found = []
    for period in due(clock.now()):
        for month in period.months:
            sealing.seal(month)
        if publish_period(period):
            found.append(period)
    return found
