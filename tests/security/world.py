"""A portal where every secret is a word of its own, so that a look at any page tells what it gives away.

One case of an adult in Uppsala with five agencies: invited; with its checklist alone; with what has happened
and the proceedings; with identity, contact and health; a shelter with its checklist. Three cases more: a
protected person, a consultation, and one that no desk was found for.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.core import mail
from django.db import transaction
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership
from cases import sections
from cases.enums import NoteKind, Relation
from cases.models import Case, Draft, Participation, Referral, Step
from cases.sections.fields import Kind
from cases.services import (
    dates,
    dependants,
    documents,
    meetings,
    messages,
    participation,
    referrals,
    triage,
)
from cases.services import steps as step_service
from coordinators.models import Desk
from coordinators.services import load_reference, put_on_duty
from core import clock, vault
from core.files import Passing
from core.uploads import SealedUpload
from manual.enums import Milestone
from manual.services import sync_manual
from tests.cases.conftest import ADULT
from tests.core import samples
from tests.factories import AgencyFactory, member, sign_in

TEXT: Final = (Kind.TEXT, Kind.LONG_TEXT, Kind.LINES, Kind.CODE)
NUMBERS: Final = {
    "personal_number": ("890201-3989", "02013989"),
    "contact_phone": ("070-174 06 05", "1740605"),
    "contact_email": ("qzcontactemail@person.example", "qzcontactemail"),
    "birth": ("1989-02-01", "februari 1989"),
}
"""Question → what is written, and what of it would be seen on a page without spaces and hyphens."""
PEOPLE: Final = {
    "Rf": "the referrer",
    "Co": "her colleague",
    "In": "worker of an invited agency",
    "St": "worker of an agency with its checklist alone",
    "Po": "worker with what has happened and the proceedings",
    "Id": "worker with identity, contact and health",
    "Sh": "worker of a shelter with its checklist",
    "Rc": "coordinator who handles the case",
    "R2": "her colleague at the desk",
    "Ro": "coordinator at another desk",
    "Na": "national coordinator on duty",
    "Ho": "hotline operator",
    "Ad": "administrator of the portal",
    "Au": "auditor",
}
SHELTER: Final = "QZSKYDDETBOENDE"
SHELTER_WORKER: Final = "QZBOENDETSPERSONAL"


def word(*parts: str) -> str:
    """A word that stands nowhere else."""
    return "QZ" + "".join(parts).upper().replace("_", "")


@dataclass
class World:
    browsers: dict[str, Client] = field(default_factory=dict)
    people: dict[str, Assignment] = field(default_factory=dict)
    case: Case = field(init=False)
    cases: dict[str, Case] = field(default_factory=dict)
    by_category: dict[str, set[str]] = field(default_factory=dict)
    """Words of the answers to the main case's questions."""
    private: set[str] = field(default_factory=set)
    """Answers that stay with the author."""
    about_her: set[str] = field(default_factory=set)
    """Words of who the people of the other cases are."""
    nudges: list[str] = field(default_factory=list)

    def browser(self, column: str) -> Client:
        client = Client()
        client.cookies.update(self.browsers[column].cookies)
        return client


@contextmanager
def rolled_back() -> Iterator[None]:
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # lets `durable` services run
    with atomic:
        yield
        transaction.set_rollback(True)


@contextmanager
def built() -> Iterator[World]:
    with ExitStack() as stack:
        stack.enter_context(rolled_back())
        mail.outbox = []
        world = World()
        load_reference()
        sync_manual(by=None, publish=True)
        _people(world)
        _main_case(world)
        _other_cases(world)
        for column, who in world.people.items():
            world.browsers[column] = sign_in(Client(), who)
        yield world


def _people(world: World) -> None:
    social = AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT, name="Socialtjänsten Uppsala")
    kinds = {
        "In": AgencyKind.NGO_PLATFORM,
        "St": AgencyKind.HEALTH_CARE,
        "Po": AgencyKind.POLICE,
        "Id": AgencyKind.MIGRATION_AGENCY,
    }
    people = world.people
    people["Rf"], people["Co"] = member(agency=social), member(agency=social)
    for column, kind in kinds.items():
        people[column] = member(agency=AgencyFactory.create(kind=kind, name=f"Myndigheten {column}"))
    shelter = AgencyFactory.create(kind=AgencyKind.SHELTER, name=SHELTER)
    people["Sh"] = member(agency=shelter)
    people["Sh"].user.name = SHELTER_WORKER
    people["Sh"].user.save(update_fields=["name"])
    for column, key in {"Rc": "mitt", "R2": "mitt", "Ro": "syd", "Na": "national"}.items():
        people[column] = _on_duty(key)
    people["Ho"] = member(Role.HOTLINE_OPERATOR)
    people["Ad"] = member(Role.ADMINISTRATOR)
    people["Au"] = member(Role.AUDITOR)


