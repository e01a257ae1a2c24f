"""A portal whose manual nobody has published yet says so, and nothing breaks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.enums import Role
from core import clock
from core.errors import TransitionNotAllowed
from manual.services import publish_edition, sync_manual, withdraw
from tests.factories import member, sign_in
from tests.manual.test_reader import text_of


@pytest.mark.django_db
def test_before_the_first_edition_the_pages_say_so(client: Client) -> None:
    sign_in(client, member(Role.CASEWORKER))
    for path in ("/manual/", "/manual/sok/?q=barn", "/manual/versioner/"):
        assert "sync_manual" in text_of(client.get(path))
    for path in ("/manual/2/", "/manual/2/2-3/", "/manual/versioner/1/", "/manual/?utgava=1"):
        assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_the_first_edition_applies_before_its_day_and_is_not_withdrawn() -> None:
    day = clock.today() + timedelta(days=40)
    first = publish_edition(sync_manual(by=None).edition, by=None, valid_from=day)
    with pytest.raises(TransitionNotAllowed):
        withdraw(first, by=member(Role.NATIONAL_COORDINATOR), reason="Dagen flyttas.")
    first.refresh_from_db()
    assert (first.status, first.valid_from) == ("scheduled", day)
