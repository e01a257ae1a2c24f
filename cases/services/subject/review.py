"""Going through an extract: every piece is decided upon, words are masked, a second person approves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.enums.subject import PackState, Protected, Secrecy, Verdict
from cases.models import DataPack, PackDecision, SubjectMask, SubjectRequest
from cases.services import casework
from cases.services.subject import masking, pieces, requests
from cases.services.subject.masking import Masks
from cases.services.subject.pieces import Piece
from cases.services.subject.sources import Part
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent

SHOWN: Final = 40
"""Pieces on one page."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose for one piece."""

    verdict: Verdict
    protects: str = ""
    secrecy: str = ""


@dataclass(frozen=True)
class Review:
    """An extract as it stands: its pieces, what was decided about each, and the masks that hold for all."""

    pack: DataPack
    request: SubjectRequest
    pieces: list[Piece]
    decisions: Mapping[str, PackDecision]
    masks: Masks

    def decision(self, piece: Piece) -> PackDecision | None:
        """What was decided, unless the piece has changed since."""
        found = self.decisions.get(piece.key)
        return found if found and bytes(found.digest) in piece.digests else None

    def undecided(self, part: Part | None = None) -> list[Piece]:
        return [one for one in self.of(part) if self.decision(one) is None]

    def of(self, part: Part | None) -> list[Piece]:
        return [one for one in self.pieces if part is None or one.part == part]


def pack_for(pack_id: uuid.UUID, by: Assignment, verb: str) -> DataPack:
    """The extract, for who may work on it. Raises PermissionDenied, recorded."""
    requests.may(by, verb)
    pack = DataPack.objects.select_related("request__data_key", "agency", "data_key").get(pk=pack_id)
    requests.may(by, verb, pack.request)
    return pack


def review(pack: DataPack) -> Review:
    """Everything that is asked of one extract at once."""
    masks = pack.request.masks.select_related("data_key").order_by("added_at", "pk")
    decisions = {row.piece: row for row in pack.decisions.all()}
    return Review(pack, pack.request, pieces.of(pack.request, pack), decisions, Masks.of(masks))


@transaction.atomic(durable=True)
def open_part(*, pack_id: uuid.UUID, part: Part | None, by: Assignment) -> Review:
    """Look at an extract, or a part of it. Recorded at every case whose content is shown."""
    pack = pack_for(pack_id, by, "subject.read")
    found = review(pack)
    for case_id in {piece.case_id for piece in found.of(part)}:
        name = part.value if part else "all"
        audit.record("subject.read", case_id, by=by, request=pack.request_id, pack=pack.pk, part=name)
    return found


def _lock(pack_id: uuid.UUID, by: Assignment, verb: str, version: int | None = None) -> DataPack:
    """The extract in its locked request; with `version` as the page knew it. Raises StaleVersion."""
    known = DataPack.objects.values_list("request_id", flat=True).get(pk=pack_id)
    request = requests.lock(known)
    requests.may(by, verb, request)
    requests.require_open(request)
    pack = DataPack.objects.select_related("agency", "data_key").get(pk=pack_id)
    pack.request = request
    if version is not None and pack.version != version:
        raise StaleVersion(pack)
    return pack


def _require(pack: DataPack, *states: PackState) -> None:
    if pack.state not in states:
        words = _("The extract is now: %(state)s.")
        raise TransitionNotAllowed(words % {"state": pack.get_state_display()})


# --- deciding ----------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def decide(
    *, pack_id: uuid.UUID, choices: Mapping[str, tuple[Choice, str]], version: int, by: Assignment
) -> DataPack:
    """What becomes of pieces: key → choice and the digest of what was seen (hexadecimal).

    A piece that has changed since the page was shown, or is not in the extract, is not decided upon.
    """
    pack = _lock(pack_id, by, "subject.decide", version)
    _require(pack, PackState.PREPARING)
    known = {piece.key: piece for piece in pieces.of(pack.request, pack)}
    seen = {key: {digest.hex() for digest in piece.digests} for key, piece in known.items()}
    rows = [
        _decision(pack, known[key], choice, by)
        for key, (choice, digest) in choices.items()
        if digest in seen.get(key, ())
    ]
    PackDecision.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pack", "piece"],
        update_fields=["digest", "verdict", "protects", "secrecy", "decided_by", "decided_at"],
    )
    pack.version += 1
    pack.save(update_fields=["version"])
    audit.record("subject.decide", pack, by=by, request=pack.request_id, pieces=len(rows))
    return pack


