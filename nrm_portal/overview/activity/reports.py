"""The report a desk hands in: protected numbers of a quarter or a year, kept as they left.

What counts persons or cases leaves through `core.publish`, together with what the desk has handed in of the
same year. A year is handed in with its quarters, so that nobody can subtract what was never protected. A
report that is corrected repeats those numbers and brings new ones of work alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from coordinators.models import ActivityReport, Desk
from coordinators.services import activity
from core import audit, clock
from core.publish import Cube, Published, Split, publish_family
from nrm_portal.overview import places, publications
from nrm_portal.overview.activity import counting
from nrm_portal.overview.activity.counting import Counted
from nrm_portal.overview.periods import QUARTER, YEAR, Period
from nrm_portal.overview.sheets import Entry, entry, not_shown, number, of_cell

MET: Final = "met"
CASE_MEETINGS: Final = "case_meetings"
MUNICIPALITIES: Final = "municipalities"
PROTECTED: Final = (MET, CASE_MEETINGS, MUNICIPALITIES)
"""Units of their own, never added. Referrals are told by the national tables alone."""
SUMMED: Final = (MET, CASE_MEETINGS)
"""Whose year is the sum of its quarters; a municipality may be helped in each of them."""
KINDS: Final = (QUARTER, YEAR)


@dataclass(frozen=True)
class Facts:
    """What counts work and nobody: as it is."""

    minutes: int
    other_meetings: int
    trainings: int
    trained: int

    @classmethod
    def of(cls, counted: Counted) -> Facts:
        return cls(counted.minutes, counted.other_meetings, counted.trainings, counted.trained)


@dataclass(frozen=True)
class Referred:
    """Persons referred to the region, as the national tables tell it: of a year together, of a quarter county
    by county, and together when none of these is hidden."""

    together: Entry
    counties: Mapping[str, Entry]
    """By the county's name."""


@dataclass(frozen=True)
class Report:
    """A stored report, ready to be read."""

    id: UUID
    desk: Desk
    period: Period
    number: int
    made_at: datetime
    made_by: str
    tables: Mapping[str, Published]
    facts: Facts
    referred: Referred | None
    """None when nothing of it is published yet."""


def handed_in(desk: Desk, period: Period) -> ActivityReport | None:
    """The latest of the period. One query."""
    rows = ActivityReport.objects.filter(desk=desk, period=period.code)
    return rows.select_related("desk__region", "made_by").order_by("-number").first()


def read(row: ActivityReport) -> Report:
    """One query more for what the national tables tell, four of a quarter."""
    period = Period.parse(row.period)
    assert period is not None, "the database keeps the shape"
    return Report(
        id=row.pk,
        desk=row.desk,
        period=period,
        number=row.number,
        made_at=row.made_at,
        made_by=row.made_by.name,
        tables={unit: publications.read(data) for unit, data in row.tables.items()},
        facts=Facts(**row.facts),
        referred=_referred(row.desk.region_id or "", period),
    )


def _referred(region: str, period: Period) -> Referred | None:
    """Read off the national tables: nothing is published for a report."""
    found = publications.of(period)
    tables = found.tables if found else {}
    if period.kind == YEAR and (by_agency := tables.get("agency_region")):
        known = region in by_agency.dimensions["area"]
        return Referred(entry(by_agency.margin("area"), region), {}) if known else None
    if period.kind == QUARTER and (by_county := tables.get("county")):
        return _of_counties(by_county, region, period)
    return None


def _of_counties(table: Published, region: str, period: Period) -> Referred | None:
    """The region's counties on the last day of the period; their sum is told when each of them is."""
    at = places.on(period.end - timedelta(days=1))
    codes = [code for code in table.dimensions["county"] if at.region_of.get(code) == region]
    cells = [table[(code,)] for code in codes]
    if not cells:
        return None
    values = [cell.value for cell in cells if cell.value is not None]
    together = number(sum(values)) if len(values) == len(cells) else not_shown()
    named = {at.counties[code]: of_cell(table, cell) for code, cell in zip(codes, cells, strict=True)}
    return Referred(together, named)


@transaction.atomic(durable=True)
def hand_in(*, desk_id: UUID, period: Period, after: int, by: Assignment) -> ActivityReport:
    """Keep the report of a period that is over. When it has been handed in, a corrected one is kept.

    `after`: the number of the latest report she saw, 0 for none; when there is a later one, that is it: a
    form sent twice is one report.

    Raises Http404 for a desk that is not hers, ValidationError while the period runs."""
    desk = _locked(desk_id, by)
    if period.kind not in KINDS or not period.is_over(clock.today()):
        raise ValidationError(_("A report can be handed in when its quarter or year is over"))
    rows = ActivityReport.objects.filter(desk=desk, period__startswith=str(period.year))
    out = {row.period: row for row in rows.order_by("number")}
    if (latest := out.get(period.code)) and latest.number != after:
        return latest
    wanted = [*period.parts, period] if period.kind == YEAR else [period]
    new = [one for one in wanted if one.code not in out]
    counted = {one.code: counting.of(desk, counting.all_of(desk), one.first, one.end) for one in wanted}
    sealed = _sealed(new, counted, out)
    tables = _protected(desk, period.year, sealed, list(out.values()))
    made = [
        _kept(desk, one, tables[one.code], counted[one.code], sealed[one.code], by)
        for one in new
        if one != period
    ]
    if known := out.get(period.code):
        made.append(
            _kept(desk, period, known.tables, counted[period.code], known.sealed, by, known.number + 1)
        )
    else:
        code = period.code
        made.append(_kept(desk, period, tables[code], counted[code], sealed[code], by))
    return made[-1]


