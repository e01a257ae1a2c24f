"""Living the stories through the services, at the time they happened."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Final

from django.db import connection

from accounts.access import Assignment, assignment_for
from accounts.enums import AgencyKind
from accounts.models import Agency, Membership
from cases.enums import LIVE_STEPS, BlockedOn, NotTakenReason, Outcome, PeriodKind
from cases.models import Case, Draft, Notice, Referral
from cases.services import casework, chasing, dates, links, participation, periods, referrals, steps, triage
from cases.services.tallies.assistance import SHOWN_BY
from coordinators.models import Duty
from core import clock, vault
from core.enums import MailState
from core.models import OutboundEmail
from manual.enums import Milestone
from nrm_portal.demo.stories import REGIONS, Story

NAMESPACE: Final = uuid.UUID("6d1f3b0e-6f0a-4d6c-9f44-0e7c2f3a9b11")
LATEST_YEAR: Final = timedelta(days=365)
"""Older cases are told in fewer acts."""
ROUNDS: Final = 6
"""How often a recurring step is done at the most."""
UNPLACED: Final = timedelta(days=4)
"""Newer cases without a place still wait at the national desk."""
NEWS: Final = timedelta(days=3)
"""Notices older than this are read: the demo opens on this week's news."""


ASSESS: Final = "ident.rc.assess"
PLAN: Final = "init.rc.support_plan"
PERIODS: Final = {PeriodKind.PERMIT: 190, PeriodKind.SUPPORT_PROGRAMME: 90}
"""How many days are decided at a time."""
SUPPORT: Final = frozenset(key for shown in SHOWN_BY.values() for key in shown.steps)
"""Duties that show what somebody was given."""


def draft_id(story: Story) -> uuid.UUID:
    """The same for the same story: it is filled in once, however often the demo starts."""
    return uuid.uuid5(NAMESPACE, f"story-{story.number}")


def hurry() -> None:
    """Nothing is chased while the past is told; and a demo may lose its last half second in a power cut."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    chasing.hold()


def live(story: Story, today: datetime, earlier: Story | None = None) -> bool:
    """Make one story happen; False when it has happened already. `earlier`: the same person's, told first."""
    if Referral.objects.filter(draft_id=draft_id(story)).exists():
        return False
    if earlier:
        live(earlier, today)
    rng = Random(f"nrm-demo-course-{story.number}")
    by = _referrer(story, rng)
    with clock.frozen(story.sent_at):
        referral = referrals.submit(draft_id=_draft(story, by).pk, by=by)
    _course(referral.case, story, by, rng, today, earlier)
    if story.number % 25 == 0:
        let_rest(today)
    return True


def _draft(story: Story, by: Assignment, practice: bool = False) -> Draft:
    key, now = draft_id(story), clock.now()
    return Draft.objects.create(
        id=key,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("draft", key),
        answers=story.answers,
        practice=practice,
        started_at=now,
        saved_at=now,
        expires_at=now,
    )


# --- people --------------------------------------------------------------------------------------


@cache
def _workers(kind: str) -> tuple[Assignment, ...]:
    rows = Membership.objects.in_force().filter(user__is_demo=True, agency__kind=kind, role="caseworker")
    return tuple(assignment_for(row) for row in rows.select_related("user", "agency").order_by("user__email"))


@cache
def _coordinators(desk_id: uuid.UUID) -> tuple[Assignment, ...]:
    rows = Duty.objects.filter(desk_id=desk_id, membership__user__is_demo=True)
    rows = rows.select_related("membership__user", "membership__agency").order_by("membership__user__email")
    return tuple(assignment_for(row.membership) for row in rows)


def _referrer(story: Story, rng: Random) -> Assignment:
    return rng.choice(_workers(story.found_by))


# --- what happens ----------------------------------------------------------------------------------


def _course(
    case: Case, story: Story, referrer: Assignment, rng: Random, today: datetime, earlier: Story | None
) -> None:
    if case.routing["unplaced"] and today - story.sent_at > UNPLACED:
        case = _place(case, story, rng)
    coordinator = rng.choice(_coordinators(case.desk_id))
    answered = _within(story.sent_at + timedelta(hours=rng.choice((1, 2, 3, 5, 20, 26, 50))), today)
    if case.routing["unplaced"] or story.course == "received":
        return
    with clock.frozen(answered):
        match story.course:
            case "waiting":
                triage.ask(case_id=case.pk, text="Vet du vilket språk personen helst talar?", by=coordinator)
            case "snoozed":
                triage.accept(case_id=case.pk, by=coordinator)
                triage.snooze(
                    case_id=case.pk, until=today + timedelta(days=rng.randrange(1, 9)), by=coordinator
                )
            case "not_taken":
                triage.not_take(
                    case_id=case.pk,
                    reason=rng.choice(list(NotTakenReason)),
                    text="Hör av dig igen om något nytt framkommer.",
                    by=coordinator,
                )
            case _:
                triage.accept(case_id=case.pk, by=coordinator)
    if earlier:
        _link(case, earlier, coordinator, answered)
    if story.course in ("active", "late", "closed"):
        _work(case, story, coordinator, answered, rng, today)


