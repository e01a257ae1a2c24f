"""When somebody was given or opened what they should not have."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BreachKind(models.TextChoices):
    """How it came about."""

    SHARED = "shared", _("An agency was given access it should not have had")
    OPENED = "opened", _("Somebody opened what she or he had no need of")
    SENT = "sent", _("A paper, file or message reached the wrong receiver")
    TOLD = "told", _("Something was told to the wrong person")
    LOST = "lost", _("A paper or a device was lost or stolen")


class Threat(models.TextChoices):
    """Whether it can reach somebody who threatens the person."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


class BreachRisk(models.TextChoices):
    """For the rights and freedoms of the person (GDPR art. 33 and 34)."""

    UNLIKELY = "unlikely", _("A risk is unlikely")
    RISK = "risk", _("There is a risk")
    HIGH = "high", _("There is a high risk")


class PersonTold(models.TextChoices):
    """Whether the person herself is told (GDPR art. 34)."""

    YES = "yes", _("The person has been told")
    PLANNED = "planned", _("The person will be told")
    NO = "no", _("The person is not told")


class BreachDecision(models.TextChoices):
    """Whether the supervisory authority is notified (GDPR art. 33)."""

    NOTIFY = "notify", _("Notify the supervisory authority (IMY)")
    NOT_NOTIFY = "not_notify", _("Do not notify")
