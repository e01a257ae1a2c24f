"""The inbox of the desks: shared views, filters, the list, and the preview beside it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import Assignment, AuthenticatedRequest, not_activity
from cases.access import barred_from, get_case_or_404
from cases.enums import Status
from cases.forms.inbox import ViewForm
from cases.forms.triage import FilterForm
from cases.models import Case, SavedView
from cases.services import lists, views
from cases.views import glance, queue, rows
from coordinators import routing
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
    desks = lists.inbox_desks(by)
    if not desks:
        audit.refuse("inbox.read", by=by)
        raise PermissionDenied
    return desks


def base_for(by: Assignment, desks: Desks) -> queue.Grants:
    """Every open case at her desks."""
    return lists.at(by, desks)


def chosen_by(query: Any, form: FilterForm | None = None) -> lists.Chosen:
    """The view and the filters that an address asks for; filters that cannot be read ask for nothing."""
    form = form or filter_form(query, routing.reference())
    return lists.Chosen(lists.view_of(query), form.cleaned_data if form.is_valid() else {})


@require_safe
def inbox(request: AuthenticatedRequest) -> HttpResponse:
    """One page of one view. The same number of queries whatever it holds."""
    by = request.assignment
    desks = own_desks(by)
    places = routing.reference()
    form = filter_form(request.GET, places)
    chosen, own = chosen_by(request.GET, form), views.own(by)
    base, shown = base_for(by, desks), chosen.where(by, clock.now())
    numbers = _numbers(base, by, own, shown)
    page = queue.page(base.filter(shown), request.GET, _size(request))
    _record_reading(by, chosen, page)
    current, query = _chosen(request, page), _view_query(request, chosen.view)
    context = {
        "rows": rows.rows(page.grants, chosen=current, query=query),
        "page": page,
        "head": _head(desks, places, numbers),
        "views": [*_chips(chosen, numbers, own), *_own_chips(chosen, own, numbers)],
        "filters": {"form": form, "chips": filter_chips(request, form), "view": chosen.view.key},
        "shown": queue.shown_text(len(page.grants), numbers[-1]),
        "side": _side(page, chosen.view, query, current),
        "own": _own(chosen, own, query),
        "sizes": _sizes(request, numbers[-1]),
    }
    return render(request, "cases/inbox/list.html", context)


def _record_reading(by: Assignment, chosen: lists.Chosen, page: queue.Page) -> None:
    ids = [grant.case_id for grant in page.grants]
    audit.record("inbox.read", by=by, target_ids=ids, view=chosen.view.key.replace("-", "_"))


def _numbers(base: queue.Grants, by: Assignment, own: list[SavedView], shown: Any) -> list[int]:
    """How many cases stand in each shared view, in each of her own, and in what is shown. One pass."""
    now = clock.now()
    shared = [view.where(by, now) for view in queue.VIEWS.values()]
    return queue.counted(base, [*shared, *(lists.read(view.query).where(by, now) for view in own), shown])


def _size(request: AuthenticatedRequest) -> int:
    return queue.LARGE_PAGE if request.GET.get("antal") == str(queue.LARGE_PAGE) else queue.PAGE_SIZE


def _sizes(request: AuthenticatedRequest, number: int) -> dict[str, str] | None:
    """The way to the other size of page, where it makes a difference."""
    if number <= queue.PAGE_SIZE:
        return None
    size = queue.PAGE_SIZE if _size(request) == queue.LARGE_PAGE else queue.LARGE_PAGE
    words = {"antal": str(size) if size == queue.LARGE_PAGE else ""}
    return {
        "label": _("Show %(n)s on each page") % {"n": size},
        "url": "?" + queue.with_parts(request.GET, **words),
    }


def _view_query(request: AuthenticatedRequest, view: queue.View) -> str:
    """The view, its filters and its page, for links that lead back to them."""
    query = request.GET.copy()
    query["vy"] = view.key
    query.pop("vald", None)
    return query.urlencode()


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


def _chips(chosen: lists.Chosen, numbers: list[int], own: list[SavedView]) -> list[Chip]:
    """The shared views. None is current while what is shown is a view of her own."""
    mine = chosen.words() in {view.query for view in own}
    return [
        Chip(str(view.label), f"?vy={view.key}", queue.count_text(number), view is chosen.view and not mine)
        for view, number in zip(queue.VIEWS.values(), numbers, strict=False)
    ]


def _own_chips(chosen: lists.Chosen, own: list[SavedView], numbers: list[int]) -> list[Chip]:
    words, shared = chosen.words(), len(queue.VIEWS)
    return [
        Chip(view.name, f"?{view.query}", queue.count_text(number), words == view.query)
        for view, number in zip(own, numbers[shared:-1], strict=True)
    ]


def _own(chosen: lists.Chosen, own: list[SavedView], query: str) -> dict[str, Any]:
    """Saving what is shown as a view of her own, where it is none yet."""
    known = any(view.query == chosen.words() for view in own)
    return {
        "form": None if known or len(own) >= views.MOST else ViewForm(),
        "number": len(own),
        "save": f"{reverse('cases:view-save')}?{query}",
        "query": query,
    }


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


def filter_form(query: Any, places: routing.Reference) -> FilterForm:
    counties = sorted(places.counties.values(), key=lambda county: swedish_key(county.name))
    return FilterForm(query, counties=[(county.pk, county.name) for county in counties])


def asked_by(query: Any) -> lists.Chosen:
    """As `chosen_by`, without reading the map where no day has to be made out."""
    if query.get("since") or query.get("until"):
        return chosen_by(query)
    return lists.read(query.urlencode())


def as_query(words: str) -> QueryDict:
    return QueryDict(words)


def filter_words(form: FilterForm) -> dict[str, str]:
    """The active filters by name, each in words. The values of a dict stand in the order of the form."""
    if not form.is_valid():
        return {}
    found = {}
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if not value:
            continue
        labels = dict(getattr(field, "choices", ()))
        values = value if isinstance(value, list) else [value]
        words = ", ".join(str(labels.get(part, part)) for part in values)
        alone = value is True or name == "incident"
        found[name] = str(field.label) if alone else f"{field.label}: {words}"
    return found


def filter_chips(request: AuthenticatedRequest, form: FilterForm) -> list[queue.Chip]:
    """The active filters, each with the address of the list without it."""
    return [
        queue.Chip(text, "?" + queue.with_parts(request.GET, **{name: ""}))
        for name, text in filter_words(form).items()
    ]


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
    arrived = base_for(by, own_desks(by)).filter(received_at__gt=since, status=Status.RECEIVED)
    number = arrived[: queue.MOST].count()
    if not number:
        return HttpResponse("")
    words = ngettext("%(n)s new, show", "%(n)s new, show", number) % {"n": number}
    return HttpResponse(
        format_html('<a class="btn btn-secondary btn-small" href="?vy=att-besvara">{}</a>', words)
    )


def next_after(by: Assignment, query: Any, cursor: queue.Cursor) -> uuid.UUID | None:
    """The case that follows a place in the view of an address, else the first of the view."""
    rows_ = base_for(by, own_desks(by)).filter(asked_by(query).where(by, clock.now()))
    shown = rows_.exclude(case_id=cursor.case_id)
    following = queue.first(shown.filter(cursor.following())) or queue.first(shown)
    return following.case_id if following else None


def desk_choices(but: Desk) -> list[tuple[str, str]]:
    """Desks open today, less one, as choices."""
    today = clock.today()
    desks = [desk for desk in routing.reference().desks if desk.pk != but.pk and _is_open(desk, today)]
    return sorted(((str(desk.pk), str(desk.name)) for desk in desks), key=lambda pair: swedish_key(pair[1]))


def _is_open(desk: Desk, day: date) -> bool:
    return desk.valid_from <= day and (desk.valid_until is None or day <= desk.valid_until)


def people_choices(desk: Desk, case: Case | None = None) -> list[tuple[str, str]]:
    """Who answers at the desk today and may handle the case, deputies named as such."""
    barred = barred_from(case) if case else frozenset()
    found = routing.people_on([desk], clock.today())[desk.pk]
    people = [person for person in found if person.user_id not in barred]
    return [
        (
            str(p.user_id),
            _("%(name)s (deputy for %(absent)s)") % {"name": p.name, "absent": p.deputy_for}
            if p.deputy_for
            else p.name,
        )
        for p in people
    ]
