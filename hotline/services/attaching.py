"""A call at a case number the caller has said. The case's own people see that the call belongs to it.

The desk learns nothing from it: a number that leads nowhere, one of a case elsewhere and one of a closed or
disposed case are stored, answered and recorded alike, by the same questions to the database. Only a check
letter that does not fit is said, which anybody can work out with a pencil.
"""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import may_have
from cases.models import Case, Referral
from cases.services import references
from core import audit
from core.errors import TransitionNotAllowed
from hotline.enums import Caller
from hotline.models import Call
from hotline.services import becoming, matters


@transaction.atomic(durable=True)
def attach(*, call_id: uuid.UUID, reference: str, by: Assignment) -> Call:
    """Keep the number with the call and the other calls of its matter.

    Raises ValidationError at `reference` when it is no number or was misheard, TransitionNotAllowed when the
    call has become a referral of its own.
    """
    call = matters.locked(call_id, by, "call.attach")
    matters.require_professional(call)
    told = _read(reference)
    if not becoming.became(call, by).is_free:
        raise TransitionNotAllowed(_("A referral has been begun from this call already."))
    found = Referral.objects.filter(reference=told).values_list("case_id", flat=True).first()
    _together(call).update(reference=told, case_id=found)
    audit.record("call.attach", call, by=by, target_ids=[found] if found else [])
    call.reference, call.case_id = told, found
    return call


@transaction.atomic(durable=True)
def detach(*, call_id: uuid.UUID, by: Assignment) -> Call:
    """It was another case: the number is taken away from the matter again."""
    call = matters.locked(call_id, by, "call.detach")
    before = [call.case_id] if call.case_id and call.reference else []
    if call.reference:
        _together(call).filter(reference=call.reference).update(reference="", case_id=None)
        call.reference, call.case_id = "", None
    audit.record("call.detach", call, by=by, target_ids=before)
    return call


def of_case(case: Case) -> QuerySet[Call]:
    """The calls of a case and of those it has absorbed, oldest first, for the case's own people: no words."""
    if not may_have(case, "calls"):
        return Call.objects.none()
    rows = Call.objects.filter(Q(case=case) | Q(case__merged_into=case), caller=Caller.PROFESSIONAL)
    return rows.select_related("agency").defer("summary", "advice_words").order_by("started_at", "pk")


def exists_for_case() -> Exists:
    """Asked together with the case, so that a case without calls costs nothing."""
    here = OuterRef("pk")
    return Exists(Call.objects.filter(Q(case=here) | Q(case__merged_into=here)))


def _together(call: Call) -> QuerySet[Call]:
    """The calls of the matter that have not become referrals themselves."""
    return Call.objects.filter(pk__in=[row.pk for row in matters.matter_of(call)], referral__isnull=True)


def _read(reference: str) -> str:
    try:
        told = references.parse(reference)
    except ValueError:
        text = _("The check letter does not fit: something was misheard. Ask for the number again")
        raise ValidationError({"reference": text}) from None
    if told is None:
        raise ValidationError({"reference": _("Enter the case number, for example H26-00417-U")})
    return told
