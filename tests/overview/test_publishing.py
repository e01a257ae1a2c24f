"""Months are sealed, periods are published once, and nothing of it ever changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from pytest_django.plugin import DjangoDbBlocker

from cases.models import Tally
from cases.services import tallies
from coordinators.services import load_reference
from core import clock
from core.models import AuditEvent, JobRun
from core.publish import TOTAL, Shown, Unsafe, publish_family
from core.tallies import Taken, fold
from hotline.models import Tally as Calls
from nrm_portal.overview import places, publications, publishing, recounting, sealing, tasks
from nrm_portal.overview.models import Publication, Sealed
from nrm_portal.overview.periods import Period
from tests.access.world import rolled_back
from tests.overview.facts import reader_of

pytestmark = pytest.mark.django_db
CASE = {
    "kind": "case", "region": "nord", "county": "23", "age": "adult", "sex": "man", "form": "labour",
    "citizenship": "other", "agency": "police",
}  # fmt: skip
SPRING = datetime(2026, 2, 10, 12, tzinfo=UTC)


def count(unit: str, amount: int, month: date = date(2025, 11, 1), **codes: str) -> None:
    names = tallies.BARE.get(unit, (*tallies.BASE, *tallies.CODES.get(unit, ())))
    known = {name: code for name, code in {**CASE, "detail": "", **codes}.items() if name in names}
    Tally.objects.create(month=month, unit=unit, amount=amount, codes=known)


def period(code: str) -> Period:
    found = Period.parse(code)
    assert found
    return found


def tables(code: str) -> Any:
    found = publications.of(period(code))
    assert found
    return found.tables


@pytest.fixture
def spring(db: None) -> Any:
    """It is February 2026."""
    load_reference()
    with clock.frozen(SPRING):
        yield


def few() -> None:
    """November and December 2025: the first months of the portal. Scenario S19 lies in them."""
    for month, men, women in ((date(2025, 11, 1), 2, 3), (date(2025, 12, 1), 0, 4)):
        count("case", men, month) if men else None
        count("case", women, month, sex="woman", form="sexual")
        count("case", 30, month, county="01", region="stockholm", sex="woman", form="sexual")
        count("case", 25, month, county="12", region="syd")
        count("consultation", 9, month, county="01", region="stockholm", kind="consultation")
        count(tallies.PERSONS, 50 + men + women, month)


@pytest.fixture
def autumn_of_few(spring: None) -> None:
    few()


@pytest.fixture(scope="module")
def stored(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Any]]:
    """What comes out of that autumn, published once for this file."""
    with django_db_blocker.unblock(), rolled_back(), clock.frozen(SPRING):
        load_reference()
        few()
        publishing.publish_due()
        found = [*Sealed.objects.order_by("pk"), *Publication.objects.order_by("pk")]
    yield found


@pytest.fixture
def out(spring: None, stored: list[Any]) -> None:
    few()
    Sealed.objects.bulk_create(row for row in stored if isinstance(row, Sealed))
    Publication.objects.bulk_create(row for row in stored if isinstance(row, Publication))


@pytest.fixture
def live_second(db: None) -> Iterator[CursorWrapper]:
    """A connection of its own, as another host has one."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


# --- sealing ------------------------------------------------------------------------------------------


def test_what_is_corrected_later_changes_nothing(autumn_of_few: None) -> None:
    fold(Tally)
    assert sealing.seal(date(2025, 11, 1)) == 5 and sealing.is_sealed([date(2025, 11, 1)])
    count("case", 7)
    assert sealing.seal(date(2025, 11, 1)) == 0
    assert Sealed.objects.get(unit="case", codes__county="23", codes__sex="man").amount == 2
    assert AuditEvent.objects.filter(verb="statistics.seal").count() == 1


