"""The manual as those who edit it find it, for the table of who gets what."""

from __future__ import annotations

from typing import Any

from accounts.enums import Role
from manual.services import editing
from tests.factories import member

STEP = "ident.rc.assess"


def begun(base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A draft that somebody else began, and a step in it; the same step of the edition that applies."""
    draft = editing.start_draft(title="Ny frist", reason="Remiss.", by=member(Role.NATIONAL_COORDINATOR))
    return {
        "draft": base | {"number": draft.number, "key": STEP},
        "decided": base | {"number": 1, "key": STEP},
    }
