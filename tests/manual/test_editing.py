"""A draft is written by several people, and nothing anybody follows changes meanwhile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from accounts.access import Assignment
from accounts.enums import Role
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.library import current_edition, edition_steps, search
from manual.models import Edition, Review, StepTemplate
from manual.services import editing, sync_manual
from tests.factories import member

ASSESS = "ident.rc.assess"


@pytest.fixture
def edition(draft: Edition) -> Edition:
    """The one that applies."""
    return Edition.objects.get(number=1)


def change(draft: Edition, key: str, by: Assignment, version: int = 0, **values: Any) -> StepTemplate:
    return editing.save_step(
        edition_id=draft.pk, key=key, version=version, values=columns(draft, key, **values), by=by
    )


def columns(draft: Edition, key: str, **changes: Any) -> dict[str, Any]:
    """What the form sends for a step, with some answers changed."""
    step = draft.steps.get(key=key)
    left_out = {"id", "edition", "key", "order", "version"}
    values = {f.name: getattr(step, f.name) for f in step._meta.concrete_fields if f.name not in left_out}
    return values | changes


def contents(edition: Edition) -> dict[type[models.Model], list[dict[str, Any]]]:
    """Every row of an edition, without ids."""
    found: dict[type[models.Model], list[dict[str, Any]]] = {}
    for model in apps.get_app_config("manual").get_models():
        if model in (Edition, Review):
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if not field.is_relation and field.name not in ("id", "version")
        ]
        rows = list(model._default_manager.filter(edition=edition).values(*names))
        found[model] = sorted(rows, key=str)
    return found


# --- the draft ------------------------------------------------------------------------------------------


def test_a_draft_is_a_copy_of_everything_and_changes_nothing(edition: Edition, draft: Edition) -> None:
    assert (draft.number, draft.status, draft.based_on) == (2, "draft", edition)
    assert contents(draft) == contents(edition)
    assert len(contents(draft)) > 4
    assert current_edition() == edition
    paragraph = draft.paragraphs.get(anchor="2-3-1")
    assert paragraph.chapter.edition_id == draft.pk


def test_one_edition_is_in_work_at_a_time(draft: Edition, saga: Assignment) -> None:
    with pytest.raises(TransitionNotAllowed):
        editing.start_draft(title="En till", reason="Hinner inte vänta.", by=saga)
    assert Edition.objects.count() == 2


def test_only_who_edits_the_manual_begins(edition: Edition) -> None:
    karin = member(Role.REGIONAL_COORDINATOR)
    with pytest.raises(PermissionDenied):
        editing.start_draft(title="Ny", reason="Jag vill.", by=karin)
    assert AuditEvent.objects.using("audit").filter(verb="manual.start", user_id=karin.user_id).exists()
    assert Edition.objects.count() == 2


def test_a_deleted_draft_leaves_nothing_behind(edition: Edition, draft: Edition, saga: Assignment) -> None:
    before = contents(edition)
    editing.delete_draft(edition_id=draft.pk, by=saga)
    assert Edition.objects.get() == edition
    assert contents(edition) == before
    assert not any(contents(Edition(pk=draft.pk)).values())
    assert AuditEvent.objects.filter(verb="manual.delete", target_id=draft.pk).exists()


def test_a_published_edition_is_not_deleted(edition: Edition, saga: Assignment) -> None:
    with pytest.raises(TransitionNotAllowed):
        editing.delete_draft(edition_id=edition.pk, by=saga)


def test_the_description_tells_who_came_second(draft: Edition, saga: Assignment) -> None:
    other = member(Role.NATIONAL_COORDINATOR)
    editing.describe(edition_id=draft.pk, version=0, title="Ny frist", reason="Efter remissen.", by=other)
    with pytest.raises(StaleVersion):
        editing.describe(edition_id=draft.pk, version=0, title="Annat", reason="Sent.", by=saga)
    draft.refresh_from_db()
    assert (draft.title, draft.version) == ("Ny frist", 1)
    assert set(draft.editors) == {saga.user_id, other.user_id}


# --- its steps ------------------------------------------------------------------------------------------


def test_a_deadline_is_changed_in_the_draft_alone(edition: Edition, draft: Edition, saga: Assignment) -> None:
    change(draft, ASSESS, saga, amount=5, kind="manual_guidance", deadline_confidence="known")
    draft.refresh_from_db()
    step = draft.steps.get(key=ASSESS)
    assert (step.amount, step.kind, step.version, draft.checksum) == (5, "manual_guidance", 1, "")
    assert edition.steps.get(key=ASSESS).amount == 3
    assert edition_steps(draft) != edition_steps(edition)
    event = AuditEvent.objects.get(verb="manual.step_save")
    assert event.facts == {"step": ASSESS, "columns": ["amount", "deadline_confidence", "kind"]}


def test_saving_what_is_there_changes_nothing(draft: Edition, saga: Assignment) -> None:
    change(draft, ASSESS, saga)
    draft.refresh_from_db()
    assert draft.version == 0
    assert not AuditEvent.objects.filter(verb="manual.step_save").exists()


def test_who_saves_second_is_told(draft: Edition, saga: Assignment) -> None:
    change(draft, ASSESS, saga, amount=5)
    with pytest.raises(StaleVersion):
        change(draft, ASSESS, member(Role.NATIONAL_COORDINATOR), amount=7)
    assert draft.steps.get(key=ASSESS).amount == 5


def test_two_people_write_in_different_steps(draft: Edition, saga: Assignment) -> None:
    change(draft, ASSESS, saga, amount=5)
    change(draft, "acute.rc.meet", member(Role.NATIONAL_COORDINATOR), amount=6)
    draft.refresh_from_db()
    assert (draft.version, len(draft.editors)) == (2, 2)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"paragraph": "9-9-9"}, "paragraph"),
        ({"unit": "office_hours", "direction": "before"}, "amount"),
        ({"kind": "statutory_fixed", "legal_basis": ""}, "legal_basis"),
        ({"recurs_amount": 2, "recurs_unit": ""}, "recurs_amount"),
        ({"sources": ["RYKTE"]}, "sources"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    draft: Edition, saga: Assignment, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        change(draft, ASSESS, saga, **values)
    assert set(caught.value.message_dict) == {field}


def test_a_new_step_gets_a_key_of_its_own_in_its_phase(draft: Edition, saga: Assignment) -> None:
    values = columns(
        draft, "acute.police.protection", title_en="Check the room", title_sv="Kontrollera rummet"
    )
    first = editing.add_step(edition_id=draft.pk, values=values, by=saga)
    second = editing.add_step(edition_id=draft.pk, values=values, by=saga)
    assert (first.key, second.key) == ("acute.police.check_the_room", "acute.police.check_the_room_2")
    keys = [step.key for step in edition_steps(draft) if step.phase == "2_acute" and step.scope == "case"]
    assert keys[-2:] == [first.key, second.key]
    orders = [step.order for step in edition_steps(draft)]
    assert len(orders) == len(set(orders))


def test_a_removed_step_is_gone_from_the_draft(edition: Edition, draft: Edition, saga: Assignment) -> None:
    editing.remove_step(edition_id=draft.pk, key="acute.rc.meet", by=saga)
    assert not draft.steps.filter(key="acute.rc.meet").exists()
    assert edition.steps.filter(key="acute.rc.meet").exists()


def test_a_step_that_the_portal_opens_is_not_removed(draft: Edition, saga: Assignment) -> None:
    with pytest.raises(TransitionNotAllowed):
        editing.remove_step(edition_id=draft.pk, key="ident.rc.acknowledge", by=saga)


def test_a_step_moves_within_its_phase(draft: Edition, saga: Assignment) -> None:
    keys = [step.key for step in edition_steps(draft) if step.phase == "2_acute" and step.scope == "case"]
    editing.move_step(edition_id=draft.pk, key=keys[1], up=True, by=saga)
    editing.move_step(edition_id=draft.pk, key=keys[1], up=True, by=saga)
    editing.move_step(edition_id=draft.pk, key=keys[-1], up=False, by=saga)
    moved = [step.key for step in edition_steps(draft) if step.phase == "2_acute" and step.scope == "case"]
    assert moved == [keys[1], keys[0], *keys[2:]]
    assert AuditEvent.objects.filter(verb="manual.step_move").count() == 1


def test_search_finds_a_paragraph_by_the_new_title_of_its_step(draft: Edition, saga: Assignment) -> None:
    assert not search(draft, "snökanon").total
    step = draft.steps.get(key=ASSESS)
    change(draft, ASSESS, saga, title_sv="Ställ fram en snökanon")
    hits = [hit.paragraph.anchor for _, some in search(draft, "snökanon").groups for hit in some]
    assert hits == [step.paragraph]


@pytest.mark.parametrize("act", ["save", "add", "remove", "move", "describe"])
def test_what_was_handed_in_is_not_written_in(draft: Edition, saga: Assignment, act: str) -> None:
    values = columns(draft, ASSESS, amount=9)
    Edition.objects.filter(pk=draft.pk).update(
        status="review", handed_in_by=saga.user, handed_in_at=draft.created_at
    )
    edition_id: UUID = draft.pk
    acts = {
        "save": lambda: editing.save_step(
            edition_id=edition_id, key=ASSESS, version=0, values=values, by=saga
        ),
        "add": lambda: editing.add_step(edition_id=edition_id, values=values, by=saga),
        "remove": lambda: editing.remove_step(edition_id=edition_id, key=ASSESS, by=saga),
        "move": lambda: editing.move_step(edition_id=edition_id, key=ASSESS, up=True, by=saga),
        "describe": lambda: editing.describe(
            edition_id=edition_id, version=0, title="A", reason="B", by=saga
        ),
    }
    with pytest.raises(TransitionNotAllowed):
        acts[act]()
    assert contents(draft) == contents(Edition.objects.get(number=1))


def test_files_do_not_overwrite_what_was_written_on_screen(draft: Edition, saga: Assignment) -> None:
    change(draft, ASSESS, saga, amount=5)
    sync_manual(by=None)
    assert draft.steps.get(key=ASSESS).amount == 5
