"""A referral that was shared with the wrong municipality, still within 72 hours; and one that is settled."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from accounts.access import Assignment
from cases.enums import (
    BreachDecision,
    BreachKind,
    BreachRisk,
    Category,
    PersonTold,
    Threat,
)
from cases.models import Case
from cases.services import casework, granting, participation
from cases.services.breaches import assessing, reporting, safeguards
from cases.services.breaches.assessing import Assessment
from cases.services.breaches.reporting import Told
from core import audit, clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

GIVEN = [Category.IDENTITY, Category.SITUATION]
HOUR = timedelta(hours=1)


def show(today: datetime) -> None:
    _wrong_municipality(today)
    _told_to_a_relative(today)


def _wrong_municipality(today: datetime) -> None:
    """S16: Örebro was invited in the place of Uppsala, opened the case and took it out."""
    case = referred(
        "breach", "Elena Asp-616", morning(today, 4), forms=["sexual"],
        narrative="Påhittad berättelse i demon. Såldes av två män från en lägenhet.",
    )  # fmt: skip
    if case is None:
        return
    accepted(case, morning(today, 4) + HOUR)
    ali, karin = acting("ali.karimi"), acting("karin.holm")
    _joins(case, ali, karin, morning(today, 3))
    _reads_and_takes_out(case, ali, morning(today, 3) + 2 * HOUR)
    with clock.frozen(today - 20 * HOUR):
        what = (
            "Inbjudan skulle ha gått till Socialtjänsten Uppsala. Handläggaren i Örebro ringde och sade att"
            " hen inte känner till ärendet, men hade läst det och hämtat det som PDF."
        )
        told = Told(
            BreachKind.SHARED, Threat.UNKNOWN, what, clock.now() - HOUR, to=[f"agency:{ali.agency_id}"]
        )
        breach = reporting.report(case_id=case.pk, told=told, by=karin)
    with clock.frozen(today - 19 * HOUR):
        chosen = [safeguards.Chosen("recall", safeguards.DESK), safeguards.Chosen("tell", safeguards.DESK)]
        safeguards.protect(breach_id=breach.pk, chosen=chosen, by=karin)


def _joins(case: Case, worker: Assignment, karin: Assignment, at: datetime) -> None:
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk, agency_id=worker.agency_id, ground="consent", categories=GIVEN,
            purpose="Utredning om stöd och skydd", by=karin,
        )  # fmt: skip
    with clock.frozen(at + HOUR):
        participation.answer(participation_id=row.pk, accepts=True, by=worker)


def _reads_and_takes_out(case: Case, by: Assignment, at: datetime) -> None:
    """As the pages record it; the paper itself is made by nobody in the demo."""
    job, case = uuid.uuid4(), Case.objects.select_related("person").get(pk=case.pk)
    for minutes, verb in ((0, "case.read"), (2, "case.steps"), (3, "case.persons"), (9, "case.read")):
        with clock.frozen(at + timedelta(minutes=minutes)):
            audit.record(verb, case, by=by, level=4)
    with clock.frozen(at + timedelta(minutes=10)):
        casework.open_identity(case=case, reason="Ser efter om personen är känd hos oss", by=by)
        audit.record("case.pdf", case, by=by, reason="Till akten", identity=True)
    with clock.frozen(at + timedelta(minutes=11)):
        audit.record("pdf.download", case, by=by, job=job)
        granting.copy_taken(job_id=job, case_id=case.pk, categories=GIVEN, by=by)


def _told_to_a_relative(today: datetime) -> None:
    """Told on the telephone to somebody who was not who she said. Notified, told, closed."""
    start = morning(today, 18)
    case = referred(
        "breach", "Vide-617", start, forms=["labour"],
        narrative="Påhittad berättelse i demon. Arbetade i ett kök utan lön.",
    )  # fmt: skip
    if case is None:
        return
    accepted(case, start + HOUR)
    karin, dora = acting("karin.holm"), acting("dora.dataskydd")
    with clock.frozen(start + timedelta(days=1, hours=4)):
        told = Told(
            BreachKind.TOLD,
            Threat.NO,
            "Växeln kopplade samtalet. Den som ringde sade sig vara kontaktperson och fick veta att personen"
            " har ett ärende, inte var hen är.",
            clock.now() - 2 * HOUR,
            outside="Uppgav sig vara en släkting, okänt namn",
        )
        breach = reporting.report(case_id=case.pk, told=told, by=karin)
    with clock.frozen(start + timedelta(days=2)):
        assessment = Assessment(
            risk=BreachRisk.RISK,
            categories=[Category.IDENTITY],
            consequences="Någon utanför vet att personen har sökt hjälp.",
            measures="Motringning till känt nummer är nu rutin. Personen har fått ett nytt nummer.",
            told="Ansvarig chef vid socialtjänsten.",
            person_told=PersonTold.YES,
            person_told_why="Muntligen med tolk samma dag.",
            decision=BreachDecision.NOTIFY,
            decision_why="En risk kan inte uteslutas.",
            notified_at=clock.now() - HOUR,
            notified_as="DEMO-2026-1",
        )
        assessing.assess(breach_id=breach.pk, version=0, told=assessment, by=dora)
    with clock.frozen(start + timedelta(days=5)):
        assessing.close(breach_id=breach.pk, by=dora)
