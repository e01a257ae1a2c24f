"""Emergency access: one person reads one case for an hour; the data protection officers know at once (S16).

It gives sight and nothing else: no decision, no writing, no paper, and never a protected identity.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import barred_from, sight_of, sync_grants
from cases.enums import Level, Status
from cases.enums.guard import Verdict
from cases.models import BreakGlass, Case
from cases.models.emergency import HOUR
from cases.services import casework
from core import audit, clock
from core.enums import AuditOutcome
from core.errors import TransitionNotAllowed
from core.models import AuditEvent

RIGHT: Final = "break_glass"
OPEN: Final = "emergency.open"
WRONG_AN_HOUR: Final = 10
"""References without a case that somebody may try in an hour. To be confirmed."""
LOOKS_SHOWN: Final = 2000


# --- opening and closing -------------------------------------------------------------------------


@transaction.atomic(durable=True)
def open_case(*, reference: str, reason: str, by: Assignment) -> BreakGlass:
    """Sight of one case for an hour. The officers are told in the same transaction.

    Raises PermissionDenied without the right, ValidationError at `reason` or `reference`; both are recorded.
    """
    if not by.has(RIGHT):
        audit.refuse(OPEN, by=by, needs=RIGHT)
        raise PermissionDenied
    if not reason.strip():
        audit.refuse(OPEN, by=by, without_reason=True)
        raise ValidationError({"reason": _("Write why you must read the case now.")})
    case = _found(reference, by)
    _refuse_needless(case, by)
    now = clock.now()
    glass = BreakGlass.objects.create(
        case=case, user_id=by.user_id, agency_id=by.agency_id, data_key_id=case.data_key_id,
        reason=reason.strip(), opened_at=now, until=now + HOUR,
    )  # fmt: skip
    sync_grants(case)
    audit.record(OPEN, case, by=by, break_glass=glass.pk)
    notifications.emergency(glass)
    return glass


def _found(reference: str, by: Assignment) -> Case:
    """The case behind a reference, locked. One that does not exist and one disposed of look the same."""
    since = clock.now() - timedelta(hours=1)
    wrong = AuditEvent.objects.filter(
        user_id=by.user_id, verb=OPEN, outcome=AuditOutcome.REFUSED, at__gte=since, facts__unknown=True
    )
    if wrong.count() >= WRONG_AN_HOUR:
        audit.refuse(OPEN, by=by, too_many=True)
        raise ValidationError({"reference": _("You have tried many reference numbers. Wait a while.")})
    found = Case.objects.filter(referrals__reference=reference)
    case_id = found.exclude(status__in=(Status.DISPOSED, Status.MERGED)).values_list("pk", flat=True).first()
    if case_id is None:
        audit.refuse(OPEN, by=by, unknown=True)
        raise ValidationError({"reference": _("There is no case with this reference number.")})
    return casework.lock(case_id)


def _refuse_needless(case: Case, by: Assignment) -> None:
    """Never on a case she has said she cannot handle; not when she sees it all, or reads it already."""
    if by.user_id in barred_from(case):
        audit.refuse(OPEN, case, by=by, recused=True)
        raise ValidationError(
            {"reference": _("You have said that you cannot handle this case. Somebody else must read it.")}
        )
    now = clock.now()
    for old in case.glasses.filter(user_id=by.user_id, closed_at__isnull=True, until__lte=now):
        _end(old, case, old.until)
    sight = sight_of(by, case)
    if sight is not None and sight.level >= Level.FULL:
        raise ValidationError({"reference": _("You see this case already. Open it in the ordinary way.")})


@transaction.atomic(durable=True)
def close(*, case_id: uuid.UUID, by: Assignment) -> None:
    """She needs it no longer. Closing twice changes nothing."""
    case = casework.lock(case_id)
    glass = case.glasses.filter(user_id=by.user_id, closed_at__isnull=True).first()
    if glass is None:
        return
    _end(glass, case, min(clock.now(), glass.until))
    audit.record("emergency.close", case, by=by, break_glass=glass.pk)


def _end(glass: BreakGlass, case: Case, at: object) -> None:
    glass.closed_at = at  # type: ignore[assignment]
    glass.save(update_fields=["closed_at"])
    sync_grants(case)


def close_expired() -> int:
    """Tidy up what is over: sight ended with the hour, whether or not this runs. Returns how many."""
    over = BreakGlass.objects.filter(closed_at__isnull=True, until__lte=clock.now())
    return sum(_close_expired(pk) for pk in list(over.values_list("pk", flat=True)))


@transaction.atomic(durable=True)
def _close_expired(glass_id: uuid.UUID) -> bool:
    found = BreakGlass.objects.filter(pk=glass_id).values_list("case_id", flat=True).get()
    case = casework.lock(found)
    glass = case.glasses.filter(pk=glass_id, closed_at__isnull=True).first()
    if glass is None:
        return False
    _end(glass, case, glass.until)
    audit.record("emergency.expire", case, by=None, break_glass=glass.pk)
    return True


def own(by: Assignment) -> QuerySet[BreakGlass]:
    """What somebody has opened, the newest first."""
    return BreakGlass.objects.filter(user_id=by.user_id).select_related("case").order_by("-opened_at")


# --- the review ----------------------------------------------------------------------------------


def _officer(by: Assignment, verb: str, target: uuid.UUID | None = None) -> None:
    if not by.has("protect_data"):
        audit.refuse(verb, target, by=by)
        raise PermissionDenied


def waiting(by: Assignment) -> int:
    """How many wait for a review by her: never her own."""
    return BreakGlass.objects.filter(reviewed_at__isnull=True).exclude(user_id=by.user_id).count()


def to_review(by: Assignment) -> QuerySet[BreakGlass]:
    """All there have been, those not reviewed first. Raises PermissionDenied for anybody else."""
    _officer(by, "emergency.list")
    rows = BreakGlass.objects.select_related("case", "user", "agency", "reviewed_by", "data_key")
    return rows.order_by("-reviewed_at", "-opened_at")  # NULLS FIRST comes with DESC


def get_or_404(glass_id: uuid.UUID, by: Assignment) -> BreakGlass:
    """One of them, for the review. Raises PermissionDenied, Http404."""
    _officer(by, "emergency.read", glass_id)
    found = to_review(by).filter(pk=glass_id).first()
    if found is None:
        audit.refuse("emergency.read", glass_id, by=by)
        raise Http404
    return found


def is_over(glass: BreakGlass) -> bool:
    return glass.closed_at is not None or glass.until <= clock.now()


def looks(glass: BreakGlass) -> Sequence[AuditEvent]:
    """What she did in the portal while it lasted, the oldest first: the case's own rows and lists with it."""
    case = glass.case
    parts = [case.pk, *([case.person_id] if case.person_id else [])]
    for rows in (case.steps, case.documents, case.referrals, case.notes, case.messages, case.dependants):
        parts += rows.values_list("pk", flat=True)
    ids = set(parts)
    while_open = AuditEvent.objects.filter(
        user_id=glass.user_id, at__gte=glass.opened_at, at__lte=glass.closed_at or glass.until
    )
    about = Q(target_id__in=ids) | Q(target_ids__contains=[case.pk])
    return list(while_open.filter(about).order_by("at", "pk")[:LOOKS_SHOWN])


