"""What has happened in a case, and who has seen it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from cases.access import Sight, get_case_or_404
from cases.enums import Level
from cases.services import dependants, documents
from cases.services import messages as message_service
from cases.views import case as case_views
from cases.views import timeline
from core import audit

LATEST = 200


@require_safe
def history(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The acts, newest first."""
    sight = get_case_or_404(request, case_id, need=Level.FULL, verb="case.history")
    top = case_views.head(request, sight, "history")
    events = timeline.acts(sight, [*top.glance.targets, *_written(sight)], top.glance.steps, LATEST)
    return render(request, "cases/case/history.html", {"head": top, "events": events})


@require_safe
def log(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Every look and every refusal, for the desk that answers for the case."""
    sight = get_case_or_404(request, case_id, verb="case.log")
    if not case_views.may_see_log(sight):
        audit.refuse("case.log", sight.case, by=request.assignment)
        raise Http404
    top = case_views.head(request, sight, "log")
    targets = [*top.glance.targets, *_written(sight)]
    if sight.case.person_id:
        targets.append(sight.case.person_id)
    context = {"head": top, "events": timeline.reads(targets, sight.case.pk, LATEST)}
    return render(request, "cases/case/log.html", context)


def _written(sight: Sight) -> list[uuid.UUID]:
    """Notes and messages of the viewer's own house, what she sees of documents and who came along."""
    notes = message_service.notes_for(sight).order_by().values_list("pk", flat=True)
    sent = message_service.messages_for(sight).order_by().values_list("pk", flat=True)
    along = dependants.of(sight).order_by().values_list("pk", flat=True)
    seen = [row.pk for row in documents.visible_to(sight)]
    return [*notes.union(sent, along), *seen]
