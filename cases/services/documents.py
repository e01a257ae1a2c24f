"""Documents in a case: sealed when they come in, opened when scanned, by those they were meant for."""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import workflow
from cases.access import Sight, require_level, sight_of
from cases.enums import Category, DisclosureKind, DocumentState, Level, RemovalReason
from cases.models import Case, Document
from cases.services import casework, sharing
from core import audit, broker, clock, destroyed, files, filetypes, scanner, vault
from core.errors import TransitionNotAllowed
from core.models import DataKey
from core.uploads import FILE_LIMIT, SealedUpload

logger = logging.getLogger(__name__)

MOST_FILES: Final = 200
MOST_BYTES: Final = 500 * 1024 * 1024
"""Of one case. To be confirmed."""
_ABOUT_HER: Final = (Category.IDENTITY, Category.CONTACT)
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


# --- taking in -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Incoming:
    """One file of a form with what was written about it."""

    file: SealedUpload
    description: str
    category: str


def add(*, case_id: uuid.UUID, incoming: Incoming, by: Assignment) -> Document:
    """Take one file into the case. Raises ValidationError at `file`, `description` or `category`.

    The file is looked at and sealed before the case is locked; nothing of it stays when it is refused.
    """
    document_id = uuid.uuid4()
    _before_looking(case_id, by)
    data = _looked_at(incoming.file)
    try:
        with transaction.atomic(durable=True):
            document = _take(case_id, document_id, incoming, data, by)
    except BaseException:
        files.remove(str(document_id))
        raise
    return document


def _before_looking(case_id: uuid.UUID, by: Assignment) -> None:
    """Whoever may not add anything does not make the portal look at her file."""
    case = Case.objects.select_related("desk").get(pk=case_id)
    require_level(by, case, Level.STEPS)


