"""Writing the manual: files become a draft edition, and a draft is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock, context
from core.errors import TransitionNotAllowed
from manual.enums import Confidence, EditionStatus, Phase
from manual.library import source
from manual.library.steps import EDITION
from manual.models import Chapter, Edition, Paragraph, StepTemplate


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. `changed` is false when the files were already an edition."""

    edition: Edition
    changed: bool


@transaction.atomic(durable=True)
def sync_manual(*, by: Assignment | None, publish: bool = False) -> Synced:
    """Make the files the draft edition, and publish it if asked. Run again it changes nothing.

    Raises BadSource when the files do not fit together, TransitionNotAllowed when the draft was edited on
    screen, and PermissionDenied without the right to edit the manual.
    """
    _require_editor(by)
    read = source.read()
    synced = _draft(read, by=by)
    if publish and synced.edition.status == EditionStatus.DRAFT:
        return Synced(_publish(synced.edition, by=by), True)
    return synced


@transaction.atomic(durable=True)
def publish_edition(edition: Edition, *, by: Assignment | None) -> Edition:
    """Make a draft the edition that new cases follow; running cases keep theirs.

    Raises TransitionNotAllowed when it is no draft any more, PermissionDenied without the right.
    """
    _require_editor(by)
    locked = Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    return _publish(locked, by=by)


def _require_editor(by: Assignment | None) -> None:
    if by is not None and not by.has("edit_manual"):
        audit.refuse("manual.edit", by=by)
        raise PermissionDenied


def _draft(read: source.Source, *, by: Assignment | None) -> Synced:
    """Find or make the edition of these files."""
    editions = {
        edition.status: edition
        for edition in Edition.objects.select_for_update(of=("self",), no_key=True).exclude(
            status=EditionStatus.RETIRED
        )
    }
    for edition in editions.values():
        if edition.checksum == read.checksum:
            return Synced(edition, False)
    draft = editions.get(EditionStatus.DRAFT)
    if draft is None:
        last = Edition.objects.aggregate(last=Max("number"))["last"] or 0
        draft = Edition.objects.create(number=last + 1, checksum=read.checksum, created_at=clock.now())
    elif not draft.checksum:
        raise TransitionNotAllowed(_("The draft has been edited on screen. Publish or delete it first."))
    else:
        StepTemplate.objects.filter(edition=draft).delete()
        Chapter.objects.filter(edition=draft).delete()
        draft.checksum = read.checksum
        draft.save(update_fields=["checksum"])
    _write(draft, read)
    audit.record(
        "manual.sync",
        draft,
        by=by,
        number=draft.number,
        steps=len(read.steps),
        paragraphs=len(read.pieces["sv"]),
    )
    return Synced(draft, True)


def _write(edition: Edition, read: source.Source) -> None:
    terms: dict[str, list[dict[str, Any]]] = {}
    for row in read.steps:
        terms.setdefault(row["paragraph"], []).append(row)
    chapters: dict[str, Chapter] = {}
    paragraphs: list[Paragraph] = []
    for piece in read.pieces["sv"].values():
        if piece.depth == 1:
            chapters[piece.anchor] = _chapter(edition, piece, read.pieces["en"][piece.anchor])
            continue
        chapter = chapters[piece.anchor.partition("-")[0]]
        english = read.pieces["en"][piece.anchor]
        paragraphs.append(_paragraph(chapter, piece, english, len(paragraphs), terms.get(piece.anchor, [])))
    Chapter.objects.bulk_create(chapters.values())
    Paragraph.objects.bulk_create(paragraphs)
    StepTemplate.objects.bulk_create(
        StepTemplate(edition=edition, **source.columns(row, order)) for order, row in enumerate(read.steps)
    )


def _chapter(edition: Edition, swedish: source.Piece, english: source.Piece) -> Chapter:
    number = int(swedish.anchor)
    phases = {phase.number: phase for phase in Phase if phase is not Phase.CLOSE}
    return Chapter(
        edition=edition,
        number=number,
        phase=phases.get(number, ""),
        title_sv=swedish.title,
        title_en=english.title,
        intro_sv=swedish.body,
        intro_en=english.body,
    )


def _paragraph(
    chapter: Chapter, swedish: source.Piece, english: source.Piece, order: int, steps: list[dict[str, Any]]
) -> Paragraph:
    return Paragraph(
        edition=chapter.edition,
        chapter=chapter,
        order=order,
        anchor=swedish.anchor,
        section="-".join(swedish.anchor.split("-")[:2]),
        actors=swedish.listed("for"),
        sources=swedish.listed("sources"),
        confidence=swedish.marks.get("confidence", Confidence.SOURCE),
        title_sv=swedish.title,
        title_en=english.title,
        body_sv=swedish.body,
        body_en=english.body,
        terms_sv="\n".join(row["title_sv"] for row in steps),
        terms_en="\n".join(row["title_en"] for row in steps),
    )


def _publish(edition: Edition, *, by: Assignment | None) -> Edition:
    if edition.status != EditionStatus.DRAFT:
        raise TransitionNotAllowed(_("Only a draft can be published."))
    now = clock.now()
    retired = Edition.objects.filter(status=EditionStatus.PUBLISHED).update(
        status=EditionStatus.RETIRED, retired_at=now
    )
    edition.status = EditionStatus.PUBLISHED
    edition.published_at = now
    edition.valid_from = clock.today()
    edition.published_by = by.user if by else None
    edition.save(update_fields=["status", "published_at", "valid_from", "published_by"])
    context.forget(EDITION)
    audit.record("manual.publish", edition, by=by, number=edition.number, retired=retired)
    return edition
