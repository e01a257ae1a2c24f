"""The referral while it is written: start, hub, pages, check, send, delete. All of it the owner's alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from cases import sections
from cases.forms.drafts import SectionForm
from cases.models import Draft
from cases.sections import Section, Stage
from cases.services import drafts, referrals
from cases.services.drafts import Gone
from cases.views import draft_parts
from core import clock, looks
from core.errors import StaleVersion, TransitionNotAllowed

P = ParamSpec("P")
INVALID, CONFLICT, GONE = 422, 409, 410
FILE = right_required("file_referrals")

DraftView = Callable[Concatenate[AuthenticatedRequest, Draft, P], HttpResponse]


def with_draft(view: DraftView[P]) -> Callable[..., HttpResponse]:
    """Fetch the draft among her own. One that is gone is explained to its owner; a stranger gets 404."""

    @wraps(view)
    def fetched(
        request: AuthenticatedRequest, /, draft_id: uuid.UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        try:
            draft = drafts.own_draft(draft_id, request.assignment)
        except Http404:
            return _gone(request, draft_id)
        return view(request, draft, *args, **kwargs)

    return fetched


def _gone(request: AuthenticatedRequest, draft_id: uuid.UUID) -> HttpResponse:
    fate = drafts.what_became_of(draft_id, request.assignment)
    if fate is None:
        raise Http404
    reason, referral = fate
    if _is_autosave(request):
        return JsonResponse({}, status=GONE)
    if referral is not None:
        return redirect("cases:referral", referral.pk)
    return render(request, "cases/drafts/gone.html", {"expired": reason == Gone.EXPIRED}, status=GONE)


def _is_autosave(request: AuthenticatedRequest) -> bool:
    return request.headers.get("X-NRM-Autosave") == "1"


@FILE
@require_safe
def drafts_list(request: AuthenticatedRequest) -> HttpResponse:
    """Her drafts, with how far they have come and the last day of each."""
    rows = [(draft, *draft_parts.progress(draft)) for draft in drafts.drafts_of(request.assignment)]
    return render(request, "cases/drafts/list.html", {"rows": rows})


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: AuthenticatedRequest) -> HttpResponse:
    """Danger first. The draft is made with the first answer, not by looking."""
    section = sections.BY_KEY["danger"]
    if request.method != "POST":
        return _page(request, None, section, SectionForm(section, {}, fresh=True))
    cleaned = sections.clean(section, request.POST, {})
    if cleaned.errors:
        form = SectionForm(section, {}, raw=request.POST, cleaned=cleaned)
        return _page(request, None, section, form, status=INVALID)
    by = request.assignment
    draft = drafts.start(by=by, practice=request.POST.get("practice") == "1")
    drafts.save_section(draft=draft, section=section, raw=request.POST, version=0, by=by, complete=True)
    return redirect(draft_parts.address(draft, sections.BY_KEY["consent"]))


@FILE
@require_safe
@with_draft
def hub(request: AuthenticatedRequest, draft: Draft) -> HttpResponse:
    """Where a returning user lands: what is done, what is left, when the draft is deleted."""
    core, further = draft_parts.task_rows(draft)
    context = {"draft": draft, "core": core, "further": further, "so_far": draft_parts.so_far(draft)}
    return render(request, "cases/drafts/hub.html", context)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def section(request: AuthenticatedRequest, draft: Draft, slug: str) -> HttpResponse:
    """One page of questions."""
    page = sections.BY_SLUG.get(slug)
    if page is None or page.stage == Stage.CHECK:
        raise Http404
    if not sections.is_settled(draft.answers) and page.key not in ("danger", "consent"):
        messages.info(request, _("Answer the questions on age and consent first."))
        return redirect(draft_parts.address(draft, sections.BY_KEY["consent"]))
    if page not in sections.pages(draft.answers):
        raise Http404
    if request.method == "POST":
        return _save(request, draft, page)
    fresh = page.key not in draft.done and not draft_parts.has_answers(draft, page)
    return _page(request, draft, page, SectionForm(page, draft.answers, fresh=fresh))


def _save(request: AuthenticatedRequest, draft: Draft, page: Section) -> HttpResponse:
    leaving, autosave = "exit" in request.POST, _is_autosave(request)
    try:
        cleaned = drafts.save_section(
            draft=draft, section=page, raw=request.POST, version=_number(request.POST.get("version", "")),
            by=request.assignment, complete=not (leaving or autosave), view=request.POST.get("view", "")[:32],
            autosave=autosave,
        )  # fmt: skip
    except StaleVersion as stale:
        return _conflict(request, stale, page)
    if autosave:
        saved = clock.local(draft.saved_at)
        return JsonResponse({"version": draft.version, "saved": f"{saved:%H.%M}".removeprefix("0")})
    if leaving and not cleaned.faults:
        messages.success(request, _("Saved %(time)s.") % {"time": looks.time_text(draft.saved_at)})
        return redirect("cases:draft", draft.pk)
    if cleaned.errors:
        told = replace(cleaned, errors=cleaned.faults) if leaving else cleaned
        form = SectionForm(page, draft.answers, raw=request.POST, cleaned=told)
        return _page(request, draft, page, form, status=INVALID)
    return redirect(_next(request, draft, page))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _next(request: AuthenticatedRequest, draft: Draft, page: Section) -> str:
    following = None if _back_to_check(request) else sections.after(page, draft.answers)
    if following:
        return draft_parts.address(draft, following)
    to_hub = page.stage == Stage.MORE and not _back_to_check(request)
    return reverse("cases:draft" if to_hub else "cases:draft-check", args=[draft.pk])


def _back_to_check(request: AuthenticatedRequest) -> bool:
    return "kontrollera" in (request.GET.get("till"), request.POST.get("till"))


def _conflict(request: AuthenticatedRequest, stale: StaleVersion, page: Section) -> HttpResponse:
    """Saved elsewhere in the meantime: both versions are shown, what was typed stays in the form."""
    if _is_autosave(request):
        return JsonResponse({}, status=CONFLICT)
    current = stale.current
    assert isinstance(current, Draft), "a stale draft comes with the draft as it is now"
    form = SectionForm(page, current.answers, raw=request.POST)
    return _page(request, current, page, form, status=CONFLICT, saved=draft_parts.stored_rows(current, page))


def _page(
    request: AuthenticatedRequest, draft: Draft | None, page: Section, form: SectionForm, status: int = 200,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    answers = draft.answers if draft else {}
    context = {
        "draft": draft,
        "section": page,
        "form": form,
        "caption": draft_parts.caption(page),
        "consultation": sections.is_consultation(answers),
        "so_far": draft_parts.so_far(draft) if draft else None,
        "view": request.POST.get("view", "")[:32] or get_random_string(16),
        "practice": request.GET.get("ovning") == "1" or request.POST.get("practice") == "1",
        "to_check": _back_to_check(request),
        "saved": None,
    } | more
    return render(request, "cases/drafts/page.html", context, status=status)


@FILE
@require_safe
@with_draft
def so_far(request: AuthenticatedRequest, draft: Draft) -> HttpResponse:
    """The box beside the form, fetched again as the answers change."""
    return render(request, "cases/drafts/so_far.html", {"so_far": draft_parts.so_far(draft)})


@FILE
@require_safe
@with_draft
def check(request: AuthenticatedRequest, draft: Draft) -> HttpResponse:
    """Everything once more, with the way back to each page, before it is sent."""
    confirm = sections.BY_KEY["confirm"]
    return _check(request, draft, SectionForm(confirm, draft.answers))


def _check(request: AuthenticatedRequest, draft: Draft, form: SectionForm, status: int = 200) -> HttpResponse:
    context = {
        "draft": draft,
        "form": form,
        "cards": draft_parts.cards(draft),
        "missing": draft_parts.missing_links(draft),
        "advice": [
            (remark.text, draft_parts.address(draft, remark.section))
            for remark in sections.advice(draft.answers, clock.today())
        ],
        "so_far": draft_parts.so_far(draft),
        "consultation": sections.is_consultation(draft.answers),
    }
    return render(request, "cases/drafts/check.html", context, status=status)


@FILE
@require_POST
@with_draft
def send(request: AuthenticatedRequest, draft: Draft) -> HttpResponse:
    """Send. Pressed twice, it leads to the same receipt."""
    confirm, by = sections.BY_KEY["confirm"], request.assignment
    try:
        cleaned = drafts.save_section(
            draft=draft,
            section=confirm,
            raw=request.POST,
            version=draft.version,
            by=by,
            complete=True,
            view="send",  # of two presses neither makes the other stale
        )
        if not cleaned.errors and not sections.missing(draft.answers):
            referral = referrals.submit(draft_id=draft.pk, by=by)
            return HttpResponseRedirect(reverse("cases:referral", args=[referral.pk]))
    except TransitionNotAllowed:
        return _gone(request, draft.pk)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    form = SectionForm(confirm, draft.answers, raw=request.POST, cleaned=cleaned)
    return _check(request, draft, form, status=INVALID)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def discard(request: AuthenticatedRequest, draft: Draft) -> HttpResponse:
    """Delete the draft, after one question."""
    if request.method == "POST":
        drafts.discard(draft_id=draft.pk, by=request.assignment)
        messages.success(request, _("The draft is deleted."))
        return redirect("cases:drafts")
    return render(request, "cases/drafts/discard.html", {"draft": draft})
