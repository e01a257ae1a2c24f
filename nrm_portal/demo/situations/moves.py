"""Cases between desks, somebody who cannot handle one, and somebody who has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment, assignment_for
from accounts.enums import Role
from accounts.models import Membership, User
from accounts.services import leaving, people
from accounts.services.memberships import add_member
from cases.enums import ForwardReason
from cases.models import Case, Step
from cases.services import handovers, participation, recusals, steps, triage
from coordinators.models import Desk
from core import clock, workdays
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

HIS: Final[dict[str, Any]] = {"sex": "man", "citizenship": ["UZ"], "languages": ["uz"], "forms": ["labour"]}


def show(today: datetime) -> None:
    _asked_by_another_desk(today)
    _handed_over(today)
    _wrong_region(today)
    _cannot_handle(today)
    _has_left(today)


def _referred(name: str, at: datetime, by: Assignment, **answers: Any) -> Case | None:
    return referred("moves", name, at, by, **(HIS | answers))


def _asked_by_another_desk(today: datetime) -> None:
    """Öst asks Mitt to take over a man who has been moved to Gävle; a step of theirs is late."""
    start, maria = morning(today, 5), acting("maria.skold")
    text = "Han har målat om lägenheter utan lön och sovit på arbetsplatsen."
    case = _referred("Hassel-31", start, acting("tove.ahl"), municipality_of_presence="0581", narrative=text)
    if case is None:
        return
    accepted(case, start + timedelta(hours=1), maria)
    with clock.frozen(morning(today, 1)):
        handovers.ask(
            case_id=case.pk,
            municipality_code="2180",
            reason=ForwardReason.MOVED,
            moves_on=workdays.add_working_days(clock.today(), 3),
            text="Han har fått ett skyddat boende hos er. Tolk behövs. Bedömningen är inte klar.",
            by=maria,
        )


def _handed_over(today: datetime) -> None:
    """Mitt has handed a case to Väst; Mitt reads it for two more days."""
    start, karin = morning(today, 8), acting("karin.holm")
    text = "Hon har arbetat i kök och fått lämna ifrån sig lönen."
    case = _referred("Alm-58", start, acting("fatima.berg"), sex="woman", narrative=text)
    if case is None:
        return
    accepted(case, start + timedelta(hours=2), karin)
    with clock.frozen(morning(today, 1)):
        handovers.ask(
            case_id=case.pk,
            municipality_code="1480",
            reason=ForwardReason.MOVED,
            moves_on=clock.today() + timedelta(days=3),
            text="Flyttar till anhöriga. Polisanmälan är gjord.",
            by=karin,
        )
    with clock.frozen(morning(today, 1) + timedelta(hours=3)):
        handovers.accept(case_id=case.pk, by=acting("leila.haddad"))


def _wrong_region(today: datetime) -> None:
    """Stockholm has sent a referral on to Mitt; Mitt may still send it back."""
    start, amina = morning(today, 1), acting("amina.yusuf")
    text = "Han säger att han är skyldig resan och inte får gå härifrån."
    case = _referred("Sälg-12", start, acting("fatima.berg"), municipality_of_presence="0139", narrative=text)
    if case is None:
        return
    with clock.frozen(start + timedelta(hours=1)):
        mitt = Desk.objects.get(key="mitt")
        triage.forward(case_id=case.pk, desk_id=mitt.pk, reason=ForwardReason.WRONG_REGION, by=amina)


def _cannot_handle(today: datetime) -> None:
    """Jonas Ek had the case; the restaurant is his brother-in-law's. Karin Holm has taken over."""
    start, jonas = morning(today, 4), acting("jonas.ek")
    text = "Han diskar på en restaurang i centrum fjorton timmar om dagen."
    case = _referred("Oxel-26", start, acting("fatima.berg"), narrative=text)
    if case is None:
        return
    accepted(case, start + timedelta(hours=1), jonas)
    with clock.frozen(start + timedelta(hours=4)):
        words = "Restaurangen ägs av min svåger. Vi träffas privat."
        recusals.recuse(case_id=case.pk, reason=words, by=jonas)


def _has_left(today: datetime) -> None:
    """A caseworker has left; a colleague has the steps, and the history keeps the name."""
    start, karin, linn = morning(today, 12), acting("karin.holm"), acting("linn.modig")
    text = "Hon har städat hotellrum och sovit i källaren."
    case = _referred("Lönn-73", start, acting("fatima.berg"), sex="woman", narrative=text)
    if case is None:
        return
    accepted(case, start + timedelta(hours=1), karin)
    with clock.frozen(start + timedelta(hours=2)):
        row = participation.invite(
            case_id=case.pk, agency_id=linn.agency_id, ground="consent", categories=["situation"],
            purpose="Utredning", by=karin,
        )  # fmt: skip
    gone = _leaver(linn)
    with clock.frozen(start + timedelta(hours=5)):
        participation.answer(participation_id=row.pk, accepts=True, by=gone)
        for step in Step.objects.filter(case=case, agency_id=linn.agency_id):
            steps.assign(step_id=step.pk, assignee_id=gone.user_id, by=gone)
    with clock.frozen(morning(today, 2)):
        homes = {work.key: str(linn.user_id) for work in leaving.open_work(gone.user, by=None)}
        people.deactivate(gone.user, by=None, homes=homes)


def _leaver(beside: Assignment) -> Assignment:
    user = User.objects.create(
        email="nils.avgang@demo.example", name="Nils Avgång", is_demo=True, password="!",
        secrecy_read_at=clock.now(),
    )  # fmt: skip
    row = add_member(
        user,
        agency=beside.agency,
        role=Role.CASEWORKER,
        is_manager=False,
        valid_from=clock.today() - timedelta(days=400),
        valid_until=None,
        by=None,
    )
    return assignment_for(Membership.objects.select_related("user", "agency").get(pk=row.pk))
