"""One sent referral in Uppsala with everybody who may want something from it, and ways to move it on."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections, transaction
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership
from cases.enums import Category, ForwardReason, NotTakenReason, Outcome, Status
from cases.models import Case, Draft, Participation, Referral, Step
from cases.services import casework, handovers, messages, participation, referrals, triage
from cases.services.disposal import erasing
from coordinators.models import Desk
from coordinators.services import put_on_duty
from core import clock, files, vault
from core.models import AuditEvent, OutboundEmail
from manual.deadlines import last_day
from tests import database
from tests.cases.conftest import ADULT
from tests.conftest import connected_to
from tests.factories import AgencyFactory, member

T = TypeVar("T")
MONDAY = "2026-11-23 09:00"
SITUATION = (Category.SITUATION,)
UNKNOWN_PLACE: dict[str, Any] = {
    "place_now": "unknown",
    "municipality_of_presence": None,
    "place_found": "unknown",
    "responsible": "unknown",
    "places": None,
}


def duty(key: str, name: str = "", **more: Any) -> Assignment:
    """A coordinator on duty at the desk, until further notice."""
    desk = Desk.objects.select_related("agency").get(key=key)
    role = Role.NATIONAL_COORDINATOR if desk.is_national else Role.REGIONAL_COORDINATOR
    who = member(role, agency=desk.agency, **more)
    if name:
        who.user.name = name
        who.user.save(update_fields=["name"])
    put_on_duty(desk=desk, membership=membership_of(who), first=date(2020, 1, 1), by=None)
    return who


def membership_of(who: Assignment) -> Membership:
    return Membership.objects.select_related("user", "agency").get(pk=who.membership_id)


def drafted(
    by: Assignment, answers: dict[str, Any] = ADULT, *, practice: bool = False, **changes: Any
) -> Draft:
    """A complete draft; a change to None takes an answer away."""
    now, key = clock.now(), uuid.uuid4()
    return Draft.objects.create(
        id=key, owner=by.user, agency=by.agency, data_key=vault.new_key("draft", key), practice=practice,
        answers={name: value for name, value in (answers | changes).items() if value is not None},
        started_at=now, saved_at=now, expires_at=now,
    )  # fmt: skip


def sent(by: Assignment, answers: dict[str, Any] = ADULT, **changes: Any) -> Referral:
    return referrals.submit(draft_id=drafted(by, answers, **changes).pk, by=by)


class World:
    """Two coordinators in Mitt, one in Syd, the national desk, a referrer, and her referral."""

    def __init__(self, answers: dict[str, Any] = ADULT, **changes: Any) -> None:
        self.karin, self.per = duty("mitt", "Karin Holm"), duty("mitt", "Per Ek")
        self.syd, self.national = duty("syd", "Sara Syd"), duty("national", "Nina Nationell")
        self.referrer = member(
            Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT)
        )
        self.referral = sent(self.referrer, answers, **changes)
        self.case_id = self.referral.case_id

    @property
    def case(self) -> Case:
        """As the database has it now."""
        return Case.objects.select_related("desk", "person", "edition").get(pk=self.case_id)

    def about(self, referral: Referral, karin: Assignment | None = None) -> World:
        """The same people around another referral, handled by `karin`."""
        other = copy.copy(self)
        other.referral, other.case_id, other.karin = referral, referral.case_id, karin or self.karin
        return other

    def step(self, key: str, **more: Any) -> Step:
        return Step.objects.select_related("template", "case").get(case_id=self.case_id, key=key, **more)

    def accept(self) -> Case:
        return triage.accept(case_id=self.case_id, by=self.karin)

    def move(self, key: str, by: Assignment, to: Assignment) -> Case:
        """To another desk, asked and answered the same day."""
        desk = Desk.objects.get(key=key)
        handovers.ask(
            case_id=self.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED, moves_on=clock.today(), by=by
        )
        return handovers.accept(case_id=self.case_id, by=to)

    def invite(self, agency: Agency, ground: str = "consent", categories: Any = SITUATION) -> Participation:
        return participation.invite(
            case_id=self.case_id,
            agency_id=agency.pk,
            ground=ground,
            categories=categories,
            purpose="Utredning",
            by=self.karin,
        )

    def join(
        self, kind: str = AgencyKind.POLICE, ground: str = "consent", categories: Any = SITUATION
    ) -> Assignment:
        """A worker of a new agency of this kind that takes part."""
        worker = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=kind))
        made = self.invite(worker.agency, ground, categories)
        participation.answer(participation_id=made.pk, accepts=True, by=worker)
        return worker

    def bring_to(self, status: Status) -> Case:
        """Through the services wherever a service leads there."""
        if status == Status.WAITING:
            triage.ask(case_id=self.case_id, text="Vilken ort?", by=self.karin)
        elif status == Status.NOT_TAKEN:
            triage.not_take(case_id=self.case_id, reason=NotTakenReason.NO_CONTACT, text="", by=self.karin)
        elif status == Status.MERGED:
            survivor = sent(self.referrer).case_id
            Case.objects.filter(pk=self.case_id).update(status=status, merged_into=survivor)
        elif status == Status.DISPOSED:
            Case.objects.filter(pk=self.case_id).update(**erasing.bare(clock.now()))
        elif status != Status.RECEIVED:
            self.accept()
            if status == Status.CLOSED:
                casework.close(case_id=self.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=self.karin)
        return self.case


@pytest.fixture(scope="session")
def furnished(stocked: str, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, World]]:
    """A database with map, manual and one world in it, made once; every test here starts from it."""
    name = f"furnished_{database.worker()}"
    database.clone(name, stocked)
    with django_db_blocker.unblock(), connected_to(name), clock.frozen(datetime.fromisoformat(MONDAY)):
        world = World()
    yield name, world
    database.drop(name)


@pytest.fixture(scope="module", autouse=True)
def _in_the_furnished_database(furnished: tuple[str, World]) -> Iterator[None]:
    with connected_to(furnished[0]):
        yield


@pytest.fixture
def portal(db: None, furnished: tuple[str, World]) -> None:
    """Map and manual are there already."""


@pytest.fixture
def world(portal: None, furnished: tuple[str, World], freeze: Callable[[str], Any]) -> World:
    freeze(MONDAY)
    return copy.deepcopy(furnished[1])


@pytest.fixture
def committed_world(
    furnished: tuple[str, World], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, freeze: Any
) -> World:
    """The same world in a database of this test's own, where everything really commits."""
    connections.close_all()
    monkeypatch.setattr(database, "TEMPLATE", furnished[0])
    request.getfixturevalue("committed_db")
    freeze(MONDAY)
    return copy.deepcopy(furnished[1])