def _on_duty(key: str) -> Assignment:
    desk = Desk.objects.select_related("agency").get(key=key)
    role = Role.NATIONAL_COORDINATOR if desk.is_national else Role.REGIONAL_COORDINATOR
    who = member(role, agency=desk.agency)
    membership = Membership.objects.select_related("user", "agency").get(pk=who.membership_id)
    put_on_duty(desk=desk, membership=membership, first=date(2020, 1, 1), by=None)
    return who


def answers(world: World | None = None, prefix: str = "", **changes: Any) -> dict[str, Any]:
    """ADULT with a word in every text, told to the world by category."""
    given = ADULT | {
        "consent_scope": [
            "social_services_adult",
            "police",
            "migration_agency",
            "health_care",
            "ngo_platform",
            "shelter",
            "iom",
        ],  # fmt: skip
        "safe_contact_method": "phone",
        "children_involved": "yes",
        "police_report": "yes",
        "report_made": "done",
        "agency_role": "police",
        "suspects_known": "yes",
    }
    for section in sections.SECTIONS:
        for question in section.fields:
            planted = NUMBERS.get(question.key) if not prefix else None
            if question.kind in TEXT:
                planted = (word(prefix, question.key),) * 2
            if planted is None or question.key == "narrative_general":
                continue
            given[question.key] = [planted[0]] if question.kind == Kind.LINES else planted[0]
            if world is not None:
                category = (question.category or section.category).value
                home = world.private if section.private else world.by_category.setdefault(category, set())
                home.add(planted[1])
    given |= {"contact_email": None}  # asked only when she is reached by e-mail
    if world is not None:
        world.by_category["contact"].discard(NUMBERS["contact_email"][1])
        world.by_category["children"].discard(word("report_contact"))  # asked for a child only
    return {key: value for key, value in (given | changes).items() if value is not None}


def send(world: World, given: dict[str, Any], practice: bool = False) -> Referral:
    by, now, key = world.people["Rf"], clock.now(), uuid.uuid4()
    draft = Draft.objects.create(
        id=key,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("draft", key),
        answers=given,
        started_at=now,
        saved_at=now,
        expires_at=now + timedelta(days=28),
    )
    return referrals.submit(draft_id=draft.pk, by=by)


def _main_case(world: World) -> None:
    people = world.people
    sent = send(world, answers(world))
    asked = {line["answer"] for part in sent.document for line in part["answers"]}
    flat = "".join("".join(asked).replace("-", "").replace(" ", ""))
    world.by_category["identity"].discard(NUMBERS["birth"][1])
    for category, words in world.by_category.items():  # what is not asked of this person is not planted
        world.by_category[category] = {one for one in words if one.replace("-", "") in flat}
    world.by_category["identity"].add(NUMBERS["birth"][1])  # told in words
    triage.ask(case_id=sent.case_id, text=word("wanted"), by=people["Rc"])
    referrals.supplement(referral_id=sent.pk, text=word("supplement"), by=people["Rf"])
    triage.accept(case_id=sent.case_id, by=people["Rc"])
    world.case = world.cases["main"] = Case.objects.get(pk=sent.case_id)
    shares = {
        "In": ["situation"],
        "St": [],
        "Po": ["situation", "proceedings"],
        "Id": ["identity", "contact", "health"],
        "Sh": [],
    }
    for column, categories in shares.items():
        row = _invite(world, column, people[column].agency, categories)
        if column != "In":
            participation.answer(participation_id=row.pk, accepts=True, by=people[column])
    declining = member(agency=AgencyFactory.create(kind=AgencyKind.IOM, name="QZAVBOJANDE"))
    row = _invite(world, "De", declining.agency, [])
    participation.answer(participation_id=row.pk, accepts=False, reason=word("decline"), by=declining)
    dates.record(
        case_id=world.case.pk,
        kind=Milestone.VICTIM_IS_SUSPECT,
        happened_at=clock.now(),
        date_only=True,
        by=people["Rc"],
    )
    _texts(world, sent)


def _invite(world: World, column: str, agency: Agency, categories: list[str]) -> Participation:
    choice = next(choice.code for choice in participation.ground_choices(world.case, agency))
    return participation.invite(
        case_id=world.case.pk,
        agency_id=agency.pk,
        ground=choice,
        categories=categories,
        purpose=word("purpose", column),
        by=world.people["Rc"],
    )


