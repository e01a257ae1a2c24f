"""The decisions as tests meet them: what each verb does to each status, how it is done, what it may write."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import (
    ConsentForm,
    ForwardReason,
    NotTakenReason,
    Outcome,
    PeriodKind,
    Protection,
    Status,
    TraffickingStatus,
    Verb,
)
from cases.models import (
    Case,
    CaseGrant,
    CaseLink,
    Dispute,
    Handover,
    LegalGround,
    Meeting,
    Merge,
    Message,
    Note,
    Notice,
    Participation,
    Period,
    PrivacyStatement,
    RecordedMilestone,
    ReturnPlan,
    Step,
    Tally,
)
from cases.services import (
    assessments,
    casework,
    dates,
    disputes,
    editions,
    granting,
    handovers,
    links,
    meetings,
    merging,
    participation,
    periods,
    protection,
    recusals,
    returning,
    triage,
)
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import clock
from core.models import AuditEvent, OutboundEmail
from manual.enums import Milestone
from tests.cases.services.conftest import World, sent
from tests.cases.services.pairs import all_of
from tests.factories import AgencyFactory, member
from tests.manual.following import follow_on

Act = Callable[[World, Assignment], Any]

EXPECTED: Final[dict[Verb, dict[Status, Status]]] = (
    {
        Verb.ACCEPT: {Status.RECEIVED: Status.ACTIVE, Status.WAITING: Status.ACTIVE},
        Verb.ASK: {Status.RECEIVED: Status.WAITING},
        Verb.TAKE_BACK: {Status.WAITING: Status.RECEIVED},
        Verb.NOT_TAKE: {Status.RECEIVED: Status.NOT_TAKEN, Status.WAITING: Status.NOT_TAKEN},
        Verb.CLOSE: {Status.ACTIVE: Status.CLOSED},
        Verb.REOPEN: {Status.CLOSED: Status.ACTIVE, Status.NOT_TAKEN: Status.ACTIVE},
        Verb.INVITE: {Status.ACTIVE: Status.ACTIVE},
        Verb.RECORD: {Status.ACTIVE: Status.ACTIVE},
        Verb.PLACE: {Status.RECEIVED: Status.RECEIVED, Status.WAITING: Status.WAITING},
        Verb.FORWARD: {Status.RECEIVED: Status.RECEIVED, Status.WAITING: Status.WAITING},
        Verb.TIME: {Status.ACTIVE: Status.ACTIVE},
        Verb.RETURN: {Status.ACTIVE: Status.ACTIVE},
        Verb.RENEW: {Status.ACTIVE: Status.ACTIVE},
    }
    | {
        verb: {status: status for status in (Status.RECEIVED, Status.WAITING, Status.ACTIVE)}
        for verb in (
            Verb.SNOOZE,
            Verb.ASSIGN,
            Verb.WAKE,
            Verb.RECUSE,
            Verb.DECIDE_AGE,
            Verb.MERGE,
            Verb.LINK,
        )
    }
    | {
        verb: {Status.ACTIVE: Status.ACTIVE}
        for verb in (Verb.HAND_OVER, Verb.MEET, Verb.SETTLE, Verb.RECOGNISE)
    }
    | {
        verb: {status: status for status in Status if status not in (Status.MERGED, Status.DISPOSED)}
        for verb in (Verb.SHARE, Verb.PROTECT)
    }
)
"""Written from the design, section 15, not from the table it checks."""


def _forward(world: World, by: Assignment) -> Case:
    desk = Desk.objects.get(key="syd")
    return triage.forward(case_id=world.case_id, desk_id=desk.pk, reason=ForwardReason.WRONG_REGION, by=by)


def _invite(world: World, by: Assignment) -> Participation:
    police = AgencyFactory.create(kind=AgencyKind.POLICE)
    return participation.invite(case_id=world.case_id, agency_id=police.pk, ground="consent", categories=[],
                                purpose="", by=by)  # fmt: skip


def _hand_over(world: World, by: Assignment) -> Handover:
    desk = Desk.objects.get(key="syd")
    return handovers.ask(case_id=world.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED,
                         moves_on=clock.today(), by=by)  # fmt: skip


def _merge(world: World, by: Assignment) -> Merge:
    """Whoever may merge has a second case; to everybody else it makes no difference whether there is one."""
    other = uuid.uuid4()
    choices: dict[str, str] = {}
    if by is world.karin and world.case.is_open:
        other = sent(world.referrer).case_id
        choices = all_of("survivor", world.case, Case.objects.get(pk=other))
    return merging.merge(survivor_id=world.case_id, absorbed_id=other, choices=choices, secrecy=True, by=by)


def _link(world: World, by: Assignment) -> CaseLink:
    mine = by is world.karin and world.case.is_open
    reference = sent(world.referrer).reference if mine else "H26-00417-U"
    return links.link_earlier(case_id=world.case_id, reference=reference, exploited_again=False, by=by)


def _meet(world: World, by: Assignment) -> Meeting:
    return meetings.record(case_id=world.case_id, held_on=clock.today(), present=[], minutes="Samråd.", by=by)


def _settle(world: World, by: Assignment) -> Dispute:
    """Who may settle meets a dispute; to everybody else it makes no difference whether there is one."""
    agency = AgencyFactory.create(kind=AgencyKind.POLICE)
    dispute_id = uuid.uuid4()
    if by is world.karin and world.case.status == Status.ACTIVE:
        dispute_id = _dispute(world)
    return disputes.settle(case_id=world.case_id, dispute_id=dispute_id, agency_id=agency.pk, text="Enades.",
                           ground="consent", categories=[], purpose="Skydd", by=by)  # fmt: skip


def _dispute(world: World) -> uuid.UUID:
    for _number in range(2):
        by = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
        row = world.invite(by.agency)
        participation.answer(participation_id=row.pk, accepts=False, reason="Inte vår.", by=by)
    return Dispute.objects.get(case_id=world.case_id).pk


def _period(world: World, by: Assignment) -> Period:
    return periods.record(case_id=world.case_id, kind=PeriodKind.REFLECTION, starts_on=clock.today(),
                          ends_on=None, source="Beslut", by=by)  # fmt: skip


def _return(world: World, by: Assignment) -> ReturnPlan:
    return returning.start(case_id=world.case_id, informed_on=clock.today(), language="bulgariska",
                           interpreter=True, words="Vill hem.", by=by)  # fmt: skip


def _share(world: World, by: Assignment) -> PrivacyStatement:
    return granting.inform(case_id=world.case_id, given_on=clock.today(), form=ConsentForm.ORAL,
                           language="th", interpreter=True, by=by)  # fmt: skip


def _renew(world: World, by: Assignment) -> editions.Plan:
    """Whoever may take over finds an edition to take over; to everybody else it makes no difference."""
    mine = by is world.karin and world.case.status == Status.ACTIVE
    edition = follow_on() if mine else world.case.edition
    return editions.take_over(case_id=world.case_id, edition_id=edition.pk, by=by)


def _decide_age(world: World, by: Assignment) -> Case:
    return assessments.decide_age(case_id=world.case_id, age_band=AgeBand.CHILD, decided_on=clock.today(),
                                  decided_by=AgencyKind.POLICE, basis="Pass", by=by)  # fmt: skip


def _recognise(world: World, by: Assignment) -> Case:
    return assessments.recognise(case_id=world.case_id, status=TraffickingStatus.ACTUAL, basis="Utredning",
                                 decided_on=clock.today(), decided_by=AgencyKind.POLICE, by=by)  # fmt: skip


ACTS: Final[dict[Verb, Act]] = {
    Verb.PROTECT: lambda w, by: protection.make_stricter(
        case_id=w.case_id, to=Protection.SECRECY_MARKING, by=by
    ),
    Verb.DECIDE_AGE: _decide_age,
    Verb.RECOGNISE: _recognise,
    Verb.RENEW: _renew,
    Verb.SHARE: _share,
    Verb.MEET: _meet,
    Verb.SETTLE: _settle,
    Verb.TIME: _period,
    Verb.RETURN: _return,
    Verb.MERGE: _merge,
    Verb.LINK: _link,
    Verb.HAND_OVER: _hand_over,
    Verb.RECUSE: lambda w, by: recusals.recuse(case_id=w.case_id, reason="Släkt.", by=by),
    Verb.ACCEPT: lambda w, by: triage.accept(case_id=w.case_id, by=by),
    Verb.ASK: lambda w, by: triage.ask(case_id=w.case_id, text="Vilken ort?", by=by),
    Verb.FORWARD: _forward,
    Verb.SNOOZE: lambda w, by: triage.snooze(case_id=w.case_id, until=clock.now() + timedelta(days=1), by=by),
    Verb.ASSIGN: lambda w, by: triage.assign(case_id=w.case_id, assignee_id=w.per.user_id, by=by),
    Verb.NOT_TAKE: lambda w, by: triage.not_take(
        case_id=w.case_id, reason=NotTakenReason.NO_CONTACT, text="", by=by
    ),
    Verb.TAKE_BACK: lambda w, by: triage.take_back(case_id=w.case_id, by=by),
    Verb.WAKE: lambda w, by: triage.wake(case_id=w.case_id, by=by),
    Verb.INVITE: _invite,
    Verb.RECORD: lambda w, by: dates.record(
        case_id=w.case_id, kind=Milestone.POLICE_INFORMED, happened_at=clock.now(), date_only=False, by=by
    ),
    Verb.CLOSE: lambda w, by: casework.close(case_id=w.case_id, outcome=Outcome.LOST_CONTACT, by=by),
    Verb.REOPEN: lambda w, by: casework.reopen(case_id=w.case_id, by=by),
    Verb.PLACE: lambda w, by: triage.place(case_id=w.case_id, municipality_code="1280", by=by),
}


def rows_of(case_id: uuid.UUID) -> dict[str, Any]:
    """Everything a decision may write, as the database has it."""
    own: Any = (Case.objects.filter(pk=case_id), *(
        model._default_manager.filter(case_id=case_id).order_by("pk")
        for model in (Step, CaseGrant, LegalGround, Participation, RecordedMilestone, Message, Note, Notice)
    ))  # fmt: skip
    found = {rows.model.__name__: list(rows.values()) for rows in own}
    counts = {model.__name__: model._default_manager.count() for model in (Tally, OutboundEmail, AuditEvent)}
    return found | counts
