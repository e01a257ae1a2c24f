"""News: once for each piece, by mail as each person wishes, and nothing about what is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as post

from accounts.access import Assignment
from accounts.enums import AgencyKind, MailChoice, Role
from accounts.models import User
from cases import notifications, tasks
from cases.enums import NoticeKind, Outcome, Stage
from cases.models import Notice, Reminder, Step, Tally
from cases.notifications.sending import DAILY_CAP
from cases.services import casework, chasing, notices, participation, referrals, steps
from core import clock, delivery
from core.enums import MailState
from core.models import JobRun, OutboundEmail
from manual.enums import Priority
from tests.cases.services.conftest import World, drafted, mails_to
from tests.cases.services.test_chasing import Duties, at, quiet
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


# --- once ---------------------------------------------------------------------------------------------------


def test_five_sweeps_are_one(taken: World, freeze: Any) -> None:
    """S24."""
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    assert chasing.sweep() == (1, 1)
    before = (
        Reminder.objects.count(),
        Notice.objects.count(),
        OutboundEmail.objects.count(),
        Tally.objects.count(),
    )
    for _restart in range(5):
        assert chasing.sweep() == (0, 0)
    after = (
        Reminder.objects.count(),
        Notice.objects.count(),
        OutboundEmail.objects.count(),
        Tally.objects.count(),
    )
    assert before == after
    assert duties.told() == [(Stage.DUE, "owner", "12-02 12:00")]


def test_a_lost_claim_tells_nobody_twice(taken: World, freeze: Any) -> None:
    """The ledger holds even when a step is put back by hand."""
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    mails = OutboundEmail.objects.count()
    Step.objects.filter(pk=duties.step.pk).update(stage=Stage.NONE, chase_at=clock.now())
    assert chasing.sweep() == (1, 0)
    assert (OutboundEmail.objects.count(), Reminder.objects.count()) == (mails, 1)


def test_many_late_steps_are_one_mail_an_hour_and_never_above_the_cap(taken: World, freeze: Any) -> None:
    worker = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    quiet(taken)
    rows = list(Step.objects.filter(agency=worker.agency).exclude(status="done"))
    assert len(rows) >= 3
    for number in range(DAILY_CAP + 3):
        moment = at("2026-12-02 06:00") + timedelta(hours=number)
        freeze(moment)
        for step in rows:
            Step.objects.filter(pk=step.pk).update(
                status="open", priority=Priority.CRITICAL, starts_at=moment, due_at=moment, chase_at=moment,
                stage=Stage.NONE, assignee=worker.user,
            )  # fmt: skip
        chasing.sweep()
        hour = OutboundEmail.objects.filter(user_id=worker.user_id, created_at=moment)
        assert hour.count() == (1 if number < DAILY_CAP else 0)
    unmailed = Notice.objects.filter(user=worker.user, mailed_at=None)
    assert unmailed.count() == 3 * len(rows), "what came above the cap waits for the digest"
    freeze("2026-12-03 07:30")
    assert notifications.digests(clock.now()) >= 1 and not unmailed.exists()


def test_direct_news_above_the_cap_waits_for_the_digest(taken: World, freeze: Any) -> None:
    quiet(taken)
    OutboundEmail.objects.bulk_create(
        OutboundEmail(message="something_waiting", user_id=taken.karin.user_id, dedupe_key=f"x:{n}",
                      created_at=clock.now())
        for n in range(DAILY_CAP)
    )  # fmt: skip
    worker = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    made = taken.invite(worker.agency)
    participation.answer(participation_id=made.pk, accepts=False, reason="Nej.", by=worker)
    notice = Notice.objects.get(user=taken.karin.user, kind=NoticeKind.ANSWERED)
    assert notice.mailed_at is None and len(mails_to(taken.karin)) == DAILY_CAP + _cancelled(taken.karin)


def _cancelled(who: Assignment) -> int:
    return OutboundEmail.objects.filter(user_id=who.user_id, state=MailState.CANCELLED).count()


# --- no mail for what is settled ----------------------------------------------------------------------------


def queued_for(who: Assignment) -> OutboundEmail:
    return OutboundEmail.objects.get(user_id=who.user_id, state=MailState.QUEUED)


@pytest.mark.parametrize("settled_by", ["step done", "not applicable", "case closed", "read"])
def test_a_mail_about_what_is_settled_meanwhile_does_not_leave(
    taken: World, freeze: Any, settled_by: str
) -> None:
    """S24: closed or accepted-meanwhile steps get none."""
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    waiting = queued_for(duties.owner)
    if settled_by == "step done":
        steps.done(step_id=duties.step.pk, by=duties.colleague)
    elif settled_by == "not applicable":
        steps.not_applicable(step_id=duties.step.pk, reason="not_needed", by=duties.colleague)  # type: ignore[arg-type]
    elif settled_by == "case closed":
        casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    else:
        notices.read_all(by=duties.owner)
    assert delivery.deliver(waiting.pk) == MailState.CANCELLED
    assert post.outbox == []


def test_a_mail_that_is_still_news_leaves_once_and_says_nothing(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    waiting = queued_for(duties.owner)
    assert delivery.deliver(waiting.pk) == MailState.SENT
    assert delivery.deliver(waiting.pk) is None
    (letter,) = post.outbox
    assert letter.to == [duties.owner.user.email]
    text = f"{letter.subject}{letter.body}"
    for word in (taken.case.reference, "Björk", "Uppsala", "människohandel", str(taken.case_id)):
        assert word not in text


def test_who_has_left_meanwhile_gets_no_mail(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    waiting = queued_for(duties.owner)
    User.objects.filter(pk=duties.owner.user_id).update(is_active=False, deactivated_at=clock.now())
    assert delivery.deliver(waiting.pk) == MailState.CANCELLED and post.outbox == []


def test_late_news_that_was_mailed_at_once_is_not_in_the_digest(taken: World, freeze: Any) -> None:
    """One mail at the most for each step and stage."""
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    assert notifications.digests(at("2026-12-02 13:00")) == 0
    assert OutboundEmail.objects.filter(user_id=duties.owner.user_id, state="queued").count() == 1


def test_practice_is_never_chased(taken: World, freeze: Any) -> None:
    quiet(taken)
    referrals.submit(draft_id=drafted(taken.referrer, practice=True).pk, by=taken.referrer)
    freeze("2027-02-01 10:00")
    assert chasing.sweep() == (0, 0)


# --- the digest ---------------------------------------------------------------------------------------------

SLOTS = [
    ("2026-11-23 07:29", None),
    ("2026-11-23 07:30", "07:30"),
    ("2026-11-23 12:59", "07:30"),
    ("2026-11-23 13:00", "13:00"),
    ("2026-11-23 23:59", "13:00"),
    ("2026-11-28 10:00", None),
    ("2026-12-24 10:00", None),
    ("2027-06-25 10:00", None),
]


@pytest.mark.parametrize(("moment", "slot"), SLOTS)
def test_digests_belong_to_slots_of_working_days(moment: str, slot: str | None) -> None:
    found = tasks.digest_slot(at(moment))
    assert (f"{clock.local(found):%H:%M}" if found else None) == slot


def news(who: Assignment, number: int) -> None:
    Notice.objects.create(user=who.user, kind=NoticeKind.WOKEN, dedupe_key=f"n{number}:{who.user_id}",
                          made_at=clock.now())  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "expected"), [(MailChoice.DAILY, 1), (MailChoice.DIRECT, 2), (MailChoice.NEVER, 0)]
)
def test_one_digest_a_slot_as_each_has_chosen(taken: World, freeze: Any, wish: str, expected: int) -> None:
    quiet(taken)
    User.objects.filter(pk=taken.karin.user_id).update(mail=wish)
    before = len(mails_to(taken.karin))
    for number, moment in enumerate(("07:30", "07:31", "09:00", "13:00", "13:05")):
        freeze(f"2026-11-24 {moment}")
        news(taken.karin, number)
        tasks.send_digests()
        tasks.send_digests()
    assert len(mails_to(taken.karin)) - before == expected
    runs = JobRun.objects.filter(name="digest")
    assert (
        sum(runs.values_list("done", flat=True)) == expected and not runs.exclude(state="finished").exists()
    )
    freeze("2026-11-25 07:30")
    tasks.send_digests()
    assert len(mails_to(taken.karin)) - before == (expected + 1 if expected else 0), (
        "the rest comes next time"
    )
    assert not Notice.objects.filter(user=taken.karin.user, mailed_at=None).exists()


def test_read_news_is_no_digest(taken: World, freeze: Any) -> None:
    quiet(taken)
    news(taken.karin, 1)
    notices.read_all(by=taken.karin)
    assert notifications.digests(at("2026-11-24 07:30")) == 0


def test_who_wants_each_piece_of_news_gets_it_at_once(taken: World) -> None:
    User.objects.filter(pk=taken.referrer.user_id).update(mail=MailChoice.DIRECT)
    before = len(mails_to(taken.referrer))
    casework.close(case_id=taken.case_id, outcome=Outcome.RETURNED, by=taken.karin)
    assert len(mails_to(taken.referrer)) == before + 1
    assert notifications.digests(at("2026-11-24 07:30")) >= 0
    assert len(mails_to(taken.referrer)) == before + 1 + _other_news(taken.referrer)


def _other_news(who: Assignment) -> int:
    return sum(key.startswith("digest:") for key in mails_to(who))