def _link(case: Case, earlier: Story, coordinator: Assignment, answered: datetime) -> None:
    """She has been here before; most of them have been exploited anew."""
    before = Referral.objects.select_related("case").get(draft_id=draft_id(earlier))
    if before.case.desk_id == case.desk_id:
        with clock.frozen(answered + timedelta(minutes=5)):
            anew = earlier.number % 3 != 0
            links.link_earlier(
                case_id=case.pk, reference=before.reference, exploited_again=anew, by=coordinator
            )


def _place(case: Case, story: Story, rng: Random) -> Case:
    """The national desk places a case within a few hours, once the referrer has been asked."""
    with clock.frozen(story.sent_at + timedelta(minutes=rng.randrange(15, 55))):
        where = rng.choice(REGIONS[story.region][1])
        return triage.place(case_id=case.pk, municipality_code=where, by=_coordinators(case.desk_id)[0])


def _work(
    case: Case, story: Story, coordinator: Assignment, accepted: datetime, rng: Random, today: datetime
) -> None:
    assessed = _within(accepted + timedelta(days=rng.randrange(1, 4)), today)
    age, care = today - story.sent_at, Random(f"nrm-demo-care-{story.number}")
    recent, is_slow = age < timedelta(days=120), age.days > 15 and care.random() < 0.15
    if is_slow:
        assessed += timedelta(days=care.randrange(5, 9))
        _fall_due(case, assessed)
    is_followed = recent or rng.random() < (0.6 if age < LATEST_YEAR else 0.12)
    if is_followed or care.random() < 0.8:
        with clock.frozen(assessed):
            _tick(case, coordinator, ASSESS)
    if is_followed:
        for kind in _agencies(case, rng, 2 if recent else 1):
            _bring_in(
                case, coordinator, kind, assessed, rng, today, thorough=recent, late=story.course == "late",
                is_slow=is_slow,
            )  # fmt: skip
    if story.course == "closed" and not case.is_consultation:
        _support(case, coordinator, assessed, care, today)
    if story.course == "active":
        _keep_up(case, coordinator, rng, today)
    if story.course == "closed":
        ended = _within(assessed + timedelta(days=rng.randrange(20, 140)), today)
        outcome = (
            Outcome.ADVICE_GIVEN
            if case.is_consultation
            else rng.choices(list(Outcome)[:6], (45, 12, 15, 12, 8, 8))[0]
        )
        with clock.frozen(ended):
            casework.close(case_id=case.pk, outcome=outcome, by=coordinator)


def _support(case: Case, coordinator: Assignment, at: datetime, care: Random, today: datetime) -> None:
    """What somebody was given before her case ended, as far as the desk writes it down."""
    if care.random() < 0.4:
        with clock.frozen(_within(at + timedelta(days=care.randrange(4, 13)), today)):
            _tick(case, coordinator, PLAN)
    for kind, share in {Milestone.PLACEMENT_STARTED: 0.12, Milestone.COUNSEL_APPOINTED: 0.1}.items():
        if care.random() < share:
            day = _within(at + timedelta(days=care.randrange(2, 17)), today)
            with clock.frozen(day):
                dates.record(case_id=case.pk, kind=kind, happened_at=day, date_only=True, by=coordinator)
    for period, days in PERIODS.items():
        if care.random() < 0.07:
            starts = _within(at + timedelta(days=18), today)
            with clock.frozen(starts):
                periods.record(
                    case_id=case.pk, kind=period, starts_on=clock.today(),
                    ends_on=clock.today() + timedelta(days=days), source="Påhittat beslut i demon",
                    by=coordinator,
                )  # fmt: skip


def _fall_due(case: Case, until: datetime) -> None:
    """What was not done in time by then was found to be late, at its own moment."""
    rows = case.steps.filter(status__in=LIVE_STEPS, due_at__lt=until).order_by("-due_at")
    if last := rows.values_list("due_at", flat=True).first():
        with clock.frozen(last + timedelta(minutes=1)):
            chasing.chase(case.pk)


