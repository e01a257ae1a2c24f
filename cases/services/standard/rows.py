"""A line about a case in the standard's words: coded answers alone, nothing that was written by anybody."""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cases.enums import Category, Citizenship, Status
from cases.models import Case, CaseGrant, Recognition, Referral
from cases.services.standard import counterparts
from cases.services.standard.counterparts import name_of, names_of
from cases.services.standard.lists import COUNTRIES, SEPARATOR, fields
from core import clock, vault

PSEUDONYM: Final = "Pseudonym"
FILE: Final = "File"
OWN: Final = (FILE, PSEUDONYM)
"""Columns of ours before those of the standard, which knows no number of a case."""
COLUMNS: Final[Mapping[str, Category]] = {
    "prs_Gender": Category.SITUATION,
    COUNTRIES: Category.IDENTITY,
    "vic_TraffickingStatus": Category.SITUATION,
    "vic_TraffickingStatusDecisionMakingOrg": Category.SITUATION,
    "vic_MethodOfRecruitment": Category.SITUATION,
    "vic_MethodsOfControl": Category.SITUATION,
    "vic_TypeOfExploitation": Category.SITUATION,
    "vic_ForcedLabourIndustry": Category.SITUATION,
    "cas_Status": Category.SITUATION,
    "cas_ReasonForCaseClosure": Category.SITUATION,
    "cas_IncomingReferralDate": Category.SITUATION,
    "org_Type": Category.SITUATION,
}
"""The fields of the standard that are filled, each with the category of data that must be open to be told."""
TEXTS: Final = {
    "cas_ReasonForCaseClosure": frozenset({*counterparts.CLOSURE.values(), *counterparts.NOT_TAKEN.values()})
}
_MULTI: Final = {"recruitment": counterparts.RECRUITMENT, "control_means": counterparts.CONTROL}


@dataclass(frozen=True)
class Line:
    case: Case
    values: Mapping[str, str] = field(repr=False)

    @property
    def categories(self) -> list[str]:
        """The kinds of data of which something is told."""
        told = {COLUMNS[name].value for name, text in self.values.items() if text}
        return [code for code in Category.values if code in told]


def lines(grants: Sequence[CaseGrant]) -> list[Line]:
    """One for each grant, which must come with its case and its person. Four queries."""
    ids = [grant.case_id for grant in grants]
    referrals: defaultdict[uuid.UUID, list[Referral]] = defaultdict(list)
    sent = Referral.objects.filter(case__in=ids).select_related("agency").defer("document", "wanted")
    for referral in sent.order_by("sent_at", "pk"):
        referrals[referral.case_id].append(referral)
    keys = {one.data_key_id for found in referrals.values() for one in found}
    vault.warm(keys | {grant.case.person.data_key_id for grant in grants if grant.case.person})
    held = Recognition.objects.filter(case__in=ids).order_by("recorded_at", "pk")
    deciders = dict(held.values_list("case_id", "decided_by"))  # the latest is what holds
    return [_line(grant, referrals[grant.case_id], deciders.get(grant.case_id, "")) for grant in grants]


def _line(grant: CaseGrant, sent: list[Referral], decider: str) -> Line:
    case = grant.case
    answers = [one.answers for one in sent if isinstance(one.answers, dict)]  # frozen as they were read
    values = {
        "prs_Gender": name_of(counterparts.GENDER, case.sex),
        COUNTRIES: _countries(grant),
        "vic_TraffickingStatus": name_of(counterparts.TRAFFICKING_STATUS, case.trafficking_status),
        "vic_TraffickingStatusDecisionMakingOrg": name_of(counterparts.DECIDER, decider),
        "vic_MethodOfRecruitment": _several("recruitment", answers),
        "vic_MethodsOfControl": _several("control_means", answers),
        "vic_TypeOfExploitation": names_of(counterparts.EXPLOITATION, case.forms),
        "vic_ForcedLabourIndustry": _industry(answers),
        "cas_Status": _status(case),
        "cas_ReasonForCaseClosure": _closure(case),
        "cas_IncomingReferralDate": f"{clock.local(case.received_at):%Y-%m}",
        "org_Type": _organisation(case, sent),
    }
    open_to_her = set(grant.categories)
    return Line(case, {name: text if COLUMNS[name] in open_to_her else "" for name, text in values.items()})


def _countries(grant: CaseGrant) -> str:
    """Codes of the standard's list; Sweden is known without opening the vault. Stateless has no code."""
    case = grant.case
    if case.person is None or Category.IDENTITY not in grant.categories:
        return ""
    if case.citizenship in (Citizenship.STATELESS, Citizenship.UNKNOWN):
        return ""
    identity = case.person.identity if isinstance(case.person.identity, dict) else {}
    found = identity.get("citizenships", ())
    return SEPARATOR.join(sorted(code for code in found if code in fields()[COUNTRIES].values))


def _several(question: str, answers: Iterable[Mapping[str, Any]]) -> str:
    """Everything that was ticked in any of the referrals."""
    return names_of(_MULTI[question], (value for known in answers for value in known.get(question) or ()))


def _industry(answers: Iterable[Mapping[str, Any]]) -> str:
    """One alone: what was said last."""
    said = [known["sector"] for known in answers if known.get("sector")]
    return name_of(counterparts.INDUSTRY, said[-1]) if said else ""


def _status(case: Case) -> str:
    if {case.outcome, case.not_taken_reason} & counterparts.REFERRED_ON:
        return "ClosedReferred"
    return name_of(counterparts.CASE_STATUS, case.status)


def _closure(case: Case) -> str:
    if case.status == Status.NOT_TAKEN:
        return counterparts.NOT_TAKEN.get(case.not_taken_reason, "")
    return counterparts.CLOSURE.get(case.outcome, "")


def _organisation(case: Case, sent: list[Referral]) -> str:
    """The kind of house that sent the referral by which the case was opened."""
    first = next((referral for referral in sent if referral.reference == case.reference), None)
    return name_of(counterparts.ORGANISATION, first.agency.kind) if first else ""


def shuffled(found: Iterable[Line], file_id: uuid.UUID) -> list[tuple[str, ...]]:
    """Lines under names drawn for this file alone, in the order of the names: none leads back to a case."""
    known = list(found)
    names: set[str] = set()
    while len(names) < len(known):
        names.add(f"p{secrets.token_hex(6)}")  # no spreadsheet takes it for a number
    drawn = list(names)
    secrets.SystemRandom().shuffle(drawn)
    made = zip(drawn, known, strict=True)
    return sorted((str(file_id), name, *(line.values[column] for column in COLUMNS)) for name, line in made)