def _decision(pack: DataPack, piece: Piece, choice: Choice, by: Assignment) -> PackDecision:
    withheld = choice.verdict == Verdict.WITHHOLD
    if withheld and not (choice.protects in Protected.values and choice.secrecy in Secrecy.values):
        raise ValidationError(_("Say whom it protects, and by which provision"))
    return PackDecision(
        pack=pack,
        piece=piece.key,
        digest=piece.digests[0],
        verdict=choice.verdict,
        protects=choice.protects if withheld else "",
        secrecy=choice.secrecy if withheld else "",
        decided_by_id=by.user_id,
        decided_at=clock.now(),
    )


# --- masking ---------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def mask(
    *, pack_id: uuid.UUID, words: list[str], protects: Protected, secrecy: Secrecy, by: Assignment
) -> SubjectMask:
    """Leave words out wherever they stand in the request's extracts. Raises ValidationError at `words`."""
    pack = _lock(pack_id, by, "subject.mask")
    _require(pack, PackState.PREPARING)
    _check_words(words, pack.request)
    row = SubjectMask.objects.create(
        request=pack.request,
        data_key_id=pack.request.data_key_id,
        words=words,
        protects=protects,
        secrecy=secrecy,
        added_by_id=by.user_id,
        added_at=clock.now(),
    )
    requests.reopen_packs(pack.request, but=[pack.pk])
    audit.record("subject.mask", pack, by=by, request=pack.request_id, mask=row.pk, words=len(words))
    return row


def _check_words(words: list[str], request: SubjectRequest) -> None:
    if not words:
        raise ValidationError({"words": _("Write what is to be left out, one word or sentence a line")})
    if len(words) > masking.MOST or any(len(word) > masking.LONGEST for word in words):
        raise ValidationError({"words": _("That is too much at once. Leave whole pieces out instead")})
    if any(len(word) < masking.SHORTEST or not any(map(str.isalnum, word)) for word in words):
        raise ValidationError({"words": _("A single letter or sign would be found everywhere")})
    texts = [piece.text for piece in pieces.of(request)]
    for word in words:
        found = masking.pattern(word)
        if not any(found.search(text) for text in texts):
            line = words.index(word) + 1
            raise ValidationError({"words": _("Line %(n)s stands nowhere in the extracts") % {"n": line}})


@transaction.atomic(durable=True)
def unmask(*, pack_id: uuid.UUID, mask_id: uuid.UUID, by: Assignment) -> None:
    """Give the words out after all: whatever they stand in has to be looked at again."""
    pack = _lock(pack_id, by, "subject.mask")
    _require(pack, PackState.PREPARING)
    row = pack.request.masks.select_related("data_key").filter(pk=mask_id).first()
    if row is None:
        return
    if DataPack.objects.filter(request=pack.request, state=PackState.GIVEN).exists():
        raise TransitionNotAllowed(_("An extract has already been given out with these words left out."))
    only = Masks.of([row])
    keys = [piece.key for piece in pieces.of(pack.request) if only.numbers(piece.text)]
    PackDecision.objects.filter(pack__request=pack.request, piece__in=keys).delete()
    requests.reopen_packs(pack.request)
    audit.record("subject.unmask", pack, by=by, request=pack.request_id, mask=row.pk, pieces=len(keys))
    row.delete()


