"""Lines of the log as tables; on a phone each line is a card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from cases.models import Case
from core import clock, looks
from core.tables import Column, Table, reference
from nrm_portal.review.models import Alert, SampleReport
from nrm_portal.review.trail import Line


def moment(line: Line) -> str:
    return f"{looks.date_text(line.at)} {looks.time_text(line.at)}"


def what(line: Line) -> Any:
    """The act, marked when it was refused, with how much was seen."""
    words = f"{line.what} ({line.detail})" if line.detail else line.what
    if not line.refused:
        return words
    return format_html("{} {}", looks.tag(pgettext("log", "Refused"), "red", "danger"), words)


def who(line: Line, *, linked: bool = True) -> Any:
    """Name and house; the name leads to what else that person has done."""
    name: Any = line.who
    if linked and line.user_id:
        name = format_html('<a href="{}">{}</a>', reverse("review:person", args=[line.user_id]), name)
    return format_html("{}, {}", name, line.house) if line.house else name


def about(line: Line) -> Any:
    """The cases of a line, by number."""
    named = [reference(text) for text in line.references]
    if not named:
        return "–"
    words = ""
    if line.more > 0:
        words = format_html(" {}", ngettext("and %(n)s more", "and %(n)s more", line.more) % {"n": line.more})
    return format_html("{}{}", format_html_join(" ", "{}", ((one,) for one in named)), words)


def of_case(lines: Sequence[Line]) -> Table:
    columns = [Column(_("When")), Column(_("Who")), Column(_("What")), Column(_("Why"))]
    rows = [[moment(line), who(line), what(line), line.reason or "–"] for line in lines]
    return Table(_("Who has seen or changed the case, newest first"), columns, rows, cards=True)


def of_person(lines: Sequence[Line]) -> Table:
    columns = [Column(_("When")), Column(_("What")), Column(_("Case")), Column(_("As")), Column(_("Why"))]
    rows = [
        [moment(line), what(line), about(line), who(line, linked=False), line.reason or "–"] for line in lines
    ]
    return Table(_("What the person has done, newest first"), columns, rows, cards=True)


def across(caption: str, lines: Sequence[Line]) -> Table:
    columns = [Column(_("When")), Column(_("Who")), Column(_("What")), Column(_("Case")), Column(_("Why"))]
    rows = [[moment(line), who(line), what(line), about(line), line.reason or "–"] for line in lines]
    return Table(caption, columns, rows, cards=True)


def of_users(users: Iterable[User]) -> Table:
    columns = [Column(_("Name")), Column(_("E-mail")), Column(_("Account"))]
    rows = [
        [
            format_html(
                '<a href="{}">{}</a>', reverse("review:person", args=[user.pk]), user.name or user.email
            ),
            user.email,
            _("Open") if user.is_active else _("Closed"),
        ]
        for user in users
    ]
    return Table(_("People found"), columns, rows, cards=True)


def of_alerts(alerts: Iterable[Alert]) -> Table:
    columns = [Column(_("Found")), Column(_("What stands out")), Column(_("Who")), Column(_("Status"))]
    rows = [
        [
            f"{looks.date_text(row.found_at)} {looks.time_text(row.found_at)}",
            format_html(
                '<a href="{}">{}</a>', reverse("review:alert", args=[row.pk]), row.get_kind_display()
            ),
            row.user.name if row.user else "–",
            alert_tag(row),
        ]
        for row in alerts
    ]
    return Table(_("Alerts, those not judged first"), columns, rows, cards=True)


def alert_tag(row: Alert) -> Any:
    if not row.verdict:
        return looks.tag(_("To be judged"), "amber", "alert")
    return looks.tag(row.get_verdict_display(), "grey")


def of_cases(alert: Alert) -> Table | None:
    """The cases of an alert, each leading to who has seen it; None when there are none any more."""
    rows = Case.objects.filter(pk__in=alert.case_ids).order_by("reference").values_list("pk", "reference")
    linked = [
        [format_html('<a href="{}">{}</a>', reverse("review:case", args=[pk]), reference(text))]
        for pk, text in rows
    ]
    return Table(_("Cases"), [Column(_("Reference"))], linked) if linked else None


def of_reports(reports: Iterable[SampleReport]) -> Table:
    columns = [Column(_("Month")), Column(_("Made")), Column(_("Status"))]
    rows = [
        [
            format_html('<a href="{}">{}</a>', reverse("review:report", args=[row.pk]), f"{row.month:%Y-%m}"),
            looks.date_text(row.made_at),
            looks.tag(_("Signed"), "green", "check")
            if row.signed_at
            else looks.tag(_("To be gone through"), "amber", "alert"),
        ]
        for row in reports
    ]
    return Table(_("Reports, newest first"), columns, rows, cards=True)


def is_late(report: SampleReport) -> bool:
    """A month after it was made nobody has signed it."""
    return report.signed_at is None and (clock.now() - report.made_at).days > 30
