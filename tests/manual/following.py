"""A later edition for tests: the one in force, copied, changed by hand and put in force today."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from cases.models import Step
from core import clock, context
from manual.enums import EditionStatus
from manual.library.steps import EDITION
from manual.models import Edition, StepTemplate
from manual.services.copying import copy_rows

Steps = dict[str, StepTemplate]


def draft_after(edition: Edition, change: Callable[[Steps], None] | None = None) -> Edition:
    """A draft that says the same, but for what `change` does to its steps (by key; also more or fewer)."""
    number = max(Edition.objects.values_list("number", flat=True)) + 1
    draft = Edition.objects.create(number=number, created_at=clock.now(), based_on=edition)
    copy_rows(edition, draft)
    if change:
        steps = {step.key: step for step in draft.steps.all()}
        draft.steps.all().delete()
        change(steps)
        StepTemplate.objects.bulk_create(steps.values())
    return draft


def stands_on(step: Step, **changes: Any) -> None:
    """The step as a later edition has it, with these changes: what is published is never changed."""

    def change(found: Steps) -> None:
        for name, value in changes.items():
            setattr(found[step.key], name, value)

    draft = draft_after(step.template.edition, change)
    Step.objects.filter(pk=step.pk).update(template=draft.steps.get(key=step.key))


def put_in_force(draft: Edition, on: date | None = None) -> Edition:
    """From `on`, else from today; the one before it is retired."""
    now = clock.now()
    in_force = Edition.objects.filter(status=EditionStatus.PUBLISHED)
    in_force.update(status=EditionStatus.RETIRED, retired_at=now)
    draft.status, draft.published_at = EditionStatus.PUBLISHED, now
    draft.valid_from = on or clock.today()
    draft.save(update_fields=["status", "published_at", "valid_from"])
    context.forget(EDITION)
    return draft


def follow_on(change: Callable[[Steps], None] | None = None) -> Edition:
    """A later edition in force, with these changes."""
    edition = Edition.objects.get(status=EditionStatus.PUBLISHED)
    return put_in_force(draft_after(edition, change))


def each(amount: int) -> Callable[[Steps], None]:
    """Every step has this much time."""

    def change(found: Steps) -> None:
        for step in found.values():
            step.amount = amount

    return change


def step_like(step: StepTemplate, key: str, **changes: Any) -> StepTemplate:
    """A new step that is like another one."""
    copied: StepTemplate = _copy(step, key=key, **changes)
    return copied


def _copy(row: Any, **changes: Any) -> Any:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.generated
    }
    copied = type(row)(**(values | {"id": uuid.uuid4()}))
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
