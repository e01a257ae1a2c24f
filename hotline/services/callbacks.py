"""Promised calls and questions from the web: one queue, each with an owner or the whole desk, each chased.

Whom to call is the professional who called or wrote. The person concerned has no place here: the one free
text is refused with a personal number, a telephone number or an e-mail in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import phonenumbers
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from accounts.models import Membership
from coordinators.services import guard
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from core.text import identifying, plain_digits
from hotline import library
from hotline.enums import CallbackOutcome, ChaseStage
from hotline.models import Call, Callback
from hotline.services import chase, matters, roster

MOST_OPEN: Final = 5
"""Questions one person may have waiting: a queue is not a place to flood."""


def queue(by: Assignment) -> QuerySet[Callback]:
    """What the desk has promised and not done yet, the soonest first."""
    rows = Callback.objects.filter(agency_id=by.agency_id, done_at__isnull=True)
    return rows.select_related("call", "owner").order_by("due_at", "pk")


def of_call(call: Call) -> list[Callback]:
    """What was promised in a call and is not done yet."""
    return list(call.callbacks.filter(done_at__isnull=True).order_by("due_at", "pk"))


def own_questions(by: Assignment) -> QuerySet[Callback]:
    """What somebody has left on the web and nobody has answered yet."""
    return Callback.objects.filter(contact=by.user_id, done_at__isnull=True).order_by("due_at", "pk")


@transaction.atomic(durable=True)
def promise(
    *, key: uuid.UUID, call_id: uuid.UUID, name: str, phone: str, due_at: datetime, by: Assignment
) -> Callback:
    """In a call of a professional: we call you back by then, at a time when the helpline is open.

    `key` makes a form that is sent twice one promise.
    """
    call = matters.locked(call_id, by, "callback.promise")
    matters.require_professional(call)
    if known := call.callbacks.filter(pk=key).first():
        return known
    if found := identifying(name):
        raise ValidationError({"name": guard.refusal(guard.Doubt(refused=found))})
    _must_be_offered(due_at)
    made = _made(key, by.agency_id, due_at, name.strip(), _number(phone), "", by)
    made.call, made.owner = call, by.user
    return _saved(made, "callback.promise", by)


@transaction.atomic(durable=True)
def ask(*, key: uuid.UUID, phone: str, words: str, by: Assignment, accepted: Iterable[str] = ()) -> Callback:
    """A signed-in professional leaves a question and is called back within the next opening hour.

    `key` makes a form that is sent twice one question. `accepted`: words she has said are no names.
    """
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=by.membership_id)  # one at a time
    if known := Callback.objects.filter(pk=key, contact=by.user_id).first():
        return known
    if own_questions(by).count() >= MOST_OPEN:
        raise ValidationError(_("You already have several questions waiting. Call the helpline instead"))
    doubt = guard.look(words, accepted=accepted)
    if doubt.refused or doubt.names:
        raise ValidationError({"words": guard.words(doubt)})
    home, due_at = roster.home(), library.answer_by(clock.now())
    if home is None or due_at is None:
        raise ValidationError(_("The helpline cannot take questions right now. Call instead"))
    made = _made(key, home.pk, due_at, by.user.name, _number(phone), words.strip(), by)
    made.contact = by.user
    return _saved(made, "callback.ask", by)


def _made(
    key: uuid.UUID, agency_id: uuid.UUID, due_at: datetime, name: str, phone: str, words: str, by: Assignment
) -> Callback:
    return Callback(
        id=key, agency_id=agency_id, data_key=vault.new_key("callback", key), name=name or None,
        phone=phone, words=words or None, created_at=clock.now(), created_by=by.user, due_at=due_at,
    )  # fmt: skip


def _saved(made: Callback, verb: str, by: Assignment) -> Callback:
    made.chase_at = chase.first(made)
    made.save(force_insert=True)
    audit.record(verb, made, by=by, call=made.call_id, due=clock.local(made.due_at).date())
    return made


@transaction.atomic(durable=True)
def read(*, callback_id: uuid.UUID, by: Assignment) -> Callback:
    """Open one: name, number and question. Looking is recorded."""
    found = _of_desk(callback_id, by, "callback.read")
    audit.record("callback.read", found, by=by)
    return found


@transaction.atomic(durable=True)
def take(*, callback_id: uuid.UUID, user_id: uuid.UUID, version: int, by: Assignment) -> Callback:
    """Somebody who answers the helpline is to make this call. The clock runs on."""
    row = _locked(callback_id, version, "callback.take", by, national=True)
    if user_id not in [member.user_id for member in roster.operators(row.agency_id)]:
        raise ValidationError({"user": _("Choose somebody who answers the helpline")})
    giver, row.owner_id = row.owner_id, user_id
    changed = _changed(row, "callback.take", by, "owner", to=user_id)
    if giver != user_id:
        chase.handed_over(changed, giver, by.user_id)
    return changed


@transaction.atomic(durable=True)
def try_again(*, callback_id: uuid.UUID, due_at: datetime, version: int, by: Assignment) -> Callback:
    """Nobody answered: a new time, and the chase begins anew."""
    row = _locked(callback_id, version, "callback.again", by)
    _must_be_offered(due_at)
    row.attempts, row.due_at, row.stage = row.attempts + 1, due_at, ChaseStage.NONE
    row.owner_id = row.owner_id or by.user_id
    row.chase_at = chase.following(row, clock.now())
    chase.settle(row)
    columns = ("attempts", "due_at", "stage", "owner", "chase_at")
    return _changed(row, "callback.again", by, *columns, due=clock.local(due_at).date())


@transaction.atomic(durable=True)
def finish(*, callback_id: uuid.UUID, outcome: str, version: int, by: Assignment) -> Callback:
    """Done. Name, number and question are destroyed: what was said stands in the log of the call."""
    row = _locked(callback_id, version, "callback.done", by)
    return _finished(row, CallbackOutcome(outcome), by)


@transaction.atomic(durable=True)
def withdraw(*, callback_id: uuid.UUID, by: Assignment) -> None:
    """She who left the question needs no answer any more. Raises Http404 for anybody else's."""
    rows = Callback.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=callback_id, contact=by.user_id).first()
    if row is None:
        audit.refuse("callback.withdraw", callback_id, by=by)
        raise Http404
    if row.done_at is None:
        _finished(row, CallbackOutcome.NOT_NEEDED, by)


