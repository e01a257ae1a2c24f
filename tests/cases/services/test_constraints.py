"""The database itself refuses rows that cannot be, whatever code writes them, and as role `nrm_app`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from accounts.enums import AgencyKind
from cases.enums import Level, Stage, Status, StepStatus, Urgency
from cases.models import (
    Case,
    CaseGrant,
    Consent,
    Identifier,
    LegalGround,
    Message,
    MessageRecipient,
    Note,
    Notice,
    Participation,
    Person,
    RecordedMilestone,
    Referral,
    Reminder,
    Step,
)
from cases.services import messages, triage
from coordinators.models import Desk
from core import clock, vault
from core.models import AuditEvent
from tests.cases.services import constraints
from tests.cases.services.conftest import World, drafted, sent, undone
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

Rows = models.QuerySet[Any]


class Scene:
    """A case with an agency in it and one row of every noun."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.accept()
        self.police = world.join(AgencyKind.POLICE)
        self.user = world.karin.user
        self.message = messages.send(
            case_id=world.case_id, to=[f"agency:{self.police.agency_id}"], text="x", by=world.karin
        )
        messages.add_note(case_id=world.case_id, text="x", by=world.karin)

    def of(self, model: type[models.Model], **more: Any) -> Rows:
        return model._default_manager.filter(case_id=self.world.case_id, **more)

    @property
    def case(self) -> Rows:
        return Case.objects.filter(pk=self.world.case_id)

    @property
    def person(self) -> Rows:
        return Person.objects.filter(cases=self.world.case_id)

    @property
    def step(self) -> Rows:
        """One that is open."""
        return self.of(Step, key="ident.rc.assess")

    def copy(self, rows: Rows, **changes: Any) -> None:
        row = rows.get()
        row.pk = None if isinstance(row._meta.pk, models.BigAutoField) else row._meta.pk.get_default()
        row._state.adding = True
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(force_insert=True)

    @property
    def now(self) -> Any:
        return clock.now()


Break = Callable[[Scene], Any]


def broken(rows: Callable[[Scene], Rows], **changes: Any) -> Break:
    """An update; a callable value is worked out from the scene."""

    def act(scene: Scene) -> None:
        values = {name: value(scene) if callable(value) else value for name, value in changes.items()}
        assert rows(scene).update(**values), "the update must hit a row"

    return act


def now(scene: Scene) -> Any:
    return scene.now


def user(scene: Scene) -> Any:
    return scene.user


def desk(scene: Scene) -> Any:
    return scene.world.case.desk


def agency(scene: Scene) -> Any:
    return scene.police.agency


def by_agency(model: type[models.Model]) -> Callable[[Scene], Rows]:
    return lambda scene: scene.of(model, agency_id=scene.police.agency_id)


def by_desk(model: type[models.Model]) -> Callable[[Scene], Rows]:
    return lambda scene: scene.of(model, desk__isnull=False)


def the_case(scene: Scene) -> Rows:
    return scene.case


def the_step(scene: Scene) -> Rows:
    return scene.step


def the_person(scene: Scene) -> Rows:
    return scene.person


def all_of(model: type[models.Model]) -> Callable[[Scene], Rows]:
    return lambda scene: scene.of(model)


def recipients(scene: Scene) -> Rows:
    return MessageRecipient.objects.filter(message=scene.message)


