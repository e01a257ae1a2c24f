"""Which of our values answers to which name of the standard. docs/htcds.md is made from here.

Where the standard says more than we know, nothing or `Other` is written rather than a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.enums import AgencyKind
from cases.enums import NotTakenReason, Outcome, Sex, Status, TraffickingStatus
from cases.services.standard.lists import SEPARATOR
from manual.enums import Exploitation


@dataclass(frozen=True, slots=True)
class To:
    """A name of the standard, or none; with a word where the two do not mean quite the same."""

    name: str = ""
    note: str = ""


NONE: Final = To()
Counterparts = Mapping[str, To]

GENDER: Final[Counterparts] = {
    Sex.WOMAN: To("Feminine", "the standard asks for gender, we for sex"),
    Sex.MAN: To("Masculine", "the standard asks for gender, we for sex"),
    Sex.OTHER: To("NonConforming", "nearest; we do not ask whether somebody is transgender"),
    Sex.UNKNOWN: To("NonSpecifiedUnknown"),
}
TRAFFICKING_STATUS: Final[Counterparts] = {
    TraffickingStatus.POSSIBLE: To("PossibleVictimOfTrafficking"),
    TraffickingStatus.ACTUAL: To("ActualVictimOfTrafficking"),
    TraffickingStatus.NOT: To("NotAVictimOfTrafficking"),
}
EXPLOITATION: Final[Counterparts] = {
    Exploitation.SEXUAL: To("SexualExploitation"),
    Exploitation.LABOUR: To("ForcedLabour", "also of a child: ChildLabour is nowhere defined"),
    Exploitation.DOMESTIC_SERVITUDE: To("Servitude", "nearest; the standard does not say where"),
    Exploitation.BEGGING: To("ForcedBegging"),
    Exploitation.CRIMINALITY: To("Other", "the standard has no forced criminality"),
    Exploitation.FORCED_MARRIAGE: To("ForcedMarriage", "ours holds child marriage too"),
    Exploitation.ORGAN_REMOVAL: To("OrganRemoval"),
    Exploitation.MILITARY: To("Other", "the standard's name says by non-state actors; we do not ask by whom"),
    Exploitation.ILLEGAL_ADOPTION: To("ForcedAdoption"),
    Exploitation.SURROGACY: To("Surrogacy"),
    Exploitation.OTHER: To("Other"),
    Exploitation.UNKNOWN: NONE,
}
INDUSTRY: Final[Counterparts] = {
    "green": To("A_AgricultureForestryAndFishing"),
    "construction": To("F_Construction"),
    "cleaning": To("N_AdministrativeAndSupportServiceActivities", "services to buildings stand there"),
    "hotel_restaurant": To("I_AccommodationAndFoodServiceActivities"),
    "car": To("G_WholesaleAndRetailTradeRepairOfMotorVehicles", "washing and repair of vehicles, ISIC 4520"),
    "beauty": To("S_OtherServiceActivities", "nearest, ISIC 96"),
    "transport": To("H_TransportationAndStorage"),
    "industry": To("C_Manufacturing"),
    "domestic": To("T_ActivitiesOfHouseholdsAsEmployers"),
    "other": To("", "the standard has no other line of work; S is no such thing"),
    "unknown": NONE,
}
RECRUITMENT: Final[Counterparts] = {
    "acquaintance": To("ThroughFriendsOrSocialEvents", "ours holds a partner too"),
    "family": To("ThroughFamilyOrFamilyEvents"),
    "online": To("ThroughOnlineSocialNetworks", "nearest; advertisements are apart in our list"),
    "agency": To("Other", "an agency or an advertisement: the standard has several names for the latter"),
    "workplace": To("AtWork"),
    "smuggler": To("Other"),
    "other": To("Other"),
    "unknown": NONE,
}
CONTROL: Final[Counterparts] = {
    "violence": To("PhysicalAbuse"),
    "threats": To("PhysicalThreats", "nearest; ours does not say what is threatened with"),
    "threats_family": To("ThreatensChildrenFamily", "ours holds others too"),
    "confinement": To("Other", "RestrictsMovement is defined in the standard's text, but not in its list"),
    "documents": To("WithholdsDocuments"),
    "debt": To("DebtBondage"),
    "pay": To("TakesEarnings", "ours holds pay never given too"),
    "drugs": To("PsychoactiveSubstance"),
    "digital": To("Other"),
    "dependence": To("FalsePromises", "nearest; ours holds dependence too"),
    "other": To("Other"),
    "unknown": NONE,
}
CASE_STATUS: Final[Counterparts] = {
    Status.RECEIVED: To("Active"),
    Status.WAITING: To("Active"),
    Status.ACTIVE: To("Active"),
    Status.NOT_TAKEN: To("Closed", "ClosedReferred when it belongs to another authority"),
    Status.CLOSED: To("Closed", "ClosedReferred when it went to other ordinary support"),
    Status.MERGED: To("", "counted with the case that took it in"),
    Status.DISPOSED: To("", "nothing is left of it"),
}
REFERRED_ON: Final = frozenset({Outcome.TRANSFERRED.value, NotTakenReason.OTHER_AUTHORITY.value})
"""Ends that are `ClosedReferred`."""
CLOSURE: Final[Mapping[str, str]] = {
    Outcome.SUPPORT_COMPLETED: "Support completed",
    Outcome.RETURNED: "Returned voluntarily",
    Outcome.TRANSFERRED: "Handed to other ordinary support",
    Outcome.NOT_TRAFFICKING: "Assessed as something other than trafficking",
    Outcome.DECLINED_SUPPORT: "The person does not want support",
    Outcome.LOST_CONTACT: "Contact lost",
    Outcome.ADVICE_GIVEN: "Advice given",
    Outcome.CONSENT_WITHDRAWN: "The person has withdrawn consent",
}
NOT_TAKEN: Final[Mapping[str, str]] = {
    NotTakenReason.NOT_TRAFFICKING: "No sign of trafficking or exploitation",
    NotTakenReason.OTHER_AUTHORITY: "Belongs to another authority's ordinary duty",
    NotTakenReason.WITHDRAWN: "Withdrawn by the referrer",
    NotTakenReason.NO_CONTACT: "The person cannot be reached",
    NotTakenReason.NO_CONSENT: "The person has withdrawn consent",
}
"""The standard has a text for why a case was closed, and no list: our own words, always the same."""
NO_LINE: Final = frozenset({NotTakenReason.TEST.value, NotTakenReason.DUPLICATE.value})
"""Ends of what was no case of its own."""

_CENTRAL: Final = To("CentralGovernmentOrganisation")
_LOCAL: Final = To("LocalGovernmentOrganisation")
_HEALTH: Final = To("HealthServiceOrganisation")
ORGANISATION: Final[Counterparts] = {
    AgencyKind.SOCIAL_SERVICES_ADULT: _LOCAL,
    AgencyKind.SOCIAL_SERVICES_CHILD: _LOCAL,
    AgencyKind.SOCIAL_EMERGENCY: _LOCAL,
    AgencyKind.POLICE: To("LawEnforcement"),
    AgencyKind.PROSECUTOR: _CENTRAL,
    AgencyKind.MIGRATION_AGENCY: To("ImmigrationService"),
    AgencyKind.HEALTH_CARE: _HEALTH,
    AgencyKind.MIKA: _HEALTH,
    AgencyKind.NGO_PLATFORM: To("NGO"),
    AgencyKind.SHELTER: To("", "public or private: we do not know; and it would tell where the person is"),
    AgencyKind.NSPM: _CENTRAL,
    AgencyKind.WORK_ENVIRONMENT_AUTHORITY: _CENTRAL,
    AgencyKind.TAX_AGENCY: _CENTRAL,
    AgencyKind.PRISON_PROBATION: _CENTRAL,
    AgencyKind.SCHOOL: To("SchoolOrCollege"),
    AgencyKind.VICTIM_COUNSEL: To("LegalService"),
    AgencyKind.GUARDIAN: To("", "a person, no organisation"),
    AgencyKind.CHIEF_GUARDIAN: _LOCAL,
    AgencyKind.IOM: To("", "the standard has no intergovernmental organisation"),
    AgencyKind.COORDINATION: _LOCAL,
}
_PUBLIC: Final = To("NonPoliceGovernmentalOrganization")
_MOSTLY_PUBLIC: Final = To("NonPoliceGovernmentalOrganization", "nearest; some of it is run privately")
_ELSE: Final = To("Other")
DECIDER: Final[Counterparts] = {
    AgencyKind.SOCIAL_SERVICES_ADULT: _PUBLIC,
    AgencyKind.SOCIAL_SERVICES_CHILD: _PUBLIC,
    AgencyKind.SOCIAL_EMERGENCY: _PUBLIC,
    AgencyKind.POLICE: To("Police"),
    AgencyKind.PROSECUTOR: To("CourtOrProsecution"),
    AgencyKind.MIGRATION_AGENCY: _PUBLIC,
    AgencyKind.HEALTH_CARE: _MOSTLY_PUBLIC,
    AgencyKind.MIKA: _PUBLIC,
    AgencyKind.NGO_PLATFORM: To("NGO"),
    AgencyKind.SHELTER: _ELSE,
    AgencyKind.NSPM: _PUBLIC,
    AgencyKind.WORK_ENVIRONMENT_AUTHORITY: _PUBLIC,
    AgencyKind.TAX_AGENCY: _PUBLIC,
    AgencyKind.PRISON_PROBATION: _PUBLIC,
    AgencyKind.SCHOOL: _MOSTLY_PUBLIC,
    AgencyKind.VICTIM_COUNSEL: _ELSE,
    AgencyKind.GUARDIAN: _ELSE,
    AgencyKind.CHIEF_GUARDIAN: _PUBLIC,
    AgencyKind.IOM: _ELSE,
    AgencyKind.COORDINATION: _PUBLIC,
}

MAPPED: Final[Mapping[str, tuple[tuple[str, Counterparts], ...]]] = {
    "cases.Sex": (("prs_Gender", GENDER),),
    "cases.TraffickingStatus": (("vic_TraffickingStatus", TRAFFICKING_STATUS),),
    "manual.Exploitation": (("vic_TypeOfExploitation", EXPLOITATION),),
    "question.sector": (("vic_ForcedLabourIndustry", INDUSTRY),),
    "question.recruitment": (("vic_MethodOfRecruitment", RECRUITMENT),),
    "question.control_means": (("vic_MethodsOfControl", CONTROL),),
    "cases.Status": (("cas_Status", CASE_STATUS),),
    "accounts.AgencyKind": (
        ("org_Type", ORGANISATION),
        ("vic_TraffickingStatusDecisionMakingOrg", DECIDER),
    ),
}
"""Our list → the fields of the standard that it fills."""


def name_of(table: Counterparts, value: str) -> str:
    """The standard's name of one value, or ""."""
    return table.get(value, NONE).name


def names_of(table: Counterparts, values: Iterable[str]) -> str:
    """The standard's names of several values, each once, in the order of the alphabet."""
    return SEPARATOR.join(sorted({name for value in values if (name := name_of(table, value))}))
