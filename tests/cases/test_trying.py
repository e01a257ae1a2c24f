"""A try of a draft makes the same facts of the same case as the questionnaire does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cases.sections.facts import facts
from manual.library.preview import facts_of
from tests.cases.conftest import ADULT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("citizenship", "stay", "foreign", "tried"),
    [
        (["TH"], "none", True, "none"),
        (["TH"], "asylum", True, "asylum"),
        (["RO"], "eu_right", True, "yes"),
        (["SE"], None, False, "none"),
    ],
)
def test_the_same_conditions(citizenship: list[str], stay: str | None, foreign: bool, tried: str) -> None:
    answers: dict[str, Any] = ADULT | {"citizenship": citizenship, "stay_status": stay}
    told = facts({key: value for key, value in answers.items() if value is not None}, date(2026, 11, 23))
    made = facts_of(
        age="adult", forms=["labour"], danger=False, foreign=foreign, stay=tried, others=[], consent=True
    )
    assert made.conditions == told.conditions & {"foreign_national", "no_right_of_stay", "asylum_seeker"}
