"""An agency's own page: what it has sent and what became of it, and its own steps.

In the words a referrer may see: of a colleague's referral the agency sees number, status and date, so nothing
here divides referrals by what they say about a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from cases.access import held_by
from cases.enums import Level, Status, StepStatus
from cases.models import CaseGrant, Referral, Step
from core import clock
from core.looks import date_text
from core.templatetags.charts import Point
from manual.enums import Phase, StepRole
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Bars, Card, Number, Part
from nrm_portal.overview.own import facts
from nrm_portal.overview.own.choosing import Choice, instants
from nrm_portal.overview.own.drawing import Own, Pen, card, compared, counted, share
from nrm_portal.overview.own.facts import Late, within
from nrm_portal.overview.own.months import months_cards
from nrm_portal.overview.own.picking import LATE_NOW, late_steps
from nrm_portal.overview.own.waits import EDGES, LATER, Times, class_of, times
from nrm_portal.overview.own.wording import days_text, time_text, wait_names
from nrm_portal.overview.sheets import Entry, Sheet

SENT_STATUS: Final = {
    Status.RECEIVED: gettext_lazy("Sent"),
    Status.WAITING: gettext_lazy("Waiting for information"),
    Status.ACTIVE: gettext_lazy("Accepted"),
    Status.NOT_TAKEN: gettext_lazy("Not taken forward"),
    Status.CLOSED: gettext_lazy("Closed"),
}
"""The words a referrer sees. What has been disposed of was closed."""


@dataclass(frozen=True, slots=True)
class Mine:
    """A referral of the agency: when it was sent, answered, and how it stands."""

    sent_at: datetime
    answered_at: datetime | None
    status: str

    @property
    def month(self) -> date:
        return clock.local(self.sent_at).date().replace(day=1)

    @property
    def waited(self) -> timedelta | None:
        """None without an answer; no time when its case was merged with one that had been answered."""
        return None if self.answered_at is None else max(self.answered_at - self.sent_at, timedelta())


@dataclass(frozen=True, slots=True)
class Done:
    """A step the agency has carried out."""

    phase: str
    took: timedelta
    in_time: bool


def sent(by: Assignment, choice: Choice) -> list[Mine]:
    """Referrals of the agency in the window. One query, from the agency's index."""
    start, end = facts.window(choice)
    rows = Referral.objects.filter(agency_id=by.agency_id, sent_at__gte=start, sent_at__lt=end)
    status = Coalesce("case__merged_into__status", "case__status")
    answered = Coalesce("case__answered_at", "case__merged_into__answered_at")
    found = rows.filter(case__practice=False).annotate(answered=answered, now=status)
    return [Mine(*row) for row in found.values_list("sent_at", "answered", "now")]


def held(by: Assignment) -> QuerySet[CaseGrant]:
    """Cases the agency takes part in now, of which it sees the steps."""
    return held_by(by, {}).filter(agency_id=by.agency_id, level__gte=Level.STEPS, case__practice=False)


def party_steps(by: Assignment) -> QuerySet[Step]:
    """The agency's duties in those cases."""
    steps = Step.objects.filter(case__in=held(by).values("case_id"), agency_id=by.agency_id)
    return steps.exclude(template__agency_role=StepRole.REFERRER)


def duties(by: Assignment) -> QuerySet[Step]:
    """Its duties as the one that referred: known to whoever sent the referral, whatever became of it."""
    steps = Step.objects.filter(agency_id=by.agency_id, template__agency_role=StepRole.REFERRER)
    return steps.filter(case__practice=False)


def done(by: Assignment, choice: Choice) -> list[Done]:
    """Steps carried out in the period. Two queries."""
    start, end = instants(choice.period)
    over = {"status": StepStatus.DONE, "ended_at__gte": start, "ended_at__lt": end}
    found = [
        row
        for steps in (party_steps(by), duties(by))
        for row in steps.filter(**over).values_list("phase", "starts_at", "ended_at", "due_at")
    ]
    return [
        Done(phase, max(ended - begun, timedelta()), ended <= due)
        for phase, begun, ended, due in found
        if begun and ended and due
    ]


def cases_of_late_steps(by: Assignment, choice: Choice, code: str) -> list[UUID]:
    """The case of each late step, for the list behind the number."""
    return late_steps([row for row in facts.late_of(party_steps(by), choice) if row.is_now], code)


def of_agency(by: Assignment, choice: Choice) -> Own:
    """Five queries."""
    window, over = sent(by, choice), done(by, choice)
    rows = [row for row in window if within(choice.period, row.sent_at)]
    party, duty = facts.late_of(party_steps(by), choice), facts.late_of(duties(by), choice)
    steps = [*party, *duty]
    late_now = [row for row in steps if row.is_now]
    was_late = [row for row in steps if within(choice.period, row.due_at)]
    is_empty = not (window or steps or over)
    numbers = [
        Number(
            _("Referrals, %(period)s") % {"period": choice.said},
            sheets.number(len(rows)).text,
            compared(choice, window),
        ),
        Number(_("Steps carried out"), sheets.number(len(over)).text),
        Number(_("Late steps now"), sheets.number(len(late_now)).text),
    ]
    by_month = counted(window, lambda row: row.month)
    cards: list[Card] = months_cards(Pen(choice), by_month, _what_is_sent(), leads=False)
    if rows:
        cards += [_status(rows, choice), _answers(rows, choice)]
    if over or was_late:
        cards.append(_steps(over, was_late, choice))
    period = Part(choice.label, "" if rows else _("Nothing was sent in this period."), cards)
    return Own(by.agency.name, numbers, [] if is_empty else [period, _now(choice, party, duty)], is_empty)


