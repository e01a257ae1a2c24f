"""Opening hours and the roster: changed from a day on, by those who keep them; read by operators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from accounts.services import leaving
from core import clock
from core.models import AuditEvent
from hotline import library
from hotline.models import OpeningHours, Shift, SpecialDay
from hotline.services import callbacks, hours, roster
from tests.factories import member, sign_in
from tests.hotline import desk

pytestmark = pytest.mark.django_db
Freeze = Callable[[datetime | str], datetime]


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


@pytest.fixture
def keeper(freeze: Freeze) -> Assignment:
    freeze("2027-02-09 09:00")  # a Tuesday
    return member(Role.ADMINISTRATOR)


def changed(
    by: Assignment, *weekdays: int, first: str = "2027-03-01", opens: int = 9, closes: int = 15
) -> None:
    hours.change_week(
        weekdays=weekdays, opens=time(opens), closes=time(closes), first=date.fromisoformat(first),
        confirmed=True, by=by,
    )  # fmt: skip


# --- opening hours --------------------------------------------------------------------------------------


def test_a_change_begins_on_its_day_and_leaves_the_past_alone(keeper: Assignment) -> None:
    changed(keeper, 0, 1)
    assert library.is_open(at("2027-02-23 08:30")) and not library.is_open(at("2027-03-02 08:30"))
    assert library.is_open(at("2027-03-02 09:00")) and not library.is_open(at("2027-03-02 15:00"))
    assert library.is_open(at("2027-03-03 08:30"))  # a weekday nobody changed
    assert OpeningHours.objects.filter(weekday=1).count() == 2


def test_a_later_thought_replaces_what_was_planned(keeper: Assignment) -> None:
    changed(keeper, 1, first="2027-04-01", opens=10)
    changed(keeper, 1, first="2027-03-01", opens=7)
    assert library.is_open(at("2027-04-06 07:30"))
    changed(keeper, 1, first="2027-03-01", opens=11)  # the same day again
    assert not library.is_open(at("2027-04-06 10:30"))


def test_closed_on_a_weekday_from_a_day_on(keeper: Assignment) -> None:
    hours.change_week(
        weekdays=[4], opens=None, closes=None, first=date(2027, 3, 1), confirmed=True, by=keeper
    )
    assert library.is_open(at("2027-02-26 10:00")) and not library.is_open(at("2027-03-05 10:00"))
    assert library.next_day(at("2027-03-05 10:00")) == date(2027, 3, 8)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"opens": time(9), "closes": None}, "closes"),
        ({"opens": None, "closes": time(9)}, "opens"),
        ({"opens": time(9), "closes": time(9)}, "closes"),
        ({"opens": time(9), "closes": time(12), "first": date(2027, 2, 8)}, "first"),
    ],
)
def test_hours_that_cannot_be_are_refused_at_the_field(
    keeper: Assignment, given: dict[str, object], field: str
) -> None:
    whole = {"weekdays": [1], "first": date(2027, 3, 1), "confirmed": False, "by": keeper} | given
    with pytest.raises(ValidationError) as refused:
        hours.change_week(**whole)  # type: ignore[arg-type]
    assert list(refused.value.error_dict) == [field]
    assert OpeningHours.objects.count() == 5


def test_a_day_that_differs_and_is_like_any_other_again(keeper: Assignment) -> None:
    hours.set_day(day=date(2027, 2, 17), opens=None, closes=None, by=keeper)
    row = hours.set_day(day=date(2027, 2, 17), opens=time(13), closes=time(15), by=keeper)  # said again
    assert not library.is_open(at("2027-02-17 09:00")) and library.is_open(at("2027-02-17 13:00"))
    hours.remove_day(day_id=row.pk, by=keeper)
    assert library.is_open(at("2027-02-17 09:00"))
    with pytest.raises(Http404):
        hours.remove_day(day_id=row.pk, by=keeper)
    with pytest.raises(ValidationError):
        hours.set_day(day=date(2027, 2, 8), opens=None, closes=None, by=keeper)


def test_others_change_nothing_and_the_try_is_recorded(freeze: Freeze) -> None:
    freeze("2027-02-09 09:00")
    nina = member(Role.HOTLINE_OPERATOR)
    with pytest.raises(PermissionDenied):
        changed(nina, 1)
    with pytest.raises(PermissionDenied):
        hours.set_day(day=date(2027, 2, 17), opens=None, closes=None, by=nina)
    with pytest.raises(PermissionDenied):
        roster.put(user_id=nina.user_id, first=date(2027, 2, 10), last=None, opens=None, closes=None, by=nina)
    assert AuditEvent.objects.using("audit").filter(outcome="refused").count() == 3
    assert not SpecialDay.objects.exists() and not Shift.objects.exists()


def test_page_says_what_is_planned_and_keeps_what_was_typed(client: Client, keeper: Assignment) -> None:
    sign_in(client, keeper)
    given = {
        "weekdays": ["0", "1"],
        "opens": "9",
        "closes": "kl. 15",
        "first": "2027-03-01",
        "confirmed": "on",
    }
    assert client.post("/samtal/oppettider/andra/", given).status_code == 302
    page = client.get("/samtal/oppettider/").content.decode().replace("\xa0", " ")
    assert "Från 1 mars 2027, måndag: 9.00–15.00" in " ".join(page.replace("Måndag", "måndag").split())
    assert "Annandag påsk" in page and "8.00–16.30" in page
    wrong = client.post("/samtal/oppettider/andra/", given | {"opens": "25"})
    assert wrong.status_code == 422 and 'value="25"' in wrong.content.decode()
    nobody = client.post("/samtal/oppettider/andra/", given | {"weekdays": []})
    assert "Välj minst en veckodag" in nobody.content.decode()


# --- the roster -----------------------------------------------------------------------------------------


def put(by: Assignment, who: Assignment, first: str, last: str | None = None, **times: time | None) -> int:
    return roster.put(
        user_id=who.user_id, first=date.fromisoformat(first), last=date.fromisoformat(last) if last else None,
        opens=times.get("opens"), closes=times.get("closes"), by=by,
    )  # fmt: skip


def test_shifts_follow_the_hours_and_leave_closed_days_out(keeper: Assignment) -> None:
    nina = member(Role.HOTLINE_OPERATOR)
    hours.set_day(day=date(2027, 3, 24), opens=time(8), closes=time(12), by=keeper)
    assert put(keeper, nina, "2027-03-22", "2027-03-31") == 6  # Easter and the weekend are free
    ends = {clock.local(row.starts_at).date(): clock.local(row.ends_at).time() for row in Shift.objects.all()}
    assert ends[date(2027, 3, 24)] == time(12) and ends[date(2027, 3, 30)] == time(16, 30)
    assert date(2027, 3, 26) not in ends


def test_nobody_answers_twice_at_the_same_time(keeper: Assignment) -> None:
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    put(keeper, nina, "2027-02-10", opens=time(8), closes=time(12))
    put(keeper, nina, "2027-02-10", opens=time(12))
    put(keeper, olle, "2027-02-10")
    with pytest.raises(ValidationError):
        put(keeper, nina, "2027-02-10", "2027-02-12")
    assert Shift.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2027-02-08", None, "first"),
        ("2027-02-12", "2027-02-11", "last"),
        ("2027-02-10", "2027-09-10", "last"),
        ("2027-02-13", "2027-02-14", "first"),  # a weekend
    ],
)
def test_a_shift_that_cannot_be_is_refused_at_the_field(
    keeper: Assignment, first: str, last: str | None, field: str
) -> None:
    nina = member(Role.HOTLINE_OPERATOR)
    with pytest.raises(ValidationError) as refused:
        put(keeper, nina, first, last)
    assert list(refused.value.error_dict) == [field] and not Shift.objects.exists()


def test_only_who_answers_the_helpline_is_put_on_the_roster(keeper: Assignment) -> None:
    with pytest.raises(ValidationError):
        put(keeper, member(Role.CASEWORKER), "2027-02-10")


def test_what_has_begun_stays_on_the_roster(keeper: Assignment, freeze: Freeze) -> None:
    put(keeper, member(Role.HOTLINE_OPERATOR), "2027-02-10", "2027-02-11")
    today, tomorrow = Shift.objects.order_by("starts_at")
    freeze("2027-02-10 08:00")
    with pytest.raises(ValidationError):
        roster.remove(shift_id=today.pk, by=keeper)
    roster.remove(shift_id=tomorrow.pk, by=keeper)
    assert list(Shift.objects.all()) == [today]


def test_page_names_days_with_nobody(client: Client, keeper: Assignment) -> None:
    nina = member(Role.HOTLINE_OPERATOR)
    sign_in(client, nina)
    assert "Ingen står i bemanningen" in client.get("/samtal/bemanning/").content.decode()
    put(keeper, nina, "2027-02-10", "2027-02-26")
    page = client.get("/samtal/bemanning/").content.decode()
    assert nina.user.name in page and "2 dagar saknar bemanning" in page  # today and the last Monday
    assert "måndag 1 mars" in page and "Lägg till i bemanningen" not in page and "Ta bort" not in page


# --- somebody leaves ------------------------------------------------------------------------------------


def test_what_somebody_promised_goes_to_another_operator(keeper: Assignment) -> None:
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    row = desk.promised(desk.call(nina), nina, due_at=at("2027-02-09 12:00"))
    put(keeper, nina, "2027-02-10", "2027-02-11")
    work = {one.code: one for one in leaving.open_work(nina.user, by=keeper)}
    assert (work["callbacks"].count, work["shifts"].count) == (1, 2)
    assert [name for _pk, name in work["callbacks"].people] == [olle.user.name]
    homes = {work["callbacks"].key: str(olle.user_id), work["shifts"].key: leaving.NOBODY}
    leaving.rehome(nina.user, homes, by=keeper)
    row.refresh_from_db()
    assert row.owner_id == olle.user_id and not Shift.objects.exists()
    assert [found.pk for found in callbacks.queue(olle)] == [row.pk]
