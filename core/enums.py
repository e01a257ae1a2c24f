"""States of the ground floor's own rows."""

from __future__ import annotations

from django.db import models


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
