"""Work notes: what is kept, who reads them, who changes them, and what the database itself refuses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, IntegrityError, transaction
from django.http import Http404
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.forms.activity import NoteForm
from coordinators.models import ActivityNote, ActivityReport, Desk
from coordinators.services import activity, put_on_duty, register_absence
from coordinators.services.activity import Done
from core import clock, vault
from core.errors import StaleVersion
from core.models import AuditEvent, DataKey
from tests.coordinators.conftest import membership
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
NOW = "2026-08-18 14:05"
DAY = date(2026, 8, 17)
OnDuty = Callable[..., Assignment]


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze(NOW)


def said(**changes: Any) -> Done:
    given: dict[str, Any] = {"kind": "support", "day": DAY, "minutes": 75, "people": 2}
    return Done(**given | changes)


def note(by: Assignment, desk: str = "syd", **changes: Any) -> ActivityNote:
    found = Desk.objects.get(key=desk)
    return activity.add(key=uuid.uuid4(), desk_id=found.pk, done=said(**changes), by=by)


def fields(by: Assignment, key: str = "", **changes: Any) -> dict[str, Any]:
    """What the form sends."""
    given = {"key": key or str(uuid.uuid4()), "kind": "training", "day": "2026-08-12", "minutes": "2,5"}
    return given | {"people": "14", "municipality": "1280", "words": "Socialsekreterare"} | changes


def url_of(by: Assignment, key: str = "syd") -> str:
    return f"/verksamhet/{Desk.objects.get(key=key).pk}/ny/"


# --- what is kept ---------------------------------------------------------------------------------------


def test_a_note_keeps_what_its_kind_asks_for_and_nothing_else(on_duty: OnDuty) -> None:
    by = on_duty("syd")
    row = note(by, words=" Uppföljning ")
    row.refresh_from_db()
    assert (row.minutes, row.people, row.municipality_id, row.words) == (75, 2, None, "Uppföljning")
    meeting = note(by, kind="meeting", minutes=None, people=9, municipality_id="1281")
    assert (meeting.people, meeting.minutes, meeting.municipality_id) == (None, None, "1281")


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("day", {"day": date(2026, 8, 19)}),
    ("day", {"day": date(2024, 12, 31)}),
    ("minutes", {"minutes": None}),
    ("minutes", {"minutes": 10}),
    ("minutes", {"minutes": 24 * 60 + 15}),
    ("people", {"people": None}),
    ("people", {"people": 1_001}),
    ("municipality", {"kind": "municipality"}),
    ("municipality", {"kind": "meeting", "municipality_id": "9999"}),
    ("municipality", {"municipality_id": "1280"}),
    ("words", {"words": "Ring 0704-55 12 88"}),
    ("words", {"words": "Hon är född 14 mars 1998"}),
    ("words", {"words": "Samtal med Danuta Nowak"}),
]


def test_what_cannot_be_kept_is_said_at_its_field(on_duty: OnDuty) -> None:
    by = on_duty("syd")
    for field, changes in WRONG:
        with pytest.raises(ValidationError) as refused:
            note(by, **changes)
        assert set(refused.value.error_dict) == {field}, changes
    assert not ActivityNote.objects.exists() and not DataKey.objects.filter(subject_kind="activity").exists()


def test_a_word_that_is_no_name_is_kept_once_she_has_said_so(on_duty: OnDuty) -> None:
    by, desk = on_duty("syd"), Desk.objects.get(key="syd")
    done = said(kind="training", minutes=None, people=None, words="Dag om Lanzarote")
    kept = activity.add(key=uuid.uuid4(), desk_id=desk.pk, done=done, by=by, accepted=["Lanzarote"])
    assert kept.words == "Dag om Lanzarote"


def test_a_form_sent_twice_is_one_note(on_duty: OnDuty) -> None:
    by, desk, key = on_duty("syd"), Desk.objects.get(key="syd"), uuid.uuid4()
    for _time in range(2):
        activity.add(key=key, desk_id=desk.pk, done=said(), by=by)
    assert ActivityNote.objects.count() == 1
    assert AuditEvent.objects.filter(verb="activity.add").count() == 1


# --- who ------------------------------------------------------------------------------------------------


def test_a_colleague_reads_and_does_not_change(on_duty: OnDuty) -> None:
    mine, colleague = on_duty("syd"), on_duty("syd")
    row = note(mine)
    assert activity.of_desk(row.pk, colleague) == row
    for act in (
        lambda: activity.change(note_id=row.pk, version=1, done=said(people=5), by=colleague),
        lambda: activity.delete(note_id=row.pk, by=colleague),
    ):
        with pytest.raises(PermissionDenied):
            act()
    row.refresh_from_db()
    assert row.people == 2
    assert AuditEvent.objects.filter(outcome="refused", verb__startswith="activity.").count() == 2


def test_for_everybody_else_there_is_no_note(on_duty: OnDuty) -> None:
    row = note(on_duty("syd"))
    for other in (on_duty("nord"), on_duty("national"), member(Role.CASEWORKER)):
        for act in (
            lambda by: activity.of_desk(row.pk, by),
            lambda by: activity.add(key=uuid.uuid4(), desk_id=row.desk_id, done=said(), by=by),
            lambda by: activity.delete(note_id=row.pk, by=by),
        ):
            with pytest.raises(Http404):
                act(other)
    assert ActivityNote.objects.count() == 1


def test_two_desks_and_a_deputy(on_duty: OnDuty, freeze: Callable[[str], Any]) -> None:
    """She keeps notes at both her desks; the deputy on exactly her days."""
    by, deputy = on_duty("syd"), on_duty("nord")
    put_on_duty(desk=Desk.objects.get(key="bergslagen"), membership=membership(by), first=DAY, by=None)
    first = clock.today()
    register_absence(membership=membership(by), first=first, last=first, deputy=membership(deputy), by=None)
    assert [desk.key for desk in activity.desks_with_notes(by)] == ["bergslagen", "syd"]
    assert [desk.key for desk in activity.desks_with_notes(deputy)] == ["bergslagen", "nord", "syd"]
    row = note(deputy)
    freeze("2026-08-19 09:00")
    assert [desk.key for desk in activity.desks_with_notes(deputy)] == ["nord"]
    with pytest.raises(Http404):
        activity.change(note_id=row.pk, version=1, done=said(), by=deputy)


def test_an_old_page_changes_nothing(on_duty: OnDuty) -> None:
    by = on_duty("syd")
    row = note(by)
    activity.change(note_id=row.pk, version=1, done=said(people=4), by=by)
    with pytest.raises(StaleVersion):
        activity.change(note_id=row.pk, version=1, done=said(people=9), by=by)
    row.refresh_from_db()
    assert (row.people, row.version) == (4, 2)


def test_a_deleted_note_leaves_no_word(on_duty: OnDuty) -> None:
    by = on_duty("syd")
    row = note(by, words="Om boende")
    activity.delete(note_id=row.pk, by=by)
    assert not ActivityNote.objects.exists()
    assert DataKey.objects.get(pk=row.data_key_id).destroyed_at is not None


# --- the page -------------------------------------------------------------------------------------------


def test_the_form_has_six_fields_and_keeps_what_was_typed(client: Client, on_duty: OnDuty) -> None:
    by = on_duty("syd")
    sign_in(client, by)
    page = client.get(url_of(by)).content.decode()
    names = {"kind", "day", "minutes", "people", "municipality", "words"}
    assert all(f'name="{name}"' in page for name in names)
    assert page.count("<h1") == 1
    answer = client.post(url_of(by), fields(by, minutes="en stund", people="1001", words="Möte med Danuta"))
    again = answer.content.decode()
    assert answer.status_code == 422
    assert all(text in again for text in ("en stund", "1001", "Möte med Danuta"))
    assert 'name="no_names"' in again and not ActivityNote.objects.exists()


def test_a_note_is_written_changed_and_deleted(client: Client, on_duty: OnDuty) -> None:
    by = on_duty("syd")
    sign_in(client, by)
    answer = client.post(url_of(by), fields(by))
    row = ActivityNote.objects.get()
    assert answer["Location"] == f"/statistik/verksamhet/{row.desk_id}/?period=2026-Q3"
    assert (row.kind, row.day, row.minutes, row.people) == ("training", date(2026, 8, 12), 150, 14)
    assert (row.municipality_id, row.words) == ("1280", "Socialsekreterare")
    url = f"/verksamhet/anteckning/{row.pk}/"
    assert "2,5" in client.get(url).content.decode()
    client.post(url, fields(by, key=str(row.pk), version="1", minutes="0.75"))
    row.refresh_from_db()
    assert (row.minutes, row.version) == (45, 2)
    client.post(f"{url}ta-bort/")
    assert not ActivityNote.objects.exists()


def test_hours_that_are_no_quarters_are_asked_for_again(client: Client, on_duty: OnDuty) -> None:
    by = on_duty("syd")
    sign_in(client, by)
    form = NoteForm(fields(by))
    for typed in ("1,3", "1:20", "-1", "1e2", "½", "1e999", "1e9", "1:5", "999999", "nan", "1:xx"):
        form = NoteForm(fields(by, minutes=typed))
        assert not form.is_valid() or activity_refuses(form, by), typed
    assert client.post(url_of(by), fields(by, minutes="1,3")).status_code == 422
    assert not ActivityNote.objects.exists()


def activity_refuses(form: NoteForm, by: Assignment) -> bool:
    with pytest.raises(ValidationError):
        activity.add(
            key=uuid.uuid4(),
            desk_id=Desk.objects.get(key="syd").pk,
            done=form.cleaned_data["done"],
            by=by,
        )
    return True


def test_words_of_others_are_shown_literally(client: Client, on_duty: OnDuty) -> None:
    by = on_duty("syd")
    note(by, words="<b>{{ 7*7 }}</b> %(x)s")
    page = (
        sign_in(client, by).get(f"/statistik/verksamhet/{Desk.objects.get(key='syd').pk}/").content.decode()
    )
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt; %(x)s" in page


# --- the database ---------------------------------------------------------------------------------------

SOUND: dict[str, Any] = {"kind": "support", "day": DAY, "minutes": 60, "people": 1}


def raw(by: Assignment, **changes: Any) -> ActivityNote:
    key = uuid.uuid4()
    return ActivityNote.objects.create(
        **{"id": key, "desk": Desk.objects.get(key="syd"), "author": by.user, "made_at": clock.now()}
        | {"data_key": vault.new_key("activity", key)}
        | SOUND
        | changes
    )


def report(by: Assignment, **changes: Any) -> ActivityReport:
    given = {"desk": Desk.objects.get(key="syd"), "period": "2026-Q2", "made_by": by.user, "tables": {}}
    at = datetime(2026, 7, 2, tzinfo=UTC)
    return ActivityReport.objects.create(**given | {"facts": {}, "made_at": at} | changes)


BROKEN: dict[str, Callable[[Assignment], Any]] = {
    "activity_kind_known": lambda by: raw(by, kind="call"),
    "activity_time_of_a_day": lambda by: raw(by, minutes=1455),
    "activity_people_counted": lambda by: raw(by, people=0),
    "activity_support_says_no_place": lambda by: raw(by, municipality_id="1280"),
    "activity_people_where_they_count": lambda by: raw(by, kind="meeting"),
    "activity_help_says_whom": lambda by: raw(by, kind="municipality", people=None),
    "activity_report_once": lambda by: [report(by), report(by)],
    "activity_report_numbered": lambda by: report(by, number=0),
    "activity_report_of_a_quarter_or_year": lambda by: report(by, period="2026-05"),
}


def test_the_database_refuses(on_duty: OnDuty) -> None:
    by = on_duty("syd")
    raw(by)
    for name, act in BROKEN.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act(by)


def test_every_constraint_is_broken_once() -> None:
    there = {one.name for model in (ActivityNote, ActivityReport) for one in model._meta.constraints}
    assert there == set(BROKEN)


def test_a_report_is_never_changed(on_duty: OnDuty) -> None:
    row = report(on_duty("syd"))
    for act in (
        lambda: ActivityReport.objects.filter(pk=row.pk).update(facts={"minutes": 1}),
        lambda: ActivityReport.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(Error), transaction.atomic():
            act()
