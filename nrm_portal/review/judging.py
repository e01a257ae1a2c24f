"""The auditor's verdict on an alert."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from core import audit, clock
from core.errors import StaleVersion
from nrm_portal.review.enums import Verdict
from nrm_portal.review.models import Alert


def waiting(by: Assignment) -> int:
    """How many alerts this auditor may judge."""
    return Alert.objects.filter(verdict="").exclude(user_id=by.user_id).count()


@transaction.atomic(durable=True)
def judge(*, alert_id: uuid.UUID, version: int, verdict: str, note: str, by: Assignment) -> Alert:
    """Say what an alert was, with reasons. It stands; what follows of the same kind raises a new alert.

    Nobody judges an alert about herself. Raises ValidationError, StaleVersion when more was added meanwhile.
    """
    alert = Alert.objects.select_for_update(of=("self",), no_key=True).get(pk=alert_id)
    require_right(by, "audit", "review.judge", alert)
    if alert.user_id == by.user_id:
        audit.refuse("review.judge", alert, by=by, own=True)
        raise ValidationError(_("This alert is about yourself. Somebody else judges it."))
    if alert.verdict:
        raise ValidationError(_("The alert is judged already."))
    if alert.version != version:
        raise StaleVersion(alert)
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": _("Choose what you found.")})
    if not note.strip():
        raise ValidationError({"note": _("Write what you found.")})
    alert.verdict, alert.note = verdict, note
    alert.judged_by_id, alert.judged_at = by.user_id, clock.now()
    alert.version += 1
    alert.save(update_fields=["verdict", "note", "judged_by", "judged_at", "version"])
    audit.record("review.judge", alert, by=by, verdict=verdict)
    return alert