# --- two persons ---------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def prepare(*, pack_id: uuid.UUID, version: int, by: Assignment) -> DataPack:
    """Every piece has been gone through: it waits for a second person."""
    pack = _lock(pack_id, by, "subject.prepare", version)
    _require(pack, PackState.PREPARING)
    requests.open_packs(pack.request)
    _require_decided(pack)
    pack.state, pack.sent_back = PackState.PREPARED, None
    pack.prepared_by_id, pack.prepared_at = by.user_id, clock.now()
    pack.version += 1
    pack.save(update_fields=["state", "sent_back", "prepared_by", "prepared_at", "version"])
    audit.record("subject.prepare", pack, by=by, request=pack.request_id)
    notifications.pack_prepared(pack, by_id=by.user_id)
    return pack


def _require_decided(pack: DataPack) -> None:
    left = len(review(pack).undecided())
    if left:
        words = _("%(n)s pieces have not been decided upon, or have changed since.") % {"n": left}
        raise ValidationError(words, code="undecided")


def worked_on(pack: DataPack) -> frozenset[uuid.UUID]:
    """Everybody whose choices stand in the extract: none of them approves it.

    Masks hold for all extracts of the request, so that two officers can each approve what the other prepared.
    """
    found = set(pack.decisions.values_list("decided_by_id", flat=True))
    return frozenset(found | ({pack.prepared_by_id} if pack.prepared_by_id else set()))


def read_by(pack: DataPack, by: Assignment) -> frozenset[str]:
    """The parts somebody has opened since the extract was prepared, by the access log."""
    rows = AuditEvent.objects.filter(
        user_id=by.user_id, at__gte=pack.prepared_at, verb="subject.read", facts__pack=str(pack.pk)
    )
    return frozenset(rows.values_list("facts__part", flat=True))


def _require_read(pack: DataPack, by: Assignment) -> None:
    parts = {piece.part for piece in pieces.of(pack.request, pack)}
    unread = [part for part in Part if part in parts and part.value not in read_by(pack, by)]
    if unread:
        words = _("Read every part before you approve: %(parts)s.")
        raise ValidationError(words % {"parts": ", ".join(str(part.label) for part in unread)}, code="unread")


@transaction.atomic(durable=True)
def approve(*, pack_id: uuid.UUID, version: int, by: Assignment) -> DataPack:
    """A second person has read every part and answers for it. Raises PermissionDenied, recorded, for any who
    had a hand in it; ValidationError for a part unread.
    """
    pack = _lock(pack_id, by, "subject.approve", version)
    _require(pack, PackState.PREPARED)
    if by.user_id in worked_on(pack):
        audit.refuse("subject.approve", pack, by=by, needs="second_person")
        raise PermissionDenied
    _require_decided(pack)
    _require_read(pack, by)
    pack.state, pack.approved_by_id, pack.approved_at = PackState.APPROVED, by.user_id, clock.now()
    pack.version += 1
    pack.save(update_fields=["state", "approved_by", "approved_at", "version"])
    audit.record("subject.approve", pack, by=by, request=pack.request_id, prepared_by=pack.prepared_by_id)
    return pack


@transaction.atomic(durable=True)
def send_back(*, pack_id: uuid.UUID, words: str, version: int, by: Assignment) -> DataPack:
    """Something has to be changed: back to who prepared it. Also what was approved, until it is given out."""
    pack = _lock(pack_id, by, "subject.send_back", version)
    _require(pack, PackState.PREPARED, PackState.APPROVED)
    if not words.strip():
        raise ValidationError({"words": _("Write what is to be changed")})
    told = pack.prepared_by_id
    pack.state, pack.sent_back = PackState.PREPARING, words
    pack.prepared_by = pack.prepared_at = pack.approved_by = pack.approved_at = None
    pack.version += 1
    pack.save(
        update_fields=[
            "state", "sent_back", "prepared_by", "prepared_at", "approved_by", "approved_at", "version",
        ]
    )  # fmt: skip
    audit.record("subject.send_back", pack, by=by, request=pack.request_id)
    if told is not None and told != by.user_id:
        notifications.pack_sent_back(pack, to=told)
    return pack


def locked_cases(request: SubjectRequest) -> Iterable[uuid.UUID]:
    """The request's cases, locked in one order, for what writes to their ledgers."""
    ids = sorted(request.found.values_list("case_id", flat=True))
    for case_id in ids:
        casework.lock(case_id)
    return ids
