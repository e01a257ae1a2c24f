"""The region page: the nine figures of the national picture, with the true numbers of one's own desks.

Nothing is hidden here, since they can open the cases; and nothing of any other desk is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.services.lists import inbox_desks
from coordinators.models import Desk
from core import clock
from core.swedish import swedish_key
from nrm_portal.overview import places
from nrm_portal.overview.cards import Card, Number, Part
from nrm_portal.overview.own import answers, months, people, progress, quality
from nrm_portal.overview.own.choosing import Choice
from nrm_portal.overview.own.drawing import Own, Pen, compared, counted
from nrm_portal.overview.own.facts import Sent, once
from nrm_portal.overview.own.picking import ALL, CASE, CONSULTATION, KIND, LATE_NOW, Picks
from nrm_portal.overview.own.wording import told


def desks_seen(by: Assignment) -> list[Desk]:
    """Desks whose inbox she sees, by name. Two queries at the most."""
    ids: list[UUID] = list(inbox_desks(by))
    if not ids:
        return []
    found = Desk.objects.filter(pk__in=ids).select_related("region")
    return sorted(found, key=lambda desk: swedish_key(str(desk.name)))


def of_desks(by: Assignment, choice: Choice) -> Own:
    """What the chosen desks hold. Eleven queries, however many cases."""
    picks, pen = Picks(by, choice), Pen(choice)
    at = places.on(min(choice.period.end - timedelta(days=1), clock.today()))
    is_empty = not (picks.window or picks.late_now or picks.closed)
    return Own(
        heading=", ".join(str(desk.name) for desk in choice.desks),
        numbers=_numbers(picks, pen),
        parts=[] if is_empty else [_period(picks, pen, at), _now(picks, pen)],
        is_empty=is_empty,
    )


def _numbers(picks: Picks, pen: Pen) -> list[Number]:
    """Referrals, and cases and consultations each once, of the period, compared; and what is late now.
    Each leads to its cases."""
    late = pen.entry(len(picks.late_now), **{LATE_NOW: "."}).html
    return [
        _number(picks, pen, _("Referrals, %(period)s") % {"period": picks.choice.said}, "referral"),
        _number(picks, pen, _("Persons (cases)"), "case", CASE),
        _number(picks, pen, _("Consultations"), "consultation", CONSULTATION),
        Number(_("Late steps now"), late, word="late"),
    ]


def _number(picks: Picks, pen: Pen, label: str, word: str, kind: str = "") -> Number:
    number: Callable[[Sequence[Sent]], int] = _cases if kind else len
    rows, window = (
        [row for row in found if not kind or row.consultation == (kind == CONSULTATION)]
        for found in (picks.sent, picks.window)
    )
    value = pen.entry(number(rows), **({KIND: kind} if kind else {ALL: "1"})).html
    return Number(label, value, compared(picks.choice, window, number), word)


def _cases(rows: Sequence[Sent]) -> int:
    """Each case once."""
    return len(once(rows))


def _period(picks: Picks, pen: Pen, at: places.Places) -> Part:
    """The cards of the chosen period, in the order of the national picture."""
    choice = picks.choice
    counts = counted(picks.window, lambda row: row.month)
    found: list[Card] = months.months_cards(pen, counts, _what_is_sent(picks.sent), leads=True)
    if picks.persons:
        found += [people.counties_card(pen, picks.persons, at), people.forms_card(pen, picks.persons)]
    if picks.reached:
        found.append(progress.steps_card(pen, picks.reached))
    if picks.sent:
        found += progress.flow_cards(pen, picks.sent, choice.desks)
    found.append(progress.late_card(pen, picks.late))
    if picks.answered:
        found += answers.answer_cards(pen, picks.answered, choice.desks)
    if picks.closed:
        found.append(progress.closed_card(pen, picks.closed))
    if picks.sent:
        found += [quality.again_card(pen, picks), quality.quality_card(pen, picks)]
    lead = "" if picks.sent else _("Nothing was sent in this period.")
    return Part(choice.label, lead, found)


def _what_is_sent(rows: Sequence[Sent]) -> str:
    words = _(
        "Referrals and consultations in the cases that are yours today, in the month when they were sent."
    )
    return told(words, rows)


def _now(picks: Picks, pen: Pen) -> Part:
    heading = _("Now")
    cards = [progress.late_now_card(pen, picks.late_now)] if picks.late_now else []
    return Part(heading, "", cards, _("No step is late."))
