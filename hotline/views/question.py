"""A question left on the web. Whoever is not signed in reads when to call, and can leave nothing."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from core import clock, looks
from hotline import library
from hotline.forms.desk import QuestionForm
from hotline.models import Callback
from hotline.services import callbacks

INVALID: Final = 422


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: AuthenticatedRequest) -> HttpResponse:
    by = request.assignment
    if by is None:
        if request.method == "POST":
            return redirect_to_login(request.path)
        return render(request, "hotline/question_public.html", {"helpline": library.helpline()})
    form = QuestionForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.saves(lambda **given: callbacks.ask(**given, by=by)):
        messages.success(request, _("Your question is in the queue of the helpline"))
        return redirect("hotline:question")
    due = library.answer_by(clock.now())
    context = {
        "form": form,
        "waiting": [_line(row) for row in callbacks.own_questions(by)],
        "answer": looks.day_text(due, clock.now()) if due else "",
        "full": callbacks.own_questions(by).count() >= callbacks.MOST_OPEN,
    }
    return render(request, "hotline/question.html", context, status=INVALID if form.errors else 200)


def _line(row: Callback) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": row.pk,
        "left": looks.day_text(row.created_at, now),
        "due": looks.day_text(row.due_at, now),
        "late": row.due_at < now,
    }


@require_POST
def withdraw(request: AuthenticatedRequest, callback_id: uuid.UUID) -> HttpResponse:
    callbacks.withdraw(callback_id=callback_id, by=request.assignment)
    messages.success(request, _("The question is taken back"))
    return redirect("hotline:question")
