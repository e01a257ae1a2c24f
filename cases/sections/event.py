"""What has happened, and what is needed: the last two pages of the short way."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from cases.enums import Category
from cases.sections import signs
from cases.sections.fields import (
    Field,
    Kind,
    Option,
    Section,
    Sensitivity,
    Stage,
    always,
    answered,
    both,
    chosen,
    no,
)
from cases.sections.lists import UNKNOWN
from cases.sections.rules import is_consultation, may_identify
from cases.sections.start import YES_NO_UNSURE, today
from core.text import LONG_LIMIT
from manual.enums import Exploitation

NO_ACCOUNT: Final = no(answered("narrative_said"))

FORMS: Final = {
    Exploitation.SEXUAL: _("Sexual purposes"),
    Exploitation.LABOUR: _("Labour"),
    Exploitation.DOMESTIC_SERVITUDE: _("Work in a household"),
    Exploitation.BEGGING: _("Begging"),
    Exploitation.CRIMINALITY: _("Crime"),
    Exploitation.FORCED_MARRIAGE: _("Forced marriage or child marriage"),
    Exploitation.ORGAN_REMOVAL: _("Removal of organs"),
    Exploitation.MILITARY: _("Military service"),
    Exploitation.ILLEGAL_ADOPTION: _("Illegal adoption"),
    Exploitation.SURROGACY: _("Surrogacy"),
    Exploitation.OTHER: _("Another purpose"),
}

EVENT: Final = Section(
    key="event",
    slug="handelse",
    title=_("What has happened"),
    short=_("What has happened"),
    category=Category.SITUATION,
    stage=Stage.CORE,
    intro=_("Do not write more about the person than is needed."),
    fields=(
        # A consultation has no page of its own for the place: the county is all it may say.
        Field(
            key="county_general",
            kind=Kind.COUNTY,
            label=_("In which county is the person?"),
            options=(Option(value=UNKNOWN, label=_("Do not know")),),
            shown=is_consultation,
            required=always,
            ask=_("Choose a county, or “Do not know”"),
            core=True,
            anonymous=True,
        ),
        Field(
            key="forms",
            kind=Kind.MULTI,
            label=_("What kind of exploitation do you suspect?"),
            hint=_("Several may apply"),
            options=(
                *(Option(value=form.value, label=label) for form, label in FORMS.items()),
                Option(value=Exploitation.UNKNOWN, label=_("Do not know"), exclusive=True),
            ),
            required=always,
            ask=_("Choose what kind of exploitation you suspect, or “Do not know”"),
            core=True,
            sensitivity=Sensitivity.HIGH,
            maps_to="EU art. 19a; HTCDS",
            anonymous=True,
        ),
        Field(
            key="main_form",
            kind=Kind.CHOICE,
            label=_("Which of them is the main one?"),
            hint=_("Only if you have chosen several"),
            options=tuple(
                Option(value=form.value, label=label, shown=answered("forms", form.value))
                for form, label in FORMS.items()
            ),
            shown=lambda answers: len(chosen(answers, "forms")) > 1,
            drawn=always,
            compact=True,
            anonymous=True,
        ),
        Field(
            key="suspicion_noted",
            kind=Kind.DATE,
            label=_("When did the suspicion arise?"),
            hint=_("For example 2026-11-20. Time limits are counted from this day"),
            initial=today,
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="still_ongoing",
            kind=Kind.CHOICE,
            label=_("Is the person still in the situation?"),
            options=YES_NO_UNSURE,
            sensitivity=Sensitivity.HIGH,
            maps_to="UK NRM still-in-exploitative-situation",
        ),
        Field(
            key="indicators",
            kind=Kind.MULTI,
            label=_("Which signs have you seen?"),
            hint=_("No list decides. One or several signs prove nothing, and no signs exclude nothing"),
            options=signs.options,
            required=always,
            ask=_("Tick the signs you have seen, “None of these” or “Do not know”"),
            core=True,
            sensitivity=Sensitivity.HIGH,
            anonymous=True,
        ),
        Field(
            key="narrative",
            kind=Kind.LONG_TEXT,
            label=_("What you have seen and heard yourself"),
            hint=_("Describe briefly. Facts first, without interpretation"),
            required=both(may_identify, NO_ACCOUNT),
            ask=_("Describe briefly what you have seen or heard, or what the person has told you"),
            core=True,
            sensitivity=Sensitivity.HIGH,
            limit=LONG_LIMIT,
            group=_("Describe briefly"),
        ),
        Field(
            key="narrative_said",
            kind=Kind.LONG_TEXT,
            label=_("What the person has told you"),
            hint=_("If possible in the person's own words. After trauma, gaps and changes are usual"),
            sensitivity=Sensitivity.HIGH,
            limit=LONG_LIMIT,
        ),
        Field(
            key="narrative_general",
            kind=Kind.LONG_TEXT,
            label=_("Describe the situation in general terms"),
            hint=_("No names, numbers, addresses or other things that point out the person"),
            shown=is_consultation,
            required=always,
            ask=_("Describe the situation in general terms"),
            core=True,
            sensitivity=Sensitivity.MEDIUM,
            limit=LONG_LIMIT,
            anonymous=True,
        ),
        Field(
            key="other_victims",
            kind=Kind.CHOICE,
            label=_("Are there more victims in the same place?"),
            options=YES_NO_UNSURE,
            group=_("Others involved"),
            folds=True,
            maps_to="UK NRM any-other-pvs",
        ),
        Field(
            key="other_victims_count",
            kind=Kind.NUMBER,
            label=_("About how many?"),
            under=("other_victims", "yes"),
        ),
        Field(
            key="children_involved",
            kind=Kind.CHOICE,
            label=_("Are there children who accompany the person or have been left behind?"),
            options=YES_NO_UNSURE,
            category=Category.CHILDREN,
        ),
        Field(
            key="accompanying_children",
            kind=Kind.LINES,
            label=_("The children"),
            hint=_("One child on each line: age and where the child is"),
            under=("children_involved", "yes"),
            limit=2000,
            sensitivity=Sensitivity.HIGH,
            category=Category.CHILDREN,
        ),
    ),
)

NEEDS: Final = Section(
    key="needs",
    slug="behov",
    title=_("Needs and what has been done"),
    short=_("Needs and what has been done"),
    category=Category.HEALTH,
    stage=Stage.CORE,
    fields=(
        Field(
            key="needs",
            kind=Kind.MULTI,
            label=_("What does the person need now?"),
            options=(
                Option(value="safe_housing", label=_("Safe accommodation")),
                Option(value="food_money", label=_("Food, clothes or money")),
                Option(value="health_care", label=_("Health care")),
                Option(value="interpreter", label=_("Interpreter")),
                Option(value="legal", label=_("Legal support")),
                Option(value="counselling", label=_("Someone to talk to")),
                Option(value="child_measures", label=_("Support for children")),
                Option(value="police_protection", label=_("Protection by the police")),
                Option(value="documents", label=_("Passport or other papers")),
                Option(value="return", label=_("Help to return home safely")),
                Option(value="other", label=_("Something else")),
                Option(value="none", label=_("Nothing just now"), exclusive=True),
                Option(value="unknown", label=_("Do not know"), exclusive=True),
            ),
            required=always,
            ask=_("Choose what the person needs now, or “Do not know”"),
            core=True,
            anonymous=True,
        ),
        Field(
            key="health_acute",
            kind=Kind.CHOICE,
            label=_("Does the person need care urgently?"),
            options=YES_NO_UNSURE,
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="police_report",
            kind=Kind.CHOICE,
            label=_("Has a report been made to the police?"),
            options=(
                Option(value="no", label=_("No")),
                Option(value="yes", label=_("Yes")),
                Option(value="planned", label=_("It is planned")),
                Option(value="not_wanted", label=_("The person does not want it")),
                Option(value="unknown", label=_("Do not know")),
            ),
            group=_("What has been done"),
            category=Category.PROCEEDINGS,
            maps_to="UK NRM reported-to-police",
        ),
        Field(
            key="police_report_date",
            kind=Kind.DATE,
            label=_("When was the report made?"),
            hint=_("For example 2026-11-20"),
            under=("police_report", "yes"),
            category=Category.PROCEEDINGS,
        ),
        Field(
            key="k_number",
            kind=Kind.TEXT,
            label=_("Police case number (K number) or leader of the investigation"),
            under=("police_report", "yes"),
            sensitivity=Sensitivity.HIGH,
            category=Category.PROCEEDINGS,
        ),
        Field(
            key="already_done",
            kind=Kind.MULTI,
            label=_("What else has been done?"),
            options=(
                Option(value="social_services", label=_("Contact with social services")),
                Option(value="helpline", label=_("Contact with the helpline")),
                Option(value="health_care", label=_("Health care")),
                Option(value="reflection_info", label=_("Information on the reflection period")),
                Option(value="rights_info", label=_("Information on rights and support")),
                Option(value="nothing", label=_("Nothing yet"), exclusive=True),
            ),
        ),
    ),
)
