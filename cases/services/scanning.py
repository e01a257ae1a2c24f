"""Scanning documents, and sweeping up after them: no verdict is never a clean one."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import notifications
from cases.enums import DocumentState
from cases.models import Document
from cases.services import casework
from cases.services.documents import copy_of
from core import audit, clock, files, filetypes, scanner

logger = logging.getLogger(__name__)

ATTEMPTS_A_SWEEP: Final = 50
ORPHAN_AGE: Final = timedelta(hours=24)


def scan(document_id: uuid.UUID) -> DocumentState | None:
    """Ask the scanner about a waiting document; None when there is no verdict, or nothing waits for one.

    May run twice: the verdict is written only to a row that still waits; one that was removed meanwhile
    stays removed. A picture found clean gets its working copy before anybody may open it.
    """
    document = Document.objects.select_related("data_key").filter(pk=document_id).first()
    if document is None or document.state != DocumentState.PENDING or not scanner.is_configured():
        return None
    try:
        verdict = scanner.scan(files.read(str(document_id), document.data_key))
        made = verdict == scanner.Verdict.CLEAN and _make_copy(document)
    except (scanner.ScannerDown, files.Gone, OSError, MemoryError, filetypes.Refused) as error:
        logger.warning("document %s has no verdict: %s", document_id, type(error).__name__)
        _tried(document_id)
        return None
    clean = verdict == scanner.Verdict.CLEAN
    return _settle(document, DocumentState.CLEAN if clean else DocumentState.INFECTED, has_copy=made)


def _make_copy(document: Document) -> bool:
    """A picture without what it tells beside itself; the original stays sealed and is never served."""
    if document.media_type not in (filetypes.PNG, filetypes.JPEG):
        return False
    data = b"".join(files.read(str(document.pk), document.data_key))
    bare = filetypes.without_metadata(data, document.media_type)
    files.remove(copy_of(document.pk))
    files.store(copy_of(document.pk), [bare], document.data_key)
    return True


def _tried(document_id: uuid.UUID) -> None:
    row = Document.objects.filter(pk=document_id).first()
    if row is not None and row.scan_attempts < 30_000:
        row.scan_attempts += 1
        row.save(update_fields=["scan_attempts"])


@transaction.atomic(durable=True)
def _settle(document: Document, state: DocumentState, *, has_copy: bool) -> DocumentState | None:
    case = casework.lock(document.case_id)
    row = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document.pk)
    if row.state != DocumentState.PENDING:
        transaction.on_commit(lambda: files.remove(copy_of(document.pk)), robust=True)
        return None
    row.state, row.scanned_at, row.has_copy = state, clock.now(), has_copy
    row.scan_attempts += 1
    row.save(update_fields=["state", "scanned_at", "has_copy", "scan_attempts"])
    audit.record("document.scan", row, by=None, case=case.pk, state=state)
    if state == DocumentState.CLEAN:
        notifications.document_added(case, row)
    else:
        notifications.malware_stopped(case, row)
    return state


def scan_waiting() -> tuple[int, int]:
    """What waits for the scanner, oldest first: (found, settled). Without a scanner nothing is asked."""
    if not scanner.is_configured():
        return 0, 0
    quarantined = Document.objects.filter(state=DocumentState.UNSCANNED)
    quarantined.update(state=DocumentState.PENDING)
    waiting = Document.objects.filter(state=DocumentState.PENDING).order_by("scan_attempts", "uploaded_at")
    found = list(waiting.values_list("pk", flat=True)[:ATTEMPTS_A_SWEEP])
    return len(found), sum(scan(pk) is not None for pk in found)


def sweep() -> tuple[int, int]:
    """Delete stored files that no living document owns; returns (deleted, documents without a file)."""
    before = clock.now() - ORPHAN_AGE
    stored = {name: at for name, at in files.stored()}
    living = set(map(str, _living().values_list("pk", flat=True)))
    gone = [name for name, at in stored.items() if name.removesuffix("-copy") not in living and at < before]
    for name in gone:
        files.remove(name)
    lost = _living().filter(uploaded_at__lt=before).values_list("pk", flat=True)
    return len(gone), sum(str(pk) not in stored for pk in lost)


def _living() -> QuerySet[Document]:
    return Document.objects.filter(~Q(state=DocumentState.REMOVED))
