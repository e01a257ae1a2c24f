"""Which facts of a case are counted one by one. Units of the tallies are cases.services.tallies.names."""

from __future__ import annotations

from django.db import models


class Counts(models.TextChoices):
    """A code, never shown."""

    OPENED = "referral"
    ANSWERED = "answer"
    NOT_TAKEN = "not_taken"
    CLOSED = "closed"
    PHASE = "phase"
    DONE = "done_step"
    LATE = "late_step"
    MILESTONE = "milestone"
    REGROUPED = "case_regrouped"


class Answer(models.TextChoices):
    """What is known of a question. Somebody who says that she does not know has answered."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    NOT_STATED = "not_stated"