def _keep_up(case: Case, coordinator: Assignment, rng: Random, today: datetime) -> None:
    """The desk does what is due in time, what recurs too; now and then something is left."""
    left = {step.key for step in case.steps.filter(desk_id=case.desk_id) if rng.random() < 0.04}
    due = case.steps.filter(desk_id=case.desk_id, due_at__lt=today, status__in=LIVE_STEPS).exclude(
        key__in=left
    )
    for _round in range(ROUNDS):
        for step in due.order_by("due_at"):
            assert step.due_at and step.starts_at, "a live step has a due time (constraint)"
            with clock.frozen(_within(step.starts_at + (step.due_at - step.starts_at) * rng.random(), today)):
                steps.done(step_id=step.pk, by=coordinator)


def _agencies(case: Case, rng: Random, count: int) -> list[AgencyKind]:
    if case.is_consultation:
        return []
    if case.age_band != "adult":
        return [AgencyKind.SOCIAL_SERVICES_CHILD, AgencyKind.POLICE][:count]
    kinds = (
        AgencyKind.SOCIAL_SERVICES_ADULT,
        AgencyKind.POLICE,
        AgencyKind.MIGRATION_AGENCY,
        AgencyKind.NGO_PLATFORM,
        AgencyKind.HEALTH_CARE,
    )
    return rng.sample(kinds, k=count)


def _bring_in(
    case: Case,
    coordinator: Assignment,
    kind: AgencyKind,
    at: datetime,
    rng: Random,
    today: datetime,
    *,
    thorough: bool,
    late: bool,
    is_slow: bool,
) -> None:
    worker = rng.choice(_workers(kind))
    agency: Agency = worker.agency
    choices = participation.ground_choices(case, agency)
    if not choices:
        return
    with clock.frozen(at):
        invited = participation.invite(
            case_id=case.pk,
            agency_id=agency.pk,
            ground=choices[0].code,
            categories=["situation", "health"],
            purpose="Samordnat stöd",
            by=coordinator,
        )
    with clock.frozen(_within(at + timedelta(hours=rng.randrange(1, 40)), today)):
        declines = thorough and rng.random() < 0.06
        participation.answer(
            participation_id=invited.pk,
            accepts=not declines,
            reason="Personen vistas i en annan kommun." if declines else "",
            by=worker,
        )
    if is_slow:
        at = _within(at + timedelta(days=5), today)
        _fall_due(case, at)
    if not declines and not late:
        _do_some(case, worker, at, rng, today, 4 if thorough else 2)


def _do_some(case: Case, worker: Assignment, at: datetime, rng: Random, today: datetime, count: int) -> None:
    """The agency does its first steps, what helps first, more or less on time; sometimes one is blocked."""
    rows = case.steps.filter(agency=worker.agency, status__in=LIVE_STEPS).order_by("due_at")
    chosen = sorted(rows, key=lambda step: step.key not in SUPPORT)[:count]
    for number, step in enumerate(chosen):
        with clock.frozen(_within(at + timedelta(days=number + rng.random() * 2), today)):
            if number == count - 1 and rng.random() < 0.2:
                steps.block(
                    step_id=step.pk,
                    blocked_on=rng.choice(list(BlockedOn)),
                    next_check_on=clock.today() + timedelta(days=7),
                    remark="Väntar på besked.",
                    by=worker,
                )
            else:
                steps.done(step_id=step.pk, by=worker)


def _tick(case: Case, by: Assignment, key: str) -> None:
    step = case.steps.filter(key=key, status__in=LIVE_STEPS).first()
    if step:
        steps.done(step_id=step.pk, by=by)


def _within(at: datetime, today: datetime) -> datetime:
    return min(at, today - timedelta(minutes=2))


def let_rest(today: datetime) -> None:
    """News of long ago is read, and its mail never leaves."""
    then = today - NEWS
    Notice.objects.filter(made_at__lt=then, read_at__isnull=True).update(read_at=then, mailed_at=then)
    OutboundEmail.objects.filter(created_at__lt=then, state=MailState.QUEUED).update(
        state=MailState.CANCELLED, to="", context={}
    )


def practice(by: Assignment, story: Story) -> None:
    """The practice case: clearly marked, never counted, never chased."""
    practice_story = Story(-1, story.sent_at, story.found_by, story.region, story.answers, "active")
    if not Referral.objects.filter(draft_id=draft_id(practice_story)).exists():
        referral = referrals.submit(draft_id=_draft(practice_story, by, practice=True).pk, by=by)
        triage.accept(case_id=referral.case_id, by=_coordinators(referral.case.desk_id)[0])
