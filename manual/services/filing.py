"""Files that have been read become the rows of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from core.models import AuditEvent
from manual.enums import Confidence, Phase
from manual.library import source
from manual.models import Chapter, Edition, EditionFile, Paragraph, StepTemplate
from manual.services import lists


def write(edition: Edition, read: source.Source, heads: Mapping[str, str]) -> None:
    """Put the files in the place of what the draft held. The caller holds it.

    `heads`: path to what stands in the file before its rows.
    """
    StepTemplate.objects.filter(edition=edition).delete()
    Chapter.objects.filter(edition=edition).delete()
    EditionFile.objects.filter(edition=edition).delete()
    chapters: dict[str, Chapter] = {}
    paragraphs: list[Paragraph] = []
    for piece in read.pieces["sv"].values():
        if piece.depth == 1:
            chapters[piece.anchor] = _chapter(edition, piece, read.pieces["en"][piece.anchor])
            continue
        chapter = chapters[piece.anchor.partition("-")[0]]
        english = read.pieces["en"][piece.anchor]
        paragraphs.append(_paragraph(chapter, piece, english, len(paragraphs)))
    Chapter.objects.bulk_create(chapters.values())
    Paragraph.objects.bulk_create(paragraphs)
    StepTemplate.objects.bulk_create(
        StepTemplate(edition=edition, **source.columns(row, order)) for order, row in enumerate(read.steps)
    )
    lists.write(edition, read.lists)
    EditionFile.objects.bulk_create(
        EditionFile(edition=edition, path=path, head=head) for path, head in heads.items()
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


def _paragraph(chapter: Chapter, swedish: source.Piece, english: source.Piece, order: int) -> Paragraph:
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
    )


def code(checksum: str) -> UUID:
    """What the record of a sync remembers files by, whatever becomes of their edition."""
    return UUID(hex=checksum[:32])


def seen(checksum: str) -> bool:
    """Whether a sync has read these files before, or people brought them in an edition that is there."""
    acts = AuditEvent.objects.filter(facts__files=str(code(checksum)))
    there = Edition.objects.values("pk")
    return acts.filter(Q(verb="manual.sync") | Q(verb="manual.import", target_id__in=there)).exists()