@pytest.mark.parametrize("at", ["2025-11-30T23:59:59", "2025-12-01T05:59:59"])
def test_a_month_is_sealed_the_morning_after_it(autumn_of_few: None, at: str) -> None:
    with clock.frozen(datetime.fromisoformat(at)), pytest.raises(ValueError, match="not over"):
        sealing.seal(date(2025, 11, 1))
    with clock.frozen(datetime(2025, 12, 1, 6)):
        assert sealing.seal(date(2025, 11, 1))


def test_a_month_without_anything_is_sealed_too(spring: None) -> None:
    assert sealing.seal(date(2025, 3, 1)) == 0
    assert sealing.is_sealed([date(2025, 3, 1)]) and not sealing.is_sealed([date(2025, 4, 1)])


def test_persons_are_sealed_with_the_year(autumn_of_few: None) -> None:
    """In December somebody of November turns out to be the same: November's own seal has no persons yet."""
    sealing.seal(date(2025, 11, 1))
    assert not Sealed.objects.filter(unit=tallies.PERSONS).exists()
    count(tallies.PERSONS, -1)
    sealing.seal(date(2025, 12, 1))
    rows = Sealed.objects.filter(unit=tallies.PERSONS).order_by("month")
    assert [(row.month.month, row.amount) for row in rows] == [(11, 54), (12, 54)]


# --- publishing ---------------------------------------------------------------------------------------


def test_everything_that_is_due_comes_out_once_and_in_order(autumn_of_few: None) -> None:
    found = [one.code for one in publishing.publish_due()]
    assert found == ["2025-11", "2025-12", "2025-Q4", "2025", "2026-01"]
    assert publishing.publish_due() == [] and publishing.publish_period(period("2025")) == 0
    out = [one.code for one in publications.periods_out()]
    assert out == ["2026-01", "2025", "2025-Q4", "2025-12", "2025-11"]
    assert tables("2025")["kinds"].total.value == 137
    assert publications.of(period("2024")) is None


def test_what_is_out_stays_as_it_is(out: None) -> None:
    before = list(Publication.objects.order_by("pk").values())
    count("case", 40, county="08")
    publishing.publish_due()
    assert list(Publication.objects.order_by("pk").values()) == before


def test_a_month_of_few_consultations_hides_nothing_of_its_quarter_and_year(autumn_of_few: None) -> None:
    """Three consultations in November: the month says its total alone, and both kinds stand in the year."""
    Tally.objects.filter(unit="consultation", month=date(2025, 11, 1)).update(amount=3)
    publishing.publish_due()
    month = tables("2025-11")["kinds"]
    assert not month.dimensions and month.total.value == 63
    assert month.id(()) == frozenset({("unit", "referral"), ("period", "2025-11")})
    for code in ("2025-Q4", "2025"):
        kinds = tables(code)["kinds"]
        assert (kinds[("case",)].value, kinds[("consultation",)].value) == (119, 12)


def test_a_small_month_is_tied_with_its_quarter(spring: None) -> None:
    """Two large months and one of three: the quarter's total cannot stand beside both."""
    for month, amount in ((10, 40), (11, 40), (12, 3)):
        count("case", amount, date(2025, month, 1))
        count(tallies.PERSONS, amount, date(2025, month, 1))
    publishing.publish_due()
    assert tables("2025-12")["kinds"].total.shown is Shown.SMALL
    shown = [tables(code)["kinds"].total.value for code in ("2025-10", "2025-11", "2025-Q4")]
    assert None in shown


@pytest.mark.security("S19", "sealed and published rows are never changed")
@pytest.mark.parametrize("model", [Sealed, Publication])
def test_the_database_refuses_any_change(out: None, model: Any) -> None:
    table = model._meta.db_table
    for words in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'deny_%%'", [table]
        )
        assert cursor.fetchone() == (2,)


