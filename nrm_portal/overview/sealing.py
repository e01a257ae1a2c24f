"""Sealing a month that is over: its sums are copied, and nothing that is corrected later changes the copy.

Some units are known first when the year is over, so they are copied with December, for all months of the
year: what counts persons (somebody may turn out to have been known, S30), and what can be taken back and
happen again in a later month: a case closes, and comes to a step, once. A referral can follow a matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Final

from django.db import connection, transaction
from django.db.models import Min, Q, Sum

from cases.models import Tally as CaseTally
from cases.services import tallies
from core import audit, clock
from core.models import TallyBase
from core.tallies import GONE, Taken
from hotline.models import Tally as CallTally
from hotline.services import tallies as calls
from nrm_portal.overview.catalogue import CASES, HOTLINE
from nrm_portal.overview.models import Sealed
from nrm_portal.overview.periods import MONTH, Period, months_of

SOURCES: Final[dict[str, type[TallyBase]]] = {CASES: CaseTally, HOTLINE: CallTally}
HOUR: Final = time(6)
"""Of the day after: what happened before midnight has been written by then."""
LOCK: Final = 20_260_601
"""Any fixed number: one transaction at a time seals or publishes, on whatever host it runs."""
WITH_DECEMBER: Final[dict[str, tuple[str, ...]]] = {
    CASES: (*tallies.YEARLY, tallies.CLOSED, tallies.ASSISTANCE, tallies.PHASES),
    HOTLINE: (calls.REFERRALS,),
}
"""Units that no month or quarter shows, only the year."""
_INNER: Final = Q(unit__endswith=GONE)
"""Units of the tallies' own bookkeeping."""


def take_turn() -> None:
    """One transaction at a time seals or publishes; Taken while another does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            raise Taken


def ripe_at(period: Period) -> datetime:
    """When the period is counted: the morning after it."""
    return datetime.combine(period.end, HOUR, clock.STOCKHOLM)


def is_ripe(period: Period, now: datetime) -> bool:
    return now >= ripe_at(period)


@transaction.atomic(durable=True)
def seal(month: date) -> int:
    """Copy the sums of the month that begins on this day; returns how many rows, 0 when it was sealed before.

    Raises ValueError while the month is not over.
    """
    take_turn()
    if not is_ripe(Period(MONTH, month), clock.now()):
        raise ValueError(f"{month:%Y-%m} is not over")
    done = Sealed.objects.filter(month=month, unit=Sealed.SEAL).values_list("source", flat=True)
    missing = [source for source in SOURCES if source not in set(done)]
    copied = sum(_copy(source, month) for source in missing)
    if missing:
        audit.record("statistics.seal", by=None, month=f"{month:%Y-%m}", rows=copied)
    return copied


def _copy(source: str, month: date) -> int:
    late = Q(unit__in=WITH_DECEMBER[source])
    rows = _sums(source, ~late, [month])
    if month.month == 12:
        rows += _sums(source, late, months_of(month.year))
    mark = Sealed(month=month, source=source, unit=Sealed.SEAL, amount=len(rows))
    Sealed.objects.bulk_create([*rows, mark], batch_size=1000)
    return len(rows)


def _sums(source: str, units: Q, months: Iterable[date]) -> list[Sealed]:
    rows = SOURCES[source]._default_manager.filter(units, month__in=months).exclude(_INNER)
    found = rows.values_list("month", "unit", "codes").annotate(total=Sum("amount"))
    found = found.exclude(total=0).order_by("month", "unit", "codes")
    return [Sealed(month=m, source=source, unit=u, codes=c, amount=n) for m, u, c, n in found]


def first_month(source: str) -> date | None:
    """The first month in which anything was counted."""
    found: date | None = SOURCES[source]._default_manager.aggregate(first=Min("month"))["first"]
    return found


def is_sealed(months: Iterable[date]) -> bool:
    """Are all these months sealed, of every source?"""
    wanted = set(months)
    rows = Sealed.objects.filter(month__in=wanted, unit=Sealed.SEAL)
    return rows.count() == len(wanted) * len(SOURCES)
