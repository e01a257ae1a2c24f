"""What a desk has noted and handed in, and figures of earlier years, for the table of who gets what."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.access import Assignment
from cases.services import feeds, figure_views, lists, views
from coordinators.models import ActivityReport, Desk
from coordinators.services import activity
from coordinators.services.activity import Done
from core import clock, pdf
from core.enums import PdfState
from nrm_portal.overview.activity import files
from nrm_portal.overview.earlier.models import EarlierImport

FACTS = {"minutes": 90, "other_meetings": 1, "trainings": 0, "trained": 0}


def done(by: Assignment, base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A note of hers, the report of her desk and its paper; an import of somebody who has left."""
    desk = Desk.objects.get(pk=base["desk_id"])
    said = Done(kind="support", day=clock.today(), minutes=90, people=1, words="Stödsamtal.")
    note = activity.add(key=uuid.uuid4(), desk_id=desk.pk, done=said, by=by)
    report = ActivityReport.objects.create(
        desk=desk, period="2025-Q3", made_at=clock.now(), made_by=by.user, tables={}, facts=FACTS
    )
    job = pdf.request(files.TEMPLATE, {}, by=by, filename="verksamhet.pdf", language="sv")
    job.state, job.result = PdfState.READY, b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    taken = EarlierImport.objects.create(
        made_at=clock.now(), made_by=None, file_name="tidigare.csv", sha256="0" * 64, rows=1
    )
    ids = {"note_id": note.pk, "report_id": report.pk, "job_id": job.pk, "import_id": taken.pk}
    return {"worked": base | ids}


def own_things(by: Assignment, base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the coordinator has arranged for herself; and several cases at once."""
    chosen = lists.read("vy=alla&county=03")
    figures = figure_views.save(name="Kvartal", words="visar=kvartal", notify=True, by=by)
    return {
        "bulk": {"slug": "tilldela"},
        "own-view": {"view_id": views.save(name="Uppsala", chosen=chosen, notify=True, by=by).pk},
        "figures": {"view_id": figures.pk},
        "feed": {"token": feeds.make(by=by)},
        "no-feed": {"token": "x" * 43},
    }
