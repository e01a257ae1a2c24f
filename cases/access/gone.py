"""What is left of a case that has been disposed of: its number and the day, for those who once had access.

Who had is read from the audit, which stays. A stranger gets 404, after the same query as for a case that
never was.
"""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.access import Assignment
from cases.enums import Status
from cases.models import Case
from core import audit
from core.enums import AuditOutcome
from core.errors import Disposed
from core.models import AuditEvent


def tell_if_disposed(case_id: uuid.UUID, by: Assignment) -> None:
    """Raises Disposed for somebody who once had access to a case that is gone. One query in any case."""
    tombs = Case.objects.filter(pk=case_id, status=Status.DISPOSED)
    _tell(tombs.filter(_was_let_in(case_id, by), ~_stepped_back(case_id, by)).first(), by)


def tell_if_referral_disposed(referral_id: uuid.UUID, by: Assignment) -> None:
    """The same for a referral of hers: the audit says with which case it went."""
    went = AuditEvent.objects.filter(verb="case.dispose", target_ids__contains=[referral_id])
    tombs = Case.objects.filter(pk__in=went.values("target_id"), status=Status.DISPOSED)
    _tell(tombs.filter(_was_let_in(referral_id, by)).first(), by)


def _tell(tomb: Case | None, by: Assignment) -> None:
    if tomb is not None and tomb.disposed_at is not None:
        audit.record("case.tombstone", tomb, by=by)
        raise Disposed(tomb.reference, tomb.disposed_at)


def _hers(by: Assignment) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(user_id=by.user_id, outcome=AuditOutcome.ALLOWED)


def _was_let_in(target_id: uuid.UUID, by: Assignment) -> Exists:
    rows = _hers(by).filter(Q(target_id=target_id) | Q(target_ids__contains=[target_id]))
    return Exists(rows)


def _stepped_back(case_id: uuid.UUID, by: Assignment) -> Exists:
    """Whoever said that she cannot handle a case, or was shut out of it after a wrong disclosure, is told
    nothing of it, unless somebody lifted that later."""
    lifted = Q(verb="recusal.lift", target_id=case_id) | Q(verb="breach.restore")
    later = AuditEvent.objects.filter(lifted, facts__recusal=OuterRef("facts__recusal"))
    herself = Q(verb="case.recuse", user_id=by.user_id, outcome=AuditOutcome.ALLOWED)
    by_others = Q(verb="breach.shut_out", facts__user=str(by.user_id))
    return Exists(AuditEvent.objects.filter(herself | by_others, ~Exists(later), target_id=case_id))
