"""Scenario S19: two men and seven women in Jämtland, on the page, in files, and at their own desk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import Outcome
from cases.models import Tally as CaseTally
from cases.services import casework, steps, triage
from coordinators.services import load_reference
from core.publish import Cube, publish
from hotline.models import Tally as CallTally
from nrm_portal.overview import publications, publishing
from nrm_portal.overview.catalogue import CASES, HOTLINE
from nrm_portal.overview.models import Publication
from tests.cases.conftest import ADULT
from tests.factories import member, sign_in
from tests.overview.out import counted
from tests.overview.own_page import row, shown
from tests.overview.reading import tables
from tests.overview.test_national import NINE

GROUPS = "Ärenden per län och grupp"
AT_A_DESK = (
    "manader", "lan", "former", "steg", "floden", "forsenat", "svar", "svarstid", "avslut", "okant",
)  # fmt: skip
"""The same figures with the true numbers of a desk; calls are of the country alone."""
FILE = "/statistik/hamta/?period=2025"
Freeze = Callable[[str], Any]


def in_jamtland(rows: list[list[str]]) -> dict[str, str]:
    """Group -> what is read."""
    head = next(line for line in rows if "Kvinnor" in line)
    line = next(line for line in rows if "Jämtlands län" in line)
    return dict(list(zip(head, line, strict=True))[head.index("Län") :])


def taken(browser: Client, form: str) -> bytes:
    asked = {"tabell": "lan-grupp", "format": form, "skal": "Årsrapport"}
    return bytes(browser.post(FILE, asked).content)


@pytest.mark.security("S19", "scenario: two men in Jämtland on the page, in files, and at their desk")
def test_two_men_in_jamtland_are_read_by_their_own_desk_alone(
    jamtland: None, send: Any, referrer: Assignment, on_duty: Callable[..., Assignment], freeze: Freeze
) -> None:
    freeze("2026-01-12 10:00")
    publishing.publish_due()
    browser = sign_in(Client(), member(Role.NATIONAL_COORDINATOR))
    on_page = tables(browser.get("/statistik/", {"period": "2025"}).content.decode())
    read = in_jamtland(on_page[GROUPS])
    assert read["Män"] == "färre än 5" and read["Alla"] == "9"
    lines = list(csv.reader(io.StringIO(taken(browser, "csv").decode("utf-8-sig")), delimiter=";"))
    assert in_jamtland(lines) == read
    sheet = load_workbook(io.BytesIO(taken(browser, "xlsx"))).worksheets[0]
    assert in_jamtland([[str(cell.value) for cell in line] for line in sheet.iter_rows()]) == read
    assert sum(not re.fullmatch(r"\d+", cell) for cell in list(read.values())[1:]) >= 2, "never one alone"

    freeze("2025-03-10 09:00")  # the same persons, as cases
    north = on_duty("nord")
    there = {"municipality_of_presence": "2380", "consent_date": "2025-03-09"}
    for sex, number in (("man", 2), ("woman", 7)):
        for _each in range(number):
            send(referrer, ADULT, sex=sex, **there)
    freeze("2026-01-12 10:00")
    assert row(shown(north, period="2025"), "lan", "Jämtlands län")[:6] == ["7", "2", "0", "0", "0", "9"]


# --- every figure of a year with little in it -------------------------------------------------------------


@pytest.fixture
def little(db: None, freeze: Freeze) -> None:
    """Four cases with all that can happen in them, and three calls: published as everything else."""
    load_reference()
    freeze("2026-01-12 10:00")
    made: dict[str, Any] = {CASES: CaseTally, HOTLINE: CallTally}
    for month, fact in counted(4):
        made[fact.source].objects.create(
            month=month, unit=fact.unit, amount=min(fact.amount, 1), codes=fact.codes
        )
    publishing.publish_due()


@pytest.mark.security("S17", "every figure of a year of four cases")
def test_no_figure_with_little_in_it_tells_anything_small(little: None, client: Client) -> None:
    page = sign_in(client, member(Role.NATIONAL_COORDINATOR)).get("/statistik/", {"period": "2025"})
    found = [one.split("</figure>")[0] for one in page.content.decode().split("<figure")[1:]]
    figures = {re.findall(r'id="card-([a-z-]+)"', one)[0]: one for one in found}
    for key in NINE:
        assert any(words in figures[key] for words in ("färre än 5", "visas inte", "för få")), key
    for key, figure in figures.items():
        assert not re.search(r">\s*[1-4]\s*<", figure), key


def test_a_year_that_cannot_be_divided_says_so(db: None, client: Client, freeze: Freeze) -> None:
    load_reference()
    freeze("2026-01-12 10:00")
    made = publications.stored(publish(Cube({"kind": ["case"]}, {("case",): 310}, {"period": "2025"})))
    Publication.objects.create(family="referrals", period="2025", tables={"kinds": made})
    page = sign_in(client, member(Role.NATIONAL_COORDINATOR)).get("/statistik/").content.decode()
    under = page.split("Hela 2025</h2>", 1)[1]
    assert "Ärendena 2025 är för få för att delas upp mer" in under and "<figure" not in under


# --- the same at a desk, whose numbers are true -----------------------------------------------------------


def test_every_figure_of_a_desk_with_one_case_says_one(
    send: Any, referrer: Assignment, on_duty: Callable[..., Assignment], freeze: Freeze
) -> None:
    freeze("2026-11-23 09:00")
    karin = on_duty("mitt")
    case = send(referrer).case
    freeze("2026-11-24 10:00")
    triage.accept(case_id=case.pk, by=karin)
    steps.done(step_id=case.steps.get(key="ident.rc.assess").pk, remark="Bedömd.", by=karin)
    freeze("2026-12-07 10:00")
    casework.close(case_id=case.pk, outcome=Outcome.SUPPORT_COMPLETED, by=karin)
    page = shown(karin)
    found = {one.key: one for part in page.parts for one in part.cards}
    for key in AT_A_DESK:
        cells = [re.sub("<.*?>", "", str(cell)) for line in found[key].table.rows for cell in line[1:]]
        assert {"1", "2"} & set(cells), key
        assert "färre än" not in str(cells) and "visas inte" not in str(cells), key
