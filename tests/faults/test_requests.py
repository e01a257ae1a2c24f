"""What people see when something breaks while they press, or when they press at the same moment."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from cases.enums import Status
from cases.models import Case, Draft, Referral
from cases.services import referrals
from core.enums import MailState
from core.models import AuditEvent, OutboundEmail
from tests.conftest import CommittedDatabase
from tests.faults.harness.link import Link
from tests.faults.harness.mailserver import Mailserver
from tests.faults.harness.stack import Answer, Stack, wait_until
from tests.faults.small_portal import DANGER, SmallPortal, cookies


def send(stack: Stack, draft: Draft, browser: dict[str, str]) -> Answer:
    return stack.post(f"/hanvisning/{draft.pk}/skicka/", browser, confirm_necessary="yes")


def test_f07_a_referral_is_sent_without_a_broker(stack: Stack, mailserver: Mailserver) -> None:
    stack.environment["EMAIL_URL"] = mailserver.url
    portal = SmallPortal()
    stack.start_web()
    stack.broker.stop()
    answer = send(stack, portal.draft(**DANGER), cookies(portal.referrer))
    assert answer.status == 302 and Referral.objects.count() == 1
    waiting = OutboundEmail.objects.filter(state=MailState.QUEUED)
    assert waiting.count() == len(portal.coordinators)
    stack.start_broker()
    stack.start_worker()
    stack.call("core.tasks.sweep_outbox")
    wait_until(lambda: not waiting.exists())
    assert len(mailserver.messages) == len(portal.coordinators)


def test_f12_a_connection_cut_after_the_commit_makes_one_referral(
    stack: Stack, committed_db: CommittedDatabase, short_folder: Path
) -> None:
    """She sees an error, sends again, and stands before the receipt of what was sent the first time."""
    portal = SmallPortal()
    link = _between(stack, committed_db, short_folder)
    stack.start_web()
    draft, browser = portal.draft(), cookies(portal.referrer)
    link.passes, link.cut_after = 1, b"COMMIT"  # the page is saved first, then it is sent
    broken = send(stack, draft, browser)
    assert broken.status >= 500 and "Traceback" not in broken.body
    referral = Referral.objects.get()
    again = send(stack, draft, browser)
    link.stop()
    assert (again.status, again.headers["Location"]) == (302, f"/hanvisningar/{referral.pk}/")
    assert Referral.objects.count() == Case.objects.count() == 1


def _between(stack: Stack, database: CommittedDatabase, folder: Path) -> Link:
    """A link that can be cut between the web and the database."""
    parts = dict(part.split("=", 1) for part in database.superuser.split())
    socket = ".s.PGSQL.5432"
    link = Link(folder / "pg" / socket, Path(parts["host"]) / socket)
    link.start()
    old, new = parts["host"], str(folder / "pg")
    for key in ("DATABASE_URL",):
        url = stack.environment[key]
        stack.environment[key] = url.replace(old, new).replace(quote(old, safe=""), quote(new, safe=""))
    return link


def test_f20_ten_presses_at_once_send_one_referral(stack: Stack) -> None:
    portal = SmallPortal()
    stack.start_web()
    draft, browser = portal.draft(), cookies(portal.referrer)
    with ThreadPoolExecutor(10) as presses:
        answers = list(presses.map(lambda _n: send(stack, draft, browser), range(10)))
    referral = Referral.objects.get()
    assert {(answer.status, answer.headers.get("Location")) for answer in answers} == {
        (302, f"/hanvisningar/{referral.pk}/")
    }
    assert Case.objects.count() == 1
    assert AuditEvent.objects.filter(verb="referral.submit", outcome="allowed").count() == 1


def test_f21_of_two_coordinators_one_wins_and_the_other_is_told(stack: Stack) -> None:
    portal = SmallPortal()
    case = referrals.submit(draft_id=portal.draft().pk, by=portal.referrer).case
    stack.start_web()
    browsers = [cookies(who) for who in portal.coordinators]

    def take(number: int) -> Answer:
        me = portal.coordinators[number % 2]
        return stack.post(f"/arenden/{case.pk}/ta-emot/", browsers[number % 2], assignee=str(me.user_id))

    with ThreadPoolExecutor(16) as presses:
        answers = list(presses.map(take, range(16)))
    assert Counter(answer.status for answer in answers) == {302: 1, 409: 15}
    case.refresh_from_db()
    winner = next(who for who in portal.coordinators if who.user_id == case.assignee_id)
    assert case.status == Status.ACTIVE
    assert all(winner.user.name in answer.body for answer in answers if answer.status == 409)
    assert AuditEvent.objects.filter(verb="case.accept", outcome="allowed").count() == 1
