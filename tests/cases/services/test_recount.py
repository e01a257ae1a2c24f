"""What is counted, against a recount from the facts: after anything at all, and after what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from cases.enums import Counts, ForwardReason, NoticeKind, NotTakenReason, Outcome, Stage
from cases.models import Case, Counted, Notice, Referral, Step, Tally
from cases.services import casework, chasing, dates, links, steps, tallies, triage
from cases.services.disposal import erasing
from cases.services.tallies import ledger, recount
from coordinators.models import Desk
from core import clock, vault
from core.models import JobRun
from core.tallies import counted, fold
from manual.enums import Milestone
from nrm_portal.overview import tasks
from tests.cases.conftest import ADULT
from tests.cases.services import pairs
from tests.cases.services.chance import Chance
from tests.cases.services.conftest import World, sent
from tests.cases.services.test_submit import REFUSED
from tests.factories import member, sign_in
from tests.security.report import examples

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(300)
def test_acts_by_chance(world: World, freeze: Callable[[datetime], Any]) -> None:
    """Three hundred acts each time, a thousand where all of security is asked for."""
    chance = Chance(world, freeze, seed=20_261_122)
    times = examples(3, 10)
    for _ in range(times):
        chance.work(100)
        assert recount.check() == []
    missing = set(chance.acts) - set(chance.done)
    assert not missing or times < 10, "every kind of act is carried out at least once"
    fold(Tally)
    assert recount.check() == [] and recount.rebuild() == (0, 0)
    assert not [row for row in counted(Tally).items() if row[1] < 0 and row[0][0] != tallies.REGROUPED]


def sums(unit: str, *names: str) -> dict[Any, int]:
    """What is counted of a unit, by some of its codes and the month."""
    found: dict[Any, int] = {}
    for (of, month, codes), amount in counted(Tally).items():
        if of == unit and amount:
            key = (month.isoformat()[:7], *(dict(codes)[name] for name in names))
            found[key] = found.get(key, 0) + amount
    return found


def done(world: World, key: str, **more: Any) -> Any:
    step = world.step(key)
    return steps.done(step_id=step.pk, by=world.karin, remark="Gjort.", reported_by="Ringde.", **more)


def test_a_step_of_the_manual_counts_by_its_first_duty(world: World, freeze: Any) -> None:
    freeze("2026-12-01 09:00")
    world.accept()
    freeze("2026-12-14 09:00")
    later = done(world, "acute.rc.meet")
    assert sums(tallies.PHASES, "detail", "days") == {("2026-12", "2_acute", "21d"): 1}
    freeze("2026-12-02 09:00")  # reported on a computer whose clock is behind
    first = done(world, "acute.rc.plan_call", done_on=date(2026, 11, 30))
    assert sums(tallies.PHASES, "detail", "days") == {("2026-12", "2_acute", "7d"): 1}
    assert recount.check() == []
    freeze("2027-01-20 09:00")
    steps.reopen(step_id=first.pk, by=world.karin)
    assert sums(tallies.PHASES, "detail", "days") == {("2026-12", "2_acute", "21d"): 1}
    steps.reopen(step_id=later.pk, by=world.karin)
    assert sums(tallies.PHASES, "detail") == {} == sums(tallies.DONE_STEPS, "detail")
    assert recount.check() == []


def test_what_is_taken_back_is_gone_from_its_own_month(world: World, freeze: Any) -> None:
    freeze("2026-11-30 22:00")
    world.accept()
    casework.close(case_id=world.case_id, outcome=Outcome.RETURNED, by=world.karin)
    assert sums(tallies.CLOSED, "detail") == {("2026-11", "returned"): 1}
    assert sums(tallies.ANSWERS, "wait") == {("2026-11", "10d"): 1}
    freeze("2026-12-03 09:00")
    casework.reopen(case_id=world.case_id, by=world.karin)
    assert sums(tallies.CLOSED, "detail") == {} == sums(tallies.ASSISTANCE, "detail")
    casework.close(case_id=world.case_id, outcome=Outcome.TRANSFERRED, by=world.karin)
    assert sums(tallies.CLOSED, "detail") == {("2026-12", "transferred"): 1}


def test_assistance_is_what_the_closed_case_had_been_given(world: World, freeze: Any) -> None:
    world.accept()
    freeze("2026-12-01 09:00")
    at = clock.now() - timedelta(days=2)
    dates.record(
        case_id=world.case_id,
        kind=Milestone.COUNSEL_APPOINTED,
        happened_at=at,
        date_only=True,
        by=world.karin,
    )
    done(world, "init.rc.support_plan")
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    found = sums(tallies.ASSISTANCE, "detail", "given")
    given = {kind for _, kind, answer in found if answer == tallies.GIVEN}
    assert given == {"legal_counsel", "support_plan"}
    assert len(found) == len(tallies.ASSISTANCE_KINDS) and set(found.values()) == {1}


def test_a_place_is_that_of_the_day(world: World, freeze: Any) -> None:
    """Forwarded to Syd: the referral and its answer stay in Mitt, what is done there counts there."""
    triage.forward(
        case_id=world.case_id, desk_id=Desk.objects.get(key="syd").pk, reason=ForwardReason.WRONG_REGION,
        by=world.karin,
    )  # fmt: skip
    freeze("2026-12-01 09:00")
    triage.accept(case_id=world.case_id, by=world.syd)
    casework.close(case_id=world.case_id, outcome=Outcome.RETURNED, by=world.syd)
    assert sums(tallies.REFERRALS, "region") == sums(tallies.CASES, "region") == {("2026-11", "mitt"): 1}
    assert sums(tallies.ANSWERS, "region") == {("2026-11", "mitt"): 1}
    assert sums(tallies.CLOSED, "region") == {("2026-12", "syd"): 1}


def test_late_counts_once_however_often(world: World, freeze: Any) -> None:
    freeze("2026-11-27 09:00")
    chasing.sweep()
    late = Counted.objects.filter(unit=Counts.LATE)
    assert late.exists() and sums(tallies.LATE_STEPS) == {("2026-11",): late.count()}
    Step.objects.filter(pk__in=late.values("step")).update(
        stage=Stage.REMINDED,
        due_at=clock.now() + timedelta(days=10),
        chase_at=clock.now() + timedelta(days=10),
    )
    before = set(late.values_list("step", flat=True))
    freeze("2026-12-08 09:00")
    chasing.sweep()
    assert sums(tallies.LATE_STEPS)[("2026-11",)] == len(before)
    assert sum(sums(tallies.LATE_STEPS).values()) == late.count() >= len(before)
    assert recount.check() == []


def test_not_known_is_an_answer_and_not_stated_is_none(world: World) -> None:
    """Asked of everybody; nobody says anything about the residence permit, and somebody "do not know"."""
    before = sums(tallies.QUESTIONS, "detail", "answer")
    sent(world.referrer, ADULT, sex="unknown", health_acute="unsure", stay_status=None)
    added = {
        key[1:]: amount - before.get(key, 0)
        for key, amount in sums(tallies.QUESTIONS, "detail", "answer").items()
        if amount != before.get(key, 0)
    }
    assert added[("sex", "unknown")] == added[("health_acute", "unknown")] == 1
    assert added[("stay_status", "not_stated")] == added[("county", "known")] == 1
    assert {question for question, _ in added} == set(tallies.QUESTION_KEYS)
    assert ("2026-11", "unknown") in sums(tallies.CASES, "sex")


def test_referred_again_and_exploited_again(world: World, freeze: Any) -> None:
    world.accept()
    freeze("2027-02-01 09:00")
    again = sent(world.referrer)
    found = links.link_earlier(
        case_id=again.case_id, reference=world.case.reference, exploited_again=True, by=world.karin
    )
    assert sums(tallies.REFERRED_AGAIN) == sums(tallies.AGAIN) == {("2027-02",): 1}
    assert recount.check() == []
    links.unlink(link_id=found.pk, case_id=again.case_id, by=world.karin)
    assert sums(tallies.REFERRED_AGAIN) == {} == sums(tallies.AGAIN)


# --- what a recount finds -------------------------------------------------------------------------


def _forgotten(world: World) -> None:
    """A service that closes and does not count."""
    Case.objects.filter(pk=world.case_id).update(
        status="closed", outcome="returned", closed_at=clock.now(), closed_by=world.karin.user
    )


def _twice(world: World) -> None:
    row = Tally.objects.filter(unit=tallies.CASES).first()
    assert row is not None
    Tally.objects.create(month=row.month, unit=row.unit, codes=row.codes, amount=1)


def _lost(world: World) -> None:
    Counted.objects.filter(unit=Counts.ANSWERED).delete()


@pytest.mark.parametrize(
    ("wrong", "units"),
    [
        (_forgotten, {tallies.CLOSED, tallies.ASSISTANCE}),
        (_twice, {tallies.CASES}),
        (_lost, {tallies.ANSWERS}),
    ],
)
def test_what_is_wrong_is_named_told_and_put_right(
    world: World, wrong: Callable[[World], None], units: set[str], capsys: Any
) -> None:
    world.accept()
    call_command("rollups", "check")
    wrong(world)
    with pytest.raises(SystemExit) as stopped:
        call_command("rollups", "check")
    assert stopped.value.code == 1
    printed = capsys.readouterr().out
    assert all(f": {unit} 2026-11 " in printed for unit in units)
    admin = member(Role.ADMINISTRATOR)
    for _ in range(2):
        tasks.recount()
    assert JobRun.objects.filter(name="recount").latest("pk").failed > 0
    told = Notice.objects.filter(kind=NoticeKind.TALLIES)
    assert {row.user_id for row in told} >= {admin.user_id, world.national.user_id}
    notice = told.get(user=admin.user)  # once a day
    opened = sign_in(Client(), admin).get(reverse("cases:notice", args=[notice.pk]))
    assert opened.status_code == 302 and opened.headers["Location"] == reverse("cases:jobs")
    call_command("rollups", "rebuild")
    call_command("rollups", "check")
    tasks.recount()
    assert JobRun.objects.filter(name="recount").latest("pk").failed == 0


def forget() -> None:
    """As an upgrade finds it: no fact has been counted by itself."""
    Counted.objects.all().delete()
    Tally.objects.all().delete()


def test_what_an_upgrade_counts_is_of_its_own_month_and_place(world: World, freeze: Any) -> None:
    """Late in November, asked about and not taken, and one handed over: all counted anew in March."""
    other = sent(world.referrer)
    freeze("2026-12-02 09:00")
    chasing.sweep()
    triage.ask(case_id=other.case_id, text="Var?", by=world.karin)
    freeze("2027-01-11 09:00")
    triage.not_take(case_id=other.case_id, reason=NotTakenReason.NO_CONTACT, text="", by=world.karin)
    world.accept()
    world.move("syd", world.karin, world.syd)
    Case.objects.filter(pk=world.case_id).update(county="12")
    before = {unit: sums(unit, "region", "county", "age") for unit in (tallies.CASES, tallies.REFERRALS)}
    forget()
    freeze("2027-03-01 09:00")
    recount.rebuild()
    assert {unit: sums(unit, "region", "county", "age") for unit in before} == before
    assert set(sums(tallies.LATE_STEPS)) == {("2026-11",)}
    assert sums(tallies.NOT_TAKEN) == {("2027-01",): 1}
    assert recount.check() == [] and recount.rebuild() == (0, 0)


def test_the_figures_of_an_earlier_version_are_counted_anew(world: World) -> None:
    """Before facts were counted one by one: other units, other classes, nothing beside the steps."""
    world.accept()
    done(world, "acute.rc.meet")
    forget()
    codes = {"region": "mitt", "county": "03", "detail": "1h", "agency": "unknown"}
    for unit in (tallies.ANSWERS, "unknown_answer", tallies.CASES):
        Tally.objects.create(month=date(2026, 11, 1), unit=unit, codes=codes, amount=1)
    call_command("rollups", "rebuild")
    assert recount.check() == [] and recount.rebuild() == (0, 0)
    assert sums(tallies.CASES, "region", "agency") == {("2026-11", "mitt", "social_services_adult"): 1}
    assert sums("unknown_answer") == {} and len(sums(tallies.PHASES, "days")) == 1


SPLIT: Final = (
    (tallies.QUESTIONS, ("kind", "region", "agency", "detail", "answer")),
    (tallies.REFERRALS, ("kind", "county", "age", "sex", "form", "citizenship", "agency")),
    (tallies.PERSONS, ()),
)


def test_what_was_asked_is_read_again_from_the_answers_as_sent(world: World) -> None:
    """An upgrade: also of a referral that has moved to another case, and of a consultation."""
    sent(world.referrer, ADULT, sex="unknown", health_acute="unsure", stay_status=None)
    sent(world.referrer, REFUSED)
    survivor, absorbed = pairs.taken(world, *pairs.two(world))
    pairs.merge(world, survivor, absorbed)
    before = [sums(unit, *names) for unit, names in SPLIT]
    forget()
    assert recount.check()
    facts, _ = recount.rebuild()
    assert facts >= 5 and [sums(unit, *names) for unit, names in SPLIT] == before
    assert {key[-1] for key in before[0]} == {"known", "unknown", "not_stated"}
    assert recount.check() == [] and recount.rebuild() == (0, 0)


def test_what_nobody_answered_is_not_stated_beside_what_is_told() -> None:
    codes = {"region": "unknown", "sex": "unknown", "age": "unsure", "form": "labour", "county": "unknown"}
    asked = {"sex": "not_stated", "age": "unknown", "form": "not_stated", "region": "not_stated"}
    assert ledger.stated(codes, asked) == codes | {"sex": "not_stated"}


def test_a_referral_whose_answers_are_erased_was_asked_nothing_that_is_known(world: World) -> None:
    forget()
    vault.shred(Referral.objects.get(case=world.case_id).data_key, by=None)
    recount.rebuild()
    assert sums(tallies.QUESTIONS) == {} and sums(tallies.CASES, "agency") == {
        ("2026-11", "social_services_adult"): 1
    }
    assert recount.check() == [] and recount.rebuild() == (0, 0)


def test_a_case_that_is_gone_stays_counted(closed: World) -> None:
    before = {key: n for key, n in counted(Tally).items() if n}
    erasing.erase(casework.lock(closed.case_id), by=None, reason="time", is_new=False)
    assert not Counted.objects.filter(Q(case=closed.case_id) | Q(step__case=closed.case_id)).exists()
    assert {key: n for key, n in counted(Tally).items() if n} == before
    assert recount.check() == [] and recount.rebuild() == (0, 0)
