"""Everything that is counted, published month by month, quarter by quarter and for the year, against a reader
with a solver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from cases.enums import Outcome
from cases.services import tallies
from hotline.services import tallies as calls
from manual.enums import Phase
from nrm_portal.overview.catalogue import CASES, HOTLINE, QUESTIONS, families
from nrm_portal.overview.codes import DIMENSIONS
from nrm_portal.overview.counting import Row
from nrm_portal.overview.periods import YEAR, months_of
from nrm_portal.overview.places import Places
from tests.overview.attack import know_persons, know_topics
from tests.overview.facts import by_chance, reader_of, rows_of, told_of_a_year
from tests.security.report import examples

SMALL = Places(
    dict.fromkeys(("01", "12", "23"), "län"),
    {"ett": "", "två": ""},
    {"01": "ett", "12": "två", "23": "två"},
)


def happened(chance: Random) -> Iterator[Row]:
    """What happens in one case: a first answer, late items, an end, support."""
    region = chance.choices(("ett", "två", "unknown"), (70, 25, 5))[0]
    agency = chance.choices(("police", "ngo_platform", "school"), (70, 25, 5))[0]
    kind = chance.choices(("case", "consultation"), (85, 15))[0]
    wait = chance.choices(("4h", "8h", "2d", "7d"), (55, 25, 12, 8))[0]
    yield Row(CASES, tallies.ANSWERS, {"region": region, "wait": wait}, 1)
    if chance.random() < 0.5:
        phase = chance.choices(list(Phase)[:3], (60, 30, 10))[0].value
        yield Row(CASES, tallies.LATE_STEPS, {"agency": agency, "detail": phase}, 1)
        yield Row(CASES, tallies.PHASES, {"detail": phase, "days": "5d"}, 1)
    outcome = chance.choices(list(Outcome)[:4], (50, 30, 15, 5))[0].value
    yield Row(CASES, tallies.CLOSED, {"kind": kind, "region": region, "detail": outcome}, 1)
    for detail in tallies.ASSISTANCE_KINDS if kind == "case" else ():
        given = tallies.GIVEN if chance.random() < 0.15 else tallies.NOT_GIVEN
        yield Row(CASES, tallies.ASSISTANCE, {"kind": kind, "detail": detail, "given": given}, 1)


def called(chance: Random) -> Iterator[Row]:
    caller = chance.choices(("professional", "public", "silent"), (80, 15, 5))[0]
    again = chance.choices(("first", "again"), (90, 10))[0] if caller == "professional" else "first"
    hour = chance.choices(("09", "10", "20"), (60, 35, 5))[0]
    yield Row(HOTLINE, calls.CALLS, {"caller": caller, "again": again, "hour": hour}, 1)
    if caller != "professional":
        return
    if again == "first":
        codes = {"profession": chance.choices(("police", "school"), (90, 10))[0], "county": "01"}
        yield Row(HOTLINE, calls.MATTERS, {**codes, "agency": "police"}, 1)
    for topic in DIMENSIONS["topic"].codes(SMALL)[:4]:
        if chance.random() < 0.4:
            yield Row(HOTLINE, calls.TOPICS, {"topic": topic}, 1)


def year_by_chance(family: str, chance: Random) -> dict[date, list[Row]]:
    if family == "referrals":
        return referred(chance)
    one = called if family == "calls" else happened
    found: dict[date, list[Row]] = {month: [] for month in months_of(2025)}
    for _each in range(70):
        found[chance.choice(list(found))] += one(chance)
    return found


def referred(chance: Random) -> dict[date, list[Row]]:
    """With what was answered, who was exploited anew, and ages that were decided months later."""
    found = rows_of(by_chance(chance, 2025, 70, SMALL), dict(SMALL.region_of))
    for month, rows in list(found.items()):
        for row in [row for row in rows if row.unit == tallies.CASES]:
            for name in QUESTIONS:
                answer = chance.choices((tallies.KNOWN, "unknown", "not_stated"), (88, 8, 4))[0]
                codes = {"kind": "case", "detail": name, "answer": answer}
                rows.append(Row(CASES, tallies.QUESTIONS, codes, row.amount))
            if row.codes["age"] == "unsure":
                later = found[max(month, date(2025, 11, 1))] if date(2025, 11, 1) in found else rows
                later.append(Row(CASES, tallies.REGROUPED, row.codes, -row.amount))
                later.append(Row(CASES, tallies.REGROUPED, {**row.codes, "age": "child"}, row.amount))
        known = sum(row.amount for row in rows if row.unit == tallies.REFERRED_AGAIN)
        if known and chance.random() < 0.5:
            rows.append(Row(CASES, tallies.AGAIN, {"detail": ""}, 1))
    return found


@pytest.mark.parametrize("number", range(11, 11 + examples(1, 4)))
@pytest.mark.parametrize("family", sorted(families(YEAR)))
@pytest.mark.security("S19", "every family of tables through a year, against all that hangs together")
def test_nothing_of_any_family_is_told_through_a_year(family: str, number: int) -> None:
    *_before, out = told_of_a_year(2025, year_by_chance(family, Random(number)), SMALL, family)
    reader = reader_of(out, SMALL)
    know_topics(reader)
    know_persons(reader, is_first_year=True)
    assert reader.hidden, "there is something to find"
    assert {table.within["period"] for table in out} >= {"2025"}
    assert [str(one) for one in reader.finds()] == []
