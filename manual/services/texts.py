"""Chapters and paragraphs of a draft, edited on screen.

An anchor is given once and never again, in no edition. What is retired says where it went.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.access import Assignment
from core import audit
from core.errors import TransitionNotAllowed
from manual.library.source import fits_heading
from manual.models import Chapter, Definition, Edition, Paragraph, RetiredParagraph, StepTemplate
from manual.services import locking
from manual.services.lists import require_sources


@transaction.atomic(durable=True)
def save_chapter(*, edition_id: UUID, number: int, version: int, by: Assignment, **values: str) -> Chapter:
    """Titles and introductions. Raises StaleVersion when somebody saved it in between."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = Chapter.objects.get(edition=edition, number=number)
    locking.same_version(row, version)
    _check_titles(values)
    _put(row, values)
    _noted(edition, "save", "chapter", str(number), by)
    return row


@transaction.atomic(durable=True)
def add_chapter(*, edition_id: UUID, by: Assignment, **values: str) -> Chapter:
    """A new chapter, last; its number is never another chapter's."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    _check_titles(values)
    last = Chapter.objects.aggregate(last=Max("number"))["last"] or 0
    row = Chapter.objects.create(edition=edition, number=last + 1, **values)
    _noted(edition, "add", "chapter", str(row.number), by)
    return row


@transaction.atomic(durable=True)
def remove_chapter(*, edition_id: UUID, number: int, by: Assignment) -> None:
    """Only one without sections."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = Chapter.objects.get(edition=edition, number=number)
    if row.paragraphs.exists():
        raise TransitionNotAllowed(_("Retire the sections of the chapter first."))
    row.delete()
    _noted(edition, "remove", "chapter", str(number), by)


@transaction.atomic(durable=True)
def save_paragraph(
    *, edition_id: UUID, anchor: str, version: int, by: Assignment, **values: Any
) -> Paragraph:
    """A section's heading or a paragraph: words in both languages, whom it is for, what it rests on."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = Paragraph.objects.get(edition=edition, anchor=anchor)
    locking.same_version(row, version)
    _check(edition, row, values)
    _put(row, values)
    _noted(edition, "save", "paragraph", anchor, by)
    return row


@transaction.atomic(durable=True)
def add_paragraph(*, edition_id: UUID, under: str, by: Assignment, **values: Any) -> Paragraph:
    """The last section of a chapter (`under` is 2) or the last paragraph of a section (2-3)."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    chapter = Chapter.objects.get(edition=edition, number=int(under.partition("-")[0]))
    if "-" in under:
        Paragraph.objects.get(edition=edition, anchor=under, section=under)
    anchor = _free_anchor(under)
    section = anchor if "-" not in under else under
    row = Paragraph(edition=edition, chapter=chapter, order=0, anchor=anchor, section=section)
    _check(edition, row, values)
    row.order = Paragraph.objects.filter(edition=edition).count()
    _put(row, values)
    _number(edition)
    _noted(edition, "add", "paragraph", anchor, by)
    return row


@transaction.atomic(durable=True)
def move_paragraph(*, edition_id: UUID, anchor: str, up: bool, by: Assignment) -> None:
    """One place up or down: a paragraph in its section, a section with all it holds in its chapter."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = Paragraph.objects.get(edition=edition, anchor=anchor)
    blocks = _blocks(edition, row)
    at = next(place for place, block in enumerate(blocks) if block[0].pk == row.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(blocks):
        return
    places = sorted(other.order for block in blocks for other in block)
    blocks[at], blocks[to] = blocks[to], blocks[at]
    moved = [other for block in blocks for other in block]
    for other, order in zip(moved, places, strict=True):
        other.order = order
    Paragraph.objects.bulk_update(moved, ["order"])
    _noted(edition, "move", "paragraph", anchor, by)


@transaction.atomic(durable=True)
def retire_paragraph(
    *, edition_id: UUID, anchor: str, moved_to: str, reason_sv: str, reason_en: str, by: Assignment
) -> None:
    """Take a paragraph out. Whoever follows an old link is told why, and led to what took over.

    Steps and defined words that pointed to it point to what took over; without that they must be changed
    first. A paragraph that no other edition has is simply removed. Raises ValidationError.
    """
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = Paragraph.objects.get(edition=edition, anchor=anchor)
    _check_retiring(edition, row, moved_to)
    StepTemplate.objects.filter(edition=edition, paragraph=anchor).update(paragraph=moved_to)
    Definition.objects.filter(edition=edition, paragraph=anchor).update(paragraph=moved_to)
    RetiredParagraph.objects.filter(edition=edition, moved_to=anchor).update(moved_to=moved_to)
    row.delete()
    if was_elsewhere(edition, anchor):
        if not reason_sv:
            raise ValidationError({"reason_sv": _("Write why the paragraph is no more")})
        RetiredParagraph.objects.create(
            edition=edition, anchor=anchor, moved_to=moved_to, reason_sv=reason_sv, reason_en=reason_en
        )
    _noted(edition, "retire", "paragraph", anchor, by)


@transaction.atomic(durable=True)
def save_retired(
    *, edition_id: UUID, anchor: str, version: int, moved_to: str, reason_sv: str, reason_en: str,
    by: Assignment,
) -> RetiredParagraph:  # fmt: skip
    """Say better why a paragraph is no more, or where it went."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = RetiredParagraph.objects.get(edition=edition, anchor=anchor)
    locking.same_version(row, version)
    _check_place(edition, moved_to)
    _put(row, {"moved_to": moved_to, "reason_sv": reason_sv, "reason_en": reason_en})
    _noted(edition, "save", "retiredparagraph", anchor, by)
    return row


