"""Other editions than the one that applies: who reads which, what they say, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from accounts.enums import Role
from accounts.models import User
from core import clock
from core.models import AuditEvent
from manual.library import source
from manual.models import Edition
from manual.services import sync_manual
from tests.access.world import rolled_back
from tests.factories import member, sign_in
from tests.manual.test_reader import text_of

GONE = {"anchor": "3-2-9", "moved_to": "3-2-5", "reason_sv": "Samlat på ett ställe.", "reason_en": "Moved."}
ALONE = {"anchor": "4-9", "moved_to": "", "reason_sv": "Reglerna har upphört.", "reason_en": "Repealed."}


def changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files now had another text, another deadline, no English title and two retired paragraphs."""
    read = source.read()
    pieces = deepcopy(read.pieces)
    pieces["sv"]["5-1-1"].lines = ["Håll förhör tidigt. Dörren är öppen."]
    pieces["en"]["5-1-1"].lines = []
    step = read.steps[0] | {"title_sv": "Ring vaktmästaren", "title_en": "Call the janitor"}
    lists = replace(read.lists, retired=[GONE, ALONE])
    made = replace(read, steps=[step, *read.steps[1:]], pieces=pieces, lists=lists, checksum="1" * 64)
    monkeypatch.setattr(source, "read", lambda: made)


@pytest.fixture(scope="module")
def both(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Edition, Edition]]:
    """One of 2 March and one of 13 April 2026, made once for the module."""
    with django_db_blocker.unblock(), rolled_back():
        with clock.frozen(datetime(2026, 3, 2, 9, tzinfo=clock.STOCKHOLM)):
            first = sync_manual(by=None, publish=True).edition
        with (
            clock.frozen(datetime(2026, 4, 13, 9, tzinfo=clock.STOCKHOLM)),
            pytest.MonkeyPatch.context() as patch,
        ):
            changed(patch)
            second = sync_manual(by=None, publish=True).edition
        yield Edition.objects.get(pk=first.pk), second


@pytest.fixture
def first(both: tuple[Edition, Edition], freeze: Any) -> Iterator[Edition]:
    freeze("2026-04-13 09:00")
    with rolled_back():
        yield both[0]


@pytest.fixture
def second(both: tuple[Edition, Edition], first: Edition) -> Edition:
    return both[1]


@pytest.fixture
def reader(first: Edition, client: Client) -> Client:
    return sign_in(client, member(Role.CASEWORKER))


def test_an_earlier_edition_is_read_and_says_so(reader: Client, first: Edition, second: Edition) -> None:
    now, before = (text_of(reader.get(f"/manual/5/5-1/{query}")) for query in ("", f"?utgava={first.number}"))
    assert "Dörren är öppen" in now and "Dörren är öppen" not in before
    assert "tidigare version" in before or "earlier version" in before
    assert f"/manual/5/5-2/?utgava={first.number}" in before and "?utgava" not in now
    by_id = text_of(reader.get(f"/manual/5/5-1/?utgava={first.pk}"))
    assert f"/manual/5/5-2/?utgava={first.number}" in by_id
    assert "?utgava" not in text_of(reader.get(f"/manual/5/5-1/?utgava={second.pk}"))


def test_search_stays_in_the_edition(reader: Client, first: Edition, second: Edition) -> None:
    query = {"q": "dörren öppen"}
    assert "/manual/5/5-1/#5-1-1" in text_of(reader.get("/manual/sok/", query))
    found = text_of(reader.get("/manual/sok/", query | {"utgava": first.number}))
    assert f"/manual/5/5-1/?utgava={first.number}#5-1-1" not in found
    assert f'name="utgava" value="{first.number}"' in found


def test_an_edition_that_is_not_there_is_404(reader: Client, first: Edition) -> None:
    for asked in ("999", "0", "x", "1e9", "9" * 40, "00000000-0000-0000-0000-000000000000"):
        assert reader.get("/manual/", {"utgava": asked}).status_code == 404


