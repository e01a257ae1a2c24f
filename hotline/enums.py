"""The closed lists of the telephone desk. English codes are stored, labels are translated."""

from __future__ import annotations

from typing import Final

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Caller(TextChoices):
    """Who was on the line. The line is for professionals; the others are counted apart and say no more."""

    PROFESSIONAL = "professional", _("A professional")
    PUBLIC = "public", _("A member of the public")
    SILENT = "silent", _("Nobody spoke")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    TEST = "test", _("Test call")


OTHER_CALLERS: Final = (Caller.PUBLIC, Caller.SILENT, Caller.WRONG_NUMBER, Caller.TEST)


class Profession(TextChoices):
    """What the caller works as; the agency she works for is a list of its own."""

    SOCIAL_WORKER = "social_worker", _("Social worker")
    HEALTH_CARE = "health_care", _("Health care staff")
    DENTAL_CARE = "dental_care", _("Dental care staff")
    POLICE = "police", _("Police officer or police employee")
    PROSECUTOR = "prosecutor", _("Prosecutor")
    SCHOOL = "school", _("School staff")
    MIGRATION = "migration", _("Migration officer")
    INSPECTOR = "inspector", _("Inspector (work environment, tax)")
    PRISON_PROBATION = "prison_probation", _("Prison or probation staff")
    CIVIL_SOCIETY = "civil_society", _("Staff of a civil society organisation")
    SHELTER = "shelter", _("Staff of a sheltered accommodation")
    LEGAL_COUNSEL = "legal_counsel", _("Legal counsel or guardian")
    TRADE_UNION = "trade_union", _("Trade union representative")
    MUNICIPALITY = "municipality", _("Other municipal staff")
    STATE = "state", _("Other staff of a state agency")
    OTHER = "other", _("Other profession")


class About(TextChoices):
    """What a call of a professional concerns."""

    ADVICE = "advice", _("Advice")
    ONGOING_CASE = "ongoing_case", _("An ongoing case")
    URGENT = "urgent", _("Urgent")
    TRAINING_OTHER = "training_other", _("Training or other")


class Danger(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


class Child(TextChoices):
    """Whether somebody under 18 is concerned. Unsure is handled as a child."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Unsure")


class Topic(TextChoices):
    """What was asked about: for the statistics and for suggestions from the manual."""

    IDENTIFICATION = "identification", _("Signs and identification")
    CONSENT = "consent", _("Consent")
    SECRECY = "secrecy", _("Secrecy and duty to report")
    PROTECTION = "protection", _("Safety and protection")
    SHELTER = "shelter", _("Accommodation")
    CHILD = "child", _("Children")
    REFLECTION = "reflection", _("Reflection period and residence permit")
    POLICE_REPORT = "police_report", _("Report to the police and the investigation")
    HEALTH = "health", _("Health care")
    MONEY = "money", _("Money and support from social services")
    WORK = "work", _("Working conditions")
    RESPONSIBILITY = "responsibility", _("Who is responsible")
    RETURN = "return", _("Return to the home country")
    TRAINING = "training", _("Training and information")
    OTHER = "other", pgettext_lazy("topic of a call", "Something else")


class ReferredTo(TextChoices):
    """To whom the caller was referred on."""

    COORDINATOR = "coordinator", _("Regional coordinator")
    POLICE_112 = "police_112", _("112")
    POLICE_114 = "police_114", _("The police, 114 14")
    SOCIAL_EMERGENCY = "social_emergency", _("Out-of-hours social services")
    SOCIAL_SERVICES = "social_services", _("Social services of the municipality")
    HEALTH_CARE = "health_care", _("Health care")
    WOMENS_LINE = "womens_line", _("The support line for victims, 116 016")
    CIVIL_SOCIETY = "civil_society", _("A civil society organisation")
    MIGRATION_AGENCY = "migration_agency", _("Migration Agency")
    IOM = "iom", _("IOM")
    MANUAL = "manual", _("The manual")
    OTHER = "other", pgettext_lazy("referred to", "Somebody else")


class ChaseStage(IntegerChoices):
    """How far a promised call has been chased. The stored stage is the last one carried out."""

    NONE = 0, _("not chased")
    REMINDED = 1, _("reminded")
    DUE = 2, _("due")
    OTHERS = 3, _("the others on duty told")
    NATIONAL = 4, _("national level told")


class CallbackOutcome(TextChoices):
    """How a promised call ended."""

    ANSWERED = "answered", _("Spoke to the caller")
    NOT_REACHED = "not_reached", _("Not reached after several attempts")
    NOT_NEEDED = "not_needed", _("No longer needed")
