"""Two agencies that both decline, a meeting with decisions, something asked for that is late."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from accounts.access import Assignment
from cases.models import Case, Step
from cases.services import disputes, meetings, participation, steps, waiting
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred


def show(today: datetime) -> None:
    _nobody_takes_it(today)
    _they_met(today)


def _invite(case: Case, worker: Assignment, at: datetime) -> uuid.UUID:
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk,
            agency_id=worker.agency_id,
            ground="consent",
            categories=["situation", "health"],
            purpose="Skydd och stöd",
            by=acting("karin.holm"),
        )
    return row.pk


def _referred(name: str, at: datetime, **answers: Any) -> Case | None:
    """By Fatima Berg, accepted an hour later."""
    case = referred("agencies", name, at, **answers)
    return accepted(case, at + timedelta(hours=1)) if case else None


def _nobody_takes_it(today: datetime) -> None:
    """Uppsala and Stockholm both say that the other is responsible; nobody has settled it in time."""
    start = morning(today, 6)
    case = _referred(
        "Ask-44", start, forms=["sexual"], narrative="Hon bor tillfälligt hos en bekant och vill därifrån."
    )
    if case is None:
        return
    for email, reason, hours in (
        ("lars.chef", "Personen är folkbokförd i Stockholm.", 4),
        ("ylva.stark", "Personen vistas i Uppsala.", 7),
    ):
        worker, at = acting(email), start + timedelta(hours=hours)
        row = _invite(case, worker, at - timedelta(hours=2))
        with clock.frozen(at):
            participation.answer(participation_id=row, accepts=False, reason=reason, by=worker)
    with clock.frozen(min(start + timedelta(days=6), today)):
        disputes.escalate()


def _they_met(today: datetime) -> None:
    """A meeting with two decisions; one is done, the other is late and has been reminded of."""
    start = morning(today, 9)
    case = _referred(
        "Rönn-17", start, forms=["labour"], narrative="Han har städat kontor om nätterna utan lön i ett år."
    )
    if case is None:
        return
    karin, social, police = acting("karin.holm"), acting("fatima.berg"), acting("linn.modig")
    for worker in (social, police):
        row = _invite(case, worker, start + timedelta(hours=2))
        with clock.frozen(start + timedelta(hours=5)):
            participation.answer(participation_id=row, accepts=True, by=worker)
    met = morning(today, 6) + timedelta(hours=4)
    with clock.frozen(met):
        meetings.record(
            case_id=case.pk,
            held_on=clock.today(),
            present=[social.agency_id, police.agency_id],
            minutes="Alla var eniga om att boendet är det mest brådskande. Polisen utreder bolaget.",
            decisions=[
                _decision("Ordna tillfälligt boende", social, today, 4),
                _decision("Ta reda på vem som äger bolaget", police, today, 2),
            ],
            by=karin,
        )
    with clock.frozen(met + timedelta(days=1)):
        steps.done(step_id=_owed(case, social).pk, remark="Boende finns från i morgon.", by=social)
        meetings.ask(
            case_id=case.pk, agency_id=social.agency_id, text="Boka tolk till samtalet om framtiden",
            due_on=clock.today() + timedelta(days=21), by=karin,
        )  # fmt: skip
    with clock.frozen(min(morning(today, 1), today)):
        waiting.nudge(step_id=_owed(case, police).pk, by=karin)


def _decision(text: str, who: Assignment, today: datetime, working_days: int) -> meetings.Agreed:
    return meetings.Agreed(text, str(who.agency_id), morning(today, working_days).date())


def _owed(case: Case, who: Assignment) -> Step:
    return case.steps.get(key="act.agreed", agency_id=who.agency_id, status="open")