def day_due(step: Step) -> str:
    """The date people are told."""
    assert step.due_at is not None, f"{step.key} has no due time"
    return last_day(step.due_at).isoformat()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back. Not an atomic block: the services' own ones must be outermost."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def at_once(calls: list[Callable[[], T]]) -> list[T | Exception]:
    """Run in as many threads, started together, each with its own connections and the caller's time."""
    at, start = clock.now(), Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            with clock.frozen(at), translation.override("sv"):
                start.wait(timeout=20)
                return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def refusals(verb: str = "", by: Assignment | None = None) -> int:
    """Refused acts in the audit, seen over the connection that commits them."""
    rows = AuditEvent.objects.using("audit").filter(outcome="refused")
    if verb:
        rows = rows.filter(verb=verb)
    return rows.filter(user_id=by.user_id).count() if by else rows.count()


def mails_to(who: Assignment) -> list[str]:
    """The keys of mails made for somebody, the oldest first."""
    rows = OutboundEmail.objects.filter(user_id=who.user_id).order_by("created_at", "dedupe_key")
    return list(rows.values_list("dedupe_key", flat=True))


# --- the end of a case --------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=tmp_path))
    return tmp_path


@pytest.fixture
def dora(world: World) -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def closed(world: World, freeze: Callable[[str], Any]) -> World:
    """Closed on 7 December 2026, with police in it, a note, a message and a document."""
    world.accept()
    police = world.join(AgencyKind.POLICE)
    messages.add_note(case_id=world.case_id, text="Ringde vårdcentralen.", by=world.karin)
    messages.send(case_id=world.case_id, to=[f"agency:{police.agency_id}"], text="Hej", by=world.karin)
    from tests.cases.services.uploading import add  # which needs this module

    add(world, world.karin)
    freeze("2026-12-07 10:00")
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    return world
