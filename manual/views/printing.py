"""The manual as a PDF: choose a part, wait for it, fetch it. Works without script."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest, not_activity
from core import audit, clock
from core.enums import PdfState
from core.models import PdfJob
from manual.forms.paper import WHOLE, PaperForm
from manual.library import Book, NoEdition
from manual.services import papers
from manual.views import paper
from manual.views.opened import open_edition

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: AuthenticatedRequest) -> HttpResponse:
    """Choose a part and order it; `?del=` chooses beforehand, `?utgava=` another edition."""
    try:
        opened = open_edition(request)
    except NoEdition:
        return render(request, "manual/empty.html")
    found = opened.book
    data = request.POST if request.method == "POST" else None
    form = PaperForm(data, found, request.GET.get("del", WHOLE))
    if form.is_valid():
        part = form.cleaned_data["part"]
        context = _context(found, part) | {"notice": opened.notice}
        job = papers.order(found.edition, part=part, context=context, by=request.assignment)
        return redirect("manual:paper-ready", job.pk)
    status = INVALID if data is not None else 200
    return render(request, "manual/paper/order.html", {"form": form, "opened": opened}, status=status)


def _context(found: Book, part: str) -> dict[str, Any]:
    """A part that the form has let through."""
    if part == WHOLE:
        return paper.whole(found)
    number = int(part.partition("-")[0])
    if part == str(number):
        return paper.chapter(found, found.volume(number))
    return paper.section(found, found.section(number, part))


@require_safe
@not_activity
def ready(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """Looks again by itself every other second until the paper is there."""
    job = _job_or_404(request, job_id)
    over = job.state in (PdfState.FAILED, PdfState.EXPIRED) or job.expires_at <= clock.now()
    done = job.state == PdfState.READY and not over
    response = render(request, "manual/paper/ready.html", {"job": job, "ready": done, "over": over})
    if not done and not over:
        response.headers["Refresh"] = "2"
    return response


@require_safe
def fetch(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """The PDF itself."""
    job = _job_or_404(request, job_id)
    data = papers.fetch(job, by=request.assignment)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{job.filename}"'
    return response


def _job_or_404(request: AuthenticatedRequest, job_id: uuid.UUID) -> PdfJob:
    job = papers.ordered(job_id, by=request.assignment)
    if job is None:
        audit.refuse("pdf.download", job_id, by=request.assignment)
        raise Http404
    return job
