"""The pages: everyone signed in may read, every anchor exists, one query reads the edition."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.enums import AgencyKind, Role
from accounts.models import User
from manual.library import Term, book, edition_steps, render, search
from manual.library.wording import Words
from manual.models import Edition
from tests.access.world import rolled_back
from tests.factories import AgencyFactory, member, sign_in


@pytest.fixture
def edition(published: Edition) -> Iterator[Edition]:
    with rolled_back():
        yield published


@pytest.fixture
def reader(edition: Edition, client: Client) -> Client:
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


@pytest.mark.parametrize(
    "path", ["/manual/99/", "/manual/2/2-99/", "/manual/2/3-1/", "/manual/2/2-3-99/", "/manual/3/2-3-2/"]
)
def test_what_does_not_exist_is_404(reader: Client, edition: Edition, path: str) -> None:
    assert reader.get(path).status_code == 404


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
    known |= {reverse("manual:versions"), reverse("manual:paper")}
    for path in known - {reverse("manual:paper")}:
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
    page = text_of(reader.get("/manual/2/2-3/"))
    chips = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a></li>', page[page.index('id="for-whom"') :])
    assert [url for url, _ in chips[:2]] == ["/manual/2/2-3/", "/manual/2/2-3/?aktor=police"]
    assert "/manual/7/7-5/" in text_of(reader.get("/manual/"))


def test_the_address_of_a_paragraph_leads_to_its_place(reader: Client, edition: Edition) -> None:
    assert reader.get("/manual/2/2-3-2/").url == "/manual/2/2-3/#2-3-2"  # type: ignore[attr-defined]


def test_sources_are_notes_that_lead_back(reader: Client, edition: Edition) -> None:
    page = text_of(reader.get("/manual/3/"))
    marks = re.findall(r'<a class="note-mark" id="([^"]+)" href="#(kalla-\d+)">', page)
    assert len(marks) > 20
    notes = page[page.index('id="notes"') :]
    for place, note in marks:
        assert f'<li id="{note}">' in notes and f'href="#{place}"' in notes
    numbers = [int(note.removeprefix("kalla-")) for _, note in marks]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    assert "Socialtjänstlag" in notes


def test_a_defined_word_is_explained_once_and_not_where_it_explains_itself(
    reader: Client, edition: Edition
) -> None:
    page = text_of(reader.get("/manual/3/3-2/"))
    marked = re.findall(r'popovertarget="ord-betanketid">([^<]+)</button>', page)
    assert marked == ["Betänketiden"]
    assert page.index('popovertarget="ord-betanketid"') > page.index('id="3-2-2"')
    explained = page[page.index('id="ord-betanketid" popover') :]
    assert "<dfn>betänketid</dfn>" in explained and "/manual/3/3-2/#3-2-1" in explained


def test_words_inside_links_and_parts_of_words_stay(edition: Edition) -> None:
    term = Term("oro", "oro", ("oro",), "Vad det är.", "", ())
    html = Words([term]).mark(SafeString("<p><a href='/x'>oro</a> orosanmälan, oro-fri &amp; oro. Oro.</p>"))
    assert html == (
        "<p><a href='/x'>oro</a> orosanmälan, oro-fri &amp; "
        '<button class="term" type="button" popovertarget="ord-oro">oro</button>. Oro.</p>'
    )


def test_words_of_other_letters_and_of_entities_are_text() -> None:
    protection = Term("skydd", "skydd", ("skydd",), "Vad det är.", "", ())
    others = [Term(word, word, (word,), "Vad det är.", "", ()) for word in ("amp", "lt", "gt", "vi")]
    text = "<p>ſkydd, V\u0130 &amp; &lt;b&gt;</p>"
    assert Words([protection, *others]).mark(SafeString(text)) == text
    assert 'popovertarget="ord-amp"' in Words(others).mark(SafeString("<p>1 amp</p>"))


def test_pages_cost_the_same(reader: Client, edition: Edition, django_assert_max_num_queries: Any) -> None:
    for path in paths(edition):
        reader.get(path)
    for path in ("/manual/", "/manual/6/", "/manual/3/", "/manual/7/7-10/"):
        with django_assert_max_num_queries(9) as queries:
            reader.get(path)
        manual = [query["sql"] for query in queries if "manual_" in query["sql"]]
        assert len(manual) == 1, manual


def test_search_page(reader: Client, edition: Edition) -> None:
    page = text_of(reader.get("/manual/sok/", {"q": "betänketiden"}))
    assert "<mark>" in page and "/manual/3/3-2/#3-2-1" in page
    assert re.findall(r"<h2>(\d) ", page)[0] == "3"
    odd = reader.get("/manual/sok/", {"q": "<xyzzy>"}).content.decode()
    assert "&lt;xyzzy&gt;" in odd and "<xyzzy>" not in odd
    assert odd.count("<h1") == 1 and "Till innehållet" in odd


def test_search_page_offers_other_spellings(reader: Client, edition: Edition) -> None:
    page = text_of(reader.get("/manual/sok/", {"q": "betänktid", "arende": str(uuid.UUID(int=7))}))
    assert "betänketid" in page and "betänktid" in page
    found = search(edition, "försöning")
    assert (found.corrected, found.meant) == ("försening", ("försörjning",))
    assert f"/manual/sok/?q={quote('försörjning')}" in text_of(reader.get("/manual/sok/", {"q": "försöning"}))


def test_markdown_is_cleaned() -> None:
    html = render("<script>x</script> [l](javascript:alert(1)) **stark** <img src=x onerror=y>")
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert "<strong>stark</strong>" in html


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("#2-3-4", True),
        ("/manual/2/2-3/#2-3-4", True),
        ("https://lagen.nu/2025:400", True),
        ("mailto:stod@exempel.se", True),
        ("tel:020390000", True),
        ("//exempel.se/x", False),
        ("ftp://exempel.se/x", False),
        ("javascript:alert(1)", False),
    ],
)
def test_links_lead_within_the_portal_or_where_browsers_go(address: str, kept: bool) -> None:
    assert (f'href="{address}"' in render(f"Se [här]({address}).")) is kept
