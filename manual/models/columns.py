"""The kinds of columns that rows of the manual share, and how a text is read in the reader's language."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language

KEY_LENGTH: Final = 60


def in_language(row: models.Model, field: str) -> str:
    """The Swedish or English text of `field`; Swedish where English is missing."""
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    return str(getattr(row, f"{field}_{language}") or getattr(row, f"{field}_sv"))


def paragraph_url(anchor: str) -> str:
    """The address of a section (`2-3`) or of a paragraph on its section's page (`2-3-4`)."""
    number, *rest = anchor.split("-")
    url = reverse("manual:section", args=[int(number), f"{number}-{rest[0]}"])
    return url if len(rest) == 1 else f"{url}#{anchor}"


def key(choices: type[models.TextChoices], **more: Any) -> models.CharField[Any, Any]:
    return models.CharField(max_length=40, choices=choices.choices, **more)


def keys(choices: type[models.TextChoices]) -> ArrayField[Any, Any]:
    return ArrayField(models.CharField(max_length=40, choices=choices.choices), default=list, blank=True)


def in_enum(
    name: str, field: str, choices: type[models.TextChoices], *, blank: bool = False
) -> models.CheckConstraint:
    values = [*choices.values, ""] if blank else choices.values
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)


def all_in_enum(name: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__contained_by": choices.values}), name=name)
