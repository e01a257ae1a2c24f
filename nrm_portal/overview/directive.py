"""The yearly statistics for the Commission: article 19a of directive 2011/36/EU, amended by (EU) 2024/1712.

Sheets of the published year, nothing else: sex, age group, citizenship, form of exploitation, who referred,
and assistance given. The exact bands of the collection are to be confirmed (docs/adr/1152).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from cases.services import tallies
from core.publish import TOTAL, Published
from nrm_portal.overview import labels
from nrm_portal.overview.catalogue import ASSISTANCE_TITLES
from nrm_portal.overview.periods import YEAR
from nrm_portal.overview.places import Places
from nrm_portal.overview.publications import PublishedPeriod
from nrm_portal.overview.sheets import Entry, Sheet, entry

NOWHERE: Final = Places({}, {})
"""These tables name no place."""


def sheets(year: PublishedPeriod | None) -> list[Sheet]:
    """Nothing for a period that is no year, and no sheet of a table that could not be published."""
    if year is None or year.period.kind != YEAR:
        return []
    wanted = (
        ("eu-alder", _("Presumed victims by sex and age group"), _("Sex"), "sex", "sex_age"),
        ("eu-medborgarskap", _("Presumed victims by citizenship"), _("Citizenship"), "citizenship",
         "group_citizenship"),
        ("eu-form", _("Presumed victims by form of exploitation"), _("Form of exploitation"), "form",
         "group_form"),
        ("eu-upptackt", _("Presumed victims by who referred"), _("Agency"), "agency", "group_identified"),
    )  # fmt: skip
    made = [
        _crossed(key, title, first, year.tables[table], rows, year.period.code)
        for key, title, first, rows, table in wanted
        if table in year.tables
    ]
    return [*made, *_assistance(year.tables, year.period.code)]


def notes() -> list[str]:
    """What a reader at the Commission must know. The same in every file."""
    return [
        _(
            "Article 19a of directive 2011/36/EU as amended by (EU) 2024/1712. The exact bands of the "
            "collection are to be confirmed."
        ),
        _(
            "Counted are referrals about a person, each a case of its own: presumed victims. Sweden has no "
            "formal status of a victim, so identified and presumed victims are not told apart."
        ),
        _(
            "Who referred is the kind of agency that sent the referral. Persons with citizenship of a "
            "country in the EEA outside the EU, or of Switzerland, are among those of the EU."
        ),
        _(
            "Assistance is counted in the year when the case was closed, by what the portal shows. What was "
            "given outside the portal is missing."
        ),
        _(
            "Suspects, prosecutions, convictions and court judgments are not in the portal. They are "
            "reported by others."
        ),
    ]


def _crossed(key: str, title: str, first: str, table: Published, rows: str, period: str) -> Sheet:
    """A published table with the codes of `rows` going down: all of them, also those with none."""
    names = list(table.dimensions)
    is_turned = names[0] != rows
    columns = names[0] if is_turned else names[1]

    def cells(row: str) -> tuple[Entry, ...]:
        pairs = [(row, column) for column in (*table.dimensions[columns], TOTAL)]
        return tuple(entry(table, *(reversed(pair) if is_turned else pair)) for pair in pairs)

    down, across = labels.of(rows, NOWHERE), labels.of(columns, NOWHERE)
    # A code that an older publication holds and nobody uses any more stands for itself.
    lines = [(down.get(code, code), cells(code)) for code in table.dimensions[rows]]
    lines.append((_("Total"), cells(TOTAL)))
    heads = (first, *(across.get(code, code) for code in table.dimensions[columns]), _("All"))
    return Sheet(key, title, heads, tuple(lines), period, table.is_complete)


def _assistance(tables: Mapping[str, Published], period: str) -> list[Sheet]:
    """One line for each kind: a person may have been given several, so the lines are no parts of a sum."""
    every = ((title, tables.get(f"assistance_{kind}")) for kind, title in ASSISTANCE_TITLES.items())
    found = [(str(title), table) for title, table in every if table is not None]
    if not found:
        return []
    codes = (tallies.GIVEN, tallies.NOT_GIVEN, TOTAL)
    rows = tuple((title, tuple(entry(table, code) for code in codes)) for title, table in found)
    heads = (_("Kind of assistance"), _("Were given it"), _("Were not given it"), _("Closed cases in all"))
    is_complete = all(table.is_complete for _title, table in found)
    return [Sheet("eu-stod", _("Assistance given"), heads, rows, period, is_complete)]
