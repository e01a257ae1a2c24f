"""The record of who did, read or was refused what.

One narrow row for each act: ids and codes, never values. `record` writes in the caller's transaction, so
that an act and its row exist together or not at all; `refuse` writes on a connection of its own, so that
the row survives the rollback that follows. If a row cannot be written the error goes through and the page
is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from django.db import models

from core import context
from core.codes import coded
from core.enums import AuditOutcome
from core.models import AuditEvent

REASON_LENGTH: Final = 500
_VERB: Final = re.compile(r"[a-z_]+(\.[a-z_]+)+")


class Actor(Protocol):
    """Who acts, and in which capacity."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def role(self) -> str: ...

    @property
    def agency_id(self) -> UUID | None: ...


Target: TypeAlias = models.Model | UUID | None
"""What an act is about: a row with a UUID as key, or the id alone."""


def record(
    verb: str,
    target: Target = None,
    *,
    by: Actor | None,
    target_ids: Iterable[UUID] = (),
    reason: str = "",
    **facts: object,
) -> None:
    """Write that something was done or read, in the caller's transaction. `by` is None for the clock.

    A list page or an export names all it showed in `target_ids`: one row. `facts` are ids, codes, counts
    and switches; old and new codes of a changed column belong here, text never (TypeError or ValueError).
    """
    _event(verb, target, by, target_ids, reason, facts).save(force_insert=True)


def refuse(verb: str, target: Target = None, *, by: Actor | None, reason: str = "", **facts: object) -> None:
    """Write that something was refused, on a connection of its own that commits at once."""
    event = _event(verb, target, by, (), reason, facts)
    event.outcome = AuditOutcome.REFUSED
    event.save(force_insert=True, using="audit")


def latest(target: models.Model, *verbs: str) -> AuditEvent | None:
    """The newest allowed act of one of these kinds on a row: who decided last, and when."""
    events = AuditEvent.objects.filter(target_id=target.pk, verb__in=verbs, outcome=AuditOutcome.ALLOWED)
    return events.order_by("-at", "-pk").first()


def count(by: Actor, verb: str, *, since: datetime) -> int:
    """How often somebody has been allowed an act since then."""
    events = AuditEvent.objects.filter(user_id=by.user_id, at__gte=since, verb=verb)
    return events.filter(outcome=AuditOutcome.ALLOWED).count()


def _event(
    verb: str,
    target: Target,
    by: Actor | None,
    target_ids: Iterable[UUID],
    reason: str,
    facts: dict[str, object],
) -> AuditEvent:
    if not _VERB.fullmatch(verb):
        raise ValueError(f"a verb reads like 'case.read', not {verb!r}")
    kind, target_id = _name(target)
    return AuditEvent(
        request_id=context.request_id(),
        user_id=by.user_id if by else None,
        role=str(by.role) if by else "",
        agency_id=by.agency_id if by else None,
        verb=verb,
        target_type=kind,
        target_id=target_id,
        target_ids=list(target_ids),
        reason=reason[:REASON_LENGTH].replace("\0", ""),
        facts={name: coded(name, value) for name, value in facts.items()},
    )


def _name(target: Target) -> tuple[str, UUID | None]:
    if target is None or isinstance(target, UUID):
        return "", target
    if not isinstance(target.pk, UUID):
        raise TypeError(f"{target._meta.label} has no UUID: name it by a code in the facts")
    return target._meta.label_lower, target.pk
