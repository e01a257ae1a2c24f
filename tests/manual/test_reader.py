"""The pages: everyone signed in may read, every anchor exists, one query reads the edition."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import AgencyKind, Role
from accounts.models import User
from manual.library import book, edition_steps, render
from manual.models import Edition
from tests.factories import AgencyFactory, member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    return sign_in(client, member(Role.CASEWORKER, AgencyFactory.create(kind=AgencyKind.POLICE)))


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def paths(edition: Edition) -> list[str]:
    found = [reverse("manual:contents"), reverse("manual:search") + "?q=barn"]
    for volume in book(edition).volumes:
        found.append(volume.chapter.get_absolute_url())
        found += [section.head.get_absolute_url() for section in volume.sections]
    return found


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_works_in_both_languages(reader: Client, edition: Edition, language: str) -> None:
    User.objects.update(language=language)
    for path in paths(edition):
        page = text_of(reader.get(path))
        assert f'<html lang="{language}"' in page
        assert page.count("<h1") == 1, path
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads(client: Client, edition: Edition, role: str) -> None:
    sign_in(client, member(role))
    text_of(client.get(reverse("manual:contents")))


def test_a_stranger_signs_in_first(client: Client, edition: Edition) -> None:
    response = client.get(reverse("manual:contents"))
    assert response.status_code == 302
    assert reverse("accounts:login") in response["Location"]


def test_reading_only(reader: Client, edition: Edition) -> None:
    for path in paths(edition)[:4]:
        assert reader.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/manual/99/", "/manual/2/2-99/", "/manual/2/3-1/", "/manual/2/2-3-2/"])
def test_what_does_not_exist_is_404(reader: Client, edition: Edition, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_before_the_first_edition_the_pages_say_so(reader: Client) -> None:
    for name in ("manual:contents", "manual:search"):
        assert "sync_manual" in text_of(reader.get(reverse(name)))
    assert reader.get("/manual/2/").status_code == 404


def test_every_step_leads_to_an_anchor_that_is_on_its_page(reader: Client, edition: Edition) -> None:
    pages: dict[str, str] = {}
    for template in edition_steps(edition):
        path, _, anchor = template.get_absolute_url().partition("#")
        if path not in pages:
            pages[path] = text_of(reader.get(path))
        assert f'id="{anchor}"' in pages[path], template.key
        assert template.title in pages[path], template.key


def test_every_link_within_the_manual_leads_somewhere(reader: Client, edition: Edition) -> None:
    known = {path.partition("?")[0] for path in paths(edition)}
    for path in known:
        page = text_of(reader.get(path))
        ids = set(re.findall(r' id="([^"]+)"', page))
        for target in re.findall(r'href="(/manual/[^"]*|#[^"]*)"', page):
            address, _, anchor = target.partition("#")
            assert address.partition("?")[0] in known | {""}, f"{path}: {target}"
            if anchor and address in ("", path):
                assert anchor in ids, f"{path}: {target}"


def test_the_kind_of_every_deadline_is_shown(reader: Client, edition: Edition) -> None:
    kinds = {"Lag", "Lag utan antal dagar", "Manualen", "Portalens förslag"}
    kinds |= {"Law", "Law, without a number", "The Manual", "Proposed by the portal"}
    page = text_of(reader.get("/manual/7/7-10/"))
    items = page.split('class="manual-step"')[1:]
    assert len(items) > 10
    for item in items:
        assert any(f">{kind}</span>" in item or f"{kind}<" in item for kind in kinds)


def test_the_checklist_of_an_actor_is_whole(reader: Client, edition: Edition) -> None:
    page = text_of(reader.get("/manual/7/7-5/"))
    for template in edition_steps(edition):
        assert (template.title in page) == (template.agency_role == "police"), template.key


def test_the_filter_lifts_and_folds_and_hides_nothing(reader: Client, edition: Edition) -> None:
    plain = text_of(reader.get("/manual/2/2-3/"))
    filtered = text_of(reader.get("/manual/2/2-3/?aktor=shelter"))
    for section in book(edition).volume(2).sections:
        for text in section.texts if section.head.anchor == "2-3" else ():
            assert f'id="{text.row.anchor}"' in plain and f'id="{text.row.anchor}"' in filtered
    assert 'id="mine"' in filtered and 'id="mine"' not in plain
    assert filtered.index('id="2-3-3"') < filtered.index('id="2-3-1"')
    assert plain.index('id="2-3-1"') < plain.index('id="2-3-3"')


def test_an_unknown_actor_changes_nothing(reader: Client, edition: Edition) -> None:
    assert 'id="mine"' not in text_of(reader.get("/manual/2/2-3/?aktor=<script>"))


def test_own_actor_is_offered_first(reader: Client, edition: Edition) -> None:
    assert '<option value="police" selected>' in text_of(reader.get("/manual/2/2-3/"))
    assert "/manual/7/7-5/" in text_of(reader.get("/manual/"))


def test_pages_cost_the_same(reader: Client, edition: Edition, django_assert_max_num_queries: Any) -> None:
    for path in paths(edition):
        reader.get(path)
    for path in ("/manual/", "/manual/6/", "/manual/3/", "/manual/7/7-10/"):
        with django_assert_max_num_queries(9) as queries:
            reader.get(path)
        manual = [query["sql"] for query in queries if "manual_" in query["sql"]]
        assert len(manual) == 1, manual


def test_search_page(reader: Client, edition: Edition) -> None:
    assert "<mark>" in text_of(reader.get("/manual/sok/", {"q": "betänketiden"}))
    assert "betänketid" in text_of(reader.get("/manual/sok/", {"q": "betänktid"}))
    page = text_of(reader.get("/manual/sok/", {"q": "<xyzzy>"}))
    assert "&lt;xyzzy&gt;" in reader.get("/manual/sok/", {"q": "<xyzzy>"}).content.decode()
    assert page.count("<h1") == 1


def test_markdown_is_cleaned() -> None:
    html = render("<script>x</script> [l](javascript:alert(1)) **stark** <img src=x onerror=y>")
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert "<strong>stark</strong>" in html
