"""docs/htcds.md, made from the code: every list of ours beside the names of HTCDS 2.0.

Write it anew: `bin/manage shell -c "import tests.cases.standard_page as d; d.write()"`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from django.db.models import Choices

from cases.sections import SECTIONS
from cases.services.standard import lists, rows
from cases.services.standard.counterparts import MAPPED, To

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "htcds.md"
COMMAND: Final = 'bin/manage shell -c "import tests.cases.standard_page as d; d.write()"'
APPS: Final = ("accounts", "coordinators", "manual", "cases", "hotline", "core")

NOT_A_LIST: Final = "the standard has no such list"
OTHER_CONSENT: Final = "con_Consent asks about the interview and research; ours is another consent (ADR 1161)"
CALLS: Final = "the helpline keeps no cases; the standard has no calls"
EXAMPLES: Final = "of risk and vulnerability the standard gives only example questions"
DEPRECATED: Final = "vic_Vulnerabilities is deprecated in 2.0, and no list has taken its place"
PLACES: Final = "places are never told"
WITHOUT: Final[Mapping[str, str]] = {
    "cases.Citizenship": "groups; countries themselves are told, by their ISO codes in prs_Citizenship",
    "coordinators.AgeBand": "the standard has a date of birth (prs_Birthdate), never told; and no age group",
    "cases.Protection": f"{NOT_A_LIST}; whoever is protected, or should be, is left out of every file",
    "cases.Outcome": "cas_ReasonForCaseClosure is a text: our own words, always the same. "
    "`transferred` makes cas_Status `ClosedReferred`",
    "cases.NotTakenReason": "cas_ReasonForCaseClosure is a text: our own words, always the same. "
    "`other_authority` makes cas_Status `ClosedReferred`; `test` and `duplicate` are left out",
    "cases.ForwardReason": "between our own desks; cas_ReasonForOutgoingReferral means organisations",
    "cases.LinkKind": NOT_A_LIST,
    "cases.Relation": "nearest is prs_NumberOfChildren, a number; who came along is never told",
    "cases.ConsentForm": OTHER_CONSENT,
    "cases.GroundKind": NOT_A_LIST,
    "cases.Provision": "Swedish law",
    "cases.Category": NOT_A_LIST,
    "cases.PlaceSource": "hte_City and the other places are never told",
    "cases.Urgency": NOT_A_LIST,
    "cases.PeriodKind": NOT_A_LIST,
    "cases.PeriodEnd": NOT_A_LIST,
    "cases.ReturnPart": "nearest is spl_ActionPlan, a text",
    "cases.ReturnStage": "nearest is spl_ActionPlan, a text",
    "cases.BlockedOn": NOT_A_LIST,
    "cases.NotApplicableReason": NOT_A_LIST,
    "manual.Phase": "nearest is spl_Type; a step of the manual is no type of support",
    "manual.Milestone": NOT_A_LIST,
    "manual.Condition": NOT_A_LIST,
    "manual.StepRole": "as accounts.AgencyKind; the roles that are people have no counterpart",
    "manual.Dimension": EXAMPLES,
    "manual.Strength": "signs are no answers",
    "hotline.Caller": CALLS,
    "hotline.Profession": CALLS,
    "hotline.About": CALLS,
    "hotline.Danger": CALLS,
    "hotline.Child": CALLS,
    "hotline.Topic": CALLS,
    "hotline.ReferredTo": CALLS,
    "question.immediate_danger": NOT_A_LIST,
    "question.emergency_contacted": NOT_A_LIST,
    "question.consent_status": OTHER_CONSENT,
    "question.consent_scope": OTHER_CONSENT,
    "question.consent_withdrawable_explained": "a part of the guidance to con_Consent",
    "question.interpreter_used": NOT_A_LIST,
    "question.refusal_reason": NOT_A_LIST,
    "question.report_made": NOT_A_LIST,
    "question.name_unknown": "names are never told",
    "question.citizenship": "stateless and not known have no ISO code: empty",
    "question.languages": "prs_PrimaryLanguage takes ISO 639-2; not a core field, and never told",
    "question.interpreter_needed": NOT_A_LIST,
    "question.safe_contact_method": "contact is never told",
    "question.place_now": PLACES,
    "question.place_found": PLACES,
    "question.responsible": PLACES,
    "question.places": "vic_LocationOfExploitation and hte_Country are never told",
    "question.current_setting": PLACES,
    "question.location_certainty": PLACES,
    "question.perpetrator_knows_location": PLACES,
    "question.county_general": "a consultation has no person; places are never told",
    "question.still_ongoing": NOT_A_LIST,
    "question.indicators": EXAMPLES,
    "question.other_victims": NOT_A_LIST,
    "question.children_involved": "nearest is prs_NumberOfChildren, a number; never told",
    "question.needs": "nearest is spl_Type, of a support plan; a need is no plan",
    "question.health_acute": NOT_A_LIST,
    "question.police_report": NOT_A_LIST,
    "question.already_done": "nearest is spl_Type, of a support plan; what was done once is no plan",
    "question.last_contact": NOT_A_LIST,
    "question.evidence_exists": NOT_A_LIST,
    "question.risk_level": EXAMPLES,
    "question.risk_factors": DEPRECATED,
    "question.future_concern": EXAMPLES,
    "question.pregnant": NOT_A_LIST,
    "question.communication_needs": DEPRECATED,
    "question.stay_status": NOT_A_LIST,
    "question.reflection_status": NOT_A_LIST,
    "question.removal_risk": NOT_A_LIST,
    "question.cooperation": NOT_A_LIST,
    "question.is_suspect_self": NOT_A_LIST,
    "question.counsel": NOT_A_LIST,
    "question.child_legal_rep": NOT_A_LIST,
    "question.guardian_informed": NOT_A_LIST,
    "question.assessment_shared": NOT_A_LIST,
    "question.suspects_known": "per_RoleInProcess is about perpetrators; nothing about them is told",
    "question.suspect_to_police": NOT_A_LIST,
    "question.confirm_necessary": NOT_A_LIST,
}
"""Lists about persons, cases or calls that fill no field of the standard, and why."""

SAME_AS: Final[Mapping[str, str]] = {
    "question.age_group": "coordinators.AgeBand",
    "question.agency_role": "accounts.AgencyKind",
    "question.consent_form": "cases.ConsentForm",
    "question.sex": "cases.Sex",
    "question.citizenship_group": "cases.Citizenship",
    "question.protected_identity": "cases.Protection",
    "question.forms": "manual.Exploitation",
    "question.main_form": "manual.Exploitation",
    "coordinators.PlaceSource": "cases.PlaceSource",
}
"""Questions with the values of another list."""


def value_lists() -> dict[str, list[str]]:
    """Every list of values of ours: those of the code, and the answers that the questionnaire offers."""
    found: dict[str, list[str]] = {}
    for app in APPS:
        for module in _modules(f"{app}.enums"):
            for name, member in vars(module).items():
                if (
                    inspect.isclass(member)
                    and issubclass(member, Choices)
                    and member.__module__ == module.__name__
                ):
                    found[f"{app}.{name}"] = [str(value) for value in member.values]
    for section in SECTIONS:
        for field in section.fields:
            if field.options:
                fixed = () if callable(field.options) else field.options
                found[f"question.{field.key}"] = [str(option.value) for option in fixed]
    return found


def _modules(name: str) -> Iterator[ModuleType]:
    package = importlib.import_module(name)
    yield package
    for part in pkgutil.iter_modules(getattr(package, "__path__", ())):
        yield importlib.import_module(f"{name}.{part.name}")


def page() -> str:
    """The page, made from the tables."""
    return "\n".join([*_head(), *_fields(), *_mapped(), *_without(), *_differences(), ""])


def write() -> None:
    PAGE.write_text(page(), "utf-8")


def _head() -> list[str]:
    return [
        "# Our lists and HTCDS 2.0",
        "",
        f"Made from the code; a test compares. `{COMMAND}` writes it anew.",
        "",
        "The Human Trafficking Case Data Standard 2.0 of the International Organization for Migration (IOM),",
        "CC BY 4.0. `cases/data/htcds.json` holds its lists, `cases/services/standard/` our counterparts.",
        "IOM has not endorsed the portal. Every counterpart is **to be confirmed** by the national desk.",
        "",
        "Where the standard says more than we know, nothing or `Other` is written rather than a guess.",
        "*Nearest* marks names that do not mean quite the same. An empty cell of a file: not asked, not",
        "answered, not known, or without a name in the standard.",
        "",
    ]


def _fields() -> list[str]:
    known = lists.fields()
    lines = [
        "## Fields of a file",
        "",
        "The standard has no number of a case. Two columns of ours come first:",
        f"`{rows.FILE}` (as in the access log) and `{rows.PSEUDONYM}` (drawn for that file, kept nowhere).",
        "",
        "| field | type | filled from |",
        "|---|---|---|",
    ]
    return [
        *lines,
        *(f"| `{name}` | {known[name].type} | {_source(name)} |" for name in rows.COLUMNS),
        "",
        *_never(),
    ]


def _source(name: str) -> str:
    from_lists = [ours for ours, fills in MAPPED.items() if any(field == name for field, _table in fills)]
    other = {
        "prs_Citizenship": "countries of citizenship, ISO 3166, two letters",
        "cas_ReasonForCaseClosure": "cases.Outcome, cases.NotTakenReason: our own English words",
        "cas_IncomingReferralDate": "when the case was received, as a month (2026-11) and never a day",
    }
    return other.get(name) or ", ".join(from_lists)


def _never() -> list[str]:
    never = [name for name, field in lists.fields().items() if field.is_core and name not in rows.COLUMNS]
    return [
        "Core fields that are never filled: names, birth, contact, addresses, staff, free text, places and",
        "organisations by name, what is deprecated, and what we do not ask:",
        f"{', '.join(f'`{name}`' for name in never)}.",
        "",
    ]


def _mapped() -> list[str]:
    lines = ["## Lists with a counterpart", ""]
    for ours, fills in MAPPED.items():
        for field, table in fills:
            lines += [f"### {ours} → `{field}`", "", "| ours | the standard's | |", "|---|---|---|"]
            lines += [f"| `{value}` | {_name(to)} | {to.note} |" for value, to in table.items()]
            lines.append("")
    return lines


def _name(to: To) -> str:
    return f"`{to.name}`" if to.name else "–"


def _without() -> list[str]:
    found = value_lists()
    lines = ["## Lists without a counterpart", "", "| ours | values | why |", "|---|---|---|"]
    for name, why in sorted(WITHOUT.items()):
        values = ", ".join(f"`{value}`" for value in found[name]) or "kept in the manual"
        lines.append(f"| {name} | {values} | {why} |")
    lines += ["", "The same values under another name:"]
    lines += [f"{', '.join(f'{name} = {other}' for name, other in sorted(SAME_AS.items()))}.", ""]
    lines += [
        "All other lists are about how the portal and its people work. The standard has none of them.",
        "",
    ]
    return lines


def _differences() -> list[str]:
    form = lists.form()
    names = ", ".join(f"`{right}` is `{wrong}`" for right, wrong in form["names"].items())
    values = ", ".join(
        f"`{right}` of `{field}` is `{wrong}` with a blank after it"
        for field, pairs in form["values"].items()
        for right, wrong in pairs.items()
    )
    return [
        "## Where the standard's two files differ",
        "",
        "We follow the list of fields (`htcds-field-standards-2.0.ods`). In the form (`htcds_xlsform.xlsx`):",
        "",
        f"- names: {names};",
        f"- values: {values};",
        f"- one answer instead of several: {_code(form['one'])};",
        f"- several instead of one: {_code(form['several'])};",
        f"- text instead of a list or a look-up: {_code(form['text'])};",
        f"- core fields that are missing: {_code(form['missing'])};",
        "- the label of `prs_Title` is that of the second name;",
        "- several values are separated by a blank, as in our files; the list of fields does not say how.",
        "",
        "`RestrictsMovement` is defined in the standard's text, but stands in no list: ours becomes `Other`.",
    ]


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


__all__ = ["PAGE", "SAME_AS", "WITHOUT", "page", "value_lists", "write"]
