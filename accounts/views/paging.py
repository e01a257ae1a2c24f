"""Lists by name, a page at a time, without counting: the cursor is the id of a row, never its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

SIZE: Final = 30


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the id to continue after or before (None at an end)."""

    rows: list[Any]
    before: UUID | None
    after: UUID | None


def page_of(rows: QuerySet[Any], query: Mapping[str, str]) -> Page:
    """The page of `rows` (with `name` and `pk`) that `?efter=<id>` or `?fore=<id>` asks for."""
    forward = "fore" not in query
    cursor = _row(rows, query.get("efter" if forward else "fore", ""))
    if cursor is None:
        forward, page = True, rows.order_by("name", "pk")
    elif forward:
        page = rows.filter(Q(name__gt=cursor[0]) | Q(name=cursor[0], pk__gt=cursor[1])).order_by("name", "pk")
    else:
        page = rows.filter(Q(name__lt=cursor[0]) | Q(name=cursor[0], pk__lt=cursor[1])).order_by(
            "-name", "-pk"
        )
    found = list(page[: SIZE + 1])
    more, found = len(found) > SIZE, found[:SIZE]
    if not forward:
        found.reverse()
    before = found[0].pk if found and ((forward and cursor) or (not forward and more)) else None
    after = found[-1].pk if found and ((forward and more) or not forward) else None
    return Page(found, before, after)


def _row(rows: QuerySet[Any], value: str) -> tuple[str, UUID] | None:
    try:
        key = UUID(value)
    except ValueError:
        return None
    return rows.filter(pk=key).values_list("name", "pk").first()
