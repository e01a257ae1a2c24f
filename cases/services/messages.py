"""Internal notes, which never leave their agency, and messages to chosen recipients."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, require_level
from cases.enums import DisclosureKind, Level, ParticipationStatus
from cases.models import Case, Message, MessageRecipient, Note
from cases.services import casework, sharing
from cases.services.referrals import own_referral
from core import audit, clock


@transaction.atomic(durable=True)
def add_note(*, case_id: uuid.UUID, text: str, by: Assignment) -> Note:
    """A note for one's own agency or desk."""
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    note = Note.objects.create(
        case=case,
        author_id=by.user_id,
        data_key=case.data_key,
        text=text,
        written_at=clock.now(),
        **_home(sight),
    )
    audit.record("note.add", note, by=by, case=case.id)
    return note


def _home(sight: Sight, prefix: str = "") -> dict[str, uuid.UUID]:
    if sight.is_desk:
        return {f"{prefix}desk_id": sight.case.desk_id}
    assert sight.agency_id is not None, "sight comes through a desk or an agency"
    return {f"{prefix}agency_id": sight.agency_id}


def notes_for(sight: Sight) -> QuerySet[Note]:
    """The notes of the viewer's own house, newest first."""
    own = Q(agency_id=sight.agency_id) if sight.agency_id else Q(pk__in=[])
    if sight.is_desk:
        own |= Q(desk_id__in=[grant.desk_id for grant in sight.grants if grant.desk_id])
    return sight.case.notes.filter(own).select_related("author").order_by("-written_at")


def messages_for(sight: Sight) -> QuerySet[Message]:
    """Messages the viewer's own house has sent or received, newest first.

    The desk that holds the case reads what earlier desks wrote and were written to: it answers for them now.
    """
    house = Q(from_agency_id=sight.agency_id) | Q(recipients__agency_id=sight.agency_id)
    mine = house if sight.agency_id else Q(pk__in=[])
    if sight.is_desk:
        mine |= Q(from_desk__isnull=False) | Q(recipients__desk__isnull=False)
    found = sight.case.messages.filter(mine).distinct().order_by("-sent_at")
    return found.select_related("author", "from_agency", "from_desk__region").prefetch_related(
        "recipients__agency",
        "recipients__desk__region",
        "recipients__referral__agency",
        "recipients__read_by",
    )


def recipients_for(sight: Sight) -> list[tuple[str, str]]:
    """Whom the viewer may write to, as (code, name); only the desk may write to referrers."""
    case = sight.case
    choices: list[tuple[str, str]] = []
    if not sight.is_desk:
        choices.append((f"desk:{case.desk_id}", str(case.desk.name)))
    accepted = case.participations.filter(status=ParticipationStatus.ACCEPTED, is_referrer=False)
    for participation in accepted.select_related("agency"):
        if participation.agency_id != sight.agency_id:
            choices.append((f"agency:{participation.agency_id}", sight.name_of(participation.agency)))
    if sight.is_desk:
        for referral in case.referrals.select_related("agency"):
            name = _("The referrer (%(agency)s)") % {"agency": referral.agency.name}
            choices.append((f"referral:{referral.id}", name))
    return choices


@transaction.atomic(durable=True)
def send(*, case_id: uuid.UUID, to: Iterable[str], text: str, by: Assignment) -> Message:
    """A message to recipients in the case. Raises ValidationError at `to` for anybody else.

    Raises PermissionDenied without sight of the case, and when the case is over: it can be read, not changed.
    """
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    _must_be_open(case, by)
    chosen = list(dict.fromkeys(to))
    if not chosen or not set(chosen) <= {code for code, _name in recipients_for(sight)}:
        raise ValidationError({"to": _("Choose at least one recipient in the case.")})
    message = Message.objects.create(
        case=case,
        author_id=by.user_id,
        data_key=case.data_key,
        text=text,
        sent_at=clock.now(),
        **_home(sight, "from_"),
    )
    made = MessageRecipient.objects.bulk_create(_recipient(message, code) for code in chosen)
    for row in made:
        _disclosed(case, message, row)
    audit.record("message.send", message, by=by, case=case.id, recipients=len(chosen))
    notifications.message_sent(case, message)
    return message


def _disclosed(case: Case, message: Message, row: MessageRecipient) -> None:
    """What went to another house stands in the ledger."""
    agency_id = row.referral.agency_id if row.referral else row.agency_id
    sharing.disclosed(
        case,
        DisclosureKind.MESSAGE,
        by_id=message.author_id,
        agency_id=agency_id,
        desk_id=row.desk_id,
        subject_id=message.pk,
    )


def _must_be_open(case: Case, by: Assignment) -> None:
    if not case.is_open:
        audit.refuse("message.send", case, by=by)
        raise PermissionDenied


def _recipient(message: Message, code: str) -> MessageRecipient:
    kind, _colon, value = code.partition(":")
    return MessageRecipient(message=message, **{f"{kind}_id": uuid.UUID(value)})


@transaction.atomic(durable=True)
def reply_as_referrer(*, referral_id: uuid.UUID, text: str, by: Assignment) -> Message:
    """The referrer answers the desk without sight of the case."""
    referral = own_referral(referral_id, by, verb="message.send")
    case: Case = casework.lock(referral.case_id)
    _must_be_open(case, by)
    message = Message.objects.create(
        case=case,
        from_agency_id=by.agency_id,
        author_id=by.user_id,
        data_key=case.data_key,
        text=text,
        sent_at=clock.now(),
    )
    _disclosed(case, message, MessageRecipient.objects.create(message=message, desk_id=case.desk_id))
    notifications.message_sent(case, message)
    return message


def mark_read(sight: Sight, messages: Iterable[Message]) -> None:
    """The viewer's house has read these: noted once, with who and when."""
    mine = Q(agency_id=sight.agency_id) if sight.agency_id else Q(pk__in=[])
    if sight.is_desk:
        mine |= Q(desk__isnull=False)
    MessageRecipient.objects.filter(mine, message__in=list(messages), read_at__isnull=True).update(
        read_at=clock.now(), read_by_id=sight.by.user_id
    )
