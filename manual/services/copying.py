"""Every row of an edition once more, for a draft that begins as a copy."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from manual.models import Edition, Review


def copy_rows(source: Edition, draft: Edition) -> None:
    """Copies with ids of their own; rows that point to each other do so among the copies.

    The caller holds both.
    """
    copies: dict[UUID, UUID] = {}
    for model in contents():
        rows = list(model._default_manager.filter(edition=source))
        copies |= {row.pk: uuid.uuid4() for row in rows}
        model._default_manager.bulk_create(_copy(row, draft, copies) for row in rows)


def contents() -> list[type[models.Model]]:
    """The tables whose rows belong to an edition; those that others point to come first."""
    every = {
        model
        for model in apps.get_app_config("manual").get_models()
        if model is not Review and any(field.name == "edition" for field in model._meta.fields)
    }
    return sorted(
        every, key=lambda model: (sum(f.related_model in every for f in model._meta.fields), str(model))
    )


def _copy(row: models.Model, draft: Edition, copies: dict[UUID, UUID]) -> models.Model:
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if not field.generated:
            value = getattr(row, field.attname)
            values[field.attname] = copies.get(value, value) if field.is_relation else value
    values |= {"id": copies[row.pk], "edition_id": draft.pk}
    if "version" in values:
        values["version"] = 0
    return type(row)(**values)
