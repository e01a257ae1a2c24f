"""S16: the 72 hours run from when it was noticed, are chased until decided, and end with a sound decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.enums import Role
from cases import tasks
from cases.enums import BreachDecision, BreachRisk, Category, NoticeKind, PersonTold
from cases.models import Breach, Notice
from cases.services.breaches import assessing, timing
from cases.services.breaches import sight as clearing
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, JobRun
from tests.cases.services.conftest import World
from tests.cases.services.wrongs import Wrong, names_of
from tests.factories import member

pytestmark = pytest.mark.django_db
DECIDED: dict[str, Any] = {
    "risk": BreachRisk.RISK,
    "categories": [Category.IDENTITY],
    "measures": "QZ återkallat",
    "person_told": PersonTold.YES,
    "decision": BreachDecision.NOTIFY,
    "decision_why": "QZ identiteten kom ut",
}


@pytest.fixture
def wrong(world: World) -> Wrong:
    return Wrong(world)


def assess(wrong: Wrong, breach: Breach, **told: Any) -> Breach:
    version = Breach.objects.get(pk=breach.pk).version
    return assessing.assess(
        breach_id=breach.pk, version=version, told=assessing.Assessment(**told), by=wrong.dora
    )


def due_notices(wrong: Wrong) -> int:
    rows = Notice.objects.filter(user_id=wrong.dora.user_id, kind=NoticeKind.BREACH_DUE, read_at__isnull=True)
    return rows.count()


@pytest.mark.parametrize(
    ("noticed", "due"),
    [
        ("2026-11-23 08:30", "2026-11-26 08:30"),
        ("2026-12-23 15:10", "2026-12-26 15:10"),  # over Christmas: hours do not rest
        ("2027-03-26 12:00", "2027-03-29 13:00"),  # summer time begins: 72 hours, not three days
        ("2026-10-23 12:00", "2026-10-26 11:00"),  # and ends
    ],
)
def test_72_hours_are_hours(noticed: str, due: str) -> None:
    at = clock.aware(datetime.fromisoformat(noticed))
    assert f"{clock.local(timing.due(at)):%Y-%m-%d %H:%M}" == due


def test_the_clock_starts_when_it_was_noticed_not_when_reported(wrong: Wrong, freeze: Any) -> None:
    noticed = clock.now() - timedelta(hours=50)
    breach = wrong.report(noticed_at=noticed)
    assert breach.due_at == noticed + timedelta(hours=72) and breach.stage == 2
    assert breach.chase_at == noticed + timedelta(hours=66)


def test_chasing_reaches_the_officer_then_the_desk_and_goes_on_daily(wrong: Wrong, freeze: Any) -> None:
    wrong.report()
    told = []
    for hours in range(0, 24 * 7, 6):
        freeze(str(clock.local(clock.now()).replace(tzinfo=None))[:16])
        before = (due_notices(wrong), NoticeKind.BREACH_DUE in names_of(wrong.karin))
        tasks.chase_breaches()
        tasks.chase_breaches()
        if due_notices(wrong) > before[0]:
            told.append((hours, NoticeKind.BREACH_DUE in names_of(wrong.karin)))
        freeze(f"{clock.local(clock.now() + timedelta(hours=6)):%Y-%m-%d %H:%M}")
    assert told == [(24, False), (48, True), (66, True), (72, True), (96, True), (120, True), (144, True)]
    assert JobRun.objects.filter(name="breaches").exists()


def test_a_decision_not_to_notify_stops_the_clock(wrong: Wrong, freeze: Any) -> None:
    breach = wrong.report()
    freeze("2026-11-25 10:00")
    tasks.chase_breaches()
    assert due_notices(wrong) == 1
    told = DECIDED | {"risk": BreachRisk.UNLIKELY, "decision": BreachDecision.NOT_NOTIFY}
    breach = assess(wrong, breach, **told)
    assert breach.chase_at is None and due_notices(wrong) == 0, "what waited is no news any more"
    freeze("2026-12-25 10:00")
    assert timing.chase() == (0, 0)
    assert (breach.decided_by_id, breach.decision) == (wrong.dora.user_id, BreachDecision.NOT_NOTIFY)


def test_a_decision_to_notify_is_chased_until_it_was_notified(wrong: Wrong, freeze: Any) -> None:
    breach = assess(wrong, wrong.report(), **DECIDED)
    assert breach.chase_at is not None and breach.decided_at == clock.now()
    with pytest.raises(ValidationError):
        assessing.close(breach_id=breach.pk, by=wrong.dora)
    freeze("2026-11-24 15:00")
    breach = assess(wrong, breach, **DECIDED, notified_at=clock.now(), notified_as="IMY-2026-7")
    assert breach.chase_at is None and str(breach.notified_as) == "IMY-2026-7"
    closed = assessing.close(breach_id=breach.pk, by=wrong.dora)
    assert closed.closed_at == clock.now() and clearing.waiting(wrong.dora) == 0
    with pytest.raises(TransitionNotAllowed):
        assess(wrong, breach, **DECIDED)


def test_what_the_regulation_asks_is_asked_at_the_field(wrong: Wrong) -> None:
    breach = wrong.report()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"risk": ""}, "risk"),
        ({"decision_why": " "}, "decision_why"),
        ({"decision": BreachDecision.NOT_NOTIFY}, "decision"),
        ({"decision": "", "notified_at": clock.now()}, "decision"),
        ({"notified_at": clock.now() + timedelta(hours=1)}, "notified_at"),
        ({"notified_at": clock.now() - timedelta(hours=100)}, "notified_at"),
        ({"person_told": PersonTold.NO}, "person_told_why"),
    ]
    for changes, field in cases:
        with pytest.raises(ValidationError) as refused:
            assess(wrong, breach, **(DECIDED | changes))
        assert set(refused.value.message_dict) == {field}, changes


def test_a_late_notification_says_why(wrong: Wrong, freeze: Any) -> None:
    breach = wrong.report()
    freeze("2026-11-27 10:00")
    with pytest.raises(ValidationError) as refused:
        assess(wrong, breach, **DECIDED, notified_at=clock.now())
    assert set(refused.value.message_dict) == {"late_why"}
    breach = assess(wrong, breach, **DECIDED, notified_at=clock.now(), late_why="Upptäckt sent")
    assert breach.chase_at is None


def test_two_who_save_at_once_lose_nothing(wrong: Wrong) -> None:
    breach = assess(wrong, wrong.report(), consequences="Först")
    with pytest.raises(StaleVersion):
        assessing.assess(
            breach_id=breach.pk, version=0, told=assessing.Assessment(consequences="Sist"), by=wrong.dora
        )
    assert str(Breach.objects.get(pk=breach.pk).consequences) == "Först"


def test_only_the_officer_assesses_and_closes_and_never_her_own_doing(wrong: Wrong) -> None:
    breach = wrong.report()
    others = [
        wrong.karin,
        wrong.wrong,
        wrong.world.national,
        member(Role.AUDITOR),
        member(Role.ADMINISTRATOR),
    ]
    for by in others:
        for act in (
            lambda by=by: assessing.assess(
                breach_id=breach.pk, version=0, told=assessing.Assessment(), by=by
            ),
            lambda by=by: assessing.close(breach_id=breach.pk, by=by),
        ):
            with pytest.raises(PermissionDenied):
                act()
    hers = member(Role.DATA_PROTECTION_OFFICER)
    breach.recipients.create(user_id=hers.user_id, had_sight=False)
    with pytest.raises(Http404):
        assessing.close(breach_id=breach.pk, by=hers)
    assert clearing.waiting(hers) == 0 and clearing.waiting(wrong.dora) == 1


def test_the_audit_holds_codes_of_the_assessment_and_no_words(wrong: Wrong) -> None:
    breach = assess(wrong, wrong.report(), **DECIDED)
    row = AuditEvent.objects.get(target_id=breach.pk, verb="breach.assess")
    assert row.facts["risk"] == BreachRisk.RISK and row.facts["decision"] == BreachDecision.NOTIFY
    assert "QZ" not in str(list(AuditEvent.objects.values()))
