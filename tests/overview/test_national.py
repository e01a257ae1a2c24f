"""The national page: every figure with no data, little and much, and what can be chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.enums import Role
from cases.models import Tally
from cases.services import tallies
from coordinators.services import load_reference
from core.publish import TOTAL, Cube, publish
from hotline.models import Tally as CallTally
from nrm_portal.overview import downloads, labels, national, publications, publishing
from nrm_portal.overview.cards import Card
from nrm_portal.overview.catalogue import of_kind
from nrm_portal.overview.models import Publication
from nrm_portal.overview.national.choosing import choice_of
from nrm_portal.overview.national.drawing import paired
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.national.tables import before_head
from nrm_portal.overview.periods import Period
from nrm_portal.overview.places import Places
from nrm_portal.overview.population import Population
from nrm_portal.overview.quantiles import LEAST_MEDIAN, Quantiles
from tests.factories import member, sign_in
from tests.overview.conftest import CODES
from tests.overview.out import out, stored

__all__ = ["out", "stored"]
PAGE = "/statistik/"
NINE = (
    "manader",
    "lan",
    "former",
    "steg",
    "fran-aktor",
    "till-utfall",
    "forsenat",
    "svar",
    "samtal",
    "okant",
)
"""The nine figures; flows are two tables."""


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-18 14:00")


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    load_reference()
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


def shown(**query: str) -> Picture:
    return national.picture(national.chosen(query))


def cards(picture: Picture) -> dict[str, Card]:
    return {card.key: card for part in national.parts(picture) for card in part.cards}


def page(client: Client, **query: str) -> str:
    return client.get(PAGE, query).content.decode()


def happened(amount: int, month: date, unit: str = tallies.REFERRALS, **codes: str) -> None:
    Tally.objects.create(month=month, unit=unit, amount=amount, codes={"kind": "case"} | CODES | codes)


# --- no, little and much ----------------------------------------------------------------------------------


def test_nothing_counted_says_so(desk: Client) -> None:
    assert "Inget har räknats än" in page(desk)
    assert "<figure" not in page(desk)


def test_nothing_published_yet_shows_the_running_month(desk: Client) -> None:
    happened(23, date(2026, 11, 1))
    text = page(desk)
    assert "Inget har publicerats än" in text and "Inget helt år har räknats än" in text
    assert re.search(r"Hänvisningar i november hittills</dt><dd class=\"value\">23<", text)
    assert 'class="veil"' in text.split('id="card-manader"')[1].split("</figure>")[0]


def test_little_data_shows_no_small_number(desk: Client) -> None:
    for unit in (tallies.REFERRALS, tallies.CASES):
        happened(3, date(2026, 4, 1), unit)
    assert publishing.publish_due()
    for query in ({}, {"period": "2026-Q2"}, {"period": "2026-04"}):
        text = page(desk, **query)
        main = text[text.index("<main") :]
        assert not re.search(r">\s*3\s*<", main), query
        assert "färre än 5" in main or "visas inte" in main


def test_all_nine_figures_of_a_year_with_much_data(desk: Client, out: None) -> None:
    text = page(desk, period="2025")
    for key in NINE:
        assert text.count(f'id="card-{key}"') == 1, key
    assert text.count("<h1") == 1
    for figure in text.split("<figure")[1:]:
        assert "<table" in figure.split("</figure>")[0], "a table under every picture"


def _out(code: str, made_at: datetime, *tables: tuple[str, str, int]) -> None:
    period = Period.parse(code)
    assert period is not None
    for family, key, amount in tables:
        whole = period.kind != "month"
        cube = Cube({"kind": ["case"]}, {("case",): amount}) if whole else Cube({}, {(): amount})
        made = publications.stored(publish(replace(cube, within={"period": code, "key": key})))
        Publication.objects.create(family=family, period=code, made_at=made_at, tables={key: made})


@pytest.fixture
def autumn(db: None) -> None:
    """Referrals since January; the helpline opened in September."""
    load_reference()
    for month in range(1, 11):
        at = datetime(2026, month + 1, 1, 5, tzinfo=UTC)
        calls = [("calls", "calls", month)] if month > 8 else []
        _out(f"2026-{month:02}", at, ("referrals", "kinds", 30 + month), *calls)


def test_a_helpline_that_opened_in_the_autumn_has_no_months_before_it(desk: Client, autumn: None) -> None:
    picture = shown()
    card = cards(picture)["samtal"]
    assert [point.label for point in card.points] == ["sep", "okt", "nov"]
    assert [row[0] for row in card.table.rows][:2] == ["september 2026", "oktober 2026"]
    assert "september 2026" in card.note
    read = {one.label: one.value for one in national.numbers(picture)}
    assert read["Samtal till stödtelefonen från och med september till och med oktober"] == "19"
    assert read["Hänvisningar till och med oktober"] == "355"
    assert "visas inte" not in page(desk)


def test_a_helpline_that_never_was_has_neither_card_nor_number(desk: Client, db: None) -> None:
    load_reference()
    _out("2026-01", datetime(2026, 2, 1, 5, tzinfo=UTC), ("referrals", "kinds", 31))
    _out("2025", datetime(2026, 1, 1, 5, tzinfo=UTC), ("referrals", "kinds", 310))
    picture = shown()
    assert "samtal" not in cards(picture) and "samtal" not in {one.key for one in national.sheets_of(picture)}
    assert not [one.label for one in national.numbers(picture) if "stödtelefonen till och med" in one.label]
    for query in ({}, {"period": "2025"}):
        said = desk.get("/samtal/statistik/", query).content.decode()
        assert "för få samtal" not in said
    happened(1, date(2026, 11, 1))
    CallTally.objects.create(month=date(2026, 11, 1), unit="call", amount=3, codes={})
    said = desk.get("/samtal/statistik/").content.decode()
    assert "Inga samtal till stödtelefonen räknades 2025" in said and "för få samtal" not in said


def test_the_running_year_says_when_its_newest_month_was_calculated(desk: Client, autumn: None) -> None:
    _out("2025", datetime(2026, 1, 1, 5, tzinfo=UTC), ("referrals", "kinds", 310))
    read = page(desk)
    assert "Beräknat 1 november 2026 kl.\xa06. " in read.split("<h2", 1)[0]
    under = read.split("Hela 2025</h2>", 1)[1]
    assert "Beräknat 1 januari 2026 kl.\xa06" in under
    facts = dict(downloads._facts(shown()))
    assert facts["Beräknad"].startswith("1 november 2026")
    assert facts["Hela 2025"] == "beräknad 1 januari 2026 kl.\xa06"


def test_a_hidden_month_has_its_words_and_draws_a_box(db: None) -> None:
    load_reference()
    for month, amount in ((8, 31), (9, 2)):
        _out(f"2026-{month:02}", datetime(2026, month + 1, 1, 5, tzinfo=UTC), ("referrals", "kinds", amount))
    august, september, *_running = cards(shown())["manader"].points
    assert (august.value, august.note) == (31, "")
    assert (september.value, september.note) == (None, "färre än 5")


def test_a_quarter_has_tables_of_one_question_and_says_why(desk: Client, out: None) -> None:
    found = cards(shown(period="2025-Q1"))
    assert {"manader", "lan", "former", "forsenat", "svar", "samtal", "okant"} <= set(found)
    assert not {"fran-aktor", "till-utfall", "steg", "lan-grupp"} & set(found)
    assert "visas för hela år" in page(desk, period="2025-Q1")
    with translation.override("en"):
        assert "are given for whole years" in str(cards(shown(period="2025-Q1"))["svar"].note)


def test_a_month_has_totals_alone(desk: Client, out: None) -> None:
    assert cards(shown(period="2025-02")) == {}
    text = page(desk, period="2025-02")
    assert "En månad visas bara som totaler" in text and "<figure" not in text
    assert ">Februari 2025</h2>" in text and "selected>Februari 2025</option>" in text
    with translation.override("en"):
        named = [one.label for one in national.numbers(shown(period="2025-02"))]
    assert named == ["Referrals", "Calls to the helpline"]


def test_in_january_the_year_that_is_over_is_there_at_once(
    desk: Client, out: None, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-01-13 09:00")
    text = page(desk)
    assert "Hela 2025" in text and 'id="card-lan"' in text
    assert '<option value="2026" selected>' in text


# --- what can be chosen -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", ["2024", "2027", "2025-13", "2025-Q5", "2026-10", "1999", "x", "", "２０２５", "20 25"]
)
def test_a_period_that_is_not_out_looks_like_one_that_does_not_exist(out: None, asked: str) -> None:
    assert national.chosen({"period": asked}).period.code == "2026"


def test_what_is_out_can_be_chosen_newest_first(out: None) -> None:
    with translation.override("sv"):
        years, quarters, months = national.period_groups(national.chosen({"period": "2025-Q2"}))
    assert [one.value for one in years.options] == ["2026", "2025"]
    assert [one.value for one in quarters.options] == ["2025-Q4", "2025-Q3", "2025-Q2", "2025-Q1"]
    assert [one.value for one in quarters.options if one.chosen] == ["2025-Q2"]
    assert [one.value for one in months.options][:2] == ["2025-12", "2025-11"]


def test_the_comparison_follows_the_choice(out: None) -> None:
    against = {
        code: national.chosen({"period": "2025-Q3", "jamfor": code}).against
        for code in ("aret-fore", "narmast-fore", "inget", "nonsens")
    }
    assert {code: one and one.code for code, one in against.items()} == {
        "aret-fore": "2024-Q3",
        "narmast-fore": "2025-Q2",
        "inget": None,
        "nonsens": "2024-Q3",
    }
    before = cards(shown(period="2025-Q3", jamfor="narmast-fore"))["manader"]
    assert [point.before is not None for point in before.points].count(True) >= 1
    alone = cards(shown(period="2025-Q3", jamfor="inget"))["manader"]
    assert alone.before == "" and all(point.before is None for point in alone.points)


def test_a_first_period_that_is_not_whole_is_named_and_compared_with_nothing() -> None:
    codes = ("2025", "2025-Q1", "2024", "2024-01", "2023", "2023-Q4", "2023-12", "2023-11")
    known = [found for code in codes if (found := Period.parse(code))]

    def seen(code: str) -> Picture:
        return replace(blank, chosen=choice_of({"period": code}, known, today))

    today = date(2026, 11, 18)
    blank = Picture(choice_of({}, known, today), {}, None, Places({}, {}), Population(today, "", True, 0, {}))
    assert {code: seen(code).is_comparable for code in ("2025", "2024", "2023", "2023-12", "2025-Q1")} == {
        "2025": True, "2024": False, "2023": False, "2023-12": True, "2025-Q1": True,
    }  # fmt: skip
    with translation.override("en"):
        assert seen("2023").chosen.label == "2023, from November"
        assert before_head(seen("2024")) == "2023, from November"
        assert before_head(seen("2025")) == "The year before"
        assert seen("2023-Q4").chosen.label == "Quarter 4, 2023, from November"


@pytest.mark.parametrize(
    ("first", "quarter", "said"),
    [("10", "Q4", ""), ("02", "Q1", ""), ("01", "Q1", "50 % fler än samma månader 2026")],
)
def test_persons_are_compared_with_the_very_same_quarters(
    db: None, freeze: Callable[[str], Any], first: str, quarter: str, said: str
) -> None:
    """Never January to March with October to December, nor with a quarter that is counted from February."""
    load_reference()
    told = {f"2026-{first}": 20, f"2026-{quarter}": 60, "2027-03": 30, "2027-Q1": 90}
    for code, amount in told.items():
        _out(code, datetime(2027, 4, 1, 5, tzinfo=UTC), ("referrals", "kinds", amount))
    freeze("2027-05-18 14:00")
    persons = next(one for one in national.numbers(shown()) if one.word == "case")
    assert (persons.value, persons.comparison) == ("90", said)


def test_the_address_keeps_what_was_chosen(desk: Client, out: None) -> None:
    text = page(desk, period="2025", jamfor="inget", matt="invanare")
    assert 'name="matt" value="invanare"' in text
    assert "/statistik/hamta/?period=2025&amp;jamfor=inget&amp;matt=invanare" in text


# --- counties ---------------------------------------------------------------------------------------------


def test_rates_are_made_from_shown_numbers_alone(out: None) -> None:
    with translation.override("sv"):
        picture = shown(period="2025", matt="invanare")
        card = cards(picture)["lan"]
    line = picture.tables["county_group"].margin("county")
    assert card.counties is not None
    hidden = [code for code in picture.at.counties if line[(code,)].value is None]
    assert hidden, "the country of this test has counties with few"
    for code in picture.at.counties:
        assert (card.counties[code] is None) == (code in hidden)
    rows = {str(row[0]): row for row in card.table.rows}
    for code in hidden:
        assert "withheld" in str(rows[picture.at.counties[code]][-1])
    stockholm = line[("01",)].value
    assert stockholm and card.counties["01"] == round(stockholm * 100_000 / 2_473_307, 1)
    assert "31 december 2024" in card.note and "Att bekräfta" in card.note


def test_counties_are_ranked_by_what_is_shown(out: None) -> None:
    picture = shown(period="2025")
    line = picture.tables["county_group"].margin("county")
    order = [str(row[0]) for row in cards(picture)["lan"].table.rows]
    by_name = {name: line[(code,)].value for code, name in picture.at.counties.items()}
    ranked = [by_name[name] for name in order if name in by_name]
    known = [value for value in ranked if value is not None]
    assert known == sorted(known, reverse=True)
    assert len(ranked) == 21


# --- times ------------------------------------------------------------------------------------------------


def test_a_time_is_said_as_a_class_and_only_where_the_sample_allows_it(out: None) -> None:
    with translation.override("sv"):
        picture = shown(period="2025")
        found = cards(picture)
    times, table = picture.times("answers"), picture.tables["answers"]
    spans = found["svar"].spans
    assert found["svar"].scale and found["svar"].scale.target
    assert len([one for one in spans if one.middle]) == len(times) > 0
    for one in spans:
        assert one.middle is None or one.middle[1] - one.middle[0] == 1, "a class, never a time"
        assert one.middle is None or one.low <= one.middle[0] and one.middle[1] <= one.high
    assert len(times) > 2, "of the country and of regions"
    few = {code for code in table.dimensions["region"] if (table[(code, TOTAL)].value or 0) < LEAST_MEDIAN}
    named, names = {one.label: one for one in spans}, labels.of("region", picture.at)
    silent = [named[names[code]] for code in few - set(times) if names[code] in named]
    assert silent and not any(one.middle or one.far for one in silent)
    assert {one.note for one in silent} <= {"median för få", "median visas inte"}


def test_every_step_has_its_median_or_says_why_not(out: None) -> None:
    picture = shown(period="2025")
    took = {
        "steps": {
            "1_identify": Quantiles(50, "5d", "3d", "7d", "21d"),
            "2_acute": Quantiles(12, "1d", "", "3d"),
        }
    }
    held = {**picture.held, "2025": replace(picture.held["2025"], times=took)}
    card = cards(replace(picture, held=held))["steg"]
    assert [point.note for point in card.points][:2] == ["median 3–5 dygn", "median upp till 1 dygn"]
    why_not = {point.note for point in card.points[2:]}
    assert len(card.points) == 6 and why_not <= {"median för få", "median visas inte"}
    assert "withheld" in str(card.table.rows[1][-1]), "no 90th percentile of twelve"


# --- the rest ---------------------------------------------------------------------------------------------


def test_definitions_stand_beside_the_numbers(desk: Client, out: None) -> None:
    text = page(desk, period="2025")
    for word in set(re.findall(r'href="/statistik/sa-raknar-vi/#ord-([a-z]+)"', text)):
        assert f'id="ord-{word}"' in desk.get("/statistik/sa-raknar-vi/").content.decode()
    assert all(card.definition for key, card in cards(shown(period="2025")).items() if "ar-for-ar" not in key)


def test_what_could_not_be_shown_is_named(out: None) -> None:
    picture = shown(period="2025")
    whole = picture.held["2025"]
    without = {key: table for key, table in whole.tables.items() if key != "region_outcome"}
    held = {**picture.held, "2025": replace(whole, tables=without)}
    lead = national.parts(replace(picture, held=held))[0].lead
    title = str(of_kind("year")["region_outcome"].title).lower()
    assert title in lead
    assert title not in " ".join(part.lead for part in national.parts(picture))


def test_cards_of_half_a_page_come_in_pairs(out: None) -> None:
    found = list(cards(shown(period="2025")).values())
    one = next(card for card in found if card.is_half)
    assert [card.is_half for card in paired([one, one, one])] == [True, True, False]
    assert [card.is_half for card in paired([one])] == [False]


def test_the_number_of_questions_to_the_database_does_not_grow(
    desk: Client, out: None, django_assert_max_num_queries: Any
) -> None:
    desk.get(PAGE)
    with django_assert_max_num_queries(20) as little:
        desk.get(PAGE, {"period": "2025"})
    for month in range(1, 11):
        happened(41, date(2026, month, 1))
    assert publishing.publish_due()
    with django_assert_max_num_queries(20) as much:
        desk.get(PAGE, {"period": "2025"})
    assert len(much.captured_queries) == len(little.captured_queries)
