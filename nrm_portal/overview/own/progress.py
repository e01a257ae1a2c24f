"""How far the cases have come: the steps of the Manual, what became of the referrals, what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from accounts.enums import AgencyKind
from cases.enums import Outcome, Status
from coordinators.models import Desk
from core import clock
from core.looks import date_text
from core.templatetags.charts import Point
from manual.enums import Phase
from nrm_portal.overview import titles
from nrm_portal.overview.cards import Card
from nrm_portal.overview.own.drawing import Pen, card, counted, leader, used
from nrm_portal.overview.own.facts import HIDDEN, Closing, Late, Reached, Sent
from nrm_portal.overview.own.picking import CLOSED, DESK, FATE, LATE, LATE_NOW, REACHED, SENDER
from nrm_portal.overview.own.waits import Times, times
from nrm_portal.overview.own.wording import days_text, told
from nrm_portal.overview.sheets import Entry, Sheet

STEPS = tuple(phase for phase in Phase if phase is not Phase.CLOSE)


def steps_card(pen: Pen, rows: Sequence[Reached]) -> Card:
    """The funnel: how many came to each step in the period, and how long after the referral."""
    made, points = [], []
    for phase in STEPS:
        here = [row for row in rows if row.phase == phase]
        took = times([row.took for row in here])
        made.append(
            (
                f"{phase.number} {phase.label}",
                (pen.entry(len(here), **{REACHED: phase.value}), _days(took), _far(took)),
            )
        )
        points.append(Point(str(phase.label), len(here), note=_note(took)))
    columns = (_("Step"), _("Cases"), _("Median"), _("Nine of ten within"))
    title = _("Cases that came to each step")
    sheet = Sheet("steg", title, columns, tuple(made), pen.choice.label)
    note = _(
        "Cases in which the first item of a step was done in the period, and the time since the referral. "
        "The median is said from ten cases on, nine of ten from 30."
    )
    longterm = sum(row.phase == Phase.LONGTERM for row in rows)
    return card(sheet, titles.steps(longterm), kind="funnel", points=points, definition=note)


def _days(took: Times) -> Entry:
    return Entry("–") if took.median is None else Entry(days_text(took.median))


def _far(took: Times) -> Entry:
    return Entry("–") if took.far is None else Entry(days_text(took.far, within=True))


def _note(took: Times) -> str:
    return "" if took.median is None else _("median %(time)s") % {"time": days_text(took.median)}


# --- what became of them ---------------------------------------------------------------------------


def fates() -> dict[str, str]:
    """Where a referral stands today: how a case was closed, else its status."""
    live = {status.value: str(status.label) for status in (Status.RECEIVED, Status.WAITING, Status.ACTIVE)}
    over = {outcome.value: str(outcome.label) for outcome in Outcome}
    return live | over | {Status.NOT_TAKEN.value: str(Status.NOT_TAKEN.label)}


def senders() -> dict[str, str]:
    names = {kind.value: str(kind.label) for kind in AgencyKind}
    return names | {HIDDEN: _("Not shown: protected identity")}


def flow_cards(pen: Pen, rows: Sequence[Sent], desks: Sequence[Desk]) -> list[Card]:
    """From the kind of agency that referred to what became of it; with several desks also by desk."""
    columns = used(fates(), (row.fate for row in rows))
    by_sender = counted(rows, lambda row: (row.agency, row.fate))
    title = _("From the agency that referred to what became of it")
    sheet = pen.crossed(
        "floden", title, _("Referred by"), by_sender, (SENDER, senders()), (FATE, columns), tinted=True
    )
    totals = counted(rows, lambda row: row.agency)
    top = leader(totals, {kind.value: str(kind.label) for kind in AgencyKind})
    words = told(_("The period’s referrals, and where their cases stand today."), rows)
    found = [card(sheet, _flow_title(top) or title, definition=words)]
    if len(desks) > 1:
        names = {str(desk.pk): str(desk.name) for desk in desks}
        by_desk = counted(rows, lambda row: (str(row.desk_id), row.fate))
        title = _("What became of the referrals, by desk")
        sheet = pen.crossed("enheter", title, _("Desk"), by_desk, (DESK, names), (FATE, columns), tinted=True)
        found.append(card(sheet, title, definition=words))
    return found


def _flow_title(top: str) -> str:
    return _("Most referrals from: %(agency)s") % {"agency": top} if top else ""


def closed_card(pen: Pen, rows: Iterable[Closing]) -> Card:
    """Cases closed in the period, by how they ended."""
    counts = counted(rows, lambda row: row.outcome)
    names = used({outcome.value: str(outcome.label) for outcome in Outcome}, counts)
    made = [(name, (pen.entry(counts[code], **{CLOSED: code}),)) for code, name in names.items()]
    made.append((_("Total"), (pen.entry(counts.total()),)))
    title = _("Closed cases, by how they ended")
    sheet = Sheet("avslut", title, (_("Outcome"), _("Cases")), tuple(made), pen.choice.label)
    top = leader(counts, names)
    if top:
        title = _("Most usual end: %(outcome)s") % {"outcome": top.lower()}
    return card(sheet, title, is_half=True, definition=_("Cases closed in the period that are still closed."))


# --- late ------------------------------------------------------------------------------------------


def agencies() -> dict[str, str]:
    """Kinds of agencies as those who owe a step: coordination units owe those of the coordinators."""
    names = {kind.value: str(kind.label) for kind in AgencyKind}
    return names | {AgencyKind.COORDINATION.value: _("Regional coordinators")}


def phases() -> dict[str, str]:
    return {phase.value: f"{phase.number} {phase.label}" for phase in Phase}


def late_card(pen: Pen, rows: Sequence[Late]) -> Card:
    """Steps that became late in the period: a heat map that is a table."""
    sheet = _heat(pen, "forsenat", _("Steps that became late, by agency"), rows, LATE)
    top = leader(counted(rows, lambda row: row.agency), agencies())
    title = _("Most late steps: %(agency)s") % {"agency": top} if top else sheet.title
    words = _(
        "Items of checklists that passed their time in the period, in the cases that are yours today. "
        "A number leads to the cases that have them."
    )
    return card(sheet, title if rows else _("No step became late"), definition=words)


def late_now_card(pen: Pen, rows: Sequence[Late]) -> Card:
    sheet = _heat(pen, "forsenat-nu", _("Late steps now, by agency and step"), rows, LATE_NOW)
    words = _("Items of checklists that are past their time and not done, in the cases that are yours today.")
    return card(sheet, _("Late steps now") if rows else _("No step is late"), definition=words)


def _heat(pen: Pen, key: str, title: str, rows: Iterable[Late], word: str) -> Sheet:
    """Steps are counted, and a case can have several: a number leads to the cases that have them."""
    counts: Counter[tuple[str, str]] = counted(rows, lambda row: (row.agency, row.phase))
    names, heads = used(agencies(), (one for one, _phase in counts)), phases()
    made = []
    for code, name in names.items():
        cells = [pen.entry(counts[(code, phase)], **{word: f"{code}.{phase}"}) for phase in heads]
        total = sum(counts[(code, phase)] for phase in heads)
        made.append((name, (*cells, pen.entry(total, **{word: code}))))
    sums = [sum(counts[(code, phase)] for code in names) for phase in heads]
    cells = [pen.entry(number, **{word: f".{phase}"}) for number, phase in zip(sums, heads, strict=True)]
    made.append((_("Total"), (*cells, pen.entry(counts.total(), **{word: "."}))))
    columns = (_("Agency"), *heads.values(), _("All"))
    period = date_text(clock.now()) if word == LATE_NOW else pen.choice.label
    return Sheet(key, title, columns, tuple(made), period, is_tinted=True)