def test_a_draft_is_for_those_who_edit(
    client: Client, second: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = source.read()
    monkeypatch.setattr(source, "read", lambda: replace(read, checksum="2" * 64))
    draft = sync_manual(by=None).edition
    draft.paragraphs.filter(anchor="5-1-1").update(body_sv="Slottsdörren är öppen.")
    sign_in(client, member(Role.CASEWORKER))
    for path in ("/manual/", "/manual/5/5-1/", "/manual/sok/"):
        assert client.get(path, {"utgava": str(draft.number), "q": "slottsdörren"}).status_code == 404
    assert AuditEvent.objects.filter(verb="manual.edit", outcome="refused", target_id=draft.pk).count() == 3
    assert f"/manual/versioner/{draft.number}/" not in text_of(client.get("/manual/versioner/"))
    assert client.get(f"/manual/versioner/{draft.number}/").status_code == 404
    sign_in(client, member(Role.NATIONAL_COORDINATOR))
    page = text_of(client.get(f"/manual/5/5-1/?utgava={draft.number}"))
    assert "Slottsdörren är öppen" in page and f"/manual/utgavor/{draft.number}/" in page
    assert "<mark>Slottsdörren</mark> är öppen" in text_of(
        client.get(f"/manual/sok/?q=slottsdörren&utgava={draft.number}")
    )


def test_a_paragraph_that_is_no_more_says_where_it_went(reader: Client, second: Edition) -> None:
    answer = reader.get("/manual/3/3-2-9/")
    assert answer.status_code == 410
    page = answer.content.decode()
    assert "Samlat på ett ställe." in page and "/manual/3/3-2/#3-2-5" in page
    assert reader.get("/manual/4/4-9/").status_code == 410
    assert reader.get("/manual/2/3-2-9/").status_code == 404
    section = text_of(reader.get("/manual/3/3-2/"))
    assert 'id="3-2-9"' in section and "Samlat på ett ställe." in section


def test_before_it_was_retired_it_is_just_not_there(reader: Client, first: Edition) -> None:
    assert reader.get(f"/manual/3/3-2-9/?utgava={first.number}").status_code == 404


def test_what_is_not_translated_is_shown_in_swedish_and_said(reader: Client, second: Edition) -> None:
    User.objects.update(language="en")
    page = text_of(reader.get("/manual/5/5-1/"))
    assert "Some of this page is in Swedish" in page
    assert page.count('id="5-1-1" aria-labelledby="h-5-1-1" lang="sv"') == 1
    assert 'aria-labelledby="h-5-1-2">' in page
    assert "in Swedish, because" not in text_of(reader.get("/manual/5/5-2/"))


def test_versions_and_what_they_changed(reader: Client, first: Edition, second: Edition) -> None:
    page = text_of(reader.get("/manual/versioner/"))
    assert page.index("2 mars 2026") > page.index("13 april 2026")
    assert f"/manual/versioner/{second.number}/" in page and f"/manual/versioner/{first.number}/" not in page
    said = text_of(reader.get(f"/manual/versioner/{second.number}/"))
    assert "Ring vaktmästaren" in said and "Call the janitor" not in said
    assert "<ins>" in said and "Dörren är öppen" in said
    assert f"/manual/5/5-1/?utgava={second.number}#5-1-1" in said
    alone = text_of(reader.get(f"/manual/versioner/{first.number}/"))
    assert "<ins>" not in alone and "<del>" not in alone
    assert reader.get("/manual/versioner/999/").status_code == 404


def test_one_that_applies_later_says_from_when(
    reader: Client, first: Edition, second: Edition, freeze: Any
) -> None:
    freeze("2026-03-20 09:00")
    page = text_of(reader.get(f"/manual/5/5-1/?utgava={second.number}"))
    assert "13 april 2026" in page
    assert "Dörren är öppen" not in text_of(reader.get("/manual/5/5-1/"))
