"""Comparing the audit with its seals: which row, of which day, was changed, taken away or put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings

from core import clock, seal_files, seals, vault
from core.enums import SealFault
from core.models import AuditEvent, AuditSeal

TOLERANCE: Final = timedelta(hours=1)
"""How far clocks of several machines, and a long transaction, may be apart."""
MOST: Final = 1000
"""Findings that are told one by one; a table that was emptied has millions."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, with which row or seal, and of which day (Stockholm)."""

    fault: SealFault
    day: date
    row: int | None = None
    seal: int | None = None


@dataclass
class Checked:
    """What was compared, and everything that does not fit."""

    seals: int = 0
    rows: int = 0
    waiting: int = 0
    """Rows that are not sealed yet."""
    files: int | None = None
    """Seals found in the folder; None when there is no folder."""
    findings: list[Finding] = field(default_factory=list)

    def note(
        self, fault: SealFault, at: datetime, *, row: int | None = None, seal: int | None = None
    ) -> None:
        if len(self.findings) < MOST:
            self.findings.append(Finding(fault, clock.local(at).date(), row, seal))


def check() -> Checked:
    """Compare everything. Reads the audit once, a seal at a time; writes nothing."""
    found = Checked()
    outside = seal_files.read()
    found.files = len(outside) if seal_files.folder() else None
    key = seals.key_of_seals()
    newest = seals.sealed_until()
    if newest is None and not outside:
        found.waiting = seals.waiting()
        return found
    if key is None or key.wrapped is None:
        found.note(SealFault.KEY_GONE, newest.sealed_at if newest else clock.now())
        return found
    secret = vault.derived(key, "audit seal v1")
    before, high = None, None
    for seal in _trusted(outside, secret, found):
        if before is not None and seal.after_id != before.last_id:
            found.note(SealFault.SEAL_GONE, seal.since, seal=before.number + 1)
        high = _compare(seal, secret, high, found)
        before = seal
        found.seals += 1
    _rest(before, high, found)
    return found


def _trusted(outside: dict[int, AuditSeal], secret: bytes, found: Checked) -> Iterator[AuditSeal]:
    """Each seal that fits its digest, from the database, else from the folder; what does not fit is noted."""
    numbers = list(AuditSeal.objects.order_by("number").values_list("number", flat=True))
    last, expected = bytes(32), 1
    for number in sorted({*numbers, *outside}):
        kept, copy = AuditSeal.objects.filter(pk=number).first(), outside.get(number)
        if number != expected:
            at = (kept or copy or seals.sealed_until()).since  # type: ignore[union-attr]
            found.note(SealFault.SEAL_GONE, at, seal=expected)
        expected = number + 1
        if kept is None:
            assert copy is not None
            found.note(SealFault.SEAL_GONE, copy.since, seal=number)
        good = [one for one in (kept, copy) if one and bytes(one.digest) == seals.digest_of(one, secret)]
        changed = kept is not None and kept not in good
        differs = copy is not None and kept is not None and bytes(copy.digest) != bytes(kept.digest)
        if changed or differs or (copy is not None and copy not in good):
            found.note(SealFault.SEAL_CHANGED, (kept or copy).since, seal=number)  # type: ignore[union-attr]
        if not good:
            last = b""
            continue
        if last and number == expected - 1 and bytes(good[0].previous) != last:
            found.note(SealFault.SEAL_CHANGED, good[0].since, seal=number)
        last = bytes(good[0].digest)
        yield good[0]


def _compare(seal: AuditSeal, secret: bytes, high: datetime | None, found: Checked) -> datetime | None:
    """The rows of one seal; the latest time seen so far."""
    rows = {row.pk: row for row in seals.rows_between(seal.after_id, seal.last_id)}
    for pk, micros, digest in seals.entries(bytes(seal.marks)):
        row = rows.pop(pk, None)
        at = seals.moment(micros)
        if row is None:
            found.note(SealFault.REMOVED, at, row=pk, seal=seal.number)
        elif seals.mark(row, secret)[-len(digest) :] != digest or row.at != at:
            found.note(SealFault.CHANGED, at, row=pk, seal=seal.number)
        found.rows += 1
        high = _late(pk, at, seal.sealed_at, high, found)
    for pk, row in rows.items():
        found.note(SealFault.INSERTED, row.at, row=pk, seal=seal.number)
    return high


def _late(pk: int, at: datetime, by: datetime, high: datetime | None, found: Checked) -> datetime | None:
    """Rows are written in the order of time: one that says another time was put in afterwards.

    The demo lives its past through today, so there it says nothing.
    """
    if settings.DEMO:
        return high
    if at > by + TOLERANCE or (high is not None and at < high - TOLERANCE):
        found.note(SealFault.OUT_OF_TIME, at, row=pk)
        return high
    return at if high is None else max(high, at)


def _rest(before: AuditSeal | None, high: datetime | None, found: Checked) -> None:
    """Rows after the last seal: they wait, but their times must go on."""
    rows = AuditEvent.objects.filter(pk__gt=before.last_id if before else 0).order_by("pk")
    found.waiting = rows[:MOST].count()
    for pk, at in rows.values_list("pk", "at")[:MOST]:
        high = _late(pk, at, clock.now(), high, found)
