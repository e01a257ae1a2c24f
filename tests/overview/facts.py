"""Facts as they are counted, without a database, by chance or of the demo; and a past that is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from random import Random

from cases.services import tallies
from core.publish import Published
from nrm_portal.demo.stories import Story, stories
from nrm_portal.overview import publishing
from nrm_portal.overview.catalogue import families
from nrm_portal.overview.codes import CASE, CONSULTATION, DIMENSIONS, group_of
from nrm_portal.overview.counting import Row
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period, months_of
from nrm_portal.overview.places import Places
from tests.overview.attack import Reader, know_groups, know_regions, know_the_calendar

REGION_OF = {
    "01": "stockholm", "09": "stockholm", "12": "syd", "10": "syd", "07": "syd", "08": "syd", "14": "vast",
    "13": "vast", "03": "mitt", "19": "mitt", "21": "mitt", "05": "ost", "06": "ost", "04": "ost",
    "18": "bergslagen", "17": "bergslagen", "20": "bergslagen", "24": "nord", "25": "nord", "22": "nord",
    "23": "nord",
}  # fmt: skip
SWEDEN = Places(
    dict.fromkeys(sorted(REGION_OF), "län"), dict.fromkeys(sorted(set(REGION_OF.values())), ""), REGION_OF
)


@dataclass(frozen=True)
class Fact:
    """One referral."""

    month: date
    kind: str
    county: str
    sex: str
    age: str
    form: str
    citizenship: str
    agency: str
    again: bool = False


def rows_of(facts: Iterable[Fact], region_of: dict[str, str] | None = None) -> dict[date, list[Row]]:
    """What is sealed of them, by month."""
    found: dict[date, Counter[tuple[str, tuple[tuple[str, str], ...]]]] = {}
    for fact in facts:
        where = {"county": fact.county, "region": (region_of or REGION_OF).get(fact.county, "unknown")}
        codes = where | {
            "kind": fact.kind, "sex": fact.sex, "age": fact.age, "form": fact.form,
            "citizenship": fact.citizenship, "agency": fact.agency,
        }  # fmt: skip
        unit = tallies.CASES if fact.kind == CASE else tallies.CONSULTATIONS
        month = found.setdefault(fact.month, Counter())
        month[unit, tuple(codes.items())] += 1
        if fact.kind == CASE:
            month[tallies.REFERRED_AGAIN if fact.again else tallies.PERSONS, (("detail", ""),)] += 1
    return {
        month: [Row("cases", unit, dict(codes), n) for (unit, codes), n in counts.items()]
        for month, counts in found.items()
    }


def by_chance(chance: Random, year: int, number: int, places: Places) -> list[Fact]:
    """A year of referrals, most of them from few places."""
    counties = [*places.counties, "unknown"]
    weights = [1 / (n + 1) for n in range(len(counties))]
    return [
        Fact(
            chance.choice(months_of(year)),
            CASE if chance.random() < 0.85 else CONSULTATION,
            chance.choices(counties, weights)[0],
            chance.choices(("woman", "man", "unknown", "not_stated"), (50, 45, 3, 2))[0],
            chance.choices(("adult", "child", "unsure"), (90, 8, 2))[0],
            chance.choices(("sexual", "labour", "begging", "unknown", "not_stated"), (42, 45, 8, 3, 2))[0],
            chance.choices(("other", "eu", "sweden", "unknown"), (60, 30, 6, 4))[0],
            chance.choices(("police", "migration_agency", "ngo_platform", "school"), (50, 30, 15, 5))[0],
            chance.random() < 0.04,
        )
        for _each in range(number)
    ]


def of_the_demo(year: int) -> list[Fact]:
    """The demo's referrals of a year, told on a fixed day."""
    told = stories(datetime(2026, 11, 22, 9, tzinfo=UTC))
    return [_told(story) for story in told if story.sent_at.year == year]


def _told(story: Story) -> Fact:
    given = story.answers
    consultation = given.get("consent_status") in ("refused", "not_asked")
    country = given.get("citizenship", ["unknown"])[0]
    group = "eu" if country in ("RO", "BG", "PL", "LT") else "sweden" if country == "SE" else "other"
    place = given.get("municipality_of_presence", "")
    return Fact(
        story.sent_at.date().replace(day=1),
        CONSULTATION if consultation else CASE,
        place[:2] or given.get("county_general") or "unknown",
        given["sex"],
        given.get("age_group", "adult"),
        given["forms"][0],
        "unknown" if country == "unknown" else group,
        story.found_by.value,
    )


# --- publishing a past ----------------------------------------------------------------------------------


def told_of_a_year(
    year: int, rows: dict[date, list[Row]], at: Places, family: str = "referrals"
) -> Iterator[list[Published]]:
    """Everything out after each month, quarter and the year, in the order of real life."""
    out: list[Published] = []
    for period in periods_of(year):
        inner = [row for month in period.months for row in rows.get(month, ())]
        tables = families(period.kind).get(family, {})
        out += publishing.protected(period, tables, inner, at, out).values()
        yield out


def periods_of(year: int) -> list[Period]:
    months = months_of(year)
    kinds: tuple[Kind, ...] = (MONTH, QUARTER, YEAR)
    found = {Period.of(kind, month) for kind, month in product(kinds, months)}
    return sorted(found, key=lambda one: (one.end, len(one.months)))


def reader_of(tables: Sequence[Published], at: Places) -> Reader:
    """Somebody who has all this and knows the country."""
    reader = Reader()
    for table in tables:
        reader.read(table)
    know_the_calendar(reader)
    sexes, ages = DIMENSIONS["sex"].codes(at), DIMENSIONS["age"].codes(at)
    know_groups(reader, {(sex, age): group_of({"sex": sex, "age": age}) for sex, age in product(sexes, ages)})
    counties = DIMENSIONS["county"].codes(at)
    know_regions(reader, {county: at.region_of.get(county, "unknown") for county in counties})
    return reader
