"""Seals over the audit: that no row was changed, taken away or put in afterwards can be shown.

A seal covers every row after the seal before it. It holds a keyed digest of each row, over its values (times
as microseconds since 1970 UTC), and a digest over all of these and over the seal before: a chain. The key is
a data key of the vault, so whoever has the database alone cannot make a seal that fits. Each seal is also
written to the folder `AUDIT_SEAL_DIR` and to the log, out of reach of who owns the tables: a chain cut short
shows there.

Rows are covered in the order of their ids, and only when no transaction can add one below any more: whoever
writes the audit holds a lock on its table until the commit, and the seal waits for those who hold one.
"""

from __future__ import annotations

import hmac
import json
import logging
import struct
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from core import clock, seal_files, vault
from core.models import AuditEvent, AuditSeal, DataKey

log = logging.getLogger(__name__)

SUBJECT: Final = ("audit", UUID("5ea15ea1-0000-4000-8000-000000000001"))
"""What the key of the seals is a key of. It is never destroyed."""
ROWS: Final = 2000
"""Rows of one seal at the most."""
SEALS: Final = 50
"""Seals of one run at the most; the next run goes on."""
PATIENCE: Final = 5.0
"""Seconds to wait for those who are writing just now; the next run tries again."""
ENTRY: Final = struct.Struct(">qq16s")
LOCK: Final = 20_180_102
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class NotSettled(Exception):
    """Somebody has been writing to the audit for a long time: the rows are not closed yet."""


def microseconds(at: datetime) -> int:
    """A moment as a whole number that means the same in every time zone."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)


def key_of_seals() -> DataKey | None:
    kind, subject = SUBJECT
    return DataKey.objects.filter(subject_kind=kind, subject_id=subject).order_by("created_at").first()


def mark(row: AuditEvent, secret: bytes) -> bytes:
    """The entry of one row: id, time, and the digest over all its columns."""
    values = [
        row.pk, microseconds(row.at), _text(row.request_id), _text(row.user_id), row.role,
        _text(row.agency_id), row.verb, row.target_type, _text(row.target_id),
        [str(one) for one in row.target_ids], row.reason, row.outcome, row.facts,
    ]  # fmt: skip
    said = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return ENTRY.pack(row.pk, microseconds(row.at), hmac.digest(secret, said, "sha256")[:16])


def entries(marks: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Id, time and digest of each row of a seal."""
    return ENTRY.iter_unpack(marks)


def digest_of(seal: AuditSeal, secret: bytes) -> bytes:
    """What the digest of a seal must be."""
    head = [
        seal.number, seal.after_id, seal.last_id, seal.count, microseconds(seal.since),
        microseconds(seal.until), microseconds(seal.sealed_at),
    ]  # fmt: skip
    said = json.dumps(head).encode() + bytes(seal.previous) + bytes(seal.marks)
    return hmac.digest(secret, said, "sha256")


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


# --- sealing ---------------------------------------------------------------------------------------------


def seal() -> tuple[int, int]:
    """Seal what is closed and not sealed yet, and bring the folder up to date; seals and rows.

    Raises NotSettled when somebody has been writing for long. Two at a time: the second finds nothing to do.
    """
    made: list[AuditSeal] = []
    with transaction.atomic():
        if _turn():
            made = _seal_up_to(_settled_id())
    write_out()
    return len(made), sum(one.count for one in made)


def _turn() -> bool:
    """Whether nobody else is sealing; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone() == (True,))


def _settled_id() -> int:
    """The highest id below which no row can appear any more."""
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    writing, until = _writers(), time.monotonic() + PATIENCE
    while writing & _writers():
        if time.monotonic() > until:
            raise NotSettled
        time.sleep(0.05)
    return newest


def _writers() -> set[str]:
    """The open transactions, others than this one, that have added to the audit or are about to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = %s::regclass"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()",
            [AuditEvent._meta.db_table],
        )
        return {row[0] for row in cursor.fetchall()}


def _seal_up_to(settled: int) -> list[AuditSeal]:
    made: list[AuditSeal] = []
    before = sealed_until()
    while len(made) < SEALS:
        rows = list(rows_between(before.last_id, settled, ROWS) if before else rows_between(0, settled, ROWS))
        if not rows:
            break
        before = _one(before, rows)
        made.append(before)
        log.info("audit seal %s, last row %s: %s", before.number, before.last_id, before.digest.hex())
    return made


def _one(before: AuditSeal | None, rows: list[AuditEvent]) -> AuditSeal:
    key = key_of_seals() or vault.new_key(*SUBJECT)
    secret = vault.derived(key, "audit seal v1")
    times = [row.at for row in rows]
    made = AuditSeal(
        number=before.number + 1 if before else 1,
        after_id=before.last_id if before else 0,
        last_id=rows[-1].pk,
        count=len(rows),
        since=min(times),
        until=max(times),
        sealed_at=clock.now(),
        data_key=key,
        marks=b"".join(mark(row, secret) for row in rows),
        previous=bytes(before.digest) if before else bytes(32),
    )
    made.digest = digest_of(made, secret)
    made.save(force_insert=True)
    return made


def write_out() -> int:
    """Write the seals that the folder lacks into it; how many. Without a folder nothing happens."""
    with transaction.atomic():
        last = seal_files.last_number() if _turn() else None
        if last is None:
            return 0
        return seal_files.write(AuditSeal.objects.filter(number__gt=last).order_by("number").iterator(100))


def sealed_until() -> AuditSeal | None:
    """The newest seal."""
    return AuditSeal.objects.defer("marks").order_by("-number").first()


def waiting() -> int:
    """How many rows wait for their seal, counted to a thousand."""
    last = sealed_until()
    rows = AuditEvent.objects.filter(pk__gt=last.last_id if last else 0)
    return rows[:1000].count()


def rows_between(after: int, last: int, limit: int | None = None) -> QuerySet[AuditEvent]:
    """The rows a seal should cover, as they stand now; the first seal also answers for what is below."""
    rows = AuditEvent.objects.filter(pk__lte=last)
    return (rows.filter(pk__gt=after) if after else rows).order_by("pk")[:limit]
