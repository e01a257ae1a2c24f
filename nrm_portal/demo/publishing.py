"""The demo's figures of the months, quarters and years that are over, each published at its own time."""

from __future__ import annotations

from datetime import datetime, time

from cases.services import chasing
from core import clock, workdays
from nrm_portal.overview import publishing, sealing
from nrm_portal.overview.periods import Period


def catch_up(today: datetime) -> None:
    """Count what became late while the past was told. Call it while sweeps are held (`fill.hurry`)."""
    day = clock.local(today).date()
    last = day if workdays.is_working_day(day) else workdays.add_working_days(day, -1)
    noon = datetime.combine(last, time(12), clock.STOCKHOLM)
    with clock.frozen(min(today, noon)):
        chasing.sweep()


def publish_past(today: datetime) -> list[Period]:
    """Everything that is due today, oldest first, as if it had come out when it was ripe."""
    found = []
    for period in publishing.due(today):
        with clock.frozen(sealing.ripe_at(period)):
            for month in period.months:
                sealing.seal(month)
            if publishing.publish_period(period):
                found.append(period)
    return found
