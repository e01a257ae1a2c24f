"""A saved choice of the statistics: which kind of period, compared with what, beginning at which card.

The period itself is never kept: a view opens the newest one of its kind. Addresses and rows hold the same
words; whatever cannot be chosen falls away when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django.db.models import Max
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from cases.services import figure_views
from core import clock
from nrm_portal.overview import own, publications
from nrm_portal.overview.models import Publication
from nrm_portal.overview.own.choosing import COMPARISONS, INHABITANTS, NOTHING, YEAR_BEFORE, just_before
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period, newest_first

RUNNING: Final = "lopande"
KINDS: Final[dict[str, Kind]] = {"ar": YEAR, "kvartal": QUARTER, "manad": MONTH}
SHOWS: Final[dict[str, Promise]] = {
    RUNNING: gettext_lazy("The year so far"),
    "ar": gettext_lazy("The newest whole year"),
    "kvartal": gettext_lazy("The newest quarter"),
    "manad": gettext_lazy("The newest month"),
}
"""Word of the address → the period that a view opens."""
CARDS: Final[dict[str, Promise]] = {
    "manader": gettext_lazy("Referrals per month"),
    "lage": gettext_lazy("Where the referrals stand today"),
    "lan": gettext_lazy("Cases by county"),
    "former": gettext_lazy("Cases by form of exploitation"),
    "steg": gettext_lazy("Cases that came to each step"),
    "fran-aktor": gettext_lazy("Cases by who referred and region"),
    "till-utfall": gettext_lazy("Closed cases by region and outcome"),
    "floden": gettext_lazy("From the agency that referred to what became of it"),
    "enheter": gettext_lazy("What became of the referrals, by desk"),
    "forsenat": gettext_lazy("Late steps"),
    "svarstid": gettext_lazy("Time to first answer: median and nine of ten"),
    "svar": gettext_lazy("Time to first answer"),
    "egna-steg": gettext_lazy("Your agency’s own steps"),
    "avslut": gettext_lazy("Closed cases, by how they ended"),
    "samtal": gettext_lazy("Calls to the helpline per month"),
    "okant": gettext_lazy("Answers that are not known or not stated"),
    "stod": gettext_lazy("Support given in closed cases"),
    "personer": gettext_lazy("Persons"),
    "igen": gettext_lazy("Referred again and exploited again"),
    "forsenat-nu": gettext_lazy("Late steps now"),
}
"""Keys of cards, under their own names, in the order of the pages."""
OF_THE_COUNTRY: Final = frozenset(
    {
        *("manader", "lan", "former", "steg", "fran-aktor", "till-utfall", "forsenat", "svar", "samtal"),
        *("okant", "stod", "personer", "igen"),
    }
)
OF_DESKS: Final = frozenset(
    {
        *("manader", "lan", "former", "steg", "floden", "enheter", "forsenat", "svarstid", "svar", "avslut"),
        *("igen", "okant", "forsenat-nu"),
    }
)
OF_SEVERAL_DESKS: Final = frozenset({"enheter"})
OF_AN_AGENCY: Final = frozenset({"manader", "lage", "svar", "egna-steg", "forsenat-nu"})


@dataclass(frozen=True)
class Kept:
    """What a view shows. Empty words: no desk, no card, counted as the page counts."""

    shows: str = RUNNING
    comparison: str = YEAR_BEFORE
    measure: str = ""
    desk: str = ""
    card: str = ""

    def words(self) -> str:
        """For the row: always in the same order, nothing that says nothing."""
        known = {
            "visar": self.shows,
            "jamfor": "" if self.comparison == YEAR_BEFORE else self.comparison,
            "matt": self.measure,
            "enhet": self.desk,
            "kort": self.card,
        }
        return urlencode({name: value for name, value in known.items() if value})

    def address(self, by: Assignment) -> str:
        """The page of the newest period of this kind, at its card."""
        period = _newest(self.shows, by)
        known = {
            "period": period.code if period else "",
            "jamfor": "" if self.comparison == YEAR_BEFORE else self.comparison,
            "matt": self.measure,
            "enhet": self.desk,
        }
        words = urlencode({name: value for name, value in known.items() if value})
        anchor = f"#card-{self.card}" if self.card else ""
        return f"{reverse('overview:statistics')}{f'?{words}' if words else ''}{anchor}"

    def said(self, by: Assignment) -> list[str]:
        """In words, for a list."""
        lines = [str(SHOWS[self.shows])]
        if self.comparison != NOTHING:
            lines.append(_("Compared with: %(what)s") % {"what": str(COMPARISONS[self.comparison])})
        if self.measure:
            lines.append(_("Per 100,000 inhabitants"))
        desks = {desk.key: str(desk.name) for desk in own.desks_seen(by)} if self.desk else {}
        if self.desk in desks:
            lines.append(_("Desk: %(desk)s") % {"desk": desks[self.desk]})
        if self.card:
            lines.append(_("Begins at: %(card)s") % {"card": str(CARDS[self.card])})
        return lines


def cards_of(by: Assignment) -> list[tuple[str, Promise]]:
    """The cards that her page of statistics has: the country's, her desks' or her agency's."""
    held = _keys(by)
    return [(key, name) for key, name in CARDS.items() if key in held]


def _keys(by: Assignment) -> frozenset[str]:
    if by.has("see_overview"):
        return OF_THE_COUNTRY
    desks = own.desks_seen(by)
    if not desks:
        return OF_AN_AGENCY
    return OF_DESKS if len(desks) > 1 else OF_DESKS - OF_SEVERAL_DESKS


def read(query: Mapping[str, Any], desks: frozenset[str] | None = None) -> Kept:
    """From the words of an address. `period` there says which kind; of `desks` alone one may be chosen."""
    comparison, desk, card = (str(query.get(name, "")) for name in ("jamfor", "enhet", "kort"))
    return Kept(
        shows=_shows(query),
        comparison=comparison if comparison in COMPARISONS else YEAR_BEFORE,
        measure=INHABITANTS if query.get("matt") == INHABITANTS else "",
        desk=desk if desks is None or desk in desks else "",
        card=card if card in CARDS else "",
    )


def of(words: str) -> Kept:
    """What a row holds."""
    return read(dict(parse_qsl(words)))


def _shows(query: Mapping[str, Any]) -> str:
    if query.get("visar") in SHOWS:
        return str(query["visar"])
    period = Period.parse(query.get("period"))
    if period is None or not period.is_over(clock.today()):
        return RUNNING
    return next(word for word, kind in KINDS.items() if kind == period.kind)


def _newest(shows: str, by: Assignment) -> Period | None:
    """Of the country the newest published; of one's own the newest that is over. None: the running year."""
    kind = KINDS.get(shows)
    if kind is None:
        return None
    if not by.has("see_overview"):
        return just_before(Period.of(kind, clock.today()))
    return next((one for one in publications.periods_out() if one.kind == kind), None)


# --- news ----------------------------------------------------------------------------------------


def follows(words: str) -> str:
    """The kind of period that is news to a view: of the year so far each new month."""
    return KINDS.get(of(words).shows, MONTH)


def tell() -> tuple[int, int]:
    """Tell those who follow a view that a new period is out. Returns (views looked at, people told)."""
    rows = Publication.objects.values("period").annotate(out=Max("made_at")).order_by()
    made_at: dict[str, datetime] = {row["period"]: row["out"] for row in rows}
    periods = newest_first(period for code in made_at if (period := Period.parse(code)))
    newest: dict[str, tuple[str, datetime]] = {}
    for period in periods:
        newest.setdefault(period.kind, (period.code, made_at[period.code]))
    return figure_views.tell(newest, follows)
