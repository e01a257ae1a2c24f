"""S23, called away from a draft: what is typed is kept, its last day is shown, and nobody else reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.enums import AgencyKind, Role
from cases import tasks
from cases.enums import Channel, NoticeGroup, NoticeKind
from cases.models import Draft, Notice, NoticeChoice
from cases.services import drafts
from core.models import OutboundEmail
from tests.case_factories import browser, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
TEXT = "Hon har inget pass och får inte lämna rummet ensam."


@pytest.fixture
def midwife(portal: None, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.HEALTH_CARE, name="Kiruna BB"))


@pytest.fixture
def draft(midwife: Any) -> Draft:
    return drafts.start(by=midwife)


def test_text_of_a_page_left_for_three_hours_is_handed_back(midwife: Any, draft: Draft) -> None:
    client = browser(midwife)
    assert client.get(f"/hanvisning/{draft.pk}/").status_code == 200
    client.session.flush()
    answer = client.post(f"/hanvisning/{draft.pk}/handelsen/", {"narrative": TEXT})
    assert answer.status_code == 401 and TEXT in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Draft.objects.filter(pk=draft.pk).exists()
    again = browser(midwife)
    assert again.get(f"/hanvisning/{draft.pk}/").status_code == 200


def test_the_list_shows_the_last_day(midwife: Any, draft: Draft) -> None:
    assert "21 december" in text_of(browser(midwife).get("/hanvisning/"))
    assert draft.expires_at - draft.started_at == timedelta(days=28)


@pytest.mark.parametrize("channel", [*Channel.values, ""])
def test_warned_seven_days_before_once_whatever_she_has_chosen(
    midwife: Any, draft: Draft, freeze: Any, channel: str
) -> None:
    if channel:
        NoticeChoice.objects.create(user=midwife.user, group=NoticeGroup.CASES, channel=channel)
    freeze("2026-12-13 03:10")
    tasks.expire_drafts()
    assert not Notice.objects.filter(kind=NoticeKind.DRAFT_EXPIRES).exists()
    freeze("2026-12-14 10:00")
    for _run in range(5):
        tasks.expire_drafts()
    assert Notice.objects.filter(kind=NoticeKind.DRAFT_EXPIRES, user=midwife.user).count() == 1
    freeze("2026-12-15 07:30")
    tasks.send_digests()
    tasks.send_digests()
    mails = OutboundEmail.objects.filter(user_id=midwife.user_id, dedupe_key__startswith="digest:").count()
    assert mails == (0 if channel in (Channel.PORTAL, Channel.NEVER) else 1)
    freeze("2026-12-21 10:00")
    tasks.expire_drafts()
    assert not Draft.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize(
    "role", [Role.CASEWORKER, Role.ADMINISTRATOR, Role.AUDITOR, Role.REGIONAL_COORDINATOR]
)
def test_nobody_else_reads_it(midwife: Any, draft: Draft, role: str, on_duty: Any) -> None:
    same_house = role in (Role.CASEWORKER, Role.ADMINISTRATOR)
    other = member(role, agency=midwife.agency) if same_house else member(role)
    client = browser(other)
    for address in ("", "kontrollera/", "handelsen/", "ta-bort/"):
        assert client.get(f"/hanvisning/{draft.pk}/{address}").status_code in (403, 404)
    portal = browser(member(Role.ADMINISTRATOR))
    assert portal.get(f"/hanvisning/{draft.pk}/").status_code in (403, 404)
