"""What agencies agree to do: asked for by the desk, or decided at a meeting. Each becomes a dated step."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Agency
from cases import notifications, workflow
from cases.access import Sight, require
from cases.enums import Level, ParticipationStatus, Status, Verb
from cases.models import Case, Decision, Meeting, Step
from cases.services import acts, casework
from core import audit, clock
from core.errors import TransitionNotAllowed

DESK = "desk"
"""The code of the case's own desk among those who can owe something; agencies are named by their id."""
TAKING_PART = (ParticipationStatus.ACCEPTED, ParticipationStatus.PROVISIONAL)


@dataclass(frozen=True)
class Agreed:
    """One decision: who does what by which day."""

    text: str
    owner: str
    """`DESK`, or the id of an agency in the case."""
    due_on: date


def agencies_in(case: Case) -> list[Agency]:
    """Agencies that take part now, whom something may be asked of. One query."""
    rows = case.participations.filter(status__in=TAKING_PART, is_referrer=False).select_related("agency")
    return [row.agency for row in rows.order_by("invited_at")]


def end_of(day: date) -> datetime:
    """24.00 of that day in Stockholm."""
    return datetime.combine(day + timedelta(days=1), time(0), clock.STOCKHOLM)


# --- asked for by the desk --------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def ask(*, case_id: uuid.UUID, agency_id: uuid.UUID, text: str, due_on: date, by: Assignment) -> Step:
    """The coordinator asks an agency in the case for something: a step of that agency, chased like any other.

    Raises ValidationError at `agency`, `text` or `due_on`, TransitionNotAllowed when the case is not at work.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    if case.status != Status.ACTIVE:
        words = _("Nothing can be asked for: the case is now “%(status)s”.")
        raise TransitionNotAllowed(words % {"status": case.get_status_display()})
    if agency_id not in {agency.pk for agency in agencies_in(case)}:
        raise ValidationError({"agency": _("Choose an agency that takes part in the case.")})
    _must_be_dated({"text": text, "due_on": due_on}, clock.today())
    step = acts.start(case, acts.AGREED, end_of(due_on), agency_id=agency_id, wording=text.strip())
    case.version += 1
    case.save(update_fields=["version"])
    audit.record("step.ask", step, by=by, case=case.id, agency=agency_id)
    notifications.step_asked(step, by=by)
    return step


def _must_be_dated(row: dict[str, object], earliest: date, place: str = "") -> None:
    text, day = row["text"], row["due_on"]
    if not str(text).strip():
        raise ValidationError({f"text{place}": _("Write what is to be done.")})
    assert isinstance(day, date)
    if day < earliest:
        raise ValidationError({f"due_on{place}": _("Choose today or a later day.")})


# --- meetings ---------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def record(
    *,
    case_id: uuid.UUID,
    held_on: date,
    present: Iterable[uuid.UUID],
    minutes: str,
    decisions: Sequence[Agreed] = (),
    corrects_id: uuid.UUID | None = None,
    by: Assignment,
) -> Meeting:
    """The record of a meeting: who was there, what was said, and what somebody does by when.

    Never edited: a mistake is put right by a new record that names the old one. Raises ValidationError at
    `held_on`, `present`, `minutes`, `corrects`, or at `text_0`, `owner_0`, `due_on_0` of a decision.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.MEET, case)
    inside = {agency.pk for agency in agencies_in(case)}
    there = list(dict.fromkeys(present))
    _must_be_a_meeting(held_on, there, inside, minutes, decisions)
    meeting = Meeting.objects.create(
        case=case,
        held_on=held_on,
        present=there,
        corrects=_corrected(case, corrects_id),
        data_key_id=case.data_key_id,
        minutes=minutes.strip() or None,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    for place, agreed in enumerate(decisions):
        _decide(case, meeting, agreed, place, inside, by)
    case.version += 1
    case.save(update_fields=["version"])
    audit.record("meeting.record", meeting, by=by, case=case.id, decisions=len(decisions))
    return meeting


def _must_be_a_meeting(
    held_on: date, there: list[uuid.UUID], inside: set[uuid.UUID], minutes: str, decisions: Sequence[Agreed]
) -> None:
    if held_on > clock.today():
        raise ValidationError({"held_on": _("The date cannot be in the future.")})
    if not set(there) <= inside:
        raise ValidationError({"present": _("Choose among the agencies that take part in the case.")})
    if not minutes.strip() and not decisions:
        raise ValidationError({"minutes": _("Write what was said, or at least one decision.")})


def _corrected(case: Case, meeting_id: uuid.UUID | None) -> Meeting | None:
    if meeting_id is None:
        return None
    earlier = case.meetings.filter(pk=meeting_id, corrected_by__isnull=True).first()
    if earlier is None:
        raise ValidationError(_("The record has already been corrected by another one."), code="corrected")
    return earlier


def _decide(
    case: Case, meeting: Meeting, agreed: Agreed, place: int, inside: set[uuid.UUID], by: Assignment
) -> None:
    _must_be_dated({"text": agreed.text, "due_on": agreed.due_on}, meeting.held_on, f"_{place}")
    owner: dict[str, uuid.UUID | None] = {"agency_id": None, "desk_id": None}
    if agreed.owner == DESK:
        owner["desk_id"] = case.desk_id
    elif agreed.owner in {str(pk) for pk in inside}:
        owner["agency_id"] = uuid.UUID(agreed.owner)
    else:
        raise ValidationError({f"owner_{place}": _("Choose who does it.")})
    text = agreed.text.strip()
    assignee = case.assignee_id if owner["desk_id"] else None
    due = end_of(agreed.due_on)
    ids = {"agency_id": owner["agency_id"], "desk_id": owner["desk_id"], "assignee_id": assignee}
    step = acts.start(case, acts.AGREED, due, urgent=False, wording=text, **ids)
    Decision.objects.create(meeting=meeting, **owner, step=step, data_key_id=case.data_key_id, text=text)
    notifications.step_asked(step, by=by)


def meetings_for(sight: Sight) -> QuerySet[Meeting]:
    """The records this viewer may read, newest first: the desk all, an agency those it was at."""
    found = sight.case.meetings.order_by("-held_on", "-recorded_at")
    if not sight.is_desk:
        mine = Q(present__contains=[sight.agency_id]) if sight.agency_id else Q(pk__in=[])
        found = found.filter(mine) if sight.level >= Level.FULL else found.none()
    return found.select_related("recorded_by", "data_key", "corrects", "corrected_by").prefetch_related(
        "decisions__step__template", "decisions__agency", "decisions__desk__region", "decisions__data_key"
    )
