"""The database itself refuses calls that cannot be, whatever code writes them, and as role `nrm_app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.services import load_reference
from core import clock, vault
from hotline.models import Call
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)
Act = Callable[[Assignment], Any]


def call(by: Assignment, **changes: Any) -> Call:
    """A sound one that has ended."""
    call_id = uuid.uuid4()
    given = {
        "id": call_id, "number": f"S26-{uuid.uuid4().int % 10**7:07}-A", "agency": by.agency,
        "operator": by.user, "data_key": vault.new_key("call", call_id), "started_at": NOW,
        "ended_at": NOW + timedelta(minutes=7), "saved_at": NOW, "about": "advice",
    }  # fmt: skip
    return Call.objects.create(**given | changes)


def bad(**changes: Any) -> Act:
    return lambda by: call(by, **changes)


SILENT = {"caller": "silent", "about": ""}


def same(by: Assignment) -> None:
    row = call(by)
    Call.objects.filter(pk=row.pk).update(earlier=row)


BREAKS: dict[str, list[Act]] = {
    "call_caller_known": [bad(caller="robot")],
    "call_profession_known": [bad(profession="spy")],
    "call_agency_kind_known": [bad(agency_kind="circus")],
    "call_about_known": [bad(about="weather")],
    "call_danger_known": [bad(danger="maybe")],
    "call_child_known": [bad(child="maybe")],
    "call_sex_known": [bad(sex="x")],
    "call_citizenship_group_known": [bad(citizenship_group="mars")],
    "call_forms_known": [bad(forms=["labour", "espionage"])],
    "call_topics_known": [bad(topics=["weather"])],
    "call_referred_to_known": [bad(referred_to=["nobody"])],
    "call_number_shape": [bad(number="H26-00417-U"), bad(number="S26-417-U"), bad(number="")],
    "call_ends_after_it_began": [bad(ended_at=NOW - timedelta(seconds=1))],
    "call_of_others_says_nothing": [
        bad(**SILENT, forms=["labour"]),
        bad(**SILENT, profession="police"),
        bad(**SILENT, child="yes"),
        bad(caller="public", about="", summary="Hon ringde själv"),
        bad(caller="test", about="", advice_words="x"),
        bad(caller="wrong_number", about="", follow_up_on=NOW.date()),
    ],
    "call_declined_keeps_little": [bad(declined=True, summary="Hon bor i Växjö")],
    "call_ended_says_what_about": [bad(about="")],
    "call_advice_has_edition": [bad(advice=["2-3-1"])],
    "call_is_not_its_own_earlier": [same],
}
"""Constraints of the call's own file; those of what a call becomes are broken in its own test."""


def refused(act: Act, by: Assignment, name: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act(by)
    assert f'"{name}"' in str(error.value)


def test_the_database_refuses_what_cannot_be(db: None) -> None:
    by = member(Role.HOTLINE_OPERATOR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("nrm_app",)
    for name, acts in BREAKS.items():
        for act in acts:
            refused(act, by, name)
    assert call(by).pk and call(by, **SILENT).pk, "the sound ones are taken"


def test_a_place_lies_in_its_county(db: None) -> None:
    load_reference()
    by = member(Role.HOTLINE_OPERATOR)
    refused(bad(municipality_id="1480", county_id="12"), by, "call_place_in_its_county")
    assert call(by, municipality_id="1480", county_id="14").pk
    known = bad(municipality_id="1480", county_id="14", declined=True)
    refused(known, by, "call_declined_keeps_little")
    assert call(by, county_id="12").pk


def test_a_number_stands_for_one_call(db: None) -> None:
    by = member(Role.HOTLINE_OPERATOR)
    first = call(by)
    with pytest.raises(IntegrityError), transaction.atomic():
        call(by, number=first.number)


def test_a_call_keeps_its_words_sealed_and_gives_them_back_only_with_the_key(db: None) -> None:
    row = call(member(Role.HOTLINE_OPERATOR, agency=AgencyFactory.create()), summary="Frågar om boende")
    with connection.cursor() as cursor:
        cursor.execute("SELECT summary FROM hotline_call WHERE id = %s", [row.pk])
        assert b"boende" not in bytes(cursor.fetchone()[0])
    vault.shred(row.data_key, by=None)
    fresh = Call.objects.get(pk=row.pk)
    assert fresh.summary is vault.ERASED and clock.now()