def _what_is_sent() -> str:
    return _("Referrals that your agency has sent, in the month when they were sent.")


def _status(rows: Iterable[Mine], choice: Choice) -> Card:
    counts = counted(rows, lambda row: row.status if row.status in SENT_STATUS else Status.CLOSED)
    made = [(str(word), (sheets.number(counts[status]),)) for status, word in SENT_STATUS.items()]
    made.append((_("Total"), (sheets.number(counts.total()),)))
    title = _("Where the referrals stand today")
    sheet = Sheet("lage", title, (_("Status"), _("Referrals")), tuple(made), choice.label)
    points = [Point(str(word), counts[status]) for status, word in SENT_STATUS.items()]
    return card(
        sheet,
        title,
        kind="bars",
        bars=[Bars("", title, points, 0, 0)],
        is_half=True,
        definition=_("The referrals of the period, in the words that the referrer reads."),
    )


def _answers(rows: Sequence[Mine], choice: Choice) -> Card:
    """Time to the first answer to the period's referrals; of what has been disposed of no time is kept."""
    rows = [row for row in rows if row.status != Status.DISPOSED]
    waits = [row.waited for row in rows if row.waited is not None]
    counts = Counter(class_of(wait) for wait in waits)
    codes = [*(code for code, _edge in EDGES), LATER]
    made = [(wait_names()[code], (sheets.number(counts[code]),)) for code in codes]
    made.append((_("Not answered yet"), (sheets.number(len(rows) - len(waits)),)))
    made.append((_("Total"), (sheets.number(len(rows)),)))
    sheet = Sheet("svar", _("Time to first answer"), (_("Time"), _("Referrals")), tuple(made), choice.label)
    took = times(waits)
    title = sheet.title
    if took.median is not None and len(waits) == len(rows):
        title = _("Half were answered within %(time)s") % {"time": time_text(took.median, within=True)}
    points = [Point(name, entries[0].number) for name, entries in made[:-1]]  # type: ignore[arg-type]
    bars = [Bars("", sheet.title, points, 0, 0)]
    words = _("The referrals of the period: elapsed time until the coordinator answered.")
    return card(sheet, title, kind="bars", bars=bars, is_half=True, definition=words)


def _steps(over: Sequence[Done], was_late: Sequence[Late], choice: Choice) -> Card:
    """The agency's own times: per step of the Manual how many, how many in time, and how long they took."""
    made = []
    for phase in Phase:
        here = [row for row in over if row.phase == phase]
        missed = sum(row.phase == phase for row in was_late)
        if here or missed:
            made.append((f"{phase.number} {phase.label}", _line(here, missed)))
    made.append((_("Total"), _line(over, len(was_late))))
    columns = (_("Step"), _("Steps carried out"), _("In time"), _("Median"), _("Became late"))
    title = _("Your agency’s own steps")
    note = _("Time from when a step began to when it was reported as done. The median is said from ten on.")
    return card(Sheet("egna-steg", title, columns, tuple(made), choice.label), title, definition=note)


def _line(over: Sequence[Done], missed: int) -> tuple[Entry, ...]:
    took: Times = times([row.took for row in over])
    return (
        sheets.number(len(over)),
        share(sum(row.in_time for row in over), len(over)),
        Entry("–" if took.median is None else days_text(took.median)),
        sheets.number(missed),
    )


def _now(choice: Choice, party: Sequence[Late], duty: Sequence[Late]) -> Part:
    """What is late now. What it owes in cases it takes part in leads to those cases."""
    pen = Pen(choice)
    takes, owes = ([row.phase for row in rows if row.is_now] for rows in (party, duty))
    made = []
    for phase in Phase:
        number, more = takes.count(phase), owes.count(phase)
        cells = (
            pen.entry(number, **{LATE_NOW: f".{phase.value}"}),
            sheets.number(more),
            sheets.number(number + more),
        )
        if number or more:
            made.append((f"{phase.number} {phase.label}", cells))
    totals = (
        pen.entry(len(takes), **{LATE_NOW: "."}),
        sheets.number(len(owes)),
        sheets.number(len(takes) + len(owes)),
    )
    made.append((_("Total"), totals))
    title = _("Your agency’s late steps now")
    columns = (_("Step"), _("In cases you take part in"), _("As the one that referred"), _("All"))
    sheet = Sheet("forsenat-nu", title, columns, tuple(made), date_text(clock.now()))
    return Part(_("Now"), "", [card(sheet, title)] if takes or owes else [], _("No step is late."))
