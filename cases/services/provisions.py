"""The sharing matrix (domain 5): on which provision a coordinator may share what, and with whom.

A coordinator is staff of a municipality's social services. What is not listed here cannot be chosen: the
general clause OSL 10:27 is blocked by OSL 26:1, and 10:18 a is no provision about victims. None of it
replaces a lawyer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind
from cases.enums import Category, Provision
from coordinators.enums import AgeBand

_EVERYTHING: Final = frozenset(Category.values)
_POLICE: Final = (AgencyKind.POLICE, AgencyKind.PROSECUTOR)
_SOCIAL: Final = (
    AgencyKind.SOCIAL_SERVICES_ADULT,
    AgencyKind.SOCIAL_SERVICES_CHILD,
    AgencyKind.SOCIAL_EMERGENCY,
)
_CARE: Final = (
    AgencyKind.HEALTH_CARE,
    AgencyKind.SCHOOL,
    AgencyKind.MIKA,
    AgencyKind.GUARDIAN,
    AgencyKind.CHIEF_GUARDIAN,
)
_OTHERS: Final = (AgencyKind.SHELTER, AgencyKind.MIGRATION_AGENCY, AgencyKind.VICTIM_COUNSEL)


@dataclass(frozen=True)
class Rule:
    """One provision: its paragraph, what it permits, to whom, about whom, and which categories it carries."""

    provision: Provision
    paragraph: Promise
    permits: Promise
    to: Promise
    kinds: tuple[AgencyKind, ...]
    only_children: bool = False
    """Only about a person under 18, or whose age is unsure."""
    categories: frozenset[str] = _EVERYTHING
    to_confirm: bool = False
    """A lawyer has to confirm how far it reaches."""


_TO_POLICE: Final = _("The police and the prosecutor")
_TO_SOCIAL: Final = _("Social services")
RULES: Final = (
    Rule(
        Provision.OSL_10_21,
        _("OSL chapter 10, section 21"),
        _(
            "Information on a suspected offence against a person under 18 "
            "(Criminal Code chapters 3, 4 and 6)."
        ),
        _TO_POLICE,
        _POLICE,
        only_children=True,
    ),
    Rule(
        Provision.OSL_10_20,
        _("OSL chapter 10, section 20"),
        _("Information that is needed for the police to act at once for a person under 18."),
        _TO_POLICE,
        _POLICE,
        only_children=True,
    ),
    Rule(
        Provision.OSL_10_23,
        _("OSL chapter 10, section 23"),
        _(
            "Information on a suspected completed offence with at least six months in prison (an attempt: one"
            " year). Trafficking and aggravated exploitation qualify, ordinary exploitation does not."
        ),
        _TO_POLICE,
        _POLICE,
    ),
    Rule(
        Provision.OSL_10_15A,
        _("OSL chapter 10, section 15 a"),
        _(
            "Information to prevent, detect or investigate offences, after weighing the interests. It does"
            " not lift the secrecy of health care. How it relates to section 23 is to be confirmed."
        ),
        _TO_POLICE,
        _POLICE,
        categories=_EVERYTHING - {Category.HEALTH},
        to_confirm=True,
    ),
    Rule(
        Provision.SOL_19_1,
        _("SoL chapter 19, section 1"),
        _("What is in a report of concern for a child, which has to be made at once."),
        _TO_SOCIAL,
        _SOCIAL,
        only_children=True,
    ),
    Rule(
        Provision.SOL_20_6,
        _("SoL chapter 20, section 6"),
        _("What matters to a social services inquiry about a child's need of protection."),
        _TO_SOCIAL,
        _SOCIAL,
        only_children=True,
    ),
    Rule(
        Provision.OSL_26_9,
        _("OSL chapter 26, section 9"),
        _("What is needed for a person under 18 to get necessary care, treatment or other support."),
        _("Social services, health care, school and guardians"),
        (*_SOCIAL, *_CARE),
        only_children=True,
    ),
    Rule(
        Provision.OSL_10_2,
        _("OSL chapter 10, section 2"),
        _(
            "What the sharing authority must tell to carry out its own task. Read narrowly; towards sheltered"
            " accommodation only for a placement the authority has arranged."
        ),
        _("Whoever the authority needs for its own task"),
        (*_SOCIAL, *_CARE, *_OTHERS),
        to_confirm=True,
    ),
)
"""In the order they are offered."""
CONSENT_TEXT: Final = _(
    "The person has agreed (OSL chapter 10, section 1 and chapter 12, section 2). Consent can be withdrawn at"
    " any time."
)
CONSENT_ABROAD: Final = _(
    "IOM works outside the Swedish authorities: the consent has to name it (to be confirmed)."
)


def rules_for(kind: str, age_band: str) -> list[Rule]:
    """What a coordinator may name towards a kind of agency; an unsure age counts as a child's."""
    is_child = age_band != AgeBand.ADULT
    return [rule for rule in RULES if kind in rule.kinds and (is_child or not rule.only_children)]


def rule_of(provision: str) -> Rule | None:
    return next((rule for rule in RULES if rule.provision == provision), None)
