"""Extracts: every piece gone through, words masked, a second person, the paper, given out."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest, fresh_sign_in_required, right_required
from cases.enums.subject import PackState
from cases.forms import subject as forms
from cases.models import DataPack
from cases.services.subject import giving
from cases.services.subject import review as service
from cases.services.subject.requests import RIGHT
from cases.services.subject.review import Review
from cases.services.subject.sources import Part
from cases.views.requests import COLOURS, time_left
from core import audit, looks
from core.fields import put

MASK_IN: Final = "del"
"""The part of the extract from which somebody came to mask."""


def _pack_or_404(pack_id: uuid.UUID) -> DataPack:
    return get_object_or_404(DataPack.objects.select_related("agency", "request"), pk=pack_id)


@require_safe
@right_required(RIGHT)
def pack_page(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    """How much of it has been gone through, and what is next. Nothing of what stands in it."""
    _pack_or_404(pack_id)
    by = request.assignment
    pack = service.pack_for(pack_id, by, "subject.open")
    found = service.review(pack)
    audit.record("subject.open", pack, by=by, request=pack.request_id)
    return render(request, "cases/subject/pack.html", _pack_context(found, by))


def _pack_context(found: Review, by: Assignment) -> dict[str, Any]:
    pack = found.pack
    own = by.user_id in service.worked_on(pack)
    read = service.read_by(pack, by) if pack.state == PackState.PREPARED and not own else None
    return {
        "pack": pack,
        "state": looks.tag(pack.get_state_display(), COLOURS[PackState(pack.state)]),
        "clock": time_left(pack.request),
        "parts": [_part_line(found, part, read) for part in Part if found.of(part)],
        "left": len(found.undecided()),
        "may": {
            "prepare": pack.state == PackState.PREPARING and not found.undecided(),
            "approve": pack.state == PackState.PREPARED and not own,
            "own": pack.state == PackState.PREPARED and own,
            "back": pack.state in (PackState.PREPARED, PackState.APPROVED),
            "print": pack.state in (PackState.APPROVED, PackState.GIVEN),
            "give": pack.state == PackState.APPROVED,
        },
        "form": forms.PaperLanguageForm(initial={"language": settings.LANGUAGE_CODE}),
    }


def _part_line(found: Review, part: Part, read: frozenset[str] | None) -> dict[str, Any]:
    """One part as components/task_list.html prints it; for the second person whether she has read it."""
    number, left = len(found.of(part)), len(found.undecided(part))
    if read is None:
        words = ngettext("%(n)s left", "%(n)s left", left) % {"n": left} if left else _("gone through")
    else:
        left = part.value not in read
        words = _("not read by you yet") if left else _("read by you")
    return {
        "label": part.label,
        "url": reverse("cases:pack-part", args=[found.pack.pk, part.value]),
        "status": looks.tag(words, "amber" if left else "green"),
        "hint": ngettext("%(n)s piece", "%(n)s pieces", number) % {"n": number},
    }


# --- a part, piece by piece ------------------------------------------------------------------------


def _part_or_404(slug: str) -> Part:
    try:
        return Part(slug)
    except ValueError:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(RIGHT)
@fresh_sign_in_required
def part_page(request: AuthenticatedRequest, pack_id: uuid.UUID, slug: str) -> HttpResponse:
    """Every piece of a part as it will be given out, and what becomes of it."""
    _pack_or_404(pack_id)
    part = _part_or_404(slug)
    found = service.open_part(pack_id=pack_id, part=part, by=request.assignment)
    page = Paginator(found.of(part), service.SHOWN).get_page(request.GET.get("sida"))
    data = request.POST if request.method == "POST" else None
    form = forms.PiecesForm(data, review=found, pieces=page.object_list)
    if request.method == "POST" and form.is_valid():
        service.decide(
            pack_id=pack_id,
            choices=form.choices(),
            version=form.cleaned_data["version"],
            by=request.assignment,
        )
        messages.success(request, _("Your choices are saved."))
        return redirect(_next(pack_id, part, page, request.assignment))
    context = {
        "pack": found.pack,
        "part": part,
        "form": form,
        "rows": [_row(found, form, one) for one in form.asked],
        "pager": _pager(page),
        "mask_form": forms.MaskForm() if found.pack.state == PackState.PREPARING else None,
    }
    return render(request, "cases/subject/part.html", context, status=422 if form.errors else 200)


def _pager(page: Any) -> dict[str, str]:
    """Empty when all pieces stand on one page."""
    if not page.has_other_pages():
        return {}
    total = page.paginator.num_pages
    return {
        "shown": _("Page %(n)s of %(total)s") % {"n": page.number, "total": total},
        "previous": f"?sida={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?sida={page.next_page_number()}" if page.has_next() else "",
    }


def _row(found: Review, form: forms.PiecesForm, one: forms.Asked) -> dict[str, Any]:
    decision = found.decision(one.piece)
    lines = [(line.label, found.masks.spans(line.value)) for line in one.piece.lines]
    return {
        "number": one.number,
        "title": one.piece.title,
        "lines": lines,
        "changed": decision is None and one.piece.key in found.decisions,
        "decision": decision,
        "why": giving.reason(decision.protects, decision.secrecy) if decision and decision.protects else "",
        "key": form[f"k{one.number}"],
        "verdict": form[one.verdict],
        "protects": form[one.protects],
        "secrecy": form[one.secrecy],
    }


def _next(pack_id: uuid.UUID, part: Part, page: Any, by: Assignment) -> str:
    """The next page of the part, else the next part with something left, else the extract."""
    here = reverse("cases:pack-part", args=[pack_id, part.value])
    if page.has_next():
        return f"{here}?sida={page.next_page_number()}"
    found = service.review(service.pack_for(pack_id, by, "subject.open"))
    if found.undecided(part):
        return here
    left = next((one for one in Part if found.undecided(one)), None)
    args = [pack_id, left.value] if left else [pack_id]
    return reverse("cases:pack-part" if left else "cases:pack", args=args)


# --- masks -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(RIGHT)
@fresh_sign_in_required
def masks(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    """The words that are left out in all extracts of the request, and more of them."""
    _pack_or_404(pack_id)
    found = service.open_part(pack_id=pack_id, part=None, by=request.assignment)
    form = forms.MaskForm(request.POST if request.method == "POST" else None)
    back = request.POST.get(MASK_IN, request.GET.get(MASK_IN, ""))
    if request.method == "POST" and form.is_valid():
        try:
            service.mask(pack_id=pack_id, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The words are left out wherever they stand."))
            if back in Part.values:
                return redirect("cases:pack-part", pack_id, back)
            return redirect("cases:pack-masks", pack_id)
    preparing = found.pack.state == PackState.PREPARING
    rows = [(row, giving.reason(row.protects, row.secrecy)) for row in found.masks.rows]
    context = {"pack": found.pack, "form": form if preparing else None, "rows": rows, "back": back}
    return render(request, "cases/subject/masks.html", context, status=422 if form.errors else 200)


@require_POST
@right_required(RIGHT)
def unmask(request: AuthenticatedRequest, pack_id: uuid.UUID, mask_id: uuid.UUID) -> HttpResponse:
    _pack_or_404(pack_id)
    service.unmask(pack_id=pack_id, mask_id=mask_id, by=request.assignment)
    messages.success(request, _("The words stand again. Go through the pieces they stand in once more."))
    return redirect("cases:pack-masks", pack_id)


# --- two persons, paper, given out -------------------------------------------------------------------


def _version(request: AuthenticatedRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


@require_POST
@right_required(RIGHT)
@fresh_sign_in_required
def prepare(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    _pack_or_404(pack_id)
    try:
        service.prepare(pack_id=pack_id, version=_version(request), by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("A second person has been told."))
    return redirect("cases:pack", pack_id)


@require_POST
@right_required(RIGHT)
@fresh_sign_in_required
def approve(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    _pack_or_404(pack_id)
    try:
        service.approve(pack_id=pack_id, version=_version(request), by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("The extract is approved. It can be printed and given out."))
    return redirect("cases:pack", pack_id)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(RIGHT)
def send_back(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    pack = _pack_or_404(pack_id)
    service.pack_for(pack_id, request.assignment, "subject.send_back")
    data = request.POST if request.method == "POST" else None
    form = forms.BackForm(data, initial={"version": pack.version})
    if request.method == "POST" and form.is_valid():
        try:
            service.send_back(pack_id=pack_id, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The extract has been sent back."))
            return redirect("cases:pack", pack_id)
    return _form(request, pack, form, _("Send the extract back"), _("Send back"))


@require_POST
@right_required(RIGHT)
@fresh_sign_in_required
def on_paper(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    _pack_or_404(pack_id)
    form = forms.PaperLanguageForm(request.POST)
    if not form.is_valid():
        return redirect("cases:pack", pack_id)
    job = giving.on_paper(pack_id=pack_id, language=form.cleaned_data["language"], by=request.assignment)
    return redirect("cases:pdf", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(RIGHT)
def hand_out(request: AuthenticatedRequest, pack_id: uuid.UUID) -> HttpResponse:
    pack = _pack_or_404(pack_id)
    service.pack_for(pack_id, request.assignment, "subject.give")
    data = request.POST if request.method == "POST" else None
    form = forms.GiveForm(data, initial={"version": pack.version})
    if request.method == "POST" and form.is_valid():
        try:
            giving.hand_out(pack_id=pack_id, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("It is noted that the person has the extract."))
            return redirect("cases:request", pack.request_id)
    return _form(request, pack, form, _("The person has the extract"), _("Save"))


def _form(request: AuthenticatedRequest, pack: DataPack, form: Form, title: str, button: str) -> HttpResponse:
    context = {"pack": pack, "form": form, "title": title, "button": button}
    return render(request, "cases/subject/form.html", context, status=422 if form.errors else 200)
