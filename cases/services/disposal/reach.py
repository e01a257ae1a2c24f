"""Everything that hangs on a case: found by the foreign keys of the models, so that a new model is in it.

From the cases (a survivor and what was merged into it), their persons and the event they came from, every
foreign key that points to a row found is followed. A row found is deleted. A model whose rows must stay says
`outlives_case = True`; its fields are then treated as its `Privacy` lists say.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.fields.reverse_related import ForeignObjectRel

from cases.enums import Status
from cases.models import (
    Case,
    Dependant,
    Document,
    Incident,
    Person,
    Referral,
    RequestedCase,
    SubjectRequest,
)
from core.models import DataKey

Model = type[models.Model]
LET_GO: Final[set[tuple[Model, str]]] = {(Dependant, "own_case")}
"""Rows of another case that only point here: the pointer is emptied, the row stays. Apps above add theirs."""

HELD_BY: Final[tuple[tuple[Model, str, Model], ...]] = ((RequestedCase, "request", SubjectRequest),)
"""Rows that hold others together and go with the last of them."""


def outlives(model: Model) -> bool:
    """Whether the rows of a model stay when the case goes."""
    return bool(getattr(model, "outlives_case", False)) or bool(getattr(model, "append_only", False))


def pointers(model: Model) -> Iterator[tuple[Model, str]]:
    """Every foreign key that points to a model: where it stands, and its name."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            yield relation.related_model, relation.field.name


@dataclass
class Reach:
    """The rows that go, by model; `cases` stay as tombstones."""

    cases: frozenset[uuid.UUID]
    rows: dict[Model, set[Any]] = field(default_factory=dict)

    @property
    def ids(self) -> set[uuid.UUID]:
        """Every random id by which something of this can be called, also in texts and lists of ids."""
        found = {pk for pks in self.rows.values() for pk in pks if isinstance(pk, uuid.UUID)}
        return found | self.cases | set(self.drafts)

    drafts: frozenset[uuid.UUID] = frozenset()
    """What the referrals were before they were sent."""

    def of(self, model: Model) -> set[Any]:
        return self.rows.get(model, set())

    def keys(self) -> set[uuid.UUID]:
        """Data keys that seal, or sealed, anything of this."""
        found: set[uuid.UUID] = set(
            DataKey.objects.filter(subject_id__in=self.ids).values_list("pk", flat=True)
        )
        every: list[tuple[Model, Iterable[Any]]] = [(Case, self.cases), *self.rows.items()]
        for model, pks in every:
            for name in key_fields(model):
                rows = model._base_manager.filter(pk__in=pks).exclude(**{name: None})
                found |= set(rows.values_list(name, flat=True))
        return found


def key_fields(model: Model) -> list[str]:
    """The foreign keys of a model that name a data key."""
    return [f.attname for f in model._meta.concrete_fields if f.is_relation and f.related_model is DataKey]


def of(case: Case) -> Reach:
    """What goes with a case. Changes nothing."""
    cases = _with_absorbed(case.pk)
    found = Reach(cases)
    rows = Case.objects.filter(pk__in=cases)
    sent = Referral.objects.filter(case__in=cases)
    found.drafts = frozenset(sent.values_list("draft_id", flat=True))
    _add(found, Person, _alone(cases, "person", rows.values_list("person", flat=True)))
    _add(found, Incident, _alone(cases, "incident", rows.values_list("incident", flat=True)))
    waiting: list[tuple[Model, set[Any]]] = [(Case, set(cases))]
    waiting += [(model, set(pks)) for model, pks in found.rows.items()]
    while waiting:
        model, pks = waiting.pop()
        for where, name in pointers(model):
            if where is Case or outlives(where) or (where, name) in LET_GO:
                continue
            hits = set(where._base_manager.filter(**{f"{name}__in": pks}).values_list("pk", flat=True))
            if new := hits - found.of(where):
                _add(found, where, new)
                waiting.append((where, new))
        if not waiting:
            waiting += _holders(found)
    return found


def _holders(found: Reach) -> Iterator[tuple[Model, set[Any]]]:
    """What only held rows that go: nothing of it is left."""
    for where, name, holder in HELD_BY:
        rows = where._base_manager.all()
        mine = set(rows.filter(pk__in=found.of(where)).values_list(name, flat=True))
        others = rows.exclude(pk__in=found.of(where)).filter(**{f"{name}__in": mine})
        if new := mine - set(others.values_list(name, flat=True)) - found.of(holder):
            _add(found, holder, new)
            yield holder, new


def _with_absorbed(case_id: uuid.UUID) -> frozenset[uuid.UUID]:
    known: set[uuid.UUID] = set()
    new = {case_id}
    while new:
        known |= new
        rows = Case.objects.filter(merged_into__in=new, status=Status.MERGED)
        new = set(rows.values_list("pk", flat=True)) - known
    return frozenset(known)


def _alone(cases: Iterable[uuid.UUID], name: str, pks: Iterable[Any]) -> set[Any]:
    """Those that no other case points to."""
    wanted = {pk for pk in pks if pk}
    others = Case.objects.filter(~Q(pk__in=cases), **{f"{name}__in": wanted})
    return wanted - set(others.values_list(name, flat=True))


def _add(found: Reach, model: Model, pks: Iterable[Any]) -> None:
    if new := set(pks):
        found.rows.setdefault(model, set()).update(new)


def documents(found: Reach) -> list[str]:
    """The names under which files of this lie in the storage."""
    return [str(pk) for pk in found.of(Document)]


def staying() -> list[Model]:
    """The models whose rows outlive their case."""
    return [model for model in apps.get_models() if getattr(model, "outlives_case", False)]
