"""Pieces of constraints that several nouns share."""

from __future__ import annotations

from django.db.models import CheckConstraint, Choices, Q


def in_enum(field: str, choices: type[Choices], model: str) -> CheckConstraint:
    """The column holds one of the listed codes."""
    return CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=f"{model}_{field}_known")


def both_or_neither(first: str, second: str, name: str) -> CheckConstraint:
    """Who and when are set together or not at all."""
    together = Q(**{f"{first}__isnull": True, f"{second}__isnull": True})
    together |= Q(**{f"{first}__isnull": False, f"{second}__isnull": False})
    return CheckConstraint(condition=together, name=name)


def exactly_one(first: str, second: str, name: str) -> CheckConstraint:
    """An agency or a desk, never both, never none."""
    one = Q(**{f"{first}__isnull": False, f"{second}__isnull": True})
    one |= Q(**{f"{first}__isnull": True, f"{second}__isnull": False})
    return CheckConstraint(condition=one, name=name)
