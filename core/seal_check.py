"""Comparing the audit with its seals: which row, of which day, was changed, taken away or put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings

from core import clock, seal_files, seals, vault
from core.enums import SealFault
from core.models import AuditEvent, AuditSeal
from core.seal_files import Place

TOLERANCE: Final = timedelta(hours=1)
"""How far clocks of several machines, and a long transaction, may be apart."""
TOGETHER: Final = 5000
"""Rows that are read with one question."""
CHUNK: Final = 200
"""Seals that are read with one question."""
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
    """Compare everything. Reads the audit once, some seals at a time; writes nothing."""
    found = Checked()
    outside = seal_files.find()
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
    for group in _grouped(_trusted(outside, secret, found)):
        rows = list(seals.rows_between(before.last_id if before else 0, group[-1].last_id))
        for seal in group:
            rest = next((place for place, row in enumerate(rows) if row.pk > seal.last_id), len(rows))
            mine, rows = rows[:rest], rows[rest:]
            covered = {row.pk: row for row in mine if row.pk > seal.after_id or not seal.after_id}
            high = _compare(seal, covered, secret, high, found)
            before = seal
            found.seals += 1
    _rest(before, high, found)
    return found


def batched(numbers: list[int], size: int) -> Iterable[list[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _grouped(chain: Iterator[AuditSeal]) -> Iterator[list[AuditSeal]]:
    """As many seals as cover some thousand rows: one question to the audit for all of them."""
    group: list[AuditSeal] = []
    for seal in chain:
        group.append(seal)
        if sum(one.count for one in group) >= TOGETHER:
            yield group
            group = []
    if group:
        yield group


def _trusted(outside: dict[int, Place], secret: bytes, found: Checked) -> Iterator[AuditSeal]:
    """Each seal that fits its digest, from the database, else from the folder; what does not fit is noted."""
    numbers = set(AuditSeal.objects.values_list("number", flat=True))
    last, expected = bytes(32), 1
    for part in batched(sorted(numbers | set(outside)), CHUNK):
        stored = AuditSeal.objects.in_bulk(list(part))
        for number in part:
            copies = _copies(stored.get(number), outside.get(number))
            if number != expected:
                at = next((one.since for one in copies if one), clock.now())
                found.note(SealFault.SEAL_GONE, at, seal=expected)
                last = b""
            expected = number + 1
            good = _good(number, copies, secret, outside, found)
            if good is None:
                last = b""
                continue
            if last and bytes(good.previous) != last:
                found.note(SealFault.SEAL_CHANGED, good.since, seal=number)
            last = bytes(good.digest)
            yield good


def _copies(kept: AuditSeal | None, where: Place | None) -> tuple[AuditSeal | None, AuditSeal | None]:
    return kept, seal_files.load(where) if where else None


def _good(
    number: int,
    copies: tuple[AuditSeal | None, AuditSeal | None],
    secret: bytes,
    outside: dict[int, Place],
    found: Checked,
) -> AuditSeal | None:
    """Of a seal in the database and in the folder the one that fits its digest; every difference is noted."""
    kept, copy = copies
    good = [one for one in copies if one and bytes(one.digest) == seals.digest_of(one, secret)]
    at = next((one.since for one in (*good, kept, copy) if one), clock.now())
    if kept is None:
        found.note(SealFault.SEAL_GONE, at, seal=number)
    differs = kept is not None and copy is not None and bytes(kept.digest) != bytes(copy.digest)
    unreadable = number in outside and copy is None
    if differs or unreadable or len(good) < sum(one is not None for one in copies):
        found.note(SealFault.SEAL_CHANGED, at, seal=number)
    return good[0] if good else None


def _compare(
    seal: AuditSeal, rows: dict[int, AuditEvent], secret: bytes, high: datetime | None, found: Checked
) -> datetime | None:
    """The rows of one seal as they stand now; returns the latest time seen so far."""
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
