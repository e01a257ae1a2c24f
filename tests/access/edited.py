"""The manual as those who edit it find it, for the table of who gets what."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.access import Assignment
from accounts.enums import Role
from core import pdf
from core.enums import PdfState
from manual.services import editing, papers
from tests.factories import member

STEP = "ident.rc.assess"


def begun(base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A draft that somebody else began, and a step in it; the same step of the edition that applies."""
    draft = editing.start_draft(title="Ny frist", reason="Remiss.", by=member(Role.NATIONAL_COORDINATOR))
    return {
        "draft": base | {"number": draft.number, "key": STEP},
        "decided": base | {"number": 1, "key": STEP},
    }


def paper(by: Assignment) -> uuid.UUID:
    """A part of the manual that she ordered."""
    job = pdf.request(papers.TEMPLATE, {}, by=by, filename="manual.pdf", language="sv")
    job.state, job.result = PdfState.READY, b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    return job.pk
