"""A request for one's own data: registered, identity checked, cases found, extended, ended.

Nobody's name leads to a case here: the officer writes the reference that stands on the person's papers, or
that her handler knows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.access.assignment import require_right
from cases import notifications
from cases.access import barred_from
from cases.enums import LinkKind, Status
from cases.enums.subject import (
    ExtensionReason,
    IdentityCheck,
    PackState,
    RequestChannel,
    RequestOutcome,
)
from cases.models import Case, CaseLink, DataPack, Referral, RequestedCase, SubjectRequest
from cases.services import references
from cases.services.subject import pieces
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from manual.deadlines import Rule, due_at, last_day
from manual.enums import Unit

RIGHT: Final = "protect_data"
MONTHS: Final = 1
LONGEST_EXTENSION: Final = 2
"""Months (GDPR article 12.3). Whether a last day on a holiday moves is to be confirmed: here it does not."""


def month_later(day: date, months: int) -> date:
    """The last day of so many months after `day`."""
    return last_day(due_at(Rule(months, Unit.MONTHS), day))


def deadline(request: SubjectRequest) -> date:
    return request.extended_until or request.due_on


def lock(request_id: uuid.UUID) -> SubjectRequest:
    """The request, locked for this transaction: every service here begins with it, then with its cases."""
    rows = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).select_related("data_key")
    return rows.get(pk=request_id)


def may(by: Assignment, verb: str, request: SubjectRequest | None = None) -> None:
    """Raises PermissionDenied, recorded, unless she protects data and can handle the request's cases."""
    require_right(by, RIGHT, verb, request)
    if request is None:
        return
    if any(by.user_id in barred_from(case) for case in pieces.cases_of(request)):
        audit.refuse(verb, request, by=by, needs="no_recusal")
        raise PermissionDenied


def require_open(request: SubjectRequest) -> None:
    if not request.is_open:
        raise TransitionNotAllowed(
            _("The request has ended: %(how)s.") % {"how": request.get_outcome_display()}
        )


def listed(by: Assignment) -> QuerySet[SubjectRequest]:
    """Every request, what is due first; those that have ended last."""
    require_right(by, RIGHT, "subject.list")
    rows = SubjectRequest.objects.select_related("registered_by", "data_key")
    return rows.prefetch_related("found__case", "packs").order_by("closed_at", "due_on", "pk")


def waiting(by: Assignment) -> int:
    """How many are open: for the officer's home."""
    return SubjectRequest.objects.filter(closed_at__isnull=True).count()


@transaction.atomic(durable=True)
def register(
    *, language: str, channel: RequestChannel, received_on: date, answer_to: str, by: Assignment
) -> SubjectRequest:
    """A request has come in: its month begins on that day, whenever it is written down."""
    may(by, "subject.register")
    if received_on > clock.today():
        raise ValidationError({"received_on": _("The date has not come yet")})
    request_id = uuid.uuid4()
    request = SubjectRequest.objects.create(
        id=request_id,
        data_key=vault.new_key("request", request_id),
        language=language,
        channel=channel,
        received_on=received_on,
        due_on=month_later(received_on, MONTHS),
        answer_to=answer_to,
        registered_by_id=by.user_id,
        registered_at=clock.now(),
    )
    audit.record("subject.register", request, by=by, channel=channel)
    return request


@transaction.atomic(durable=True)
def check_identity(
    *, request_id: uuid.UUID, how: IdentityCheck, checked_on: date, words: str, by: Assignment
) -> SubjectRequest:
    """Whoever asks is the person: only now may a case be looked for."""
    request = lock(request_id)
    may(by, "subject.check", request)
    require_open(request)
    if not request.received_on <= checked_on <= clock.today():
        raise ValidationError({"checked_on": _("The day lies before the request, or has not come yet")})
    request.checked_how, request.checked_on = how, checked_on
    request.checked_words, request.checked_by_id = words, by.user_id
    request.version += 1
    fields = ["checked_how", "checked_on", "checked_words", "checked_by", "version"]
    request.save(update_fields=fields)
    audit.record("subject.check", request, by=by, how=how)
    return request


# --- finding the cases -------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def add_case(*, request_id: uuid.UUID, reference: str, by: Assignment) -> list[Case]:
    """The case with this number, those it was merged with, and what the desks have linked as the same person.

    Raises ValidationError at `reference`: no number, unknown, a consultation, not before the identity check.
    """
    request = lock(request_id)
    may(by, "subject.find", request)
    require_open(request)
    if not request.checked_how:
        raise ValidationError(_("Check who asks before you look for a case."))
    case = _by_reference(reference)
    if case is None:
        audit.refuse("subject.find", request, by=by, found=False)
        raise ValidationError({"reference": _("There is no case with that number. Check it once more.")})
    found = same_person(case)
    if any(by.user_id in barred_from(one) for one in found):
        audit.refuse("subject.find", request, by=by, needs="no_recusal")
        raise PermissionDenied
    for one in found:
        _row, is_new = RequestedCase.objects.get_or_create(
            request=request, case=one, defaults={"added_by_id": by.user_id, "added_at": clock.now()}
        )
        if is_new:
            notifications.case_requested(request.pk, one, by_id=by.user_id)
    audit.record("subject.find", request, by=by, target_ids=[one.pk for one in found])
    open_packs(request)
    return found


def _by_reference(text: str) -> Case | None:
    try:
        reference = references.parse(text)
    except ValueError:
        words = _("The number is mistyped: its last letter does not fit.")
        raise ValidationError({"reference": words}) from None
    if reference is None:
        raise ValidationError({"reference": _("Write the number like this: H26-00417-U")})
    referral = Referral.objects.filter(reference=reference).select_related("case").first()
    case = referral.case if referral else Case.objects.filter(reference=reference).first()
    if case is None or case.practice or case.status == Status.DISPOSED:
        return None
    if case.is_consultation:
        words = _("That number belongs to a consultation. It says nothing about who the person is.")
        raise ValidationError({"reference": words})
    return case


