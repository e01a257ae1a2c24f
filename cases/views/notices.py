"""Aviseringar: what has happened, by reference only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest
from cases.access import held_by
from cases.enums import Level, NoticeGroup, NoticeKind, ParticipationStatus, ViewPage
from cases.enums.groups import KINDS
from cases.models import Notice, Participation, SavedView
from cases.services import notices
from cases.services.handovers import ANSWER_STEP
from core import clock, looks

Desks = dict[uuid.UUID, frozenset[str]]
PAGE_SIZE: Final = 50
KEPT: Final = timedelta(days=90)
GROUPS: Final = {
    "hanvisningar": NoticeGroup.REFERRALS,
    "arenden": NoticeGroup.CASES,
    "aktorer": NoticeGroup.AGENCIES,
    "meddelanden": NoticeGroup.MESSAGES,
    "frister": NoticeGroup.STEPS,
    "vyer": NoticeGroup.VIEWS,
}
"""Word of the address → group of events, as they are chosen on the settings page."""


_PAGES: Final = {
    NoticeKind.HANDOVER_ASKED: "cases:handover",
    NoticeKind.HANDOVER_BACK: "cases:handover",
    NoticeKind.MESSAGE: "cases:messages",
    NoticeKind.CONTACT_PERSON: "cases:actors",
    NoticeKind.PROVISIONAL: "cases:steps",
    NoticeKind.DISPOSAL_FIRST: "cases:keeping",
    NoticeKind.DISPOSAL_LAST: "cases:keeping",
    NoticeKind.BREACH: "cases:breaches",
    NoticeKind.BREACH_DUE: "cases:breaches",
    NoticeKind.NAMED: "cases:persons",
}
"""Where a notice leads when it is not the case itself."""
_REQUESTS: Final = (NoticeKind.REQUEST_DUE, NoticeKind.PACK_READY, NoticeKind.PACK_BACK)
"""These lead to the list of requests: they name no case."""
_CALLBACKS: Final = (NoticeKind.CALLBACK_WAITS, NoticeKind.CALLBACK_DUE, NoticeKind.CALLBACK_LATE)
"""These lead to the queue of the helpline, which shows what its reader may see."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words. `url` is empty when its case is not hers to see (any more)."""

    text: str
    url: str
    at: datetime
    unread: bool
    day: str = ""


def told(found: Iterable[Notice], by: Assignment, desks: Desks | None = None) -> list[Told]:
    """Notices as lines. One query more, for what she may open; two, unless her desks are given."""
    listed = list(found)
    cases = {notice.case_id for notice in listed if notice.case_id}
    grants = held_by(by, desks).filter(level__gte=Level.HEADER, case__in=cases)
    seen = set(grants.values_list("case_id", flat=True))
    lines, previous = [], ""
    for notice in listed:
        day = looks.weekday_text(notice.made_at, clock.today())
        lines.append(
            Told(
                _text(notice),
                _url(notice, seen, by),
                notice.made_at,
                notice.read_at is None,
                "" if day == previous else day,
            )
        )
        previous = day
    return lines


def _text(notice: Notice) -> str:
    subject = notice.referral or notice.case
    text = str(NoticeKind(notice.kind).label).format(reference=subject.reference if subject else "")
    if notice.view:
        text = f"{text}: {notice.view.name}"
    if notice.step:
        text = f"{text}: {notice.step.template.title}"
    return _("%(text)s, by %(name)s") % {"text": text, "name": notice.by.name} if notice.by else text


def _url(notice: Notice, seen: set[uuid.UUID], by: Assignment) -> str:
    openable = notice.referral_id or notice.view_id or notice.case_id in seen
    openable = openable or notice.kind in (
        NoticeKind.DRAFT_EXPIRES,
        NoticeKind.UNHANDLED,
        *_REQUESTS,
        *_CALLBACKS,
    )
    openable = openable or notice.kind in _own_pages(by)
    return reverse("cases:notice", args=[notice.pk]) if openable else ""