BREAKS: dict[str, tuple[Break, ...]] = {
    "case_status_known": (broken(the_case, status="lost"),),
    "case_age_band_known": (broken(the_case, age_band="old"),),
    "case_sex_known": (broken(the_case, sex="x"),),
    "case_citizenship_known": (broken(the_case, citizenship="TH"),),
    "case_main_form_known": (broken(the_case, main_form="other_form"),),
    "case_urgency_known": (broken(the_case, urgency=7),),
    "case_place_source_known": (broken(the_case, place_source="guess"),),
    "case_consultation_has_no_person": (
        broken(the_case, is_consultation=True),
        broken(the_case, person=None),
    ),
    "case_closed_has_date": (
        broken(the_case, status=Status.CLOSED, outcome="returned"),
        broken(the_case, closed_at=now, closed_by=user),
    ),
    "case_closed_has_outcome": (
        broken(the_case, status=Status.CLOSED, closed_at=now, closed_by=user),
        broken(the_case, outcome="returned"),
    ),
    "case_not_taken_has_reason": (
        broken(the_case, status=Status.NOT_TAKEN),
        broken(the_case, not_taken_reason="test"),
    ),
    "case_waiting_has_date": (
        broken(the_case, status=Status.WAITING),
        broken(the_case, waiting_since=now),
    ),
    "case_merged_names_survivor": (
        broken(the_case, status=Status.MERGED),
        broken(the_case, merged_into=lambda s: s.case.get()),
    ),
    "case_closed_by_whom": (broken(the_case, status=Status.CLOSED, outcome="returned", closed_at=now),),
    "step_status_known": (broken(the_step, status="late"),),
    "step_stage_known": (broken(the_step, stage=9),),
    "step_one_owner": (broken(the_step, agency=agency), broken(the_step, desk=None)),
    "step_live_has_due_time": (
        broken(the_step, due_at=None),
        broken(the_step, starts_at=None),
        broken(the_step, status=StepStatus.WAITING, chase_at=None),
        broken(the_step, status=StepStatus.DONE, ended_at=now, chase_at=None, due_at=None),
    ),
    "step_ended_has_date": (
        broken(the_step, status=StepStatus.DONE, chase_at=None),
        broken(the_step, ended_at=now),
    ),
    "step_not_applicable_has_reason": (
        broken(the_step, status=StepStatus.NOT_APPLICABLE, ended_at=now, chase_at=None),
        broken(the_step, not_applicable_reason="declined"),
    ),
    "step_cancelled_has_reason": (
        broken(the_step, status=StepStatus.CANCELLED, ended_at=now, chase_at=None),
        broken(the_step, cancel_reason="case_closed"),
    ),
    "step_blocked_says_on_what": (
        broken(the_step, status=StepStatus.BLOCKED),
        broken(the_step, status=StepStatus.BLOCKED, blocked_on="person"),
        broken(the_step, status=StepStatus.BLOCKED, next_check_on="2026-12-01"),
        broken(the_step, blocked_on="person"),
        broken(the_step, next_check_on="2026-12-01"),
    ),
    "step_only_live_is_chased": (broken(the_step, status=StepStatus.DONE, ended_at=now),),
    "step_agency_once": (lambda s: s.copy(s.of(Step, key="ident.police.recognise")),),
    "step_desk_once": (lambda s: s.copy(s.step),),
    "reminder_stage_known": (
        lambda s: Reminder.objects.create(
            step=s.step.get(), stage=8, due_at=s.now, recipient="x", sent_at=s.now
        ),
    ),
    "reminder_once": (
        lambda s: [
            Reminder.objects.create(
                step=s.step.get(), stage=Stage.DUE, due_at=s.now, recipient="user:1", sent_at=s.now
            )
            for _twice in range(2)
        ],
    ),
    "ground_kind_known": (broken(by_agency(LegalGround), kind="habit"),),
    "ground_one_recipient": (
        broken(by_agency(LegalGround), desk=desk),
        broken(by_agency(LegalGround), agency=None),
    ),
    "ground_kind_has_source": (
        broken(by_agency(LegalGround), consent=None),
        broken(by_agency(LegalGround), provision="osl_10_2"),
        broken(by_agency(LegalGround), kind="provision", consent=None),
        broken(by_agency(LegalGround), kind="provision", provision="osl_10_2"),
        broken(by_agency(LegalGround), kind="own_report"),
    ),
    "consent_form_known": (broken(all_of(Consent), form="guessed"),),
    "consent_withdrawn_by_whom": (
        broken(all_of(Consent), withdrawn_on="2026-11-23"),
        broken(all_of(Consent), withdrawn_by=user),
    ),
    "participation_status_known": (broken(by_agency(Participation), status="maybe"),),
    "participation_answered_by_whom": (
        broken(by_agency(Participation), answered_by=None),
        broken(by_agency(Participation), answered_at=None),
    ),
    "participation_once_at_a_time": (
        lambda s: s.copy(s.of(Participation, agency_id=s.police.agency_id)),
        lambda s: s.copy(s.of(Participation, agency_id=s.police.agency_id), status="invited"),
        lambda s: s.copy(s.of(Participation, agency_id=s.police.agency_id), status="provisional"),
    ),
    "participation_declined_has_reason": (broken(by_agency(Participation), status="declined"),),
    "grant_level_known": (broken(by_agency(CaseGrant), level=9),),
    "grant_reason_known": (broken(by_agency(CaseGrant), reason="friendship"),),
    "grant_one_container": (
        broken(by_agency(CaseGrant), desk=lambda s: Desk.objects.get(key="syd")),
        broken(by_agency(CaseGrant), agency=None),
    ),
    "grant_agency_once": (lambda s: s.copy(s.of(CaseGrant, agency_id=s.police.agency_id)),),
    "grant_desk_once": (lambda s: s.copy(s.of(CaseGrant, desk__isnull=False)),),
    "milestone_kind_known": (broken(lambda s: s.of(RecordedMilestone, kind="referral_received"), kind="x"),),
    "milestone_one_current": (lambda s: s.copy(s.of(RecordedMilestone, kind="referral_received")),),
    "note_one_home": (broken(by_desk(Note), agency=agency), broken(by_desk(Note), desk=None)),
    "message_one_sender": (
        broken(all_of(Message), from_agency=agency),
        broken(all_of(Message), from_desk=None),
    ),
    "message_read_by_whom": (broken(recipients, read_at=now), broken(recipients, read_by=user)),
    "message_recipient_is_one": (
        broken(recipients, agency=None),
        broken(recipients, desk=desk),
        broken(recipients, referral=lambda s: s.world.referral),
    ),
    "notice_kind_known": (broken(lambda s: Notice.objects.all(), kind="gossip"),),
    "person_protection_known": (broken(the_person, protection="hidden"),),
    "person_protected_has_no_address": (
        lambda s: _protect_with_address(s, "protected_registration"),
        lambda s: _protect_with_address(s, "fictitious"),
    ),
    "identifier_once": (
        lambda s: [
            Identifier.objects.create(person=s.person.get(), kind="phone", blind_index=b"x" * 16)
            for _twice in range(2)
        ],
    ),
}


