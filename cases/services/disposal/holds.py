"""Holds: a case that must be kept for now, whatever its schedule says. With a reason, and always with an end.

While a case is held it is not disposed of, nothing is taken out of it (documents, merges), and it is not
reopened: `workflow.refuse_if_held`.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import sight_of
from cases.enums import HoldReason, Status
from cases.models import Case, Hold
from cases.services import casework
from core import audit, clock
from core.errors import TransitionNotAllowed

LONGEST: Final = timedelta(days=730)
"""A hold is looked at again at least every other year. To be confirmed."""


def living(case: Case) -> QuerySet[Hold]:
    return Hold.objects.filter(case=case, lifted_at__isnull=True)


def all_living(by: Assignment) -> list[Hold]:
    """Every hold, for the data protection officer: number, code and end; the words are the desk's."""
    if not by.has("protect_data"):
        audit.refuse("hold.list", by=by)
        raise PermissionDenied
    rows = Hold.objects.filter(lifted_at__isnull=True).select_related("case", "placed_by")
    return list(rows.defer("words").order_by("ends_on", "pk"))


def find(reference: str, *, by: Assignment) -> uuid.UUID:
    """The case that a number leads to, for the officer who knows it. Raises ValidationError, recorded."""
    rows = Case.objects.filter(Q(reference=reference) | Q(referrals__reference=reference)).distinct()
    case = (
        rows.exclude(status__in=(Status.DISPOSED, Status.MERGED)).first() if by.has("protect_data") else None
    )
    if case is None:
        audit.refuse("hold.place", by=by)
        raise ValidationError({"reference": _("There is no case with this number.")})
    return case.pk


def may_hold(by: Assignment, case: Case) -> bool:
    """The data protection officer, and whoever decides at the desk that holds the case."""
    if by.has("protect_data"):
        return True
    sight = sight_of(by, case)
    return sight is not None and "triage" in sight.desk_rights


def _require(by: Assignment, case: Case, verb: str) -> None:
    if not may_hold(by, case):
        audit.refuse(verb, case, by=by)
        raise PermissionDenied


@transaction.atomic(durable=True)
def place(*, case_id: uuid.UUID, reason: HoldReason, words: str, ends_on: date, by: Assignment) -> Hold:
    """Keep a case for now.

    Raises ValidationError at `ends_on` or `words`, TransitionNotAllowed when the case is gone.
    """
    case = casework.lock(case_id)
    _require(by, case, "hold.place")
    if case.status in (Status.DISPOSED, Status.MERGED):
        raise TransitionNotAllowed(_("The case is gone, or goes by another number now."))
    _check(words, ends_on)
    hold = Hold.objects.create(
        case=case, reason=reason, data_key_id=case.data_key_id, words=words.strip(), ends_on=ends_on,
        placed_by_id=by.user_id, placed_at=clock.now(),
    )  # fmt: skip
    audit.record("hold.place", hold, by=by, case=case.pk, why=reason, until=ends_on)
    return hold


def _check(words: str, ends_on: date) -> None:
    if not words.strip():
        raise ValidationError({"words": _("Write who asked for it, and under which number.")})
    today = clock.today()
    if not today <= ends_on <= today + LONGEST:
        text = _("Choose a last day between today and %(day)s.")
        raise ValidationError({"ends_on": text % {"day": today + LONGEST}})


@transaction.atomic(durable=True)
def lift(*, hold_id: uuid.UUID, by: Assignment) -> Hold:
    """It need not be kept any longer. Pressed twice it stays as it was."""
    found = Hold.objects.filter(pk=hold_id).first()
    if found is None:
        audit.refuse("hold.lift", hold_id, by=by)
        raise PermissionDenied
    case = casework.lock(found.case_id)
    _require(by, case, "hold.lift")
    hold = Hold.objects.get(pk=hold_id)
    if hold.lifted_at is None:
        hold.lifted_at, hold.lifted_by_id = clock.now(), by.user_id
        hold.save(update_fields=["lifted_at", "lifted_by"])
        audit.record("hold.lift", hold, by=by, case=case.pk)
    return hold


def end_due() -> int:
    """End the holds whose last day has passed; returns how many. May run twice."""
    ended = 0
    for hold in Hold.objects.filter(lifted_at__isnull=True, ends_on__lt=clock.today()):
        with transaction.atomic():
            if Hold.objects.filter(pk=hold.pk, lifted_at__isnull=True).update(lifted_at=clock.now()):
                audit.record("hold.end", hold, by=None, case=hold.case_id)
                ended += 1
    return ended
