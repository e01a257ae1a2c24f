"""What the portal computes with: the facts a referral brings, read from its answers.

`MILESTONES` and `CONDITIONS` are the table FACTS: which answer makes which dated fact and which condition of
the manual. What no answer gives comes from submit, from an assessment, or is recorded on the case page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from cases.enums import Citizenship, PlaceSource, Protection, Sex
from cases.sections import lists
from cases.sections.fields import Answers, Rule, answered, both, chosen, either
from cases.sections.numbers import is_coordination
from cases.sections.pages import Reading, readable
from cases.sections.rules import (
    REFERRAL,
    age_band,
    has_consented,
    is_child_path,
    is_consultation,
    may_hold_address,
    mode,
    protection,
)
from coordinators.enums import AgeBand
from coordinators.routing import Place
from core import clock
from core.dates import at_time, exact_day
from manual.enums import Condition, Exploitation, Milestone

COORDINATOR: Final = "coordinator"
ONLY_COORDINATOR: Final = "only_coordinator"

Moment = date | datetime


@dataclass(frozen=True, kw_only=True)
class IntakeFacts:
    """Everything about a referral that decides something. Identity is empty in a consultation."""

    mode: str
    """"referral" or "consultation"."""
    age_band: str
    is_child_path: bool
    danger: bool
    sex: str
    citizenship: str
    forms: tuple[str, ...]
    main_form: str
    conditions: frozenset[str]
    protection: str
    place: Place | None
    """The place that routes: now, else found."""
    place_source: str
    municipality_code: str
    county_code: str
    responsible_municipality: str
    identity: dict[str, Any]
    contact: dict[str, Any]
    address: str | None
    identifiers: tuple[tuple[str, str], ...]
    """(kind, normalised value): personal_number, coordination_number, phone, email, passport, lma."""
    consent: dict[str, Any] | None
    milestones: dict[str, Moment]
    """manual.enums.Milestone → a date, or an instant where the hour is known."""
    done_steps: frozenset[str]
    """Keys of the referrer's own steps that the answers show to be done: nobody is reminded of them."""


def facts(answers: Answers | Reading, today: date) -> IntakeFacts:
    """The facts of a draft, complete or not. Unreadable and hidden answers play no part."""
    known = readable(answers)
    place, source = _place(known)
    forms = _forms(known)
    return IntakeFacts(
        mode=mode(known),
        age_band=age_band(known) or AgeBand.UNSURE,
        is_child_path=is_child_path(known),
        danger=DANGER(known),
        sex=_one(known, "sex") or Sex.UNKNOWN,
        citizenship=_citizenship(known),
        forms=forms,
        main_form=_one(known, "main_form") or forms[0],
        conditions=frozenset(condition for condition, rule in CONDITIONS.items() if rule(known)),
        protection=protection(known),
        place=place,
        place_source=source,
        municipality_code=place.municipality_code if place else "",
        county_code=place.county_code if place else "",
        responsible_municipality=_responsible(known, place),
        identity=_identity(known),
        contact=_contact(known),
        address=_address(known),
        identifiers=_identifiers(known),
        consent=_consent(known),
        milestones={fact: moment for fact, read in MILESTONES.items() if (moment := read(known, today))},
        done_steps=frozenset(key for key, rule in DONE_STEPS.items() if rule(known)),
    )


def _one(answers: Answers, key: str) -> str:
    value = answers.get(key) or ""
    return value if isinstance(value, str) else str(value[0])


def _many(answers: Answers, key: str) -> list[str]:
    value = answers.get(key) or []
    return [value] if isinstance(value, str) else [str(part) for part in value]


# --- place ------------------------------------------------------------------------------------------


def _place(answers: Answers) -> tuple[Place | None, PlaceSource]:
    """Where the person is now; else where she was found; never where she was exploited."""
    now = _at(answers, "municipality_of_presence", "county_of_presence", PlaceSource.NOW)
    now = now or _at(answers, "", "county_general", PlaceSource.NOW)
    if now:
        return now, PlaceSource.NOW
    found = _at(answers, "municipality_found", "county_found", PlaceSource.FOUND)
    return (found, PlaceSource.FOUND) if found else (None, PlaceSource.NONE)


