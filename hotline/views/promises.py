"""Promised calls: the queue, one promise, who makes the call, how it went."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import audit, clock, looks
from core.looks import Clock
from hotline.forms.desk import AgainForm, DoneForm, PromiseForm, TakeForm
from hotline.models import Callback
from hotline.services import callbacks, calls

INVALID: Final = 422
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
LOG: Final = right_required("log_calls")


def _must_see(request: AuthenticatedRequest, page: str) -> None:
    if not callbacks.may_see(request.assignment):
        audit.refuse("page.open", by=request.assignment, page=page)
        raise PermissionDenied


@require_safe
def queue(request: AuthenticatedRequest) -> HttpResponse:
    """What the desk has promised. The national desk sees when and whose, never whom or what about."""
    _must_see(request, "callbacks")
    by = request.assignment
    rows = list(callbacks.queue(by))
    audit.record("callback.list", by=by, target_ids=[row.pk for row in rows])
    mine = [row for row in rows if row.owner_id == by.user_id]
    others = [row for row in rows if row.owner_id != by.user_id]
    context = {
        "mine": [_line(row) for row in mine],
        "others": [_line(row) for row in others],
        "operator": by.has("log_calls"),
    }
    return render(request, "hotline/callbacks.html", context)


def _line(row: Callback) -> dict[str, Any]:
    return {
        "id": row.pk,
        "what": _what(row),
        "clock": _clock(row),
        "owner": row.owner.name if row.owner else "",
        "attempts": row.attempts,
    }


def _what(row: Callback) -> str:
    if row.call is not None:
        return _("Promised in the call %(number)s") % {"number": row.call.number}
    return _("Question from the web, left %(at)s") % {"at": looks.day_text(row.created_at, clock.now())}


def _clock(row: Callback) -> Clock:
    return looks.clock(row.due_at, clock.now(), started=row.created_at)


@LOG
@require_safe
def one(request: AuthenticatedRequest, callback_id: uuid.UUID) -> HttpResponse:
    """Whom to call, the number and the question."""
    found = callbacks.read(callback_id=callback_id, by=request.assignment)
    return _page(request, found)


def _page(request: AuthenticatedRequest, found: Callback, **bound: Any) -> HttpResponse:
    """The promise with its two forms; one of them may come back with what was wrong."""
    initial = {"version": found.version}
    forms = {
        "done": DoneForm(initial=initial, auto_id="done_%s"),
        "again": AgainForm(initial=initial, auto_id="again_%s"),
        **bound,
    }
    context = {
        "callback": found,
        "what": _what(found),
        "clock": _clock(found) if found.done_at is None else None,
        "number": callbacks.spoken(found),
        "forms": forms,
        "form": next(iter(bound.values()), None),
    }
    return render(request, "hotline/callback.html", context, status=INVALID if bound else 200)


@LOG
@require_POST
def done(request: AuthenticatedRequest, callback_id: uuid.UUID) -> HttpResponse:
    form = DoneForm(request.POST, auto_id="done_%s")
    act = partial(callbacks.finish, callback_id=callback_id, by=request.assignment)
    return _act(request, callback_id, "done", form, act, _("The call is taken out of the queue"))


@LOG
@require_POST
def again(request: AuthenticatedRequest, callback_id: uuid.UUID) -> HttpResponse:
    form = AgainForm(request.POST, auto_id="again_%s")
    act = partial(callbacks.try_again, callback_id=callback_id, by=request.assignment)
    return _act(request, callback_id, "again", form, act, _("The call is in the queue with its new time"))


def _act(
    request: AuthenticatedRequest, callback_id: uuid.UUID, name: str, form: Any, act: Callable[..., object],
    words: str,
) -> HttpResponse:  # fmt: skip
    if form.saves(act):
        messages.success(request, words)
        return redirect("hotline:callbacks")
    found = callbacks.read(callback_id=callback_id, by=request.assignment)
    return _page(request, found, **{name: form})


@get_or_post
def take(request: AuthenticatedRequest, callback_id: uuid.UUID) -> HttpResponse:
    """Who makes the call. For operators and for the national desk, which learns nothing else here."""
    _must_see(request, "callback_take")
    found = callbacks.of_queue(callback_id, request.assignment)
    first = found.owner_id or (request.assignment.user_id if request.assignment.has("log_calls") else "")
    posted = request.POST if request.method == "POST" else None
    initial = {"version": found.version, "user_id": str(first)}
    form = TakeForm(posted, agency_id=found.agency_id, initial=initial)
    act = partial(callbacks.take, callback_id=callback_id, by=request.assignment)
    if posted is not None and form.saves(act):
        messages.success(request, _("The call has somebody who makes it"))
        return redirect("hotline:callbacks")
    context = {"form": form, "what": _what(found), "clock": _clock(found)}
    return render(request, "hotline/callback_take.html", context, status=INVALID if form.errors else 200)


@LOG
@get_or_post
def promise(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """In a call: we call you back. Nothing outside the hours of the helpline can be chosen."""
    call = calls.own_desk_call(call_id, request.assignment)
    form = PromiseForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    act = partial(callbacks.promise, call_id=call_id, by=request.assignment)
    if request.method == "POST" and form.saves(act):
        messages.success(request, _("The promise stands in the queue and is chased"))
        return redirect("hotline:call", call_id)
    status = INVALID if form.errors else 200
    return render(request, "hotline/promise.html", {"form": form, "call": call}, status=status)
