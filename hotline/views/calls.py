"""Logging a call: a new one, an open one, one that was ended. Everything is the desk's own."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest, right_required
from coordinators.services import guard
from core import audit, clock, looks
from core.errors import StaleVersion, TransitionNotAllowed
from core.fields import put
from hotline.enums import OTHER_CALLERS, Caller, Danger
from hotline.forms import CallForm
from hotline.models import Call
from hotline.services import calls
from hotline.services.calls import Saved
from hotline.views import parts

INVALID: Final = 422
CONFLICT: Final = 409
LOG: Final = right_required("log_calls")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@LOG
@get_or_post
def new(request: AuthenticatedRequest) -> HttpResponse:
    """A call that has just begun. Looking makes no row: the first save does, under the page's own id."""
    if request.method != "POST":
        return _page(request, None, CallForm())
    call_id = parts.uuid_of(request.POST.get("call", ""))
    if call_id is None:
        return _page(request, None, CallForm(request.POST), status=INVALID)
    found = Call.objects.filter(pk=call_id).first()
    return _save(request, call_id, calls.own_desk_call(call_id, request.assignment) if found else None)


@LOG
@get_or_post
def call(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """One call of her desk: her own to go on with, or to change for a day; else to read."""
    found = calls.own_desk_call(call_id, request.assignment)
    if request.method == "POST":
        return _save(request, call_id, found)
    audit.record("call.read", found, by=request.assignment)
    wanted = found.is_open or request.GET.get("andra") == "1"
    if not wanted or found.caller != Caller.PROFESSIONAL or not calls.may_edit(found, request.assignment):
        return _read(request, found)
    return _page(request, found, CallForm(call=found))


@LOG
@require_POST
def beside(request: AuthenticatedRequest) -> HttpResponse:
    """What stands beside the form, for the answers so far. Stores nothing."""
    form = CallForm(request.POST)
    form.is_valid()
    context = parts.beside(
        form, None, request.assignment, besides=parts.uuid_of(request.POST.get("call", ""))
    )
    return render(request, "hotline/_live.html", context)


def _save(request: AuthenticatedRequest, call_id: uuid.UUID, found: Call | None) -> HttpResponse:
    """By the button: end it, keep it open, file it as no professional's, look in the manual."""
    pressed = parts.pressed(request)
    if pressed == Caller.PROFESSIONAL:
        reopened = calls.reopen(call_id=call_id, by=request.assignment)
        return redirect("hotline:call", reopened.pk)
    done = _stored(request, call_id, found, pressed)
    return done if isinstance(done, HttpResponse) else _saved(request, *done, pressed)


def keep_first(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse | None:
    """For a press that leads on from the form: what stands there is stored. The page again when not."""
    exists = Call.objects.filter(pk=call_id).exists()
    found = calls.own_desk_call(call_id, request.assignment) if exists else None
    done = _stored(request, call_id, found, parts.KEEP)
    return done if isinstance(done, HttpResponse) else None


def _stored(
    request: AuthenticatedRequest, call_id: uuid.UUID, found: Call | None, pressed: str
) -> tuple[Saved, CallForm] | HttpResponse:
    """What was saved, or the page that says why nothing was."""
    form = CallForm(request.POST, call=found)
    readable = form.is_valid()
    gently = pressed in (parts.AUTOSAVE, parts.LOOK)
    if not readable and not gently and pressed not in OTHER_CALLERS:
        return _page(request, found, form, status=INVALID)
    other = pressed in OTHER_CALLERS
    try:
        saved = calls.save(
            call_id=call_id, said=form.said(pressed if other else Caller.PROFESSIONAL), by=request.assignment,
            version=parts.number(request.POST.get("version", "")), view=request.POST.get("view", "")[:31],
            end=other or pressed == parts.END, autosave=gently, accepted=parts.accepted(request),
        )  # fmt: skip
    except ValidationError as error:
        put(form, error)
        return _page(request, found, form, status=INVALID)
    except StaleVersion as stale:
        return _conflict(request, stale, form)
    except TransitionNotAllowed as error:
        return _too_late(request, found, form, str(error.message))
    return saved, form


def _saved(request: AuthenticatedRequest, saved: Saved, form: CallForm, pressed: str) -> HttpResponse:
    row = saved.call
    if pressed == parts.AUTOSAVE:
        return _told(saved, form)
    if pressed == parts.LOOK:
        return _page(request, row, form)
    if pressed in OTHER_CALLERS:
        messages.success(request, _("Saved as: %(caller)s.") % {"caller": row.get_caller_display()})
        return redirect("hotline:log")
    if pressed == parts.END:
        words = _("The call is saved. Consultation number %(number)s")
        messages.success(request, words % {"number": row.number})
    else:
        messages.success(request, _("Saved. The call is still open."))
    return redirect("hotline:call", row.pk)


def _told(saved: Saved, form: CallForm) -> JsonResponse:
    """What an autosave answers; a text that was left out is named, with every word the box stands for."""
    row = saved.call
    at = clock.local(row.saved_at)
    answer = {
        "version": row.version,
        "saved": f"{at:%H.%M}".removeprefix("0"),
        "number": row.number,
        "url": reverse("hotline:call", args=[row.pk]),
    }
    if saved.left_out:
        answer["note"] = parts.left_out_words(saved)
        answer["names"] = guard.together(parts.names_asked(form))
    return JsonResponse(answer)


def _conflict(request: AuthenticatedRequest, stale: StaleVersion, form: CallForm) -> HttpResponse:
    """Saved elsewhere in the meantime: what was typed stays, the saved version is shown beside it."""
    if parts.is_autosave(request):
        return JsonResponse({}, status=CONFLICT)
    current = stale.current
    assert isinstance(current, Call), "a stale call comes with the call as it is now"
    rows = parts.summary(calls.own_desk_call(current.pk, request.assignment))
    return _page(request, current, form, status=CONFLICT, stored=rows)


def _too_late(request: AuthenticatedRequest, found: Call | None, form: CallForm, words: str) -> HttpResponse:
    """It cannot be changed any more; what was typed stays on the page, to be copied into a note."""
    if parts.is_autosave(request):
        return JsonResponse({}, status=CONFLICT)
    form.add_error(None, words)
    return _page(request, found, form, status=CONFLICT)


def _read(request: AuthenticatedRequest, row: Call) -> HttpResponse:
    by = request.assignment
    may_edit = calls.may_edit(row, by)
    context = {
        "call": row,
        "rows": parts.summary(row),
        "may_change": may_edit and row.caller == Caller.PROFESSIONAL,
        "tabs": parts.tabs(by, row, None),
        "title": parts.title(row.started_at),
        "flags": [looks.tag(_("Danger"), "red", "danger")] if row.danger == Danger.YES else [],
        "may_reopen": may_edit and row.caller != Caller.PROFESSIONAL,
    }
    return render(request, "hotline/read.html", context)


def _page(
    request: AuthenticatedRequest, row: Call | None, form: CallForm, status: int = 200, **more: Any
) -> HttpResponse:
    by = request.assignment
    begun = row.started_at if row else clock.now()
    call_id = row.pk if row else parts.uuid_of(request.POST.get("call", "")) or uuid.uuid4()
    asked = parts.names_asked(form)
    context = {
        "call": row,
        "call_id": call_id,
        "form": form,
        "title": parts.title(begun),
        "begun": begun,
        "tabs": parts.tabs(by, row, None if row else begun),
        "view": request.POST.get("view", "")[:31] or get_random_string(16),
        "names": guard.together(asked),
        "names_ticked": bool(asked) and guard.covers(parts.accepted(request), asked),
        "others": [(caller.value, caller.label) for caller in OTHER_CALLERS],
        "stored": None,
        **parts.beside(form, row, by, besides=call_id),
    } | more
    return render(request, "hotline/call.html", context, status=status)
