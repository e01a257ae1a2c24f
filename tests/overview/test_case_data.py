"""Case data in HTCDS: who may take out which cases, what a line says and never says, what is left behind."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import Category, DisclosureKind, NotTakenReason, Outcome, TraffickingStatus
from cases.models import Case, CaseGrant, Disclosure, LegalGround, Person, Referral
from cases.services import assessments, casework, reading, recusals, triage
from cases.services.standard import counterparts, lists, rows, taking
from core import clock
from core.models import AuditEvent
from tests.case_factories import browser, text_of
from tests.cases.conftest import CHILD
from tests.cases.test_sections import CONSULTATION
from tests.factories import AgencyFactory, member
from tests.overview.standing import loaded, portal

__all__ = ["loaded", "portal"]

PAGE = "/statistik/arendedata/"
RICH: dict[str, Any] = {
    "name": "Lind-83",
    "alias_used": "Rönn",
    "birth": "1997-03-14",
    "contact_phone": "070-123 45 67",
    "safe_contact_method": "phone",
    "citizenship": ["MD", "RO"],
    "sex": "woman",
    "forms": ["labour", "military"],
    "main_form": "labour",
    "sector": "cleaning",
    "recruitment": ["family", "smuggler", "agency"],
    "control_means": ["debt", "documents", "confinement"],
    "narrative": "Städar i tre hotell om natten.",
    "municipality_of_presence": "2184",
}
SEND = {"ar": "2026", "format": "csv", "skal": "Årsrapport till samordningen", "provad": "on"}


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-12-09 09:30")


@pytest.fixture
def karin(on_duty: Any) -> Assignment:
    return on_duty("mitt", "Karin Holm")  # type: ignore[no-any-return]


@pytest.fixture
def police(portal: None) -> Assignment:
    return member("caseworker", agency=AgencyFactory.create(kind=AgencyKind.POLICE))


@pytest.fixture
def rich(send: Any, police: Assignment, karin: Assignment) -> Referral:
    """Gävle, sent by the police, with everything coded that the form can ask."""
    found: Referral = send(police, **RICH)
    return found


def taken(by: Assignment, year: int = 2026) -> list[dict[str, str]]:
    found = taking.take_out(year=year, form="csv", reason="Till samordningen", by=by)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def read(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode())))


# --- what a line says ------------------------------------------------------------------------------------


def test_a_line_in_the_words_of_the_standard(rich: Referral, karin: Assignment) -> None:
    (line,) = taken(karin)
    assert re.fullmatch(r"p[0-9a-f]{12}", line.pop("Pseudonym"))
    assert re.fullmatch(r"[0-9a-f-]{36}", line.pop("File"))
    assert line == {
        "prs_Gender": "Feminine",
        "prs_Citizenship": "MD RO",
        "vic_TraffickingStatus": "PossibleVictimOfTrafficking",
        "vic_TraffickingStatusDecisionMakingOrg": "",
        "vic_MethodOfRecruitment": "Other ThroughFamilyOrFamilyEvents",
        "vic_MethodsOfControl": "DebtBondage Other WithholdsDocuments",
        "vic_TypeOfExploitation": "ForcedLabour Other",
        "vic_ForcedLabourIndustry": "N_AdministrativeAndSupportServiceActivities",
        "cas_Status": "Active",
        "cas_ReasonForCaseClosure": "",
        "cas_IncomingReferralDate": "2026-12",
        "org_Type": "LawEnforcement",
    }


def test_a_recognised_and_closed_case(rich: Referral, karin: Assignment, freeze: Any) -> None:
    triage.accept(case_id=rich.case_id, by=karin)
    for status, who in (
        (TraffickingStatus.NOT, AgencyKind.POLICE),
        (TraffickingStatus.ACTUAL, AgencyKind.MIGRATION_AGENCY),
    ):
        assessments.recognise(
            case_id=rich.case_id,
            status=status,
            decided_on=clock.today(),
            decided_by=who,
            basis="Intyg",
            by=karin,
        )
        freeze("2027-01-11 14:00")
    casework.close(case_id=rich.case_id, outcome=Outcome.TRANSFERRED, by=karin)
    (line,) = taken(karin)
    assert line["vic_TraffickingStatus"] == "ActualVictimOfTrafficking"
    assert line["vic_TraffickingStatusDecisionMakingOrg"] == "NonPoliceGovernmentalOrganization"
    assert (line["cas_Status"], line["cas_ReasonForCaseClosure"]) == (
        "ClosedReferred",
        "Handed to other ordinary support",
    )
    assert line["cas_IncomingReferralDate"] == "2026-12"


def test_what_has_no_name_in_the_standard_is_empty(send: Any, referrer: Any, karin: Assignment) -> None:
    send(referrer, citizenship=["XK"], sex="unknown", forms=["unknown"], municipality_of_presence="2181")
    (line,) = taken(karin)
    assert (line["prs_Citizenship"], line["vic_TypeOfExploitation"]) == ("", "")
    assert line["prs_Gender"] == "NonSpecifiedUnknown"


@pytest.mark.security("S49", "case data: no name, number, birth, contact, place, free text or exact day")
def test_nothing_else_of_the_person_is_in_the_file(rich: Referral, karin: Assignment) -> None:
    client = browser(karin)
    case = Case.objects.get(pk=rich.case_id)
    secrets = ["Lind", "Rönn", "1997", "070", "Gävle", "2184", "hotell", "12-09", rich.reference]
    secrets += [str(case.pk), str(case.person_id), str(rich.pk), "Mitt", "adult", karin.agency.name, "Karin"]
    for form in ("csv", "xlsx"):
        response = client.post(PAGE, SEND | {"format": form})
        assert response.status_code == 200
        if form == "csv":
            found = [list(line.values()) for line in read(response)]
        else:
            sheet = load_workbook(io.BytesIO(response.content))["HTCDS 2.0"]
            found = [[str(cell.value) for cell in row] for row in sheet.iter_rows()]
        text = "\n".join(value for line in found for value in line[2:])  # after file and pseudonym
        assert "Feminine" in text
        assert not [word for word in secrets if word in text]


@pytest.mark.security("S49", "case data: pseudonyms of two files of the same cases")
def test_pseudonyms_are_drawn_anew_and_kept_nowhere(
    rich: Referral, send: Any, referrer: Any, karin: Assignment
) -> None:
    for _n in range(3):
        send(referrer, municipality_of_presence="2181")
    first, second = taken(karin), taken(karin)
    names = [[line["Pseudonym"] for line in found] for found in (first, second)]
    assert len(set(names[0])) == 4 and not set(names[0]) & set(names[1])
    assert names[0] == sorted(names[0]), "the order of lines is that of the pseudonyms"
    kept = [str(row.facts) + row.reason for row in AuditEvent.objects.filter(verb="case.export")]
    kept += [f"{row.subject_id} {row.what}" for row in Disclosure.objects.all()]
    assert not [name for found in names for name in found if name in " ".join(kept)]
    assert {line["File"] for line in first} != {line["File"] for line in second}


# --- which cases -----------------------------------------------------------------------------------------


@pytest.mark.security("S01", "case data of another desk's cases")
def test_only_cases_of_her_own_desks(
    rich: Referral, send: Any, referrer: Any, karin: Assignment, on_duty: Any
) -> None:
    elsewhere = on_duty("syd")
    send(referrer, municipality_of_presence="1280", sex="man", citizenship=["BG"])
    assert [line["prs_Citizenship"] for line in taken(elsewhere)] == ["BG"]
    assert [line["prs_Citizenship"] for line in taken(karin)] == ["MD RO"]
    assert [row.cases for row in taking.years(karin)] == [1]


@pytest.mark.parametrize("protection", ["needed", "secrecy_marking", "protected_registration", "fictitious"])
@pytest.mark.security("S15", "case data of a person with protected identity")
def test_protected_people_are_left_out(
    rich: Referral, send: Any, referrer: Any, karin: Assignment, protection: str
) -> None:
    hidden = send(referrer, protected_identity=protection, municipality_of_presence="2181")
    assert [line["prs_Citizenship"] for line in taken(karin)] == ["MD RO"]
    assert [(row.cases, row.left_out) for row in taking.years(karin)] == [(1, 1)]
    assert not Disclosure.objects.filter(case=hidden.case, kind=DisclosureKind.COPY).exists()
    event = AuditEvent.objects.get(verb="case.export")
    assert event.target_ids == [rich.case_id]
    page = browser(karin).post(PAGE, SEND | {"format": "xlsx"})
    about = load_workbook(io.BytesIO(page.content))["Om data"]
    words = " ".join(str(cell.value) for row in about.iter_rows() for cell in row)
    assert "skyddade personuppgifter" in words and "1 " not in words.split("skyddade")[1][:20]


def test_consultations_practice_tests_and_duplicates_are_left_out(
    rich: Referral, send: Any, referrer: Any, karin: Assignment
) -> None:
    def another(**more: Any) -> Referral:
        found: Referral = send(referrer, municipality_of_presence="2181", **more)
        return found

    for reason in (NotTakenReason.TEST, NotTakenReason.DUPLICATE):
        triage.not_take(case_id=another().case_id, reason=reason, text="", by=karin)
    Case.objects.filter(pk=another().case_id).update(practice=True)
    asked: Referral = send(referrer, CONSULTATION | {"county_general": "21"})
    assert asked.case.is_consultation and asked.case.desk_id == rich.case.desk_id
    assert [line["prs_Citizenship"] for line in taken(karin)] == ["MD RO"]


def test_a_child_without_consent_is_in_it(send: Any, referrer: Any, karin: Assignment) -> None:
    send(referrer, CHILD, municipality_of_presence="0380")
    (line,) = taken(karin)
    assert (line["prs_Citizenship"], line["org_Type"]) == ("SE", "LocalGovernmentOrganisation")


@pytest.mark.security("S27", "case data of a case she cannot handle")
def test_not_what_she_cannot_handle(rich: Referral, karin: Assignment) -> None:
    recusals.recuse(case_id=rich.case_id, reason="Granne", by=karin)
    assert not taking.years(karin)
    with pytest.raises(ValidationError):
        taken(karin)


@pytest.mark.security("S06", "case data after consent was withdrawn from the desk")
def test_not_what_the_desk_may_no_longer_read(rich: Referral, karin: Assignment) -> None:
    CaseGrant.objects.filter(case=rich.case).update(level=2, categories=[])
    with pytest.raises(ValidationError):
        taken(karin)


@pytest.mark.security("S06", "consent is withdrawn while the file is made")
def test_what_ended_before_the_cases_were_locked_makes_no_file(rich: Referral, karin: Assignment) -> None:
    withdrawn = []

    def withdrawn_meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if "FOR NO KEY UPDATE" in sql and '"cases_case"' in sql:
            withdrawn.append(CaseGrant.objects.filter(case=rich.case).update(level=2, categories=[]))
        return execute(sql, *rest)

    with connection.execute_wrapper(withdrawn_meanwhile), pytest.raises(ValidationError):
        taken(karin)
    assert withdrawn and not AuditEvent.objects.filter(verb=taking.VERB).exists()


def test_a_closed_category_is_empty(rich: Referral, karin: Assignment) -> None:
    CaseGrant.objects.filter(case=rich.case).update(categories=[Category.SITUATION])
    (line,) = taken(karin)
    assert line["prs_Citizenship"] == "" and line["prs_Gender"] == "Feminine"
    assert Disclosure.objects.get(kind=DisclosureKind.COPY).categories == [Category.SITUATION]


def test_years_follow_the_calendar_in_stockholm(
    send: Any, referrer: Any, karin: Assignment, freeze: Any
) -> None:
    for moment in ("2025-12-31 23:30", "2026-01-01 00:30"):
        freeze(moment)
        send(referrer, consent_date="2025-12-30")
    assert [(row.year, row.cases) for row in taking.years(karin)] == [(2026, 1), (2025, 1)]
    assert [line["cas_IncomingReferralDate"] for line in taken(karin, 2025)] == ["2025-12"]


# --- by whom, and what stands in the log -----------------------------------------------------------------


@pytest.mark.security("S20", "case data by those who hold no cases")
def test_without_the_right_nothing(rich: Referral, police: Assignment) -> None:
    assert browser(police).get(PAGE).status_code == 403
    with pytest.raises(PermissionDenied):
        taken(police)
    refused = AuditEvent.objects.filter(outcome="refused", user_id=police.user_id)
    assert set(refused.values_list("verb", flat=True)) == {"page.open", "case.export"}


def test_the_national_desk_has_only_what_it_holds(rich: Referral, on_duty: Any) -> None:
    page = browser(on_duty("national")).get(PAGE)
    assert page.status_code == 200 and "Inget ärende att ta ut" in text_of(page)
    assert b'<form method="post" novalidate' not in page.content


@pytest.mark.security("S46", "case data: in the log and the ledger of every case")
def test_every_case_says_that_a_copy_was_taken(rich: Referral, karin: Assignment) -> None:
    client = browser(karin)
    (line,) = read(client.post(PAGE, SEND))
    event = AuditEvent.objects.get(verb="case.export")
    assert event.target_ids == [rich.case_id] and event.reason == SEND["skal"]
    assert event.facts == {"file": line["File"], "year": 2026, "form": "csv", "rows": 1}
    row = Disclosure.objects.get(kind=DisclosureKind.COPY)
    assert (str(row.subject_id), row.by_id, row.case_id) == (line["File"], karin.user_id, rich.case_id)
    assert row.categories == [Category.IDENTITY, Category.SITUATION]
    assert "Tog ut ärendedata" in text_of(client.get(f"/arenden/{rich.case_id}/atkomstlogg/"))
    case = Case.objects.get(pk=rich.case_id)
    assert karin.user.name in {one.user for one in reading.readers(case, [])}
    auditor = browser(member(Role.AUDITOR))
    copies = text_of(auditor.get("/granskning/kopior/"))
    assert line["File"] in copies and rich.reference in copies and SEND["skal"] in copies


def test_the_page_counts_says_what_is_missing_and_keeps_what_was_typed(
    rich: Referral, karin: Assignment
) -> None:
    client = browser(karin)
    page = client.get(PAGE)
    assert page.content.decode().count("<h1") == 1 and "2026" in text_of(page)
    wrong = client.post(PAGE, {"ar": "2026", "format": "csv", "skal": "Till IOM"})
    assert wrong.status_code == 422 and 'value="Till IOM"' in wrong.content.decode()
    assert "Sekretesspröva först" in text_of(wrong)
    for bad in ({"ar": "1999"}, {"format": "pdf"}, {"skal": ""}, {"ar": "x"}):
        assert client.post(PAGE, SEND | bad).status_code == 422
    assert not AuditEvent.objects.filter(verb="case.export").exists()


def test_the_workbook_says_whose_it_is_and_runs_nothing(rich: Referral, karin: Assignment) -> None:
    response = browser(karin).post(PAGE, SEND | {"format": "xlsx", "skal": "=1+1 till IOM"})
    assert response["Content-Disposition"] == 'attachment; filename="nrm-htcds-2026-2026-12-09.xlsx"'
    book = load_workbook(io.BytesIO(response.content))
    about = {row[0].value: row[1] for row in book["Om data"].iter_rows() if row[0].value}
    assert about["Skäl"].value == "=1+1 till IOM" and about["Skäl"].data_type == "s"
    assert about["Av"].value.startswith("Karin Holm")
    sheet = book["HTCDS 2.0"]
    assert [cell.value for cell in sheet[1]][:3] == ["File", "Pseudonym", "prs_Gender"]
    assert sheet.max_row == 2 and sheet["C2"].value == "Feminine"


def test_a_fixed_number_of_questions_however_many_cases(
    rich: Referral, send: Any, referrer: Any, karin: Assignment, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as few:
        taken(karin)
    for _n in range(4):
        send(referrer, municipality_of_presence="2181")
    with django_assert_max_num_queries(20) as many:
        taken(karin)
    assert len(few.captured_queries) == len(many.captured_queries)


# --- against the standard's own list ---------------------------------------------------------------------


def test_what_is_not_in_the_standard_is_never_written(
    rich: Referral, karin: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = dict(counterparts.GENDER) | {"woman": counterparts.To("Female")}
    monkeypatch.setattr(counterparts, "GENDER", wrong)
    with pytest.raises(lists.NotInStandard, match="prs_Gender: 'Female' is not in the list"):
        taken(karin)
    assert not AuditEvent.objects.filter(verb="case.export").exists()
    assert not Disclosure.objects.filter(kind=DisclosureKind.COPY).exists()


def test_every_column_is_a_core_field_or_the_kind_of_referrer() -> None:
    known = lists.fields()
    assert all(name in known and not known[name].is_deprecated for name in rows.COLUMNS)
    assert [name for name in rows.COLUMNS if not known[name].is_core] == ["org_Type"]


def test_nothing_is_left_of_the_unused(rich: Referral) -> None:
    assert Person.objects.count() == 1 and LegalGround.objects.filter(case=rich.case).exists()
    assert Client().get(PAGE).status_code == 302
