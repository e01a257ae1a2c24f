"""A request for one's own data (GDPR article 15): how it came, was answered, and what was left out."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequestChannel(models.TextChoices):
    """How the request reached the portal's owners."""

    LETTER = "letter", _("By letter")
    VISIT = "visit", _("At a visit")
    PHONE = "phone", _("By telephone")
    HANDLER = "handler", _("Through somebody who handles the case")
    COUNSEL = "counsel", _("Through counsel or guardian")


class IdentityCheck(models.TextChoices):
    """How it was made sure that whoever asks is the person."""

    DOCUMENT = "document", _("Identity document shown")
    E_ID = "e_id", _("Electronic identification")
    KNOWN = "known", _("Vouched for by somebody who handles the case and knows the person")
    REPRESENTATIVE = "representative", _("Authority of counsel or guardian shown")


class ExtensionReason(models.TextChoices):
    """Why a month is not enough (GDPR article 12.3)."""

    COMPLEX = "complex", _("The request is complex")
    MANY = "many", _("Several requests from the same person")


class RequestOutcome(models.TextChoices):
    """How a request ended."""

    GIVEN = "given", _("Everything has been given out")
    NOTHING = "nothing", _("Nothing about the person was found")
    WITHDRAWN = "withdrawn", _("The person took the request back")
    NOT_PROVED = "not_proved", _("It could not be made sure who asks")
    REFUSED = "refused", _("Refused (GDPR article 12.5, to be confirmed)")


class PackState(models.TextChoices):
    """How far the extract of one agency has come. Two persons: one prepares, another approves."""

    PREPARING = "preparing", _("Being prepared")
    PREPARED = "prepared", _("Waits for a second person")
    APPROVED = "approved", pgettext_lazy("extract", "Approved")
    GIVEN = "given", _("Given out")


class Verdict(models.TextChoices):
    """What becomes of one piece of an extract."""

    RELEASE = "release", _("Give out, without the masked words")
    WITHHOLD = "withhold", _("Leave the whole piece out")


class Protected(models.TextChoices):
    """Whom, or what, a mask protects."""

    SUSPECT = "suspect", _("A suspect")
    VICTIM = "victim", _("Another victim")
    INFORMANT = "informant", _("Somebody who has told or reported")
    OTHER = "other", _("Another person")
    INQUIRY = "inquiry", _("A criminal investigation")


class Secrecy(models.TextChoices):
    """Provisions that may keep something from the person herself. None replaces a lawyer."""

    OSL_26_1 = "osl_26_1", _("OSL 26:1 – social services")
    OSL_25_1 = "osl_25_1", _("OSL 25:1 – health and medical care")
    OSL_37_1 = "osl_37_1", _("OSL 37:1 – migration")
    OSL_18_1 = "osl_18_1", _("OSL 18:1 – criminal investigation")
    OSL_35_1 = "osl_35_1", _("OSL 35:1 – persons in a criminal investigation")
    OSL_35_12 = "osl_35_12", _("OSL 35:12 – persons in court")
    OSL_35_15 = "osl_35_15", _("OSL 35:15 – prison and probation")
    OSL_21_3 = "osl_21_3", _("OSL 21:3 – contact data of threatened persons")
    OSL_21_3A = "osl_21_3a", _("OSL 21:3 a – protected registration")
    OSL_21_5 = "osl_21_5", _("OSL 21:5 – safety of aliens")
    OSL_26_2 = "osl_26_2", _("OSL 26:2 – where a child or a sheltered person is")
    OSL_40_7G = "osl_40_7g", _("OSL 40:7 g – who made a report of concern")
    GDPR_15_4 = "gdpr_15_4", _("GDPR 15.4 – rights and freedoms of others (to be confirmed)")
    UNSURE = "unsure", _("Provision to be confirmed by a lawyer")


TO_CONFIRM: Final = frozenset({Secrecy.GDPR_15_4, Secrecy.UNSURE})
"""Named with "to be confirmed" wherever they stand."""


class HandedHow(models.TextChoices):
    """How an extract reached the person. Never by e-mail."""

    IN_PERSON = "in_person", _("In person")
    SECURE_MESSAGE = "secure_message", _("Secure digital message")
    REGISTERED_POST = "registered_post", _("Registered post to an address the person has called safe")
    COUNSEL = "counsel", _("Through counsel or guardian")
