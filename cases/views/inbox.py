"""The inbox of the desks: shared views, filters, the list, and the preview beside it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import Assignment, AuthenticatedRequest, not_activity
from cases.access import at_desks, get_case_or_404
from cases.enums import Status
from cases.forms.triage import FilterForm
from cases.views import glance, queue, rows
from coordinators import routing
from coordinators.access import desks_of
from coordinators.models import Desk
from core import audit, clock, looks
from core.swedish import swedish_key

Desks = dict[uuid.UUID, frozenset[str]]


@dataclass
class Chip:
    label: str
    url: str
    count: str
    current: bool


def own_desks(by: Assignment) -> Desks:
    """The desks whose inbox is open to her today. Raises PermissionDenied, recorded, when there is none."""
    desks = {desk: rights for desk, rights in desks_of(by).items() if rights & {"view_inbox", "place"}}
    if not desks:
        audit.refuse("inbox.read", by=by)
        raise PermissionDenied
    return desks


def base_for(by: Assignment, desks: Desks) -> queue.Grants:
    """Every open case at her desks."""
    return at_desks(by, desks).filter(is_open=True)


@require_safe
def inbox(request: AuthenticatedRequest) -> HttpResponse:
    """One page of one view. The same number of queries whatever it holds."""
    by = request.assignment
    desks = own_desks(by)
    view = queue.VIEWS.get(request.GET.get("vy", ""), queue.VIEWS["att-besvara"])
    places = routing.reference()
    form = filter_form(request, places)
    base = base_for(by, desks)
    shown, now = _where(view, form, by), clock.now()
    numbers = queue.counted(base, [*(v.where(by, now) for v in queue.VIEWS.values()), shown])
    page = queue.page(base.filter(shown), request.GET)
    audit.record(
        "inbox.read", by=by, target_ids=[g.case_id for g in page.grants], view=view.key.replace("-", "_")
    )
    chosen, query = _chosen(request, page), _view_query(request, view)
    context = {
        "rows": rows.rows(page.grants, chosen=chosen, query=query),
        "page": page,
        "head": _head(desks, places, numbers),
        "views": _chips(request, view, numbers),
        "filters": {"form": form, "chips": filter_chips(request, form), "view": view.key},
        "shown": queue.shown_text(len(page.grants), numbers[-1]),
        "side": _side(page, view, query, chosen),
    }
    return render(request, "cases/inbox/list.html", context)


def _view_query(request: AuthenticatedRequest, view: queue.View) -> str:
    """The view, its filters and its page, for links that lead back to them."""
    query = request.GET.copy()
    query["vy"] = view.key
    query.pop("vald", None)
    return query.urlencode()


def _where(view: queue.View, form: FilterForm, by: Assignment) -> Any:
    where = view.where(by, clock.now())
    return where & queue.Filters(form.cleaned_data, by).condition() if form.is_valid() else where


def _chosen(request: AuthenticatedRequest, page: queue.Page) -> uuid.UUID | None:
    """The row to begin at: the one the address names, when it stands on the page."""
    wanted = request.GET.get("vald", "")
    return next((grant.case_id for grant in page.grants if str(grant.case_id) == wanted), None)


def _head(desks: Desks, places: routing.Reference, numbers: list[int]) -> dict[str, str]:
    names = [str(desk.name) for desk in places.desks if desk.pk in desks]
    keys = list(queue.VIEWS)
    waiting, late = numbers[keys.index("att-besvara")], numbers[keys.index("forsenade")]
    words = ngettext("%(n)s waits for an answer", "%(n)s wait for an answer", waiting) % {
        "n": queue.count_text(waiting)
    }
    more = ngettext("%(n)s overdue", "%(n)s overdue", late) % {"n": queue.count_text(late)}
    return {
        "title": _("Inbox, %(desks)s") % {"desks": ", ".join(names)},
        "lead": _("%(waiting)s, %(late)s. Updated %(time)s")
        % {"waiting": words, "late": more, "time": looks.time_text(clock.now())},
    }


def _chips(request: AuthenticatedRequest, current: queue.View, numbers: list[int]) -> list[Chip]:
    return [
        Chip(str(view.label), f"?vy={view.key}", queue.count_text(number), view is current)
        for view, number in zip(queue.VIEWS.values(), numbers, strict=False)
    ]


def _side(page: queue.Page, view: queue.View, query: str, chosen: uuid.UUID | None) -> dict[str, Any]:
    """Around the list. The preview begins with the first row, unless a row takes the focus."""
    first = page.grants[0].case_id if page.grants and chosen is None else None
    where = f"?{query}" if query else ""
    return {
        "empty": view.empty,
        "first": reverse("cases:preview", args=[first]) + where if first else "",
        "news": reverse("cases:inbox-news") + f"?sedan={clock.now().isoformat().replace('+00:00', 'Z')}",
        "checked": looks.time_text(clock.now()),
    }


# --- filters -------------------------------------------------------------------------------------


def filter_form(request: AuthenticatedRequest, places: routing.Reference) -> FilterForm:
    counties = sorted(places.counties.values(), key=lambda county: swedish_key(county.name))
    return FilterForm(request.GET, counties=[(county.pk, county.name) for county in counties])


def filter_chips(request: AuthenticatedRequest, form: FilterForm) -> list[queue.Chip]:
    """The active filters, each with the address of the list without it."""
    if not form.is_valid():
        return []
    chips = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if not value:
            continue
        labels = dict(getattr(field, "choices", ()))
        values = value if isinstance(value, list) else [value]
        words = ", ".join(str(labels.get(part, part)) for part in values)
        text = str(field.label) if value is True else f"{field.label}: {words}"
        chips.append(queue.Chip(text, "?" + queue.with_parts(request.GET, **{name: ""})))
    return chips


# --- preview -------------------------------------------------------------------------------------


@require_safe
def preview(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The case beside the list; without script a page of its own."""
    sight = get_case_or_404(request, case_id)
    if not sight.is_desk:
        raise Http404
    template = "cases/inbox/_preview.html" if request.htmx else "cases/inbox/preview.html"
    context = {
        "glance": glance.of(sight),
        "back": reverse("cases:inbox") + f"?{request.GET.urlencode()}",
        "query": request.GET.urlencode(),
    }
    return render(request, template, context)


