"""The sheets of a period: each table of the catalogue, and what is made from shown numbers of several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from cases.services import tallies
from core.publish import TOTAL, Published
from core.swedish import swedish_key
from nrm_portal.overview import labels, sheets
from nrm_portal.overview.catalogue import ASSISTANCE_TITLES, QUESTION_TITLES, QUESTIONS, of_kind
from nrm_portal.overview.codes import NOT_STATED, UNKNOWN, WAIT_CLASSES
from nrm_portal.overview.national.picture import Picture, Tables
from nrm_portal.overview.periods import Period
from nrm_portal.overview.sheets import Entry, Sheet

Maker = Callable[[Picture, Period], Sheet | None]

COUNTIES: Final = "lan"
FORMS: Final = "former"
FLOW_IN: Final = "fran-aktor"
FLOW_OUT: Final = "till-utfall"
LATE: Final = "forsenat"
QUALITY: Final = "okant"
PERSONS: Final = "personer"
AGAIN: Final = "igen"
ASSISTANCE: Final = "stod"
MONTHS: Final = "manader"


# --- months -----------------------------------------------------------------------------------------------


def months(shown: Picture) -> Sheet:
    """The months of the period with those they are compared with; the running one last, as it is now."""
    rows = month_rows(shown, "kinds", shown.live.referrals if shown.live else None)
    return Sheet(
        MONTHS,
        _("Referrals per month"),
        (_("Month"), _("Referrals"), before_head(shown)),
        rows,
        shown.chosen.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        definition=_definition("kinds", shown.chosen.period),
    )


def month_rows(shown: Picture, key: str, live: Published | None) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """A row for each month that is over, and one for the running month."""
    rows = [(sheets.month_name(month), _month(shown, month, key)) for month in shown.months_of(key)]
    if live is not None and shown.live is not None:
        month = shown.live.month
        name = _("%(month)s so far") % {"month": sheets.month_name(month)}
        rows.append((name, (_total(live), _earlier(shown, month, key))))
    return tuple(rows)


def before_head(shown: Picture) -> str:
    against = shown.chosen.against
    if against is None:
        return _("The year before")
    if shown.chosen.is_a_year_apart and not shown.chosen.since(against):
        return _("The year before")
    return shown.chosen.name(against)


def _month(shown: Picture, month: date, key: str) -> tuple[Entry, Entry]:
    table = shown.month(month, key)
    return Entry("–") if table is None else _total(table), _earlier(shown, month, key)


def _earlier(shown: Picture, month: date, key: str) -> Entry:
    earlier = shown.compared(month)
    table = None if earlier is None else shown.month(earlier, key)
    return Entry("–") if table is None else _total(table)


def _total(table: Published) -> Entry:
    return sheets.of_cell(table, table.total)


# --- one table --------------------------------------------------------------------------------------------


def _definition(key: str, period: Period) -> str:
    spec = of_kind(period.kind).get(key)
    return "" if spec is None else str(spec.definition)


def county_line(tables: Tables) -> Published | None:
    """Cases by county, in a year as the margin of the table by group."""
    if "county_group" in tables:
        return tables["county_group"].margin("county")
    return tables.get("county")


def counties(shown: Picture, period: Period) -> Sheet | None:
    """Ranked by what is shown; where it is not shown, by name. With the period before and per inhabitant."""
    line, before = county_line(shown.tables), county_line(shown.before)
    if line is None:
        return None
    names = labels.of("county", shown.at)
    codes = [code for code in sheets.listed(names, line, 0) if code in shown.at.counties]
    codes.sort(key=lambda code: (-_rank(shown, line, code), swedish_key(names[code])))
    rest = [code for code in (UNKNOWN, NOT_STATED) if not sheets.is_none(line[(code,)])]
    rows = [(names[code], _county(shown, line, before, code)) for code in [*codes, *rest]]
    rows.append((_("Total"), _county(shown, line, before, TOTAL)))
    columns = (_("County"), _("Cases"), *([before_head(shown)] if before else []), _("Per 100,000"))
    return Sheet(
        COUNTIES,
        _("Cases by county"),
        columns,
        tuple(rows),
        period.label,
        line.is_complete,
        has_total=True,
        definition=_definition("county_group" if "county_group" in shown.tables else "county", period),
        source=shown.living.said,
    )


def _rank(shown: Picture, line: Published, code: str) -> float:
    value = line[(code,)].value
    rate = shown.living.rate(code, value) if shown.chosen.per_inhabitant else value
    return -1.0 if rate is None else float(rate)


def _county(shown: Picture, line: Published, before: Published | None, code: str) -> tuple[Entry, ...]:
    value = line[(code,)].value
    rate = shown.living.rate_of_all(value) if code == TOTAL else shown.living.rate(code, value)
    earlier = (sheets.entry(before, code),) if before and (code,) in before.cells else ()
    if before and not earlier:
        earlier = (Entry("–"),)
    return (
        sheets.entry(line, code),
        *earlier,
        _rate(rate, is_place=code == TOTAL or code in shown.living.counties),
    )


def _rate(rate: Decimal | None, *, is_place: bool) -> Entry:
    if not is_place:
        return Entry("–")
    return sheets.not_shown() if rate is None else sheets.decimal(rate)


def forms(shown: Picture, period: Period) -> Sheet | None:
    names = labels.of("form", shown.at)
    title = _("Cases by form of exploitation")
    head = _("Form of exploitation")
    if (table := shown.tables.get("group_form")) is not None:
        groups = labels.of("group", shown.at)
        definition = _definition("group_form", period)
        turned = sheets.turned(table)
        return sheets.crossed(FORMS, title, turned, names, (head, groups), period.label, definition)
    if (table := shown.tables.get("form")) is not None:
        heads = (head, _("Cases"))
        return sheets.line(FORMS, title, table, names, heads, period.label, _definition("form", period))
    return None


def crossed(key: str, table: str, *, tinted: bool = False, turned: bool = False) -> Maker:
    """A table of two dimensions as the catalogue has it, or with rows for columns."""

    def made(shown: Picture, period: Period) -> Sheet | None:
        found = shown.tables.get(table)
        if found is None or len(found.dimensions) != 2:
            return None
        spec = of_kind(period.kind)[table]
        used = sheets.turned(found) if turned else found
        rows, across = used.dimensions
        return sheets.crossed(
            key,
            str(spec.title),
            used,
            labels.of(rows, shown.at),
            (str(labels.HEADS[rows]), labels.of(across, shown.at)),
            period.label,
            str(spec.definition),
            tinted=tinted,
        )

    return made


def line_of(key: str, table: str, unit: str, *, ranked: bool = False) -> Maker:
    """A table of one dimension as the catalogue has it."""

    def made(shown: Picture, period: Period) -> Sheet | None:
        found = shown.tables.get(table)
        if found is None or len(found.dimensions) != 1:
            return None
        spec = of_kind(period.kind)[table]
        (name,) = found.dimensions
        heads = (str(labels.HEADS[name]), str(labels.UNITS[unit]))
        names = labels.of(name, shown.at)
        words = str(spec.definition)
        return sheets.line(key, str(spec.title), found, names, heads, period.label, words, ranked=ranked)

    return made


# --- several tables ---------------------------------------------------------------------------------------


def within_a_day(line: Published) -> tuple[int | None, int | None]:
    """Answers of the first two classes and all of them, as far as shown; `line`: by class of time."""
    soon = [line[(code,)].value for code in WAIT_CLASSES[: WAIT_CLASSES.index("1d") + 1]]
    known = [value for value in soon if value is not None]
    return (sum(known) if len(known) == len(soon) else None), line.total.value


def quality(shown: Picture, period: Period) -> Sheet | None:
    """Of each question: how many cases know the answer, and of how many it is not known or not stated."""
    rows = []
    for name, table in questions(shown.tables).items():
        total = table.total.value
        unknown, missing = (_maybe(table, code) for code in (UNKNOWN, NOT_STATED))
        known = _known(total, unknown, missing)
        shares = tuple(sheets.share(sheets.whole(entry), total) for entry in (unknown, missing))
        rows.append((str(QUESTION_TITLES[name]), (known, unknown, missing, *shares)))
    if not rows:
        return None
    return Sheet(
        QUALITY,
        _("Answers that are not known or not stated"),
        (
            _("Question"),
            _("Known"),
            _("Not known"),
            _("Not stated"),
            _("Share not known"),
            _("Share not stated"),
        ),
        tuple(rows),
        period.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        definition=_(
            "Not known: somebody answered that it is not known. Not stated: nobody has answered. Of all "
            "referrals about a person."
        ),
    )


def _maybe(table: Published, code: str) -> Entry:
    return sheets.entry(table, code) if (code,) in table.cells else sheets.number(0)


def _known(total: int | None, unknown: Entry, missing: Entry) -> Entry:
    parts = [sheets.whole(entry) for entry in (unknown, missing)]
    if total is None or any(part is None for part in parts):
        return sheets.not_shown()
    return sheets.number(total - sum(part or 0 for part in parts))


def questions(tables: Tables) -> dict[str, Published]:
    """By question the published line that tells what is not known."""
    found: dict[str, Published] = {}
    for name, key, dimension in (
        ("county", "county_group", "county"),
        ("county", "county", "county"),
        ("sex", "sex_age", "sex"),
        ("age", "sex_age", "age"),
        ("form", "group_form", "form"),
        ("form", "form", "form"),
        ("citizenship", "group_citizenship", "citizenship"),
    ):
        if key in tables and name not in found:
            found[name] = tables[key].margin(dimension)
    for name in QUESTIONS:
        if (table := tables.get(f"unknown_{name}")) is not None:
            found[name] = table
    return found


def assistance(shown: Picture, period: Period) -> Sheet | None:
    """Of the cases that were closed: how many were given each kind of support."""
    rows = []
    spec = None
    for kind, title in ASSISTANCE_TITLES.items():
        table = shown.tables.get(f"assistance_{kind}")
        if table is not None:
            spec = of_kind(period.kind)[f"assistance_{kind}"]
            given = sheets.entry(table, tallies.GIVEN)
            part = sheets.share(sheets.whole(given), table.total.value)
            rows.append((str(title), (given, sheets.entry(table, tallies.NOT_GIVEN), part)))
    if spec is None:
        return None
    rows.sort(key=lambda row: -(sheets.whole(row[1][0]) or 0))
    return Sheet(
        ASSISTANCE,
        _("Support given in closed cases"),
        (_("Support"), _("Given"), _("Not given, as far as the portal shows"), _("Share given")),
        tuple(rows),
        period.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        definition=str(spec.definition),
    )
