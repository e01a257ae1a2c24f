"""How each is told: by group of events, quiet hours, digest; and what nobody can turn off."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.core import mail as post

from accounts.enums import MailChoice
from accounts.models import User
from cases import notifications, tasks
from cases.enums import Channel, NoticeGroup, NoticeKind, NotTakenReason
from cases.enums.groups import GROUP_OF, KINDS
from cases.models import Notice, NoticeChoice
from cases.notifications.choices import quiet_end
from cases.services import choices, steps, triage
from core import clock, delivery, outbox
from core.enums import MailState
from core.models import OutboundEmail
from core.tasks import sweep_outbox
from tests.case_factories import browser, queries, text_of

pytestmark = pytest.mark.django_db
URL = "/installningar/aviseringar/"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def jonas(on_duty: Any) -> Any:
    return on_duty("mitt", "Jonas Ek")


def choose(who: Any, group: str, channel: str) -> None:
    NoticeChoice.objects.update_or_create(user=who.user, group=group, defaults={"channel": channel})


def quiet(who: Any, begins: str, ends: str) -> None:
    hours = {"quiet_from": time.fromisoformat(begins), "quiet_until": time.fromisoformat(ends)}
    User.objects.filter(pk=who.user_id).update(**hours)


def mails(who: Any, start: str = "now:") -> Any:
    return OutboundEmail.objects.filter(user_id=who.user_id, dedupe_key__startswith=start)


def test_each_kind_belongs_to_exactly_one_group() -> None:
    listed = [kind for kinds in KINDS.values() for kind in kinds]
    assert sorted(listed) == sorted(NoticeKind), "a kind is missing, or stands in two groups"
    assert set(KINDS) == set(NoticeGroup) and set(GROUP_OF.values()) == set(NoticeGroup)


# --- channels --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", Channel.values)
def test_ordinary_news_comes_by_the_chosen_channel(
    karin: Any, jonas: Any, referrer: Any, send: Any, freeze: Any, channel: str
) -> None:
    choose(jonas, NoticeGroup.CASES, channel)
    case = send(referrer).case
    Notice.objects.all().delete()
    triage.assign(case_id=case.pk, assignee_id=jonas.user_id, by=karin)
    told = Notice.objects.filter(user=jonas.user, kind=NoticeKind.ASSIGNED)
    assert told.exists() is (channel != Channel.NEVER)
    assert mails(jonas).exists() is (channel == Channel.MAIL)
    assert notifications.digests(clock.aware(datetime(2026, 11, 23, 13))) == 0, "not in the afternoon"
    sent = notifications.digests(clock.aware(datetime(2026, 11, 24, 7, 30)))
    assert sent == (1 if channel == Channel.DIGEST else 0)
    assert not told.filter(mailed_at=None).exists()


@pytest.mark.parametrize(
    ("wish", "mailed"), [(MailChoice.DIRECT, True), (MailChoice.DAILY, False), (MailChoice.NEVER, False)]
)
def test_without_a_choice_her_settings_hold(
    karin: Any, jonas: Any, referrer: Any, send: Any, wish: str, mailed: bool
) -> None:
    User.objects.filter(pk=jonas.user_id).update(mail=wish)
    case = send(referrer).case
    triage.assign(case_id=case.pk, assignee_id=jonas.user_id, by=karin)
    assert mails(jonas, "now:assigned:").exists() is mailed
    assert Notice.objects.filter(user=jonas.user, kind=NoticeKind.ASSIGNED).exists()


def test_one_group_is_not_another(karin: Any, jonas: Any, referrer: Any, send: Any) -> None:
    choose(jonas, NoticeGroup.MESSAGES, Channel.NEVER)
    case = send(referrer).case
    triage.assign(case_id=case.pk, assignee_id=jonas.user_id, by=karin)
    assert Notice.objects.filter(user=jonas.user, kind=NoticeKind.ASSIGNED).exists()


def test_danger_is_mailed_at_once_whatever_was_chosen(karin: Any, referrer: Any, send: Any) -> None:
    for group in NoticeGroup:
        choose(karin, group, Channel.NEVER)
    User.objects.filter(pk=karin.user_id).update(mail=MailChoice.NEVER)
    quiet(karin, "00:00", "23:59")
    case = send(referrer, immediate_danger="yes", emergency_contacted=["police"]).case
    told = Notice.objects.get(user=karin.user, case=case, kind=NoticeKind.NEW_REFERRAL)
    assert told.direct and told.mailed_at
    assert delivery.deliver(mails(karin).get().pk) == MailState.SENT and len(post.outbox) == 1


def test_refusals_reach_the_referrer_at_once(karin: Any, referrer: Any, send: Any) -> None:
    choose(referrer, NoticeGroup.CASES, Channel.NEVER)
    case = send(referrer).case
    triage.not_take(case_id=case.pk, reason=NotTakenReason.DUPLICATE, text="", by=karin)
    assert Notice.objects.filter(user=referrer.user, kind=NoticeKind.NOT_TAKEN, direct=True).exists()
    assert mails(referrer, "now:nottaken:").exists()


def test_old_and_new_owner_of_a_step_are_told_and_by_whom(
    karin: Any, jonas: Any, referrer: Any, send: Any
) -> None:
    case = triage.accept(case_id=send(referrer).case_id, by=karin)
    step = case.steps.filter(desk=case.desk, status__in=("open", "started")).first()
    assert step is not None and step.assignee_id == karin.user_id
    steps.assign(step_id=step.pk, assignee_id=jonas.user_id, by=karin)
    assert Notice.objects.get(user=jonas.user, step=step, kind=NoticeKind.ASSIGNED).by_id == karin.user_id
    third = steps.assign(step_id=step.pk, assignee_id=karin.user_id, by=jonas)
    assert third.assignee_id == karin.user_id
    assert Notice.objects.get(user=karin.user, step=step, kind=NoticeKind.ASSIGNED).by_id == jonas.user_id
    assert not Notice.objects.filter(user=jonas.user, kind=NoticeKind.UNASSIGNED).exists(), "her own act"
    page = text_of(browser(jonas).get("/aviseringar/?typ=arenden"))
    assert "av Karin Holm" in page and step.template.title in page


# --- quiet hours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "at", "ends"),
    [
        (("20:00", "07:00"), "2026-11-23 19:59", None),
        (("20:00", "07:00"), "2026-11-23 20:00", "2026-11-24 07:00"),
        (("20:00", "07:00"), "2026-11-24 03:00", "2026-11-24 07:00"),
        (("20:00", "07:00"), "2026-11-24 07:00", None),
        (("12:00", "13:00"), "2026-11-23 12:30", "2026-11-23 13:00"),
        (("12:00", "13:00"), "2026-11-23 13:00", None),
        (("22:00", "06:00"), "2026-12-31 23:30", "2027-01-01 06:00"),
        (("22:00", "02:30"), "2027-03-27 23:00", "2027-03-28 03:30"),
        (("22:00", "02:30"), "2026-10-24 23:00", "2026-10-25 02:30"),
        ((None, None), "2026-11-23 03:00", None),
        (("08:00", "08:00"), "2026-11-23 08:00", None),
    ],
)
def test_quiet_hours_run_over_midnight_and_the_turning_of_the_clock(hours: Any, at: str, ends: Any) -> None:
    begins, until = (time.fromisoformat(hour) if hour else None for hour in hours)
    found = quiet_end(begins, until, clock.aware(datetime.fromisoformat(at)))
    expected = clock.aware(datetime.fromisoformat(ends)) if ends else None
    assert (found.astimezone(UTC) if found else None) == (expected.astimezone(UTC) if expected else None)


def test_the_hour_that_comes_twice_is_left_in_its_second_round() -> None:
    second_0210 = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    end = quiet_end(time(22), time(2, 30), second_0210)
    assert end is not None and end.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_no_moment_of_a_year_is_held_back_into_the_past_or_for_more_than_a_day() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(24 * 366):
        moment = datetime.fromtimestamp(at.timestamp() + 3600 * number + 600, UTC)
        end = quiet_end(time(21, 15), time(2, 30), moment)
        assert end is None or 0 < (end - moment).total_seconds() <= 6.5 * 3600, moment


def test_ordinary_mail_waits_and_then_leaves_once(
    karin: Any, jonas: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    User.objects.filter(pk=jonas.user_id).update(mail=MailChoice.DIRECT)
    quiet(jonas, "20:00", "07:00")
    case = send(referrer).case
    OutboundEmail.objects.all().delete()
    freeze("2026-11-23 21:00")
    triage.assign(case_id=case.pk, assignee_id=jonas.user_id, by=karin)
    row = mails(jonas).get()
    freeze("2026-11-23 21:05")
    assert delivery.deliver(row.pk) is None and post.outbox == []
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MailState.QUEUED, 0)
    assert clock.local(row.next_attempt_at).isoformat()[:16] == "2026-11-24T07:00"
    assert outbox.delayed() == 0, "waiting on purpose is no disturbance"
    freeze("2026-11-24 07:00")
    sweep_outbox()
    sweep_outbox()
    assert len(post.outbox) == 1


def test_the_digest_waits_for_those_who_sleep_longer(karin: Any, jonas: Any, freeze: Any) -> None:
    quiet(jonas, "22:00", "08:15")
    Notice.objects.create(user=jonas.user, kind=NoticeKind.WOKEN, dedupe_key="n1", made_at=clock.now())
    freeze("2026-11-24 07:30")
    tasks.send_digests()
    row = mails(jonas, "digest:").get()
    assert delivery.deliver(row.pk) is None
    freeze("2026-11-24 08:15")
    assert delivery.deliver(row.pk) == MailState.SENT


# --- the page --------------------------------------------------------------------------------------------


def test_choices_are_kept_shown_and_taken_back(karin: Any) -> None:
    client = browser(karin)
    page = client.get(URL)
    assert "Som i mina inställningar: I portalen och i sammandraget" in text_of(page)
    assert "går inte att stänga av" in text_of(page)
    client.post(URL, {"messages": "never", "steps": "mail", "quiet_from": "20.30", "quiet_until": "07:00"})
    assert choices.chosen(karin) == {"messages": "never", "steps": "mail"}
    karin.user.refresh_from_db()
    assert (karin.user.quiet_from, karin.user.quiet_until) == (time(20, 30), time(7))
    shown = client.get(URL).content.decode()
    assert 'value="20:30"' in shown and '<option value="never" selected>' in shown
    client.post(URL, {})
    karin.user.refresh_from_db()
    assert choices.chosen(karin) == {} and karin.user.quiet_from is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"quiet_from": "20:00"}, "Skriv båda tiderna"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Skriv tiden så här"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "Välj en annan tid"),
        ({"messages": "pigeon"}, "pigeon"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(karin: Any, data: dict[str, str], words: str) -> None:
    page = browser(karin).post(URL, data)
    assert page.status_code == 200 and words in text_of(page)
    assert 'aria-invalid="true"' in page.content.decode()
    assert choices.chosen(karin) == {}


def test_one_persons_choices_are_not_anothers(karin: Any, jonas: Any) -> None:
    browser(karin).post(URL, {"messages": "never"})
    assert choices.chosen(jonas) == {}


def test_the_page_costs_little(karin: Any) -> None:
    assert queries(browser(karin), URL) <= 10
