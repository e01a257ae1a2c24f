"""Whatever the portal stores about a person is in her extract, or on the list of reasons why not."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from cases.services.subject.agencies import WITHOUT_PERSONS
from cases.services.subject.catalogue import LEFT, SOURCES
from cases.services.subject.sources import Source, Why

OURS = ("core", "accounts", "coordinators", "manual", "cases", "hotline", "nrm_portal")
BY_LABEL = {source.label: source for source in SOURCES}


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.partition(".")[0] in OURS]


def listed(model: Any) -> set[str]:
    """Every field by the model's own privacy lists."""
    lists = model.Privacy
    return {*lists.kept, *lists.scrubbed, *lists.erased}


def unaccounted(model: type[models.Model]) -> set[str]:
    """Fields that are neither in the extract nor left out for a reason."""
    label = model._meta.label_lower
    if model._meta.app_label in WITHOUT_PERSONS or label in LEFT:
        return set()
    if label not in BY_LABEL:
        return {"the whole table"}
    source = BY_LABEL[label]
    return listed(model) - set(source.shown) - source.unsaid


def test_every_field_of_every_table_is_in_the_extract_or_left_out_for_a_reason() -> None:
    missing = {model._meta.label_lower: found for model in ours() if (found := unaccounted(model))}
    assert not missing, (
        f"not accounted for in an extract of personal data: {missing}. Show the field in its `Source`, or"
        " name it under a reason there (a whole table: in `LEFT`), in cases/services/subject/"
    )


def test_what_is_listed_exists() -> None:
    labels = {model._meta.label_lower for model in ours()}
    assert set(LEFT) <= labels, set(LEFT) - labels
    for source in SOURCES:
        names = {field.name for field in source.model._meta.get_fields()}
        assert set(source.shown) | source.unsaid <= names, source.label


def test_nothing_is_both_shown_and_left_out() -> None:
    assert len(BY_LABEL) == len(SOURCES) and not set(BY_LABEL) & set(LEFT)
    for source in SOURCES:
        named = [*source.shown, *(name for names in source.left.values() for name in names)]
        assert len(named) == len(set(named)), source.label


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.label)
def test_what_is_erased_with_a_person_is_hers_to_see(source: Source) -> None:
    """Sealed words are content: only keyed fingerprints and copies may be left out, never as clockwork."""
    privacy: Any = source.model.Privacy  # type: ignore[attr-defined]
    reasons = {name: why for why, names in source.left.items() for name in names}
    for name in {*privacy.erased, *privacy.scrubbed} & set(reasons):
        assert reasons[name] in (Why.ROW, Why.ELSEWHERE, Why.OTHERS), f"{source.label}.{name}"


def test_a_new_field_or_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from cases.models import Note, Reminder

    monkeypatch.setattr(Note.Privacy, "erased", (*Note.Privacy.erased, "mood"))
    assert unaccounted(Note) == {"mood"}
    monkeypatch.delitem(LEFT, "cases.reminder")
    assert unaccounted(Reminder) == {"the whole table"}