@transaction.atomic(durable=True)
def restore_paragraph(*, edition_id: UUID, anchor: str, by: Assignment) -> Paragraph:
    """Bring a retired paragraph back as the last edition that had it, at the end of its section."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    gone = RetiredParagraph.objects.get(edition=edition, anchor=anchor)
    last = Paragraph.objects.filter(anchor=anchor).order_by("-edition__number").first()
    section = anchor.rpartition("-")[0]
    is_section = "-" not in section
    if last is None or not (is_section or Paragraph.objects.filter(edition=edition, anchor=section).exists()):
        raise TransitionNotAllowed(_("Its section is not in this edition. Bring the section back first."))
    gone.delete()
    kept = ("actors", "sources", "confidence", "title_sv", "title_en", "body_sv", "body_en")
    row = Paragraph.objects.create(
        edition=edition,
        chapter=Chapter.objects.get(edition=edition, number=int(anchor.partition("-")[0])),
        order=Paragraph.objects.filter(edition=edition).count(),
        anchor=anchor,
        section=anchor if is_section else section,
        **{name: getattr(last, name) for name in kept},
    )
    _number(edition)
    _noted(edition, "restore", "paragraph", anchor, by)
    return row


def was_elsewhere(edition: Edition, anchor: str) -> bool:
    """Whether another edition has had the anchor, so that links to it may exist."""
    return Paragraph.objects.filter(anchor=anchor).exclude(edition=edition).exists()


# --- rules -------------------------------------------------------------------------------------------


def _check(edition: Edition, row: Paragraph, values: dict[str, Any]) -> None:
    """A paragraph has a title and a text, and names its source; a section needs a title alone."""
    if not values["title_sv"]:
        raise ValidationError({"title_sv": _("Write a title in Swedish")})
    _check_titles(values)
    require_sources(edition, values["sources"])
    if row.is_section:
        return
    if not values["body_sv"]:
        raise ValidationError({"body_sv": _("Write the text in Swedish")})
    if not values["sources"]:
        raise ValidationError({"sources": _("Choose what the text rests on")})


def _check_titles(values: dict[str, Any]) -> None:
    """A title becomes a heading in the files of the edition."""
    names = ("title_sv", "title_en")
    if wrong := [name for name in names if not fits_heading(values.get(name, ""))]:
        words = _("Write the title on one line, without { and }")
        raise ValidationError({name: words for name in wrong})


def _check_retiring(edition: Edition, row: Paragraph, moved_to: str) -> None:
    inside = Paragraph.objects.filter(edition=edition, section=row.anchor).exclude(pk=row.pk)
    if row.is_section and inside.exists():
        raise ValidationError(_("Retire the paragraphs of the section first."))
    if moved_to == row.anchor:
        raise ValidationError({"moved_to": _("Choose another paragraph than the one that is retired")})
    _check_place(edition, moved_to)
    steps = StepTemplate.objects.filter(edition=edition, paragraph=row.anchor).order_by("order")
    if steps and moved_to.count("-") != 2:
        names = ", ".join(step.title for step in steps[:5])
        words = _("Steps lead here: %(steps)s. Choose the paragraph that takes over") % {"steps": names}
        raise ValidationError({"moved_to": words})


def _check_place(edition: Edition, anchor: str) -> None:
    if anchor and not Paragraph.objects.filter(edition=edition, anchor=anchor).exists():
        raise ValidationError({"moved_to": _("The edition has no such paragraph")})


def _free_anchor(under: str) -> str:
    """The next number under a chapter or section that no edition has used or retired."""
    used: set[str] = set()
    for model in (Paragraph, RetiredParagraph):
        used.update(model.objects.filter(anchor__startswith=f"{under}-").values_list("anchor", flat=True))
    depth = under.count("-") + 1
    numbers = [int(anchor.split("-")[depth]) for anchor in used]
    return f"{under}-{max(numbers, default=0) + 1}"


def _blocks(edition: Edition, row: Paragraph) -> list[list[Paragraph]]:
    """What it stands among, each with what follows it."""
    rows = Paragraph.objects.filter(edition=edition, chapter=row.chapter_id)
    rows = rows.order_by("order")
    if not row.is_section:
        return [[other] for other in rows.filter(section=row.section) if not other.is_section]
    sections: dict[str, list[Paragraph]] = {}
    for other in rows:
        sections.setdefault(other.section, []).append(other)
    return list(sections.values())


def _number(edition: Edition) -> None:
    """In reading order: chapter, section as it stands, heading, texts as they stand."""
    rows = list(Paragraph.objects.filter(edition=edition).select_related("chapter").order_by("order"))
    heads = {row.anchor: row.order for row in rows if row.is_section}
    rows.sort(key=lambda row: (row.chapter.number, heads[row.section], not row.is_section, row.order))
    for order, row in enumerate(rows):
        row.order = order
    Paragraph.objects.bulk_update(rows, ["order"])


def _put(row: Chapter | Paragraph | RetiredParagraph, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()


def _noted(edition: Edition, act: str, what: str, row: str, by: Assignment) -> None:
    locking.edited(edition, by=by)
    audit.record("manual.text", edition, by=by, act=act, what=what, row=row)
