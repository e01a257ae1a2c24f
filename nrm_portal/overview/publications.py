"""What has been published: stored rows, read by the page and by every format. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.publish import Published
from nrm_portal.overview.catalogue import of_kind
from nrm_portal.overview.models import TIMES, Publication
from nrm_portal.overview.periods import Period, newest_first
from nrm_portal.overview.quantiles import Quantiles


@dataclass(frozen=True)
class PublishedPeriod:
    """The tables of a period by key of the catalogue; a table that could not be shown at all is not there."""

    period: Period
    tables: Mapping[str, Published]
    made_at: datetime
    times: Mapping[str, Mapping[str, Quantiles]] = field(default_factory=dict)
    """Of "answers" by region, of "steps" by step; all together under `TOTAL`. Too few are left out."""


def periods_out() -> list[Period]:
    """Every published period, newest first. One query."""
    codes = Publication.objects.values_list("period", flat=True).distinct().order_by()
    return newest_first(period for code in codes if (period := Period.parse(code)))


def of(period: Period) -> PublishedPeriod | None:
    """What was published of the period; None when nothing was. One query."""
    return among([period]).get(period.code)


def among(periods: list[Period], *families: str) -> dict[str, PublishedPeriod]:
    """What was published of these periods, by code; of these families alone if there are any. One query."""
    found: dict[str, PublishedPeriod] = {}
    by_code = {period.code: period for period in periods}
    rows = Publication.objects.filter(period__in=by_code)
    if families:
        rows = rows.filter(family__in=families)
    for row in rows.order_by("period", "family"):
        one = found.setdefault(row.period, PublishedPeriod(by_code[row.period], {}, row.made_at))
        found[row.period] = _with(one, row)
    return found


def _with(one: PublishedPeriod, row: Publication) -> PublishedPeriod:
    made_at = max(one.made_at, row.made_at)
    if row.family == TIMES:
        times = {
            name: {code: Quantiles(**data) for code, data in inner.items()}
            for name, inner in row.tables.items()
        }
        return replace(one, made_at=made_at, times=times)
    order = of_kind(one.period.kind)
    tables = {**one.tables, **{key: read(data) for key, data in row.tables.items()}}
    return replace(one, made_at=made_at, tables={key: tables[key] for key in order if key in tables})


def stored(table: Published) -> dict[str, Any]:
    """For a row; the database sorts the names of an object, so the order of the dimensions is kept beside."""
    return {**table.as_json(), "order": list(table.dimensions)}


def read(data: Mapping[str, Any]) -> Published:
    """What `stored` gave."""
    inner = {name: data["dimensions"][name] for name in data["order"]}
    return Published.from_json({**data, "dimensions": inner})
