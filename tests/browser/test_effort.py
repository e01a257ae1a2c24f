"""What a task costs: pages and actions, against the goals (ux 5.4). The table: test-output/effort.txt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal

ROWS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _table(output: Path) -> Iterator[None]:
    yield
    text = "\n".join([f"{'task':44}{'pages':>8}{'actions':>9}   goal", *ROWS])
    (output / "effort.txt").write_text(text + "\n")
    print("\n" + text)


def within(task: str, hands: Hands, pages: int, actions: int) -> None:
    """The task took at most so many pages and actions."""
    ROWS.append(f"{task:44}{hands.pages:8}{hands.actions:9}   {pages} / {actions}")
    assert hands.pages <= pages and hands.actions <= actions, ROWS[-1]


def test_refer_an_adult_with_consent(open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(CASEWORKER))
    tasks.refer_adult(hands)
    within("Refer an adult with consent", hands, 9, 30)


def test_refer_a_child_in_danger(open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(CASEWORKER))
    tasks.refer_child_in_danger(hands)  # reads 112 after the second action
    within("Refer a child in danger", hands, 9, 26)


def test_ask_for_advice_without_a_person(open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(CASEWORKER))
    tasks.consult(hands)
    within("Consultation without personal data", hands, 7, 18)


def waiting(portal: Portal) -> str:
    """The reference of an adult's case that nobody has answered."""
    return str(
        portal.value(
            "SELECT c.reference FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id"
            " WHERE d.key = 'mitt' AND c.status = 'received' AND c.age_band = 'adult'"
            " AND NOT c.is_consultation AND c.snoozed_until IS NULL ORDER BY c.received_at"
        )
    )


@pytest.fixture
def accepted(open_as: Callable[..., Page], portal: Portal) -> tuple[Hands, str]:
    """The coordinator at a case she has just accepted, and its reference. Accepting has been counted."""
    reference = waiting(portal)
    hands = Hands(open_as(COORDINATOR))
    tasks.open_inbox(hands, reference)
    hands.start()
    tasks.accept_by_keys(hands, reference)
    return hands, reference


def open_checklist(hands: Hands, portal: Portal, reference: str) -> None:
    case = portal.value("SELECT case_id FROM cases_referral WHERE reference = %s", reference)
    hands.page.goto(f"/arenden/{case}/checklista/?visa=mina")
    hands.start()


def test_accept_one_in_the_queue(accepted: tuple[Hands, str]) -> None:
    within("Accept one in the queue", accepted[0], 1, 2)
    assert accepted[0].clicks == 0


def test_ask_for_more(open_as: Callable[..., Page], portal: Portal) -> None:
    reference = waiting(portal)
    hands = Hands(open_as(COORDINATOR))
    tasks.open_inbox(hands, reference)
    hands.start()
    hands.press("2")
    hands.write("Vad behöver du veta?", "Vilket språk talar personen helst?")
    hands.button("Skicka frågan")
    expect(hands.page.get_by_role("status").first).to_contain_text(reference)
    within("Ask for more information", hands, 1, 5)


def test_tick_a_step(accepted: tuple[Hands, str], portal: Portal) -> None:
    hands, reference = accepted
    open_checklist(hands, portal, reference)
    tasks.tick_step(hands, "Gör samlad bedömning av misstanken")
    expect(hands.page.get_by_role("button", name="Ångra")).to_be_visible()
    within("Tick a step", hands, 1, 1)


def test_mark_a_step_not_applicable(accepted: tuple[Hands, str], portal: Portal) -> None:
    hands, reference = accepted
    open_checklist(hands, portal, reference)
    hands.link("Träffa personen och ge grundläggande information")
    hands.unfold("Inte aktuell")
    hands.choose("Varför", "Redan gjort före hänvisningen")
    hands.page.locator("details[open]").get_by_role("button").last.click()
    hands.clicks += 1
    expect(hands.page.get_by_role("status").first).to_contain_text("Inte aktuellt")
    within("Mark a step not applicable", hands, 2, 4)


def test_the_paragraph_behind_a_step_and_back(accepted: tuple[Hands, str], portal: Portal) -> None:
    hands, reference = accepted
    open_checklist(hands, portal, reference)
    hands.page.get_by_role("link", name=re.compile("^Manualen")).first.click()
    hands.clicks += 1
    expect(hands.page).to_have_url(re.compile("/manual/"))
    hands.page.go_back()
    hands.clicks += 1
    hands.sees(reference)
    within("The paragraph behind a step, and back", hands, 2, 2)


def test_find_by_reference(accepted: tuple[Hands, str]) -> None:
    hands, reference = accepted
    hands.page.goto("/arbete/")
    hands.start()
    tasks.find(hands, reference.replace("-", " ").lower())
    expect(hands.page).to_have_url(re.compile(r"/arenden/[0-9a-f-]{36}/$"))
    within("Find a case by its reference", hands, 1, 2)
