"""Periods in words: what holds, what was extended or ended, the countdown; and who sees a return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.access import Sight
from cases.enums import Level, PeriodKind
from cases.models import Period
from cases.services import periods as service
from core import clock, looks
from manual.enums import Condition


@dataclass(frozen=True)
class Span:
    """One period as the page shows it."""

    row: Period
    kind: str
    words: str
    source: str
    is_current: bool
    note: str


def end_words(kind: PeriodKind, day: str) -> str:
    """Which end comes when."""
    texts = {
        PeriodKind.REFLECTION: _("The reflection period ends %(day)s"),
        PeriodKind.PERMIT: _("The residence permit ends %(day)s"),
        PeriodKind.SUPPORT_PROGRAMME: _("The support programme ends %(day)s"),
    }
    return texts[kind] % {"day": day}


def countdown(kind: PeriodKind, ends_on: date, today: date) -> str:
    """Betänketiden slutar 11 december, 19 dagar kvar."""
    left = (ends_on - today).days
    if left < 0:
        over = ngettext("%(n)s day ago", "%(n)s days ago", -left) % {"n": -left}
        return f"{end_words(kind, looks.date_text(ends_on))}, {over}"
    if left == 0:
        return end_words(kind, _("today"))
    words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return f"{end_words(kind, looks.weekday_text(ends_on, today))}, {words}"


def countdowns(sight: Sight) -> list[str]:
    """For the head of the case: the ends that come, for those who may know. No query when there is none."""
    case = sight.case
    if sight.level < Level.FULL or not case.is_open:
        return []
    told = {kind for kind, rule in service.KINDS.items() if tells(sight, kind)}
    if not any(service.KINDS[kind].condition in case.conditions for kind in told):
        return []
    today = clock.today()
    return [
        countdown(PeriodKind(row.kind), row.ends_on, today)
        for row in service.current(case)
        if row.kind in told
    ]


def tells(sight: Sight, kind: PeriodKind) -> bool:
    rule = service.KINDS[kind]
    return sight.tells(rule.ends, rule.condition)


def shown(sight: Sight) -> list[Span]:
    """Every period this viewer may know of, the latest first: what holds, what was extended, what ended."""
    rows = sight.case.periods.select_related("recorded_by", "ended_by", "data_key", "extended_by")
    today = clock.today()
    return [
        span(row, today)
        for row in rows.order_by("-starts_on", "-recorded_at")
        if tells(sight, PeriodKind(row.kind))
    ]


def span(row: Period, today: date) -> Span:
    extended = getattr(row, "extended_by", None)
    note = ""
    if row.ended_on is not None:
        words = _("Ended %(day)s: %(reason)s")
        note = words % {"day": looks.date_text(row.ended_on), "reason": row.get_end_reason_display()}
    elif extended is not None:
        note = _("Extended to %(day)s") % {"day": looks.date_text(extended.ends_on)}
    return Span(
        row=row,
        kind=str(row.get_kind_display()),
        words=countdown(PeriodKind(row.kind), row.ends_on, today) if not note else "",
        source=str(row.source),
        is_current=not note,
        note=f"{note}. {row.end_words}" if row.end_words else note,
    )


def may_see_return(sight: Sight) -> bool:
    """Whoever has the whole case and was given proceedings and stay: a wish to return tells of both."""
    return sight.level >= Level.FULL and sight.tells(Condition.WANTS_RETURN)


def has_return(sight: Sight) -> bool:
    """There is a wish, or the person has returned; the portal's facts say so without a query."""
    wishes = {Condition.WANTS_RETURN, Condition.RETURN_ACCEPTED, Condition.RETURNED_HOME}
    return may_see_return(sight) and not wishes.isdisjoint(sight.case.conditions)
