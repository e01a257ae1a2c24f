"""Who the referrals are about: by county, by form of exploitation and group, referred again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from core.swedish import swedish_key
from core.templatetags.charts import Point
from manual.enums import Exploitation
from nrm_portal.overview import maps, population
from nrm_portal.overview.cards import Bars, Card, Switch
from nrm_portal.overview.own import picking
from nrm_portal.overview.own.choosing import INHABITANTS
from nrm_portal.overview.own.drawing import Pen, card, counted, decimal, leader, used
from nrm_portal.overview.own.facts import HIDDEN, UNKNOWN, Sent
from nrm_portal.overview.own.picking import COUNTY, FORM, GROUP
from nrm_portal.overview.own.wording import group_names
from nrm_portal.overview.places import Places
from nrm_portal.overview.sheets import Entry, Sheet


def counties_card(pen: Pen, rows: Iterable[Sent], at: Places) -> Card:
    """Persons by county: the most first, and how many that is of 100 000 who live there.

    Rates of the counties of the desks' own regions: of another one they hold some cases, and not all."""
    per, names = pen.choice.per_inhabitant, at.counties
    counts = counted(rows, lambda row: (row.county, row.group))
    by_county = Counter({code: 0 for code in names})
    for (county, _group), number in counts.items():
        by_county[county] += number
    living = population.on(pen.choice.period.end)
    rates = {code: living.rate(code, by_county[code]) for code in _covered(pen, at)}
    values = {code: _float(rates.get(code)) if per else by_county[code] for code in names}
    ranked = sorted(names, key=lambda code: (*_rank(values[code], by_county[code]), swedish_key(names[code])))
    words = {code: names[code] for code in ranked} | _no_county()
    plain = pen.crossed(
        "lan",
        _("Cases by county"),
        _("County"),
        counts,
        (COUNTY, words),
        (GROUP, group_names()),
        slag=picking.CASE,
    )
    return card(
        _with_rates(plain, [rates.get(code) for code in words if by_county[code]]),
        _counties_title(pen, {code: by_county[code] for code in names}, names),
        kind="map",
        counties=values,
        limits=maps.halves(values.values()) if per else maps.doubles(values.values(), 1),
        withheld=_("another region") if None in values.values() else "",
        switches=_switches(pen),
        note=living.said,
        definition=_("The persons of the period’s referrals, by the county that the case has today."),
    )


def _covered(pen: Pen, at: Places) -> set[str]:
    regions = {desk.region_id for desk in pen.choice.desks}
    return {code for code in at.counties if at.region_of.get(code) in regions}


def _float(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)


def _rank(drawn: float | None, number: int) -> tuple[float, int]:
    """The largest that is drawn first, what has no rate last."""
    return (1.0 if drawn is None else -drawn, -number)


def _counties_title(pen: Pen, counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    if pen.choice.per_inhabitant:
        return _("Cases by county per 100,000 inhabitants")
    top = leader(counts, names)
    return _("Most cases in %(county)s") % {"county": top} if top else _("Cases by county")


def _no_county() -> dict[str, str]:
    return {UNKNOWN: _("County not known"), HIDDEN: _("Not shown: protected identity")}


def _switches(pen: Pen) -> list[Switch]:
    per, period = pen.choice.per_inhabitant, pen.choice
    return [
        Switch(_("Number"), f"?{period.words(matt='')}#card-lan", not per),
        Switch(_("Per 100,000 inhabitants"), f"?{period.words(matt=INHABITANTS)}#card-lan", per),
    ]


def _with_rates(sheet: Sheet, rates: Iterable[Decimal | None]) -> Sheet:
    """A last column: per 100 000 inhabitants."""
    cells = [decimal(rate) for rate in rates]
    rows = tuple(
        (name, (*entries, rate))
        for (name, entries), rate in zip(sheet.rows, [*cells, Entry("")], strict=True)
    )
    columns = (*sheet.columns, _("Per 100,000 inhabitants"))
    return Sheet(sheet.key, sheet.title, columns, rows, sheet.period)


def forms_card(pen: Pen, rows: Iterable[Sent]) -> Card:
    """Forms of exploitation, and a drawing for women, men, girls and boys each."""
    counts = counted(rows, lambda row: (row.form, row.group))
    names = used({form.value: str(form.label) for form in Exploitation}, (form for form, _group in counts))
    sheet = pen.crossed(
        "former",
        _("Cases by form of exploitation"),
        _("Form of exploitation"),
        counts,
        (FORM, names),
        (GROUP, group_names()),
        slag=picking.CASE,
    )
    most = max([*counts.values(), 1])
    drawn = [code for code in group_names() if code != "other"]
    bars = [
        Bars(
            heading=group_names()[group],
            title=_("Form of exploitation: %(group)s") % {"group": group_names()[group]},
            points=[Point(name, counts[(code, group)]) for code, name in names.items()],
            series=series,
            most=most,
        )
        for series, group in enumerate(drawn)
    ]
    words = _("The persons of the period’s referrals, by the main form that the case has today.")
    return card(sheet, _forms_title(counts, names), kind="bars", bars=bars, definition=words)


def _forms_title(counts: Counter[tuple[str, str]], names: Mapping[str, str]) -> str:
    known = {code: name for code, name in names.items() if code != Exploitation.UNKNOWN}
    women, men = (
        leader({code: counts[(code, group)] for code in names}, known) for group in ("women", "men")
    )
    if women and women == men:
        return _("%(form)s most usual among both women and men") % {"form": women}
    if women and men:
        return _("%(one)s most usual among women, %(other)s among men") % {"one": women, "other": men.lower()}
    return _("Cases by form of exploitation")