@pytest.mark.security("S19", "scenario: two men in Jämtland, in two months, a quarter and a year")
def test_two_men_in_jamtland(out: None) -> None:
    year = tables("2025")
    assert year["county_group"][("23", "men")].value is None
    at = places.on(date(2025, 12, 31))
    rows = Publication.objects.filter(family="referrals")
    reader = reader_of([publications.read(data) for row in rows for data in row.tables.values()], at)
    assert reader.hidden and [str(one) for one in reader.finds()] == []
    men = frozenset(
        {"unit": "referral", "kind": "case", "period": "2025", "county": "23", "group": "men"}.items()
    )
    low, high = reader.bounds(men, whole=True)
    assert low == 0 and high >= 4


def test_a_quarter_waits_for_its_months(autumn_of_few: None) -> None:
    with pytest.raises(ValueError, match="sealed"):
        publishing.publish_period(period("2025-Q4"))
    for month in period("2025").months:
        sealing.seal(month)
    assert publishing.publish_period(period("2025-Q4")) == 2
    assert {row.family for row in Publication.objects.all()} == {"answers", "late"}, "they have no months"
    with pytest.raises(ValueError, match="2025-11 is not out"):
        publishing.publish_period(period("2025-Q4"))
    assert publishing.publish_period(period("2025")) == 4
    with pytest.raises(ValueError, match="2025-Q4 is not out"):
        publishing.publish_period(period("2025"))
    with pytest.raises(ValueError, match="not over"):
        publishing.publish_period(period("2026"))
    assert not Publication.objects.filter(family="referrals").exists()


def test_the_group_of_a_year_is_that_of_its_end(autumn_of_few: None) -> None:
    """S02: a girl of November was found in December to be a woman. Everything else stays."""
    count("case", 9, sex="woman", age="child", county="12", region="syd")
    count(tallies.PERSONS, 9)
    for age, amount in (("child", -1), ("adult", 1)):
        codes = {"sex": "woman", "age": age, "county": "12", "region": "syd"}
        count(tallies.REGROUPED, amount, date(2025, 12, 1), **codes)
    publishing.publish_due()
    year = tables("2025")
    girls = year["group_form"][("girls", TOTAL)]
    assert girls.value in (8, None) and year["kinds"].total.value == 146
    assert "group" not in tables("2025-Q4"), "a quarter has no groups to subtract from the year's"


def test_what_cannot_be_a_table_is_left_out_and_the_log_says_so(autumn_of_few: None) -> None:
    """Questions counted of fewer referrals than were sent; steps of which more were taken back than done."""
    count(tallies.QUESTIONS, 20, detail="police_report", answer="known")
    count(tallies.PHASES, -3, detail="2_acute")
    count(tallies.PHASES, 8, detail="1_identify")
    publishing.publish_due()
    assert not {"unknown_police_report", "steps"} & set(tables("2025")) and "county_group" in tables("2025")
    event = AuditEvent.objects.get(verb="statistics.publish", facts__period="2025")
    assert {"unknown_police_report", "steps"} <= set(event.facts["left_out"])


def test_a_table_that_cannot_be_protected_is_left_out(autumn_of_few: None, monkeypatch: Any) -> None:
    asked: list[list[str]] = []

    def picky(cubes: Any, **more: Any) -> Any:
        asked.append(list(cubes))
        if "form" in cubes:
            raise Unsafe("form")
        return publish_family(cubes, **more)

    monkeypatch.setattr(publishing, "publish_family", picky)
    publishing.publish_due()
    assert ["kinds", "county", "form"] in asked
    assert "form" not in tables("2025-Q4") and "county" in tables("2025-Q4")


def test_a_few_calls_and_nothing_of_the_time_before_them(autumn_of_few: None) -> None:
    call = {"caller": "professional", "again": "first", "hour": "09"}
    Calls.objects.create(month=date(2025, 12, 1), unit="call", amount=3, codes=call)
    with clock.frozen(datetime(2026, 1, 1, 5)):
        publishing.publish_due()
    with clock.frozen(datetime(2026, 1, 1, 7)):
        sealing.seal(date(2025, 12, 1))
        publishing.publish_period(period("2025-12"))
    assert "calls" not in tables("2025-11")
    assert tables("2025-12")["calls"].total.shown is Shown.SMALL


