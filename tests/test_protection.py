"""The data protection officer's home: what waits for her, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from nrm_portal.protection.queues import QUEUES
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db


def test_her_day_begins_there() -> None:
    browser = sign_in(Client(), member(Role.DATA_PROTECTION_OFFICER))
    page = browser.get("/", follow=True)
    assert page.redirect_chain[-1][0] == "/dataskydd/"
    assert 'href="/dataskydd/"' in page.content.decode()


def test_every_queue_leads_somewhere() -> None:
    body = sign_in(Client(), member(Role.DATA_PROTECTION_OFFICER)).get("/dataskydd/").content.decode()
    for queue in QUEUES:
        assert f'href="{reverse(queue.url_name)}"' in body


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_PROTECTION_OFFICER])
def test_nobody_else_has_it(role: Role) -> None:
    browser = sign_in(Client(), member(role))
    assert browser.get("/dataskydd/").status_code == 403
    assert 'href="/dataskydd/"' not in browser.get("/manual/").content.decode()
