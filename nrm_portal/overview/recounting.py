"""Comparing what is counted with the facts, of cases and of calls, and counting all anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.services.tallies import recount as cases
from core import audit, clock
from core.enums import JobState
from core.models import JobRun
from core.tallies import one_recount
from hotline.services.tallies import recount as calls
from nrm_portal.overview import publishing
from nrm_portal.overview.models import Sealed
from nrm_portal.overview.periods import Period


@dataclass(frozen=True)
class Line:
    """Something that is counted otherwise than it should be. Codes and numbers alone, and whose case."""

    unit: str
    month: date
    codes: str
    should: int
    stands: int
    case: UUID | None = None

    def __str__(self) -> str:
        whose = f"case {self.case}" if self.case else "sum"
        return f"{whose}: {self.unit} {self.month:%Y-%m} {self.codes}: {self.stands}, should be {self.should}"


def check() -> list[Line]:
    """Everything that differs; empty when all is well. Changes nothing."""
    return [*_of_cases(), *_of_calls()]


def _of_cases() -> Iterator[Line]:
    for found in cases.check():
        words = " ".join(f"{name}={code}" for name, code in found.codes if code)
        yield Line(found.unit, found.month, words, found.should, found.stands, found.case)


def _of_calls() -> Iterator[Line]:
    for unit, month, codes, should, stands in calls.check():
        words = " ".join(f"{name}={code}" for name, code in codes)
        yield Line(f"helpline {unit}", month, words, should, stands)


def rebuild() -> int:
    """Count all anew and write what differs; returns how many facts and sums were counted otherwise.

    core.tallies.Taken while another process does it.
    """
    with one_recount():
        changed = sum(cases.rebuild()) + calls.rebuild()
        audit.record("statistics.rebuild", by=None, changed=changed)
        return changed


def rebuild_before_the_first_seal() -> None:
    """When something is due: what an older version counted has other codes, and what is sealed stays. May
    raise Taken."""
    if not Sealed.objects.exists() and publishing.due(clock.now()):
        rebuild()


def is_wrong() -> bool:
    """The last comparison did not come out clean, and something differs now. It compares each time it is
    asked until it is put right."""
    last = JobRun.objects.filter(name="recount").order_by("pk").last()
    if last is None or (last.state == JobState.FINISHED and not last.failed):
        return False
    return bool(check())


def publish_due() -> list[Period]:
    """Seal and publish what is due, by the clock and by hand alike.

    Raises Taken, and Stuck: also for all that is due while something is known to be counted otherwise than it
    should be, since what is sealed stays."""
    rebuild_before_the_first_seal()
    if (left := publishing.due(clock.now())) and is_wrong():
        raise publishing.Stuck(left, [])
    return publishing.publish_due()


def look() -> int:
    """The nightly comparison: how much differs. The national desk and the administrators are told."""
    number = len(check())
    if number:
        cases.alarm(number)
    return number
