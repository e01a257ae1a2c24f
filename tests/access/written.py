"""Texts and lists of the draft, for the table of who gets what."""

from __future__ import annotations

from typing import Any

from accounts.enums import Role
from manual.models import Edition
from manual.services import texts
from tests.factories import member

NOW, GONE = "2-3-3", "8-2-1"


def rows(base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One row of every kind in the draft that is in work (`tests.access.edited`)."""
    draft = Edition.objects.in_work()
    assert draft is not None, "a draft is begun first"
    texts.retire_paragraph(
        edition_id=draft.pk, anchor=GONE, moved_to="", reason_sv="Borttaget.", reason_en="Removed.",
        by=member(Role.NATIONAL_COORDINATOR),
    )  # fmt: skip
    row = base | {"number": draft.number}
    return {
        "text": row | {"chapter": 2, "anchor": NOW, "under": "2-3"},
        "gone-text": row | {"anchor": GONE},
        "sign": row | {"key": "docs_debt.docs_held"},
        "group": row | {"key": "recruit"},
        "date": row | {"key": "identified"},
        "word": row | {"key": "betanketid"},
        "source": row | {"key": "UTL"},
    }
