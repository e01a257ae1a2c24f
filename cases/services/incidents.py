"""One event with several persons: written once, each person then sent as a referral of her own (S14).

Until it is sent it is a draft: one owner, four weeks, then gone with its key. Sending: `incident_sending`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import sections
from cases.enums import IncidentStatus
from cases.models import Incident
from cases.sections import Cleaned, Section, incident, pasted
from cases.services import drafts
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed

MOST_PERSONS: Final = pasted.MOST_LINES
SAVED: Final = "_saved"
"""Key of the event's answers: page → [version, page view] of the last save."""
SENDER: Final = "_sender"

Person = dict[str, Any]
"""A row of `Incident.persons`: `id` (of the draft that is sent), `n` (her number in the event),
`answers`, `version`, `held` (cells that may be kept once her age is read), `remark`,
`view` (the page view that saved last), `round` (being sent)."""


# --- finding ------------------------------------------------------------------------------------------


def incidents_of(by: Assignment) -> QuerySet[Incident]:
    """Her own, newest first. Nobody else's, whatever her role."""
    rows = Incident.objects.filter(owner_id=by.user_id, agency_id=by.agency_id)
    living = rows.exclude(status=IncidentStatus.DRAFT, expires_at__lte=clock.now())
    return living.select_related("data_key").order_by("-saved_at")


def own_incident(incident_id: uuid.UUID, by: Assignment) -> Incident:
    """One of hers. Raises Http404 for anybody else's, recorded, and for one that is gone."""
    found = incidents_of(by).filter(pk=incident_id).first()
    if found is None:
        if Incident.objects.filter(pk=incident_id).exists():
            audit.refuse("incident.read", incident_id, by=by)
        raise Http404
    return found


def locked_row(incident_id: uuid.UUID, by: Assignment) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",), no_key=True)
    mine = rows.filter(owner_id=by.user_id, agency_id=by.agency_id, expires_at__gt=clock.now())
    found = mine.select_related("data_key").filter(pk=incident_id).first()
    if found is None:
        raise TransitionNotAllowed(_("The event is deleted or closed. It cannot be changed any more."))
    return found


def unsent(row: Incident) -> list[Person]:
    """Persons still to be sent, in the order of their numbers."""
    return [person for person in persons_of(row) if "sent" not in person]


def persons_of(row: Incident) -> list[Person]:
    return list(row.persons) if isinstance(row.persons, list) else []


def person_of(row: Incident, person_id: uuid.UUID) -> Person:
    """One person still to be sent. Raises Http404."""
    found = next((one for one in unsent(row) if one["id"] == str(person_id)), None)
    if found is None:
        raise Http404
    return found


def write(row: Incident, *fields: str) -> None:
    row.version += 1
    row.saved_at = clock.now()
    row.save(update_fields=[*fields, "version", "saved_at"])


# --- the event ----------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def start(*, by: Assignment) -> Incident:
    """A new event under a key of its own, with what the account says about the sender."""
    if not by.has("file_referrals"):
        audit.refuse("incident.start", by=by)
        raise PermissionDenied
    now, incident_id = clock.now(), uuid.uuid4()
    about = drafts.about_sender(by)
    about["safe_contact"] = about.pop(drafts.REACH, "")
    row = Incident(
        id=incident_id,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("incident", incident_id),
        event={SENDER: about},
        persons=[],
        started_at=now,
        saved_at=now,
        expires_at=now + timedelta(days=settings.DRAFT_DAYS),
    )
    row.save(force_insert=True)
    audit.record("incident.start", row, by=by)
    return row


@transaction.atomic(durable=True)
def save_event(
    *, row: Incident, section: Section, raw: Mapping[str, Any], version: int, by: Assignment, view: str = ""
) -> Cleaned:
    """Store a page about the event as it was typed, readable or not. Raises StaleVersion as drafts do."""
    locked = locked_row(row.pk, by)
    last, author = locked.event.get(SAVED, {}).get(section.key, [0, ""])
    if last > version and not (view and view == author):
        raise StaleVersion(locked)
    cleaned = sections.clean(section, raw, dict(incident.FRAME))
    kept = {key: value for key, value in locked.event.items() if key not in section.by_key}
    kept |= cleaned.kept
    kept[SAVED] = locked.event.get(SAVED, {}) | {section.key: [locked.version + 1, view]}
    locked.event = kept
    write(locked, "event")
    _copy(locked, row)
    return cleaned


def _copy(locked: Incident, row: Incident) -> None:
    for name in ("event", "persons", "version", "saved_at", "status", "total", "sent_at"):
        setattr(row, name, getattr(locked, name))


def event_errors(row: Incident) -> dict[str, dict[str, Any]]:
    """Page of the event → question → what is wrong with it."""
    return {
        page.key: dict(sections.clean(page, row.event, dict(incident.FRAME)).errors)
        for page in incident.EVENT_PAGES
    }


