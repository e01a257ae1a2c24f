"""Our lists against the standard's own: every value has a name or says why not, and docs/htcds.md tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps

from accounts.enums import AgencyKind
from cases.enums import NotTakenReason, Outcome
from cases.sections import BY_KEY
from cases.services.standard import counterparts, lists, rows
from cases.services.standard.counterparts import MAPPED
from manual.enums import Exploitation
from tests.cases import standard_page


@pytest.mark.parametrize("ours", MAPPED)
def test_every_value_of_a_list_has_a_counterpart_that_stands_in_the_standard(ours: str) -> None:
    values = standard_page.value_lists()[ours]
    for field, table in MAPPED[ours]:
        assert list(table) == values, f"{ours} and {field}"
        assert not lists.problems([field], [[to.name] for to in table.values()])


def about_persons() -> set[tuple[str, ...]]:
    """Values of every coded column that is taken out when a case is disposed of: it is about the person."""
    return {
        tuple(str(value) for value, _label in field.flatchoices)
        for model in apps.get_app_config("cases").get_models()
        for field in model._meta.get_fields()
        if field.name in model.Privacy.scrubbed and getattr(field, "choices", None)  # type: ignore[attr-defined]
    }


def test_every_list_is_in_the_table_or_about_work() -> None:
    found = standard_page.value_lists()
    named = {*MAPPED, *standard_page.WITHOUT, *standard_page.SAME_AS}
    assert named <= set(found), named - set(found)
    questions = {name for name in found if name.startswith("question.")}
    assert questions <= named, f"say in standard_page.py why not: {questions - named}"
    about = {tuple(values) for name, values in found.items() if name in named}
    assert about_persons() <= about, "a list about persons without a counterpart or a reason"
    for name, other in standard_page.SAME_AS.items():
        assert set(found[name]) <= set(found[other]), name
    assert len(named) == len(MAPPED) + len(standard_page.WITHOUT) + len(standard_page.SAME_AS)


def test_the_page_says_what_the_code_says() -> None:
    assert standard_page.PAGE.read_text("utf-8") == standard_page.page(), standard_page.COMMAND


def test_our_words_for_the_end_of_a_case_are_complete() -> None:
    assert set(counterparts.CLOSURE) == set(Outcome.values)
    assert set(counterparts.NOT_TAKEN) == set(NotTakenReason.values) - counterparts.NO_LINE
    assert all(text.isascii() for text in rows.TEXTS["cas_ReasonForCaseClosure"])


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [
        ("prs_Gender", "Feminine", False),
        ("prs_Gender", "Female", True),
        ("prs_Gender", "Feminine Masculine", True),
        ("vic_MethodsOfControl", "DebtBondage Other", False),
        ("vic_MethodsOfControl", "DebtBondage DebtBondage", True),
        ("vic_MethodsOfControl", "DebtBondage ", True),
        ("vic_MethodsOfControl", "DebtBondage;Other", True),
        ("vic_MethodsOfControl", "RestrictsMovement", True),
        ("vic_ForcedLabourIndustry", "F_Construction H_TransportationAndStorage", True),
        ("prs_Citizenship", "SE UA", False),
        ("prs_Citizenship", "XK", True),
        ("prs_Citizenship", "stateless", True),
        ("cas_IncomingReferralDate", "2026-11", False),
        ("cas_IncomingReferralDate", "2026-11-20", True),
        ("cas_IncomingReferralDate", "2026-13", True),
        ("cas_ReasonForCaseClosure", "Contact lost", False),
        ("cas_ReasonForCaseClosure", "Hon ringde inte mer", True),
        ("prs_FirstName", "Ana", True),
        ("vic_Methods_of_Control", "DebtBondage", True),
        ("prs_Gender", "", False),
    ],
)
def test_the_check_tells_right_from_wrong(field: str, text: str, wrong: bool) -> None:
    assert bool(lists.problems([field], [[text]], rows.TEXTS)) is wrong


def test_the_lists_are_those_of_the_two_files() -> None:
    """Counts and hashes as the files have them; a changed copy has to say so."""
    read: dict[str, Any] = json.loads(lists.SOURCE.read_text("utf-8"))
    fields = lists.fields()
    assert len(fields) == 83 and sum(field.is_core for field in fields.values()) == 40
    assert len(read["countries"]) == 249 and "XK" not in read["countries"]
    sizes = {
        name: len(field.values) for name, field in fields.items() if name in rows.COLUMNS and field.values
    }
    assert sizes == {
        "prs_Gender": 6, "prs_Citizenship": 249, "vic_TraffickingStatus": 3,
        "vic_TraffickingStatusDecisionMakingOrg": 5, "vic_MethodOfRecruitment": 10,
        "vic_MethodsOfControl": 16, "vic_TypeOfExploitation": 11, "vic_ForcedLabourIndustry": 21,
        "cas_Status": 4, "org_Type": 9,
    }  # fmt: skip
    assert read["files"]["htcds_xlsform.xlsx"].startswith("bc55a9e986b13fe7")
    assert all(name in fields for name in read["form"]["names"])
    assert read["form"]["values"] == {"vic_MethodsOfControl": {"DebtBondage": "DebtBondage "}}


def test_a_few_counterparts_by_hand() -> None:
    to = counterparts.name_of
    assert to(counterparts.EXPLOITATION, Exploitation.CRIMINALITY) == "Other"
    assert to(counterparts.EXPLOITATION, Exploitation.UNKNOWN) == ""
    assert to(counterparts.ORGANISATION, AgencyKind.SHELTER) == ""
    assert to(counterparts.DECIDER, AgencyKind.PROSECUTOR) == "CourtOrProsecution"
    sector = BY_KEY["background"].by_key["sector"]
    assert [option.value for option in sector.choices] == list(counterparts.INDUSTRY)
