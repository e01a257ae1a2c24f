"""The demo's figures of the months, quarters and years that are over, each published at its own time."""

from __future__ import annotations

from datetime import date, datetime, time

from cases.services import chasing
from core import clock, workdays
from nrm_portal.overview import publishing, sealing
from nrm_portal.overview.periods import Period


def publish_past(today: datetime) -> list[Period]:
    """Everything that is due today, oldest first, as if it had come out in its time.

    What was late at the end of a month is counted in it. Call this while sweeps are held (`fill.hurry`).
    """
    found = []
    for period in publishing.due(today):
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
