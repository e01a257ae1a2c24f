"""A file in an answer, and a paper that a worker makes: waited for, and fetched by whoever ordered it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.access import Assignment, AuthenticatedRequest
from core import audit, clock
from core.enums import PdfState
from core.models import PdfJob
from nrm_portal.overview import exports

Ordered = Callable[..., PdfJob | None]
"""`ordered(job_id, by=...)`: her own order, None for any other."""
Fetch = Callable[..., bytes | None]
"""`fetch(job, by=...)`: the finished paper, None while there is none."""
AGAIN: Final = "2"
"""Seconds until the page looks again."""


def file(made: exports.File) -> HttpResponse:
    response = HttpResponse(made.data, content_type=made.content_type)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


def waiting(
    request: AuthenticatedRequest, job_id: uuid.UUID, ordered: Ordered, template: str
) -> HttpResponse:
    """Looks again by itself every other second until the paper is there. Works without script."""
    job = _job_or_404(job_id, ordered, request.assignment)
    over = job.state in (PdfState.FAILED, PdfState.EXPIRED) or job.expires_at <= clock.now()
    done = job.state == PdfState.READY and not over
    response = render(request, template, {"job": job, "ready": done, "over": over})
    if not done and not over:
        response.headers["Refresh"] = AGAIN
    return response


def fetched(request: AuthenticatedRequest, job_id: uuid.UUID, ordered: Ordered, fetch: Fetch) -> HttpResponse:
    """The paper itself. Raises Http404 while there is none."""
    job = _job_or_404(job_id, ordered, request.assignment)
    data = fetch(job, by=request.assignment)
    if data is None:
        raise Http404
    return file(exports.File(job.filename, exports.TYPES[exports.PDF], data))


def _job_or_404(job_id: uuid.UUID, ordered: Ordered, by: Assignment) -> PdfJob:
    job = ordered(job_id, by=by)
    if job is None:
        audit.refuse("pdf.download", job_id, by=by)
        raise Http404
    return job
