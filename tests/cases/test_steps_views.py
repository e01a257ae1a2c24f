"""One step: who reads it, one press to done and back, evidence, hindrance, and two people at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.enums import AgencyKind
from cases.enums import Outcome, StepStatus
from cases.services import casework, steps
from tests.case_factories import accepted, browser, in_case, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def referral(karin: Any, referrer: Any, send: Any) -> Any:
    return send(referrer)


@pytest.fixture
def case(referral: Any, karin: Any) -> Any:
    return accepted(referral.case, karin)


def open_step(case: Any, **owner: Any) -> Any:
    return (
        case.steps.filter(status=StepStatus.OPEN, **owner)
        .select_related("template")
        .order_by("due_at", "key")
        .first()
    )


def at(step: Any, verb: Any = "") -> Any:
    return f"/arenden/{step.case_id}/checklista/{step.pk}/{verb}"


def test_the_page_says_what_until_when_and_why(case: Any, karin: Any) -> None:
    step = open_step(case, desk=case.desk)
    page = text_of(browser(karin).get(at(step)))
    assert step.template.title in page and step.template.description.split(".")[0] in page
    assert "Frist" in page and "att bekräfta" in page
    assert "manual" in page.lower()


def test_one_press_is_done_and_undo_takes_it_up_again(case: Any, karin: Any) -> None:
    step, client = open_step(case, desk=case.desk), browser(karin)
    answer = client.post(at(step, "klar/") + "?nasta=/arbete/", {"version": step.version})
    assert answer["Location"] == "/arbete/"
    step.refresh_from_db()
    assert step.status == StepStatus.DONE and step.ended_by_id == karin.user_id
    undo = re.findall(r'action="([^"]*ta-upp/[^"]*)"', client.get("/arbete/").content.decode())[0]
    client.post(undo)
    step.refresh_from_db()
    assert step.status == StepStatus.OPEN


def test_nowhere_else_follows_a_press(case: Any, karin: Any) -> None:
    step = open_step(case, desk=case.desk)
    answer = browser(karin).post(at(step, "klar/") + "?nasta=https://example.org/", {"version": step.version})
    assert answer["Location"] == f"/arenden/{case.pk}/checklista/"


def test_strangers_and_other_methods(case: Any, karin: Any, on_duty: Any, referrer: Any) -> None:
    step = open_step(case, desk=case.desk)
    for who in (on_duty("syd"), referrer):
        client = browser(who)
        assert client.get(at(step)).status_code == 404
        for verb in ("klar", "spara", "paborja", "inte-aktuell", "hinder", "ta-upp", "ansvarig"):
            assert client.post(at(step, f"{verb}/")).status_code == 404
            assert client.get(at(step, f"{verb}/")).status_code == 405


def test_another_agencys_step_can_be_read_and_not_done(case: Any, karin: Any) -> None:
    police, social = in_case(case, karin), in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT)
    step = case.steps.get(agency_id=police.agency_id, key="ident.police.recognise")
    client = browser(social)
    assert client.get(at(step)).status_code == 200
    assert "Spara och markera" not in text_of(client.get(at(step)))
    assert client.post(at(step, "klar/"), {"version": step.version}).status_code == 403


def test_the_coordinator_says_who_reported_it(case: Any, karin: Any) -> None:
    police = in_case(case, karin)
    step = case.steps.get(agency_id=police.agency_id, key="ident.police.recognise")
    client = browser(karin)
    bare = client.post(at(step, "klar/"), {"version": step.version})
    assert bare.status_code == 422 and "Skriv vem som" in text_of(bare)
    client.post(at(step, "klar/"), {"version": step.version, "reported_by": "Nils, per telefon"})
    step.refresh_from_db()
    assert step.status == StepStatus.DONE
    assert "Nils, per telefon" in text_of(client.get(at(step)))


def test_saving_twice_in_two_ways(case: Any, karin: Any) -> None:
    step, client = open_step(case, desk=case.desk), browser(karin)
    client.post(at(step, "spara/"), {"version": step.version, "remark": "Ringde i dag"})
    step.refresh_from_db()
    assert step.status == StepStatus.STARTED and step.remark == "Ringde i dag"
    client.post(at(step, "klar/"), {"version": step.version, "remark": "Klart nu", "done_on": "2026-11-20"})
    step.refresh_from_db()
    assert step.status == StepStatus.DONE and str(step.done_on) == "2026-11-20" and step.remark == "Klart nu"


def test_a_day_in_the_future_is_not_done(case: Any, karin: Any) -> None:
    step, client = open_step(case, desk=case.desk), browser(karin)
    page = client.post(
        at(step, "klar/"), {"version": step.version, "done_on": "2027-01-01", "remark": "Behåll mig"}
    )
    assert page.status_code == 422 and "framtiden" in text_of(page) and "Behåll mig" in text_of(page)


def test_not_applicable_and_blocked_say_why(case: Any, karin: Any) -> None:
    step, client = open_step(case, desk=case.desk), browser(karin)
    assert "Välj varför" in text_of(client.post(at(step, "inte-aktuell/"), {"na-version": step.version}))
    blocked = {"block-version": step.version, "block-blocked_on": "interpreter", "block-remark": "Ingen tolk",
               "block-next_check_on": "2026-11-30"}  # fmt: skip
    client.post(at(step, "hinder/"), blocked)
    step.refresh_from_db()
    assert step.status == StepStatus.BLOCKED
    assert "tolk" in text_of(client.get(f"/arenden/{case.pk}/checklista/"))
    client.post(at(step, "inte-aktuell/"), {"na-version": step.version, "na-reason": "not_needed"})
    step.refresh_from_db()
    assert step.status == StepStatus.NOT_APPLICABLE and step.blocked_on == ""


def test_whoever_saves_second_sees_both_and_keeps_her_text(case: Any, karin: Any, on_duty: Any) -> None:
    step, jonas = open_step(case, desk=case.desk), browser(on_duty("mitt", "Jonas Ek"))
    old = step.version
    steps.save(step_id=step.pk, remark="Karins text", by=karin, version=old)
    page = jonas.post(at(step, "spara/"), {"version": old, "remark": "Jonas text"})
    assert page.status_code == 409
    assert "Karins text" in text_of(page) and "Jonas text" in text_of(page) and "Karin Holm" in text_of(page)
    step.refresh_from_db()
    assert step.remark == "Karins text"
    version = re.findall(r'name="version" value="(\d+)"', page.content.decode())[0]
    jonas.post(at(step, "spara/"), {"version": version, "remark": "Jonas text"})
    step.refresh_from_db()
    assert step.remark == "Jonas text"


def test_a_step_is_given_to_a_colleague_and_to_nobody_else(case: Any, karin: Any, on_duty: Any) -> None:
    jonas, step, client = on_duty("mitt", "Jonas Ek"), open_step(case, desk=case.desk), browser(karin)
    outsider = in_case(case, karin)
    assert client.post(at(step, "ansvarig/"), {"who-assignee": str(outsider.user_id)}).status_code == 422
    client.post(at(step, "ansvarig/"), {"who-assignee": str(jonas.user_id)})
    step.refresh_from_db()
    assert step.assignee_id == jonas.user_id


def test_the_referrer_does_her_own_duty_without_seeing_the_case(referral: Any, referrer: Any) -> None:
    step = referral.case.steps.filter(agency_id=referrer.agency_id).select_related("template").first()
    if step.status == StepStatus.DONE:  # the referral itself has answered it
        step = steps.reopen(step_id=step.pk, by=referrer)
    client = browser(referrer)
    page = text_of(client.get(at(step)))
    assert step.template.title in page and referral.case.title not in page
    answer = client.post(at(step, "klar/"), {"version": step.version})
    assert answer["Location"] == f"/hanvisningar/{referral.pk}/"
    step.refresh_from_db()
    assert step.status == StepStatus.DONE


def test_nothing_can_be_done_in_a_closed_case(case: Any, karin: Any) -> None:
    step = open_step(case, desk=case.desk)
    casework.close(case_id=case.pk, outcome=Outcome("returned"), by=karin)
    client = browser(karin)
    assert "Spara och markera" not in text_of(client.get(at(step)))
    assert client.post(at(step, "klar/"), {"version": step.version}).status_code == 302
    step.refresh_from_db()
    assert step.status == StepStatus.CANCELLED
