"""The manual read from a case: the way there, the way back, and the status beside the text."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest

from cases.enums import StepStatus
from core.models import AuditEvent
from manual.models import Edition
from manual.services import sync_manual
from tests.case_factories import accepted, browser, in_case, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-12-09 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def referral(karin: Any, referrer: Any, send: Any) -> Any:
    return send(referrer)


@pytest.fixture
def case(referral: Any, karin: Any) -> Any:
    return accepted(referral.case, karin)


def html(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def asked(case_id: object, path: str = "/manual/1/1-5/") -> str:
    return f"{path}?arende={case_id}"


def step_of(case: Any, section: str, status: str = StepStatus.OPEN) -> Any:
    rows = case.steps.select_related("template").filter(template__paragraph__startswith=f"{section}-")
    return rows.filter(status=status).order_by("template__order").first()


def beside(page: str) -> set[str]:
    """The steps a page links to."""
    return set(re.findall(r"/checklista/([0-9a-f-]{36})/", page))


def test_every_step_of_the_checklist_leads_to_its_paragraph_and_back(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = html(client, f"/arenden/{case.pk}/checklista/")
    links = set(re.findall(r'href="(/manual/[^"]+)"', page))
    assert len(links) >= 3
    for link in links:
        path, _, anchor = link.partition("#")
        there = html(client, path)
        assert f'id="{anchor}"' in there
        assert f'href="/arenden/{case.pk}/checklista/"' in there and case.reference in there


def test_the_status_stands_beside_the_text(case: Any, karin: Any) -> None:
    client, step = browser(karin), step_of(case, "1-5")
    page = html(client, asked(case.pk))
    part = page[page.index('id="in-case"') :]
    assert f'href="/arenden/{case.pk}/checklista/{step.pk}/"' in part
    assert str(step.template.title) in part and str(StepStatus(step.status).label) in part
    other = html(client, asked(case.pk, "/manual/8/8-2/"))
    assert case.reference in other and f"checklista/{step.pk}/" not in other


def test_links_within_the_manual_keep_the_case_and_copies_do_not(case: Any, karin: Any) -> None:
    page = html(browser(karin), asked(case.pk))
    for path in ("/manual/2/", "/manual/1/1-4/"):
        assert f'href="{path}?arende={case.pk}"' in page
    assert f'name="arende" value="{case.pk}"' in page
    assert re.findall(r'data-nrm-copy="([^"]+)"', page)[0] == "http://testserver/manual/1/1-5/#1-5-1"


def test_a_case_reads_the_edition_its_steps_came_from(case: Any, karin: Any, monkeypatch: Any) -> None:
    from tests.manual.test_versions import changed

    changed(monkeypatch)
    sync_manual(by=None, publish=True)
    first = Edition.objects.order_by("number").first()
    assert first is not None and case.edition_id == first.pk
    client = browser(karin)
    links = re.findall(r'href="(/manual/[^"#]+)', html(client, f"/arenden/{case.pk}/checklista/"))
    assert all(f"utgava={first.pk}" in link for link in links)
    there = html(client, links[0])
    assert f"utgava={first.number}" in there and "tidigare version" in there


def test_whoever_has_no_part_in_the_case_reads_the_manual_and_nothing_else(
    case: Any, karin: Any, on_duty: Any
) -> None:
    stranger = on_duty("syd")
    client = browser(stranger)
    plain = html(client, "/manual/1/1-5/")
    pages = {}
    for key in (case.pk, uuid.uuid4()):
        pages[key] = html(client, asked(key))
        assert case.reference not in pages[key] and f"/arenden/{key}" not in pages[key]
        assert 'id="in-case"' not in pages[key]
    first, second = (page.replace(str(key), "") for key, page in pages.items())
    assert re.sub(r'value="[\w-]{30,}"', "", first) == re.sub(r'value="[\w-]{30,}"', "", second)
    assert "?arende" not in plain
    refused = AuditEvent.objects.filter(verb="case.steps", user_id=stranger.user_id, outcome="refused")
    assert refused.count() == 2
    assert queries(client, asked(case.pk)) == queries(client, asked(uuid.uuid4()))


def test_an_odd_case_is_no_case(case: Any, karin: Any) -> None:
    client = browser(karin)
    for odd in ("", "x", "1", "../..", "<script>"):
        page = html(client, asked(odd))
        assert 'id="in-case"' not in page and "<script>" not in page.partition("<main")[2]


def test_an_agency_sees_what_its_checklist_shows_and_an_invited_one_nothing(case: Any, karin: Any) -> None:
    worker = in_case(case, karin)
    client = browser(worker)
    shown = beside(html(client, f"/arenden/{case.pk}/checklista/"))
    mine = case.steps.filter(agency_id=worker.agency_id).select_related("template").first()
    assert str(mine.pk) in shown
    read = beside(html(client, asked(case.pk, f"/manual/{mine.template.paragraph[0]}/")))
    assert str(mine.pk) in read and read <= shown
    invited = in_case(case, karin, kind="social_services_adult", answers=False)
    page = html(browser(invited), asked(case.pk))
    assert case.reference in page and not beside(page)


def test_the_referrer_comes_back_to_her_referral_with_her_own_duties(referral: Any, referrer: Any) -> None:
    own = [
        step
        for step in referral.case.steps.select_related("template")
        if step.agency_id == referrer.agency_id
    ]
    assert own
    anchor = own[0].template.paragraph
    page = html(browser(referrer), asked(referral.case_id, f"/manual/{anchor[0]}/"))
    assert f'href="/hanvisningar/{referral.pk}/"' in page and referral.reference in page
    assert str(own[0].pk) in beside(page[page.index('id="in-case"') :])
    foreign = [step for step in referral.case.steps.all() if step.agency_id != referrer.agency_id]
    assert foreign and all(str(step.pk) not in page for step in foreign)
    assert not AuditEvent.objects.filter(user_id=referrer.user_id, outcome="refused").exists()


def test_reading_from_a_case_is_recorded(case: Any, karin: Any) -> None:
    browser(karin).get(asked(case.pk))
    rows = AuditEvent.objects.filter(verb="case.steps", target_id=case.pk, user_id=karin.user_id)
    assert rows.count() == 1
