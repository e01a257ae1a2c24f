"""Two agencies that both decline, a meeting with decisions, something asked for that is late."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases.models import Case, Draft, Referral, Step
from cases.services import disputes, meetings, participation, referrals, steps, triage, waiting
from core import clock, vault, workdays
from nrm_portal.demo.fill import NAMESPACE

ANSWERS: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "given",
    "consent_scope": ["social_services_adult", "police"],
    "consent_form": "oral",
    "consent_withdrawable_explained": "yes",
    "interpreter_used": "yes",
    "sex": "woman",
    "citizenship": ["RO"],
    "languages": ["ro"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "indicators": ["docs_debt.docs_held"],
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}


def show(today: datetime) -> None:
    _nobody_takes_it(today)
    _they_met(today)


def _acting(email: str) -> Assignment:
    rows = Membership.objects.select_related("user", "agency").filter(user__email=f"{email}@demo.example")
    return assignment_for(rows.order_by("-agency__name")[0])


def _referred(name: str, at: datetime, **answers: Any) -> Case | None:
    """A referral of that day, accepted an hour later; None when it is there already."""
    key = uuid.uuid5(NAMESPACE, f"situation-agencies-{name}")
    if Referral.objects.filter(draft_id=key).exists():
        return None
    by, karin = _acting("fatima.berg"), _acting("karin.holm")
    with clock.frozen(at):
        Draft.objects.create(
            id=key,
            owner=by.user,
            agency=by.agency,
            data_key=vault.new_key("draft", key),
            answers=ANSWERS | {"consent_date": str(clock.today()), "name": name} | answers,
            started_at=at,
            saved_at=at,
            expires_at=at + timedelta(days=28),
        )
        case: Case = referrals.submit(draft_id=key, by=by).case
    with clock.frozen(at + timedelta(hours=1)):
        triage.accept(case_id=case.pk, by=karin)
    return case


def _morning(today: datetime, working_days: int) -> datetime:
    """Nine o'clock so many working days ago."""
    day = workdays.add_working_days(clock.local(today).date(), -working_days)
    return datetime(day.year, day.month, day.day, 9, tzinfo=clock.STOCKHOLM)


def _invite(case: Case, worker: Assignment, at: datetime) -> uuid.UUID:
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk,
            agency_id=worker.agency_id,
            ground="consent",
            categories=["situation", "health"],
            purpose="Skydd och stöd",
            by=_acting("karin.holm"),
        )
    return row.pk


def _nobody_takes_it(today: datetime) -> None:
    """Uppsala and Stockholm both say that the other is responsible; nobody has settled it in time."""
    start = _morning(today, 6)
    case = _referred(
        "Ask-44", start, forms=["sexual"], narrative="Hon bor tillfälligt hos en bekant och vill därifrån."
    )
    if case is None:
        return
    for email, reason, hours in (
        ("lars.chef", "Personen är folkbokförd i Stockholm.", 4),
        ("ylva.stark", "Personen vistas i Uppsala.", 7),
    ):
        worker, at = _acting(email), start + timedelta(hours=hours)
        row = _invite(case, worker, at - timedelta(hours=2))
        with clock.frozen(at):
            participation.answer(participation_id=row, accepts=False, reason=reason, by=worker)
    with clock.frozen(min(start + timedelta(days=6), today)):
        disputes.escalate()


def _they_met(today: datetime) -> None:
    """A meeting with two decisions; one is done, the other is late and has been reminded of."""
    start = _morning(today, 9)
    case = _referred(
        "Rönn-17", start, forms=["labour"], narrative="Han har städat kontor om nätterna utan lön i ett år."
    )
    if case is None:
        return
    karin, social, police = _acting("karin.holm"), _acting("fatima.berg"), _acting("linn.modig")
    for worker in (social, police):
        row = _invite(case, worker, start + timedelta(hours=2))
        with clock.frozen(start + timedelta(hours=5)):
            participation.answer(participation_id=row, accepts=True, by=worker)
    met = _morning(today, 6) + timedelta(hours=4)
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
    with clock.frozen(min(_morning(today, 1), today)):
        waiting.nudge(step_id=_owed(case, police).pk, by=karin)


def _decision(text: str, who: Assignment, today: datetime, working_days: int) -> meetings.Agreed:
    return meetings.Agreed(text, str(who.agency_id), _morning(today, working_days).date())


def _owed(case: Case, who: Assignment) -> Step:
    return case.steps.get(key="act.agreed", agency_id=who.agency_id, status="open")
