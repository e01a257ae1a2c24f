"""Sending the persons of an event, and what becomes of the event afterwards.

Person by person, each in one transaction, so that a crash between two sends nobody twice and loses nobody.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, sections
from cases.enums import IncidentStatus
from cases.models import Draft, Incident, Referral
from cases.sections import incident
from cases.services import casework, drafts, incidents, referrals
from cases.services.incidents import Person
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import audit, clock, vault
from core.errors import TransitionNotAllowed

AT_A_TIME: Final = 60
"""Persons sent by one press: the answer must not keep her waiting. What is left is sent by the next."""


def send(*, row: Incident, by: Assignment) -> int:
    """Send everybody who is ready, children first, `AT_A_TIME` at most; returns how many were sent now.

    May be pressed twice, and again after a crash: a person is sent in one transaction with her removal from
    the event, under an id she was given when she was written down. Raises ValidationError when nobody is
    ready.
    """
    ids, once = _begin(row.pk, by)
    sent = sum(_send_one(row.pk, person_id, once, by) for person_id in ids[:AT_A_TIME])
    row.refresh_from_db()
    return sent


@transaction.atomic(durable=True)
def _begin(incident_id: uuid.UUID, by: Assignment) -> tuple[list[str], str]:
    """Mark whom this sending takes. One that was interrupted goes on under its own key."""
    row = incidents.locked_row(incident_id, by)
    if not by.has("file_referrals"):
        audit.refuse("incident.send", row, by=by)
        raise PermissionDenied
    ready = [one for one in incidents.checked(row) if one.is_ready]
    if not ready:
        raise ValidationError(_("Nobody can be sent yet. Correct what is marked first."), code="nobody")
    number = next((one.person["round"] for one in ready if one.person.get("round")), row.version + 1)
    marks = {one.person["id"] for one in ready}
    persons = incidents.persons_of(row)
    row.persons = [one | {"round": number} if one["id"] in marks else one for one in persons]
    incidents.write(row, "persons")
    audit.record("incident.send", row, by=by, count=len(ready))
    ready.sort(key=lambda one: (one.answers.get("age_group") == AgeBand.ADULT, one.person["n"]))
    return [one.person["id"] for one in ready], f"incident:{row.pk}:{number}"


@transaction.atomic(durable=True)
def _send_one(incident_id: uuid.UUID, person_id: str, once: str, by: Assignment) -> bool:
    row = incidents.locked_row(incident_id, by)
    person = next((one for one in incidents.unsent(row) if one["id"] == person_id), None)
    if person is None or not incidents.check(row, person).is_ready:
        return False  # sent by another press, or changed in the meantime
    _make_draft(row, person, by)
    row.status, row.sent_at = IncidentStatus.SENT, row.sent_at or clock.now()
    row.total += 1
    row.save(update_fields=["status", "sent_at", "total"])
    referral = referrals.send(uuid.UUID(person_id), by, row, once)
    left = {"id": person["id"], "n": person["n"], "sent": str(referral.pk)}
    row.persons = [left if one["id"] == person_id else one for one in incidents.persons_of(row)]
    incidents.write(row, "persons")
    return True


def _make_draft(row: Incident, person: Person, by: Assignment) -> None:
    """The draft that `referrals.send` turns into her referral, in the same transaction."""
    draft_id, now = uuid.UUID(person["id"]), clock.now()
    answers = incident.compose(
        row.event,
        person["answers"],
        row.event.get(incidents.SENDER, {}),
        several=len(incidents.persons_of(row)) > 1,
        confirmed=True,
    )
    Draft.objects.create(
        id=draft_id,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("draft", draft_id),
        answers=answers,
        started_at=row.started_at,
        saved_at=now,
        expires_at=now + timedelta(days=1),
    )


# --- afterwards ---------------------------------------------------------------------------------------


def sent_of(row: Incident) -> list[tuple[int, Referral]]:
    """Her referrals of the event with each person's number in it, in that order. Two queries."""
    numbers = {one["id"]: one["n"] for one in incidents.persons_of(row)}
    found = (
        Referral.objects.filter(case__incident=row, referrer_id=row.owner_id, agency_id=row.agency_id)
        .select_related("case__desk__region", "case__merged_into", "data_key")
        .defer("document", "wanted", "case__routing")
    )
    pairs = [(numbers.get(str(referral.draft_id), 0), referral) for referral in found]
    return sorted(pairs, key=lambda pair: (pair[0] or incidents.MOST_PERSONS + 1, pair[1].reference))


