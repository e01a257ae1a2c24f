"""A title claims something only when it holds whatever the hidden numbers are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from django.utils import translation

from core.publish import TOTAL, Cell, Cube, Key, Published, Shown, publish
from nrm_portal.overview import labels, population, titles
from nrm_portal.overview.places import Places
from nrm_portal.overview.sheets import share, short_month
from nrm_portal.overview.titles import MonthPair

NAMES = {"12": "Skåne län", "14": "Västra Götalands län", "09": "Gotlands län"}
LIVING = population.on(date(2026, 1, 1))


@pytest.fixture(autouse=True)
def _swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


def pairs(now: Sequence[int | None], before: Sequence[int | None], first: int = 1) -> list[MonthPair]:
    return [
        MonthPair(date(2026, first + n, 1), a, b) for n, (a, b) in enumerate(zip(now, before, strict=True))
    ]


def line(values: dict[str, int | None], total: int | None) -> Published:
    cells: dict[Key, Cell] = {(code,): _cell(value) for code, value in values.items()}
    return Published({"county": list(values)}, 5, cells | {(TOTAL,): _cell(total)})


def _cell(value: int | None) -> Cell:
    return Cell(Shown.HIDDEN) if value is None else Cell(Shown.NUMBER, value)


@pytest.mark.parametrize(
    ("now", "before", "first", "said"),
    [
        ([40, 40, 40], [30, 30, 30], 6, "Fler hänvisningar under sommaren än året före"),
        ([40, 40, 41, 70, 66], [40, 40, 40, 44, 46], 6, "Fler hänvisningar under hösten än året före"),
        ([40, 40, 40, 20, 21], [40, 40, 40, 44, 46], 6, "Färre hänvisningar under hösten än året före"),
        ([40], [30], 1, "Fler hänvisningar än året före"),
        ([30], [40], 1, "Färre hänvisningar än året före"),
        ([40, 41], [41, 40], 1, "Ungefär lika många hänvisningar som året före"),
        ([40, 31], [None, None], 1, "Flest hänvisningar i januari 2026"),
        ([40, None], [30, 30], 1, "Hänvisningar per månad"),
        ([], [], 1, "Hänvisningar per månad"),
        ([6, 6], [3, 3], 4, "Fler hänvisningar än året före"),  # six more are no season
        (
            [40, 40, 60, 60],
            [80, 80, 46, 44],
            7,
            "Färre hänvisningar än året före",
        ),  # more in the autumn alone
    ],
)
def test_months(now: list[int | None], before: list[int | None], first: int, said: str) -> None:
    assert titles.months(pairs(now, before, first)) == said


def test_months_of_the_period_before_speak_of_no_season() -> None:
    said = titles.months(pairs([40, 40, 40], [20, 20, 20], 6), a_year_apart=False)
    assert said == "Fler hänvisningar än perioden före"


def test_december_and_january_are_the_same_winter() -> None:
    months = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    said = titles.months([MonthPair(month, 60, 30) for month in months])
    assert said == "Fler hänvisningar under vintern än året före"


def test_a_county_leads_only_when_no_hidden_one_can() -> None:
    assert titles.counties(line({"12": 40, "14": 30, "09": None}, 75), NAMES) == "Flest ärenden i Skåne län"
    assert titles.counties(line({"12": 40, "14": None, "09": None}, 95), NAMES) == "Ärenden per län"
    assert titles.counties(line({"12": 40, "14": 40, "09": 5}, 85), NAMES) == "Ärenden per län"
    assert titles.counties(line({"12": 40, "14": 30, "09": None}, None), NAMES) == "Ärenden per län"


def test_a_county_leads_per_inhabitant_only_when_no_hidden_one_can() -> None:
    few = line({"12": 300, "14": 30, "09": None}, 334)  # at most 4 of 60 971
    assert titles.county_rates(few, NAMES, LIVING) == "Flest ärenden per invånare i Skåne län"
    more = line({"12": 300, "14": 30, "09": None}, 350)  # up to 20 of 60 971: more than Skåne
    assert titles.county_rates(more, NAMES, LIVING) == "Ärenden per län och 100 000 invånare"
    no_total = line({"12": 300, "14": 30, "09": None}, None)
    assert titles.county_rates(no_total, NAMES, LIVING) == "Ärenden per län och 100 000 invånare"


def test_forms_by_sex() -> None:
    dimensions = {"group": ["women", "men"], "form": ["sexual", "labour", "unknown"]}
    names = {"sexual": "Sexuella ändamål", "labour": "Arbetskraft", "unknown": "Vet inte"}
    counts: dict[Key, int] = {("women", "sexual"): 60, ("women", "labour"): 20, ("men", "labour"): 70}
    assert titles.forms(publish(Cube(dimensions, counts)), names) == (
        "Sexuella ändamål vanligast bland kvinnor, arbetskraft bland män"
    )
    counts = {("women", "unknown"): 60, ("women", "labour"): 20, ("men", "labour"): 70}
    assert titles.forms(publish(Cube(dimensions, counts)), names) == "Ärenden per exploateringsform"


def test_answers_and_late_steps() -> None:
    assert titles.answers(30, 40) == "75 % fick svar inom ett dygn"
    assert titles.answers(None, 40) == titles.answers(0, 0) == "Tid till första svar"
    assert titles.late(line({"12": 0, "14": 0}, 0), NAMES) == "Inget moment blev försenat"


def test_what_is_not_known_or_not_stated_never_leads() -> None:
    at = Places({"12": "Skåne län"}, {})
    for code in ("unknown", "not_stated"):
        counties = line({"12": 20, code: 50}, 70)
        assert titles.counties(counties, labels.of("county", at)) == "Ärenden per län"
        late = line({"police": 20, code: 50}, 70)
        assert titles.late(late, labels.of("agency", at)) == "Försenade moment"
    assert titles.counties(line({"12": 50, "unknown": 20}, 70), labels.of("county", at)).endswith("Skåne län")
    assert titles.late(line({"police": 50, "unknown": 2}, 52), labels.of("agency", at)).endswith(
        "Polismyndigheten"
    )


@pytest.mark.parametrize(
    ("sex", "age", "said"),
    [
        ((10, 0), (20, 0), "Oftast okänt: ålder"),
        ((0, 60), (20, 0), "Oftast inte angivet: kön"),
        ((0, 0), (0, 0), "Allt är känt"),
        ((20, 0), (20, 0), "Svar som är ”Vet inte” eller saknas"),
        ((20, 20), (0, 0), "Svar som är ”Vet inte” eller saknas"),
        ((20, None), (10, 0), "Svar som är ”Vet inte” eller saknas"),
    ],
)
def test_what_is_lacking_is_named_when_it_stands_alone_and_all_is_shown(
    sex: tuple[int, int], age: tuple[int, int], said: str
) -> None:
    assert titles.quality({"Kön": sex, "Ålder": age}) == said


def test_short_months_are_written_as_long_ones() -> None:
    assert [short_month(date(2026, month, 1)) for month in (1, 5, 10)] == ["jan", "maj", "okt"]
    with translation.override("en"):
        assert [short_month(date(2026, month, 1)) for month in (1, 5, 10)] == ["Jan", "May", "Oct"]


def test_one_case_is_one() -> None:
    assert titles.steps(1) == "1 ärende nådde långsiktigt stöd"
    assert titles.steps(1200) == "1\xa0200 ärenden nådde långsiktigt stöd"
    assert titles.steps(0) == titles.steps(None) == "Från steg till steg"


def test_a_share_is_rounded_once_and_never_says_all_of_most() -> None:
    said = {
        (996, 1000): "99",
        (1000, 1000): "100",
        (1, 8): "13",
        (25, 1000): "3",
        (0, 9): "0",
        (994, 1000): "99",
    }
    for (part, all_of), n in said.items():
        assert titles.answers(part, all_of) == f"{n} % fick svar inom ett dygn"
    parts = ((9996, 10000), (1, 800), (10, 10))
    assert [share(*pair).text for pair in parts] == ["99,9 %", "0,1 %", "100,0 %"]


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (1000, 1000, "Lika många som 2025"),
        (1003, 1000, "Ungefär lika många som 2025"),
        (996, 1000, "Ungefär lika många som 2025"),
        (205, 200, "3 % fler än 2025"),
        (195, 200, "3 % färre än 2025"),
        (1996, 1000, "100 % fler än 2025"),
        (4, 1000, "99 % färre än 2025"),
        (0, 1000, "100 % färre än 2025"),
        (4, 0, ""),
        (None, 4, ""),
    ],
)
def test_more_or_fewer(now: int | None, before: int | None, said: str) -> None:
    assert titles.comparison(now, before, "2025") == said
