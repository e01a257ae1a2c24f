"""S24, a storm of reminders: workers that start again and again and two schedulers make one mail of one."""

from __future__ import annotations

import smtplib
from collections import Counter
from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail as post

from accounts.enums import AgencyKind, MailChoice
from accounts.models import User
from cases import tasks
from cases.enums import Channel, NoticeGroup
from cases.models import Notice, NoticeChoice, Reminder, Step
from cases.services import lists, steps, views
from core import clock
from core.enums import JobState, MailState
from core.models import JobRun, OutboundEmail
from core.tasks import sweep_outbox
from tests.case_factories import browser, text_of
from tests.cases.services.conftest import World, at_once, sent
from tests.cases.services.test_chasing import Duties, at, quiet
from tests.factories import member

JOBS = (tasks.chase, tasks.send_digests, tasks.look_through_views, sweep_outbox)


def storm(times: int = 5) -> None:
    """So many restarts, two schedulers each."""
    for _restart in range(times):
        for job in JOBS:
            job()
            job()


def to(address: str) -> int:
    return sum(address in mail.to for mail in post.outbox)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("critical", "wish"),
    [(True, MailChoice.NEVER), (False, MailChoice.DIRECT), (False, MailChoice.DAILY)],
)
def test_one_mail_a_step_stage_and_person(world: World, freeze: Any, critical: bool, wish: str) -> None:
    world.accept()
    duties = Duties(world, "2026-12-02 10:00", critical=critical)
    User.objects.update(mail=wish)
    moment, told = at("2026-12-02 09:00"), Counter[str]()
    while moment <= at("2026-12-04 18:00"):
        freeze(moment)
        before = len(post.outbox)
        storm()
        told += Counter(mail.to[0] for mail in post.outbox[before:])
        moment += timedelta(hours=5)
    ledger = Reminder.objects.filter(step=duties.step).values_list("stage", "recipient", "due_at")
    assert len(ledger) == len(set(ledger)) > 0
    reminded = Counter(recipient for _stage, recipient, _due in ledger)
    people = {f"user:{user.pk}": user.email for user in User.objects.all()}
    assert told, "somebody was told"
    for recipient, number in reminded.items():
        assert told[people[recipient]] <= number, recipient
    assert not JobRun.objects.exclude(state=JobState.FINISHED).exists()


def test_two_schedulers_at_the_same_moment(committed_world: World, freeze: Any) -> None:
    world = committed_world
    world.accept()
    duties = Duties(world, "2026-12-02 10:00", critical=True)
    views.save(name="Alla", chosen=lists.read("vy=alla"), notify=True, by=world.karin)
    sent(world.referrer)
    OutboundEmail.objects.update(state=MailState.CANCELLED)
    freeze("2026-12-02 10:01")
    found = at_once([tasks.chase, tasks.chase, tasks.look_through_views, tasks.look_through_views])
    assert not [one for one in found if isinstance(one, Exception)], found
    assert Reminder.objects.filter(step=duties.step).count() == 1
    assert Notice.objects.filter(view__isnull=False).count() == 1
    mails = OutboundEmail.objects.filter(user_id=duties.owner.user_id, state=MailState.QUEUED)
    assert mails.count() == 1


@pytest.mark.django_db
def test_ended_and_accepted_meanwhile_gets_none(world: World, freeze: Any) -> None:
    world.accept()
    duties = Duties(world, "2026-12-02 10:00")
    User.objects.update(mail=MailChoice.DIRECT)
    freeze("2026-12-02 10:00")
    tasks.chase()
    assert OutboundEmail.objects.filter(user_id=duties.owner.user_id, state=MailState.QUEUED).exists()
    steps.done(step_id=duties.step.pk, version=Step.objects.get(pk=duties.step.pk).version, by=duties.owner)
    before = len(post.outbox)
    storm()
    assert to(duties.owner.user.email) == 0 and len(post.outbox) == before


@pytest.mark.django_db
def test_put_off_by_quiet_hours_it_still_leaves_once(world: World, freeze: Any) -> None:
    world.accept()
    duties = Duties(world, "2026-12-01 21:00")
    hours = {"quiet_from": time(20), "quiet_until": time(7)}
    User.objects.filter(pk=duties.owner.user_id).update(mail=MailChoice.DIRECT, **hours)
    freeze("2026-12-01 21:00")
    storm()
    assert to(duties.owner.user.email) == 0
    freeze("2026-12-02 07:00")
    storm()
    assert to(duties.owner.user.email) == 1


@pytest.mark.django_db
def test_never_means_never_and_the_ladder_goes_on(world: World, freeze: Any) -> None:
    """Whoever wants to hear nothing of steps hears nothing; the next in line is told all the same."""
    world.accept()
    duties = Duties(world, "2026-12-02 10:00")
    for who in (duties.owner, duties.manager):
        NoticeChoice.objects.create(user=who.user, group=NoticeGroup.STEPS, channel=Channel.NEVER)
    for moment in ("2026-12-02 10:00", "2026-12-03 12:00", "2026-12-04 12:00"):
        freeze(moment)
        storm(1)
    assert not Notice.objects.filter(user=duties.owner.user, step=duties.step).exists()
    assert Notice.objects.filter(user=world.karin.user, step=duties.step).exists()
    assert Reminder.objects.filter(step=duties.step, recipient=f"user:{duties.owner.user_id}").exists()


@pytest.mark.django_db
def test_one_bad_address_does_not_stop_the_rest_and_the_job_page_says_so(
    world: World, freeze: Any, monkeypatch: Any
) -> None:
    world.accept()
    good, bad = world.join(AgencyKind.POLICE), world.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    quiet(world)
    freeze("2026-12-02 12:00")
    for who in (good, bad):
        step = Step.objects.filter(agency=who.agency, status="open").exclude(due_at=None)[0]
        Step.objects.filter(pk=step.pk).update(
            priority="critical", assignee=who.user, starts_at=clock.now() - timedelta(days=1),
            due_at=clock.now(), chase_at=clock.now(), stage=0,
        )  # fmt: skip
    send = post.EmailMessage.send

    def refused(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.to == [bad.user.email]:
            raise smtplib.SMTPRecipientsRefused({self.to[0]: (550, b"no such user")})
        return send(self, *args, **kwargs)

    monkeypatch.setattr(post.EmailMessage, "send", refused)
    storm()
    assert (to(good.user.email), to(bad.user.email)) == (1, 0)
    run = JobRun.objects.filter(name="outbox", failed__gt=0).get()
    assert (run.found, run.done, run.failed) == (run.done + 1, run.done, 1)
    page = text_of(browser(member("administrator")).get("/jobb/"))
    assert "Utgående" in page and "Vyer som någon följer" in page
    assert bad.user.email not in page