@require_safe
@not_activity
def news(request: AuthenticatedRequest) -> HttpResponse:
    """How many have arrived since the page was shown: asked each minute, moves nothing."""
    by = request.assignment
    since = clock.read(request.GET.get("sedan", ""))
    if since is None:
        raise Http404
    arrived = base_for(by, own_desks(by)).filter(received_at__gt=since, case__status=Status.RECEIVED)
    number = arrived[: queue.MOST].count()
    if not number:
        return HttpResponse("")
    words = ngettext("%(n)s new, show", "%(n)s new, show", number) % {"n": number}
    return HttpResponse(
        format_html('<a class="btn btn-secondary btn-small" href="?vy=att-besvara">{}</a>', words)
    )


def next_after(by: Assignment, query: Any, cursor: queue.Cursor) -> uuid.UUID | None:
    """The case that follows a place in the view of an address, else the first of the view."""
    view = queue.VIEWS.get(query.get("vy", ""), queue.VIEWS["att-besvara"])
    shown = base_for(by, own_desks(by)).filter(view.where(by, clock.now())).exclude(case_id=cursor.case_id)
    following = queue.first(shown.filter(cursor.following())) or queue.first(shown)
    return following.case_id if following else None


def desk_choices(but: Desk) -> list[tuple[str, str]]:
    """Desks open today, less one, as choices."""
    today = clock.today()
    desks = [desk for desk in routing.reference().desks if desk.pk != but.pk and _is_open(desk, today)]
    return sorted(((str(desk.pk), str(desk.name)) for desk in desks), key=lambda pair: swedish_key(pair[1]))


def _is_open(desk: Desk, day: date) -> bool:
    return desk.valid_from <= day and (desk.valid_until is None or day <= desk.valid_until)


def people_choices(desk: Desk) -> list[tuple[str, str]]:
    """Who answers at the desk today, deputies named as such."""
    people = routing.people_on([desk], clock.today())[desk.pk]
    return [
        (
            str(p.user_id),
            _("%(name)s (deputy for %(absent)s)") % {"name": p.name, "absent": p.deputy_for}
            if p.deputy_for
            else p.name,
        )
        for p in people
    ]
