"""A form sent in after the sight of its case had ended: nothing is stored, the text stays (S26).

One page for every form of a case. A stranger gets the same page for a case of others and for none at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import tell_if_disposed
from cases.enums import HandoverStatus, ParticipationStatus
from cases.models import Handover, Participation, Recusal
from cases.services import recusals
from coordinators.access import desks_of
from core import clock, looks
from core.errors import Disposed

LONGEST: Final = 100_000


def page(request: HttpRequest, texts: Sequence[str], status: int = 404) -> HttpResponse:
    """What was typed, why it was not saved, and the way on."""
    match, by = request.resolver_match, getattr(request, "assignment", None)
    case_id = match.kwargs.get("case_id") if match else None
    if isinstance(by, Assignment) and isinstance(case_id, uuid.UUID):
        try:
            tell_if_disposed(case_id, by)
        except Disposed as gone:
            return disposed(request, gone, texts)
    context: dict[str, Any] = {
        "texts": [text[:LONGEST] for text in texts if text.strip()],
        "why": why(by, case_id) if isinstance(by, Assignment) and isinstance(case_id, uuid.UUID) else "",
    }
    answer = render(request, "cases/case/lost.html", context, status=status)
    if request.headers.get("HX-Request"):
        answer["HX-Retarget"], answer["HX-Reswap"] = "body", "innerHTML"
    return answer


def disposed(request: HttpRequest, gone: Disposed, texts: Sequence[str] = ()) -> HttpResponse:
    """The tombstone of a case, for somebody who once had access: number and date."""
    words = _("Disposed of on %(day)s") % {"day": looks.date_text(gone.at)}
    kept = [text[:LONGEST] for text in texts if text.strip()]
    context = {"reference": gone.reference, "heading": words, "texts": kept}
    answer = render(request, "cases/case/disposed.html", context, status=410)
    if request.headers.get("HX-Request"):
        answer["HX-Retarget"], answer["HX-Reswap"] = "body", "innerHTML"
    return answer


def why(by: Assignment, case_id: uuid.UUID) -> str:
    """What this person may know about why it ended; empty for whoever never had a part in the case."""
    out = Recusal.objects.filter(case_id=case_id, user_id=by.user_id, lifted_at__isnull=True).first()
    if out is not None and recusals.is_shut_out(out):
        return _("Your sight of the case has ended.")
    if out is not None:
        return _("You have said that you cannot handle the case.")
    return _moved(by, case_id) or _left(by, case_id)


def _moved(by: Assignment, case_id: uuid.UUID) -> str:
    """Another desk took the case over from a desk of hers: which, who and when."""
    ended = (HandoverStatus.ACCEPTED, HandoverStatus.REJECTED)
    rows = Handover.objects.filter(case_id=case_id, status__in=ended, from_desk_id__in=list(desks_of(by)))
    row = rows.select_related("to_desk__region", "answered_by").order_by("-answered_at").first()
    if row is None or row.answered_by is None or row.answered_at is None:
        return ""
    if row.status == HandoverStatus.REJECTED or row.case.desk_id == row.from_desk_id:
        return ""
    words = _("%(desk)s took the case over %(time)s (%(name)s).")
    time = f"{clock.local(row.answered_at):%Y-%m-%d %H.%M}"
    return words % {"desk": row.to_desk.name, "time": time, "name": row.answered_by.name}


def _left(by: Assignment, case_id: uuid.UUID) -> str:
    ended = (ParticipationStatus.ENDED, ParticipationStatus.DECLINED)
    rows = Participation.objects.filter(case_id=case_id, agency_id=by.agency_id, status__in=ended)
    over = by.has("work_cases") and rows.filter(is_referrer=False).exists()
    return _("Your agency's part in the case has ended.") if over else ""
