"""Pages of alerts: the list, and one with the verdict."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import audit
from core.errors import StaleVersion
from core.fields import put
from nrm_portal.review import judging, tables
from nrm_portal.review.forms import VerdictForm
from nrm_portal.review.models import Alert
from nrm_portal.review.views import INVALID, get_or_post, with_version

SHOWN = 100


@right_required("audit")
@require_safe
def alert_list(request: AuthenticatedRequest) -> HttpResponse:
    """Those not judged, then the latest judged ones."""
    rows = Alert.objects.select_related("user").order_by("-found_at", "-pk")
    waiting = list(rows.filter(verdict="")[:SHOWN])
    judged = list(rows.exclude(verdict="")[:SHOWN])
    audit.record("review.alerts", by=request.assignment)
    shown = [*waiting, *judged]
    context = {"table": tables.of_alerts(shown) if shown else None, "waiting": len(waiting)}
    return render(request, "review/alerts.html", context)


@right_required("audit")
@get_or_post
def alert(request: AuthenticatedRequest, alert_id: uuid.UUID) -> HttpResponse:
    """What stands out, in numbers and references; and what the auditor found."""
    row = get_object_or_404(Alert.objects.select_related("user", "judged_by", "data_key"), pk=alert_id)
    if request.method != "POST":
        audit.record("review.alert", row, by=request.assignment)
        return _page(request, row, VerdictForm(initial={"version": row.version}))
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        judging.judge(alert_id=row.pk, by=request.assignment, **form.cleaned_data)
    except ValidationError as error:
        put(form, error)
    except StaleVersion:
        form.data = with_version(request, row.version)
        form.add_error(None, _("More was added to the alert meanwhile. Look at it and save again."))
    else:
        messages.success(request, _("The alert is judged."))
        return redirect("review:alerts")
    return _page(request, row, form)


def _page(request: AuthenticatedRequest, row: Alert, form: VerdictForm) -> HttpResponse:
    own = row.user_id == request.assignment.user_id
    context = {
        "row": row,
        "cases": tables.of_cases(row),
        "form": None if row.verdict or own else form,
        "own": own,
        "tag": tables.alert_tag(row),
    }
    return render(request, "review/alert.html", context, status=INVALID if form.errors else 200)
