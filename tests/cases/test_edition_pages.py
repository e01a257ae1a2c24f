"""The page that compares the edition a case follows with the one in force, and takes it over."""

from __future__ import annotations

from typing import Any, Final

import pytest

from cases.models import Case, Step
from tests.case_factories import accepted, browser, in_case, text_of
from tests.manual.following import Steps, each, follow_on, step_like

pytestmark = pytest.mark.django_db
ASSESS: Final = "ident.rc.assess"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, send: Any, referrer: Any) -> Case:
    return accepted(send(referrer).case, karin)


def change(found: Steps) -> None:
    found[ASSESS].amount = 6
    meet = found.pop("acute.rc.meet")
    found["acute.rc.council"] = step_like(meet, "acute.rc.council", title_sv="Kalla till samråd")
    found["ident.rc.acknowledge"].description_sv += " Skriv också när du ringer."


def at(case: Case, page: str = "") -> str:
    return f"/arenden/{case.pk}/{page}"


def posted(case: Case, edition: Any) -> dict[str, str]:
    case.refresh_from_db()
    return {"edition": str(edition.pk), "version": str(case.version)}


def test_without_a_newer_edition_there_is_nothing_to_take_over(case: Case, karin: Any) -> None:
    client = browser(karin)
    assert at(case, "utgava/") not in client.get(at(case)).content.decode()
    page = client.get(at(case, "utgava/"))
    assert page.status_code == 200 and '<form method="post" class="stack">' not in page.content.decode()


def test_the_coordinator_is_told_and_sees_what_would_change(case: Case, karin: Any) -> None:
    client = browser(karin)
    follow_on(change)
    assert f"/arenden/{case.pk}/utgava/" in client.get(at(case)).content.decode()
    page = text_of(client.get(at(case, "utgava/")))
    assert "Kalla till samråd" in page
    assert "torsdag 26 november 2026" in page and "tisdag 1 december 2026" in page
    assert Case.objects.get(pk=case.pk).edition_id == case.edition_id


def test_taking_over_changes_the_checklist_and_the_banner_goes(case: Case, karin: Any) -> None:
    client, later = browser(karin), follow_on(change)
    answer = client.post(at(case, "utgava/"), posted(case, later), follow=True)
    assert answer.status_code == 200
    assert Step.objects.get(case=case, key="acute.rc.council").status == "open"
    assert "Kalla till samråd" in text_of(client.get(at(case, "checklista/")))
    assert at(case, "utgava/") not in client.get(at(case)).content.decode()
    assert Case.objects.get(pk=case.pk).edition == later


def test_pressing_again_and_an_old_page_change_nothing(case: Case, karin: Any) -> None:
    client, later = browser(karin), follow_on(change)
    sent = posted(case, later)
    assert client.post(at(case, "utgava/"), sent | {"version": "0"}).status_code == 409
    assert client.post(at(case, "utgava/"), sent).status_code == 302
    before = list(Step.objects.order_by("pk").values())
    assert client.post(at(case, "utgava/"), sent).status_code == 302
    assert list(Step.objects.order_by("pk").values()) == before
    for edition in ("", "x", str(case.edition_id)):
        assert client.post(at(case, "utgava/"), sent | {"edition": edition}).status_code == 409


def test_an_agency_learns_nothing_of_a_newer_edition(case: Case, karin: Any) -> None:
    worker = browser(in_case(case, karin))
    before = worker.get(at(case)).content.decode()
    later = follow_on(change)
    assert at(case, "utgava/") not in before + worker.get(at(case)).content.decode()
    assert worker.get(at(case, "utgava/")).status_code == 403
    assert worker.post(at(case, "utgava/"), posted(case, later)).status_code == 403
    assert Case.objects.get(pk=case.pk).edition != later


def test_before_it_is_accepted_it_is_compared_but_not_taken_over(
    karin: Any, send: Any, referrer: Any
) -> None:
    case, client = send(referrer).case, browser(karin)
    later = follow_on(change)
    page = client.get(at(case, "utgava/"))
    assert "Kalla till samråd" in text_of(page)
    assert 'name="edition"' not in page.content.decode()
    client.post(at(case, "utgava/"), posted(case, later))
    assert Case.objects.get(pk=case.pk).edition != later


def test_the_page_asks_no_more_for_many_steps(
    case: Case, karin: Any, django_assert_max_num_queries: Any
) -> None:
    client = browser(karin)
    follow_on(each(9))
    with django_assert_max_num_queries(45):
        assert client.get(at(case, "utgava/")).status_code == 200