def _sealed(
    new: Sequence[Period], counted: Mapping[str, Counted], out: Mapping[str, ActivityReport]
) -> dict[str, dict[str, int]]:
    """Period → unit → count. A year is the sum of its quarters as they were handed in."""
    found: dict[str, dict[str, int]] = {}
    for period in new:
        counts = {unit: _count(unit, counted[period.code]) for unit in PROTECTED}
        if period.kind == YEAR:
            parts = [found.get(q.code) or out[q.code].sealed for q in period.parts]
            counts |= {unit: sum(part[unit] for part in parts) for unit in SUMMED}
        found[period.code] = counts
    return found


def _kept(
    desk: Desk,
    period: Period,
    tables: dict[str, Any],
    counted: Counted,
    sealed: dict[str, int],
    by: Assignment,
    number: int = 1,
) -> ActivityReport:
    made = ActivityReport.objects.create(
        desk=desk,
        period=period.code,
        number=number,
        made_at=clock.now(),
        made_by_id=by.user_id,
        tables=tables,
        facts=asdict(Facts.of(counted)),
        sealed=sealed,
    )
    audit.record("activity.hand_in", made, by=by, desk=desk.key, period=period.code.lower(), number=number)
    return made


def _protected(
    desk: Desk, year: int, sealed: Mapping[str, Mapping[str, int]], out: Sequence[ActivityReport]
) -> dict[str, dict[str, Any]]:
    """Period → unit → what may leave, as it is stored. Each unit is protected by itself, with what is out."""
    made: dict[str, dict[str, Any]] = {code: {} for code in sealed}
    whole = Period.of(YEAR, date(year, 1, 1))
    for unit in PROTECTED if sealed else ():
        before = [publications.read(row.tables[unit]) for row in out if unit in row.tables]
        cubes = {code: _cube(desk, unit, code, counts[unit]) for code, counts in sealed.items()}
        parts = tuple(_id(desk, unit, q.code) for q in whole.parts)
        splits = [Split(_id(desk, unit, whole.code), parts)] if unit in SUMMED else []
        found = publish_family(cubes, splits=splits, before=before)
        if unit not in SUMMED and not all(table.is_complete for table in [*found.values(), *before]):
            found.pop(whole.code, None)  # the year would say how many a hidden quarter has at least
        for code, table in found.items():
            made[code][unit] = publications.stored(table)
    return made


def _count(unit: str, counted: Counted) -> int:
    value = getattr(counted, unit)
    assert isinstance(value, int)
    return value


def _within(desk: Desk, unit: str, code: str) -> dict[str, str]:
    return {"desk": desk.key, "unit": unit, "period": code}


def _id(desk: Desk, unit: str, code: str) -> frozenset[tuple[str, str]]:
    return frozenset(_within(desk, unit, code).items())


def _cube(desk: Desk, unit: str, code: str, count: int) -> Cube:
    return Cube({}, {(): count}, within=_within(desk, unit, code))


def _locked(desk_id: UUID, by: Assignment) -> Desk:
    """One report at a time; the right is asked for after the lock."""
    Desk.objects.select_for_update(of=("self",), no_key=True).filter(pk=desk_id).first()
    found = next((desk for desk in activity.desks_with_notes(by) if desk.pk == desk_id), None)
    if found is None:
        audit.refuse("activity.hand_in", desk_id, by=by)
        raise Http404
    return found


def readable(report_id: UUID, by: Assignment) -> ActivityReport:
    """A report for its desk, or for the national desk that follows up. Raises Http404, recorded."""
    row = ActivityReport.objects.select_related("desk__region", "made_by").filter(pk=report_id).first()
    own = row is not None and row.desk_id in {desk.pk for desk in activity.desks_with_notes(by)}
    if row is None or not (own or by.has("see_overview")):
        audit.refuse("activity.report", report_id, by=by)
        raise Http404
    return row


def latest_of_all() -> list[ActivityReport]:
    """The newest report of every desk and period, the newest period first. One query."""
    rows = ActivityReport.objects.select_related("desk__region", "made_by")
    newest = rows.order_by("desk_id", "period", "-number").distinct("desk_id", "period")
    return sorted(newest, key=lambda row: (row.period, row.desk.key), reverse=True)
