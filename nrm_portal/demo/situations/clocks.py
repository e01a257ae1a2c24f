"""A reflection period that runs out soon, a clock that stands still, a return prepared, one followed up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment
from cases.enums import BlockedOn, Outcome, PeriodKind, ReturnPart
from cases.models import Case, ReturnPlan
from cases.services import casework, participation, periods, returning, steps, stops
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

P = ReturnPart


def show(today: datetime) -> None:
    _it_runs_out(today)
    _she_wants_home(today)
    _he_is_home(today)


def _referred(name: str, at: datetime, **answers: Any) -> Case | None:
    """By Fatima Berg, accepted an hour later."""
    case = referred("clocks", name, at, **answers)
    return accepted(case, at + timedelta(hours=1)) if case else None


def _invite(case: Case, worker: Assignment, at: datetime, *categories: str) -> None:
    with clock.frozen(at):
        row = participation.invite(case_id=case.pk, agency_id=worker.agency_id, ground="consent",
                                   categories=["situation", *categories], purpose="Skydd och stöd",
                                   by=acting("karin.holm"))  # fmt: skip
        participation.answer(participation_id=row.pk, accepts=True, by=worker)


def _day(at: datetime) -> date:
    return clock.local(at).date()


def _it_runs_out(today: datetime) -> None:
    """Nine days are left of a reflection period; the police have stopped a clock to wait for a translator."""
    start = morning(today, 16)
    case = _referred(
        "Lind-09", start, forms=["sexual"], citizenship=["NG"], languages=["en"], stay_status="none",
        reflection_status="applied", reflection_applied_on=str(_day(start)),
        narrative="Hon tvingas sälja sex för att betala av en skuld.",
    )  # fmt: skip
    if case is None:
        return
    karin, police = acting("karin.holm"), acting("linn.modig")
    _invite(case, police, start + timedelta(hours=3), "proceedings")
    granted = _day(today) - timedelta(days=21)
    with clock.frozen(start + timedelta(days=1)):
        first = min(granted, clock.today())
        periods.record(case_id=case.pk, kind=PeriodKind.REFLECTION, starts_on=first,
                       ends_on=_day(today) + timedelta(days=9), by=karin,
                       source=f"Migrationsverket, beslut {first}")  # fmt: skip
    with clock.frozen(start + timedelta(days=2)):
        step = case.steps.get(key="init.rc.reflection_information")
        steps.done(step_id=step.pk, by=karin, remark="Muntligt och skriftligt på engelska, med tolk.")
    _keep_up(case, start + timedelta(days=3))
    with clock.frozen(start + timedelta(hours=5)):
        for owed in case.steps.filter(agency=police.agency, status="open").order_by("due_at"):
            if not stops.why_not(owed, case):
                stops.stop(step_id=owed.pk, reason=BlockedOn.INTERPRETER,
                           text="Tolk på rätt dialekt finns först nästa vecka.", by=police)  # fmt: skip
                break


def _keep_up(case: Case, at: datetime) -> None:
    """The desk has done what was due in the first days."""
    with clock.frozen(at):
        early = case.steps.filter(desk_id=case.desk_id, status="open", due_at__lte=at + timedelta(days=14))
        for step in early.exclude(key__startswith="ret."):
            steps.done(step_id=step.pk, by=acting("karin.holm"))


SHARED: Final = {"consent_scope": ["social_services_adult", "police", "iom"]}


def _plan(case: Case, at: datetime, wish: str, *, language: str, country: str) -> ReturnPlan:
    with clock.frozen(at):
        return returning.start(case_id=case.pk, informed_on=_day(at), language=language, interpreter=True,
                               country=country, words=wish, by=acting("karin.holm"))  # fmt: skip


def _record(plan: ReturnPlan, at: datetime, part: ReturnPart, day: date, words: str, **more: Any) -> None:
    with clock.frozen(at):
        returning.record(plan_id=plan.pk, part=part, day=day, words=words, by=acting("karin.holm"), **more)


def _she_wants_home(today: datetime) -> None:
    """A return that IOM and the coordinator have agreed on; the journey is not booked yet."""
    start = morning(today, 12)
    case = _referred(
        "Hassel-31", start, **SHARED, forms=["begging"], citizenship=["BG"], languages=["bg"],
        narrative="Hon har tvingats tigga utanför en butik och vill hem till sin familj.",
    )  # fmt: skip
    if case is None:
        return
    plan = _plan(case, start + timedelta(days=1), "Vill hem till sin mor i Varna.", language="bulgariska",
                 country="BG")  # fmt: skip
    later = start + timedelta(days=3)
    _record(plan, later, P.CHOICE, _day(later), "Undertecknad på bulgariska, i akten hos koordinatorn.")
    _record(plan, later, P.APPLICATION, _day(later), "Skickad till Aino Korhonen, IOM Finland.")
    _invite(case, acting("aino.korhonen"), later + timedelta(hours=1), "proceedings")
    agreed = start + timedelta(days=7)
    _record(plan, agreed, P.ELIGIBILITY, _day(agreed), "Vid telefonmöte med Aino Korhonen.")
    _record(plan, agreed, P.RISKS, _day(agreed), "Låg risk. Modern tar emot, kontakt med stödorganisation.")
    _keep_up(case, agreed)


def _he_is_home(today: datetime) -> None:
    """Travelled five weeks ago; the Swedish case is closed and the follow-up goes on."""
    start = morning(today, 60)
    case = _referred(
        "Al-52", start, **SHARED, forms=["labour"], citizenship=["RO"], languages=["ro"], sex="man",
        narrative="Han byggde villor utan lön och bodde i en container.",
    )  # fmt: skip
    if case is None:
        return
    plan = _plan(case, start + timedelta(days=2), "Vill hem och köra lastbil igen.", language="rumänska",
                 country="RO")  # fmt: skip
    at, left = start + timedelta(days=6), _day(today) - timedelta(days=36)
    _record(plan, at, P.CHOICE, _day(at), "Undertecknad på rumänska.")
    _record(plan, at, P.APPLICATION, _day(at), "Skickad till IOM Finland.")
    _record(plan, at, P.ELIGIBILITY, _day(at), "Beslutat tillsammans med IOM.")
    _record(plan, at, P.RISKS, _day(at), "Inga kända hot.")
    _record(plan, at, P.DOCUMENTS, _day(at), "Pass från ambassaden.")
    _record(plan, at, P.JOURNEY, left, "Flyg från Arlanda, IOM följer till planet.")
    _record(plan, at, P.RECEPTION, _day(at), "Brodern möter, IOM i landet följer upp.")
    home = max(at, today - timedelta(days=35))
    _record(plan, home, P.DEPARTURE, left, "", arrived_on=left, wants_follow_up=True)
    with clock.frozen(home + timedelta(days=1)):
        casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=acting("karin.holm"))
    with clock.frozen(today - timedelta(days=5)):
        steps.done(step_id=case.steps.get(key="ret.rc.aftercare_1m").pk, by=acting("karin.holm"),
                   remark="Bor hos brodern, har fått arbete.")  # fmt: skip