def _at(answers: Answers, municipality: str, county: str, source: PlaceSource) -> Place | None:
    if code := _one(answers, municipality):
        return Place(municipality_code=code, county_code=lists.county_of(code), source=source.value)
    code = _one(answers, county)
    return Place(county_code=code, source=source.value) if code and code != lists.UNKNOWN else None


def _responsible(answers: Answers, place: Place | None) -> str:
    if "same" in chosen(answers, "responsible"):
        return _one(answers, "municipality_of_presence")
    return _one(answers, "responsible_municipality")


# --- who --------------------------------------------------------------------------------------------


def _citizenship(answers: Answers) -> str:
    group = _one(answers, "citizenship_group")
    return group or lists.citizenship_group(_many(answers, "citizenship"))


def _forms(answers: Answers) -> tuple[str, ...]:
    return tuple(_many(answers, "forms")) or (Exploitation.UNKNOWN.value,)


def _identity(answers: Answers) -> dict[str, Any]:
    if mode(answers) != REFERRAL:
        return {}
    found: dict[str, Any] = {
        "name": _one(answers, "name"),
        "alias": _one(answers, "alias_used"),
        "birth": _one(answers, "birth"),
        "personal_number": _one(answers, "personal_number"),
        "citizenships": [code for code in _many(answers, "citizenship") if code != lists.UNKNOWN],
        "languages": [code for code in _many(answers, "languages") if code != lists.UNKNOWN],
        "passport": _one(answers, "passport_number"),
        "lma": _one(answers, "lma_number"),
    }
    return {key: value for key, value in found.items() if value}


def _contact(answers: Answers) -> dict[str, Any]:
    """Way, instruction, number, address for e-mail; the instruction is shown before any number.

    What she needs in order to take part goes with it: whoever meets her must know (S31)."""
    found: dict[str, Any] = {
        "way": _one(answers, "safe_contact_method"),
        "times": _one(answers, "safe_contact_times"),
        "phone": _one(answers, "contact_phone"),
        "email": _one(answers, "contact_email"),
        "aids": _aids(answers),
        "sign_language": _one(answers, "sign_language"),
    }
    return {key: value for key, value in found.items() if value}


def _aids(answers: Answers) -> list[str]:
    spoken = ["interpreter"] if "yes" in chosen(answers, "interpreter_needed") else []
    return [*spoken, *_many(answers, "communication_needs")]


def _address(answers: Answers) -> str | None:
    """None at the strictest tiers of protection, whatever was typed (a database constraint says so too)."""
    return (_one(answers, "address") or None) if may_hold_address(answers) else None


def _identifiers(answers: Answers) -> tuple[tuple[str, str], ...]:
    number = _one(answers, "personal_number")
    kind = "coordination_number" if number and is_coordination(number) else "personal_number"
    found = (
        (kind, number.replace("-", "")),
        ("phone", _one(answers, "contact_phone")),
        ("email", _one(answers, "contact_email")),
        ("passport", _one(answers, "passport_number")),
        ("lma", _one(answers, "lma_number")),
    )
    return tuple((name, value) for name, value in found if value)


def _consent(answers: Answers) -> dict[str, Any] | None:
    """Scope (agency kinds and "coordinator"), form, language, interpreter, day; None without consent."""
    if is_child_path(answers) or not has_consented(answers):
        return None
    scope = [kind for kind in _many(answers, "consent_scope") if kind != ONLY_COORDINATOR]
    languages = [code for code in _many(answers, "languages") if code != lists.UNKNOWN]
    return {
        "scope": (COORDINATOR, *scope),
        "form": _one(answers, "consent_form"),
        "language": languages[0] if languages else "",
        "interpreter": "yes" in chosen(answers, "interpreter_used"),
        "given_on": exact_day(_one(answers, "consent_date")),
    }


# --- the table FACTS --------------------------------------------------------------------------------

DANGER: Final = answered("immediate_danger", "yes")


