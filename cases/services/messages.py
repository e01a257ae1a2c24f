"""Internal notes, which never leave their agency, and messages to chosen recipients."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, require_level
from cases.enums import DisclosureKind, Level, NoteKind, ParticipationStatus
from cases.models import Case, Message, MessageRecipient, Note
from cases.services import casework, sharing
from cases.services.referrals import own_referral
from core import audit, clock


@dataclass(frozen=True)
class Written:
    """One thing somebody knows: seen and heard, told by the person, or a view with its reason."""

    text: str
    kind: NoteKind = NoteKind.NOTE
    reason: str = ""


@transaction.atomic(durable=True)
def add_note(
    *,
    case_id: uuid.UUID,
    text: str = "",
    kind: NoteKind = NoteKind.NOTE,
    reason: str = "",
    by: Assignment,
) -> Note:
    """A note for one's own agency or desk. Raises ValidationError (`reason`) for a view without one."""
    return _add_notes(case_id, [Written(text, kind, reason)], by)[0]


@transaction.atomic(durable=True)
def add_notes(*, case_id: uuid.UUID, written: Iterable[Written], by: Assignment) -> list[Note]:
    """Several kinds of knowledge from one sitting, each a note of its own."""
    return _add_notes(case_id, list(written), by)


def _add_notes(case_id: uuid.UUID, written: list[Written], by: Assignment) -> list[Note]:
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    if any(one.kind == NoteKind.VIEW and not one.reason.strip() for one in written):
        raise ValidationError({"reason": _("Write what your assessment rests on")})
    made = []
    for one in written:
        sharing.without_person(case, f"{one.text} {one.reason}")
        note = Note.objects.create(
            case=case,
            author_id=by.user_id,
            kind=one.kind,
            data_key=case.data_key,
            text=one.text,
            reason=one.reason if one.kind == NoteKind.VIEW else None,
            written_at=clock.now(),
            **_home(sight),
        )
        audit.record("note.add", note, by=by, case=case.id, kind=one.kind)
        made.append(note)
    return made


def own_note(sight: Sight, note_id: uuid.UUID) -> Note:
    """A note of the viewer's own house; of any other 404."""
    note = notes_for(sight).filter(pk=note_id).first()
    if note is None:
        audit.refuse("note.share", note_id, by=sight.by)
        raise Http404
    return note


@transaction.atomic(durable=True)
def share_note(
    *, case_id: uuid.UUID, note_id: uuid.UUID, to: Iterable[str], shares_view: bool, by: Assignment
) -> Message:
    """Send a note of one's own house on as a message, with the words that say what kind of knowledge it is.

    A professional view leaves the house only when its author's house has said so (`shares_view`).
    """
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    note = own_note(sight, note_id)
    if note.kind == NoteKind.VIEW and not shares_view:
        raise ValidationError({"shares_view": _("Tick that the assessment may leave your own unit")})
    message = _send(case, sight, to, words_of(note), by)
    audit.record("note.share", note, by=by, case=case.id, kind=note.kind)
    return message


def words_of(note: Note) -> str:
    """A note as others read it: its kind first, a view never without its reason."""
    text = f"{NoteKind(note.kind).label}:\n{note.text}"
    if note.reason:
        text += "\n\n" + _("Reason:") + f"\n{note.reason}"
    return text


def _home(sight: Sight, prefix: str = "") -> dict[str, uuid.UUID]:
    if sight.is_desk:
        return {f"{prefix}desk_id": sight.case.desk_id}
    assert sight.agency_id is not None, "sight comes through a desk or an agency"
    return {f"{prefix}agency_id": sight.agency_id}


def notes_for(sight: Sight) -> QuerySet[Note]:
    """The notes of the viewer's own house, newest first."""
    own = Q(agency_id=sight.agency_id) if sight.agency_id else Q(pk__in=[])
    own |= Q(desk_id__in=_desks_reading(sight))
    return sight.case.notes.filter(own).select_related("author").order_by("-written_at")


def _desks_reading(sight: Sight) -> list[uuid.UUID]:
    """The viewer's desks that read the case: the one that holds it, or one that has handed it over."""
    return [grant.desk_id for grant in sight.grants if grant.desk_id and grant.level >= Level.STEPS]


def messages_for(sight: Sight) -> QuerySet[Message]:
    """Messages the viewer's own house has sent or received, newest first.

    The desk that holds the case reads what earlier desks wrote and were written to: it answers for them now.
    """
    house = Q(from_agency_id=sight.agency_id) | Q(recipients__agency_id=sight.agency_id)
    mine = house if sight.agency_id else Q(pk__in=[])
    if sight.is_desk:
        mine |= Q(from_desk__isnull=False) | Q(recipients__desk__isnull=False)
    else:
        desks = _desks_reading(sight)
        mine |= Q(from_desk_id__in=desks) | Q(recipients__desk_id__in=desks)
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
    return _send(case, require_level(by, case, Level.STEPS), to, text, by)


def _send(case: Case, sight: Sight, to: Iterable[str], text: str, by: Assignment) -> Message:
    _must_be_open(case, by)
    chosen = list(dict.fromkeys(to))
    if not chosen or not set(chosen) <= {code for code, _name in recipients_for(sight)}:
        raise ValidationError({"to": _("Choose at least one recipient in the case.")})
    sharing.without_person(case, text)
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
    sharing.without_person(case, text)
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


@transaction.atomic(durable=True)
def mark_read(sight: Sight, messages: Iterable[Message]) -> int:
    """The viewer's house has read these: noted once, with who and when. Returns how many were unread.

    An act of hers, never a consequence of a page being fetched: what a browser loads ahead is not read.
    """
    rows = MessageRecipient.objects.filter(_for_house(sight), message__in=list(messages))
    return rows.filter(read_at__isnull=True).update(read_at=clock.now(), read_by_id=sight.by.user_id)


def _for_house(sight: Sight) -> Q:
    mine = Q(agency_id=sight.agency_id) if sight.agency_id else Q(pk__in=[])
    if sight.is_desk:
        mine |= Q(desk__isnull=False)
    return mine


def is_unread(sight: Sight, message: Message) -> bool:
    """Written to the viewer's house and confirmed as read by nobody there. Recipients are fetched."""
    return any(
        row.read_at is None
        and ((row.agency_id and row.agency_id == sight.agency_id) or (row.desk_id and sight.is_desk))
        for row in message.recipients.all()
    )
