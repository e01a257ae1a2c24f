"""What the database refuses of signs, dates, words, sources and retired paragraphs, whoever writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from manual.models import (
    Definition,
    Edition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    RetiredParagraph,
    Source,
)

KINDS = (Definition, Indicator, IndicatorGroup, MilestoneWords, RetiredParagraph, Source)
HELD = "docs_debt.docs_held"


def change(model: type[models.Model], draft: Edition, of: str, **values: Any) -> None:
    assert model._default_manager.filter(edition=draft, key=of).update(**values)


def again(model: type[models.Model], draft: Edition, key: str) -> None:
    row = model._default_manager.get(edition=draft, key=key)
    row._state.adding = True
    row.pk = uuid.uuid4()
    row.save()


def gone(draft: Edition, **values: Any) -> None:
    known = {"anchor": "2-9-1", "moved_to": "", "reason_sv": "x", "reason_en": "x"}
    RetiredParagraph.objects.create(edition=draft, **(known | values))


def gone_twice(draft: Edition) -> None:
    gone(draft)
    gone(draft)


REFUSED: dict[str, Callable[[Edition], None]] = {
    "definition_key": lambda draft: again(Definition, draft, "nsp"),
    "indicator_key": lambda draft: again(Indicator, draft, HELD),
    "indicator_strength_in_enum": lambda draft: change(Indicator, draft, HELD, strength="mighty"),
    "indicator_age_in_enum": lambda draft: change(Indicator, draft, HELD, age="old"),
    "indicator_dimension_in_enum": lambda draft: change(Indicator, draft, HELD, dimension="time"),
    "indicator_forms_in_enum": lambda draft: change(Indicator, draft, HELD, forms=["labour", "magic"]),
    "indicator_group_key": lambda draft: again(IndicatorGroup, draft, "recruit"),
    "milestone_words_key": lambda draft: again(MilestoneWords, draft, "identified"),
    "milestone_words_key_in_enum": lambda draft: change(MilestoneWords, draft, "identified", key="full_moon"),
    "retired_paragraph_anchor": gone_twice,
    "retired_paragraph_moved_elsewhere": lambda draft: gone(draft, moved_to="2-9-1"),
    "source_key": lambda draft: again(Source, draft, "SOL"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses(draft: Edition, name: str) -> None:
    with pytest.raises(IntegrityError, match=rf'"{name}"'), transaction.atomic():
        REFUSED[name](draft)


def test_every_named_constraint_is_broken_once() -> None:
    named = {one.name for model in KINDS for one in model._meta.constraints}
    assert named == set(REFUSED)


@pytest.mark.parametrize("model", KINDS)
def test_rows_of_a_decided_edition_stay_as_they_are(draft: Edition, model: type[models.Model]) -> None:
    """As `nrm_app`, with plain SQL: no update, no delete, no new row."""
    decided = Edition.objects.get(number=1)
    rows = model._default_manager.filter(edition=decided)
    if model is RetiredParagraph:
        with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
            gone(decided)
        return
    assert rows.exists()
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        rows.update(version=7)
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        rows.filter(pk=rows.values("pk")[:1])._raw_delete("default")
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        model._default_manager.filter(edition=draft).update(edition=decided)