def _own_pages(by: Assignment) -> dict[str, str]:
    """Notices that lead to a list of hers, whether or not she sees the case."""
    if by.has("manage_portal") or by.has("see_overview"):
        return dict.fromkeys((NoticeKind.TALLIES, NoticeKind.UNPUBLISHED), "cases:jobs")
    if by.has("protect_data"):
        return {
            NoticeKind.EMERGENCY: "cases:emergencies",
            NoticeKind.CASE_REQUESTED: "cases:requests",
            NoticeKind.BREACH: "cases:officer-breaches",
            NoticeKind.BREACH_DUE: "cases:officer-breaches",
        }
    return {NoticeKind.EMERGENCY_REVIEWED: "cases:emergency"} if by.has("break_glass") else {}


@require_safe
def notice_list(request: AuthenticatedRequest) -> HttpResponse:
    """Her own, newest first, by day."""
    by = request.assignment
    group = GROUPS.get(request.GET.get("typ", ""))
    found = notices.own(by.user_id).filter(made_at__gte=clock.now() - KEPT).order_by("-made_at", "pk")
    if group:
        found = found.filter(kind__in=KINDS[group])
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("sida"))
    current = request.GET.get("typ", "") if group else ""
    context = {
        "lines": told(page.object_list, by),
        "page": page,
        "unread": notices.unread(by.user_id),
        "views": [
            {"label": label, "url": f"?typ={key}" if key else "?", "count": "", "current": key == current}
            for key, label in (("", _("All")), *((key, group.label) for key, group in GROUPS.items()))
        ],
        "previous": f"?typ={current}&sida={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?typ={current}&sida={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "cases/notices/list.html", context)


@require_safe
def notice_open(request: AuthenticatedRequest, notice_id: uuid.UUID) -> HttpResponse:
    """To what a notice speaks of; it counts as read from now on."""
    notice = notices.read(notice_id=notice_id, by=request.assignment)
    if notice.referral_id:
        return redirect("cases:referral", notice.referral_id)
    if notice.view:
        return redirect(_shown_by(notice.view))
    if notice.kind == NoticeKind.INCIDENT and notice.case and notice.case.incident_id:
        return redirect(f"{reverse('cases:inbox')}?vy=alla&incident={notice.case.incident_id}")
    if invited := _invitation(notice, request.assignment):
        return redirect("cases:answer", invited)
    if page := _own_pages(request.assignment).get(notice.kind):
        return redirect(page)
    if notice.kind == NoticeKind.UNHANDLED:
        return redirect("cases:recusals")
    if notice.kind in _REQUESTS:
        return redirect("cases:requests")
    if notice.kind in _CALLBACKS:
        return redirect("hotline:callbacks")
    if notice.step and notice.step.key == ANSWER_STEP:
        return redirect("cases:handover", notice.step.case_id)
    if notice.step_id and notice.case_id:
        return redirect("cases:step", notice.case_id, notice.step_id)
    if notice.case_id:
        return redirect(_page_of(notice), notice.case_id)
    return redirect("cases:work")


def _shown_by(view: SavedView) -> str:
    if view.page == ViewPage.STATISTICS:
        return reverse("overview:view", args=[view.pk])
    return f"{reverse('cases:inbox')}?{view.query}"


def _page_of(notice: Notice) -> str:
    return _PAGES.get(NoticeKind(notice.kind), "cases:case")


def _invitation(notice: Notice, by: Assignment) -> uuid.UUID | None:
    """What an invited agency is told leads to the page of the answer: it sees nothing else yet."""
    if notice.case_id is None or not by.has("work_cases"):
        return None
    asked = Participation.objects.filter(
        case_id=notice.case_id, agency_id=by.agency_id, status=ParticipationStatus.INVITED
    )
    return asked.values_list("pk", flat=True).first()


@require_POST
def notice_read_all(request: AuthenticatedRequest) -> HttpResponse:
    number = notices.read_all(by=request.assignment)
    words = ngettext("%(n)s notice marked as read.", "%(n)s notices marked as read.", number) % {"n": number}
    messages.success(request, words)
    return redirect("cases:notices")
