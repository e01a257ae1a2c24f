"""Opening hours, days that differ and the roster: read by operators, kept by the national desk."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_to_send
from coordinators.access import may_manage, require_manager
from coordinators.forms import PortalForm
from core import audit, clock, looks, workdays
from hotline import library
from hotline.forms.desk import DayForm, ShiftForm, WeekForm
from hotline.models import OpeningHours, Shift, SpecialDay
from hotline.services import hours, roster

INVALID: Final = 422
WEEKS: Final = 3
"""How far ahead the roster is shown."""
HOLIDAYS: Final = 365
"""Days of public holidays that are listed."""
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _must_look(request: AuthenticatedRequest) -> None:
    if not (request.assignment.has("log_calls") or may_manage(request.assignment)):
        audit.refuse("page.open", by=request.assignment, page="helpline_hours")
        raise PermissionDenied


@require_safe
def week(request: AuthenticatedRequest) -> HttpResponse:
    """The ordinary week, what is planned, the public holidays of the coming year and days that differ."""
    _must_look(request)
    today = clock.today()
    calendar = library.Calendar.since(today)
    context = {
        "week": library.week(calendar, today),
        "confirmed": library.helpline().confirmed,
        "planned": _planned(calendar.hours, today),
        "special": [_special(row) for row in SpecialDay.objects.filter(day__gte=today).order_by("day")],
        "holidays": _holidays(calendar, today),
        "may_manage": may_manage(request.assignment),
    }
    return render(request, "hotline/hours.html", context)


def _planned(rows: tuple[OpeningHours, ...], today: date) -> list[dict[str, str]]:
    """Changes of the week that have not begun, or that end the hours of a weekday."""
    coming = [row for row in rows if row.valid_from > today]
    begins = {(row.weekday, row.valid_from) for row in coming}
    lines = [(row.valid_from, row.weekday, library.hours_text(row.opens, row.closes)) for row in coming]
    for row in rows:
        if row.valid_until and (row.weekday, ends := row.valid_until + timedelta(days=1)) not in begins:
            lines.append((ends, row.weekday, ""))
    return [
        {"day": looks.date_text(first), "weekday": library.day_name(weekday), "hours": text}
        for first, weekday, text in sorted(lines)
    ]


def _special(row: SpecialDay) -> dict[str, Any]:
    text = library.hours_text(row.opens, row.closes) if row.opens and row.closes else ""
    return {"id": row.pk, "day": looks.weekday_text(row.day, clock.today()), "hours": text}


def _holidays(calendar: library.Calendar, today: date) -> list[dict[str, str]]:
    """Public holidays on which the helpline would have been staffed."""
    days = [today + timedelta(days=number) for number in range(HOLIDAYS)]
    return [
        {"day": looks.weekday_text(day, today), "name": workdays.holiday_name(day)}
        for day in days
        if workdays.holiday_name(day) and calendar.rows_on(day) and not calendar.on(day)
    ]


@get_or_post
@fresh_to_send
def change(request: AuthenticatedRequest) -> HttpResponse:
    require_manager(request.assignment, "hours.page")
    form = WeekForm(_posted(request), initial={"first": clock.today()})
    act = partial(hours.change_week, by=request.assignment)
    return _form_page(request, form, act, _("Change the opening hours"), "hotline:hours")


@get_or_post
@fresh_to_send
def day(request: AuthenticatedRequest) -> HttpResponse:
    require_manager(request.assignment, "hours.page")
    act = partial(hours.set_day, by=request.assignment)
    return _form_page(request, DayForm(_posted(request)), act, _("A day that differs"), "hotline:hours")


@require_POST
def remove_day(request: AuthenticatedRequest, day_id: int) -> HttpResponse:
    hours.remove_day(day_id=day_id, by=request.assignment)
    messages.success(request, _("The day is like any other again"))
    return redirect("hotline:hours")


@require_safe
def shifts(request: AuthenticatedRequest) -> HttpResponse:
    """Who answers on each day of staffing of the coming weeks; days with nobody are named."""
    _must_look(request)
    today = clock.today()
    calendar = library.Calendar.since(today)
    last = clock.now() + timedelta(weeks=WEEKS)
    rows = Shift.objects.filter(ends_at__gt=clock.now(), starts_at__lt=last)
    found = list(rows.select_related("user").order_by("starts_at", "user__name"))
    days = [
        {"day": looks.weekday_text(each, today), "shifts": [_shift(row) for row in found if _on(row, each)]}
        for number in range(WEEKS * 7)
        if calendar.on(each := today + timedelta(days=number)) or any(_on(row, each) for row in found)
    ]
    context = {
        "days": days,
        "empty": [row["day"] for row in days if not row["shifts"]] if found else [],
        "unused": not found,
        "may_manage": may_manage(request.assignment),
    }
    return render(request, "hotline/roster.html", context)


def _on(row: Shift, each: date) -> bool:
    return clock.local(row.starts_at).date() == each


def _shift(row: Shift) -> dict[str, Any]:
    begins, ends = clock.local(row.starts_at), clock.local(row.ends_at)
    return {
        "id": row.pk,
        "name": row.user.name,
        "hours": library.hours_text(begins.time(), ends.time()),
        "begun": row.starts_at <= clock.now(),
    }


@get_or_post
@fresh_to_send
def put(request: AuthenticatedRequest) -> HttpResponse:
    require_manager(request.assignment, "roster.page")
    form = ShiftForm(_posted(request), initial={"first": clock.today()})
    act = partial(roster.put, by=request.assignment)
    return _form_page(request, form, act, _("Add to the roster"), "hotline:roster")


@require_POST
def remove_shift(request: AuthenticatedRequest, shift_id: uuid.UUID) -> HttpResponse:
    try:
        roster.remove(shift_id=shift_id, by=request.assignment)
        messages.success(request, _("The shift is taken off the roster"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("hotline:roster")


def _form_page(
    request: AuthenticatedRequest, form: PortalForm, act: Callable[..., object], title: str, back: str
) -> HttpResponse:
    if request.method == "POST" and form.saves(act):
        messages.success(request, _("Saved"))
        return redirect(back)
    context = {"form": form, "title": title, "leave": reverse(back)}
    return render(request, "hotline/desk_form.html", context, status=INVALID if form.errors else 200)


def _posted(request: AuthenticatedRequest) -> Any:
    return request.POST if request.method == "POST" else None
