"""The manual read from a case: the way back, and how the case stands beside the text.

The manual knows nothing of cases; its templates leave two places, filled here when the address says from
which case somebody came. Whoever has no part in that case sees the manual and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.http import Http404
from django.urls import reverse

from accounts.access import AuthenticatedRequest
from cases.access import get_case_or_404, held_by
from cases.enums import Level
from cases.models import Case, Referral, Step
from cases.views import items, steps
from core import audit, clock
from core.tables import StepItem

register = template.Library()
NAME: Final = "_reading_from"


@dataclass(frozen=True)
class Origin:
    """The case somebody reads the manual from. `steps` are those she may read."""

    reference: str
    url: str
    is_own_referral: bool
    steps: Sequence[tuple[Step, StepItem]]


@register.inclusion_tag("cases/reading/bar.html", takes_context=True)
def case_bar(context: dict[str, Any]) -> dict[str, Any]:
    """Back to the case."""
    return {"origin": _origin(context)}


@register.inclusion_tag("cases/reading/steps.html", takes_context=True)
def in_your_case(context: dict[str, Any], part: str) -> dict[str, Any]:
    """The steps of the case that the chapter or section `part` explains, with their status."""
    origin = _origin(context)
    if origin is None:
        return {"origin": None}
    shown = [item for step, item in origin.steps if f"{step.template.paragraph}-".startswith(f"{part}-")]
    return {"origin": origin, "items": shown}


def _origin(context: dict[str, Any]) -> Origin | None:
    """Looked up once for a page; reading it is recorded like opening the checklist."""
    request: AuthenticatedRequest = context["request"]
    if not hasattr(request, NAME):
        setattr(request, NAME, _find(request))
    found: Origin | None = getattr(request, NAME)
    return found


def _find(request: AuthenticatedRequest) -> Origin | None:
    try:
        case_id = uuid.UUID(request.GET.get("arende", ""))
    except ValueError:
        return None
    by = request.assignment
    if not held_by(by).filter(case_id=case_id).exists():
        own = Referral.objects.sent_by(by.user_id, by.agency_id).filter(case_id=case_id).first()
        if own is not None:
            return _referrers(request, own)
    try:
        sight = get_case_or_404(request, case_id, verb="case.steps")
    except Http404:
        return None
    url = reverse("cases:steps" if sight.level >= Level.STEPS else "cases:case", args=[case_id])
    rows = [step for step in _steps(sight.case) if sight.reads(step)]
    now = clock.now()
    made = [(step, items.item(step, sight, now, can_act=False)) for step in rows]
    return Origin(sight.case.reference, url, False, made)


def _referrers(request: AuthenticatedRequest, own: Referral) -> Origin:
    """Whoever referred follows her own referral, and her own duties in it."""
    by, now = request.assignment, clock.now()
    audit.record("referral.read", own, by=by)
    rows = [step for step in _steps(own.case) if steps.may_read(step, None, by)]
    made = [(step, items.item(step, None, now, can_act=False)) for step in rows]
    return Origin(own.reference, reverse("cases:referral", args=[own.pk]), True, made)


def _steps(case: Case) -> list[Step]:
    rows = case.steps.select_related("template", "case", "agency", "desk__region", "assignee", "ended_by")
    return list(rows.order_by("phase", "template__order", "occurrence"))
