"""Events with several persons, for the table of who gets what."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from cases.sections import incident
from cases.services import incident_sending, incidents


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


EVENT: dict[str, Any] = {
    "immediate_danger": "no",
    "place_found": "municipality",
    "municipality_found": "Uppsala",
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Flera personer arbetar utan lön.",
}
NEEDS: dict[str, Any] = {"needs": ["safe_housing"], "responsible": "same"}
