"""What is counted about calls, and what of it leaves the desk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.services import load_reference
from core import clock
from core.publish import Published
from core.tallies import fold
from hotline.models import Call, Tally
from hotline.services import calls, matters
from nrm_portal.overview import publications, publishing
from nrm_portal.overview.models import Publication
from nrm_portal.overview.periods import Period
from tests.factories import member, sign_in
from tests.hotline.ringing import answered, counted, operator, said
from tests.overview.attack import Reader, know_the_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


def add(unit: str, amount: int, month: date = date(2025, 4, 1), **codes: str) -> None:
    Tally.objects.create(month=month, unit=unit, amount=amount, codes=codes)


def codes_of(unit: str) -> list[dict[str, str]]:
    fold(Tally)
    return [row.codes for row in Tally.objects.filter(unit=unit, amount__gt=0)]


# --- counting -----------------------------------------------------------------------------------------------


def test_a_call_counts_when_it_ends_in_the_hour_it_began(desk: Assignment) -> None:
    with clock.frozen(datetime(2026, 3, 31, 13, 50, tzinfo=clock.STOCKHOLM)):
        call = answered(
            desk, ended=False, topics=["shelter", "money"], municipality_id="0580", county_id="05"
        )
    assert not Tally.objects.exists(), "an open call counts nowhere"
    with clock.frozen(datetime(2026, 4, 1, 8, 10, tzinfo=clock.STOCKHOLM)):
        Call.objects.filter(pk=call.pk).update(
            started_at=datetime(2026, 3, 31, 13, 50, tzinfo=clock.STOCKHOLM)
        )
        calls.save(
            call_id=call.pk, said=said(about="advice", profession="police"), by=desk, end=True, version=9
        )
    assert {row.month for row in Tally.objects.all()} == {date(2026, 4, 1)}, "March is sealed by then"
    assert codes_of("call") == [{"caller": "professional", "again": "first", "hour": "13"}]
    assert codes_of("matter") == [{"profession": "police", "agency": "not_stated", "county": "05"}]
    assert counted() == {"call": 1, "matter": 1, "topic": 2}


@pytest.mark.parametrize("caller", ["public", "silent", "wrong_number", "test"])
def test_others_are_counted_apart(desk: Assignment, caller: str) -> None:
    answered(desk, caller=caller, about="", profession="")
    assert counted() == {"call": 1}
    assert codes_of("call")[0]["caller"] == caller


def test_the_figures_follow_a_correction_and_a_number_found_later(desk: Assignment) -> None:
    first = answered(desk, profession="police", topics=["work"])
    second = answered(desk, profession="school", topics=["work", "child"])
    assert counted() == {"call": 2, "matter": 2, "topic": 3}
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    assert counted() == {"call": 2, "matter": 1, "topic": 3}
    changed = said(profession="shelter", about="advice", topics=[])
    calls.save(call_id=first.pk, said=changed, by=desk, version=99)
    assert counted() == {"call": 2, "matter": 1, "topic": 2}
    assert codes_of("matter")[0]["profession"] == "shelter"
    matters.unfollow(call_id=second.pk, by=desk)
    assert counted()["matter"] == 2
    calls.save(call_id=second.pk, said=said(caller="public"), by=desk, version=99)
    assert counted() == {"call": 2, "matter": 1, "topic": 0}
    calls.reopen(call_id=second.pk, by=desk)
    assert counted() == {"call": 1, "matter": 1, "topic": 0}, "it is open again"


# --- publishing ---------------------------------------------------------------------------------------------


@pytest.fixture
def year(db: None) -> None:
    """2025: 60 calls, of them 41 new matters."""
    for month, first, again, public in ((2, 20, 3, 6), (9, 21, 4, 6)):
        for code, amount, hour in (("first", first, "09"), ("again", again, "15")):
            add("call", amount, date(2025, month, 1), caller="professional", again=code, hour=hour)
        add("call", public, date(2025, month, 1), caller="public", again="first", hour="20")
    for profession, county, amount in (("police", "05", 19), ("school", "24", 20), ("shelter", "25", 2)):
        add("matter", amount, profession=profession, agency="police", county=county)
    add("topic", 30, topic="shelter")
    add("topic", 3, topic="return")
    add("led_to_referral", 9, detail="referral")


def published(today: date = date(2026, 3, 5)) -> Mapping[str, Published]:
    """What is out of 2025 on this day."""
    with clock.frozen(datetime(today.year, today.month, today.day, 9, tzinfo=clock.STOCKHOLM)):
        publishing.publish_due()
    found = publications.of(Period("year", date(2025, 1, 1)))
    return found.tables if found else {}


def test_small_numbers_hide_and_cannot_be_worked_out(desk: Assignment, year: None) -> None:
    tables = published()
    assert tables["professions"][("shelter",)].value is None
    hidden = [code for code in ("police", "school") if tables["professions"][(code,)].value is None]
    assert hidden or tables["professions"].total.value is None, (
        "one hidden number alone would be the difference"
    )
    assert tables["matter_county"].total == tables["professions"].total == tables["callers"][("first",)]
    assert tables["topics"][("return",)].value is None
    assert tables["led"][("referral",)].value == 9 and tables["led"].total.value == 41


def test_what_divides_the_calls_waits_for_the_whole_year(desk: Assignment, year: None) -> None:
    assert published(date(2025, 12, 31)) == {}
    quarter = publications.of(Period("quarter", date(2025, 7, 1)))
    assert quarter and [key for key in quarter.tables if "call" in key] == ["calls"]
    assert published(date(2026, 1, 1))["calls"].total.value == 60


def test_who_called_is_not_drawn_anew_month_by_month(desk: Assignment) -> None:
    """October 90 new matters and 80 earlier ones, November 1 and 2: their difference is kept back."""
    for month, amounts in ((10, (90, 80)), (11, (1, 2))):
        for again, amount in zip(("first", "again"), amounts, strict=True):
            add("call", amount, date(2025, month, 1), caller="professional", again=again, hour="09")
    add("matter", 91, date(2025, 10, 1), profession="police", agency="police", county="05")
    for today in (date(2025, 11, 3), date(2025, 12, 3), date(2025, 12, 31)):
        assert published(today) == {}
    november = publications.of(Period("month", date(2025, 11, 1)))
    assert november and november.tables["calls"].total.value is None
    year = published()
    reader = Reader()
    for row in Publication.objects.filter(family="calls"):
        for data in row.tables.values():
            reader.read(publications.read(data))
    know_the_calendar(reader, "2025-04")
    assert reader.hidden and reader.finds() == []
    assert year["callers"].dimensions


def test_a_table_that_does_not_agree_with_its_total_is_not_shown(desk: Assignment, year: None) -> None:
    add("matter", 1, profession="police", agency="police", county="05")
    tables = published()
    assert "professions" not in tables and "matter_county" not in tables and "callers" in tables


def test_too_few_calls_show_nothing_that_divides_them(desk: Assignment) -> None:
    add("call", 3, caller="professional", again="first", hour="09")
    add("matter", 3, profession="police", agency="police", county="05")
    tables = published()
    assert tables["calls"].total.value is None
    cells = [cell for table in tables.values() for cell in table.cells.values()]
    assert {cell.value for cell in cells} <= {None, 0}


def test_the_hidden_number_stands_nowhere_on_the_page(
    desk: Assignment, year: None, settings: Settings
) -> None:
    Tally.objects.filter(codes__topic="return").update(amount=4)
    published()
    with clock.frozen(datetime(2026, 3, 5, 9, tzinfo=clock.STOCKHOLM)):
        for who in (desk, member(Role.NATIONAL_COORDINATOR)):
            page = sign_in(Client(), who).get("/samtal/statistik/?period=2025").content.decode()
            row = re.search(r"Återvändande.*?</tr>|Return to the home.*?</tr>", page, re.S)
            assert row and re.findall(r">\s*(\d+)\s*<", row.group()) == []
            assert f"fler än {settings.PUBLISH_THRESHOLD}" not in page


def test_the_national_overview_has_calls_and_topics(desk: Assignment, year: None) -> None:
    from cases.models import Tally as CaseTally

    codes = {"region": "mitt", "county": "05", "age": "adult", "sex": "woman", "form": "sexual",
             "citizenship": "eu", "agency": "police", "detail": ""}  # fmt: skip
    for unit in ("referral", "case"):
        CaseTally.objects.create(month=date(2025, 3, 1), unit=unit, amount=40, codes=codes)
    published()
    with clock.frozen(datetime(2026, 3, 5, 9, tzinfo=clock.STOCKHOLM)):
        page = (
            sign_in(Client(), member(Role.NATIONAL_COORDINATOR))
            .get("/statistik/?period=2025")
            .content.decode()
        )
    assert 'id="card-samtal"' in page and 'id="card-samtal-amne"' in page


def test_who_sees_the_figures(desk: Assignment) -> None:
    def status(who: Any, path: str = "/samtal/statistik/") -> int:
        return sign_in(Client(), who).get(path).status_code

    assert status(desk) == 200 == status(member(Role.NATIONAL_COORDINATOR))
    for role in (Role.CASEWORKER, Role.REGIONAL_COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        assert status(member(role)) == 403, role
    assert sign_in(Client(), desk).get("/statistik/")["Location"] == "/samtal/statistik/"
    assert status(member(Role.NATIONAL_COORDINATOR), "/samtal/") == 403, "figures, not calls"


def test_empty_says_so(desk: Assignment) -> None:
    page = sign_in(Client(), desk).get("/samtal/statistik/").content.decode()
    assert "<h1>" in page and "card-" not in page
