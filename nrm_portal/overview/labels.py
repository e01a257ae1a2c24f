"""What the codes of a dimension are called, in the order in which they stand in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import AgencyKind
from cases.enums import Citizenship, Outcome, Sex
from cases.services import tallies
from coordinators.enums import AgeBand
from core.swedish import swedish_key
from hotline.enums import Caller, Profession, Topic
from manual.enums import Exploitation, Phase
from nrm_portal.overview.codes import AGAIN, CASE, CONSULTATION, FIRST, NOT_STATED, UNKNOWN
from nrm_portal.overview.places import Places

Words = Mapping[str, str | Promise]

NEITHER: Final[Words] = {UNKNOWN: gettext_lazy("Not known"), NOT_STATED: gettext_lazy("Not stated")}
GROUPS: Final[Words] = {
    "women": gettext_lazy("Women"),
    "men": gettext_lazy("Men"),
    "girls": gettext_lazy("Girls"),
    "boys": gettext_lazy("Boys"),
    "other": gettext_lazy("Other or not known"),
}
WAITS: Final[Words] = {
    "4h": gettext_lazy("Within 4 hours"),
    "1d": gettext_lazy("4–24 hours"),
    "3d": gettext_lazy("1–3 days"),
    "later": gettext_lazy("More than 3 days"),
}
CALLERS: Final[Words] = {
    FIRST: gettext_lazy("Professionals, a new matter"),
    AGAIN: gettext_lazy("Professionals, about an earlier call"),
    Caller.PUBLIC.value: Caller.PUBLIC.label,
    Caller.SILENT.value: Caller.SILENT.label,
    Caller.WRONG_NUMBER.value: Caller.WRONG_NUMBER.label,
    Caller.TEST.value: Caller.TEST.label,
}
FIXED: Final[Mapping[str, Words]] = {
    "kind": {CASE: gettext_lazy("Persons (cases)"), CONSULTATION: gettext_lazy("Consultations")},
    "group": GROUPS,
    "wait": WAITS,
    "caller": CALLERS,
    "person": {
        FIRST: gettext_lazy("Persons, each once a year"),
        AGAIN: gettext_lazy("Further cases of the same persons"),
    },
    "history": {
        FIRST: gettext_lazy("Not referred before"),
        "referred_again": gettext_lazy("Referred before"),
        "exploited_again": gettext_lazy("Referred before and exploited anew since"),
    },
    "led": {
        "referral": gettext_lazy("A referral or a consultation"),
        "none": gettext_lazy("Advice alone"),
    },
}
ANSWERS: Final[Words] = {tallies.KNOWN: gettext_lazy("Known"), **NEITHER}
GIVEN: Final[Words] = {
    tallies.GIVEN: gettext_lazy("Given"),
    tallies.NOT_GIVEN: gettext_lazy("Not given, as far as the portal shows"),
}
HEADS: Final[Words] = {
    "kind": gettext_lazy("What"),
    "county": gettext_lazy("County"),
    "area": gettext_lazy("Region"),
    "region": gettext_lazy("Region"),
    "group": gettext_lazy("Group"),
    "sex": gettext_lazy("Sex"),
    "age": gettext_lazy("Age"),
    "form": gettext_lazy("Form of exploitation"),
    "citizenship": gettext_lazy("Citizenship"),
    "agency": gettext_lazy("Agency"),
    "step": gettext_lazy("Step"),
    "phase": gettext_lazy("Step"),
    "outcome": gettext_lazy("Outcome"),
    "wait": gettext_lazy("Time"),
    "person": gettext_lazy("What"),
    "history": gettext_lazy("What"),
    "caller": gettext_lazy("Who called"),
    "hour": gettext_lazy("Hour"),
    "profession": gettext_lazy("Profession"),
    "topic": gettext_lazy("Topic"),
    "led": gettext_lazy("Led to"),
}
UNITS: Final[Words] = {
    "referral": gettext_lazy("Referrals"),
    "case": gettext_lazy("Cases"),
    "answer": gettext_lazy("Answers"),
    "late_step": gettext_lazy("Late steps"),
    "phase": gettext_lazy("Cases"),
    "closed": gettext_lazy("Closed"),
    "call": gettext_lazy("Calls"),
    "matter": gettext_lazy("Matters"),
    "topic": gettext_lazy("Times"),
}


def of(dimension: str, at: Places) -> dict[str, str]:
    """Code → name. A dimension of one question or one kind of support ("answer_sex") is named by its stem."""
    if dimension.startswith("answer_"):
        return _texts(ANSWERS)
    if dimension.startswith("given_"):
        return _texts(GIVEN)
    return _texts(FIXED[dimension]) if dimension in FIXED else _MADE[dimension](at)


def _texts(words: Words) -> dict[str, str]:
    return {code: str(word) for code, word in words.items()}


def _neither(words: Words) -> dict[str, str]:
    return _texts({code: word for code, word in words.items() if code not in NEITHER}) | _texts(NEITHER)


def _counties(at: Places) -> dict[str, str]:
    ordered = sorted(at.counties.items(), key=lambda item: swedish_key(item[1]))
    return dict(ordered) | {UNKNOWN: _("County not known"), NOT_STATED: _("County not stated")}


def _regions(at: Places) -> dict[str, str]:
    return {**at.regions, UNKNOWN: _("No region")}


def _agencies(_at: Places) -> dict[str, str]:
    """As those who owe a step: coordination units owe those of the coordinators."""
    coordinators = {AgencyKind.COORDINATION.value: _("Regional coordinators")}
    return _neither({**dict(AgencyKind.choices), **coordinators})


def _phases(_at: Places) -> dict[str, str]:
    return {phase.value: f"{phase.number} {phase.label}" for phase in Phase}


def hour(code: str) -> str:
    return _("Another time") if code == "other" else f"{int(code)}–{int(code) + 1}"


def _hours(_at: Places) -> dict[str, str]:
    return {code: hour(code) for code in (*(f"{number:02d}" for number in range(24)), "other")}


def _listed(choices: Iterable[tuple[str, str | Promise]]) -> Callable[[Places], dict[str, str]]:
    return lambda _at: _neither(dict(choices))


_MADE: Final[Mapping[str, Callable[[Places], dict[str, str]]]] = {
    "county": _counties,
    "area": _regions,
    "region": _regions,
    "agency": _agencies,
    "step": _phases,
    "phase": _phases,
    "hour": _hours,
    "sex": _listed(Sex.choices),
    "age": _listed(AgeBand.choices),
    "form": _listed(Exploitation.choices),
    "citizenship": _listed(Citizenship.choices),
    "outcome": lambda _at: _texts(dict(Outcome.choices)),
    "profession": _listed(Profession.choices),
    "topic": lambda _at: _texts(dict(Topic.choices)),
}
