"""S07 and S11: a case moves to another desk: asked for, answered, taken back; a forwarded one comes back."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Sum

from accounts.access import Assignment, assignment_for
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import ForwardReason, GrantReason, HandoverStatus, Level, NoticeKind, Status, StepStatus
from cases.models import Case, CaseGrant, Handover, LegalGround, Notice, RouteCorrection, Step, Tally
from cases.services import casework, chasing, corrections, grants, handovers, messages, steps, triage
from coordinators.models import Desk
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import World, duty, membership_of, sent

pytestmark = pytest.mark.django_db
MALMO, GOTEBORG = "1280", "1480"


def desk(key: str) -> Desk:
    return Desk.objects.get(key=key)


def asked(world: World, key: str = "syd", **more: Any) -> Handover:
    facts: dict[str, Any] = {
        "reason": ForwardReason.MOVED,
        "moves_on": clock.today(),
        "text": "Nytt skyddat boende.",
    } | more
    return handovers.ask(case_id=world.case_id, desk_id=desk(key).pk, by=world.karin, **facts)


def told(who: Assignment, kind: str, **more: Any) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=kind, **more).count()


def counted(case: Case) -> dict[str, Any]:
    """The figures of every region: region → sum of deltas by unit and detail."""
    rows = Tally.objects.values("codes__region", "unit", "codes__detail").annotate(n=Sum("amount"))
    return {f"{r['codes__region']}/{r['unit']}/{r['codes__detail']}": r["n"] for r in rows}


def test_a_step_taken_up_again_after_a_move_leaves_both_regions_right(world: World) -> None:
    world.accept()
    figures = counted(world.case)
    step = world.step("ident.rc.assess")
    steps.done(step_id=step.pk, by=world.karin)
    done = counted(world.case)
    assert done != figures
    asked(world)
    handovers.accept(case_id=world.case_id, by=world.syd)
    steps.reopen(step_id=step.pk, by=assignment_for(membership_of(world.syd)))
    after = {key: n for key, n in counted(world.case).items() if n and "/done_step/" in key}
    assert after == {key: n for key, n in figures.items() if n and "/done_step/" in key}


def test_a_county_move_keeps_what_is_late_as_it_was(world: World, freeze: Any) -> None:
    """S07: preview, acceptance, due times, reading until the day, the year's figures."""
    world.accept()
    police = world.join(AgencyKind.POLICE)
    freeze("2026-11-27 09:00")
    chasing.sweep()
    own = {s.pk: (s.key, s.due_at, s.status, s.stage) for s in Step.objects.filter(
        case_id=world.case_id, desk__key="mitt", status__in=("open", "waiting"))}  # fmt: skip
    late = [s for s in Step.objects.filter(pk__in=own) if s.due_at and s.due_at < clock.now()]
    assert late, "one is overdue"
    theirs = list(Step.objects.filter(agency=police.agency).order_by("pk").values())
    figures = counted(world.case)

    plan = handovers.plan(world.case, handovers.target(world.case, municipality_code=MALMO))
    assert {s.pk for s in plan.moving} == set(own)
    assert [(p.agency_id, n > 0) for p, n in plan.staying] == [(police.agency_id, True)]
    assert plan.target.desk.key == "syd" and plan.people == ("Sara Syd",) and plan.referrers == 1

    asked_on = handovers.ask(
        case_id=world.case_id, municipality_code=MALMO, reason=ForwardReason.MOVED,
        moves_on=date(2026, 12, 1), text="Flyttar till boende.", by=world.karin,
    )  # fmt: skip
    case = world.case
    assert case.desk.key == "mitt", "owned by the old desk until the new one accepts"
    sight = sight_of(world.syd, case)
    assert sight is not None and (sight.level, sight.is_desk, sight.categories) == (
        Level.HEADER,
        False,
        frozenset(),
    )
    assert told(world.syd, NoticeKind.HANDOVER_ASKED, direct=True) == 1
    assert world.step("act.answer_handover").desk_id == desk("syd").pk

    case = handovers.accept(case_id=world.case_id, by=world.syd)
    assert (case.desk.key, case.assignee_id, case.municipality_id) == ("syd", world.syd.user_id, MALMO)
    after = {s.pk: (s.key, s.due_at, s.status, s.stage) for s in Step.objects.filter(pk__in=own)}
    assert after == own, "same steps, same due times, as late as before"
    assert set(Step.objects.filter(pk__in=own).values_list("desk__key", flat=True)) == {"syd"}
    assert list(Step.objects.filter(agency=police.agency).order_by("pk").values()) == theirs
    assert world.step("act.answer_handover").status == "done"
    assert counted(case) == figures, "nothing is counted again"
    for who in (world.karin, world.referrer, police):
        assert told(who, NoticeKind.HANDOVER_TAKEN) == 1
    assert grants.is_true(case)

    _only_reads(world, asked_on)
    freeze("2026-12-01 23:59")
    assert sight_of(world.karin, world.case) is not None
    freeze("2026-12-02 00:00")
    assert sight_of(world.karin, world.case) is None
    assert handovers.conclude() == 1 and handovers.conclude() == 0
    assert grants.compare()[1] == 0
    assert not LegalGround.objects.filter(case=case, desk__key="mitt", ended_at=None).exists()

    before = counted(case)
    steps.done(step_id=world.step("ident.rc.assess").pk, by=assignment_for(membership_of(world.syd)))
    new = {k: v for k, v in counted(case).items() if before.get(k) != v}
    assert new and all(key.startswith("syd/") for key in new), "from now on it counts where it is"
    assert {k: v for k, v in counted(case).items() if k.startswith("mitt/")} == {
        k: v for k, v in figures.items() if k.startswith("mitt/")
    }