def _finished(row: Callback, outcome: CallbackOutcome, by: Assignment) -> Callback:
    row.done_at, row.done_by, row.outcome, row.chase_at = clock.now(), by.user, outcome, None
    chase.settle(row)
    changed = _changed(row, "callback.done", by, "done_at", "done_by", "outcome", "chase_at", outcome=outcome)
    vault.shred(row.data_key, by=by)
    return changed


def _changed(row: Callback, verb: str, by: Assignment, *columns: str, **facts: Any) -> Callback:
    row.version += 1
    row.save(update_fields=[*columns, "version"])
    audit.record(verb, row, by=by, **facts)
    return row


@transaction.atomic(durable=True)
def delete_old(since: datetime) -> int:
    """Questions from the web answered, or left and never answered, before this time. Returns how many.

    Those of calls go with their call.
    """
    rows = Callback.objects.select_for_update(of=("self",), no_key=True).filter(contact__isnull=False)
    old = list(rows.filter(Q(done_at__lt=since) | Q(done_at=None, created_at__lt=since)).order_by("pk"))
    for row in old:
        if row.done_at is None:
            audit.record("callback.expire", row, by=None)
            chase.settle(row)
        row.delete()
        vault.shred(row.data_key, by=None)
    return len(old)


def may_see(by: Assignment) -> bool:
    """The queue: operators, and the national desk, to whom it is told when nobody calls."""
    return by.has("log_calls") or by.has("see_overview")


def of_queue(callback_id: uuid.UUID, by: Assignment) -> Callback:
    """One of the queue, for whoever says who makes the call. Raises Http404 for any other, recorded."""
    found = queue(by).filter(pk=callback_id).first()
    if found is None:
        audit.refuse("callback.take", callback_id, by=by)
        raise Http404
    return found


def _of_desk(callback_id: uuid.UUID, by: Assignment, verb: str) -> Callback:
    require_right(by, "log_calls", verb, callback_id)
    rows = Callback.objects.select_related("call", "owner", "contact")
    found = rows.filter(pk=callback_id, agency_id=by.agency_id).first()
    if found is None:
        audit.refuse(verb, callback_id, by=by)
        raise Http404
    return found


def _locked(
    callback_id: uuid.UUID, version: int, verb: str, by: Assignment, *, national: bool = False
) -> Callback:
    """The open promise, locked. The national desk may only say who makes the call."""
    row = Callback.objects.select_for_update(of=("self",), no_key=True).filter(pk=callback_id).first()
    may = by.has("log_calls") or (national and by.has("see_overview"))
    if row is None or row.agency_id != by.agency_id or not may:
        audit.refuse(verb, callback_id, by=by)
        if may:
            raise Http404
        raise PermissionDenied
    if row.done_at is not None:
        raise TransitionNotAllowed(_("Somebody has already called. There is nothing left to do"))
    if row.version != version:
        raise StaleVersion(row)
    return row


def _must_be_offered(due_at: datetime) -> None:
    """Within the hours of the helpline, and not over yet."""
    day = clock.local(due_at).date()
    spans = library.Calendar.since(day).on(day)
    if due_at <= clock.now() or not any(span.opens < due_at <= span.closes for span in spans):
        raise ValidationError({"due_at": _("Choose a time when the helpline is open")})


def _number(phone: str) -> str:
    """A telephone number as it is dialled. Raises ValidationError when it is none."""
    try:
        found = phonenumbers.parse(plain_digits(phone), "SE")
    except phonenumbers.NumberParseException:
        found = None
    if found is None or not phonenumbers.is_possible_number(found):
        raise ValidationError({"phone": _("Fill in a phone number, for example 070-123 45 67")})
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


def spoken(row: Callback) -> str:
    """The number as it is read and dialled here: 0480-45 00 00. "" when it is destroyed."""
    if row.done_at is not None or not row.phone:
        return ""
    try:
        number = phonenumbers.parse(str(row.phone))
    except phonenumbers.NumberParseException:
        return str(row.phone)
    kind = phonenumbers.PhoneNumberFormat
    home = number.country_code == 46
    return str(phonenumbers.format_number(number, kind.NATIONAL if home else kind.INTERNATIONAL))
