"""Ordering the manual as a PDF. A worker renders it; only who ordered it fetches it, for an hour at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from accounts.access import Assignment
from core import audit, clock, pdf
from core.enums import PdfState
from core.models import PdfJob
from manual.models import Edition

TEMPLATE: Final = "pdf/manual.html"
_LIVING: Final = (PdfState.WAITING, PdfState.RENDERING, PdfState.READY)


@transaction.atomic(durable=True)
def order(edition: Edition, *, part: str, context: Mapping[str, Any], by: Assignment) -> PdfJob:
    """Order `part` of an edition; `context` is what `templates/pdf/manual.html` prints.

    Who asks again within the hour gets the paper that is there or on its way, so that pressing many times
    costs nothing. A draft may change meanwhile: it is always made anew.
    """
    work = edition.is_in_work or edition.never_in_force
    name = f"manual-{edition.number}-{part}-{clock.today().isoformat()}.pdf"
    language = get_language() or "sv"
    if not edition.is_in_work and (job := _there(name, language, by)):
        return job
    audit.record("manual.pdf", edition, by=by, number=edition.number, part=part)
    return pdf.request(
        TEMPLATE,
        {**context, "needs": {"manual": edition.number, "work": work}},
        by=by,
        filename=name,
        language=language,
    )


def _there(name: str, language: str, by: Assignment) -> PdfJob | None:
    mine = PdfJob.objects.filter(template=TEMPLATE, requester_id=by.user_id, filename=name)
    return (
        mine.filter(language=language, state__in=_LIVING, expires_at__gt=clock.now())
        .defer("context", "result")
        .order_by("-created_at")
        .first()
    )


def ordered(job_id: UUID, *, by: Assignment) -> PdfJob | None:
    """One's own order; of what never applied only while one may edit the manual."""
    job = (
        PdfJob.objects.select_related("data_key")
        .defer("result")
        .filter(pk=job_id, template=TEMPLATE, requester_id=by.user_id)
        .first()
    )
    if job is None:
        return None
    needs = job.context.get("needs", {}) if isinstance(job.context, dict) else {}
    return job if not needs.get("work") or by.has("edit_manual") else None


@transaction.atomic(durable=True)
def fetch(job: PdfJob, *, by: Assignment) -> bytes | None:
    """The finished paper, None while there is none."""
    data = pdf.result(job)
    if data is not None:
        audit.record("pdf.download", by=by, job=job.pk)
    return data
