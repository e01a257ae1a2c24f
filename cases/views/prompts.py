"""The prompt sheet: the questions and the signs on paper, for a conversation without a computer.

It asks nothing that points somebody out. Who the person is is written straight into the portal, afterwards.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases.enums import Category
from cases.sections import SECTIONS, Field, Kind, Section, Stage
from cases.sections.fields import Answers
from cases.services import prompts
from coordinators.enums import AgeBand
from manual.library import NoEdition, book, current_edition, indicators
from manual.library.blocks import blocks
from manual.library.imprint import printed_words, version_words
from manual.models import Edition, Paragraph

SIGNS: Final = "indicators"
BEFORE: Final = ("1-1-1", "1-1-2", "1-3-1", "1-4-1")
"""The paragraphs of the manual to have read before one begins; those that the edition has."""
WRITTEN: Final = {Kind.LONG_TEXT: 5, Kind.LINES: 3}
"""Lines to write on; one for every other answer in words."""
TICKED: Final = (Kind.CHOICE, Kind.MULTI, Kind.CHECK)
GUARDED: Final = (Category.IDENTITY, Category.CONTACT)
POINTING: Final = (Kind.PERSONAL_NUMBER, Kind.PHONE, Kind.EMAIL, Kind.BIRTH, Kind.CODE, Kind.GIVEN)
WAYS: Final[tuple[Answers, ...]] = (
    {"age_group": AgeBand.ADULT, "consent_status": "given"},
    {"age_group": AgeBand.CHILD},
)
"""An adult who agrees, and a child: whoever fills in the sheet does not know yet which it will be."""


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: AuthenticatedRequest) -> HttpResponse:
    """What the sheet is for; POST orders it as a PDF."""
    try:
        edition = current_edition()
    except NoEdition:
        return render(request, "cases/jobs/prompt_sheet.html", {"edition": None})
    if request.method != "POST":
        return render(request, "cases/jobs/prompt_sheet.html", {"edition": edition})
    job = prompts.order(edition, context=sheet_context(edition), by=request.assignment)
    return redirect("cases:pdf", job.pk)


def sheet_context(edition: Edition) -> dict[str, Any]:
    """Plain text only, in the reader's language."""
    return {
        "version": version_words(edition),
        "printed": printed_words(),
        "before": [_advice(row) for row in _before(edition)],
        "parts": [part for section in SECTIONS if (part := _part(section))["questions"]],
        "signs": [
            {"title": str(group.label), "rows": [str(sign.label) for sign in group.indicators]}
            for group in indicators()
        ],
    }


def _before(edition: Edition) -> list[Paragraph]:
    texts = [text for volume in book(edition).volumes for one in volume.sections for text in one.texts]
    return [text.row for text in texts if text.row.anchor in BEFORE]


def _advice(row: Paragraph) -> dict[str, Any]:
    return {"title": row.title, "blocks": list(blocks(row.body))}


def _part(section: Section) -> dict[str, Any]:
    asked = [] if section.stage != Stage.CORE else [one for one in section.fields if _on_paper(section, one)]
    return {
        "title": str(section.short),
        "questions": [_question(section, one) for one in asked],
    }


def _on_paper(section: Section, one: Field) -> bool:
    """Needed before sending, and no answer to it points somebody out. The signs have a part of their own."""
    if not one.core or one.key == SIGNS or one.kind in POINTING:
        return False
    return (one.category or section.category) not in GUARDED and any(one.shown(way) for way in WAYS)


def _question(section: Section, one: Field) -> dict[str, Any]:
    options = [str(option.label) for option in one.choices]
    return {
        "label": str(one.label),
        "hint": str(one.hint),
        "only": _only(section, one),
        "options": options,
        "several": one.kind == Kind.MULTI,
        "lines": [] if one.kind in TICKED else list(range(WRITTEN.get(one.kind, 1))),
    }


def _only(section: Section, one: Field) -> str:
    """When the question is asked: the answers before it that lead here."""
    if not one.under or (parent := section.by_key.get(one.under[0])) is None:
        return ""
    labels = [str(option.label) for value in one.under[1:] if (option := parent.option(value))]
    return _("If “%(answers)s” above") % {"answers": _(" or ").join(labels)} if labels else ""