def _only_reads(world: World, handover: Handover) -> None:
    """The old desk reads everything and changes nothing."""
    sight = sight_of(world.karin, world.case)
    assert sight is not None and sight.level == Level.FULL and not sight.is_desk
    (row,) = CaseGrant.objects.filter(case_id=world.case_id, reason=GrantReason.HANDED_OVER)
    assert row.ground.desk_id == row.desk_id == desk("mitt").pk and row.ground.ended_at is None
    here = f"desk:{world.case.desk_id}"
    for act in (
        lambda: messages.add_note(case_id=world.case_id, text="x", by=world.karin),
        lambda: messages.send(case_id=world.case_id, to=[here], text="x", by=world.karin),
        lambda: steps.done(step_id=world.step("ident.rc.assess").pk, by=world.karin),
        lambda: casework.close(case_id=world.case_id, outcome="returned", by=world.karin),  # type: ignore[arg-type]
        lambda: triage.forward(case_id=world.case_id, desk_id=desk("nord").pk,
                               reason=ForwardReason.MOVED, by=world.karin),
        lambda: handovers.withdraw(case_id=world.case_id, by=world.karin),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            act()
    assert not world.case.notes.exists()


@pytest.mark.parametrize("key", ["stockholm-adults", "vast", "nord"])
def test_any_desk_may_be_asked_and_say_no(world: World, key: str) -> None:
    world.accept()
    other = duty(key, "Ville Väst")
    before = list(Step.objects.filter(case_id=world.case_id).order_by("pk").values())
    asked(world, key)
    with pytest.raises(ValidationError) as empty:
        handovers.reject(case_id=world.case_id, answer="  ", by=other)
    assert "answer" in empty.value.message_dict
    handovers.reject(case_id=world.case_id, answer="Vi har ingen plats.", by=other)
    case, row = world.case, Handover.objects.get()
    assert (case.desk.key, row.status, str(row.answer)) == ("mitt", "rejected", "Vi har ingen plats.")
    assert sight_of(other, case) is None
    assert (
        told(world.karin, NoticeKind.HANDOVER_BACK) == 1
        and told(world.referrer, NoticeKind.HANDOVER_TAKEN) == 0
    )
    same = Step.objects.filter(case_id=world.case_id).exclude(key="act.answer_handover")
    assert list(same.order_by("pk").values()) == before
    assert grants.is_true(case)
    asked(world, key)
    assert handovers.accept(case_id=world.case_id, by=other).desk.key == key


def test_only_the_asked_desk_answers_and_only_the_asking_one_takes_back(world: World) -> None:
    world.accept()
    nord = duty("nord")
    asked(world)
    for by in (world.karin, world.per, nord, world.national, world.referrer):
        for act in (handovers.accept, lambda **k: handovers.reject(answer="Nej.", **k)):
            with pytest.raises(PermissionDenied):
                act(case_id=world.case_id, by=by)
    with pytest.raises(PermissionDenied):
        handovers.withdraw(case_id=world.case_id, by=world.syd)
    handovers.withdraw(case_id=world.case_id, by=world.per)
    assert Handover.objects.get().status == HandoverStatus.WITHDRAWN
    assert sight_of(world.syd, world.case) is None
    assert world.step("act.answer_handover").status == "cancelled"
    assert told(world.syd, NoticeKind.HANDOVER_ASKED, read_at=None) == 0
    with pytest.raises(PermissionDenied):
        handovers.accept(case_id=world.case_id, by=world.syd)


def test_one_open_handover_and_the_second_learns_who_was_first(world: World) -> None:
    world.accept()
    asked(world)
    with pytest.raises(TransitionNotAllowed) as second:
        handovers.ask(case_id=world.case_id, desk_id=desk("nord").pk, reason=ForwardReason.MOVED,
                      moves_on=clock.today(), by=world.per)  # fmt: skip
    assert "Karin Holm" in str(second.value.message) and "Syd" in str(second.value.message)
    for act in (
        lambda: casework.close(case_id=world.case_id, outcome="returned", by=world.karin),  # type: ignore[arg-type]
        lambda: triage.forward(case_id=world.case_id, desk_id=desk("nord").pk,
                               reason=ForwardReason.CAPACITY, by=world.karin),
    ):  # fmt: skip
        with pytest.raises(TransitionNotAllowed):
            act()


def test_what_cannot_be_asked(world: World) -> None:
    world.accept()
    for field, wrong in (
        ("desk", {"desk_id": world.case.desk_id}),
        ("desk", {"desk_id": desk("national").pk}),
        ("municipality", {"desk_id": None, "municipality_code": "0380"}),
        ("municipality", {"desk_id": None, "municipality_code": "9999"}),
        ("moves_on", {"moves_on": clock.today() - timedelta(days=1)}),
        ("moves_on", {"moves_on": clock.today() + timedelta(days=91)}),
    ):
        facts: dict[str, Any] = {"desk_id": desk("syd").pk, "moves_on": clock.today()} | wrong
        with pytest.raises(ValidationError) as refusal:
            handovers.ask(case_id=world.case_id, reason=ForwardReason.MOVED, by=world.karin, **facts)
        assert list(refusal.value.message_dict) == [field]
    assert not Handover.objects.exists()


def test_a_child_goes_to_the_desk_for_children(world: World) -> None:
    child = sent(world.referrer, municipality_of_presence=GOTEBORG).case
    child.age_band = "child"
    aim = handovers.target(child, municipality_code="0180")
    assert aim.desk.key == "stockholm-children"


def test_when_the_answer_is_late_the_national_desk_is_told(world: World, freeze: Any) -> None:
    world.accept()
    asked(world)
    assert world.step("act.answer_handover").due_at == Handover.objects.get().answer_by
    freeze("2026-11-26 08:00")
    chasing.sweep()
    late = {"kind": NoticeKind.STEP_DUE, "step__key": "act.answer_handover"}
    assert told(world.national, **late) == 1 and told(world.syd, **late) == 1
    assert sight_of(world.national, world.case) is None, "a notice gives no sight"


def test_back_and_forth_leaves_no_clash(world: World, freeze: Any) -> None:
    """There and back on one day, each time with a step that an act opened."""
    world.accept()
    for here, there in (("mitt", "syd"), ("syd", "mitt"), ("mitt", "syd"), ("syd", "mitt")):
        people = {"mitt": world.karin, "syd": world.syd}
        handovers.ask(case_id=world.case_id, desk_id=desk(there).pk, reason=ForwardReason.CAPACITY,
                      moves_on=clock.today(), by=people[here])  # fmt: skip
        assert grants.is_true(world.case)
        handovers.accept(case_id=world.case_id, by=people[there])
        assert grants.is_true(world.case)
    freeze("2026-11-24 01:00")
    handovers.conclude()
    grounds = LegalGround.objects.filter(case_id=world.case_id, desk__isnull=False, ended_at=None)
    assert [g.desk.key for g in grounds] == ["mitt"]


# --- a referral nobody has accepted ---------------------------------------------------------------


def forward(
    world: World, key: str, by: Assignment, reason: ForwardReason = ForwardReason.WRONG_REGION
) -> Case:
    return triage.forward(case_id=world.case_id, desk_id=desk(key).pk, reason=reason, by=by)


def test_wrong_region_tells_everyone_and_suggests_a_correction(world: World, freeze: Any) -> None:
    """S11: the clock goes on, both desks and the referrer are told, the trace shows rule and person."""
    due = world.case.answer_by
    freeze("2026-11-23 10:00")
    forward(world, "syd", world.karin)
    case = world.case
    assert (case.answer_by, case.status) == (due, Status.RECEIVED)
    assert (
        told(world.syd, "new_referral")
        == told(world.per, "forwarded")
        == told(world.referrer, "forwarded")
        == 1
    )
    event = AuditEvent.objects.get(verb="case.forward")
    assert (event.user_id, event.facts["reason_code"]) == (world.karin.user_id, "wrong_region")
    assert "Uppsala" in case.routing["explanation"]["sv"] and "yd" in case.routing["explanation"]["sv"]
    row = RouteCorrection.objects.get()
    assert (row.municipality_id, row.was.key, row.should_be.key) == ("0380", "mitt", "syd")
    with pytest.raises(PermissionDenied):
        corrections.handle(correction_id=row.pk, by=world.karin)
    corrections.handle(correction_id=row.pk, by=world.national)
    assert RouteCorrection.objects.get().handled_by_id == world.national.user_id


def test_suggestions_stand_once_and_for_no_other_reason(world: World) -> None:
    other = sent(world.referrer).case_id
    for case_id in (world.case_id, other):
        triage.forward(
            case_id=case_id, desk_id=desk("syd").pk, reason=ForwardReason.WRONG_REGION, by=world.karin
        )
    third = sent(world.referrer).case_id
    triage.forward(case_id=third, desk_id=desk("syd").pk, reason=ForwardReason.CAPACITY, by=world.karin)
    assert RouteCorrection.objects.count() == 1


def test_what_was_forwarded_can_be_sent_back_in_one_act(world: World, freeze: Any) -> None:
    due = world.case.answer_by
    with pytest.raises(TransitionNotAllowed):
        handovers.send_back(case_id=world.case_id, answer="Nej.", by=world.karin)
    forward(world, "syd", world.karin)
    with pytest.raises(ValidationError):
        handovers.send_back(case_id=world.case_id, answer="", by=world.syd)
    with pytest.raises(PermissionDenied):
        handovers.send_back(case_id=world.case_id, answer="Vår.", by=world.karin)
    freeze("2026-11-23 11:00")
    case = handovers.send_back(case_id=world.case_id, answer="Håbo hör till Uppsala län.", by=world.syd)
    assert (case.desk.key, case.answer_by) == ("mitt", due)
    assert sight_of(world.syd, world.case) is None
    assert told(world.karin, NoticeKind.HANDOVER_BACK) == 1
    assert Counter(Notice.objects.filter(kind="forwarded").values_list("user_id", flat=True))[
        world.referrer.user_id] == 2  # fmt: skip
    row = Handover.objects.get()
    assert (row.status, str(row.answer)) == ("rejected", "Håbo hör till Uppsala län.")
    assert AuditEvent.objects.get(verb="case.send_back").user_id == world.syd.user_id
    with pytest.raises(TransitionNotAllowed):
        handovers.send_back(case_id=world.case_id, answer="Igen.", by=world.karin)


def test_an_accepted_case_is_handed_over_not_sent_back(world: World) -> None:
    forward(world, "syd", world.karin)
    triage.accept(case_id=world.case_id, by=world.syd)
    with pytest.raises(TransitionNotAllowed):
        handovers.send_back(case_id=world.case_id, answer="Nej.", by=world.syd)


def test_texts_lie_encrypted_and_in_no_audit_row(world: World) -> None:
    world.accept()
    asked(world, text="QZTEXT om boendet")
    handovers.reject(case_id=world.case_id, answer="QZSVAR fullt", by=world.syd)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text::text || answer::text FROM cases_handover")
        assert "QZ" not in cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM core_auditevent WHERE facts::text LIKE '%QZ%' OR reason LIKE '%QZ%'"
        )
        assert cursor.fetchone() == (0,)


def test_a_step_the_new_desk_has_had_before_is_another_occurrence(world: World) -> None:
    """It came, was done there, went back and is owed again: the database knows both."""
    world.accept()
    owed, there = world.step("ident.rc.assess"), world.step("ident.rc.assess")
    there.pk, there.desk, there.assignee = uuid.uuid4(), Desk.objects.get(key="syd"), None
    there.status, there.ended_at, there.chase_at = StepStatus.DONE, clock.now(), None
    there.save(force_insert=True)
    world.move("syd", world.karin, world.syd)
    owed.refresh_from_db()
    assert (owed.desk.key if owed.desk else "", owed.occurrence, owed.is_live) == ("syd", 2, True)
