"""The portal's only clock.

Instants are stored and compared in UTC; people read Stockholm time. Services, tasks and commands ask this
module, never `datetime.now()` or `django.utils.timezone`, so that the demo, a command's `--on` and a test
can set the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The date on a wall calendar in Stockholm."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """The same instant on a Stockholm wall clock; a naive value is taken to be Stockholm time already."""
    return aware(instant).astimezone(STOCKHOLM)


def aware(moment: datetime) -> datetime:
    """Read a naive value as Stockholm time; leave an aware one as it is."""
    return moment.replace(tzinfo=STOCKHOLM) if moment.tzinfo is None else moment


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Stand still at an instant (naive = Stockholm time) within this block, in this thread or task only."""
    instant = aware(at).astimezone(UTC)
    token = _frozen.set(instant)
    try:
        yield instant
    finally:
        _frozen.reset(token)


def read(text: str) -> datetime | None:
    """An instant from an address, in UTC; None for anything that is none, or that no database can hold.

    A plus sign that was written bare arrives as a space.
    """
    try:
        moment = datetime.fromisoformat(text[:40].replace(" ", "+"))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
