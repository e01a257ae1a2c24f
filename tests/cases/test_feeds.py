"""The calendar of one's own due times: what it holds, for whom, and that it says nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from accounts.models import Membership, User
from cases.models import CalendarFeed, Recusal, Step
from cases.services import feeds, steps, triage
from core import clock
from core.models import AuditEvent
from manual.enums import Priority
from tests.case_factories import browser, in_case, queries, text_of
from tests.cases.conftest import CHILD

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r'id="feed-address">https?://[^/]+(/kalender/[\w-]+\.ics)<')


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    cache.clear()
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    found = triage.accept(case_id=send(referrer).case_id, by=karin)
    found.refresh_from_db()
    return found


def address(who: Any) -> str:
    return f"/kalender/{feeds.make(by=who)}.ics"


def events(url: str) -> list[Any]:
    answer = Client().get(url)
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_made_on_the_page_shown_once_and_revoked(karin: Any, case: Any) -> None:
    client = browser(karin)
    page = client.post("/installningar/kalender/")
    url = ADDRESS.findall(page.content.decode())[0]
    assert len(events(url)) > 0
    assert not ADDRESS.findall(client.get("/installningar/kalender/").content.decode())
    secret = url.split("/")[2].removesuffix(".ics")
    stored = CalendarFeed.objects.get()
    assert secret.encode() not in bytes(stored.token_hash) and len(secret) >= 40
    client.post("/installningar/kalender/aterkalla/")
    assert Client().get(url).status_code == 404
    assert "fungerar inte längre" in text_of(client.get("/installningar/kalender/"))
    assert set(AuditEvent.objects.filter(verb__startswith="feed.").values_list("verb", flat=True)) == {
        "feed.make", "feed.read", "feed.revoke",
    }  # fmt: skip


def test_a_new_address_ends_the_old_one(karin: Any, case: Any) -> None:
    first, second = address(karin), address(karin)
    assert Client().get(first).status_code == 404 and events(second)
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1


def test_unknown_and_revoked_are_the_same_answer(karin: Any, case: Any) -> None:
    revoked = address(karin)
    feeds.revoke(by=karin)
    answers = [Client().get(url) for url in (revoked, f"/kalender/{'a' * 43}.ics")]
    plain = [re.sub(r"/kalender/[\w-]+|csrf[^>]+", "", answer.content.decode()) for answer in answers]
    assert plain[0] == plain[1] and {answer.status_code for answer in answers} == {404}


def test_it_says_when_and_nothing_else(karin: Any, case: Any) -> None:
    answer = Client().get(address(karin))
    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    mine = Step.objects.filter(case=case, desk=case.desk).select_related("template")
    secret = [case.reference, str(case.pk), "Björk-27", "Uppsala", "H26-", "Karin"]
    secret += [step.template.title for step in mine] + [str(step.pk) for step in mine]
    secret += [step.key for step in mine]
    assert not [word for word in secret if word in text]
    assert {event["summary"] for event in Calendar.from_ical(text).walk("VEVENT")} == {"Frist i NRM-portalen"}
    assert all(line.endswith("/arbete/") for line in re.findall(r"^URL[^\r\n]*", text, re.M))


def test_programs_of_all_three_houses_can_read_it(karin: Any, case: Any) -> None:
    """A zone of its own, one name an event at every reading, times in that zone or whole days."""
    url = address(karin)
    at_half_past_two = clock.aware(datetime(2026, 11, 27, 14, 30))
    rows = Step.objects.filter(case=case, desk=case.desk, status__in=("open", "started"))
    Step.objects.filter(pk=rows.order_by("pk")[0].pk).update(due_at=at_half_past_two)
    made = Calendar.from_ical(Client().get(url).content)
    assert [str(zone["tzid"]) for zone in made.walk("VTIMEZONE")] == ["Europe/Stockholm"]
    assert made["version"] == "2.0" and made["method"] == "PUBLISH"
    found = {str(event["uid"]): event for event in made.walk("VEVENT")}
    assert found.keys() == {str(event["uid"]) for event in events(url)}
    assert all(event["dtstamp"] for event in found.values())
    mine = Step.objects.filter(case=case, desk=case.desk, status__in=("open", "started"))
    wanted = {step.due_at for step in mine}
    assert at_half_past_two in {event["dtstart"].dt for event in found.values()}
    for event in found.values():
        start = event["dtstart"].dt
        if isinstance(start, datetime):
            assert start in wanted and str(start.tzinfo) == "Europe/Stockholm"
        else:
            assert isinstance(start, date) and event["dtend"].dt == start + timedelta(days=1)
            assert datetime.combine(start + timedelta(days=1), datetime.min.time(), clock.STOCKHOLM) in wanted


def test_names_of_events_differ_between_people(karin: Any, case: Any, on_duty: Any) -> None:
    Step.objects.filter(case=case).update(assignee=None)
    jonas = on_duty("mitt", "Jonas Ek")
    names = [{str(event["uid"]) for event in events(address(who))} for who in (karin, jonas)]
    assert names[0] and len(names[0]) == len(names[1]) and not names[0] & names[1]


def test_only_her_own_and_what_nobody_has(karin: Any, case: Any, on_duty: Any) -> None:
    jonas = on_duty("mitt", "Jonas Ek")
    before = len(events(address(jonas)))
    step = case.steps.filter(desk=case.desk, status__in=("open", "started"), assignee=karin.user).first()
    steps.assign(step_id=step.pk, assignee_id=jonas.user_id, by=karin)
    assert len(events(address(jonas))) == before + 1
    assert step.due_at is not None


def test_an_agencys_worker_has_the_agencys_steps_while_it_takes_part(karin: Any, case: Any) -> None:
    worker = in_case(case, karin)
    url = address(worker)
    wanted = Step.objects.filter(case=case, agency=worker.agency, status__in=("open", "started"))
    assert len(events(url)) == wanted.exclude(due_at=None).count() > 0
    case.grants.filter(agency=worker.agency).update(valid_until=clock.now() - timedelta(minutes=1))
    assert events(url) == []


def test_rights_of_the_moment_count(karin: Any, case: Any, referrer: Any, send: Any) -> None:
    url = address(karin)
    number = len(events(url))
    other = triage.accept(case_id=send(referrer, CHILD, municipality_of_presence="0380").case_id, by=karin)
    assert len(events(url)) > number
    Recusal.objects.create(
        case=other, user=karin.user, data_key=type(other).objects.get(pk=other.pk).data_key, reason="Släkt",
        made_at=clock.now(),
    )  # fmt: skip
    assert len(events(url)) == number


@pytest.mark.parametrize("how", ["ended", "expired", "closed", "agency"])
def test_who_has_left_has_no_calendar(karin: Any, case: Any, how: str) -> None:
    url = address(karin)
    membership = Membership.objects.get(pk=karin.membership_id)
    if how == "ended":
        Membership.objects.filter(pk=membership.pk).update(ended_at=clock.now())
    elif how == "expired":
        Membership.objects.filter(pk=membership.pk).update(valid_until=clock.today() - timedelta(days=1))
    elif how == "closed":
        User.objects.filter(pk=karin.user_id).update(is_active=False, deactivated_at=clock.now())
    else:
        type(membership.agency).objects.filter(pk=membership.agency_id).update(active=False)
    assert Client().get(url).status_code == 404


def test_practice_and_what_is_far_off_or_stopped_is_left_out(karin: Any, case: Any) -> None:
    url = address(karin)
    rows = Step.objects.filter(case=case, desk=case.desk, status__in=("open", "started"))
    rows.update(priority=Priority.NORMAL)
    rows.update(due_at=clock.now() + timedelta(days=500))
    assert events(url) == []
    rows.update(due_at=clock.now() + timedelta(days=5), paused_at=clock.now())
    assert events(url) == []
    rows.update(paused_at=None)
    assert events(url)
    type(case).objects.filter(pk=case.pk).update(practice=True)
    assert events(url) == []


def test_read_often_is_recorded_once_a_day_and_then_held_back(
    karin: Any, case: Any, freeze: Any, monkeypatch: Any
) -> None:
    url = address(karin)
    for _n in range(60):
        assert Client().get(url).status_code == 200
    held = Client().get(url)
    assert held.status_code == 429 and held["Retry-After"]
    assert AuditEvent.objects.filter(verb="feed.read").count() == 1
    cache.clear()
    freeze("2026-11-24 09:00")
    events(url)
    assert AuditEvent.objects.filter(verb="feed.read").count() == 2


def test_no_cookie_no_session_and_few_queries(karin: Any, case: Any) -> None:
    url = address(karin)
    answer = Client().get(url)
    assert not answer.cookies
    assert queries(Client(), url) <= 20
    assert Client().post(url).status_code == 405


def test_a_case_that_comes_into_it_the_same_day_is_recorded_too(
    karin: Any, case: Any, referrer: Any, send: Any
) -> None:
    url = address(karin)
    events(url)
    assert AuditEvent.objects.get(verb="feed.read").target_ids == [case.pk]
    other = triage.accept(case_id=send(referrer).case_id, by=karin)
    events(url)
    events(url)
    told = AuditEvent.objects.filter(verb="feed.read").order_by("pk")
    assert [set(row.target_ids) for row in told] == [{case.pk}, {case.pk, other.pk}]
