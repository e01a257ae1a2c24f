"""From a draft to the national picture: three people, the real worker and the clock, in Chromium.

The same path without script: test_without_script.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, NATIONAL, POLICE, Portal
from tests.faults.harness.stack import wait_until

STEP = "Uppmärksamma och bemöt som målsägande, inte gärningsperson"
SECRETS = ("Ranong", "Uppsala", "Arbetskraft", "målsägande", "container")
"""What may stand in no mail about this case, beside its reference."""
ONE_ROUND = 100.0
"""Seconds until beat has asked for the next sweep (every minute) and the worker has done it."""


def test_three_people_from_a_draft_to_the_national_total(
    portal: Portal, open_as: Callable[..., Page]
) -> None:
    national = open_as(NATIONAL)
    before = referrals_of_the_month(national)
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = case_of(portal, reference)

    coordinator = Hands(open_as(COORDINATOR))
    tasks.open_inbox(coordinator, reference)
    tasks.accept_by_keys(coordinator, reference)
    tasks.invite(coordinator, case, "Polisen, polisregion Mitt")

    worker = Hands(open_as(POLICE))
    tasks.take_part(worker, reference)
    make_late(portal, case)
    wait_until(lambda: unread(portal, POLICE, case) == 1, ONE_ROUND, every=1)
    follow_the_notice(worker, reference)
    tasks.tick_step(worker, STEP)
    wait_until(lambda: something_waits(portal, POLICE), 40, every=1)
    assert_content_free(portal, POLICE, reference)

    assert referrals_of_the_month(national) == before + 1
    referrer = open_as(CASEWORKER)
    referrer.goto("/hanvisningar/")
    assert "Mottagen" in referrer.locator("main tr, main li").filter(has_text=reference).inner_text()


def case_of(portal: Portal, reference: str) -> str:
    return str(portal.value("SELECT case_id FROM cases_referral WHERE reference = %s", reference))


def referrals_of_the_month(page: Page) -> int:
    """The first key figure: referrals of the running month, live."""
    page.goto("/statistik/")
    shown = (
        page.locator("dt", has_text="hittills").first.locator("xpath=following-sibling::dd[1]").inner_text()
    )
    return int(re.sub(r"\D", "", shown))


def make_late(portal: Portal, case: str) -> None:
    """The agency's critical step was due a minute ago. Somebody is in danger: chased on a Sunday too."""
    portal.rows("UPDATE cases_case SET danger = true WHERE id = %s", case)
    portal.rows(
        "UPDATE cases_step SET starts_at = now() - interval '5 hours', due_at = now() - interval '1 minute',"
        " chase_at = now() - interval '1 minute', priority = 'critical'"
        " WHERE case_id = %s AND key = 'ident.police.recognise'",
        case,
    )


def unread(portal: Portal, email: str, case: str) -> int:
    return int(
        portal.value(
            "SELECT count(*) FROM cases_notice n JOIN accounts_user u ON u.id = n.user_id"
            " WHERE u.email = %s AND n.case_id = %s AND n.step_id IS NOT NULL AND n.read_at IS NULL",
            email,
            case,
        )
    )


def follow_the_notice(hands: Hands, reference: str) -> None:
    """She reads that a step is late, and comes back to the checklist of the case."""
    hands.page.goto("/aviseringar/")
    notice = hands.page.get_by_role("listitem").filter(has_text=STEP).filter(has_text=reference)
    notice.get_by_role("link").first.click()
    hands.heading(STEP)
    hands.page.goto(hands.page.url.split("/checklista/")[0] + "/checklista/?visa=mina")


def mails_to(portal: Portal, email: str) -> list[str]:
    return [f"{mail['Subject']}\n{mail.get_content()}" for mail in portal.mails() if mail["To"] == email]


def something_waits(portal: Portal, email: str) -> bool:
    """Whether a mail has come that leads into the portal; what tells of a new browser leads nowhere."""
    return any(portal.stack.address in text or "localhost" in text for text in mails_to(portal, email))


def assert_content_free(portal: Portal, email: str, reference: str) -> None:
    """Mail says that something waits, and nothing of what."""
    assert something_waits(portal, email)
    for text in mails_to(portal, email):
        assert not [word for word in (reference, *SECRETS) if word.lower() in text.lower()], text