def _day_of(key: str) -> Callable[[Answers, date], Moment | None]:
    return lambda answers, today: exact_day(_one(answers, key))


def _suspicion(answers: Answers, today: date) -> Moment:
    return exact_day(_one(answers, "suspicion_noted")) or today


def _child_suspected(answers: Answers, today: date) -> Moment | None:
    return _suspicion(answers, today) if is_child_path(answers) else None


def _police_informed(answers: Answers, today: date) -> Moment | None:
    """At the hour that was given (today, unless that hour is still to come), else today."""
    if not answered("emergency_contacted", "police")(answers):
        return None
    if not (hour := _one(answers, "police_contacted_at")):
        return today
    moment = at_time(today, hour)
    return moment if moment <= clock.now() else today


MILESTONES: Final[Mapping[Milestone, Callable[[Answers, date], Moment | None]]] = {
    Milestone.SUSPICION_NOTED: _suspicion,
    Milestone.CHILD_SUSPECTED: _child_suspected,
    Milestone.CHILD_REPORT_RECEIVED: _day_of("report_date"),
    Milestone.POLICE_INFORMED: _police_informed,
    Milestone.POLICE_REPORT_MADE: _day_of("police_report_date"),
    Milestone.COUNSEL_APPOINTED: _day_of("counsel_date"),
    Milestone.REFLECTION_APPLIED: _day_of("reflection_applied_on"),
    Milestone.REFLECTION_GRANTED: _day_of("reflection_granted_on"),
    Milestone.REFLECTION_EXPIRES: _day_of("reflection_until"),
    Milestone.RETURN_INTEREST: lambda answers, today: today if answered("needs", "return")(answers) else None,
}
"""Dated facts that an answer gives. REFERRAL_RECEIVED comes from submit."""

CONDITIONS: Final[Mapping[Condition, Rule]] = {
    Condition.ASYLUM_SEEKER: answered("stay_status", "asylum"),
    Condition.CHILD_MISSING: both(is_child_path, answered("risk_factors", "missing_child")),
    Condition.CONSENT_MISSING: is_consultation,
    Condition.COUNSEL_APPOINTED: answered("counsel", "yes"),
    Condition.CUSTODIAN_SUSPECTED: both(is_child_path, answered("child_legal_rep", "custodian_involved")),
    Condition.DETAINED: answered("current_setting", "detention"),
    Condition.FOREIGN_NATIONAL: lambda answers: (
        _citizenship(answers) in (Citizenship.EU, Citizenship.OTHER, Citizenship.STATELESS)
    ),
    Condition.NEEDS_SHELTERED_HOUSING: answered("needs", "safe_housing"),
    Condition.NO_RIGHT_OF_STAY: answered("stay_status", "none"),
    Condition.POLICE_REPORT_MADE: answered("police_report", "yes"),
    Condition.PROTECTED_IDENTITY_NEED: answered("protected_identity", Protection.NEEDED.value),
    Condition.REFLECTION_APPLIED: answered("reflection_status", "applied"),
    Condition.REFLECTION_GRANTED: answered("reflection_status", "granted"),
    Condition.TRANSFER_OR_REMOVAL_PENDING: answered("removal_risk", "yes"),
    Condition.UNACCOMPANIED_CHILD: both(is_child_path, answered("child_legal_rep", "none_here")),
    Condition.VICTIM_IS_SUSPECT: answered("is_suspect_self", "yes"),
    Condition.WANTS_RETURN: answered("needs", "return"),
}
"""Conditions of the manual that an answer gives. The others are recorded on the case page."""

DONE_STEPS: Final[Mapping[str, Rule]] = {
    "ident.ref.safety_first": either(
        answered("immediate_danger", "no"),
        both(DANGER, answered("emergency_contacted", "police", "ambulance", "social_emergency")),
    ),
    "ident.ref.indicators": answered("indicators"),
    "ident.ref.consent": has_consented,
    "ident.ref.consult_anonymous": is_consultation,
    "ident.ref.child_report": answered("report_made", "done"),
}
"""Step of the referrer (keys of manual/data/steps.yaml) → the answers that show it to be done."""
