"""The referrer's own pages: the receipt, what became of it, what she must do, and what she may add."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from cases.enums import Status
from cases.forms.referrals import ReplyForm, SupplementForm
from cases.models import Case, Referral
from cases.services import drafts, following, referrals
from cases.services import messages as letters
from cases.views import items
from core import clock, looks
from core.fields import put

FILE = right_required("file_referrals")
INVALID = 422

WORDS: Final = {
    Status.RECEIVED: (gettext_lazy("Sent"), "blue", "send"),
    Status.WAITING: (gettext_lazy("Waiting for you"), "amber", "help"),
    Status.ACTIVE: (gettext_lazy("Accepted"), "blue", "check"),
    Status.NOT_TAKEN: (gettext_lazy("Not taken forward"), "grey", "x"),
}
"""The word a referrer sees; anything else is closed to her."""


def status_tag(case: Case, *, asked: bool = True) -> SafeString:
    """Skickad, Väntar på dig, Mottagen, Tas inte vidare, Avslutad.

    In a merged case another referrer may be the one who was `asked`: then this one's is as sent."""
    status = Status.RECEIVED if case.status == Status.WAITING and not asked else Status(case.status)
    return looks.tag(*WORDS.get(status, (gettext_lazy("Closed"), "plain", "")))


@dataclass(frozen=True)
class ListRow:
    """One line of the agency's list; a colleague's has no way in."""

    reference: str
    url: str
    status: SafeString
    sent_at: datetime


@FILE
@require_safe
def referral_list(request: AuthenticatedRequest) -> HttpResponse:
    """What the agency has sent: of colleagues' referrals reference, status and date, nothing else."""
    by = request.assignment
    page = following.agency_list(by, before=request.GET.get("fore", ""), after=request.GET.get("efter", ""))
    rows = [
        ListRow(
            row.reference,
            reverse("cases:referral", args=[row.pk]) if row.referrer_id == by.user_id else "",
            status_tag(following.case_of(row), asked=getattr(row, "is_asked", True)),
            row.sent_at,
        )
        for row in page.rows
    ]
    here = reverse("cases:referrals")
    context = {
        "rows": rows,
        "older": f"{here}?{urlencode({'fore': page.older})}" if page.older else "",
        "newer": f"{here}?{urlencode({'efter': page.newer})}" if page.newer else "",
    }
    return render(request, "cases/referrals/list.html", context)


@FILE
@require_safe
def referral(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Receipt and follow-up in one: the address can be kept and opened again."""
    return _show(request, referrals.own_referral(referral_id, request.assignment))


def _show(
    request: AuthenticatedRequest, row: Referral, *, form: SupplementForm | None = None,
    reply: ReplyForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    by, now, case = request.assignment, clock.now(), following.case_of(row)
    here = reverse("cases:referral", args=[row.pk])
    steps = following.own_steps(row, by)
    letters_ = list(following.messages_to(row, by))
    context: dict[str, Any] = {
        "referral": row,
        "case": case,
        "status_tag": status_tag(case, asked=row.wanted is not None),
        "answer_by": looks.deadline_text(case.answer_by, now),
        "answer_late": case.answer_by <= now,
        "steps": [items.item(one, None, now, can_act=case.is_open, back=here, owner=False) for one in steps],
        "has_open": any(one.ended_at is None for one in steps),
        "letters": letters_,
        "unread": following.unread(row),
        "sent": following.what_was_sent(row),
        "supplements": list(row.supplements.order_by("-added_at").select_related("data_key")),
        "form": form or SupplementForm(asked=case.status == Status.WAITING and row.wanted is not None),
        "reply": reply or ReplyForm(prefix="reply"),
    }
    return render(request, "cases/referrals/referral.html", context, status=status)


@FILE
@require_POST
def confirm_read(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """She has read what was written to her: the coordinator sees when. Looking at the page says nothing."""
    row = referrals.own_referral(referral_id, request.assignment)
    shown = following.messages_to(row, request.assignment)
    following.mark_read(referral=row, shown=shown, by=request.assignment)
    return redirect("cases:referral", referral_id)


@FILE
@require_safe
def receipt(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """The receipt alone, for printing: reference, to whom, when; nothing about the person."""
    row = referrals.own_referral(referral_id, request.assignment, verb="referral.print")
    answer_by = looks.deadline_on_paper(row.case.answer_by)
    return render(request, "cases/referrals/receipt.html", {"referral": row, "answer_by": answer_by})


@FILE
@require_POST
def supplement(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Add information; when the coordinator had asked, the clock runs again."""
    by = request.assignment
    row = referrals.own_referral(referral_id, by)
    form = SupplementForm(request.POST, asked=row.case.status == Status.WAITING and row.wanted is not None)
    if form.is_valid():
        try:
            referrals.supplement(referral_id=row.pk, text=form.cleaned_data["text"], by=by)
        except ValidationError as problem:
            put(form, problem)
        else:
            messages.success(request, _("Your information has been sent to the coordinator."))
            return redirect("cases:referral", row.pk)
    return _show(request, row, form=form, status=INVALID)


@FILE
@require_POST
def reply(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """A message to the coordinator."""
    by = request.assignment
    row = referrals.own_referral(referral_id, by)
    form = ReplyForm(request.POST, prefix="reply")
    if form.is_valid():
        try:
            letters.reply_as_referrer(referral_id=row.pk, text=form.cleaned_data["text"], by=by)
        except ValidationError as problem:
            put(form, problem)
        else:
            messages.success(request, _("Your message has been sent."))
            return redirect("cases:referral", row.pk)
    return _show(request, row, reply=form, status=INVALID)


@FILE
@require_POST
def grow(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """The person of her consultation agrees now: a referral with what points nobody out filled in."""
    row = referrals.own_referral(referral_id, request.assignment)
    if not row.case.is_consultation:
        raise Http404
    draft = drafts.start_from(referral=row, by=request.assignment)
    messages.success(request, _("Now enter the consent: who gave it, how and when."))
    return redirect("cases:draft", draft.pk)
