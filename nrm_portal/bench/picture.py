"""The national picture at a volume, and what the same numbers cost when nothing is published."""

from __future__ import annotations

from typing import Final

from django.db import connections

from core import clock, context
from nrm_portal.overview import publishing
from nrm_portal.overview.periods import YEAR, Period

RAW_YEAR: Final = """
SELECT county_id, age_band, sex, main_form, citizenship, is_consultation, routing->>'region', outcome,
  date_trunc('month', received_at AT TIME ZONE 'Europe/Stockholm'), count(*)
FROM cases_case WHERE NOT practice AND received_at >= %s AND received_at < %s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""
"""Every number of a year's page can be added up from this."""


def publish(times: int) -> None:
    """What the lived cases have counted counts for so many copies; all that is due comes out."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE cases_tally SET amount = amount * %s", [times])
    with context.scope():
        publishing.publish_due()


def last_year() -> Period:
    """The last one that is over."""
    this = Period.of(YEAR, clock.today())
    return Period.of(YEAR, this.first.replace(year=this.year - 1))