def test_reading_is_one_question_and_keeps_the_order_of_the_table(
    out: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        publications.periods_out()
    with django_assert_num_queries(1):
        found = publications.of(period("2025"))
    assert found and list(found.tables)[:3] == ["kinds", "county_group", "group_form"]
    assert list(found.tables["county_group"].dimensions) == ["county", "group"]
    assert found.tables["county_group"].margin("county").total.value == 119
    assert found.made_at == SPRING


def test_no_hidden_number_is_stored(out: None) -> None:
    for row in Publication.objects.exclude(family="times"):
        for data in row.tables.values():
            assert all((value is None) != (shown == "number") for _key, shown, value in data["cells"])


# --- by the clock and by hand ---------------------------------------------------------------------------


def test_the_clock_publishes_and_waits_for_a_demo(autumn_of_few: None) -> None:
    demo = JobRun.objects.create(name="demo", started_at=SPRING)
    tasks.publish()
    assert not Publication.objects.exists()
    demo.state = "finished"
    demo.save()
    sealing.seal(date(2025, 10, 1))
    tasks.publish()
    assert JobRun.objects.get(name="publish").done == 5


@pytest.mark.parametrize("publish", [tasks.publish, partial(call_command, "rollups", "publish")])
def test_before_the_first_month_is_sealed_all_is_counted_anew(
    autumn_of_few: None, monkeypatch: Any, publish: Callable[[], object]
) -> None:
    """An upgrade: what the tallies hold was written by another version, and what comes out stays."""
    monkeypatch.setattr(recounting, "rebuild", lambda: Tally.objects.filter(codes__county="12").delete())
    publish()
    publish()
    assert tables("2025")["kinds"].total.value == 87


def test_by_hand(autumn_of_few: None) -> None:
    words = StringIO()
    sealing.seal(date(2025, 10, 1))
    with clock.frozen(datetime(2025, 12, 4)):
        call_command("rollups", "publish", stdout=words)
        call_command("rollups", "publish", stdout=words)
    first, second = words.getvalue().splitlines()
    assert first == "1 periods published: 2025-11"
    assert second == "Nothing was due."


def test_one_at_a_time(autumn_of_few: None, live_second: CursorWrapper, monkeypatch: Any) -> None:
    """Another host is at it: the clock leaves it alone, who asks by hand is told."""
    live_second.execute("SELECT pg_advisory_lock(%s)", [sealing.LOCK])
    with pytest.raises(Taken):
        sealing.seal(date(2025, 11, 1))
    monkeypatch.setattr(recounting, "rebuild", lambda: 0)
    with pytest.raises(CommandError, match="Another process"):
        call_command("rollups", "publish")
    tasks.publish()
    assert not Publication.objects.exists()
    assert JobRun.objects.get(name="publish").state == "finished"


# --- the database itself ----------------------------------------------------------------------------------

SOUND = {"month": date(2025, 3, 1), "source": "cases", "unit": "case", "amount": 4}
OUT: dict[str, Any] = {"family": "referrals", "period": "2025-03", "tables": {}}
BREAKS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "sealed_once": (Sealed, [SOUND, SOUND | {"amount": 5}]),
    "sealed_month_is_a_month": (Sealed, [SOUND | {"month": date(2025, 3, 2)}]),
    "sealed_source_known": (Sealed, [SOUND | {"source": "weather"}]),
    "publication_once": (Publication, [OUT, OUT | {"tables": {"more": {}}}]),
    "publication_family_known": (Publication, [OUT | {"family": "secrets"}]),
    "publication_period_known": (Publication, [OUT | {"period": "2025-Q5"}]),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_the_database_refuses_what_cannot_be(name: str) -> None:
    model, (*sound, wrong) = BREAKS[name]
    for row in sound:
        model.objects.create(**row)
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        model.objects.create(**wrong)


def test_every_named_constraint_is_broken_here() -> None:
    named = {one.name for model in (Sealed, Publication) for one in model._meta.constraints}
    assert named == set(BREAKS)
