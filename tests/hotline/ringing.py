"""Operators and calls for tests: `answered(operator(), about="advice", ...)`."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any, Final

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import Agency
from hotline.models import Call, Tally
from hotline.services import calls
from hotline.services.calls import Said

USUAL: Final[dict[str, Any]] = {"profession": "social_worker", "about": "advice"}


def operator(agency: Agency | None = None) -> Assignment:
    from tests.factories import member

    return member(Role.HOTLINE_OPERATOR, agency=agency)


def said(**told: Any) -> Said:
    """What a page says about a call: exactly these answers."""
    given = {"place" if name in ("municipality_id", "county_id") else name for name in told}
    return Said(**told, given=frozenset(given))


ENDED: Final = said(profession="school", about="advice")


def answered(by: Assignment, *, ended: bool = True, **told: Any) -> Call:
    """A call as its operator has saved it."""
    saved = calls.save(call_id=uuid.uuid4(), said=said(**USUAL | told), by=by, end=ended)
    return Call.objects.select_related("data_key").get(pk=saved.call.pk)


def counted() -> Counter[str]:
    """What the figures say, by unit."""
    found: Counter[str] = Counter()
    for row in Tally.objects.exclude(unit__endswith="_gone"):
        found[row.unit] += row.amount
    return found
