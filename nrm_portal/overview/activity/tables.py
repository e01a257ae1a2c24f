"""What a desk has done, as tables: true numbers for the desk, protected ones for the report."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.publish import Published
from core.tables import Column, Table
from nrm_portal.overview.activity.counting import Counted
from nrm_portal.overview.activity.reports import CASE_MEETINGS, MET, MUNICIPALITIES, Report
from nrm_portal.overview.periods import Period
from nrm_portal.overview.sheets import Entry, Sheet, entry, number

NONE: Final = Entry("–")
HOUR: Final = 60

REFERRALS: Final = gettext_lazy("Referrals received")
CONSULTATIONS: Final = gettext_lazy("of which consultations")
PERSONS_MET: Final = gettext_lazy("Persons met")
HOURS: Final = gettext_lazy("Hours of support")
ABOUT_CASES: Final = gettext_lazy("Meetings about a case")
OTHER_MEETINGS: Final = gettext_lazy("Other meetings and networks")
TRAININGS: Final = gettext_lazy("Trainings given")
TRAINED: Final = gettext_lazy("Took part in trainings")
HELPED: Final = gettext_lazy("Municipalities helped")

REFERRED: Final = gettext_lazy("Persons referred to the region")
REFERRED_WORDS: Final = gettext_lazy(
    "Referrals about a person in the region, as the national statistics publish them: of a year together, of "
    "a quarter county by county, and together when every county is shown. They are those of the region, also "
    "where it has several desks."
)

WORDS: Final[tuple[tuple[Promise, Promise], ...]] = (
    (
        REFERRALS,
        gettext_lazy(
            "From the cases the desk holds: received in the period, practice cases left out. One that was "
            "handed to another desk is counted there."
        ),
    ),
    (
        PERSONS_MET,
        gettext_lazy(
            "From work notes: the persons met at each occasion of support. Somebody who was met three times "
            "counts three times; the portal does not know who it was."
        ),
    ),
    (HOURS, gettext_lazy("From work notes of support. Hours of meetings and trainings are not in it.")),
    (
        ABOUT_CASES,
        gettext_lazy(
            "From the records of meetings in the cases the desk holds. A corrected record counts once. "
            "Do not write a work note about them."
        ),
    ),
    (OTHER_MEETINGS, gettext_lazy("From work notes: meetings and networks that are about no case here.")),
    (TRAININGS, gettext_lazy("From work notes, each training once; beside it those who took part.")),
    (
        HELPED,
        gettext_lazy(
            "Municipalities where a person of a new case was, and those in work notes. One that stands in "
            "both counts once."
        ),
    ),
)


def hours(minutes: int) -> Entry:
    """Quarters of an hour as hours with at most two decimals."""
    exact = (Decimal(minutes) / HOUR).quantize(Decimal("0.01")).normalize()
    exact = exact.quantize(Decimal(1)) if exact == exact.to_integral() else exact
    return Entry(number_format(exact), exact)


def working(counted: Counted, period: Period) -> Sheet:
    """For those who hold the cases: what comes from where, and together."""
    cases, notes, both = len(counted.from_cases), len(counted.from_notes), counted.municipalities
    rows = (
        _from_cases(REFERRALS, counted.referrals),
        _from_cases(CONSULTATIONS, counted.consultations),
        _from_notes(PERSONS_MET, number(counted.met)),
        _from_notes(HOURS, hours(counted.minutes)),
        _from_cases(ABOUT_CASES, counted.case_meetings),
        _from_notes(OTHER_MEETINGS, number(counted.other_meetings)),
        _from_notes(TRAININGS, number(counted.trainings)),
        _from_notes(TRAINED, number(counted.trained)),
        (str(HELPED), (number(cases), number(notes), number(both))),
    )
    columns = (_("What"), _("From the cases"), _("From work notes"), _("Together"))
    return Sheet("verksamhet", _("What the desk has done"), columns, rows, period.label)


def _from_cases(name: Promise, count: int) -> tuple[str, tuple[Entry, ...]]:
    return str(name), (number(count), NONE, number(count))


def _from_notes(name: Promise, shown: Entry) -> tuple[str, tuple[Entry, ...]]:
    return str(name), (NONE, shown, shown)


def reported(report: Report) -> Sheet:
    """What was handed in, as it left."""
    cases, notes = _("Cases in the portal"), _("Work notes")
    tables, facts = report.tables, report.facts
    rows = (
        *_referred(report),
        _row(PERSONS_MET, _protected(tables.get(MET)), notes),
        _row(HOURS, hours(facts.minutes), notes),
        _row(ABOUT_CASES, _protected(tables.get(CASE_MEETINGS)), cases),
        _row(OTHER_MEETINGS, number(facts.other_meetings), notes),
        _row(TRAININGS, number(facts.trainings), notes),
        _row(TRAINED, number(facts.trained), notes),
        _row(HELPED, _protected(tables.get(MUNICIPALITIES)), _("Cases and work notes")),
    )
    complete = all(not cell.is_withheld for _name, (cell, _source) in rows)
    title = _("Activity of %(desk)s") % {"desk": report.desk.name}
    return Sheet(
        "verksamhet", title, (_("What"), _("Number"), _("From")), rows, report.period.label, complete
    )


def printed(sheet: Sheet) -> Table:
    """For the page: where a number comes from is text."""
    table = sheet.table()
    *columns, source = table.columns
    table.columns, table.cards = [*columns, Column(source.label)], True
    return table


def _row(name: Promise | str, shown: Entry, source: str) -> tuple[str, tuple[Entry, ...]]:
    return str(name), (shown, Entry(source))


def _protected(table: Published | None) -> Entry:
    return Entry(_("not shown"), is_withheld=True) if table is None else entry(table)


def _referred(report: Report) -> list[tuple[str, tuple[Entry, ...]]]:
    """Of a quarter each county of the region in a row of its own."""
    source = _("National statistics")
    if report.referred is None:
        return [_row(REFERRED, Entry(_("not published yet")), source)]
    counties = report.referred.counties.items()
    return [
        _row(REFERRED, report.referred.together, source),
        *(_row(_("of them in %(county)s") % {"county": name}, cell, source) for name, cell in counties),
    ]


def definitions() -> list[tuple[str, str]]:
    """What each row of the desk's page counts."""
    return [(str(name), str(text)) for name, text in WORDS]


def reported_words() -> list[tuple[str, str]]:
    """What each row of the report counts."""
    return [(str(REFERRED), str(REFERRED_WORDS)), *definitions()[1:]]
