"""Ordering the prompt sheet. It holds nothing about anybody: whoever ordered one may fetch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import get_language

from accounts.access import Assignment
from core import audit, pdf
from core.models import PdfJob
from manual.models import Edition

TEMPLATE: Final = "pdf/prompt_sheet.html"


@transaction.atomic(durable=True)
def order(edition: Edition, *, context: Mapping[str, Any], by: Assignment) -> PdfJob:
    """Order the sheet with the questions of today and the signs of an edition."""
    audit.record("manual.pdf", edition, by=by, number=edition.number, part="prompts")
    return pdf.request(
        TEMPLATE,
        {**context, "needs": {}},
        by=by,
        filename=f"promptblad-{edition.number}.pdf",
        language=get_language() or "sv",
    )


def is_sheet(job: PdfJob) -> bool:
    return bool(job.template == TEMPLATE)
