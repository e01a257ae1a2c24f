"""The four places that are never mixed: now, found, exploited, responsible municipality."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from cases.enums import Category
from cases.sections.fields import (
    Answers,
    Field,
    Kind,
    Option,
    Section,
    Sensitivity,
    Stage,
    Text,
    Value,
    always,
    chosen,
)
from cases.sections.rules import may_hold_address, may_hold_workplace
from cases.sections.start import YES_NO_UNSURE

NO_ADDRESS_HERE: Final = _(
    "No address or workplace may be stored for a person with this protection. The answer has been removed"
)


def _known_place(answers: Answers) -> str:
    return "municipality"


def _same_as_nothing(value: Value, answers: Answers) -> Text:
    """ "The same" needs something to be the same as."""
    if value == "same" and not chosen(answers, "place_now") & {"municipality", "county"}:
        return _("The place now is not known, so choose another answer here")
    return ""


PLACE: Final = Section(
    key="place",
    slug="plats",
    title=_("Place"),
    short=_("Place"),
    category=Category.SITUATION,
    stage=Stage.CORE,
    fields=(
        Field(
            key="place_now",
            kind=Kind.CHOICE,
            label=_("Where is the person now?"),
            hint=_("This decides who receives the referral"),
            options=(
                Option(value="municipality", label=_("In a municipality I know")),
                Option(value="county", label=_("I only know the county")),
                Option(value="no_fixed", label=_("No fixed place")),
                Option(value="abroad", label=_("Outside Sweden")),
                Option(value="unknown", label=_("Do not know")),
            ),
            required=always,
            ask=_("Choose where the person is now"),
            initial=_known_place,
            core=True,
        ),
        Field(
            key="municipality_of_presence",
            kind=Kind.MUNICIPALITY,
            label=_("In which municipality is the person now?"),
            under=("place_now", "municipality"),
            required=always,
            ask=_("Enter the municipality where the person is now"),
            core=True,
        ),
        Field(
            key="county_of_presence",
            kind=Kind.COUNTY,
            label=_("In which county is the person now?"),
            under=("place_now", "county"),
            required=always,
            ask=_("Choose the county where the person is now"),
            core=True,
        ),
        Field(
            key="place_found",
            kind=Kind.CHOICE,
            label=_("Where was the person found?"),
            hint=_("Where you or somebody else met the person"),
            options=(
                Option(value="same", label=_("In the same place")),
                Option(value="municipality", label=_("In another municipality")),
                Option(value="county", label=_("I only know the county")),
                Option(value="abroad", label=_("Outside Sweden")),
                Option(value="unknown", label=_("Do not know")),
            ),
            required=always,
            ask=_("Choose where the person was found"),
            check=_same_as_nothing,
            core=True,
        ),
        Field(
            key="municipality_found",
            kind=Kind.MUNICIPALITY,
            label=_("In which municipality was the person found?"),
            under=("place_found", "municipality"),
            required=always,
            ask=_("Enter the municipality where the person was found"),
            core=True,
        ),
        Field(
            key="county_found",
            kind=Kind.COUNTY,
            label=_("In which county was the person found?"),
            under=("place_found", "county"),
            required=always,
            ask=_("Choose the county where the person was found"),
            core=True,
        ),
        Field(
            key="responsible",
            kind=Kind.CHOICE,
            label=_("Which municipality is responsible for support from social services?"),
            options=(
                Option(value="same", label=_("The one where the person is now")),
                Option(value="other", label=_("Another municipality")),
                Option(value="disputed", label=_("It is disputed")),
                Option(value="unknown", label=_("Do not know")),
            ),
            required=always,
            ask=_("Choose which municipality is responsible, or “Do not know”"),
            check=_same_as_nothing,
            core=True,
        ),
        Field(
            key="responsible_municipality",
            kind=Kind.MUNICIPALITY,
            label=_("Which municipality?"),
            under=("responsible", "other"),
            required=always,
            ask=_("Enter the municipality that is responsible"),
            core=True,
        ),
        Field(
            key="places",
            kind=Kind.MULTI,
            label=_("Where has it happened?"),
            options=(
                Option(value="same", label=_("Where the person is now")),
                Option(value="sweden", label=_("In other municipalities in Sweden")),
                Option(value="abroad", label=_("Abroad")),
                Option(value="unknown", label=_("Do not know"), exclusive=True),
            ),
            maps_to="UK NRM",
        ),
        Field(
            key="places_municipalities",
            kind=Kind.MUNICIPALITY,
            label=_("In which municipalities?"),
            under=("places", "sweden"),
            many=5,
        ),
        Field(
            key="places_countries",
            kind=Kind.COUNTRY,
            label=_("In which countries?"),
            under=("places", "abroad"),
            many=3,
        ),
        Field(
            key="current_setting",
            kind=Kind.CHOICE,
            label=_("What kind of place is the person in?"),
            options=(
                Option(value="home", label=_("A home")),
                Option(value="workplace", label=_("A workplace")),
                Option(value="street", label=_("Outdoors, a car or a tent")),
                Option(value="hotel", label=_("A hotel or short-term let")),
                Option(
                    value="shelter",
                    label=_("Sheltered accommodation"),
                    hint=_("Never write its address or name"),
                ),
                Option(value="asylum_housing", label=_("Asylum accommodation")),
                Option(value="detention", label=_("Remand, prison or detention")),
                Option(value="hospital", label=_("A hospital")),
                Option(value="unknown", label=_("Do not know")),
            ),
            group=_("More about the place"),
            folds=True,
        ),
        Field(
            key="location_certainty",
            kind=Kind.CHOICE,
            label=_("How certain is it?"),
            options=(
                Option(value="today", label=_("Seen there today")),
                Option(value="days", label=_("In the last days")),
                Option(value="older", label=_("Older than that")),
                Option(value="unknown", label=_("Do not know")),
            ),
            sensitivity=Sensitivity.LOW,
        ),
        Field(
            key="perpetrator_knows_location",
            kind=Kind.CHOICE,
            label=_("Do those who exploit know where the person is?"),
            options=YES_NO_UNSURE,
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="address",
            kind=Kind.TEXT,
            label=_("Address"),
            hint=_("Only if it is needed to reach the person. Never that of sheltered accommodation"),
            shown=may_hold_address,
            refusal=_(
                "An address may not be stored for sheltered accommodation or a person with this protection. "
                "The answer has been removed"
            ),
            sensitivity=Sensitivity.HIGH,
            category=Category.CONTACT,
        ),
        Field(
            key="workplace",
            kind=Kind.TEXT,
            label=_("Workplace"),
            hint=_("Name and place of the work, if there is any"),
            shown=may_hold_workplace,
            refusal=NO_ADDRESS_HERE,
            sensitivity=Sensitivity.HIGH,
            category=Category.CONTACT,
        ),
    ),
)