def _looked_at(upload: SealedUpload) -> tuple[bytes, filetypes.Looked]:
    if upload.too_large:
        words = _("The file is larger than %(limit)s MB. Divide it or choose a smaller one")
        raise ValidationError({"file": words % {"limit": FILE_LIMIT // (1024 * 1024)}})
    data = upload.read()
    try:
        return data, filetypes.look(data)
    except filetypes.Refused as refused:
        raise ValidationError({"file": str(refused.why)}) from None


def _take(
    case_id: uuid.UUID,
    document_id: uuid.UUID,
    incoming: Incoming,
    data: tuple[bytes, filetypes.Looked],
    by: Assignment,
) -> Document:
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    content, looked = data
    _must_be_open(case, by)
    _may_be_about(case, incoming.category)
    _has_room(case, len(content))
    _is_new(sight, content)
    key = vault.new_key("file", document_id)
    _store(document_id, content, key)
    document = Document.objects.create(
        id=document_id,
        case=case,
        category=incoming.category,
        state=DocumentState.PENDING if scanner.is_configured() else DocumentState.UNSCANNED,
        media_type=looked.media_type,
        size=len(content),
        data_key=key,
        digest=_digests(case, _house(sight), content)[0],
        name=clean_name(incoming.file.name or "", looked.media_type),
        description=incoming.description,
        uploaded_by_id=by.user_id,
        uploaded_at=clock.now(),
        **_home(sight),
    )
    audit.record("document.add", document, by=by, case=case.pk, category=incoming.category)
    if document.state == DocumentState.PENDING:
        transaction.on_commit(lambda: broker.nudge("cases.tasks.scan_document", document_id), robust=True)
    return document


def _store(document_id: uuid.UUID, content: bytes, key: DataKey) -> None:
    try:
        files.store(str(document_id), [content], key)
    except OSError as error:
        logger.exception("a document could not be stored")
        words = _("The file could not be stored. Your text is still here. Try again in a while")
        raise ValidationError({"file": words}) from error


def _must_be_open(case: Case, by: Assignment) -> None:
    if not case.is_open:
        audit.refuse("document.add", case, by=by)
        raise TransitionNotAllowed(_("The case is over. It can be read, not changed."))


def _may_be_about(case: Case, category: str) -> None:
    if category not in Category.values:
        raise ValidationError({"category": _("Choose what the document is about")})
    if case.is_consultation and category in _ABOUT_HER:
        raise ValidationError({"category": _("A consultation has no identity to share.")})


def _has_room(case: Case, size: int) -> None:
    kept = case.documents.filter(removed_at__isnull=True)
    if kept.count() >= MOST_FILES or (kept.aggregate(all=Sum("size"))["all"] or 0) + size > MOST_BYTES:
        words = _("The case already holds as many documents as it can. Remove one that is not needed")
        raise ValidationError({"file": words})


def _house(sight: Sight) -> str:
    return next(iter(_home(sight).values())).hex


def _home(sight: Sight) -> dict[str, uuid.UUID]:
    if sight.is_desk:
        return {"desk_id": sight.case.desk_id}
    assert sight.agency_id is not None, "sight comes through a desk or an agency"
    return {"agency_id": sight.agency_id}


def _digests(case: Case, house: str, content: bytes) -> tuple[bytes, ...]:
    """Keyed by case and house: a file another house keeps for itself is not told by a refusal."""
    return vault.blind_indexes(f"document.{case.pk.hex}.{house}", hashlib.sha256(content).hexdigest())


def _is_new(sight: Sight, content: bytes) -> None:
    """The same file twice in one case is said, as far as the viewer may see the first one."""
    seen = [row for row in visible_to(sight) if row.removed_at is None]
    houses = {house.hex for row in seen if (house := row.desk_id or row.agency_id)}
    known = {digest for house in houses for digest in _digests(sight.case, house, content)}
    twin = next((row for row in seen if bytes(row.digest) in known), None)
    if twin is not None:
        words = _("The same file is already here: “%(description)s”") % {"description": twin.description}
        raise ValidationError({"file": words})


def clean_name(name: str, media_type: str) -> str:
    """A name no system trips over: no folders, no control or direction characters, the true ending."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join(
        char for char in name if unicodedata.category(char)[0] not in "CZ" or char == " "
    ).translate(dict.fromkeys(map(ord, '<>:"|?*;%'), "_"))
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", kept).strip(" .")[:80].strip(" .")
    if not stem or _RESERVED.fullmatch(stem):
        stem = str(_("document"))
    return stem + filetypes.ENDING[media_type]


# --- who sees it ---------------------------------------------------------------------------------


def sees(sight: Sight, document: Document) -> bool:
    """Its own house, the desk, and grants that name documents and the category; of a protected person's
    identity and contact the named handler alone besides the house that brought it."""
    if sight.level < Level.STEPS:
        return False
    if document.agency_id is not None and document.agency_id == sight.agency_id:
        return True
    if sight.case.is_protected and document.category in _ABOUT_HER and not sight.may_open_identity:
        return False
    if sight.is_desk and sight.level >= Level.FULL:
        return True
    return sight.sees(Category.DOCUMENTS) and sight.sees(document.category)


def is_own(sight: Sight, document: Document) -> bool:
    """Whether the viewer's house brought it; the desk that holds the case answers for what desks brought."""
    if document.desk_id is not None:
        return sight.is_desk and not sight.is_unplaced
    return document.agency_id == sight.agency_id


def visible_to(sight: Sight) -> list[Document]:
    """What the viewer may see of the case's documents, newest first. One query."""
    found = sight.case.documents.select_related("agency", "desk__region", "uploaded_by", "data_key")
    return [row for row in found.order_by("-uploaded_at", "pk") if sees(sight, row)]


def get_or_404(sight: Sight, document_id: uuid.UUID, verb: str) -> Document:
    """One document of the case as the viewer may see it; a stranger to it learns nothing."""
    found = sight.case.documents.select_related("data_key", "agency", "desk").filter(pk=document_id).first()
    if found is None or not sees(sight, found):
        audit.refuse(verb, document_id, by=sight.by)
        raise Http404
    return found


def get_own_or_refuse(sight: Sight, document_id: uuid.UUID) -> Document:
    """A document the viewer's house brought. Raises Http404, PermissionDenied for one it only sees."""
    document = get_or_404(sight, document_id, "document.remove")
    if not is_own(sight, document):
        audit.refuse("document.remove", document, by=sight.by)
        raise PermissionDenied
    return document


@dataclass(frozen=True)
class Opened:
    """A document on its way to a reader."""

    name: str
    media_type: str
    chunks: Iterator[bytes]
    size: int | None


@transaction.atomic(durable=True)
def open_document(*, sight: Sight, document_id: uuid.UUID) -> Opened:
    """The working copy, else the file. Raises Http404, and PermissionDenied unless it was found clean.

    The look is recorded, and in the ledger when it is another house's than the one that brought it. The sight
    is asked for again: what ended a moment ago opens nothing.
    """
    current = sight_of(sight.by, sight.case)
    if current is None:
        audit.refuse("document.open", document_id, by=sight.by)
        raise Http404
    sight = current
    document = get_or_404(sight, document_id, "document.open")
    if document.state != DocumentState.CLEAN:
        audit.refuse("document.open", document, by=sight.by, state=document.state)
        raise PermissionDenied
    audit.record("document.open", document, by=sight.by, case=sight.case.pk, category=document.category)
    if not is_own(sight, document):
        _note_disclosure(sight, document)
    name = copy_of(document.pk) if document.has_copy else str(document.pk)
    try:
        chunks = files.read(name, document.data_key)
    except files.Gone:
        logger.error("document %s has no file", document.pk)
        raise Http404 from None
    size = None if document.has_copy else document.size
    return Opened(_neutral_name(document), document.media_type, chunks, size)


def _neutral_name(document: Document) -> str:
    """What a download is called: it stays in folders and lists of recent files, so the uploader's words
    for it do not go along."""
    day = clock.local(document.uploaded_at).date()
    ending = filetypes.ENDING.get(document.media_type, "")
    return f"{_('document')}-{day.isoformat()}-{document.pk.hex[:6]}{ending}"


def _note_disclosure(sight: Sight, document: Document) -> None:
    agency_id = None if sight.is_desk else sight.agency_id
    if sight.emergency is not None:
        agency_id = sight.by.agency_id  # for whom she acts: an emergency stands on no part and no desk
    desk = next((grant.desk_id for grant in sight.grants if grant.desk_id), None)
    ground = next((grant.ground_id for grant in sight.grants), None)
    sharing.disclosed(
        sight.case,
        DisclosureKind.DOCUMENT,
        by_id=sight.by.user_id,
        agency_id=agency_id,
        desk_id=None if agency_id else desk,
        categories=[document.category],
        ground_id=ground,
        subject_id=document.pk,
    )


def copy_of(document_id: uuid.UUID) -> str:
    """The name of the working copy."""
    return f"{document_id}-copy"


# --- taking away ---------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def remove(*, case_id: uuid.UUID, document_id: uuid.UUID, reason: RemovalReason, by: Assignment) -> Document:
    """Its house takes it away: the key is destroyed, the row stays and says who and why."""
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    _must_be_open(case, by)
    workflow.refuse_if_held(case)
    document = get_own_or_refuse(sight, document_id)
    if document.state == DocumentState.REMOVED:
        raise TransitionNotAllowed(_("The document has already been removed."))
    vault.shred(document.data_key, by=by)
    document.state, document.digest = DocumentState.REMOVED, b""
    document.removed_at, document.removed_by_id = clock.now(), by.user_id
    document.save(update_fields=["state", "digest", "removed_at", "removed_by"])
    destroyed.add("document", document.pk, keys=[document.data_key_id], files=[str(document.pk)])
    audit.record("document.remove", document, by=by, case=case.pk, why=reason)
    transaction.on_commit(lambda: _forget(document.pk), robust=True)
    return document


def _forget(document_id: uuid.UUID) -> None:
    files.remove(str(document_id))
    files.remove(copy_of(document_id))
