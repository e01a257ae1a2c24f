"""Calls about the same thing: a number said at the next call leads back to the call before it.

A number that was mistyped is told from its check letter alone. One that leads nowhere, to another desk or to
a call that is not kept any more gives one and the same answer.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from cases.enums import Citizenship, Sex
from core import audit
from core.enums import AuditOutcome
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from hotline.enums import Caller
from hotline.models import Call
from hotline.services import calls, numbers, tallies
from hotline.services.chain import LONGEST
from hotline.services.chain import matter_of as matter_of

FILLED: Final = {
    "profession": "", "agency_kind": "", "sex": Sex.UNKNOWN, "citizenship_group": Citizenship.UNKNOWN,
    "forms": [],
}  # fmt: skip
"""What the next call need not ask again besides the place, and how it looks while it is not known. Whether it
is a child is asked each time: "unsure" is an answer, and nobody becomes an adult by an older one."""


def locked(call_id: uuid.UUID, by: Assignment, verb: str) -> Call:
    """A call of her desk, locked. Http404 for any other, PermissionDenied without the right; recorded."""
    require_right(by, "log_calls", verb, call_id)
    rows = Call.objects.select_for_update(of=("self",), no_key=True).of_desk(by.agency_id)
    call = rows.select_related("data_key", "edition", "agency").filter(pk=call_id).first()
    if call is None:
        audit.refuse(verb, call_id, by=by)
        raise Http404
    return call


def require_professional(call: Call) -> None:
    """Raises TransitionNotAllowed for a call of somebody else: nothing is kept of it, so nothing follows."""
    if call.caller != Caller.PROFESSIONAL:
        raise TransitionNotAllowed(_("Only the call of a professional can lead on."))


@transaction.atomic(durable=True)
def follow(*, call_id: uuid.UUID, number: str, by: Assignment) -> Call:
    """The caller said the number of an earlier call: the two hang together, and what is not known yet of this
    one is filled in from the other. Only codes; the words of the earlier call stay in it.

    Raises ValidationError at `number`; Http404, PermissionDenied or TransitionNotAllowed when the call is not
    hers to change.
    """
    call = locked(call_id, by, "call.follow")
    require_professional(call)
    if not calls.may_edit(call, by):
        raise TransitionNotAllowed(_("Only whoever answered can do this, until a day after the call ended."))
    earlier = _find(number, call, by)
    with tallies.recounted(call, earlier):
        if call.earlier and call.earlier != earlier:
            _part(call, call.earlier)
        call.earlier = earlier
        _fill(call, earlier)
        call.version, call.view = call.version + 1, ""
        call.save()
    audit.record("call.follow", call, by=by, target_ids=[earlier.pk])
    return earlier


def _find(number: str, call: Call, by: Assignment) -> Call:
    """The latest call of the matter the number belongs to."""
    told = _read(number)
    rows = Call.objects.of_desk(by.agency_id).filter(number=told, caller=Caller.PROFESSIONAL)
    found = rows.exclude(pk=call.pk).filter(started_at__lte=call.started_at).first()
    if found is None or _goes_back_to(found, call):
        audit.refuse("call.find", call, by=by)
        raise ValidationError({"number": _("No call has this number. Ask the caller to read it again")})
    before = [row for row in matter_of(found) if row.started_at <= call.started_at]
    return [row for row in before if not _goes_back_to(row, call)][-1]


def _goes_back_to(row: Call, call: Call) -> bool:
    """Whether a call goes back to this one: nothing goes round in a circle, also when times are corrected."""
    at: Call | None = row
    for _step in range(LONGEST):
        if at is None or at.pk == call.pk:
            return at is not None
        at = at.earlier
    return True


def _read(number: str) -> str:
    try:
        told = numbers.parse(number)
    except ValueError:
        text = _("The check letter does not fit: something was misheard. Ask for the number again")
        raise ValidationError({"number": text}) from None
    if told is None:
        raise ValidationError({"number": _("Enter the number of the earlier call, for example S26-00417-U")})
    return told


def _fill(call: Call, earlier: Call) -> None:
    for name, blank in FILLED.items():
        if getattr(call, name) == blank:
            setattr(call, name, getattr(earlier, name))
    if call.municipality_id is None and call.county_id in (None, earlier.county_id):
        call.municipality_id, call.county_id = earlier.municipality_id, earlier.county_id
    if not call.reference and call.case_id is None:
        call.reference, call.case_id = earlier.reference, earlier.case_id


@transaction.atomic(durable=True)
def unfollow(*, call_id: uuid.UUID, by: Assignment) -> Call:
    """It was another matter after all: the two halves part, and neither keeps a case number, or a case, that
    came to it from the other. What else was filled in stays."""
    call = locked(call_id, by, "call.follow")
    if not calls.may_edit(call, by):
        raise TransitionNotAllowed(_("Only whoever answered can do this, until a day after the call ended."))
    if call.earlier is None:
        return call
    with tallies.recounted(call):
        _part(call, call.earlier)
        call.version, call.view = call.version + 1, ""
        call.save(update_fields=["version", "view"])
    audit.record("call.unfollow", call, by=by)
    return call


def _part(call: Call, other: Call) -> None:
    """Take from each half what the other brought: a number said there, the case of its referral."""
    call.earlier = None
    call.save(update_fields=["earlier"])
    later, before, since = matter_of(call), matter_of(other), _followed(call)
    for mine, theirs in ((later, before), (before, later)):
        foreign = {row.reference for row in theirs if row.reference}
        if not _said_here(mine, theirs, since):
            shared = Call.objects.filter(pk__in=[row.pk for row in mine], reference__in=foreign)
            shared.filter(referral__isnull=False).update(reference="")
            shared.update(reference="", case=None)
        own = {row.case_id for row in mine if row.referral_id}
        sent = {row.case_id for row in theirs if row.referral_id} - own
        linked = Call.objects.filter(pk__in=[row.pk for row in mine], reference="", referral__isnull=True)
        linked.filter(case__in=sent).update(case=None)
    call.refresh_from_db(fields=["reference", "case"])


def _said_here(mine: list[Call], theirs: list[Call], since: int) -> bool:
    """Whether the number the two halves share was said in this one: last, or before they hung together."""
    last = _attached(mine)
    if last is None or last.verb != "call.attach":
        return False
    after = _attached(theirs)
    return after is None or after.pk < max(last.pk, since)


def _attached(rows: list[Call]) -> AuditEvent | None:
    """When a number was last kept with these calls, or taken away."""
    return _done("call.attach", "call.detach").filter(target_id__in=[row.pk for row in rows]).last()


def _followed(call: Call) -> int:
    """Since when the two halves have hung together."""
    last = _done("call.follow").filter(target_id=call.pk).last()
    return last.pk if last else 0


def _done(*verbs: str) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(verb__in=verbs, outcome=AuditOutcome.ALLOWED).order_by("pk")


def first_of(call: Call) -> Call:
    """The call with which the matter began."""
    return matter_of(call)[0]