@transaction.atomic(durable=True)
def discard(*, row: Incident, by: Assignment) -> None:
    """Delete an event that is not sent, now, and its key with it."""
    locked = incidents.locked_row(row.pk, by)
    if locked.status != IncidentStatus.DRAFT:
        raise TransitionNotAllowed(_("Persons of the event have been sent. It cannot be deleted."))
    audit.record("incident.discard", locked, by=by)
    _end(locked, by)


@transaction.atomic(durable=True)
def finish(*, row: Incident, by: Assignment) -> None:
    """Nobody more will be sent: what was written about the event is erased here. The referrals have it."""
    locked = incidents.locked_row(row.pk, by)
    if locked.status != IncidentStatus.SENT or incidents.unsent(locked):
        raise TransitionNotAllowed(_("Send or remove the persons who are left first."))
    audit.record("incident.finish", locked, by=by)
    _end(locked, by)


def remove(row: Incident, by: Assignment | None) -> None:
    """Delete what somebody who leaves had not sent. Joins the caller's transaction (`leaving`)."""
    _end(row, by)


def _end(row: Incident, by: Assignment | None) -> None:
    """A draft goes; of a sent event the number of persons stays, which its cases show."""
    key = row.data_key
    if row.status == IncidentStatus.DRAFT:
        row.delete()
    else:
        row.expires_at = None
        row.save(update_fields=["expires_at"])
    vault.shred(key, by=by)


def warn_expiring() -> int:
    """Tell the owners of events with somebody unsent that end within seven days, once each."""
    now = clock.now()
    limit = now + timedelta(days=settings.DRAFT_WARN_DAYS)
    due = Incident.objects.filter(expires_at__lte=limit, expires_at__gt=now).select_related("data_key")
    warned = 0
    for row in due.order_by("expires_at")[: drafts.BATCH]:
        if row.status == IncidentStatus.DRAFT or incidents.unsent(row):
            notifications.draft_expires(row.owner_id, row.pk)
            warned += 1
    return warned


def delete_expired() -> int:
    """Delete or empty events past their day, with their keys; returns how many. May run twice."""
    with transaction.atomic():
        rows = Incident.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        batch = list(rows.filter(expires_at__lte=clock.now()).select_related("data_key")[: drafts.BATCH])
        for row in batch:
            audit.record("incident.expire", row, by=None)
            _end(row, None)
    return len(batch)


# --- where each one goes ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Going:
    """One person with the desk she goes to if she is sent now, and by when it answers."""

    one: incidents.Checked
    desk: Desk
    answer_by: datetime
    unplaced: bool
    consultation: bool


def preview(row: Incident) -> list[Going]:
    """Who is ready, and where each goes. Asks once for each place and age, however many persons."""
    now, routes, times = clock.now(), {}, {}
    today, found = clock.local(now).date(), []
    for one in incidents.checked(row):
        if not one.is_ready:
            continue
        facts = sections.facts(one.answers, today)
        key = (facts.place, facts.age_band)
        if key not in routes:
            routes[key] = routing.route(facts.place, AgeBand(facts.age_band), today)
            times[key] = casework.answer_by(facts.age_band, facts.danger, now)
        route = routes[key]
        is_consultation = facts.mode == "consultation"
        found.append(Going(one, route.desk, times[key], route.unplaced, is_consultation))
    return found
