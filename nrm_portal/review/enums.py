"""What stands out, and what an auditor found."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AlertKind(models.TextChoices):
    """What stands out in the log."""

    MANY_CASES = "many_cases", _("Many cases in a short time")
    OUT_OF_HOURS = "out_of_hours", _("Cases opened out of hours")
    OWN_NAME = "own_name", _("Opened a case about somebody with the same name, e-mail or telephone")
    SEALS = "seals", _("The log does not fit its seals")


class Verdict(models.TextChoices):
    """What the auditor found about an alert."""

    EXPLAINED = "explained", _("Explained by the work")
    FOLLOWED_UP = "followed_up", _("Taken up with the person's manager")
    REPORTED = "reported", _("Reported to the data protection officer")
    MISTAKEN = "mistaken", _("The alert is mistaken")


class Judgement(models.TextChoices):
    """What the auditor found about one sampled look."""

    FINE = "fine", _("Nothing to remark on")
    QUESTION = "question", _("To be asked about")
