"""Cases whose time has come: one ripe, one coming, one kept for an investigation, one already gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.enums import HoldReason, Outcome
from cases.models import Case
from cases.services import casework, messages
from cases.services.disposal import batches, holds, looking
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, referred

FIVE_YEARS = timedelta(days=5 * 365 + 1)


def show(today: datetime) -> None:
    ripe = _closed("Alm-181", today, ago=FIVE_YEARS + timedelta(days=20))
    if ripe is None:  # the one that is gone leaves nothing by which it could be known
        return
    kept = _closed("Ask-182", today, ago=FIVE_YEARS + timedelta(days=12))
    coming = _closed("Asp-183", today, ago=FIVE_YEARS - timedelta(days=45))
    gone = _closed("Al-184", today, ago=FIVE_YEARS + timedelta(days=30))
    if not (kept and coming and gone):
        return
    with clock.frozen(today - timedelta(days=80)):
        holds.place(
            case_id=kept.pk, reason=HoldReason.INVESTIGATION, words="Åklagarkammaren, AM-1234-26 (påhittat).",
            ends_on=clock.today() + timedelta(days=365), by=acting("karin.holm"),
        )  # fmt: skip
    for days in (75, 41, 1):
        with clock.frozen(today - timedelta(days=days)):
            looking.look()
    _gone(gone, today)


def _closed(name: str, today: datetime, ago: timedelta) -> Case | None:
    """An ordinary case of long ago: met, accepted, a note, closed so long ago."""
    end = today - ago
    at = end - timedelta(days=60)
    case = referred(
        "disposal", name, at, forms=["labour"], narrative="Påhittad berättelse från förr i demon."
    )
    if case is None:
        return None
    karin = acting("karin.holm")
    accepted(case, at + timedelta(hours=2))
    with clock.frozen(at + timedelta(days=1)):
        messages.add_note(case_id=case.pk, text="Ringde vårdcentralen om en tid.", by=karin)
    with clock.frozen(end):
        return casework.close(case_id=case.pk, outcome=Outcome.SUPPORT_COMPLETED, by=karin)


def _gone(case: Case, today: datetime) -> None:
    """Proposed by the desk, approved by the data protection officer, carried out a day later."""
    with clock.frozen(today - timedelta(days=4)):
        batch = batches.propose(case_ids=[case.pk], decision="Gallringsbeslut 12/26", by=acting("karin.holm"))
    with clock.frozen(today - timedelta(days=3)):
        batches.approve(batch_id=batch.pk, by=acting("dora.dataskydd"))
    with clock.frozen(today - timedelta(days=1, hours=22)):
        batches.carry_out()
