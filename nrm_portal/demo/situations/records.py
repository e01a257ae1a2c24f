"""What an auditor meets: three alerts, one of them judged, and the samples of last month."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any, Final

from accounts.access import Assignment
from cases.models import Case
from cases.services import casework
from core import audit, clock, seals
from nrm_portal.demo.fill import NAMESPACE
from nrm_portal.demo.situations import _living
from nrm_portal.review import anomalies, judging, sampling
from nrm_portal.review.enums import AlertKind, Verdict
from nrm_portal.review.models import Alert, SampleReport

NAMESAKE: Final = "Sami Niemi"
"""A person of a case who is called like somebody who works here."""


def show(today: datetime) -> None:
    if SampleReport.objects.exists():
        return
    karin, linn = _living.acting("karin.holm"), _living.acting("linn.modig")
    cases = list(Case.objects.filter(desk__key="mitt", is_consultation=False).order_by("received_at", "pk"))
    if not cases:
        return
    _at_night(karin, cases[:3], today)
    _own_name(today)
    _in_a_hurry(linn, today)
    _last_month(karin, cases, today)
    with clock.frozen(today):
        anomalies.find(today - anomalies.LONGEST, today)
        _judged(today)
        sampling.make(sampling.month_before(clock.local(today).date()))
        seals.seal()


def _at_night(who: Assignment, cases: list[Case], today: datetime) -> None:
    """Karin Holm opened three of her cases at two in the morning of the latest weekend."""
    days = [clock.local(today).date() - timedelta(days=back) for back in range(1, 7)]
    weekend = next(day for day in days if day.weekday() > 4)
    for number, case in enumerate(cases):
        with clock.frozen(datetime.combine(weekend, time(2, 10 + 4 * number), clock.STOCKHOLM)):
            audit.record("case.read", case, by=who, level=30)


def _own_name(today: datetime) -> None:
    """Sami Niemi opened the identity of somebody of that name, at the desk's request."""
    at = _living.morning(today, 2)
    story = "Han har städat ett hotell i tre månader utan lön."
    case = _living.referred("records", NAMESAKE, at, forms=["labour"], narrative=story)
    if case is None:
        return
    _living.accepted(case, at + timedelta(hours=1))
    with clock.frozen(at + timedelta(hours=2)):
        karin = _living.acting("karin.holm")
        casework.open_identity(case=case, reason="Stämmer av namn före tolkbokning", by=karin)
    with clock.frozen(at + timedelta(hours=3)):
        audit.record("case.read", case, by=_living.acting("sami.niemi"), level=10)


def _in_a_hurry(who: Assignment, today: datetime) -> None:
    """Somebody opened one case after the other, five a minute; where the demo has too few, gone ones."""
    at = _living.morning(today, 1) + timedelta(hours=1)
    cases = Case.objects.order_by("received_at", "pk").values_list("pk", flat=True)
    found = list(cases[: anomalies.MANY + 4])
    for number in range(anomalies.MANY + 4):
        with clock.frozen(at + timedelta(seconds=12 * number)):
            one = found[number] if number < len(found) else uuid.uuid5(NAMESPACE, f"gone-{number}")
            audit.record("case.read", one, by=who, level=30)


def _last_month(who: Assignment, cases: list[Case], today: datetime) -> None:
    """Ordinary looks of the month that ended, for the samples to be drawn from."""
    month = sampling.month_before(clock.local(today).date())
    for number in range(24):
        case = cases[number % len(cases)]
        day = month + timedelta(days=number)
        if day.weekday() > 4:
            continue
        with clock.frozen(datetime.combine(day, time(10, number), clock.STOCKHOLM)):
            audit.record("case.read", case, by=who, level=30)
            audit.record("case.list", by=who, target_ids=[one.pk for one in cases[:20]])
            if number % 3 == 0:
                why = "Samordningsmöte med socialtjänsten"
                audit.record("identity.open", case.person_id, by=who, reason=why, case=case.pk)


def _judged(today: datetime) -> None:
    """One has been looked into already."""
    greta: Any = _living.acting("greta.granskare")
    alert = Alert.objects.filter(kind=AlertKind.OUT_OF_HOURS, verdict="").order_by("found_at").first()
    if alert is not None:
        judging.judge(
            alert_id=alert.pk,
            version=alert.version,
            verdict=Verdict.EXPLAINED,
            note="Talat med henne och hennes chef: jour för region Mitt den helgen, stämmer med schemat.",
            by=greta,
        )
