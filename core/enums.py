"""States of the ground floor's own rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditOutcome(models.TextChoices):
    """Was the act done or refused?"""

    ALLOWED = "allowed"
    REFUSED = "refused"


class MailState(models.TextChoices):
    """Where an outgoing message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    PARKED = "parked"


class JobState(models.TextChoices):
    """Where a run of a scheduled job stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class PdfState(models.TextChoices):
    """Where a document on order stands."""

    WAITING = "waiting"
    RENDERING = "rendering"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class SealFault(models.TextChoices):
    """What does not fit when the audit is compared with its seals."""

    CHANGED = "changed", _("The row was changed")
    REMOVED = "removed", _("The row was taken away")
    INSERTED = "inserted", _("The row was put in")
    OUT_OF_TIME = "out_of_time", _("The row says another time than it was written at")
    SEAL_CHANGED = "seal_changed", _("The seal was changed")
    SEAL_GONE = "seal_gone", _("The seal was taken away")
    KEY_GONE = "key_gone", _("The key of the seals is gone")
