"""The demo's figures of the months, quarters and years that are over, each published at its own time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from cases.services import chasing
from core import clock, workdays
from nrm_portal.demo.stories import YEARS
from nrm_portal.overview import publishing, recounting, sealing
from nrm_portal.overview.periods import YEAR, Period


def begins(today: datetime) -> date:
    """The first day of the first year that is told from its beginning."""
    told = clock.local(today - timedelta(days=365 * len(YEARS))).date()
    return Period.of(YEAR, told).end


def publish_past(today: datetime) -> list[Period]:
    """Everything that is due today, oldest first, as if it had come out in its time; from the first year that
    is told from its beginning. A few old cases stand for themselves.

    What was late at the end of a month is counted in it. Call this while sweeps are held (`fill.hurry`).
    """
    recounting.rebuild_before_the_first_seal()
    found = []
    for period in (one for one in publishing.due(today) if one.first >= begins(today)):
        for month in period.months:
            _seal(month)
        with clock.frozen(sealing.ripe_at(period)):
            if publishing.publish_period(period):
                found.append(period)
    return found


def _seal(month: date) -> None:
    period = Period("month", month)
    if sealing.is_sealed([month]):
        return
    last = workdays.add_working_days(period.end, -1)
    with clock.frozen(datetime.combine(last, time(16), clock.STOCKHOLM)):
        chasing.sweep()
    with clock.frozen(sealing.ripe_at(period)):
        sealing.seal(month)
