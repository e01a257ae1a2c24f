"""A protected case that was disclosed wrongly, kept, and opened in an emergency: what watches over a case, in
words."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from accounts.access import Assignment
from cases.enums import Protection
from cases.enums.breach import BreachDecision, BreachKind, BreachRisk, PersonTold, Threat
from cases.enums.guard import Verdict
from cases.enums.keeping import HoldReason
from cases.models import Case
from cases.services import emergency, participation, protection, triage
from cases.services.breaches import assessing, reporting
from cases.services.disposal import holds
from core import clock
from nrm_portal.review import judging, sampling
from nrm_portal.review.enums import Judgement
from nrm_portal.review.enums import Verdict as Found
from nrm_portal.review.models import Alert, SampleReport
from tests.access import world as access
from tests.access.world import World

WHOLE: Final = ["situation", "identity", "contact"]


def watched(world: World) -> Case:
    """At the desk Mitt, with the police in it."""
    people = world.people
    scope = ["social_services_adult", "police"]
    case = access._unanswered(world, consent_scope=scope)
    triage.accept(case_id=case.pk, by=people["Rc"])
    case.refresh_from_db()
    row = participation.invite(
        case_id=case.pk, agency_id=people["Fu"].agency_id, ground="consent", categories=WHOLE,
        purpose="Skydd.", by=people["Rc"],
    )  # fmt: skip
    participation.answer(participation_id=row.pk, accepts=True, by=people["Fu"])
    _protected(case, people["Rc"], people["Fu"])
    _disclosed(case, people["Rc"], people["Dp"])
    day = clock.today() + timedelta(days=30)
    holds.place(case_id=case.pk, reason=HoldReason.CLAIM, words="Ombudet.", ends_on=day, by=people["Rc"])
    glass = emergency.open_case(reference=case.reference, reason="Fara nu.", by=people["Na"])
    emergency.close(case_id=case.pk, by=people["Na"])
    emergency.review(glass_id=glass.pk, verdict=Verdict.JUSTIFIED, text="Behövdes.", by=people["Dp"])
    _judged(people["Au"])
    case.refresh_from_db()
    return case


def _protected(case: Case, by: Assignment, named: Assignment) -> None:
    protection.make_stricter(case_id=case.pk, to=Protection.PROTECTED_REGISTRATION, by=by)
    until = clock.today() + timedelta(days=10)
    protection.name(case_id=case.pk, user_id=named.user_id, until=until, reason="Möter henne.", by=by)
    protection.set_route(case_id=case.pk, user_id=None, words="Skatteverket.", version=0, by=by)
    protection.ask_milder(case_id=case.pk, to=Protection.SECRECY_MARKING, reason="Upphört.", by=by)


def _disclosed(case: Case, by: Assignment, officer: Assignment) -> None:
    """A paper that came too late to the officer: a reason is owed for everything."""
    noticed = clock.now() - timedelta(days=5)
    told = reporting.Told(
        kind=BreachKind.SENT, threat=Threat.NO, what="Brevet.", noticed_at=noticed, outside="Grannen."
    )
    breach = reporting.report(case_id=case.pk, told=told, by=by)
    assessing.assess(
        breach_id=breach.pk,
        version=breach.version,
        told=assessing.Assessment(
            risk=next(code for code in BreachRisk.values if code != BreachRisk.UNLIKELY),
            consequences="Oro.", measures="Hämtat.", told="Chefen.", person_told=PersonTold.NO,
            person_told_why="Fara.", decision=BreachDecision.NOTIFY, decision_why="Risk.",
            notified_at=clock.now(), notified_as="Dnr.", late_why="Helg.",
        ),
        by=officer,
    )  # fmt: skip


def _judged(auditor: Assignment) -> None:
    for alert in Alert.objects.filter(verdict="").exclude(user_id=auditor.user_id):
        judging.judge(
            alert_id=alert.pk, version=alert.version, verdict=Found.EXPLAINED, note="Jour.", by=auditor
        )
    for report in SampleReport.objects.filter(signed_at__isnull=True):
        report.samples.update(judgement=Judgement.values[0])
        sampling.sign(report_id=report.pk, version=report.version, note="Gått igenom.", by=auditor)