def _texts(world: World, sent: Referral) -> None:
    people, case = world.people, world.case
    for column in ("St", "Po", "Id", "Sh"):
        step = _first(case, agency=people[column].agency)
        if step is not None:
            step_service.save(step_id=step.pk, remark=word("remark", column), by=people[column])
        messages.add_note(case_id=case.pk, text=word("note", column), by=people[column])
        messages.send(
            case_id=case.pk, to=[f"desk:{case.desk_id}"], text=word("message", column), by=people[column]
        )
    messages.add_note(case_id=case.pk, text=word("note", "desk"), by=people["Rc"])
    messages.send(
        case_id=case.pk, to=[f"agency:{people['Po'].agency_id}"], text=word("topo"), by=people["Rc"]
    )
    messages.send(case_id=case.pk, to=[f"referral:{sent.pk}"], text=word("torf"), by=people["Rc"])
    messages.reply_as_referrer(referral_id=sent.pk, text=word("reply"), by=people["Rf"])
    duty = case.steps.filter(template__agency_role="referrer").order_by("key").first()
    assert duty is not None, "the referrer has duties"
    step_service.save(step_id=duty.pk, remark=word("remark", "rf"), by=people["Rf"])
    _agreed(world)
    _kept(world)
    own = _first(case, desk=case.desk)
    assert own is not None, "the desk has steps"
    step_service.save(step_id=own.pk, remark=word("remark", "desk"), by=people["Rc"])
    reported = case.steps.filter(agency=people["Po"].agency, ended_at__isnull=True).order_by("key").last()
    assert reported is not None, "the police have steps"
    step_service.done(step_id=reported.pk, reported_by=word("reported"), by=people["Rc"])


def _agreed(world: World) -> None:
    """A meeting with minutes and decisions, and something asked for without one."""
    people, case, day = world.people, world.case, clock.today()
    meetings.record(
        case_id=case.pk,
        held_on=day,
        present=[people["Po"].agency_id],
        minutes=word("minutes"),
        decisions=[
            meetings.Agreed(word("decision", who), str(people[who].agency_id), day) for who in ("Po", "Id")
        ],
        by=people["Rc"],
    )
    meetings.ask(
        case_id=case.pk,
        agency_id=people["St"].agency_id,
        text=word("asked", "St"),
        due_on=day,
        by=people["Rc"],
    )


def _kept(world: World) -> None:
    """Documents with words in name, description and content; a view with its reason; a child along."""
    people, case = world.people, world.case
    for column in ("Rc", "Po"):
        passing = Passing()
        passing.write(samples.pdf(b"% " + word("content", column).encode() + b"\n"))
        passing.finish()
        upload = SealedUpload(passing, f"{word('filename', column)}.pdf", too_large=False)
        incoming = documents.Incoming(upload, word("document", column), "situation")
        documents.add(case_id=case.pk, incoming=incoming, by=people[column])
    messages.add_note(
        case_id=case.pk,
        text=word("view", "Po"),
        kind=NoteKind.VIEW,
        reason=word("why", "Po"),
        by=people["Po"],
    )
    dependants.add(
        case_id=case.pk, relation=Relation.CHILD, is_child=True, told={"name": word("along")}, by=people["Rc"]
    )


def _first(case: Case, **which: Any) -> Step | None:
    return case.steps.filter(ended_at__isnull=True, **which).order_by("key").first()


def _other_cases(world: World) -> None:
    protected = answers(
        prefix="p", protected_identity="protected_registration", address=None, workplace=None,
        personal_number=None,
    )  # fmt: skip
    sent = send(world, protected)
    triage.accept(case_id=sent.case_id, by=world.people["Rc"])
    world.cases["protected"] = Case.objects.get(pk=sent.case_id)
    talk = {
        "immediate_danger": "no",
        "age_group": "adult",
        "consent_status": "refused",
        "sex": "woman",
        "citizenship_group": "eu",
        "languages": ["ro"],
        "protected_identity": "unknown",
        "county_general": "03",
        "forms": ["sexual"],
        "indicators": ["docs_debt.docs_held"],
        "narrative_general": word("general"),
        "needs": ["safe_housing"],
        "confirm_necessary": "yes",
    }
    world.cases["talk"] = send(world, talk).case
    nowhere: dict[str, Any] = {
        "place_now": "unknown",
        "municipality_of_presence": None,
        "place_found": "unknown",
        "responsible": "unknown",
        "places": ["unknown"],
    }
    world.cases["unplaced"] = send(world, answers(prefix="u", **nowhere)).case
    world.about_her = {word(p, key) for p in "pu" for key in ("name", "alias_used", "passport_number")}
