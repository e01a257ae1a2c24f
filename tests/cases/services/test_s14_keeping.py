"""S14: whose an event is, how long it is kept, what is read from pasted lines."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import IncidentStatus, NoticeKind, Status
from cases.models import Incident, Notice
from cases.sections import incident as pages
from cases.sections import pasted
from cases.services import incident_sending, incidents
from core import clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import World
from tests.cases.services.test_s14_raid import EVENT, REFUSED, Raid, expire_drafts
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def raid(world: World) -> Raid:
    return Raid()


# --- whose, and how long ------------------------------------------------------------------------------------


def test_the_event_is_its_owners_alone(world: World, raid: Raid) -> None:
    colleague = member(Role.CASEWORKER, agency=raid.officer.agency)
    strangers: list[Assignment] = [colleague, world.karin, world.national, member(Role.ADMINISTRATOR),
                                   member(Role.AUDITOR)]  # fmt: skip
    for who in strangers:
        with pytest.raises(Http404):
            incidents.own_incident(raid.incident_id, who)
        with pytest.raises(TransitionNotAllowed):
            incident_sending.send(row=raid.row, by=who)
    assert not raid.cases()
    with pytest.raises(PermissionDenied):
        incidents.start(by=member(Role.AUDITOR))


def test_nothing_is_readable_in_the_database(raid: Raid) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM cases_incident i WHERE id = %s", [raid.incident_id])
        (text,) = cursor.fetchone()
    assert "Srisai" not in text
    assert "lager" not in text.casefold()


def test_a_draft_is_warned_of_and_goes_with_its_key(raid: Raid, freeze: Any) -> None:
    key = raid.row.data_key
    begun = clock.now()
    freeze((begun + timedelta(days=22)).isoformat())
    expire_drafts()
    expire_drafts()
    told = Notice.objects.filter(kind=NoticeKind.DRAFT_EXPIRES, user_id=raid.officer.user_id)
    assert told.count() == 1
    freeze((begun + timedelta(days=28, minutes=1)).isoformat())
    expire_drafts()
    assert not Incident.objects.filter(pk=raid.incident_id).exists()
    key.refresh_from_db()
    assert key.destroyed_at is not None


def test_what_was_written_goes_and_the_number_stays(raid: Raid, freeze: Any) -> None:
    raid.send()
    freeze((clock.now() + timedelta(days=29)).isoformat())
    expire_drafts()
    row = Incident.objects.get(pk=raid.incident_id)
    assert (row.total, row.expires_at, row.status) == (14, None, IncidentStatus.SENT)
    assert row.persons == vault.ERASED
    assert len(incident_sending.sent_of(raid.row)) == 14
    assert raid.cases()[0].opening_referral().answers["narrative"] == EVENT["narrative"]


def test_finished_early_and_discarded(raid: Raid) -> None:
    other = Raid("")
    incident_sending.discard(row=other.row, by=other.officer)
    assert not Incident.objects.filter(pk=other.incident_id).exists()
    raid.send()
    with pytest.raises(TransitionNotAllowed):
        incident_sending.discard(row=raid.row, by=raid.officer)
    incident_sending.finish(row=raid.row, by=raid.officer)
    with pytest.raises(TransitionNotAllowed):
        raid.paste(REFUSED)


def test_an_older_page_does_not_overwrite(raid: Raid) -> None:
    row = raid.row
    with pytest.raises(StaleVersion):
        incidents.save_event(row=row, section=pages.HAPPENED, raw=EVENT, version=0, by=raid.officer, view="b")
    person = incidents.unsent(row)[0]
    person_id = uuid.UUID(person["id"])
    incidents.save_person(row=row, person_id=person_id, raw=person["answers"], version=0, by=raid.officer)
    with pytest.raises(StaleVersion):
        incidents.save_person(row=row, person_id=person_id, raw=person["answers"], version=0, by=raid.officer)


def test_a_person_is_removed_without_a_trace(raid: Raid) -> None:
    person = incidents.unsent(raid.row)[2]
    incidents.remove_person(row=raid.row, person_id=uuid.UUID(person["id"]), by=raid.officer)
    assert 'Chai"' not in json.dumps(raid.row.persons)
    assert raid.send() == 13


def test_the_audit_names_no_person(raid: Raid) -> None:
    raid.send()
    facts = json.dumps(list(AuditEvent.objects.values_list("facts", "reason")), ensure_ascii=False)
    assert "Srisai" not in facts
    assert AuditEvent.objects.filter(verb="referral.submit", user_id=raid.officer.user_id).count() == 14


def test_everything_goes_on_as_with_any_referral(world: World, raid: Raid) -> None:
    raid.send()
    mine = [case for case in raid.cases() if case.desk.key == "mitt"]
    about = world.about(mine[0].opening_referral())
    assert about.accept().status == Status.ACTIVE


# --- the lines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "group"),
    [("16", "child"), ("2011", "child"), ("2008", "unsure"), ("ca 17", "unsure"), ("~19", "unsure"),
     ("about 30", "adult"), ("18", "adult"), ("1998-04-12", "adult"), ("osäker", "unsure"), ("", ""),
     ("gammal", ""), ("2010-05-05", "child"), ("cirka 12 år", "child"), ("1990-tal", ""),
     ("1993-2003", "adult")],
)  # fmt: skip
def test_age_groups(freeze: Any, text: str, group: str) -> None:
    freeze("2026-11-23 09:00")
    assert pasted.age_group(text, clock.today()) == group


def test_headings_in_any_order_and_quoted_cells(freeze: Any) -> None:
    freeze("2026-11-23 09:00")
    text = 'Kommun;Namn;Ålder;Samtycke\n"Lycksele";"Ek; junior";31;nej'
    read = pasted.read_lines(text, explained=False, today=clock.today())
    (line,) = read.lines
    assert line.raw["municipality_of_presence"] == "Lycksele"
    assert line.raw["name"] == "Ek; junior"
    assert line.raw["consent_status"] == "refused"
    assert pasted.read_lines(
        "Kommun;Namn;Skonummer\na;b;c", explained=False, today=clock.today()
    ).unknown == ["Skonummer"]


def test_more_columns_than_the_template(raid: Raid) -> None:
    raid.paste("A\tB\t30\tman\tThailand\tthai\tGävle\tja\tmuntligt\t2026-11-22\trestaurang")
    last = raid.checked()[-1]
    assert last.wrong == {}
    assert not last.is_ready, "somebody has to look at it first"


def test_saves_of_one_page_view_follow_each_other(raid: Raid) -> None:
    """An autosave still on its way when the button is pressed makes the press no older page."""
    person = incidents.unsent(raid.row)[0]
    told: Any = {
        "person_id": uuid.UUID(person["id"]),
        "raw": person["answers"],
        "version": 0,
        "by": raid.officer,
    }
    incidents.save_person(row=raid.row, view="a", **told)
    incidents.save_person(row=raid.row, view="a", **told)
    with pytest.raises(StaleVersion):
        incidents.save_person(row=raid.row, view="b", **told)
