"""Facts about answers that decide which questions exist: the three ages, the two modes, protection."""

from __future__ import annotations

from typing import Final

from accounts.enums import AgencyKind
from cases.enums import NO_ADDRESS, Protection
from cases.sections.fields import Answers, chosen
from coordinators.enums import AgeBand

REFERRAL: Final = "referral"
CONSULTATION: Final = "consultation"

AUTHORITIES: Final = frozenset(
    {
        AgencyKind.SOCIAL_SERVICES_ADULT,
        AgencyKind.SOCIAL_SERVICES_CHILD,
        AgencyKind.SOCIAL_EMERGENCY,
        AgencyKind.POLICE,
        AgencyKind.PROSECUTOR,
        AgencyKind.MIGRATION_AGENCY,
        AgencyKind.HEALTH_CARE,
        AgencyKind.MIKA,
        AgencyKind.NSPM,
        AgencyKind.WORK_ENVIRONMENT_AUTHORITY,
        AgencyKind.TAX_AGENCY,
        AgencyKind.PRISON_PROBATION,
        AgencyKind.CHIEF_GUARDIAN,
        AgencyKind.COORDINATION,
    }
)
"""May hold data on offences (GDPR art. 10). Others tell the police instead; to be confirmed by a lawyer."""


WITHOUT_CONSENT: Final = frozenset({"refused", "not_asked"})

_BANDS: Final = {band.value: band for band in AgeBand}
_PROTECTIONS: Final = {tier.value: tier for tier in Protection}


def age_band(answers: Answers) -> AgeBand | None:
    """Under 18, adult or unsure; None while it is not answered."""
    return _BANDS.get(next(iter(chosen(answers, "age_group")), ""))


def is_adult(answers: Answers) -> bool:
    return age_band(answers) == AgeBand.ADULT


def is_child_path(answers: Answers) -> bool:
    """Under 18 or unsure: stands on duty, never waits for consent."""
    return age_band(answers) in (AgeBand.CHILD, AgeBand.UNSURE)


def has_consented(answers: Answers) -> bool:
    return "given" in chosen(answers, "consent_status")


def may_identify(answers: Answers) -> bool:
    """Whether anything that points out the person may be asked, stored or sent. Closed until answered."""
    return is_child_path(answers) or (is_adult(answers) and has_consented(answers))


def is_consultation(answers: Answers) -> bool:
    """An adult who has said no, or could not be asked."""
    without = chosen(answers, "consent_status") & WITHOUT_CONSENT
    return is_adult(answers) and bool(without) and not has_consented(answers)


def is_settled(answers: Answers) -> bool:
    """Age and consent are answered, so that the form knows what it may ask."""
    return may_identify(answers) or is_consultation(answers)


def mode(answers: Answers) -> str:
    return REFERRAL if may_identify(answers) else CONSULTATION


def may_hold_address(answers: Answers) -> bool:
    """From protected registration upward no address or workplace exists; nor that of a shelter."""
    return may_hold_workplace(answers) and "shelter" not in chosen(answers, "current_setting")


def may_hold_workplace(answers: Answers) -> bool:
    return chosen(answers, "protected_identity").isdisjoint(NO_ADDRESS)


def is_authority(answers: Answers) -> bool:
    return not AUTHORITIES.isdisjoint(chosen(answers, "agency_role"))


def protection(answers: Answers) -> Protection:
    return _PROTECTIONS.get(next(iter(chosen(answers, "protected_identity")), ""), Protection.UNKNOWN)
