"""The calls of a day."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import audit, clock, looks
from core.tables import Column, Table
from hotline.enums import Caller, Danger
from hotline.forms import DayForm
from hotline.models import Call
from hotline.services import reading
from hotline.services.reading import MOST, Wanted
from hotline.views import parts


@right_required("log_calls")
@require_safe
def log(request: AuthenticatedRequest) -> HttpResponse:
    """The calls of her desk on a day, today unless another is chosen."""
    by, today = request.assignment, clock.today()
    form = DayForm(request.GET or None)
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = Wanted(
        data.get("dag") or today, bool(data.get("mina")), data.get("vem") or "", data.get("om") or ""
    )
    found = reading.of_day(wanted, by)
    follow = reading.to_follow_up(wanted.day, by)
    left = reading.forgotten(by)
    audit.record("call.list", by=by, target_ids={row.pk for row in [*found, *follow, *left]})
    context = {
        "form": form if form.is_bound else DayForm(initial={"dag": today.isoformat()}),
        "day": wanted.day,
        "is_today": wanted.day == today,
        "table": _table(found[:MOST], wanted.day) if found else None,
        "more": len(found) > MOST,
        "filtered": wanted.mine or wanted.caller or wanted.about,
        "follow": _table(follow, wanted.day, caption=_("To follow up")) if follow else None,
        "left": _table(left, wanted.day, caption=_("Left open")) if left else None,
        "open": parts.tabs(by, None, None),
        "before": _day_url(wanted.day - timedelta(days=1)),
        "after": _day_url(wanted.day + timedelta(days=1)) if wanted.day < today else "",
    }
    return render(request, "hotline/log.html", context)


def _day_url(day: date) -> str:
    return f"{reverse('hotline:log')}?{urlencode({'dag': day.isoformat()})}"


def _table(rows: list[Call], day: date, caption: str = "") -> Table:
    columns = [
        Column(_("Began")), Column(_("Who called")), Column(_("About")), Column(_("Place")),
        Column(_("Length")), Column(_("Answered by")), Column(_("Status")),
    ]  # fmt: skip
    return Table(
        caption or _("Calls %(day)s") % {"day": looks.date_text(day)},
        columns,
        [_cells(row, day) for row in rows],
        cards=True,
        hide_caption=True,
    )


def _cells(row: Call, day: date) -> list[str | SafeString]:
    begun = clock.local(row.started_at)
    words = parts.title(row.started_at)
    if begun.date() != day:
        words = f"{looks.date_text(begun)}, {words}"
    address = reverse("hotline:call", args=[row.pk])
    link = format_html('<a href="{}">{} <span class="ref">{}</span></a>', address, words, row.number)
    who = row.get_profession_display() if row.caller == Caller.PROFESSIONAL and row.profession else ""
    place = row.municipality or row.county
    length = looks.duration_text(row.ended_at - row.started_at) if row.ended_at else _("still open")
    return [
        link,
        who or str(row.get_caller_display()),
        str(row.get_about_display()),
        place.name if place else "",
        length,
        row.operator.name,
        _status(row),
    ]


def _status(row: Call) -> SafeString:
    if row.danger == Danger.YES:
        return looks.tag(_("Danger"), "red", "danger")
    if row.is_open:
        return looks.tag(pgettext("call", "Open"), "amber")
    return looks.tag(pgettext("call", "Ended"), "grey")
