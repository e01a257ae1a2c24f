"""A message leaves once, says nothing, and is never lost."""

import re
import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from core import broker, clock, delivery, outbox
from core.enums import MailState
from core.models import JobRun, OutboundEmail
from core.tasks import deliver, sweep_outbox

pytestmark = pytest.mark.django_db

MESSAGES = sorted(path.name.removesuffix(".body.txt") for path in Path("templates/emails").glob("*.body.txt"))


@pytest.fixture(autouse=True)
def _hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fillers, checks = dict(outbox.fillers), dict(outbox.checks)
    monkeypatch.setattr(broker, "_rests_until", 0.0)
    yield
    for registry, was in ((outbox.fillers, fillers), (outbox.checks, checks)):
        registry.clear()
        registry.update(was)  # type: ignore[arg-type]


@pytest.fixture
def reader() -> Any:
    return get_user_model().objects.create(email="reader@example.se", name="Åsa Öberg", language="en")


def queued(**values: Any) -> OutboundEmail:
    key = str(uuid4())
    outbox.queue("something_waiting", **({"to": "desk@example.se", "dedupe_key": key} | values))
    return OutboundEmail.objects.get(dedupe_key=values.get("dedupe_key", key))


def fails_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        raise error

    monkeypatch.setattr(mail.EmailMessage, "send", send)


# --- the words


@pytest.mark.security("S53", "every message in every language")
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_renders_and_names_nobody(message: str, language: str) -> None:
    context = {"count": 2, "hours": 72, "link": f"{settings.SITE_URL}/x/", "days": 7}
    subject, body = delivery.compose(message, language, context)
    assert subject
    assert "\n" not in subject
    assert not re.search(r"[&<>{}%]|\bNone\b|H\d\d-\d{5}", subject + body)
    assert len(body.splitlines()) > 4


def test_words_of_a_notice_are_those_decided() -> None:
    subject, body = delivery.compose("something_waiting", "en", {"count": 2})
    assert subject == "Something new is waiting in the NRM portal"
    assert "You have 2 new events in the NRM portal." in body
    assert settings.SITE_URL in body


# --- queueing


def test_a_queued_message_leaves_once_and_forgets_its_address() -> None:
    row = queued(context={"count": 1})
    for _ in range(3):
        deliver(str(row.pk))
    row.refresh_from_db()
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["desk@example.se"]
    assert (row.state, row.to, row.context, row.attempts) == (MailState.SENT, "", {}, 1)
    assert row.sent_at


def test_message_id_is_stable_and_the_message_says_it_is_automatic() -> None:
    row = queued()
    deliver(str(row.pk))
    headers = mail.outbox[0].message()
    assert headers["Message-ID"] == f"<{row.pk}@127.0.0.1>"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_same_key_is_one_message() -> None:
    for _ in range(2):
        outbox.queue("something_waiting", to="a@example.se", dedupe_key="same")
    assert OutboundEmail.objects.count() == 1


def test_a_rolled_back_act_leaves_no_message() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queued()
        raise RuntimeError
    assert not OutboundEmail.objects.exists()


@pytest.mark.security("S53", "texts and links put into a message")
@pytest.mark.parametrize(
    "context", [{"name": "Åsa Öberg"}, {"n": "199001021234"}, {"link": "https://evil.example/"}]
)
def test_a_context_holds_no_text_and_no_foreign_link(context: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no code"):
        queued(context=context)


@pytest.mark.security("S53", "several readers of one message")
def test_a_message_goes_to_one_reader() -> None:
    for values in ({"to": "", "user_id": None}, {"to": "a@example.se", "user_id": uuid4()}):
        with pytest.raises(ValueError, match="either"):
            queued(**values)


def test_an_undoable_act_waits_and_can_be_taken_back(freeze: Callable[..., Any]) -> None:
    freeze("2026-11-20 09:00")
    row = queued(dedupe_key="act:1:a", not_before=clock.now() + timedelta(seconds=30))
    sweep_outbox()
    assert not mail.outbox
    assert outbox.cancel("act:1:") == 1
    assert outbox.cancel("act:1:") == 0
    freeze("2026-11-20 09:01")
    sweep_outbox()
    assert not mail.outbox
    row.refresh_from_db()
    assert row.state == MailState.CANCELLED


# --- at sending time


def test_a_person_is_written_to_at_her_present_address_in_her_language(reader: Any) -> None:
    row = queued(to="", user_id=reader.pk)
    get_user_model().objects.filter(pk=reader.pk).update(email="new@example.se")
    deliver(str(row.pk))
    assert mail.outbox[0].to == ["new@example.se"]
    assert mail.outbox[0].subject == "Something new is waiting in the NRM portal"
    assert outbox.sent_today(reader.pk) == 1


@pytest.mark.security("S12", "a waiting message to somebody who has left")
def test_who_has_left_gets_nothing(reader: Any) -> None:
    row = queued(to="", user_id=reader.pk)
    get_user_model().objects.filter(pk=reader.pk).update(is_active=False, deactivated_at=clock.now())
    deliver(str(row.pk))
    row.refresh_from_db()
    assert (row.state, mail.outbox) == (MailState.CANCELLED, [])
    assert outbox.sent_today(reader.pk) == 0


@pytest.mark.parametrize(("answer", "sent"), [(True, 1), (False, 0)])
def test_a_reason_is_checked_again_just_before_sending(answer: bool, sent: int) -> None:
    seen: list[object] = []

    @outbox.still("step_open")
    def step_open(context: outbox.Context) -> bool:
        seen.append(context["step"])
        return answer

    step = uuid4()
    deliver(str(queued(context={"still": "step_open", "step": step}).pk))
    assert seen == [str(step)]
    assert len(mail.outbox) == sent


def test_a_link_is_made_just_before_sending() -> None:
    @outbox.fill("invitation")
    def link(context: outbox.Context) -> outbox.Context | None:
        return {"link": "https://x/token", "hours": 72} if context["user"] else None

    outbox.queue("invitation", to="a@example.se", dedupe_key="a", context={"user": 1})
    outbox.queue("invitation", to="b@example.se", dedupe_key="b", context={"user": 0})
    sweep_outbox()
    assert [m.to for m in mail.outbox] == [["a@example.se"]]
    assert "https://x/token" in str(mail.outbox[0].body)


# --- what goes wrong


def test_mail_server_down_for_hours_loses_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch, freeze: Callable[..., Any]
) -> None:
    for minute in range(3):
        queued(dedupe_key=str(minute))
    with monkeypatch.context() as down:
        fails_with(down, ConnectionRefusedError())
        for minute in range(0, 240, 5):
            freeze(f"2030-11-20 {9 + minute // 60:02}:{minute % 60:02}")
            sweep_outbox()
    assert not mail.outbox
    assert outbox.delayed() == 3
    freeze("2030-11-20 14:30")
    sweep_outbox()
    sweep_outbox()
    assert len(mail.outbox) == 3
    assert outbox.delayed() == 0


