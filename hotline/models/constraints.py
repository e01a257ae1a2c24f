"""Pieces of constraints that several nouns share."""

from __future__ import annotations

from django.db.models import CheckConstraint, Choices, Q


def known(field: str, choices: type[Choices], model: str) -> CheckConstraint:
    """The column holds one of the listed codes."""
    return CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=f"{model}_{field}_known")


def known_or_blank(field: str, choices: type[Choices], model: str) -> CheckConstraint:
    """The column holds one of the listed codes, or nothing."""
    return CheckConstraint(
        condition=Q(**{f"{field}__in": ["", *choices.values]}), name=f"{model}_{field}_known"
    )


def only_known(field: str, choices: type[Choices], model: str) -> CheckConstraint:
    """The list holds listed codes alone."""
    return CheckConstraint(
        condition=Q(**{f"{field}__contained_by": choices.values}), name=f"{model}_{field}_known"
    )


def both_or_neither(first: str, second: str, name: str) -> CheckConstraint:
    """Who and when are set together or not at all."""
    together = Q(**{f"{first}__isnull": True, f"{second}__isnull": True})
    together |= Q(**{f"{first}__isnull": False, f"{second}__isnull": False})
    return CheckConstraint(condition=together, name=name)
