"""Work notes of a desk: what its coordinators do that no case tells.

A note holds no person, and its few words are read by the guard before they are kept. Everybody at the desk
reads them, a deputy on her days too; each changes and deletes her own alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from coordinators.access import desks_of
from coordinators.enums import ActivityKind, DeskRight
from coordinators.models import ActivityNote, Desk, Municipality
from coordinators.models.activity import MOST_MINUTES, MOST_PEOPLE, STEP
from coordinators.services import guard
from core import audit, clock, vault
from core.errors import StaleVersion

WITH_PEOPLE: Final = (ActivityKind.SUPPORT, ActivityKind.TRAINING)
WITH_PLACE: Final = (ActivityKind.MEETING, ActivityKind.TRAINING, ActivityKind.MUNICIPALITY)
COLUMNS: Final = ("kind", "day", "minutes", "people", "municipality_id", "words")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a note says."""

    kind: str
    day: date
    minutes: int | None = None
    people: int | None = None
    municipality_id: str | None = None
    words: str = ""


def desks_with_notes(by: Assignment) -> list[Desk]:
    """Desks of regions at which she answers today, by name; the national desk keeps none. One query."""
    mine = [desk for desk, rights in desks_of(by).items() if DeskRight.TRIAGE in rights]
    if not mine:
        return []
    return list(
        Desk.objects.filter(pk__in=mine, region__isnull=False).select_related("region").order_by("key")
    )


def notes_of(desk: Desk, first: date, end: date) -> QuerySet[ActivityNote]:
    """From a day up to another, that one left out; the newest first."""
    rows = ActivityNote.objects.filter(desk=desk, day__gte=first, day__lt=end)
    return rows.select_related("author", "municipality", "data_key").order_by("-day", "-made_at", "id")


@transaction.atomic(durable=True)
def add(
    *, key: uuid.UUID, desk_id: uuid.UUID, done: Done, by: Assignment, accepted: Iterable[str] = ()
) -> ActivityNote:
    """`key` makes a form that is sent twice one note. `accepted`: words she has said are no names.

    Raises Http404 for a desk that is not hers, ValidationError at the field."""
    desk = _desk(desk_id, by, "activity.add")
    if known := ActivityNote.objects.filter(pk=key, author=by.user_id).first():
        return known
    done = _sound(done, accepted)
    note = ActivityNote(
        id=key, desk=desk, author_id=by.user_id, data_key=vault.new_key("activity", key), made_at=clock.now()
    )
    _write(note, done)
    note.save(force_insert=True)
    audit.record("activity.add", note, by=by, desk=desk.key, kind=note.kind)
    return note


@transaction.atomic(durable=True)
def change(
    *, note_id: uuid.UUID, version: int, done: Done, by: Assignment, accepted: Iterable[str] = ()
) -> ActivityNote:
    """Raises Http404, PermissionDenied for a colleague's, StaleVersion, ValidationError at the field."""
    note = _own(note_id, by, "activity.change")
    if note.version != version:
        raise StaleVersion(note)
    was = note.kind
    _write(note, _sound(done, accepted))
    note.changed_at, note.version = clock.now(), version + 1
    note.save(update_fields=[*COLUMNS, "changed_at", "version"])
    audit.record("activity.change", note, by=by, old=was, new=note.kind)
    return note


@transaction.atomic(durable=True)
def delete(*, note_id: uuid.UUID, by: Assignment) -> None:
    """The note goes and its words with it. Raises Http404, PermissionDenied for a colleague's."""
    note = _own(note_id, by, "activity.delete")
    audit.record("activity.delete", note, by=by, kind=note.kind)
    note.delete()
    vault.shred(note.data_key, by=by)


def of_desk(note_id: uuid.UUID, by: Assignment) -> ActivityNote:
    """One note of a desk of hers. Raises Http404, recorded."""
    return _seen(ActivityNote.objects.all(), note_id, by, "activity.read")


def may_change(note: ActivityNote, by: Assignment) -> bool:
    return note.author_id == by.user_id


def _seen(rows: QuerySet[ActivityNote], note_id: uuid.UUID, by: Assignment, verb: str) -> ActivityNote:
    note = rows.select_related("desk__region", "data_key").filter(pk=note_id).first()
    if note is None or note.desk_id not in {desk.pk for desk in desks_with_notes(by)}:
        audit.refuse(verb, note_id, by=by)
        raise Http404
    return note


def _own(note_id: uuid.UUID, by: Assignment, verb: str) -> ActivityNote:
    """Her own note at a desk of hers, locked."""
    locked = ActivityNote.objects.select_for_update(of=("self",), no_key=True)
    note = _seen(locked, note_id, by, verb)
    if not may_change(note, by):
        audit.refuse(verb, note, by=by)
        raise PermissionDenied
    return note


def _desk(desk_id: uuid.UUID, by: Assignment, verb: str) -> Desk:
    found = next((desk for desk in desks_with_notes(by) if desk.pk == desk_id), None)
    if found is None:
        audit.refuse(verb, desk_id, by=by)
        raise Http404
    return found


def _write(note: ActivityNote, done: Done) -> None:
    for column in COLUMNS:
        setattr(note, column, getattr(done, column))
    note.words = done.words or None


def _sound(done: Done, accepted: Iterable[str]) -> Done:
    """What is kept of it: nothing that its kind does not ask for. Raises ValidationError by field."""
    kind = ActivityKind(done.kind)
    people = done.people if kind in WITH_PEOPLE else None
    place = done.municipality_id or None if kind in WITH_PLACE else None
    problems: dict[str, Any] = {}
    today = clock.today()
    if done.day > today:
        problems["day"] = _("The day cannot be later than today")
    elif done.day < date(today.year - 1, 1, 1):
        problems["day"] = _("Notes are kept for this year and the one before. Choose a later day")
    problems |= _amounts(kind, done.minutes, people)
    if kind == ActivityKind.MUNICIPALITY and place is None:
        problems["municipality"] = _("Choose the municipality that you helped")
    elif kind == ActivityKind.SUPPORT and done.municipality_id:
        problems["municipality"] = _("A note of support says no place. Choose “Not chosen”")
    elif place is not None and not Municipality.objects.filter(pk=place).exists():
        problems["municipality"] = _("There is no such place. Choose from the list")
    doubt = guard.look(done.words, accepted=accepted)
    if doubt.refused or doubt.names:
        problems["words"] = guard.words(doubt)
    if problems:
        raise ValidationError(problems)
    return Done(
        kind=kind.value,
        day=done.day,
        minutes=done.minutes,
        people=people,
        municipality_id=place,
        words=done.words.strip(),
    )


def _amounts(kind: ActivityKind, minutes: int | None, people: int | None) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if minutes is None:
        if kind == ActivityKind.SUPPORT:
            problems["minutes"] = _("Fill in how long it took, for example 1.5")
    elif not STEP <= minutes <= MOST_MINUTES:
        problems["minutes"] = _("Fill in a time between a quarter of an hour and 24 hours")
    if people is None:
        if kind == ActivityKind.SUPPORT:
            problems["people"] = _("Fill in how many persons you met, for example 1")
    elif not 1 <= people <= MOST_PEOPLE:
        problems["people"] = _("Fill in a number between 1 and 1,000")
    return problems
