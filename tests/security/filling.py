"""A case in which everything has happened once: a text in every sealed field ."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import (
    BlockedOn,
    Category,
    ConsentForm,
    ForwardReason,
    NoteKind,
    PeriodEnd,
    PeriodKind,
    TraffickingStatus,
)
from cases.models import Case, Dispute, Participation, SavedView, Step
from cases.services import (
    assessments,
    consents,
    contact,
    dates,
    disputes,
    granting,
    handovers,
    lists,
    meetings,
    messages,
    participation,
    periods,
    referrals,
    steps,
    stops,
    triage,
    views,
    withdrawing,
)
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import clock
from hotline import library
from hotline.services import attaching, callbacks, correcting
from manual.enums import Milestone
from tests.access import world as access
from tests.access.world import World
from tests.cases.conftest import ADULT, CHILD
from tests.factories import AgencyFactory, member
from tests.hotline.ringing import answered
from tests.security.planting import Canary


def filled(world: World, planted: list[Canary]) -> Case:
    """The second case of the desk Mitt: the same agencies as in the first, and all that can be written."""
    people, sent = world.people, _sent(world)
    case: Case = sent.case
    rows = {
        column: _in(world, case, people[column], categories)
        for column, categories in {"Fu": ["situation", "identity"], "St": []}.items()
    }
    _written(world, case, sent.pk)
    _decided(world, case)
    _shared(world, case, rows["Fu"])
    _settled(world, case)
    _of_a_child(world)
    _called(world, case)
    _in_the_clear(world, planted)
    case.refresh_from_db()
    return case


def _sent(world: World) -> Any:
    people = world.people
    scope = ["social_services_adult", "police", "migration_agency", "health_care", "school"]
    draft = access._draft(
        people["Rf"], consent_scope=scope, safe_contact_method="phone", contact_phone="070-174 06 05"
    )
    sent = referrals.submit(draft_id=draft.pk, by=people["Rf"])
    triage.ask(case_id=sent.case_id, text="Var?", by=people["Rc"])
    referrals.supplement(referral_id=sent.pk, text="Här.", by=people["Rf"])
    triage.accept(case_id=sent.case_id, by=people["Rc"])
    return sent


def _in(
    world: World, case: Case, who: Assignment, categories: list[str], accepts: bool = True
) -> Participation:
    row = participation.invite(
        case_id=case.pk,
        agency_id=who.agency_id,
        ground=access._ground(case, who.agency),
        categories=categories,
        purpose="Stöd.",
        by=world.people["Rc"],
    )
    return participation.answer(participation_id=row.pk, accepts=accepts, reason="Nej.", by=who) or row


def _written(world: World, case: Case, referral_id: Any) -> None:
    people = world.people
    for column in ("Fu", "St", "Rc"):
        messages.add_note(case_id=case.pk, text="Anteckning.", by=people[column])
    messages.add_note(
        case_id=case.pk, text="Bedömning.", kind=NoteKind.VIEW, reason="Samtal.", by=people["Fu"]
    )
    for column in ("Fu", "St"):
        messages.send(case_id=case.pk, to=[f"desk:{case.desk_id}"], text="Till.", by=people[column])
    for to in (f"agency:{people['Fu'].agency_id}", f"referral:{referral_id}"):
        messages.send(case_id=case.pk, to=[to], text="Från.", by=people["Rc"])
    messages.reply_as_referrer(referral_id=referral_id, text="Svar.", by=people["Rf"])
    for column in ("Fu", "St"):
        step = _open(case, agency=people[column].agency)
        steps.save(step_id=step.pk, remark="Pågår.", by=people[column])
    steps.save(step_id=_open(case, desk=case.desk).pk, remark="Pågår.", by=people["Rc"])
    duty = case.steps.filter(template__agency_role="referrer").order_by("key").first()
    assert duty is not None, "the referrer has duties"
    steps.save(step_id=duty.pk, remark="Pågår.", by=people["Rf"])
    stopped = _open(case, last=True, desk=case.desk, status="open", due_at__isnull=False)
    stops.stop(step_id=stopped.pk, reason=BlockedOn.AGENCY, text="Väntar.", by=people["Rc"])
    reported = _open(case, last=True, agency=people["Fu"].agency)
    steps.done(step_id=reported.pk, reported_by="Telefon.", by=people["Rc"])


def _called(world: World, case: Case) -> None:
    """Somebody rang the helpline and said the number of the case; a promise, and a colleague corrects."""
    by = world.people["Ho"]
    call = answered(by, summary="Samtalet i korthet.", advice_words="Rådet.", forms=["labour"])
    attaching.attach(call_id=call.pk, reference=case.reference, by=by)
    colleague = member(Role.HOTLINE_OPERATOR, agency=by.agency)
    correcting.add_note(call_id=call.pk, words="Det var fel dag.", by=colleague)
    due = library.answer_by(clock.now())
    assert due is not None, "the helpline opens some day"
    key = uuid.uuid4()
    callbacks.promise(key=key, call_id=call.pk, name="Anropare", phone="070-174 06 05", due_at=due, by=by)
    callbacks.ask(key=uuid.uuid4(), phone="070-174 06 05", words="En fråga.", by=world.people["Rf"])


def _open(case: Case, last: bool = False, **which: Any) -> Step:
    rows = case.steps.filter(ended_at__isnull=True, **which).exclude(key__startswith="act.").order_by("key")
    step = rows.last() if last else rows.first()
    assert step is not None, which
    return step


def _decided(world: World, case: Case) -> None:
    people, day, rc = world.people, clock.today(), world.people["Rc"]
    dates.record(
        case_id=case.pk,
        kind=Milestone.POLICE_INFORMED,
        happened_at=clock.now(),
        date_only=True,
        source="Samtal.",
        by=rc,
    )
    period = periods.record(
        case_id=case.pk, kind=PeriodKind.REFLECTION, starts_on=day, ends_on=None, source="Beslut.", by=rc
    )
    periods.end(period_id=period.pk, ended_on=day, reason=PeriodEnd.LEFT, words="Slut.", by=rc)
    assessments.decide_age(
        case_id=case.pk,
        age_band=AgeBand.ADULT,
        decided_on=day,
        basis="Pass.",
        decided_by=AgencyKind.POLICE,
        by=rc,
    )
    assessments.recognise(
        case_id=case.pk,
        status=TraffickingStatus.ACTUAL,
        decided_on=day,
        basis="Dom.",
        decided_by=AgencyKind.POLICE,
        by=rc,
    )
    meetings.record(
        case_id=case.pk,
        held_on=day,
        present=[people["Fu"].agency_id],
        minutes="Möte.",
        decisions=[meetings.Agreed("Enades.", str(people["Fu"].agency_id), day)],
        by=rc,
    )


def _shared(world: World, case: Case, row: Participation) -> None:
    rc, day = world.people["Rc"], clock.today()
    consents.register(
        case_id=case.pk,
        scope=[AgencyKind.IOM],
        given_on=day,
        form=ConsentForm.ORAL,
        language="ro",
        interpreter=False,
        words="Ja.",
        by=rc,
    )
    granting.told_outside(
        case_id=case.pk, to="Ambassaden.", what="Pass.", categories=[Category.HEALTH], by=rc
    )
    withdrawing.withdraw(
        case_id=case.pk, scope=[AgencyKind.IOM], withdrawn_on=day, form=ConsentForm.ORAL, words="Nej.", by=rc
    )
    case.refresh_from_db()
    contact.change(
        case_id=case.pk,
        version=case.person.version if case.person else 0,
        told={
            "ways": ["phone"],
            "times": "Kvällar.",
            "words": "Säg Anna.",
            "phone": "070-174 06 05",
            "address": "Gatan 1.",
        },
        by=rc,
    )


def _settled(world: World, case: Case) -> None:
    """A dispute and how it ended; another desk that would not take the case."""
    rc = world.people["Rc"]
    houses = [
        member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))
        for _number in range(2)
    ]
    for by in houses:
        _in(world, case, by, [], accepts=False)
    disputes.settle(
        case_id=case.pk,
        dispute_id=Dispute.objects.get(case=case).pk,
        text="Enades.",
        agency_id=houses[0].agency_id,
        ground="consent",
        purpose="Stöd.",
        by=rc,
    )
    handovers.ask(
        case_id=case.pk,
        desk_id=Desk.objects.get(key="syd").pk,
        reason=ForwardReason.MOVED,
        moves_on=clock.today() + timedelta(days=1),
        text="Flyttar.",
        by=rc,
    )
    handovers.reject(case_id=case.pk, answer="Nej.", by=world.people["Ro"])


def _of_a_child(world: World) -> None:
    """Somebody speaks for a child."""
    given: dict[str, Any] = dict.fromkeys(ADULT) | CHILD | {"municipality_of_presence": "0380"}
    case = access._unanswered(world, **given)
    desk = Desk.objects.get(pk=case.desk_id)
    by = next((who for who in world.people.values() if who.agency_id == desk.agency_id), world.people["Rc"])
    triage.accept(case_id=case.pk, by=by)
    consents.register(
        case_id=case.pk,
        scope=[AgencyKind.IOM],
        given_on=clock.today(),
        form=ConsentForm.ORAL,
        language="ro",
        interpreter=False,
        words="Ja.",
        representative="Gode mannen.",
        by=by,
    )


def _in_the_clear(world: World, planted: list[Canary]) -> None:
    """What is scrubbed with a person and lies open until then."""
    view = views.save(name="Min", chosen=lists.read("vy=alla"), notify=False, by=world.people["Rc"])
    found: list[tuple[models.Model, str]] = [(SavedView.objects.get(pk=view.pk), "name")]
    for who in world.people.values():
        found += [(who.user, "phone"), (who.user, "title")]
    for row, name in found:
        canary = Canary(f"QZ{len(planted):05}Z", f"{row._meta.label}.{name}", "", row)
        planted.append(canary)
        type(row)._base_manager.filter(pk=row.pk).update(**{name: canary.word})
