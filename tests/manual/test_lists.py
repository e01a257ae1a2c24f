"""Signs, dates, words and sources are rows: read from the files, edited in a draft, kept with the edition."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from accounts.access import Assignment
from accounts.enums import Role
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import Milestone
from manual.library import (
    definitions,
    edition_steps,
    former_indicators,
    indicators,
    milestone_label,
    milestone_meaning,
    source,
    sources,
)
from manual.library.lists import problems
from manual.library.steps import deadline_words
from manual.models import Definition, Edition, Indicator, IndicatorGroup, MilestoneWords, Source
from manual.services import lists, publish_edition, reviewing
from tests.factories import member

HELD = "docs_debt.docs_held"


@pytest.fixture
def edition(saga: Assignment) -> Edition:
    return Edition.objects.get(number=1)


def published(draft: Edition, by: Assignment) -> Edition:
    judge = member(Role.NATIONAL_COORDINATOR)
    draft.refresh_from_db()
    reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=by)
    draft.refresh_from_db()
    reviewing.approve(edition_id=draft.pk, version=draft.version, by=judge)
    publish_edition(draft, by=judge)
    draft.refresh_from_db()
    return draft


def sign(**changes: Any) -> dict[str, Any]:
    known = {
        "text_sv": "Får sin lön i kontanter av en mellanhand",
        "text_en": "Is paid in cash by a middleman",
        "age": "all",
        "forms": ["labour"],
        "dimension": "exploitation",
        "strength": "weak",
    }
    return known | changes


def keys(edition: Edition) -> list[str]:
    return [row.key for group in indicators(edition) for row in group.indicators]


def test_the_rows_are_what_the_files_say(edition: Edition) -> None:
    filed = source.read().lists
    assert keys(edition) == [row["key"] for row in filed.indicators]
    assert Indicator.objects.filter(edition=edition).count() == 68
    first = Indicator.objects.get(edition=edition, key=filed.indicators[0]["key"])
    assert (first.text_sv, first.group.key) == (filed.indicators[0]["sv"], filed.groups[0]["key"])
    assert dict(sources(edition)) == {row["key"]: row["title"] for row in filed.sources}
    assert [row.key for row in edition.milestones.order_by("order")] == Milestone.values
    assert len(definitions(edition)) == len(filed.definitions) == 16


def test_a_new_sign_and_its_neighbours(draft: Edition, saga: Assignment) -> None:
    row = lists.add_indicator(edition_id=draft.pk, group="docs_debt", name="cash_pay", by=saga, **sign())
    assert row.key == "docs_debt.cash_pay"
    group = next(group for group in indicators(draft) if group.key == "docs_debt")
    assert group.indicators[-1].key == "docs_debt.cash_pay"
    lists.move_indicator(edition_id=draft.pk, key=row.key, up=True, by=saga)
    group = next(group for group in indicators(draft) if group.key == "docs_debt")
    assert group.indicators[-2].key == "docs_debt.cash_pay"
    orders = list(draft.indicators.order_by("order").values_list("order", flat=True))
    assert orders == list(range(69))


@pytest.mark.parametrize("name", ["Cash", "cash pay", "docs_held", "", "a" * 31, "_x"])
def test_a_short_name_is_short_and_new(draft: Edition, saga: Assignment, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        lists.add_indicator(edition_id=draft.pk, group="docs_debt", name=name, by=saga, **sign())
    assert list(refused.value.message_dict) == ["name"]


def test_a_sign_moves_to_another_group_and_keeps_its_key(draft: Edition, saga: Assignment) -> None:
    lists.save_indicator(edition_id=draft.pk, key=HELD, version=0, group="recruit", by=saga, **sign())
    row = draft.indicators.select_related("group").get(key=HELD)
    assert (row.group.key, row.text_en, row.version) == ("recruit", "Is paid in cash by a middleman", 1)
    with pytest.raises(StaleVersion):
        lists.save_indicator(edition_id=draft.pk, key=HELD, version=0, group="recruit", by=saga, **sign())


def test_what_was_ticked_before_is_still_read(edition: Edition, draft: Edition, saga: Assignment) -> None:
    with override("sv"):
        before = next(row for group in indicators() for row in group.indicators if row.key == HELD).label
    lists.remove_indicator(edition_id=draft.pk, key=HELD, by=saga)
    assert HELD in keys(edition)
    published(draft, saga)
    assert HELD not in [row.key for group in indicators() for row in group.indicators]
    former = [row for group in former_indicators() for row in group.indicators]
    assert [(row.key, row.sv) for row in former] == [(HELD, before)]


def test_a_key_of_an_earlier_edition_is_not_given_to_another_sign(draft: Edition, saga: Assignment) -> None:
    lists.remove_indicator(edition_id=draft.pk, key=HELD, by=saga)
    with pytest.raises(ValidationError):
        lists.add_indicator(edition_id=draft.pk, group="docs_debt", name="docs_held", by=saga, **sign())


def test_groups_are_added_named_and_removed_while_empty(draft: Edition, saga: Assignment) -> None:
    group = lists.add_group(edition_id=draft.pk, title_sv="På nätet", title_en="Online", by=saga)
    assert group.key == "pa-natet"
    assert "pa-natet" not in [one.key for one in indicators(draft)], "an empty group asks nothing"
    lists.save_group(
        edition_id=draft.pk, key="pa-natet", version=0, title_sv="Digitalt", title_en="Digital", by=saga
    )
    lists.add_indicator(edition_id=draft.pk, group="pa-natet", name="shared_login", by=saga, **sign())
    assert indicators(draft)[-1].sv == "Digitalt"
    with pytest.raises(TransitionNotAllowed):
        lists.remove_group(edition_id=draft.pk, key="pa-natet", by=saga)
    lists.remove_indicator(edition_id=draft.pk, key="pa-natet.shared_login", by=saga)
    lists.remove_group(edition_id=draft.pk, key="pa-natet", by=saga)
    assert not IndicatorGroup.objects.filter(edition=draft, key="pa-natet").exists()


def test_each_edition_calls_a_date_its_own_name(edition: Edition, draft: Edition, saga: Assignment) -> None:
    lists.save_milestone(
        edition_id=draft.pk, key="identified", version=0, label_sv="Bedömning klar",
        label_en="Assessment done", meaning_sv="Dagen då bedömningen skrevs under.", meaning_en="", by=saga,
    )  # fmt: skip
    with override("sv"):
        assert milestone_label("identified", edition.pk) == "Bedömd som förmodat offer"
        assert milestone_label("identified", draft.pk) == "Bedömning klar"
        assert milestone_meaning("identified", draft.pk) == "Dagen då bedömningen skrevs under."
        steps = [step for step in edition_steps(draft) if step.from_event == "identified" and step.amount]
        assert steps and all("bedömning klar" in deadline_words(step) for step in steps)
    with override("en"):
        assert milestone_label("identified", draft.pk) == "Assessment done"
        assert milestone_meaning("identified", draft.pk) == "Dagen då bedömningen skrevs under."


def test_an_edition_older_than_the_rows_uses_the_words_of_the_code(edition: Edition, draft: Edition) -> None:
    MilestoneWords.objects.filter(edition=draft).delete()
    with override("en"):
        assert milestone_label("identified", draft.pk) == "Assessed as presumed victim"
    assert milestone_label("full_moon", draft.pk) == "full_moon"
    assert milestone_meaning("identified", draft.pk) == ""


def word(**changes: Any) -> dict[str, Any]:
    known = {
        "term_sv": "samordnad plan",
        "term_en": "coordinated plan",
        "text_sv": "Plan som region och kommun gör tillsammans.",
        "text_en": "A plan that region and municipality make together.",
        "forms_sv": ["samordnade planen"],
        "forms_en": [],
        "paragraph": "3-1-3",
        "sources": ["SOL"],
    }
    return known | changes


def test_a_word_is_explained_corrected_and_removed(draft: Edition, saga: Assignment) -> None:
    row = lists.add_definition(edition_id=draft.pk, by=saga, **word())
    assert row.key == "samordnad-plan"
    with override("sv"):
        term = definitions(draft)[-1]
    assert (term.spellings, term.url) == (
        ("samordnade planen", "samordnad plan"), "/manual/3/3-1/#3-1-3",
    )  # fmt: skip
    lists.save_definition(edition_id=draft.pk, key=row.key, version=0, by=saga, **word(term_sv="SIP"))
    assert Definition.objects.get(edition=draft, key="samordnad-plan").term_sv == "SIP"
    lists.remove_definition(edition_id=draft.pk, key=row.key, by=saga)
    assert not Definition.objects.filter(edition=draft, key=row.key).exists()


@pytest.mark.parametrize(
    ("changes", "field"), [({"paragraph": "9-9-9"}, "paragraph"), ({"sources": ["X"]}, "sources")]
)
def test_a_word_rests_on_what_there_is(
    draft: Edition, saga: Assignment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        lists.add_definition(edition_id=draft.pk, by=saga, **word(**changes))
    assert list(refused.value.message_dict) == [field]


def test_two_words_with_one_spelling_have_two_keys(draft: Edition, saga: Assignment) -> None:
    first, second, reserved = (
        lists.add_definition(edition_id=draft.pk, by=saga, **word(term_sv=term))
        for term in ("Jour", "jour", "Nytt")
    )
    assert (first.key, second.key, reserved.key) == ("jour", "jour-2", "nytt-1")


def test_a_source_is_added_named_and_kept_while_something_rests_on_it(
    draft: Edition, saga: Assignment
) -> None:
    lists.add_source(
        edition_id=draft.pk, key="SFS-2026", title="Lag (2026:1)", address="riksdagen.se", by=saga
    )
    lists.save_source(
        edition_id=draft.pk, key="SFS-2026", version=0, title="Lag (2026:2)", address="", by=saga
    )
    assert sources(draft)["SFS-2026"] == "Lag (2026:2)"
    with pytest.raises(TransitionNotAllowed):
        lists.remove_source(edition_id=draft.pk, key="SOL", by=saga)
    lists.remove_source(edition_id=draft.pk, key="SFS-2026", by=saga)
    assert not Source.objects.filter(edition=draft, key="SFS-2026").exists()


@pytest.mark.parametrize("key", ["sol", "SOL", "S", "A--B", "LAG (2026)", "X" * 21])
def test_a_key_of_a_source_is_short_and_its_own(draft: Edition, saga: Assignment, key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        lists.add_source(edition_id=draft.pk, key=key, title="En lag", address="", by=saga)
    assert list(refused.value.message_dict) == ["key"]


def test_the_files_are_checked_together() -> None:
    read = source.read()
    anchors = list(read.pieces["sv"])
    assert list(problems(read.lists, anchors)) == []
    broken = source.read().lists
    broken.milestones.pop()
    broken.indicators[0]["strength"] = "mighty"
    broken.definitions[0]["paragraph"] = "9-9-9"
    broken.definitions[1]["sources"] = ["DREAM"]
    broken.sources.append(broken.sources[0])
    broken.retired.extend(
        [
            {"anchor": "2-3-3", "moved_to": "", "reason_sv": "x", "reason_en": "x"},
            {"anchor": "2-3-99", "moved_to": "2-9", "reason_sv": "x", "reason_en": "x"},
            {"anchor": "two", "moved_to": "", "reason_sv": "x", "reason_en": "x"},
        ]
    )
    with override("en"):
        found = "\n".join(problems(broken, anchors))
    for told in (
        "year_end", "mighty", "9-9-9", "DREAM", "twice", "2-3-3: is still", "2-3-99: there is no paragraph",
        "two: is no",
    ):  # fmt: skip
        assert told in found, told