BREAKS |= constraints.collected()


def _protect_with_address(scene: Scene, tier: str) -> None:
    person = scene.person.get()
    person.address, person.protection = "Storgatan 1", tier
    person.save(update_fields=["address", "protection"])


def named() -> set[str]:
    """Every constraint that a model of the heart declares by name."""
    found = apps.get_app_config("cases").get_models()
    return {constraint.name for model in found for constraint in model._meta.constraints}


def refused(act: Callable[[], Any], name: str) -> None:
    with undone():
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            act()
        # An unknown code breaks several rules; the database names the first by alphabet.
        assert name in str(error.value) or name.endswith("_known"), error.value


def test_every_named_constraint_is_tried() -> None:
    inherited = {name for name in named() if "tally" in name}
    assert set(BREAKS) == named() - inherited


def test_the_database_refuses_what_cannot_be(world: World) -> None:
    scene = Scene(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("nrm_app",)
    for name, acts in BREAKS.items():
        for act in acts:
            refused(lambda act=act: act(scene), name)  # type: ignore[misc]


def test_the_address_may_stand_where_the_tier_allows_it(world: World) -> None:
    """The constraint is about the strict tiers, not about every protected person."""
    scene = Scene(world)
    _protect_with_address(scene, "secrecy_marking")
    assert scene.person.get().address == "Storgatan 1"


def test_closed_enums_are_closed_in_the_database_too(world: World) -> None:
    """A value that the code has is one the database takes: no enum has outgrown its constraint."""
    grant = CaseGrant.objects.filter(case_id=world.case_id)
    for level in Level:
        assert grant.update(level=level) == 1
    for urgency in Urgency:
        assert grant.update(urgency=urgency) == 1
    for stage in Stage:
        assert Step.objects.filter(case_id=world.case_id, key="ident.rc.assess").update(stage=stage) == 1


def test_one_draft_makes_one_referral_and_a_reference_is_unique(world: World) -> None:
    other = sent(world.referrer)
    for field in ("draft_id", "reference"):
        value = getattr(world.referral, field)
        refused(lambda f=field, v=value: Referral.objects.filter(pk=other.pk).update(**{f: v}), field)  # type: ignore[misc]


def test_rows_that_others_stand_on_cannot_go(world: World) -> None:
    """No cascade from a case to its history: only disposal, which comes later, may take them in order."""
    triage.accept(case_id=world.case_id, by=world.karin)
    for rows in (
        Case.objects.filter(pk=world.case_id),
        Person.objects.filter(cases=world.case_id),
        LegalGround.objects.filter(case_id=world.case_id),
        Consent.objects.filter(case_id=world.case_id),
    ):
        with undone(), pytest.raises(IntegrityError), transaction.atomic():
            rows.delete()


def test_the_audit_can_be_neither_changed_nor_emptied(world: World) -> None:
    for act in (
        lambda: AuditEvent.objects.all().update(verb="x.y"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE core_auditevent"),
    ):
        with undone(), pytest.raises(ProgrammingError), transaction.atomic():
            act()


def test_a_draft_and_a_case_keep_living_keys(world: World) -> None:
    """A key that is gone gives back a mark, not an error and not the text."""
    draft = drafted(member(agency=AgencyFactory.create()))
    vault.shred(draft.data_key, by=None)
    draft.refresh_from_db()
    assert draft.answers is vault.ERASED or draft.answers == vault.ERASED
