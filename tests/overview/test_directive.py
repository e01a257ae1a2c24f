"""The yearly statistics for the EU, against tables counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from cases.models import Tally
from cases.services import tallies
from coordinators.services import load_reference
from core.publish import Published
from nrm_portal.overview import directive, publications, publishing
from nrm_portal.overview.periods import Period
from nrm_portal.overview.publications import PublishedPeriod
from nrm_portal.overview.sheets import Sheet

YEAR = Period("year", date(2025, 1, 1))
PEOPLE = (
    # how many, month, sex, age, citizenship, form, who referred
    (12, 2, "woman", "adult", "eu", "sexual", "police"),
    (9, 3, "man", "adult", "other", "labour", "migration_agency"),
    (6, 5, "woman", "child", "sweden", "sexual", "social_services_child"),
    (7, 8, "woman", "adult", "not_stated", "labour", "police"),
    (5, 11, "man", "unsure", "unknown", "labour", "police"),
)
GIVEN = ((8, "accommodation", "given"), (6, "accommodation", "not_given"), (14, "health_care", "given"))
"""Of fourteen cases that were closed, in September."""


def count(unit: str, amount: int, month: int, **codes: str) -> None:
    base = dict.fromkeys(tallies.BASE, "not_stated") | {"kind": "case", "region": "syd", "county": "12"}
    Tally.objects.create(month=date(2025, month, 1), unit=unit, amount=amount, codes=base | codes)


def counted() -> None:
    for amount, month, sex, age, citizenship, form, agency in PEOPLE:
        codes = {"sex": sex, "age": age, "citizenship": citizenship, "form": form, "agency": agency}
        count(tallies.CASES, amount, month, **codes)
    for amount, kind, given in GIVEN:
        count(tallies.ASSISTANCE, amount, 9, detail=kind, given=given)
    count(tallies.CLOSED, 14, 9, detail="support_completed")


@pytest.fixture
def published(db: None, freeze: Callable[[str], Any]) -> Callable[[], PublishedPeriod]:
    def made() -> PublishedPeriod:
        load_reference()
        freeze("2026-01-12 15:00")
        assert YEAR in publishing.publish_due()
        found = publications.of(YEAR)
        assert found is not None
        return found

    return made


def told(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    """The rows that are not all zero, by heading."""
    rows = {heading: tuple(entry.text for entry in entries) for heading, entries in sheet.rows}
    return {heading: texts for heading, texts in rows.items() if set(texts) != {"0"}}


def test_the_tables_are_those_counted_by_hand(published: Callable[[], PublishedPeriod]) -> None:
    counted()
    age, citizenship, form, agency, assistance = directive.sheets(published())
    assert age.columns == ("Kön", "Under 18 år", "Vuxen", "Osäker ålder", "Vet inte", "Inte angivet", "Alla")
    assert told(age) == {
        "Kvinna": ("6", "19", "0", "0", "0", "25"),
        "Man": ("0", "9", "5", "0", "0", "14"),
        "Totalt": ("6", "28", "5", "0", "0", "39"),
    }
    assert citizenship.columns[1:] == ("Kvinnor", "Män", "Flickor", "Pojkar", "Annat eller okänt", "Alla")
    assert told(citizenship) == {
        "Sverige": ("0", "0", "6", "0", "0", "6"),
        "EU, EES eller Schweiz": ("12", "0", "0", "0", "0", "12"),
        "Land utanför EU": ("0", "9", "0", "0", "0", "9"),
        "Vet inte": ("0", "0", "0", "0", "5", "5"),
        "Inte angivet": ("7", "0", "0", "0", "0", "7"),
        "Totalt": ("19", "9", "6", "0", "5", "39"),
    }
    assert told(form) == {
        "Sexuella ändamål": ("12", "0", "6", "0", "0", "18"),
        "Arbetskraft": ("7", "9", "0", "0", "5", "21"),
        "Totalt": ("19", "9", "6", "0", "5", "39"),
    }
    assert told(agency) == {
        "Socialtjänst, barn och unga": ("0", "0", "6", "0", "0", "6"),
        "Polismyndigheten": ("19", "0", "0", "0", "5", "24"),
        "Migrationsverket": ("0", "9", "0", "0", "0", "9"),
        "Totalt": ("19", "9", "6", "0", "5", "39"),
    }
    assert told(assistance)["Boende"] == ("8", "6", "14")
    assert told(assistance)["Hälso- och sjukvård"] == ("14", "0", "14")
    assert all(sheet.is_complete for sheet in (age, citizenship, form, agency))
    assert {sheet.period for sheet in (age, citizenship, form, agency, assistance)} == {"2025"}


def test_two_children_in_it_are_not_told(published: Callable[[], PublishedPeriod]) -> None:
    counted()
    count(tallies.CASES, 2, 6, sex="man", age="child", citizenship="eu", form="begging", agency="mika")
    sheets = directive.sheets(published())[:4]
    for sheet in sheets:
        texts = [text for row in told(sheet).values() for text in row]
        assert "2" not in texts, sheet.title
        assert not sheet.is_complete
        assert {"färre än 5", "visas inte"} & set(texts), sheet.title
    true = {("Kvinna", 0): 6, ("Kvinna", 1): 19, ("Man", 0): 2, ("Man", 1): 9, ("Man", 2): 5}
    for (heading, place), amount in true.items():
        assert told(sheets[0])[heading][place] in (str(amount), "färre än 5", "visas inte")


def test_a_quarter_and_an_unpublished_year_have_none(published: Callable[[], PublishedPeriod]) -> None:
    counted()
    published()
    quarter = publications.of(Period("quarter", date(2025, 1, 1)))
    assert quarter is not None and quarter.tables
    assert directive.sheets(quarter) == [] and directive.sheets(None) == []


def test_a_table_that_could_not_be_published_is_left_out(published: Callable[[], PublishedPeriod]) -> None:
    counted()
    year = published()
    without = {key: table for key, table in year.tables.items() if key != "group_form"}
    keys = [sheet.key for sheet in directive.sheets(PublishedPeriod(year.period, without, year.made_at))]
    assert keys == ["eu-alder", "eu-medborgarskap", "eu-upptackt", "eu-stod"]


def test_a_code_of_an_older_publication_stands_for_itself(
    published: Callable[[], PublishedPeriod],
) -> None:
    counted()
    year = published()
    old = year.tables["sex_age"].as_json()
    old["dimensions"]["sex"] = ["bygone" if code == "woman" else code for code in old["dimensions"]["sex"]]
    for cell in old["cells"]:
        cell[0] = ["bygone" if code == "woman" else code for code in cell[0]]
    tables = {**year.tables, "sex_age": Published.from_json(old)}
    sheet = directive.sheets(PublishedPeriod(year.period, tables, year.made_at))[0]
    assert told(sheet)["bygone"] == ("6", "19", "0", "0", "0", "25")


def test_the_notes_say_what_is_to_be_confirmed_and_what_is_missing() -> None:
    with translation.override("sv"):
        words = " ".join(directive.notes())
    assert "att bekräfta" in words and "förmodade offer" in words
    assert "Misstänkta, åtal, fällande domar" in words
