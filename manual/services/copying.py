"""Every row of an edition once more, for a draft that begins as a copy."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
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
        model._default_manager.bulk_create(copy_row(row, draft.pk, copies) for row in rows)


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


def copy_row(row: models.Model, edition_id: UUID, copies: Mapping[UUID, UUID] | None = None) -> models.Model:
    """The same row for an edition, not saved; `copies` says which row has become which."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if not field.generated:
            value = getattr(row, field.attname)
            values[field.attname] = (copies or {}).get(value, value) if field.is_relation else value
    values |= {"id": (copies or {}).get(row.pk) or uuid.uuid4(), "edition_id": edition_id}
    if "version" in values:
        values["version"] = 0
    return type(row)(**values)
