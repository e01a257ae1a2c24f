"""The pages on which texts and lists are written, and on which a draft is tried."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import User
from manual.models import Edition, Indicator
from manual.services import lists, texts
from tests.factories import member, sign_in

SHELTER = "2-3-3"


@pytest.fixture
def edition(saga: Assignment) -> Edition:
    return Edition.objects.get(number=1)


@pytest.fixture
def editor(client: Client, saga: Assignment) -> Client:
    return sign_in(client, saga)


def address(name: str, draft: Edition, *more: object) -> str:
    return reverse(f"manual:edition-{name}", args=[draft.number, *more])


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return unescape(response.content.decode())


def fields(page: str) -> dict[str, Any]:
    """What a browser would send with the form of an editor."""
    form = page[page.index('<form method="post" novalidate>') :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if not name or (kind and kind[1] in ("checkbox", "radio") and "checked" not in tag):
            continue
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, text in re.findall(r'<textarea name="([^"]*)"[^>]*>\s?(.*?)</textarea>', form, re.S):
        found[name] = [text]
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


EDITORS = [
    ("chapter", 2), ("paragraph", SHELTER), ("paragraph", "2-3"), ("sign", "docs_debt.docs_held"),
    ("sign-group", "recruit"), ("date", "identified"), ("word", "betanketid"), ("source", "UTL"),
]  # fmt: skip
LISTS = ["texts", "signs", "dates", "words", "sources", "try"]
NEW = [("chapter-new",), ("paragraph-new", "2"), ("paragraph-new", "2-3"), ("sign-new",),
       ("sign-group-new",), ("word-new",), ("source-new",)]  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_stands_in_both_languages(editor: Client, draft: Edition, language: str) -> None:
    User.objects.update(language=language)
    names: list[tuple[Any, ...]] = [*((name,) for name in LISTS), *EDITORS, *NEW,
                                    ("paragraph-retire", SHELTER)]  # fmt: skip
    for name, *more in names:
        page = text_of(editor.get(address(name, draft, *more)))
        assert f'<html lang="{language}"' in page
        assert page.count("<h1") == 1, name
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), (name, sorted(one for one in ids if ids.count(one) > 1))
        for target in re.findall(r'href="#([^"]+)"', page):
            assert target in ids, (name, target)


@pytest.mark.parametrize(("name", "key"), EDITORS)
def test_what_an_editor_shows_can_be_saved_as_it_is(
    editor: Client, draft: Edition, name: str, key: Any
) -> None:
    url = address(name, draft, key)
    before = fields(text_of(editor.get(url)))
    answer = editor.post(url, before)
    assert answer.status_code == 302, text_of(answer, answer.status_code)
    after = fields(text_of(editor.get(url)))
    assert after.pop("version") == ["1"]
    before.pop("version"), before.pop("csrfmiddlewaretoken"), after.pop("csrfmiddlewaretoken")
    assert after == before


def test_a_paragraph_is_changed_and_the_list_shows_it(editor: Client, draft: Edition) -> None:
    url = address("paragraph", draft, SHELTER)
    data = fields(text_of(editor.get(url))) | {"title_sv": "Plats i jourhem", "title_en": ""}
    answer = editor.post(url, data)
    assert answer["Location"] == f"{address('texts', draft)}#p-{SHELTER}"
    page = text_of(editor.get(address("texts", draft)))
    line = page[page.index(f'id="p-{SHELTER}"') :]
    line = line[: line.index("</li>")]
    assert "2.3.3 Plats i jourhem" in line
    assert "Ingen engelsk text" in line or "No English text" in line


def test_markdown_is_shown_and_nothing_is_saved(editor: Client, draft: Edition) -> None:
    url = address("paragraph", draft, SHELTER)
    typed = "Ring *först*.\n\n- en\n- två\n\n<script>alert(1)</script> [mer](javascript:alert(1))"
    data = fields(text_of(editor.get(url))) | {"body_sv": typed, "show": "1"}
    page = editor.post(url, data).content.decode()
    preview = page[page.index('id="preview"') : page.index('<form method="post" novalidate>')]
    assert "<em>först</em>" in preview and "<li>två</li>" in preview
    assert "<script" not in preview and "javascript:" not in "".join(re.findall(r'href="([^"]*)"', preview))
    assert typed.split("\n")[0] in page[page.index("<textarea") :]
    assert draft.paragraphs.get(anchor=SHELTER).version == 0


def test_what_is_missing_is_said_at_the_field_and_the_rest_is_kept(editor: Client, draft: Edition) -> None:
    url = address("paragraph", draft, SHELTER)
    data = fields(text_of(editor.get(url))) | {"title_sv": "", "body_en": "Typed already", "sources": []}
    page = text_of(editor.post(url, data), 422)
    assert "Typed already" in page and 'href="#id_title_sv"' in page
    data["title_sv"] = "Plats"
    page = text_of(editor.post(url, data), 422)
    assert 'id="id_sources_' in page[page.index('class="field bad"') :]


def test_two_editors_see_both_versions(editor: Client, draft: Edition) -> None:
    url = address("paragraph", draft, SHELTER)
    data = fields(text_of(editor.get(url))) | {"title_sv": "Min rubrik"}
    other = member(Role.NATIONAL_COORDINATOR)
    values = {"title_sv": "Hennes rubrik", "title_en": "Hers", "body_sv": "Hers", "body_en": "Her text",
              "actors": [], "sources": ["SOL"], "confidence": "known"}  # fmt: skip
    texts.save_paragraph(edition_id=draft.pk, anchor=SHELTER, version=0, by=other, **values)
    page = text_of(editor.post(url, data), 409)
    assert "Hennes rubrik" in page and "Min rubrik" in page
    assert draft.paragraphs.get(anchor=SHELTER).title_sv == "Hennes rubrik"
    again = fields(page)
    assert again["version"] == ["1"] and again["title_sv"] == ["Min rubrik"]
    assert editor.post(url, again).status_code == 302
    assert draft.paragraphs.get(anchor=SHELTER).title_sv == "Min rubrik"


def test_new_rows_of_every_kind(editor: Client, draft: Edition) -> None:
    text = {"title_sv": "Nytt", "title_en": "New", "body_sv": "Gör så.", "body_en": "Do so.",
            "sources": ["SOL"], "confidence": "source"}  # fmt: skip
    told: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("paragraph-new", "4-1"), text),
        (("paragraph-new", "4"), text),
        (("chapter-new",), {"title_sv": "Beredskap"}),
        (("sign-group-new",), {"title_sv": "På nätet"}),
        (("sign-group-new",), {"title_sv": "890262-3984 10000000000000000000"}),
        (("sign-new",), {"group": "recruit", "name": "online_ad", "text_sv": "Svarade på en annons",
                         "age": "all", "dimension": "recruitment", "strength": "weak"}),
        (("word-new",), {"term_sv": "vistelsekommun", "text_sv": "Kommunen där personen är.",
                         "forms_sv": "vistelsekommunen, vistelsekommunens", "sources": ["SOL"]}),
        (("source-new",), {"key": "SFS-26", "title": "Lag (2026:1)"}),
    ]  # fmt: skip
    for name, data in told:
        answer = editor.post(address(name[0], draft, *name[1:]), data)
        assert answer.status_code == 302, (
            name,
            re.findall(r'href="#id_[^"]*">([^<]*)', text_of(answer, 422)),
        )
    assert draft.paragraphs.filter(anchor__in=("4-1-5", "4-4")).count() == 2
    assert draft.definitions.get(key="vistelsekommun").forms_sv == ["vistelsekommunen", "vistelsekommunens"]
    assert Indicator.objects.get(edition=draft, key="recruit.online_ad").forms == []
    assert draft.source_rows.filter(key="SFS-26").exists()


def test_moves_and_removals(editor: Client, draft: Edition, saga: Assignment) -> None:
    editor.post(address("paragraph-move", draft, "2-1-2"), {"flytta": "up"})
    editor.post(address("sign-move", draft, "recruit.false_terms"), {"flytta": "up"})
    rows = draft.paragraphs.filter(section="2-1").order_by("order").values_list("anchor", flat=True)
    assert list(rows) == ["2-1", "2-1-2", "2-1-1", "2-1-3"]
    first = draft.indicators.order_by("order").first()
    assert first and first.key == "recruit.false_terms"
    for name, key in (("sign-remove", "recruit.false_terms"), ("word-remove", "nsp")):
        assert "<form" in text_of(editor.get(address(name, draft, key)))
        assert editor.post(address(name, draft, key)).status_code == 302
    refused = text_of(editor.post(address("source-remove", draft, "SOL")), 422)
    assert "bygger på källan" in refused or "rest on the source" in refused
    lists.add_group(edition_id=draft.pk, title_sv="Tom", title_en="", by=saga)
    assert editor.post(address("sign-group-remove", draft, "tom")).status_code == 302
    assert not draft.indicator_groups.filter(key="tom").exists()


def test_a_paragraph_is_retired_and_brought_back(editor: Client, draft: Edition) -> None:
    url = address("paragraph-retire", draft, SHELTER)
    page = text_of(editor.post(url, {"moved_to": "", "reason_sv": "Slogs ihop."}), 422)
    assert 'href="#id_moved_to"' in page
    assert editor.post(url, {"moved_to": "2-3-2", "reason_sv": "Slogs ihop."}).status_code == 302
    page = text_of(editor.get(address("texts", draft)))
    assert "2.3.2" in page[page.index('id="retired"') :] and "Slogs ihop." in page
    assert "Slogs ihop." in text_of(editor.get(address("retired", draft, SHELTER)))
    editor.post(address("restore", draft, SHELTER))
    assert draft.paragraphs.filter(anchor=SHELTER).exists() and not draft.retired.exists()


def test_a_decided_edition_is_read_not_changed(editor: Client, edition: Edition) -> None:
    for name in LISTS[:-1]:
        page = text_of(editor.get(address(name, edition)))
        assert 'name="flytta"' not in page
    page = text_of(editor.get(address("paragraph", edition, SHELTER)))
    assert "<textarea" not in page and "Skyddat boende" in page
    for new, *more in NEW:
        assert editor.get(address(new, edition, *more)).status_code == 404
    before = edition.paragraphs.get(anchor=SHELTER).title_sv
    data = {"title_sv": "X", "body_sv": "Y", "sources": ["SOL"], "confidence": "known", "version": "0"}
    assert editor.post(address("paragraph", edition, SHELTER), data).status_code == 422
    editor.post(address("paragraph-move", edition, SHELTER), {"flytta": "up"})
    assert edition.paragraphs.get(anchor=SHELTER).title_sv == before


@pytest.mark.parametrize(
    ("name", "more"),
    [("paragraph", ["9-9"]), ("paragraph-new", ["12"]), ("paragraph-new", ["2-99"]), ("sign", ["no\0pe"]),
     ("chapter", [44]), ("word", ["nej"]), ("retired", ["2-1"]), ("date", ["full_moon"])],
)  # fmt: skip
def test_what_is_not_there_is_404(editor: Client, draft: Edition, name: str, more: list[Any]) -> None:
    assert editor.get(address(name, draft, *more)).status_code == 404


def test_others_are_refused(client: Client, draft: Edition) -> None:
    sign_in(client, member(Role.REGIONAL_COORDINATOR))
    for name in LISTS:
        assert client.get(address(name, draft)).status_code == 403
    assert client.post(address("paragraph", draft, SHELTER), {}).status_code == 403


# --- a try ----------------------------------------------------------------------------------------------

CASE: dict[str, Any] = {
    "age": "adult",
    "forms": ["labour"],
    "citizenship": "third",
    "stay": "none",
    "consent": "yes",
    "start": "2026-11-23",
}


def test_an_adult_in_labour_exploitation_from_a_third_country(
    editor: Client, edition: Edition, draft: Edition, saga: Assignment
) -> None:
    page = text_of(editor.get(address("try", draft), CASE))
    assert "Ansök om betänketid" in page or "betänketid" in page
    for kind in ("Lag utan antal dagar", "Portalens förslag"):
        assert f">{kind}</span>" in page, kind
    acknowledge = page[page.index("Kvittera hänvisningen") :]
    assert "tisdag 24 november 2026" in acknowledge[: acknowledge.index("</li>")]
    without = text_of(editor.get(address("try", draft), CASE | {"consent": "no"}))
    assert without.count('class="manual-step"') < page.count('class="manual-step"')


def test_a_child_has_other_steps_and_does_not_wait_for_consent(editor: Client, draft: Edition) -> None:
    child = CASE | {"age": "child"}
    page = text_of(editor.get(address("try", draft), child))
    assert "Polismyndigheten" in page and "Gör orosanmälan" in page
    assert page.count('class="manual-step"') == text_of(
        editor.get(address("try", draft), child | {"consent": "no"})
    ).count('class="manual-step"')


def test_what_the_draft_changes_is_marked(editor: Client, draft: Edition) -> None:
    step = draft.steps.get(key="ident.rc.assess")
    draft.steps.filter(pk=step.pk).update(amount=step.amount + 2)
    draft.steps.filter(key="ident.rc.acknowledge").delete()
    page = text_of(editor.get(address("try", draft), CASE))
    line = page[page.index(step.title_sv) :]
    assert "Annan frist" in line[: line.index("</li>")] or "Other deadline" in line[: line.index("</li>")]
    assert page.count("Annan frist") + page.count("Other deadline") == 1
    gone = page[page.index("Faller bort" if "Faller bort" in page else "Falls away") :]
    assert "Kvittera hänvisningen" in gone


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"start": "i morgon"}, "start"), ({"age": "old"}, "age"), ({"forms": "x"}, "forms")],
)
def test_a_try_that_cannot_be_read_says_where(
    editor: Client, draft: Edition, changes: dict[str, str], field: str
) -> None:
    page = text_of(editor.get(address("try", draft), CASE | changes), 422)
    assert f'href="#id_{field}' in page


def test_a_move_is_up_or_down_and_nothing_else(editor: Client, draft: Edition) -> None:
    rows = draft.paragraphs.filter(section="2-1").order_by("order").values_list("anchor", flat=True)
    before, version = list(rows), draft.version
    for to in ("administrator", "", "UP"):
        assert editor.post(address("paragraph-move", draft, "2-1-1"), {"flytta": to}).status_code == 302
        editor.post(address("step-move", draft, "ident.rc.assess"), {"flytta": to})
    draft.refresh_from_db()
    assert list(rows.all()) == before and draft.version == version
