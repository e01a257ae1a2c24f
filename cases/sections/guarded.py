"""The hub's pages with rules of their own: the child, what stays with the author, suspects, the sender."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind
from cases.enums import Category
from cases.sections.fields import Field, Kind, Option, Section, Sensitivity, both
from cases.sections.rules import is_authority, is_child_path, may_identify
from cases.sections.start import YES_NO
from core.text import LONG_LIMIT

CHILD: Final = Section(
    key="child",
    slug="barnet",
    title=_("The child"),
    short=_("The child"),
    category=Category.CHILDREN,
    shown=is_child_path,
    fields=(
        Field(
            key="child_legal_rep",
            kind=Kind.CHOICE,
            label=_("Who represents the child?"),
            options=(
                Option(value="custodians", label=_("Custodians")),
                Option(value="guardian", label=_("Guardian ad litem or special representative")),
                Option(value="board", label=_("The social welfare board, by care order (LVU)")),
                Option(value="custodian_involved", label=_("A custodian may be involved")),
                Option(value="none_here", label=_("The child has no custodian here")),
                Option(value="unclear", label=_("It is unclear")),
            ),
        ),
        Field(
            key="child_view",
            kind=Kind.LONG_TEXT,
            label=_("What does the child want?"),
            hint=_("If possible in the child's own words"),
            limit=5000,
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="guardian_informed",
            kind=Kind.CHOICE,
            label=_("Have the custodians been told?"),
            hint=_("Ask the police or the prosecutor first"),
            options=(
                Option(value="yes", label=_("Yes")),
                Option(value="no", label=_("No")),
                Option(value="must_not", label=_("No, they must not be told now")),
                Option(value="unknown", label=_("Do not know")),
            ),
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="report_receipt",
            kind=Kind.TEXT,
            label=_("Receipt or case number of the report of concern"),
        ),
    ),
)

ASSESSMENT: Final = Section(
    key="assessment",
    slug="bedomning",
    title=_("Your own assessment"),
    short=_("Your own assessment"),
    category=Category.SITUATION,
    shown=may_identify,
    private=True,
    intro=_("Gaps in memory and changed accounts are usual after trauma and say nothing about credibility."),
    fields=(
        Field(
            key="narrative_view",
            kind=Kind.LONG_TEXT,
            label=_("What do you think, and why?"),
            hint=_("Keep it apart from what you have seen and what the person has told you"),
            limit=LONG_LIMIT,
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="assessment_shared",
            kind=Kind.CHOICE,
            label=_("May others than your own agency read the assessment?"),
            hint=_("Without your yes it stays with your agency"),
            options=YES_NO,
            sensitivity=Sensitivity.LOW,
        ),
    ),
)

SUSPECTS: Final = Section(
    key="suspects",
    slug="misstankta",
    title=_("Suspects"),
    short=_("Suspects"),
    category=Category.PROCEEDINGS,
    shown=both(is_authority, may_identify),
    intro=_(
        "Only if the law lets your authority do so. Information on suspects belongs with the police first."
    ),
    fields=(
        Field(
            key="suspects_known",
            kind=Kind.CHOICE,
            label=_("Is anything known of suspects?"),
            options=YES_NO,
            sensitivity=Sensitivity.HIGH,
        ),
        Field(
            key="suspect_note",
            kind=Kind.LONG_TEXT,
            label=_("Who, part, vehicle, phone, place"),
            under=("suspects_known", "yes"),
            limit=5000,
            sensitivity=Sensitivity.VERY_HIGH,
            maps_to="UK NRM who-exploited-pv",
        ),
        Field(
            key="suspect_to_police",
            kind=Kind.CHOICE,
            label=_("Have the police been told?"),
            under=("suspects_known", "yes"),
            options=YES_NO,
        ),
    ),
)


def _given(key: str, label: Promise, options: tuple[Option, ...] = ()) -> Field:
    return Field(
        key=key,
        kind=Kind.GIVEN,
        label=label,
        options=options,
        sensitivity=Sensitivity.LOW,
        anonymous=True,
        about_sender=True,
        maps_to="UK NRM fr-details",
    )


SENDER: Final = Section(
    key="sender",
    slug="avsandare",
    title=_("You who send"),
    short=_("You who send"),
    category=Category.SITUATION,
    fields=(
        _given(
            "agency_role",
            _("Kind of agency"),
            tuple(Option(value=kind.value, label=kind.label) for kind in AgencyKind),
        ),
        _given("organisation_unit", _("Agency")),
        _given("name_title", _("Name and title")),
        Field(
            key="safe_contact",
            kind=Kind.TEXT,
            label=_("How are you reached safely?"),
            hint=_("Function mailbox or phone"),
            sensitivity=Sensitivity.LOW,
            anonymous=True,
            about_sender=True,
            initial=lambda answers: str(answers.get("_reach", "")),
        ),
        Field(
            key="colleague",
            kind=Kind.TEXT,
            label=_("Colleague when you are away"),
            hint=_("Name and phone"),
            sensitivity=Sensitivity.LOW,
            anonymous=True,
            about_sender=True,
        ),
        Field(
            key="municipality_of_work",
            kind=Kind.MUNICIPALITY,
            label=_("Municipality where you work"),
            hint=_("It never decides who receives the referral"),
            sensitivity=Sensitivity.LOW,
            anonymous=True,
        ),
        Field(
            key="own_case_ref",
            kind=Kind.TEXT,
            label=_("Your own case number"),
            maps_to="UK NRM reference",
        ),
    ),
)
