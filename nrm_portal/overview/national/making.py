"""Which sheets a period has."""

from __future__ import annotations

from typing import Final

from nrm_portal.overview.national import tables, times
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.national.tables import Maker, crossed, line_of
from nrm_portal.overview.sheets import Sheet

MAKERS: Final[tuple[Maker, ...]] = (
    tables.counties,
    tables.forms,
    times.steps,
    crossed(tables.FLOW_IN, "agency_region", tinted=True),
    crossed(tables.FLOW_OUT, "region_outcome", tinted=True),
    crossed(tables.LATE, "late", tinted=True),
    line_of(tables.LATE, "late", "late_step", ranked=True),
    times.answers,
    line_of(times.ANSWERS, "answers", "answer"),
    tables.quality,
    tables.assistance,
    line_of(tables.PERSONS, "persons", "case"),
    line_of(tables.AGAIN, "again", "case"),
    crossed("lan-grupp", "county_group"),
    crossed("kon-alder", "sex_age"),
    crossed("medborgarskap", "group_citizenship", turned=True),
    crossed("hanvisare", "group_identified", turned=True),
    crossed(times.CLASSES, "answers"),
)
"""In the order of the page; one that a period has no table for makes nothing."""
MORE: Final = ("lan-grupp", "kon-alder", "medborgarskap", "hanvisare", times.CLASSES)
"""Tables without a drawing."""


def of_period(shown: Picture) -> dict[str, Sheet]:
    """Sheets of what divides the cases, by key; a table that could not be shown has none."""
    period = shown.divided
    if period is None:
        return {}
    made = (maker(shown, period) for maker in MAKERS)
    return {sheet.key: sheet for sheet in made if sheet is not None}
