"""What holds when several people do the same thing at the same moment, with commits and locks for real."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError
from types import ModuleType
from typing import Any

import pytest
from django.db.models import Sum

from cases.enums import ForwardReason, NotTakenReason, Status
from cases.models import Case, Draft, Notice, Referral, Reminder, Step, Tally
from cases.services import chasing, grants, links, referrals, steps, triage
from cases.services.tallies import recount
from coordinators.models import Desk
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import OutboundEmail
from tests.cases.services.conftest import World, at_once, drafted, sent
from tests.cases.services.test_submit import REFUSED


def test_ten_submits_of_one_draft_make_one_referral(committed_world: World) -> None:
    world = committed_world
    draft = drafted(world.referrer)
    before = Tally.objects.filter(unit="case").count()
    found = at_once([lambda: referrals.submit(draft_id=draft.pk, by=world.referrer)] * 10)
    assert not [one for one in found if isinstance(one, Exception)], found
    assert len({one.pk for one in found if isinstance(one, Referral)}) == 1
    assert Referral.objects.filter(draft_id=draft.pk).count() == 1 and not Draft.objects.exists()
    assert Case.objects.count() == 2 and Tally.objects.filter(unit="case").count() == before + 1


def test_two_coordinators_at_once_one_wins_and_the_other_is_told_who(committed_world: World) -> None:
    world = committed_world
    found = at_once(
        [
            lambda: triage.accept(case_id=world.case_id, by=world.karin),
            lambda: triage.not_take(
                case_id=world.case_id, reason=NotTakenReason.NO_CONTACT, text="", by=world.per
            ),
        ]
    )
    lost = [one for one in found if isinstance(one, Exception)]
    assert len(lost) == 1 and isinstance(lost[0], TransitionNotAllowed), found
    winner = "Karin Holm" if world.case.status == Status.ACTIVE else "Per Ek"
    assert winner in str(lost[0].message)
    assert Tally.objects.filter(unit="answer").count() == 1


def test_sixteen_accepts_have_one_assignee(committed_world: World) -> None:
    world = committed_world
    people = [world.karin, world.per] * 8
    found = at_once([lambda by=by: triage.accept(case_id=world.case_id, by=by) for by in people])  # type: ignore[misc]
    won = [one for one in found if isinstance(one, Case)]
    assert len(won) == 1 and {type(e) for e in found if not isinstance(e, Case)} == {TransitionNotAllowed}
    assert world.case.assignee_id == won[0].assignee_id
    assert Step.objects.filter(case_id=world.case_id, key="ident.rc.acknowledge", status="done").count() == 1


def test_forward_against_accept_leaves_one_desk_with_sight(committed_world: World) -> None:
    world = committed_world
    syd = Desk.objects.get(key="syd")
    at_once(
        [
            lambda: triage.forward(
                case_id=world.case_id, desk_id=syd.pk, reason=ForwardReason.WRONG_REGION, by=world.karin
            ),
            lambda: triage.accept(case_id=world.case_id, by=world.per),
        ]
    )
    case = world.case
    assert case.grants.count() == 1 and case.grants.get().desk_id == case.desk_id
    assert grants.is_true(case)


def test_two_sweeps_at_once_tell_each_person_once(committed_world: World, freeze: Any) -> None:
    """S24: five restarts and two schedulers."""
    world = committed_world
    for more in range(3):
        drafted_case = referrals.submit(draft_id=drafted(world.referrer).pk, by=world.referrer).case
        assert drafted_case.steps.exists(), more
    freeze("2026-12-07 10:00")
    for _restart in range(5):
        found = at_once([chasing.sweep, chasing.sweep])
        assert not [one for one in found if isinstance(one, Exception)], found
    rows = list(Reminder.objects.values_list("step_id", "stage", "due_at", "days_left", "recipient"))
    assert rows and len(rows) == len(set(rows))
    notices = list(Notice.objects.filter(step__isnull=False).values_list("step_id", "kind", "user_id"))
    assert set(Notice.objects.filter(step__isnull=False).values_list("user_id", flat=True))
    mails = list(OutboundEmail.objects.values_list("dedupe_key", flat=True))
    assert len(mails) == len(set(mails))
    due = [n for n in notices if n[1] == "step_due"]
    assert len(due) == len(set(due))
    assert max(OutboundEmail.objects.filter(user_id=u).count() for u in {n[2] for n in notices}) <= 2
    late = Tally.objects.filter(unit="late_step").aggregate(n=Sum("amount"))["n"]
    assert late == Step.objects.filter(stage__gte=2).count() > 0


def test_waking_twice_at_once_tells_once(committed_world: World, freeze: Any) -> None:
    world = committed_world
    triage.snooze(case_id=world.case_id, until=clock.aware(datetime(2026, 11, 24, 8)), by=world.karin)
    freeze("2026-11-24 08:01")
    assert set(at_once([triage.wake_due, triage.wake_due])) == {0, 1}
    assert Notice.objects.filter(kind="woken").count() == 2  # Karin and Per, nobody has it yet


def test_two_people_end_one_step(committed_world: World) -> None:
    world = committed_world
    world.accept()
    step = world.step("ident.rc.assess")
    found = at_once(
        [
            lambda: steps.done(step_id=step.pk, by=world.karin, version=step.version),
            lambda: steps.done(step_id=step.pk, by=world.per, version=step.version),
        ]
    )
    lost = [one for one in found if isinstance(one, Exception)]
    assert len(lost) == 1 and isinstance(lost[0], StaleVersion | TransitionNotAllowed), found
    assert Tally.objects.filter(unit="done_step", codes__detail=step.phase).count() == 1


def meet(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Whoever comes there waits a moment for the other, unless a lock keeps the other away."""
    real, both = getattr(module, name), Barrier(2)

    def there(*args: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(timeout=1)
        return real(*args)

    monkeypatch.setattr(module, name, there)


def test_two_referrals_that_grow_from_one_consultation_at_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    talk = sent(world.referrer, REFUSED).case
    grown = [drafted(world.referrer) for _ in range(2)]
    Draft.objects.filter(pk__in=[draft.pk for draft in grown]).update(consultation=talk)
    meet(monkeypatch, referrals, "_freeze")
    at_once([lambda pk=draft.pk: referrals.submit(draft_id=pk, by=world.referrer) for draft in grown])  # type: ignore[misc]
    assert Case.objects.filter(consultation_of=talk).count() == 2 and recount.check() == []


def test_two_links_to_one_earlier_case_at_once(
    committed_world: World, freeze: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the year after: one person, whoever links her first."""
    world = committed_world
    freeze("2027-02-01 09:00")
    later = [sent(world.referrer).case_id for _ in range(2)]
    meet(monkeypatch, links, "_written")
    found = at_once(
        [
            lambda pk=pk: links.link_earlier(  # type: ignore[misc]
                case_id=pk, reference=world.case.reference, exploited_again=False, by=world.karin
            )
            for pk in later
        ]
    )
    assert not [one for one in found if isinstance(one, Exception)], found
    assert recount.check() == []


def test_two_desks_link_each_others_case_at_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waits for the other and reads that it has been done."""
    world = committed_world
    one, other = world.case, sent(world.referrer).case
    meet(monkeypatch, links, "_locked")
    found = at_once(
        [
            lambda a=a, b=b: links.link_earlier(  # type: ignore[misc]
                case_id=a.pk, reference=b.reference, exploited_again=False, by=world.karin
            )
            for a, b in ((one, other), (other, one))
        ]
    )
    assert sorted(type(row).__name__ for row in found) == ["CaseLink", "ValidationError"], found
    assert recount.check() == []