# --- the persons --------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def paste(*, row: Incident, text: str, explained: bool, by: Assignment) -> int:
    """Add a person for each line; returns how many. A line that cannot be read waits to be corrected.

    Raises ValidationError at `text` when there is no line, or more than an event can hold.
    """
    locked = locked_row(row.pk, by)
    read = pasted.read_lines(text, explained=explained, today=clock.today())
    persons = persons_of(locked)
    room = MOST_PERSONS - len(persons)
    if read.too_many or len(read.lines) > room:
        words = {"n": read.too_many or len(read.lines), "room": room}
        raise ValidationError(
            {"text": _("That is %(n)s lines. The event has room for %(room)s more.") % words}
        )
    if not read.lines:
        raise ValidationError({"text": _("Paste at least one line with a person.")})
    if read.unknown:
        words_ = {"columns": ", ".join(read.unknown)[:200]}
        raise ValidationError(
            {
                "text": _("These headings are not in the template: %(columns)s. Remove or rename them.")
                % words_
            }
        )
    number = max((person["n"] for person in persons), default=0)
    for line in read.lines:
        number += 1
        persons.append(_person(number, line.raw, remark=line.remark))
    locked.persons = persons
    write(locked, "persons")
    audit.record("incident.paste", locked, by=by, count=len(read.lines))
    _copy(locked, row)
    return len(read.lines)


def _person(number: int, raw: Mapping[str, Any], *, remark: bool = False) -> Person:
    made: Person = {"id": str(uuid.uuid4()), "n": number, "version": 0, "remark": remark}
    _answer(made, raw)
    return made


def _answer(person: Person, raw: Mapping[str, Any]) -> Cleaned:
    """Read her answers into the row. Of an adult who has not agreed nothing that points her out is kept; of
    somebody whose age is not read yet only when she has agreed, aside, until it is."""
    given = incident.without_identity({**person.get("held", {}), **_filled(raw)})
    for key in raw:
        given.setdefault(key, "")
    if sections.is_consultation(given):
        given = {key: value for key, value in given.items() if value}
    cleaned = sections.clean(incident.FOUND, given, {})
    person["answers"] = dict(cleaned.kept)
    person.pop("held", None)
    agreed = "given" in (given.get("consent_status"), raw.get("consent_status"))
    if agreed and not sections.is_settled(person["answers"]):
        person["held"] = _filled(raw)
    return cleaned


def _filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that were given, as plain values."""
    get = getattr(raw, "getlist", None)
    found = {}
    for key, question in incident.FOUND.by_key.items():
        value = ([part for part in get(key) if part] if get else raw.get(key)) if key in raw else None
        if value:
            found[key] = value if question.is_list or isinstance(value, str) else value[-1]
    return found


@transaction.atomic(durable=True)
def add_person(*, row: Incident, raw: Mapping[str, Any], by: Assignment) -> tuple[Person, Cleaned]:
    """One more person, from the form. Raises ValidationError when the event is full."""
    locked = locked_row(row.pk, by)
    persons = persons_of(locked)
    if len(persons) >= MOST_PERSONS:
        words = {"n": MOST_PERSONS}
        raise ValidationError(_("An event holds at most %(n)s persons. Begin another one.") % words)
    made: Person = {"id": str(uuid.uuid4()), "n": max((p["n"] for p in persons), default=0) + 1, "version": 1}
    cleaned = _answer(made, raw)
    locked.persons = [*persons, made]
    write(locked, "persons")
    _copy(locked, row)
    return made, cleaned


@transaction.atomic(durable=True)
def save_person(
    *,
    row: Incident,
    person_id: uuid.UUID,
    raw: Mapping[str, Any],
    version: int,
    by: Assignment,
    view: str = "",
) -> Cleaned:
    """Correct one person. Raises StaleVersion when she was saved elsewhere since the page was drawn; saves of
    the same page view follow one another."""
    locked = locked_row(row.pk, by)
    person = person_of(locked, person_id)
    if person["version"] > version and not (view and view == person.get("view")):
        raise StaleVersion(locked)
    person["version"] += 1
    person["view"] = view
    person["remark"] = False
    cleaned = _answer(person, raw)
    locked.persons = [person if one["id"] == person["id"] else one for one in persons_of(locked)]
    write(locked, "persons")
    _copy(locked, row)
    return cleaned


@transaction.atomic(durable=True)
def remove_person(*, row: Incident, person_id: uuid.UUID, by: Assignment) -> None:
    """Take a person out who is not sent. Nothing of her is left."""
    locked = locked_row(row.pk, by)
    person = person_of(locked, person_id)
    locked.persons = [one for one in persons_of(locked) if one["id"] != person["id"]]
    write(locked, "persons")
    _copy(locked, row)


# --- what would be sent -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """A person as she would be sent now."""

    person: Person
    answers: dict[str, Any]
    wrong: dict[str, Any]
    """Question → what to do, of the person and of the event."""

    @property
    def own_faults(self) -> dict[str, Any]:
        return {key: text for key, text in self.wrong.items() if not incident.is_about_event(key)}

    @property
    def is_ready(self) -> bool:
        return not self.wrong and not self.person.get("remark")


def checked(row: Incident) -> list[Checked]:
    """Everybody still to be sent, read as `submit` would read her. No query."""
    return [check(row, person) for person in unsent(row)]


def check(row: Incident, person: Person) -> Checked:
    answers = incident.compose(
        row.event, person["answers"], row.event.get(SENDER, {}), several=len(persons_of(row)) > 1
    )
    reading, wrong = incident.read_composed(answers)
    return Checked(person, reading.answers, wrong)


def is_interrupted(row: Incident) -> bool:
    """A sending has begun and somebody of it is left."""
    return any(person.get("round") for person in unsent(row))