def test_an_outage_stops_the_sweep_at_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        queued(dedupe_key=str(n))
    fails_with(monkeypatch, TimeoutError())
    sweep_outbox()
    assert OutboundEmail.objects.filter(attempts=1).count() == 1


def test_an_address_refused_for_good_is_parked_and_the_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = queued(to="bad@example.se"), queued(to="good@example.se")
    send = mail.EmailMessage.send

    def refusing(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        if self.to == ["bad@example.se"]:
            raise smtplib.SMTPRecipientsRefused({"bad@example.se": (550, b"no such user Anna")})
        return send(self, fail_silently)

    monkeypatch.setattr(mail.EmailMessage, "send", refusing)
    sweep_outbox()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (MailState.PARKED, MailState.SENT)
    assert "Anna" not in bad.error
    assert list(outbox.parked()) == [bad]
    assert outbox.retry_parked() == 1
    monkeypatch.undo()
    sweep_outbox()
    assert not outbox.parked().exists()


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"a": (451, b"greylisted")}),
        smtplib.SMTPDataError(452, b"later"),
        KeyError("x"),
    ],
)
def test_what_may_pass_is_tried_again_later(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    row = queued()
    fails_with(monkeypatch, error)
    deliver(str(row.pk))
    row.refresh_from_db()
    assert row.state == MailState.QUEUED
    assert row.next_attempt_at > clock.now() + timedelta(seconds=30)
    assert row.error.startswith(type(error).__name__)


def test_after_two_days_a_message_is_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    row = queued()
    OutboundEmail.objects.update(attempts=delivery.ATTEMPTS - 1)
    fails_with(monkeypatch, smtplib.SMTPDataError(452, b"later"))
    deliver(str(row.pk))
    assert outbox.parked().get() == row


def test_a_killed_worker_is_followed_by_another_until_the_third_death() -> None:
    row = queued()
    for deaths in range(1, 4):
        past = clock.now() - timedelta(seconds=1)
        OutboundEmail.objects.filter(pk=row.pk).update(state=MailState.SENDING, lease_until=past)
        assert delivery.reclaim() == 1
        row.refresh_from_db()
        assert row.lost_leases == deaths
        assert row.state == (MailState.PARKED if deaths == 3 else MailState.QUEUED)


def test_a_living_lease_is_respected() -> None:
    row = queued()
    soon = clock.now() + timedelta(minutes=1)
    OutboundEmail.objects.filter(pk=row.pk).update(state=MailState.SENDING, lease_until=soon)
    sweep_outbox()
    deliver(str(row.pk))
    assert not mail.outbox


def test_a_dead_broker_does_not_stop_the_act_and_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, on_commit_runs: None
) -> None:
    tries: list[UUID] = []

    def refused(name: str, args: list[Any], **options: Any) -> None:
        tries.append(args[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("celery.current_app.send_task", refused)
    queued()
    queued()
    assert len(tries) == 1
    sweep_outbox()
    assert len(mail.outbox) == 2


def test_a_commit_nudges_with_the_id_alone(monkeypatch: pytest.MonkeyPatch, on_commit_runs: None) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args, **_: sent.append((name, args)))
    row = queued()
    assert sent == [("core.tasks.deliver", [str(row.pk)])]


def test_the_sweep_shows_as_a_run() -> None:
    queued()
    call_command("sweep_outbox")
    run = JobRun.objects.get()
    assert (run.name, run.state, run.found, run.done, run.failed) == ("outbox", "finished", 1, 1, 0)
