"""Events with several persons, and what counts down in a case, for the table of who gets what."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from cases.enums import PeriodKind
from cases.models import Case
from cases.sections import incident
from cases.services import incident_sending, incidents, periods, returning
from core import clock


def made(by: Assignment, base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An event of the referrer with one person still to be sent, and one with everybody sent."""
    line = "Bo\t\t30\tman\tThailand\tthailändska\tUppsala\tja\tmuntligt\t2020-01-02"
    found = {}
    for name in ("event", "event-sent"):
        row = incidents.start(by=by)
        for page, answers in ((incident.HAPPENED, EVENT), (incident.DONE, NEEDS)):
            incidents.save_event(row=row, section=page, raw=answers, version=99, by=by)
        incidents.paste(row=row, text=line, explained=True, by=by)
        (person,) = incidents.unsent(row)
        if name == "event-sent":
            assert incident_sending.send(row=row, by=by) == 1
        found[name] = base | {"incident_id": row.pk, "person_id": person["id"], "slug": "handelsen"}
    return found


def dated(case: Case, by: Assignment) -> dict[str, Any]:
    """A period that counts down, and a wish to go home."""
    today = clock.today()
    period = periods.record(case_id=case.pk, kind=PeriodKind.REFLECTION, starts_on=today, ends_on=None,
                            source="Beslut", by=by)  # fmt: skip
    plan = returning.start(case_id=case.pk, informed_on=today, language="thailändska", interpreter=True,
                           words="Vill hem.", by=by)  # fmt: skip
    return {"period_id": period.pk, "plan_id": plan.pk, "kind": "police_informed", "part": "choice"}


EVENT: dict[str, Any] = {
    "immediate_danger": "no",
    "place_found": "municipality",
    "municipality_found": "Uppsala",
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Flera personer arbetar utan lön.",
}
NEEDS: dict[str, Any] = {"needs": ["safe_housing"], "responsible": "same"}
