"""One event with several persons: the same questions, some asked once for all, the others of each person.

No question is written here. Every one is taken from the questionnaire, so that a changed question changes in
both places; `compose` puts the two halves together into the answers of one referral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from cases.enums import Category, Protection
from cases.sections import lists
from cases.sections.event import EVENT, NEEDS
from cases.sections.fields import Answers, Field, Section, always, never
from cases.sections.guarded import SENDER
from cases.sections.pages import Reading, read
from cases.sections.person import PERSON
from cases.sections.place import PLACE
from cases.sections.rules import is_child_path, is_consultation
from cases.sections.start import CONFIRM, CONSENT, DANGER
from coordinators.enums import AgeBand
from core.text import Unreadable

FRAME: Final[Mapping[str, Any]] = {"age_group": AgeBand.CHILD.value, "place_now": "municipality"}
"""Beside these answers every question about the event is asked: what is asked of none falls away for each."""
SENDERS: Final = ("agency_role", "organisation_unit", "name_title", "safe_contact", "municipality_of_work")
PRESUMED: Final[Mapping[str, Any]] = {"protected_identity": Protection.UNKNOWN.value}
"""What stands for a person of whom nothing else is said."""


def _of(section: Section, *keys: str) -> tuple[Field, ...]:
    return tuple(section.by_key[key] for key in keys)


def _less(question: Field, *values: str, **labels: Any) -> Field:
    """The question without some of its answers, others with a label that fits several persons."""
    kept = tuple(
        replace(option, label=labels.get(option.value, option.label))
        for option in question.choices
        if option.value not in values
    )
    return replace(question, options=kept, check=None)


def _freely(question: Field, **changes: Any) -> Field:
    """The question on its own: asked whatever stands beside it."""
    return replace(question, under=(), shown=always, **changes)


HAPPENED: Final = Section(
    key="incident_event",
    slug="handelsen",
    title=_("Several persons at the same event"),
    short=_("The event"),
    category=Category.SITUATION,
    intro=_("Write what holds for all once. Each person is then sent as a referral of her own."),
    fields=(
        *DANGER.fields,
        replace(
            _less(PLACE.by_key["place_found"], "same", municipality=_("In a municipality I know")),
            label=_("Where were the persons found?"),
            hint="",
            ask=_("Choose where the persons were found"),
        ),
        replace(
            PLACE.by_key["municipality_found"],
            label=_("In which municipality were they found?"),
            ask=_("Enter the municipality where they were found"),
        ),
        replace(
            PLACE.by_key["county_found"],
            label=_("In which county were they found?"),
            ask=_("Choose the county where they were found"),
        ),
        _less(PLACE.by_key["places"], "same", sweden=_("In municipalities in Sweden")),
        *_of(PLACE, "places_municipalities", "places_countries"),
        *_of(EVENT, "forms", "main_form", "suspicion_noted", "indicators"),
        replace(
            EVENT.by_key["narrative"],
            required=always,
            hint=_("What holds for all, without names. What one person has told belongs with that person."),
            ask=_("Describe briefly what you have seen or heard"),
        ),
        _freely(
            EVENT.by_key["narrative_general"],
            required=never,
            hint=_(
                "Sent instead of the text above for an adult who has not agreed. No names, numbers, "
                "addresses or other things that point anybody out."
            ),
        ),
    ),
)

DONE: Final = Section(
    key="incident_needs",
    slug="behov",
    title=_("Needs and what has been done"),
    short=_("Needs and what has been done"),
    category=Category.HEALTH,
    intro=_("What holds for most. You can change it for each person afterwards, with the coordinator."),
    fields=(
        replace(NEEDS.by_key["needs"], label=_("What do the persons need now?")),
        _less(PLACE.by_key["responsible"], same=_("For each, the one where the person is now")),
        *_of(PLACE, "responsible_municipality"),
        *_of(NEEDS, "police_report", "police_report_date", "k_number", "already_done"),
        _freely(
            CONSENT.by_key["report_made"],
            required=never,
            group=_("If there are children among them"),
            hint=_("Holds for every child of the event, unless you write otherwise about one of them"),
        ),
        *_of(CONSENT, "report_municipality", "report_date", "report_contact"),
        *_of(SENDER, "own_case_ref"),
    ),
)

EVENT_PAGES: Final = (HAPPENED, DONE)

FOUND: Final = Section(
    key="incident_person",
    slug="person",
    title=_("A person of the event"),
    short=_("The person"),
    category=Category.IDENTITY,
    fields=(
        *_of(CONSENT, "age_group", "consent_status", "consent_scope", "consent_form", "consent_date"),
        *_of(CONSENT, "consent_withdrawable_explained", "interpreter_used"),
        replace(
            CONSENT.by_key["report_made"],
            required=never,
            hint=_("Only if it differs from what you have written about the event"),
        ),
        *_of(CONSENT, "report_municipality", "report_date", "report_contact"),
        *_of(PERSON, "name", "name_unknown", "birth", "personal_number", "sex", "citizenship"),
        *_of(PERSON, "citizenship_group", "languages", "interpreter_needed"),
        *_of(PLACE, "place_now", "municipality_of_presence", "county_of_presence"),
        *_of(EVENT, "county_general"),
        *_of(PERSON, "protected_identity"),
        *_of(EVENT, "narrative_said"),
        *_of(PERSON, "safe_contact_method", "safe_contact_times", "contact_phone", "contact_email"),
    ),
)
REPORT: Final = ("report_made", "report_municipality", "report_date", "report_contact")


def without_identity(person: Mapping[str, Any]) -> dict[str, Any]:
    """The broad terms that a consultation may hold, from exact answers: group of citizenship, county."""
    found = dict(person)
    if not is_consultation(found):
        return found
    if not found.get("citizenship_group"):
        found["citizenship_group"] = _group(found.get("citizenship") or [])
    if not found.get("county_general"):
        found["county_general"] = _county(found)
    return {key: value for key, value in found.items() if key in ANONYMOUS}


def _group(written: str | list[str]) -> str:
    """The group of what may be names or codes; "" when one of them cannot be read."""
    parts = [written] if isinstance(written, str) else list(written)
    try:
        codes = [part if part in _NO_COUNTRY else lists.read_country(part) for part in parts]
    except Unreadable:
        return ""
    return lists.citizenship_group(codes).value


_NO_COUNTRY: Final = (lists.STATELESS, lists.UNKNOWN)


def _county(found: Mapping[str, Any]) -> str:
    """The county of a place that may be a name or a code; "" when it cannot be read."""
    try:
        match found.get("place_now"):
            case "municipality":
                return lists.county_of(lists.read_municipality(str(found["municipality_of_presence"])))
            case "county":
                return lists.read_county(str(found["county_of_presence"]))
    except (Unreadable, KeyError):
        return ""
    return lists.UNKNOWN if found.get("place_now") else ""


ANONYMOUS: Final = frozenset(question.key for question in FOUND.fields if question.anonymous)


def compose(
    event: Answers, person: Answers, sender: Answers, *, several: bool = True, confirmed: bool = False
) -> dict[str, Any]:
    """The answers of one person's referral: the event's, her own, and who sends. Hers win."""
    own = {key: value for key, value in person.items() if value}
    shared = {key: value for key, value in event.items() if value and not key.startswith("_")}
    answers = {**PRESUMED, **sender, **shared, **own}
    if any(own.get(key) for key in REPORT):
        answers = {key: value for key, value in answers.items() if key not in REPORT or key in own}
    _place(answers)
    if several:
        answers["other_victims"] = "yes"
    if confirmed:
        answers |= {question.key: "yes" for question in CONFIRM.fields}
    return answers


def _place(answers: dict[str, Any]) -> None:
    """ "The same" is said where it is the same, and only of a place that is known."""
    here = answers.get("municipality_of_presence")
    if answers.get("place_found") == "municipality" and here and here == answers.get("municipality_found"):
        answers["place_found"] = "same"
    if answers.get("responsible") == "same" and answers.get("place_now") not in ("municipality", "county"):
        answers["responsible"] = "unknown"


def read_composed(answers: Answers) -> tuple[Reading, dict[str, Any]]:
    """One person's referral as it would be read, and what stands in the way of sending it.

    Question → what to do. The confirmation is given once for all, when sending.
    """
    known = read(answers)
    wrong = {
        key: text
        for page in known.pages.values()
        for key, text in page.errors.items()
        if key not in CONFIRM.by_key
    }
    return known, wrong


def is_about_event(key: str) -> bool:
    """Whether a question is answered once for all, and not for the person as well."""
    return key not in FOUND.by_key


def needs_report(event: Answers, person: Answers) -> bool:
    """A child of whom nobody has said whether a report of concern is made."""
    return is_child_path(person) and not (person.get("report_made") or event.get("report_made"))
