"""Objects of emergency access and protected identity."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from cases.models import Case
from cases.services import emergency


def emergencies(case: Case, by: Assignment) -> dict[str, dict[str, Any]]:
    """A case that a colleague at the national desk reads in an emergency."""
    glass = emergency.open_case(reference=case.reference, reason="Ingen svarar, fara nu.", by=by)
    return {"glass": {"glass_id": glass.pk, "case_id": case.pk}}
