"""Stopping the clock of a step, and letting it run again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Assignment, AuthenticatedRequest
from cases.access import Sight
from cases.enums import BlockedOn
from cases.forms.dates import StopForm
from cases.forms.steps import StepForm
from cases.models import Step
from cases.services import stops as service
from cases.views import steps


@require_POST
def stop(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """With a reason; deadlines of the law and child protection are refused in words."""

    def make(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
        return StopForm(data, prefix="stop")

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.stop(
            step_id=step.pk,
            reason=BlockedOn(data["reason"]),
            text=data["text"],
            by=by,
            version=data["version"],
        )

    return steps.act_on(request, case_id, step_id, make, act, _("The clock has been stopped: %(step)s"))


@require_POST
def resume(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    def make(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
        return StepForm(data)

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.resume(step_id=step.pk, by=by, version=data["version"])

    return steps.act_on(request, case_id, step_id, make, act, _("The clock runs again: %(step)s"))
