"""The cases behind a number: a list of what the reader may open, chosen by the words of an address.

Nothing here reads a published table, and nothing is found that the inbox or the list of cases would not show:
it begins at the same doors. What is of others, what does not exist and what nobody fits give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from cases.models import CaseGrant
from coordinators.models import Desk
from manual.enums import Exploitation
from nrm_portal.overview import labels, places
from nrm_portal.overview.own import agencies, facts, picking, progress
from nrm_portal.overview.own.choosing import Choice, choice_of
from nrm_portal.overview.own.picking import Picks
from nrm_portal.overview.own.quality import QUESTIONS
from nrm_portal.overview.own.wording import group_names, in_cases, referrals_text, steps_text, wait_names

OPEN: Final = "oppna"
LABELS: Final[Mapping[str, Promise]] = {
    picking.KIND: gettext_lazy("Kind"),
    picking.COUNTY: gettext_lazy("County"),
    picking.GROUP: gettext_lazy("Group"),
    picking.FORM: gettext_lazy("Form of exploitation"),
    picking.SENDER: gettext_lazy("Referred by"),
    picking.FATE: gettext_lazy("Became"),
    picking.ANSWER: gettext_lazy("Time to first answer"),
    picking.MISSING: gettext_lazy("Not known or not stated"),
    picking.DESK: gettext_lazy("Desk"),
    picking.AGAIN: gettext_lazy("Referred again"),
    picking.CALLED: gettext_lazy("The helpline"),
    picking.CLOSED: gettext_lazy("Closed as"),
    picking.REACHED: gettext_lazy("Came to the step"),
    picking.LATE: gettext_lazy("Step that became late"),
    picking.LATE_NOW: gettext_lazy("Late step now"),
}

EVERY: Final = "."
"""The code of late steps whatever their agency and step."""
WHOLE: Final[Mapping[str, Promise]] = {
    picking.ALL: gettext_lazy("All referrals"),
    picking.MONTH: gettext_lazy("All referrals"),
    picking.LATE: gettext_lazy("All steps that became late"),
    picking.LATE_NOW: gettext_lazy("All late steps now"),
}
"""What a list of everything is of."""


@dataclass(frozen=True)
class Behind:
    """What was asked for, in words, and the grants of the cases that fit."""

    choice: Choice
    words: Sequence[str]
    counted: str
    """How many of what was counted, when that is more than the cases."""
    grants: QuerySet[CaseGrant]


def of(by: Assignment, desks: Sequence[Desk], query: Mapping[str, str]) -> Behind:
    """The cases of her desks, or of her agency for somebody without a desk."""
    choice = choice_of(query, desks)
    wanted = {word: query[word] for word in (*LABELS, picking.MONTH, picking.ALL) if query.get(word)}
    found: list[UUID] = []
    if desks and wanted:
        found = Picks(by, choice).things(wanted)
    elif picking.LATE_NOW in wanted:
        found = agencies.cases_of_late_steps(by, choice, wanted[picking.LATE_NOW])
    base = facts.held(by, choice) if desks else agencies.held(by)
    grants = base.filter(case_id__in=set(found))
    if query.get(OPEN):
        grants = grants.filter(is_open=True)
    words = _words(choice, wanted, query) if found else []
    return Behind(choice, words, "" if query.get(OPEN) else _counted(found, wanted), grants)


def _counted(found: Sequence[UUID], wanted: Mapping[str, str]) -> str:
    """Why a number is larger than its list: steps, or referrals of merged cases."""
    cases = len(set(found))
    if len(found) == cases:
        return ""
    is_of_steps = picking.LATE in wanted or picking.LATE_NOW in wanted
    return in_cases(steps_text(len(found)) if is_of_steps else referrals_text(len(found)), cases)


def _words(choice: Choice, wanted: Mapping[str, str], query: Mapping[str, str]) -> list[str]:
    """What the list shows: the period, then each word with its name."""
    is_now = picking.LATE_NOW in wanted
    desks = [str(desk.name) for desk in choice.desks] if choice.desk else []
    found = [] if is_now else [choice.label]
    for word, code in wanted.items():
        name = _name(word, code, choice)
        if word in WHOLE and (word not in LABELS or code == EVERY):
            found.append(str(WHOLE[word]))
        elif word in LABELS and name:
            found.append(f"{LABELS[word]}: {name}")
    return [*desks, *found, *([_("Open cases alone")] if query.get(OPEN) else [])]


def _name(word: str, code: str, choice: Choice) -> str:
    """The name of a code; nothing for one that nobody knows."""
    match word:
        case picking.LATE | picking.LATE_NOW:
            agency, _dot, phase = code.partition(".")
            return ", ".join(filter(None, (progress.agencies().get(agency), progress.phases().get(phase))))
        case picking.COUNTY:
            special = {facts.UNKNOWN: _("Not known"), facts.HIDDEN: _("Not shown: protected identity")}
            return {**places.places().counties, **special}.get(code, "")
        case picking.DESK:
            return next((str(desk.name) for desk in choice.desks if str(desk.pk) == code), "")
        case picking.MISSING:
            question, _dot, how = code.partition(".")
            name = str(QUESTIONS.get(question, ""))
            return f"{name} ({str(labels.NEITHER[how]).lower()})" if name and how in labels.NEITHER else name
        case picking.CALLED:
            return _("called about the case")
        case _:
            return str(_codes().get(word, {}).get(code, ""))


def _codes() -> dict[str, Mapping[str, object]]:
    outcomes = progress.fates()
    return {
        picking.KIND: {picking.CASE: _("Person (case)"), picking.CONSULTATION: _("Consultation")},
        picking.GROUP: group_names(),
        picking.FORM: dict(Exploitation.choices),
        picking.SENDER: progress.senders(),
        picking.FATE: outcomes,
        picking.CLOSED: outcomes,
        picking.ANSWER: wait_names(),
        picking.AGAIN: {"alla": _("Yes"), "utnyttjad": _("exploited again since")},
        picking.REACHED: progress.phases(),
    }