@transaction.atomic(durable=True)
def review(*, glass_id: uuid.UUID, verdict: Verdict, text: str, by: Assignment) -> BreakGlass:
    """The officer's verdict, once, when it is over; never about herself.

    Raises PermissionDenied, TransitionNotAllowed, and ValidationError at `text` unless it was justified.
    """
    _officer(by, "emergency.review", glass_id)
    glass = BreakGlass.objects.select_for_update(of=("self",)).select_related("case").filter(pk=glass_id)
    row = glass.first()
    if row is None:
        raise Http404
    if row.user_id == by.user_id:
        audit.refuse("emergency.review", row.case, by=by, own=True)
        raise PermissionDenied
    if row.reviewed_at is not None:
        raise TransitionNotAllowed(_("The emergency access has been reviewed already."))
    if not is_over(row):
        raise TransitionNotAllowed(_("The emergency access is still open. It is reviewed when it is over."))
    if verdict != Verdict.JUSTIFIED and not text.strip():
        raise ValidationError({"text": _("Write what you found and what happens now.")})
    row.verdict, row.review = verdict, text.strip() or None
    row.reviewed_by_id, row.reviewed_at = by.user_id, clock.now()
    row.save(update_fields=["verdict", "review", "reviewed_by", "reviewed_at"])
    audit.record("emergency.review", row.case, by=by, break_glass=row.pk, verdict=verdict)
    notifications.emergency_reviewed(row)
    return row
