"""The page of a period: which cards stand under which heading, and which sheets go into files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from core.looks import moment_text
from nrm_portal.overview.cards import Card, Link, Part
from nrm_portal.overview.catalogue import CASES, HOTLINE, of_kind
from nrm_portal.overview.earlier import trend
from nrm_portal.overview.national import drawn, helpline, making, tables, times
from nrm_portal.overview.national.drawing import card_of, paired
from nrm_portal.overview.national.numbers import key_sheet
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Period
from nrm_portal.overview.sheets import Sheet

Sheets = Mapping[str, Sheet]
Wanted = tuple[tuple[str, Callable[[Picture, Sheet], Card]], ...]

BEFORE_CALLS: Final[Wanted] = (
    (tables.COUNTIES, drawn.county_map),
    (tables.FORMS, drawn.forms),
    (times.STEP_KEY, times.step_card),
    (tables.FLOW_IN, drawn.flow_in),
    (tables.FLOW_OUT, drawn.flow_out),
    (tables.LATE, drawn.late),
    (times.ANSWERS, times.answer_card),
)
_SUPPORT: Final[tuple[str, Callable[[Picture, Sheet], Card]]] = (
    tables.ASSISTANCE,
    lambda _shown, sheet: drawn.assistance(sheet),
)
_PERSONS: Final[Wanted] = (
    (tables.PERSONS, drawn.persons),
    (tables.AGAIN, drawn.again),
)
_QUALITY: Final[tuple[str, Callable[[Picture, Sheet], Card]]] = (
    tables.QUALITY,
    lambda _shown, sheet: drawn.quality(sheet),
)


OF_MANY: Final = ("unknown_", "assistance_")
"""Tables that are a row of a card each."""


def sheets_of(shown: Picture) -> list[Sheet]:
    """Every table of the page, in its order; then those of the helpline's own page."""
    found = [key_sheet(shown)]
    if len(shown.chosen.period.months) > 1:
        found.append(tables.months(shown))
    found += making.of_period(shown).values()
    return [*found, *helpline.sheets_of(shown), *_years(shown)]


def _years(shown: Picture) -> list[Sheet]:
    """Year by year, where the page has it."""
    if shown.divided is None or shown.divided.kind != YEAR:
        return []
    return [trend.sheet(years, unit) for unit, years in trend.trends().items() if len(years) > 1]


def parts(shown: Picture, *, has_desk: bool = False) -> list[Part]:
    """Of a running year its months, then the newest whole year; of a published period everything of it.
    `has_desk`: does the reader's desk hold cases, in which she can fill in what is not known?"""
    found = making.of_period(shown)
    is_running = shown.chosen.is_running
    made = _running(shown, found) if is_running else _published(shown, found, shown.chosen.period)
    return [_with_way(part, shown.divided) for part in made] if has_desk and shown.divided else made


def _with_way(part: Part, period: Period) -> Part:
    """What is not known leads to the true numbers of the reader's desk for the same period."""
    url = f"{reverse('overview:own')}?period={period.code}#card-{tables.QUALITY}"
    way = [Link(_("What is lacking in the cases your desk holds"), url)]
    cards = [replace(card, links=way) if card.key == tables.QUALITY else card for card in part.cards]
    return replace(part, cards=cards)


def _running(shown: Picture, found: Sheets) -> list[Part]:
    so_far = Part(shown.chosen.label, "", paired([drawn.months(shown), *helpline.month_cards(shown)]))
    year = shown.divided
    if year is None:
        empty = _("No whole year has been counted yet.")
        return [so_far, Part(_("Whole years"), _only_over(), [], empty, _ways(shown))]
    heading = _("The whole of %(year)s") % {"year": year.label}
    lead = " ".join(filter(None, (_calculated(shown), _only_over(), _left_out(shown, year))))
    cards = _divided(shown, found, [], (_QUALITY, *_PERSONS, _SUPPORT))
    divided = Part(heading, lead, cards, _too_few(year), _ways(shown))
    return [so_far, divided, *_more(found), *_year_by_year()]


def _published(shown: Picture, found: Sheets, period: Period) -> list[Part]:
    if period.kind == MONTH:
        return [Part(period.label, _months_alone(), [], "", _ways(shown))]
    calls = helpline.month_cards(shown)
    cards = _divided(shown, found, calls, (_QUALITY, _SUPPORT, *_PERSONS))
    cards = [replace(drawn.months(shown), is_half=False), *cards]
    if period.kind == QUARTER:
        return [Part(period.label, _quarters_alone(), cards, "", _ways(shown))]
    return [Part(period.label, _left_out(shown, period), cards), *_more(found), *_year_by_year()]


def _divided(shown: Picture, found: Sheets, calls: Sequence[Card], after: Wanted) -> list[Card]:
    """What divides the cases, with the helpline before `after`: cards of about the same height stand beside
    each other."""
    topics = helpline.topic_card(shown)
    return paired(
        [
            *_cards(shown, found, BEFORE_CALLS),
            *calls,
            *([topics] if topics else []),
            *_cards(shown, found, after),
        ]
    )


def _cards(shown: Picture, found: Sheets, wanted: Wanted) -> list[Card]:
    return [make(shown, found[key]) for key, make in wanted if key in found]


def _more(found: Sheets) -> list[Part]:
    """The tables that have no drawing, folded."""
    cards = [
        card_of(found[key], found[key].title, kind="fold", is_half=True)
        for key in making.MORE
        if key in found
    ]
    return [Part(_("More tables"), "", paired(cards))] if cards else []


def _year_by_year() -> list[Part]:
    """Earlier years and the portal's own, where there are at least two."""
    found = (trend.card(years, unit) for unit, years in trend.trends().items())
    cards = [card for card in found if card is not None]
    return (
        [Part(_("Year by year"), "", paired([replace(card, is_half=True) for card in cards]))]
        if cards
        else []
    )


def _left_out(shown: Picture, period: Period) -> str:
    """The tables that could not be shown at all, by name."""
    begun = {CASES: "kinds" in shown.tables, HOTLINE: "calls" in shown.tables}
    names = [
        str(spec.title).lower()
        for key, spec in of_kind(period.kind).items()
        if begun[spec.source] and key not in shown.tables and not key.startswith(OF_MANY)
    ]
    if not names:
        return ""
    return _("Not shown of this period, to protect individuals: %(tables)s.") % {
        "tables": ", ".join(dict.fromkeys(names))
    }


def _ways(shown: Picture) -> list[Link]:
    """To the newest quarter and the newest year, where they are not what is shown."""
    newest = (shown.chosen.newest_quarter, shown.chosen.newest_year)
    here = (shown.chosen.period, shown.divided)
    return [
        Link(one.label, f"{reverse('overview:statistics')}?{shown.chosen.words(period=one.code)}")
        for one in newest
        if one is not None and one not in here
    ]


def _calculated(shown: Picture) -> str:
    """The year's own time: the months of the running one are newer."""
    at = shown.divided_at
    return _("Calculated %(at)s.") % {"at": moment_text(at)} if at else ""


def _only_over() -> str:
    return _(
        "What divides the cases is shown of quarters and years that are over. It does not change afterwards."
    )


def _months_alone() -> str:
    return _(
        "A month is shown with its totals alone. Counties, groups and steps are shown of quarters and years."
    )


def _quarters_alone() -> str:
    return _("Tables that cross two questions, such as county and group, are shown of whole years.")


def _too_few(period: Period) -> str:
    return _("There are too few cases in %(year)s to divide them further. It could show who somebody is.") % {
        "year": period.label
    }
