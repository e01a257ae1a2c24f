"""The ledger: who was let see or told what, when and on which ground; and who then really looked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_to_send
from cases.access import Sight
from cases.enums import Category, DisclosureKind, GroundEnd, Level
from cases.forms import sharing as forms
from cases.models import Disclosure
from cases.services import granting, reading
from cases.views import case as case_views
from cases.views import participation as actors
from cases.views import sharing as pages
from core import audit, clock, looks, pdf
from core.fields import put

LATEST: Final = 500
PAPER: Final = "pdf/ledger.html"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words."""

    at: str
    to: str
    how: str
    parts: str
    ground: str
    until: str
    by: str
    what: str = ""


def line(row: Disclosure, sight: Sight) -> Line:
    """The words of the ledger; what was told outside only to a desk that sees the whole case."""
    parts = ", ".join(str(Category(code).label) for code in Category.values if code in row.categories)
    return Line(
        f"{looks.date_text(row.at)} {looks.time_text(row.at)}",
        _to(row, sight),
        str(row.get_kind_display()),
        parts or (_("Its checklist only") if row.kind == DisclosureKind.ACCESS else ""),
        actors.ground_text(row.ground) if row.ground else "",
        _until(row),
        row.by.name if row.by else "",
        str(row.what or "") if sight.level >= Level.FULL else "",
    )


def _to(row: Disclosure, sight: Sight) -> str:
    names = [sight.name_of(row.agency) if row.agency else "", str(row.desk.name) if row.desk else ""]
    return ", ".join(filter(None, (*names, str(row.outside or ""))))


def _until(row: Disclosure) -> str:
    """Access lasts until its ground ended; the rest happened once."""
    if row.kind != DisclosureKind.ACCESS or row.ground is None:
        return ""
    if row.ground.ended_at is None:
        return _("still open")
    why = str(GroundEnd(row.ground.end_reason).label)
    moment = f"{looks.date_text(row.ground.ended_at)} {looks.time_text(row.ground.ended_at)}"
    return f"{moment} ({why})"


def _opened(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    sight = pages.opened(request, case_id)
    if not sight.is_desk:
        audit.refuse("case.ledger", sight.case, by=request.assignment)
        raise Http404
    return sight


def _lines(sight: Sight) -> list[Line]:
    related = ("agency", "desk__region", "by", "ground__consent", "data_key")
    rows = sight.case.disclosures.select_related(*related).order_by("-at", "-pk")
    return [line(row, sight) for row in rows[:LATEST]]


@require_safe
def ledger(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything that was disclosed, newest first, and who has read."""
    sight = _opened(request, case_id)
    top = case_views.head(request, sight, "sharing")
    context = {
        "head": top,
        "lines": _lines(sight),
        "readers": _readers(sight, top.glance.targets),
        "emergencies": sight.case.glasses.select_related("user", "agency").order_by("-opened_at"),
        "may_print": sight.level >= Level.FULL and not sight.case.is_protected,
        "may": "triage" in sight.desk_rights,
    }
    return render(request, "cases/sharing/ledger.html", context)


def _readers(sight: Sight, targets: Iterable[uuid.UUID]) -> list[dict[str, str]]:
    return [
        {
            "who": f"{row.user}, {row.house}" if row.house else row.user,
            "times": ngettext("%(n)s time", "%(n)s times", row.times) % {"n": row.times},
            "first": f"{looks.date_text(row.first)} {looks.time_text(row.first)}",
            "last": f"{looks.date_text(row.last)} {looks.time_text(row.last)}",
        }
        for row in reading.readers(sight.case, targets)
    ]


@require_POST
@fresh_to_send
def on_paper(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The ledger as PDF, for the file or for recalling copies."""
    sight = _opened(request, case_id)
    if sight.level < Level.FULL or sight.case.is_protected:
        audit.refuse("case.ledger", sight.case, by=request.assignment)
        raise Http404
    by, now = request.assignment, clock.now()
    top = case_views.head(request, sight, "sharing")
    context: dict[str, Any] = {
        "reference": sight.case.reference,
        "printed_by": f"{by.user.name}, {by.agency.name}",
        "printed_at": f"{looks.date_text(now)} {looks.time_text(now)}",
        "sentences": pages.consent_sentences(sight.case),
        "lines": [asdict(one) for one in _lines(sight)],
        "readers": _readers(sight, top.glance.targets),
        "needs": {
            "membership": str(by.membership_id),
            "categories": sorted(sight.categories),
            "identity": False,
        },
    }
    with transaction.atomic():
        audit.record("ledger.pdf", sight.case, by=by)
        name = f"{sight.case.reference}-{_('disclosed')}.pdf"
        job = pdf.request(PAPER, context, by=by, filename=name, case_id=sight.case.pk)
    return redirect("cases:pdf", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def told(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Somebody was told by telephone, at a meeting or on paper."""
    sight = pages.changing(request, case_id)
    rows = (
        sight.case.participations.filter(is_referrer=False).select_related("agency").order_by("agency__name")
    )
    agencies = list({str(row.agency_id): row.agency.name for row in rows}.items())
    form = forms.ToldForm(request.POST if request.method == "POST" else None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        try:
            granting.told_outside(case_id=case_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("It stands in the ledger."))
            return redirect("cases:ledger", case_id)
    context = {"head": case_views.head(request, sight, "sharing"), "form": form}
    return render(request, "cases/sharing/told.html", context)
