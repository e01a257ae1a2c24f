"""The pages for a decided age and for who is held to be a victim: forms, messages, rights, history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import Outcome
from cases.models import Case, Referral
from cases.services import casework
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.cases.conftest import CHILD

pytestmark = pytest.mark.django_db

UNSURE = {"age_group": "unsure", "municipality_of_presence": "0380"}
AGE = {
    "age_band": "adult",
    "decided_by": "migration_agency",
    "decided_on": "2026-11-20",
    "basis": "Pass funnet",
}
STATUS = {"status": "actual", "decided_by": "police", "decided_on": "2026-11-20", "basis": "Utredning inledd"}


@pytest.fixture
def karin(on_duty: Callable[..., Assignment], freeze: Any) -> Assignment:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Assignment, referrer: Assignment, send: Callable[..., Referral]) -> Case:
    return accepted(send(referrer, CHILD, **UNSURE).case, karin)


def test_an_age_is_decided_and_told(case: Case, karin: Assignment) -> None:
    client, url = browser(karin), f"/arenden/{case.pk}/alder/"
    social = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_CHILD, ground="osl_26_9")
    assert url in client.get(f"/arenden/{case.pk}/").content.decode(), "behind the button More"
    answer = client.post(url, AGE)
    assert answer["Location"] == f"/arenden/{case.pk}/"
    case.refresh_from_db()
    assert case.age_band == "adult"
    page = client.get(f"/arenden/{case.pk}/")
    words = text_of(page)
    assert social.agency.name in words
    assert 'id="age-h"' in page.content.decode()
    history = text_of(client.get(f"/arenden/{case.pk}/historik/"))
    assert "→" in history
    assert "Pass funnet" not in history
    assert "Pass funnet" in text_of(client.get(url))


@pytest.mark.parametrize(("path", "complete"), [("alder", AGE), ("misstanke", STATUS)], ids=["age", "status"])
def test_what_is_missing_is_said_at_the_field_and_the_text_stays(
    case: Case, karin: Assignment, path: str, complete: dict[str, str]
) -> None:
    client, url = browser(karin), f"/arenden/{case.pk}/{path}/"
    for name in complete:
        answer = client.post(url, complete | {name: ""})
        page = answer.content.decode()
        assert answer.status_code == 422, name
        assert f'id="id_{name}_q"' in page
        assert name == "basis" or complete["basis"] in page
    future = client.post(url, complete | {"decided_on": "2027-01-01"})
    assert future.status_code == 422
    case.refresh_from_db()
    assert (case.age_band, case.trafficking_status) == ("unsure", "possible")


def test_the_status_stands_in_the_head_of_whoever_has_the_situation(case: Case, karin: Assignment) -> None:
    client = browser(karin)
    reads = in_case(case, karin, AgencyKind.POLICE, ground="osl_10_23", categories=("situation",))
    works = in_case(case, karin, AgencyKind.HEALTH_CARE, ground="osl_26_9", categories=("health",))
    assert client.post(f"/arenden/{case.pk}/misstanke/", STATUS)["Location"] == f"/arenden/{case.pk}/"
    case.refresh_from_db()
    label = str(case.get_trafficking_status_display())
    assert label in text_of(client.get(f"/arenden/{case.pk}/"))
    assert label in text_of(browser(reads).get(f"/arenden/{case.pk}/"))
    assert label not in text_of(browser(works).get(f"/arenden/{case.pk}/"))
    assert label not in text_of(browser(works).get(f"/arenden/{case.pk}/historik/"))


@pytest.mark.parametrize("path", ["alder", "misstanke"])
def test_who_gets_the_pages(
    case: Case, karin: Assignment, on_duty: Callable[..., Assignment], path: str
) -> None:
    worker = in_case(case, karin, AgencyKind.POLICE, ground="osl_10_23")
    url = f"/arenden/{case.pk}/{path}/"
    assert browser(worker).get(url).status_code == 403
    assert browser(worker).post(url, AGE | STATUS).status_code == 403
    assert browser(on_duty("syd")).get(url).status_code == 404
    case.refresh_from_db()
    assert (case.age_band, case.trafficking_status) == ("unsure", "possible")


def test_a_closed_case_is_read_not_changed(case: Case, karin: Assignment) -> None:
    client = browser(karin)
    client.post(f"/arenden/{case.pk}/misstanke/", STATUS)
    casework.close(case_id=case.pk, outcome=Outcome.SUPPORT_COMPLETED, by=karin)
    page = client.get(f"/arenden/{case.pk}/misstanke/").content.decode()
    assert 'name="status"' not in page
    answer = client.post(f"/arenden/{case.pk}/alder/", AGE, follow=True)
    assert answer.request["PATH_INFO"] == f"/arenden/{case.pk}/", "back to the case, with the reason why not"
    case.refresh_from_db()
    assert case.age_band == "unsure"


def test_one_decision_and_ten_cost_the_same(case: Case, karin: Assignment) -> None:
    client, url = browser(karin), f"/arenden/{case.pk}/alder/"
    client.post(url, AGE)
    few = queries(client, url)
    for number in range(6):
        client.post(url, AGE | {"age_band": ("child", "adult")[number % 2]})
    assert queries(client, url) <= few


def test_in_stockholm_the_case_leaves_with_the_decision(
    on_duty: Callable[..., Assignment], referrer: Assignment, send: Callable[..., Referral], freeze: Any
) -> None:
    freeze("2026-11-23 09:00")
    elsa, _amina = on_duty("stockholm-children"), on_duty("stockholm-adults")
    case = accepted(send(referrer, CHILD, age_group="unsure").case, elsa)
    answer = browser(elsa).post(f"/arenden/{case.pk}/alder/", AGE, follow=True)
    assert answer.request["PATH_INFO"] == "/inkorg/"
    assert case.reference in text_of(answer)
    assert browser(elsa).get(f"/arenden/{case.pk}/").status_code == 404
