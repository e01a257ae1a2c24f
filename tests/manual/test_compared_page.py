"""The page that shows an editor what an edition changes."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import Role
from manual.models import Edition, Indicator, Paragraph
from tests.case_factories import browser, text_of
from tests.factories import member
from tests.manual.following import Steps, draft_after, each, follow_on, step_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(db: None) -> Any:
    return browser(member(Role.NATIONAL_COORDINATOR))


def change(found: Steps) -> None:
    found["ident.rc.assess"].amount = 4
    meet = found.pop("acute.rc.meet")
    found["acute.rc.call"] = step_like(meet, "acute.rc.call", title_sv="Ring ikväll")


def test_the_editor_sees_every_change_with_a_link_to_its_row(edition: Edition, editor: Any) -> None:
    draft = draft_after(edition, change)
    Paragraph.objects.filter(edition=draft, anchor="2-3-1").update(body_en="Otherwise.")
    Indicator.objects.filter(edition=draft).order_by("order")[0].delete()
    response = editor.get(f"/manual/utgavor/{draft.number}/jamfor/")
    page, html = text_of(response), response.content.decode()
    assert "Ring ikväll" in page
    assert "3 arbetsdagar efter" in page and "4 arbetsdagar efter" in page
    assert "Otherwise." in page
    assert f'href="/manual/utgavor/{draft.number}/steg/ident.rc.assess/"' in html
    assert f'href="/manual/utgavor/{edition.number}/steg/acute.rc.meet/"' in html  # where it still is
    assert "<del>" in html and "<ins>" in html


def test_two_editions_that_say_the_same_and_one_that_is_alone(edition: Edition, editor: Any) -> None:
    alone = editor.get(f"/manual/utgavor/{edition.number}/jamfor/")
    assert alone.status_code == 200 and "<select" not in alone.content.decode()
    draft = draft_after(edition)
    same = editor.get(f"/manual/utgavor/{draft.number}/jamfor/?med={edition.number}").content.decode()
    assert "<ins>" not in same and "<del>" not in same


def test_it_is_compared_with_what_it_would_take_the_place_of(edition: Edition, editor: Any) -> None:
    """Begun on the first edition, while the second one came to apply."""
    second = follow_on(each(9))
    draft = draft_after(edition)
    html = editor.get(f"/manual/utgavor/{draft.number}/jamfor/").content.decode()
    assert f'<option value="{second.number}" selected>' in html
    assert "<del>" in html and "<ins>" in html


@pytest.mark.parametrize("asked", ["99", "x", "0", "1.0"])
def test_an_edition_that_is_not_there(edition: Edition, editor: Any, asked: str) -> None:
    assert editor.get(f"/manual/utgavor/{edition.number}/jamfor/?med={asked}").status_code == 404
    assert editor.get("/manual/utgavor/99/jamfor/").status_code == 404


def test_only_editors_see_it(edition: Edition) -> None:
    worker = browser(member(Role.CASEWORKER))
    assert worker.get(f"/manual/utgavor/{edition.number}/jamfor/").status_code == 403


def test_the_page_asks_no_more_for_many_changes(
    edition: Edition, editor: Any, django_assert_max_num_queries: Any
) -> None:
    draft = draft_after(edition, each(9))
    with django_assert_max_num_queries(40):
        assert editor.get(f"/manual/utgavor/{draft.number}/jamfor/").status_code == 200
