"""Roles, kinds of agencies, and the one table of what a role may do."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is in one membership. Nothing in the code tests it where a right would do."""

    CASEWORKER = "caseworker", _("Caseworker")
    REGIONAL_COORDINATOR = "regional_coordinator", _("Regional coordinator")
    NATIONAL_COORDINATOR = "national_coordinator", _("National coordinator")
    HOTLINE_OPERATOR = "hotline_operator", _("Hotline operator")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")
    DATA_PROTECTION_OFFICER = "data_protection_officer", _("Data protection officer")


class AgencyKind(TextChoices):
    """The roles of the manual's steps, less the referrer and the regional coordinator, which are people's
    parts in a case and not kinds of agencies. `coordination` employs coordinators and has no checklist."""

    SOCIAL_SERVICES_ADULT = "social_services_adult", _("Social services, adults")
    SOCIAL_SERVICES_CHILD = "social_services_child", _("Social services, children")
    SOCIAL_EMERGENCY = "social_emergency", _("Out-of-hours social services")
    POLICE = "police", _("Police Authority")
    PROSECUTOR = "prosecutor", _("Prosecution Authority")
    MIGRATION_AGENCY = "migration_agency", _("Migration Agency")
    HEALTH_CARE = "health_care", _("Health and medical care")
    MIKA = "mika", _("Mika clinic")
    NGO_PLATFORM = "ngo_platform", _("Civil Society Platform")
    SHELTER = "shelter", _("Sheltered accommodation")
    NSPM = "nspm", _("National Coordination (NSPM)")
    WORK_ENVIRONMENT_AUTHORITY = (
        "work_environment_authority",
        _("Work Environment Authority"),
    )
    TAX_AGENCY = "tax_agency", _("Tax Agency")
    PRISON_PROBATION = "prison_probation", _("Prison and Probation Service")
    SCHOOL = "school", _("School")
    VICTIM_COUNSEL = "victim_counsel", _("Injured party counsel")
    GUARDIAN = "guardian", _("Guardian ad litem")
    CHIEF_GUARDIAN = "chief_guardian", _("Chief guardian")
    IOM = "iom", _("IOM")
    COORDINATION = "coordination", _("Coordination unit of a municipality")


class Theme(TextChoices):
    SYSTEM = "system", _("As the computer")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    CONTRAST = "contrast", _("High contrast")


class Density(TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class Door(TextChoices):
    """The ways in at which somebody may guess, each with its own limits (`accounts.access.limits`)."""

    PASSWORD = "password"
    CODE = "code"
    CONFIRM = "confirm"
    KEY = "key"
    INVITATION = "invitation"
    ORGANISATION = "organisation"


class Language(TextChoices):
    """Written in the language itself, so that whoever needs it can read it."""

    SWEDISH = "sv", "Svenska"
    ENGLISH = "en", "English"


class MailChoice(TextChoices):
    """How ordinary news reaches a person by e-mail. Danger and child protection are always sent at once."""

    DIRECT = "direct", _("E-mail at once")
    DAILY = "daily", _("One e-mail a day")
    NEVER = "never", _("No e-mail")


PORTAL_RIGHTS: Final = frozenset(
    {
        "edit_manual",
        "see_overview",
        "audit",
        "manage_portal",
        "manage_agencies",
        "protect_data",
        "break_glass",
    }
)
"""Rights over the portal as a whole. They exist only as rows on the national agency's object, so only a
membership in that agency can carry them: an administrator there runs the portal, an administrator of
another agency manages that agency's people."""

NATIONAL_ROLES: Final = frozenset({Role.NATIONAL_COORDINATOR, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})
"""Roles that mean nothing outside the national agency; `accounts.services` refuses them elsewhere."""

ROLE_RIGHTS: Final[dict[Role, frozenset[str]]] = {
    Role.CASEWORKER: frozenset({"work_cases", "file_referrals", "see_own_statistics"}),
    Role.REGIONAL_COORDINATOR: frozenset({"work_cases", "file_referrals", "see_own_statistics", "export"}),
    Role.NATIONAL_COORDINATOR: frozenset(
        {"work_cases", "edit_manual", "see_overview", "export", "break_glass"}
    ),
    Role.HOTLINE_OPERATOR: frozenset({"file_referrals", "log_calls"}),
    Role.ADMINISTRATOR: frozenset({"manage_people", "manage_agencies", "manage_portal"}),
    Role.AUDITOR: frozenset({"audit"}),
    Role.DATA_PROTECTION_OFFICER: frozenset({"audit", "protect_data"}),
}
