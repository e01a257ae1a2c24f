"""What a call becomes: an earlier call, a referral, a case number, a correction; and the caller's door."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest, right_required
from cases.models import Draft
from coordinators.services import guard
from core import audit, looks
from core.errors import TransitionNotAllowed
from core.fields import put
from hotline.forms.links import SELF, CodeForm, CorrectionForm, NumberForm, ReferenceForm, ReferralForm
from hotline.models import Call
from hotline.services import attaching, becoming, calls, correcting, matters, offers
from hotline.views import calls as call_views
from hotline.views import parts
from manual.enums import Exploitation

INVALID: Final = 422
LOG: Final = right_required("log_calls")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
ONWARD: Final = {
    "tidigare": "hotline:earlier",
    "hanvisning": "hotline:referral",
    "arende": "hotline:attach",
    "ring-upp": "hotline:promise",
}


@LOG
@require_POST
def onward(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """From the form of a call: what stands there is kept first, then the press leads on."""
    refused = call_views.keep_first(request, call_id)
    if refused is not None:
        return refused
    to = request.POST.get("to", "")
    if to == "tidigare" and (told := request.POST.get("earlier_number", "")[:24].strip()):
        return _follow(request, call_id, NumberForm({"number": told}))
    return redirect(ONWARD.get(to, "hotline:call"), call_id)


@LOG
@get_or_post
def earlier(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """The number of an earlier call, or that it was another matter after all."""
    row = calls.own_desk_call(call_id, request.assignment)
    if request.method != "POST":
        audit.record("call.read", row, by=request.assignment)
        return _number_page(request, row, NumberForm())
    if "undo" in request.POST:
        return _undone(request, row)
    form = NumberForm(request.POST)
    return _follow(request, call_id, form) if form.is_valid() else _number_page(request, row, form)


def _follow(request: AuthenticatedRequest, call_id: uuid.UUID, form: NumberForm) -> HttpResponse:
    by = request.assignment
    try:
        found = matters.follow(call_id=call_id, number=form.data["number"], by=by)
    except ValidationError as error:
        form.is_valid()
        put(form, error)
        return _number_page(request, calls.own_desk_call(call_id, by), form)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
        return redirect("hotline:call", call_id)
    words = _("The call goes back to %(number)s of %(day)s. What was known is filled in.")
    messages.success(request, words % {"number": found.number, "day": looks.date_text(found.started_at)})
    return redirect("hotline:call", call_id)


def _undone(request: AuthenticatedRequest, row: Call) -> HttpResponse:
    try:
        matters.unfollow(call_id=row.pk, by=request.assignment)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The call stands alone again."))
    return redirect("hotline:call", row.pk)


def _number_page(request: AuthenticatedRequest, row: Call, form: NumberForm) -> HttpResponse:
    context = {"call": row, "form": form, "may_edit": calls.may_edit(row, request.assignment)}
    return render(request, "hotline/links/earlier.html", context, status=INVALID if form.errors else 200)


# --- a referral -------------------------------------------------------------------------------------------


@LOG
@get_or_post
def referral(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """Who writes the referral; the code for a caller who writes it herself."""
    row = calls.own_desk_call(call_id, request.assignment)
    form = ReferralForm(request.POST if request.method == "POST" else None, has_words=bool(row.summary))
    if request.method != "POST":
        audit.record("call.read", row, by=request.assignment)
        return _referral_page(request, row, form)
    if "withdraw" in request.POST:
        return _withdrawn(request, row)
    if not form.is_valid():
        return _referral_page(request, row, form)
    try:
        return _begun(request, row, form)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
        return redirect("hotline:referral", call_id)


def _begun(request: AuthenticatedRequest, row: Call, form: ReferralForm) -> HttpResponse:
    by, words = request.assignment, bool(form.cleaned_data.get("words"))
    if form.cleaned_data["who"] == SELF:
        draft = becoming.convert(call_id=row.pk, with_words=words, by=by)
        messages.success(request, _("What the call said is filled in. Enter the rest, consent first."))
        return _into(draft)
    code = offers.make(call_id=row.pk, with_words=words, by=by)
    state = becoming.became(row, by)
    return render(request, "hotline/links/code.html", {"call": row, "code": code, "offer": state.offer})


def _into(draft: Draft) -> HttpResponse:
    """Danger first, with who has been contacted; when there is none, age and consent."""
    return redirect(
        "cases:draft-section",
        draft.pk,
        "samtycke" if draft.answers.get("immediate_danger") == "no" else "fara",
    )


def _withdrawn(request: AuthenticatedRequest, row: Call) -> HttpResponse:
    try:
        offers.withdraw(call_id=row.pk, by=request.assignment)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The code does not work any more."))
    return redirect("hotline:referral", row.pk)


def _referral_page(request: AuthenticatedRequest, row: Call, form: ReferralForm) -> HttpResponse:
    context = {
        "call": row,
        "form": form,
        "state": becoming.became(row, request.assignment),
        "along": _along(row),
    }
    return render(request, "hotline/links/referral.html", context, status=INVALID if form.errors else 200)


def _along(row: Call) -> list[dict[str, Any]]:
    """What the draft begins with, in words. What is not known is asked in the draft."""
    place = row.municipality or row.county
    told = [
        (_("Danger"), row.get_danger_display() if row.danger in becoming.DANGERS else ""),
        (_("Child"), row.get_child_display() if row.child in becoming.AGES else ""),
        (_("Sex"), row.get_sex_display() if row.sex != "unknown" else ""),
        (_("Citizenship"), row.get_citizenship_group_display() if row.citizenship_group != "unknown" else ""),
        (_("Place"), place.name if place else ""),
        (_("Form of exploitation"), ", ".join(parts.labels(Exploitation, row.forms))),
        (_("The call in short"), str(row.summary or "")),
    ]
    return [{"label": label, "value": value} for label, value in told if value]


# --- a case number ----------------------------------------------------------------------------------------


@LOG
@get_or_post
def attach(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """Keep a case number with the call, or take it away. Whether it leads anywhere is never told."""
    by = request.assignment
    row = calls.own_desk_call(call_id, by)
    form = ReferenceForm(request.POST if request.method == "POST" and "undo" not in request.POST else None)
    try:
        if "undo" in request.POST:
            attaching.detach(call_id=call_id, by=by)
            messages.success(request, _("The case number has been taken away from the call."))
            return redirect("hotline:call", call_id)
        if form.is_bound and form.is_valid():
            done = attaching.attach(call_id=call_id, reference=form.cleaned_data["reference"], by=by)
            words = _("%(reference)s is kept with the call. Those who work on the case can see that.")
            messages.success(request, words % {"reference": done.reference})
            return redirect("hotline:call", call_id)
    except ValidationError as error:
        put(form, error)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
        return redirect("hotline:call", call_id)
    if not form.is_bound:
        audit.record("call.read", row, by=by)
    context = {"call": row, "form": form, "state": becoming.became(row, by)}
    return render(request, "hotline/links/attach.html", context, status=INVALID if form.errors else 200)


# --- a correction -----------------------------------------------------------------------------------------


@LOG
@get_or_post
def correct(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """A note beside a call that can no longer be changed."""
    by = request.assignment
    row = calls.own_desk_call(call_id, by)
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            correcting.add_note(
                call_id=call_id, words=form.cleaned_data["words"], by=by, accepted=parts.accepted(request)
            )
        except ValidationError as error:
            put(form, error)
        except TransitionNotAllowed as error:
            messages.error(request, str(error.message))
            return redirect("hotline:call", call_id)
        else:
            messages.success(request, _("The correction stands beside the call."))
            return redirect("hotline:call", call_id)
    if not form.is_bound:
        audit.record("call.read", row, by=by)
    typed = str(form.data.get("words", "")) if form.is_bound else ""
    context = {"call": row, "form": form, "names": guard.together(guard.look(typed).names),
               "may": correcting.may_note(row, by)}  # fmt: skip
    return render(request, "hotline/links/correct.html", context, status=INVALID if form.errors else 200)


# --- the caller -------------------------------------------------------------------------------------------


@right_required("file_referrals")
@get_or_post
def fetch(request: AuthenticatedRequest) -> HttpResponse:
    """The caller enters the code she was told, and the draft is hers."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            draft = offers.fetch(code=form.cleaned_data["code"], by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The draft is yours. Enter the rest, consent first."))
            return _into(draft)
    return render(request, "hotline/links/fetch.html", {"form": form}, status=INVALID if form.errors else 200)
