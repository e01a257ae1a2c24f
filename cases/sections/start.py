"""The first two pages: danger, and who has agreed to what. They change every page after them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind
from cases.enums import Category, ConsentForm
from cases.sections.fields import (
    Answers,
    Field,
    Kind,
    Option,
    Section,
    Sensitivity,
    Stage,
    always,
)
from coordinators.enums import AgeBand
from core import clock

YES_NO_UNSURE: Final = (
    Option(value="yes", label=_("Yes")),
    Option(value="no", label=_("No")),
    Option(value="unsure", label=_("Do not know")),
)
YES_NO: Final = YES_NO_UNSURE[:2]


def today(answers: Answers) -> str:
    """Dates that are nearly always today stand there already."""
    return clock.today().isoformat()


DANGER: Final = Section(
    key="danger",
    slug="fara",
    title=_("New referral on suspected trafficking"),
    short=_("Immediate danger"),
    category=Category.SITUATION,
    stage=Stage.CORE,
    fields=(
        Field(
            key="immediate_danger",
            kind=Kind.CHOICE,
            label=_("Is anyone in immediate danger?"),
            options=YES_NO_UNSURE,
            required=always,
            ask=_("Choose whether anyone is in immediate danger"),
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="emergency_contacted",
            kind=Kind.MULTI,
            label=_("Who has been contacted?"),
            options=(
                Option(value="police", label=_("The police")),
                Option(value="ambulance", label=_("Ambulance")),
                Option(value="social_emergency", label=_("Out-of-hours social services")),
                Option(value="none", label=_("Nobody yet"), exclusive=True),
            ),
            under=("immediate_danger", "yes"),
            required=always,
            ask=_("Choose who has been contacted, or “Nobody yet”"),
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="police_contacted_at",
            kind=Kind.TIME,
            label=_("When were the police contacted?"),
            hint=_("Today, for example 14.30"),
            under=("emergency_contacted", "police"),
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
    ),
)

CONSENT: Final = Section(
    key="consent",
    slug="samtycke",
    title=_("Age and consent"),
    short=_("Age and consent"),
    category=Category.SITUATION,
    stage=Stage.CORE,
    fields=(
        Field(
            key="age_group",
            kind=Kind.CHOICE,
            label=_("Is the person under 18?"),
            options=(
                Option(value=AgeBand.CHILD, label=_("Yes")),
                Option(value=AgeBand.ADULT, label=_("No, an adult")),
                Option(
                    value=AgeBand.UNSURE,
                    label=_("It is uncertain"),
                    hint=_("The person is handled as a child until the age is settled"),
                ),
            ),
            required=always,
            ask=_("Choose whether the person is under 18"),
            core=True,
            maps_to="UK NRM pv-under-age",
            anonymous=True,
        ),
        Field(
            key="consent_status",
            kind=Kind.CHOICE,
            label=_("Has the person agreed to you contacting the regional coordinator?"),
            options=(
                Option(value="given", label=_("Yes")),
                Option(value="refused", label=_("No")),
                Option(value="not_asked", label=_("I have not been able to ask")),
            ),
            under=("age_group", AgeBand.ADULT),
            required=always,
            ask=_("Choose whether the person has agreed"),
            core=True,
            anonymous=True,
        ),
        Field(
            key="consent_scope",
            kind=Kind.MULTI,
            label=_("Who else may have the information, besides the regional coordinator?"),
            options=(
                Option(value=AgencyKind.SOCIAL_SERVICES_ADULT, label=_("Social services")),
                Option(value=AgencyKind.POLICE, label=_("The police")),
                Option(value=AgencyKind.MIGRATION_AGENCY, label=_("The Migration Agency")),
                Option(value=AgencyKind.HEALTH_CARE, label=_("Health care")),
                Option(value=AgencyKind.NGO_PLATFORM, label=_("Civil society organisation")),
                Option(value=AgencyKind.SHELTER, label=_("Sheltered accommodation")),
                Option(value=AgencyKind.IOM, label=_("IOM, for a safe return")),
                Option(value="only_coordinator", label=_("Only the regional coordinator"), exclusive=True),
            ),
            under=("consent_status", "given"),
            required=always,
            ask=_("Choose who else may have the information, or “Only the regional coordinator”"),
            core=True,
            anonymous=True,
        ),
        Field(
            key="consent_form",
            kind=Kind.CHOICE,
            label=_("How was consent given?"),
            options=(
                Option(value=ConsentForm.ORAL, label=_("Orally")),
                Option(value=ConsentForm.WRITTEN, label=_("In writing")),
            ),
            under=("consent_status", "given"),
            required=always,
            ask=_("Choose how consent was given"),
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="consent_date",
            kind=Kind.DATE,
            label=_("When was consent given?"),
            hint=_("For example 2026-11-20"),
            under=("consent_status", "given"),
            required=always,
            ask=_("Enter the day consent was given"),
            initial=today,
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="consent_withdrawable_explained",
            kind=Kind.CHECK,
            label=_("I have explained that consent can be withdrawn"),
            options=(Option(value="yes", label=_("I have explained that consent can be withdrawn")),),
            under=("consent_status", "given"),
            required=always,
            ask=_("Explain to the person that consent can be withdrawn, then tick the box"),
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="interpreter_used",
            kind=Kind.CHOICE,
            label=_("Was an interpreter used?"),
            options=YES_NO,
            under=("consent_status", "given"),
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="refusal_reason",
            kind=Kind.MULTI,
            label=_("Why, if the person has told you?"),
            options=(
                Option(value="fears_exploiter", label=_("Afraid of those who exploit")),
                Option(
                    value="fears_authorities", label=_("Afraid of authorities or of having to leave Sweden")
                ),
                Option(value="for_others", label=_("Worried about children, family or others")),
                Option(value="no_support", label=_("Does not want support now")),
                Option(value="later", label=_("Wants to think it over")),
                Option(value="other", label=_("Another reason")),
            ),
            under=("consent_status", "refused"),
            sensitivity=Sensitivity.HIGH,
            maps_to="UK NRM refuse-nrm",
            anonymous=True,
        ),
        Field(
            key="report_made",
            kind=Kind.CHOICE,
            label=_("Has a report of concern been made?"),
            hint=_("This referral does not replace the report of concern"),
            options=(
                Option(value="done", label=_("Yes, it is made")),
                Option(
                    value="doing_now",
                    label=_("I am making it now"),
                    hint=_("Call social services where the child is, or their out-of-hours service"),
                ),
                Option(
                    value="no_duty",
                    label=_("We have no duty to report"),
                    hint=_("Everyone should report all the same"),
                ),
            ),
            under=("age_group", AgeBand.CHILD, AgeBand.UNSURE),
            required=always,
            ask=_("Choose whether a report of concern has been made"),
            core=True,
            category=Category.CHILDREN,
            anonymous=True,
        ),
        Field(
            key="report_municipality",
            kind=Kind.MUNICIPALITY,
            label=_("To which municipality?"),
            under=("report_made", "done"),
            required=always,
            ask=_("Enter the municipality that received the report"),
            core=True,
            category=Category.CHILDREN,
            anonymous=True,
        ),
        Field(
            key="report_date",
            kind=Kind.DATE,
            label=_("When was the report made?"),
            hint=_("For example 2026-11-20"),
            under=("report_made", "done"),
            required=always,
            ask=_("Enter the day the report was made"),
            initial=today,
            core=True,
            category=Category.CHILDREN,
            anonymous=True,
        ),
        Field(
            key="report_contact",
            kind=Kind.TEXT,
            label=_("Who received it?"),
            hint=_("Name or unit, and a phone number if you have one"),
            under=("report_made", "done"),
            required=always,
            ask=_("Enter who received the report"),
            core=True,
            category=Category.CHILDREN,
            anonymous=True,
        ),
    ),
)

CONFIRM: Final = Section(
    key="confirm",
    slug="kontrollera",
    title=_("Check and send"),
    short=_("Check and send"),
    category=Category.SITUATION,
    stage=Stage.CHECK,
    fields=(
        Field(
            key="confirm_necessary",
            kind=Kind.CHECK,
            label=_("I have only given information that is needed"),
            options=(Option(value="yes", label=_("I have only given information that is needed")),),
            required=always,
            ask=_("Confirm that you have only given information that is needed"),
            core=True,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
    ),
)
