"""How long records are kept, why some are kept longer, and how they go."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecordKind(models.TextChoices):
    """What a schedule speaks of."""

    CASE = "case", _("Case of an adult")
    CHILD_CASE = "child_case", _("Case of a child, or of somebody who may be one")
    CONSULTATION = "consultation", _("Consultation without a person")
    NOT_TAKEN = "not_taken", _("Referral not taken forward")


class PeriodUnit(models.TextChoices):
    YEARS = "years", _("years")
    MONTHS = "months", _("months")


class HoldReason(models.TextChoices):
    """Why a case must not be disposed of although its time has come. Codes: lists show them."""

    INVESTIGATION = "investigation", _("Criminal investigation or trial")
    CLAIM = "claim", _("Legal claim")
    SUPERVISION = "supervision", _("Supervision or audit by an authority")
    REQUEST = "request", _("Somebody has asked for the documents")
    BREACH = "breach", _("Wrong disclosure being looked into")
    OTHER = "other", _("Another reason")


class BatchState(models.TextChoices):
    """A batch waits for the second person, then a day for regrets, then it is carried out."""

    PROPOSED = "proposed", _("Waits for a second person")
    APPROVED = "approved", _("Approved")
    DONE = "done", _("Carried out")
    REFUSED = "refused", _("Not approved")
    STOPPED = "stopped", _("Stopped")


class ItemState(models.TextChoices):
    WAITING = "waiting", _("Waits")
    DISPOSED = "disposed", _("Disposed of")
    SKIPPED = "skipped", _("Left")


class Obstacle(models.TextChoices):
    """Why a case whose time has come stays for now."""

    HELD = "held", _("On hold")
    OPEN = "open", _("The case is open")
    STEPS = "steps", _("A step is still open")
    EARLY = "early", _("Its time has not come")
    WARNED = "warned", _("The desk has not been warned for long enough")
    MERGE = "merge", _("The merge can still be undone")
    ASKED = "asked", _("A question about the person is open")
    REFUSED = "refused", _("The batch was not approved, or was stopped")
