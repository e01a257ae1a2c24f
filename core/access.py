"""The only door to django-guardian: dated object rights on containers.

A *container* is an object that holds cases for people: an agency or a desk. A right on a container
belongs to one membership (a person in one role at one agency), from one day until another. The rows
are copies of dated facts (memberships, duties, absences), written by `sync` and read by `rights_on`
in one query. Nobody is above these rows: an inactive person has none, and there is no superuser.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from guardian.models import UserObjectPermissionBase

from core import clock


class ContainerPermission(UserObjectPermissionBase):
    """A right on one container for one membership, from `valid_from` to and including `valid_until`.

    A concrete model declares `content_object` (foreign key to the container) and `membership`
    (foreign key to the dated membership the right follows from). Dates are local dates; `valid_until`
    None means until further notice.
    """

    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    if TYPE_CHECKING:
        content_object_id: UUID
        membership_id: UUID
        user_id: UUID
        permission_id: int

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "content_object", "permission", "valid_from"],
                name="%(app_label)s_%(class)s_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="%(app_label)s_%(class)s_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row that should exist: the right `codename` on `container_id` for a membership and its person."""

    membership_id: UUID
    user_id: UUID
    container_id: UUID
    codename: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` changed, in rows."""

    added: int
    removed: int


def in_force(at: date | datetime | None = None, prefix: str = "") -> Q:
    """The condition "holds on the day of `at`" (default today, Stockholm); the last day counts."""
    day = _day(at)
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": day})
    )


def rights_on(
    model: type[ContainerPermission],
    membership_id: UUID,
    at: date | datetime | None = None,
) -> dict[UUID, frozenset[str]]:
    """The rights of one membership on every container of this kind, valid at `at`. One query.

    A person who is not active has none.
    """
    rows: Any = (
        model._default_manager.filter(in_force(at), membership_id=membership_id, user__is_active=True)
        .values_list("content_object_id", "permission__codename")
        .order_by()
    )
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for container_id, codename in rows:
        found[container_id].add(codename)
    return {container_id: frozenset(codenames) for container_id, codenames in found.items()}


def sync(model: type[ContainerPermission], wanted: Iterable[Wanted], *, within: Q) -> Synced:
    """Make the rows `within` (a condition on the model) exactly the wanted ones.

    Idempotent: what is already there is left alone. Raises KeyError for a right the container's model
    does not declare in `Meta.permissions`. Runs in the caller's transaction.
    """
    ids = _permission_ids(model)
    target = {
        (
            w.membership_id,
            w.user_id,
            w.container_id,
            ids[w.codename],
            w.valid_from,
            w.valid_until,
        )
        for w in wanted
    }
    columns = (
        "membership_id",
        "user_id",
        "content_object_id",
        "permission_id",
        "valid_from",
        "valid_until",
    )
    existing = {row[1:]: row[0] for row in model._default_manager.filter(within).values_list("pk", *columns)}
    surplus = [pk for row, pk in existing.items() if row not in target]
    missing = [model(**dict(zip(columns, row, strict=True))) for row in target if row not in existing]
    if surplus:
        model._default_manager.filter(pk__in=surplus).delete()
    if missing:
        model._default_manager.bulk_create(missing)
    return Synced(added=len(missing), removed=len(surplus))


def members_with(
    model: type[ContainerPermission],
    container_id: UUID,
    codename: str,
    at: date | datetime | None = None,
) -> list[UUID]:
    """The memberships that hold one right on one container at `at`, active people only."""
    rows: Any = model._default_manager.all()
    return list(
        rows.filter(
            in_force(at),
            content_object_id=container_id,
            permission__codename=codename,
            user__is_active=True,
        ).values_list("membership_id", flat=True)
    )


def _permission_ids(model: type[ContainerPermission]) -> dict[str, int]:
    meta: Any = model._meta
    container = meta.get_field("content_object").related_model
    content_type = ContentType.objects.get_for_model(container)
    declared = {codename for codename, _name in container._meta.permissions}
    return dict(
        Permission.objects.filter(content_type=content_type, codename__in=declared).values_list(
            "codename", "pk"
        )
    )


def _day(at: date | datetime | None) -> date:
    if at is None:
        return clock.today()
    if isinstance(at, datetime):
        return clock.local(at).date()
    return at
