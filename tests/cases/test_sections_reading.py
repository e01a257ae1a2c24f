"""Reading answers: dates, numbers, free text, and whatever else may be posted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import sections
from cases.sections import SECTIONS, numbers
from coordinators.services import load_reference
from core import dates
from core.text import Unreadable, identifying

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _map(db: None, freeze: Any) -> None:
    load_reference()
    freeze("2026-11-23 09:00")


# --- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11", "2026-11"),
        ("november 2026", "2026-11"),
        ("2024", "2024"),
        ("20/11 2026", "2026-11-20"),
        ("20 nov 2026", "2026-11-20"),
        ("２０２６－１１－２０", "2026-11-20"),
    ],
)
def test_half_remembered_dates(text: str, read: str) -> None:
    assert dates.read_fuzzy(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2011-03", "2011-03"),
        ("omkring 23", "~23"),
        ("ca 23 år", "~23"),
        ("17", "~17"),
        ("1993–2003", "1993/2003"),
    ],
)
def test_births_and_ages(text: str, read: str) -> None:
    assert dates.read_birth(text) == read and dates.read_birth(read) == read


@pytest.mark.parametrize(
    "text", ["2026-13-01", "31 februari 2026", "1066", "omkring 400", "imorgon", "", "2027"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Unreadable):
        dates.read_birth(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("8507099805", "19850709-9805"),
        ("19850709-9805", "19850709-9805"),
        ("850769-9802", "19850769-9802"),
        ("121212+1212", "19121212-1212"),
    ],
)
def test_personal_and_coordination_numbers(text: str, read: str) -> None:
    assert numbers.read_personal_number(text) == read


@pytest.mark.parametrize("text", ["850709-9806", "850732-9805", "123", "19850709-98055", "okänt"])
def test_numbers_that_are_not_right(text: str) -> None:
    with pytest.raises(Unreadable):
        numbers.read_personal_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "850709-9805",
        "19850709 9805",
        "1985-07-69-9802",
        "070-123 45 67",
        "+46 70 123 45 67",
        "0701234567",
        "+373 60 123 456",
        "a.b@c.se",
        "5000-K123456-26",
        "８５０７０９－９８０５",
        "850709\u200b-9805",
        "tel:0701-234567",
    ],
)
def test_free_text_that_points_somebody_out(text: str) -> None:
    assert identifying(f"Personen, {text}, behöver hjälp")


@pytest.mark.parametrize(
    "text",
    [
        "Vi sågs 2026-11-20 kl. 14.30.",
        "Ring 112 eller 114 14",
        "stödtelefonen 020-39 00 00",
        "12 000 kr i skuld",
        "tre män, 2 kvinnor, 15 madrasser",
        "20 november 2026",
        "enligt 19 kap. 1 § SoL (2025:400)",
    ],
)
def test_free_text_that_points_out_nobody(text: str) -> None:
    assert identifying(text) == ""


def _posted() -> Iterator[str]:
    for section in SECTIONS:
        yield from section.by_key


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(sorted(_posted())),
        st.one_of(
            st.text(max_size=40),
            st.lists(st.text(max_size=12), max_size=4),
            st.sampled_from(
                [
                    "yes",
                    "no",
                    "given",
                    "refused",
                    "adult",
                    "child",
                    "0380",
                    "municipality",
                    "same",
                    "~12",
                    "2026-11-20",
                ]
            ),
        ),
        max_size=30,
    )
)
def test_no_input_breaks_the_reading(answers: dict[str, Any]) -> None:
    """Nothing raises, what was read reads again to the same, and there is no identity without consent."""
    read = sections.readable(answers)
    assert sections.readable(read) == read
    sections.missing(answers)
    facts = sections.facts(answers, TODAY)
    document = sections.document(answers, "sv")
    if facts.mode == "consultation":
        assert not facts.identity and not {"identity", "contact"} & {part["category"] for part in document}
