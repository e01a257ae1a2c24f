"""Workers that die, messages that get lost or come twice, a mail server that is down or says no."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from cases.models import Notice, Reminder, Step
from cases.services import referrals
from core import clock, outbox
from core.enums import MailState
from core.models import JobRun, OutboundEmail
from tests.faults.harness.mailserver import Mailserver
from tests.faults.harness.stack import Stack, wait_until
from tests.faults.small_portal import DANGER, SmallPortal

DELIVER, SWEEP, CHASE = "core.tasks.deliver", "core.tasks.sweep_outbox", "cases.tasks.chase"


def queued(name: str) -> OutboundEmail:
    """A message that waits; the nudge goes to a broker that loses it."""
    outbox.queue("something_waiting", to=f"{name}@example.se", language="sv", dedupe_key=name)
    return OutboundEmail.objects.get(dedupe_key=name)


def is_in(row: OutboundEmail, *states: MailState) -> bool:
    row.refresh_from_db()
    return row.state in states


def time_passes() -> None:
    """Leases run out and waits are over, without waiting for them."""
    past = clock.now() - timedelta(seconds=1)
    OutboundEmail.objects.filter(state=MailState.SENDING).update(lease_until=past)
    OutboundEmail.objects.filter(state=MailState.QUEUED).update(next_attempt_at=past)


def addresses(server: Mailserver) -> list[str]:
    return sorted(message["To"] for message in server.messages)


@pytest.fixture
def mail(stack: Stack, mailserver: Mailserver) -> Mailserver:
    stack.environment["EMAIL_URL"] = mailserver.url
    return mailserver


def test_f01_a_worker_killed_in_mid_delivery_loses_and_doubles_nothing(
    stack: Stack, mail: Mailserver
) -> None:
    row = queued("one")
    mail.silent.set()
    stack.start_worker()
    stack.call(DELIVER, str(row.pk))
    wait_until(lambda: is_in(row, MailState.SENDING) and mail.asked)
    stack.kill("worker-default")
    mail.silent.clear()
    assert is_in(row, MailState.SENDING), "the row remembers that somebody had it"
    time_passes()
    stack.start_worker()
    stack.call(SWEEP)
    wait_until(lambda: is_in(row, MailState.SENT))
    assert (row.attempts, row.lost_leases) == (2, 1)
    assert addresses(mail) == ["one@example.se"]


def test_f03_what_kills_its_worker_is_put_aside_and_the_rest_goes_on(stack: Stack, mail: Mailserver) -> None:
    poison = queued("poison")
    for death in range(1, 4):
        mail.silent.set()
        stack.start_worker()
        time_passes()
        stack.call(SWEEP)
        wait_until(lambda attempts=death: is_in(poison, MailState.SENDING) and poison.attempts == attempts)  # type: ignore[misc]
        stack.kill("worker-default")
    mail.silent.clear()
    time_passes()
    good = queued("good")
    stack.start_worker()
    stack.call(SWEEP)
    wait_until(lambda: is_in(good, MailState.SENT))
    assert is_in(poison, MailState.PARKED) and poison.lost_leases == 3
    assert addresses(mail) == ["good@example.se"]


def test_f08_a_flushed_broker_loses_nothing(stack: Stack, mail: Mailserver) -> None:
    rows = [queued(str(number)) for number in range(5)]
    for row in rows:
        stack.call(DELIVER, str(row.pk))
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(stack.broker.socket))
        link.sendall(b"FLUSHALL\r\n")
        assert link.recv(16).startswith(b"+OK")
    stack.start_worker()
    stack.call(SWEEP)
    wait_until(lambda: all(is_in(row, MailState.SENT) for row in rows))
    assert addresses(mail) == [f"{number}@example.se" for number in range(5)]


def test_f16_two_beats_have_one_effect(stack: Stack, mail: Mailserver) -> None:
    """Both send every task: each late step is told once, each message leaves once."""
    portal = SmallPortal()
    case = referrals.submit(draft_id=portal.draft(**DANGER).pk, by=portal.referrer).case
    due = clock.now() - timedelta(hours=1)
    late = Step.objects.filter(case=case, chase_at__isnull=False)
    assert late.update(starts_at=due - timedelta(hours=1), due_at=due, chase_at=due)
    stack.start_worker(concurrency=2)
    for name in ("beat-one", "beat-two"):
        stack.start_beat(name)
    wait_until(lambda: JobRun.objects.filter(name="outbox", state="finished").count() >= 2, 60)
    for _twice in range(2):
        stack.call(CHASE)
    wait_until(lambda: JobRun.objects.filter(name="chase", state="finished").count() >= 2)
    told = Reminder.objects.values_list("step", "stage", "due_at", "recipient")
    assert told.count() and len(set(told)) == told.count()
    assert {step.stage for step in Step.objects.filter(case=case, chase_at__isnull=False)} != {0}
    keys = list(Notice.objects.values_list("dedupe_key", flat=True))
    assert len(set(keys)) == len(keys)
    stack.call(SWEEP)
    wait_until(lambda: not OutboundEmail.objects.filter(state__in=("queued", "sending")).exists())
    assert len(mail.messages) == OutboundEmail.objects.filter(state=MailState.SENT).count()


def test_f24_mail_that_was_down_goes_out_once_when_it_is_back(stack: Stack, mailserver: Mailserver) -> None:
    stack.environment["EMAIL_URL"] = mailserver.url
    mailserver.stop()
    rows = [queued(str(number)) for number in range(3)]
    stack.start_worker()
    stack.call(SWEEP)
    wait_until(lambda: OutboundEmail.objects.filter(attempts=1, state=MailState.QUEUED).exists())
    wait_until(lambda: JobRun.objects.filter(name="outbox", state="finished").exists())
    assert OutboundEmail.objects.filter(attempts__gt=0).count() == 1, "one try is enough to know"
    mailserver.start()
    time_passes()
    stack.call(SWEEP)
    wait_until(lambda: all(is_in(row, MailState.SENT) for row in rows))
    assert addresses(mailserver) == [f"{number}@example.se" for number in range(3)]


def test_f26_one_refused_for_good_one_for_now_the_third_goes(stack: Stack, mail: Mailserver) -> None:
    gone, later, fine = (queued(name) for name in ("gone", "later", "fine"))
    mail.replies += ["550 no such person", "451 greylisted", "250 ok"]
    stack.start_worker()
    stack.call(SWEEP)
    wait_until(lambda: is_in(fine, MailState.SENT))
    assert is_in(gone, MailState.PARKED) and "550" in gone.error or gone.state == MailState.PARKED
    assert is_in(later, MailState.QUEUED) and later.next_attempt_at > clock.now()
    time_passes()
    stack.call(SWEEP)
    wait_until(lambda: is_in(later, MailState.SENT))
    assert addresses(mail) == ["fine@example.se", "later@example.se"]
