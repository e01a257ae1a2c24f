"""After a backup was restored: what had been destroyed since is destroyed again, before anybody is served.

Fed from the list outside the database (`core.destroyed`), and from the audit: of this database, and of a
newer copy when there is one. May run any number of times.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from cases.enums import DocumentState, Status
from cases.models import Case, Document
from cases.services import casework
from cases.services.disposal import erasing
from core import audit, destroyed, vault
from core.destroyed import Entry
from core.models import AuditEvent, DataKey


@dataclass
class Replayed:
    """What the replay found to do."""

    entries: int = 0
    cases: int = 0
    keys: int = 0
    files: int = 0


def replay(audited: Iterable[uuid.UUID] = ()) -> Replayed:
    """Destroy again what the list has and this database has not, then every key the audit calls destroyed.

    `audited`: ids of data keys that a newer copy of the audit lists as `key.destroy`. Raises ListBroken.
    """
    done = Replayed()
    for entry in destroyed.entries(destroyed.behind()):
        _again(entry, done)
    known = AuditEvent.objects.filter(verb="key.destroy").values_list("target_id", flat=True)
    _shred({*filter(None, known), *audited}, done)
    return done


@transaction.atomic(durable=True)
def _again(entry: Entry, done: Replayed) -> None:
    """One entry, in one transaction with the row that says it is done."""
    if entry.kind == "case":
        done.cases += _erase(entry.subject_id)
    elif entry.kind == "document":
        _remove(entry.subject_id)
    _shred(entry.keys, done)
    destroyed.caught_up(entry.number, entry.kind, entry.subject_id, at=entry.at)
    audit.record("disposal.replay", entry.subject_id, by=None, kind=entry.kind, number=entry.number)
    done.entries += 1
    done.files += len(entry.files)
    transaction.on_commit(lambda: erasing.remove_files(entry.files), robust=True)


def _erase(case_id: uuid.UUID) -> int:
    """Nothing to do when the backup is older than the case."""
    if not Case.objects.filter(pk=case_id).exclude(status=Status.DISPOSED).exists():
        return 0
    erasing.erase(casework.lock(case_id), by=None, reason="replay", is_new=False)
    return 1


def _remove(document_id: uuid.UUID) -> None:
    """A document that somebody had taken away is closed again, and its name forgotten."""
    for row in Document.objects.filter(pk=document_id).exclude(state=DocumentState.REMOVED):
        vault.shred(row.data_key, by=None)
        row.state, row.digest = DocumentState.REMOVED, row.pk.bytes  # tells nothing, and is no other row's
        row.save(update_fields=["state", "digest"])


def _shred(keys: Iterable[uuid.UUID], done: Replayed) -> None:
    for key in DataKey.objects.filter(pk__in=list(keys), destroyed_at=None).order_by("pk"):
        vault.shred(key, by=None)
        done.keys += 1
