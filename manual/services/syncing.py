"""Files become a draft edition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual.enums import Confidence, EditionStatus, Phase
from manual.library import source
from manual.models import Chapter, Edition, Paragraph, StepTemplate
from manual.services import lists, locking
from manual.services.publishing import publish_held


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
    locking.require_editor(by)
    if publish and by is not None:
        raise TransitionNotAllowed(_("What a person brings in is published after a second person's review."))
    read = source.read()
    synced = _draft(read, by=by)
    if publish and synced.edition.is_draft:
        return Synced(publish_held(synced.edition, by=None, valid_from=clock.today()), True)
    return synced


def _draft(read: source.Source, *, by: Assignment | None) -> Synced:
    """Find or make the edition of these files."""
    editions = list(
        Edition.objects.select_for_update(of=("self",), no_key=True).exclude(status=EditionStatus.RETIRED)
    )
    for edition in editions:
        if edition.checksum == read.checksum:
            return Synced(edition, False)
    draft = next((edition for edition in editions if edition.is_in_work), None)
    if draft is None:
        last = Edition.objects.aggregate(last=Max("number"))["last"] or 0
        draft = Edition.objects.create(
            number=last + 1,
            checksum=read.checksum,
            created_at=clock.now(),
            based_on=Edition.objects.newest(),
        )
    elif draft.status == EditionStatus.REVIEW:
        raise TransitionNotAllowed(_("An edition is in review. Take it back or publish it first."))
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
    lists.write(edition, read.lists)


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