def same_person(case: Case) -> list[Case]:
    """The case, what it absorbed or was absorbed by, her earlier and later cases, and the consultation that a
    case grew from."""
    known: dict[uuid.UUID, Case] = {}
    new = [case]
    while new:
        known |= {one.pk: one for one in new}
        ids = [one.pk for one in new]
        again = CaseLink.objects.filter(Q(case__in=ids) | Q(other__in=ids), kind=LinkKind.EARLIER)
        beside = {pk for pair in again.values_list("case_id", "other_id") for pk in pair}
        beside |= {pk for one in new for pk in (one.merged_into_id, one.consultation_of_id) if pk}
        near = Q(pk__in=beside) | Q(merged_into__in=ids)
        near |= Q(person__in=[one.person_id for one in new if one.person_id])
        new = list(Case.objects.filter(near).exclude(pk__in=known).exclude(status=Status.DISPOSED))
    return list(known.values())


@transaction.atomic(durable=True)
def remove_case(*, request_id: uuid.UUID, case_id: uuid.UUID, by: Assignment) -> None:
    """It was about somebody else, or added by mistake: it and its kin leave the request, unread ones too."""
    request = lock(request_id)
    require_right(by, RIGHT, "subject.find", request)
    require_open(request)
    if request.packs.filter(state=PackState.GIVEN).exists():
        raise TransitionNotAllowed(_("An extract has already been given out."))
    row = request.found.filter(case_id=case_id).select_related("case").first()
    if row is None:
        return
    kin = {case.pk for case in same_person(row.case)}
    request.found.filter(case_id__in=kin).delete()
    reopen_packs(request)
    open_packs(request)
    audit.record("subject.drop", request, by=by, target_ids=kin)


def open_packs(request: SubjectRequest) -> None:
    """An extract for every agency that has something, none for one that has nothing any more."""
    houses = pieces.houses_in(request)
    for agency_id in houses:
        DataPack.objects.get_or_create(
            request=request, agency_id=agency_id, defaults={"data_key_id": request.data_key_id}
        )
    empty = request.packs.exclude(agency_id__in=houses)
    empty.filter(state=PackState.PREPARING, decisions__isnull=True).delete()


def reopen_packs(request: SubjectRequest, but: Iterable[uuid.UUID] = ()) -> None:
    """What was ready is to be looked at again; what was given out stays as it was given."""
    rows = request.packs.exclude(state=PackState.GIVEN).exclude(pk__in=list(but))
    rows.update(
        state=PackState.PREPARING, prepared_by=None, prepared_at=None, approved_by=None, approved_at=None
    )


# --- time ------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def extend(
    *,
    request_id: uuid.UUID,
    months: int,
    reason: ExtensionReason,
    words: str,
    told_on: date,
    by: Assignment,
) -> SubjectRequest:
    """One or two months more, with the reason, told to the person within the first month."""
    request = lock(request_id)
    may(by, "subject.extend", request)
    require_open(request)
    if request.extended_until is not None:
        raise TransitionNotAllowed(_("The time has already been extended."))
    if not 1 <= months <= LONGEST_EXTENSION:
        raise ValidationError({"months": _("The law allows two months more at most")})
    if not request.received_on <= told_on <= min(clock.today(), request.due_on):
        words_ = _("The person must have been told within the first month, by %(day)s")
        raise ValidationError({"told_on": words_ % {"day": request.due_on.isoformat()}})
    request.extended_until = month_later(request.received_on, MONTHS + months)
    request.extension_reason, request.extension_words = reason, words
    request.told_on, request.extended_by_id = told_on, by.user_id
    request.version += 1
    request.save(
        update_fields=[
            "extended_until", "extension_reason", "extension_words", "told_on", "extended_by", "version",
        ]
    )  # fmt: skip
    audit.record("subject.extend", request, by=by, months=months, reason_code=reason)
    return request


@transaction.atomic(durable=True)
def close(
    *, request_id: uuid.UUID, outcome: RequestOutcome, words: str, version: int, by: Assignment
) -> SubjectRequest:
    """The request ends. Everything given: only when every extract has been; otherwise why, in words."""
    request = lock(request_id)
    require_right(by, RIGHT, "subject.close", request)
    require_open(request)
    if request.version != version:
        raise StaleVersion(request)
    states = set(request.packs.values_list("state", flat=True))
    if outcome == RequestOutcome.GIVEN and states != {PackState.GIVEN}:
        raise ValidationError({"outcome": _("Not every extract has been given out yet.")})
    if outcome == RequestOutcome.NOTHING and request.found.exists():
        raise ValidationError({"outcome": _("There are cases in the request.")})
    if outcome in (RequestOutcome.REFUSED, RequestOutcome.NOT_PROVED) and not words.strip():
        raise ValidationError({"words": _("Write why, and that the person may complain to IMY")})
    end(request, outcome, words, by)
    return request


def end(request: SubjectRequest, outcome: RequestOutcome, words: str, by: Assignment) -> None:
    """Part of `close`, and of giving out the last extract."""
    request.outcome, request.outcome_words = outcome, words or None
    request.closed_at, request.closed_by_id = clock.now(), by.user_id
    request.version += 1
    request.save(update_fields=["outcome", "outcome_words", "closed_at", "closed_by", "version"])
    late = max(clock.today() - deadline(request), timedelta())
    audit.record("subject.close", request, by=by, outcome=outcome, days_late=late.days)
