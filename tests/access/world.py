"""One small portal with a person in every relation to one case, and an object for every address.

The case: an adult with consent in Uppsala, at the desk Mitt, accepted, with three agencies in it: one
invited, one with its checklist alone, one with the whole case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership, User
from accounts.services import invitations
from cases.enums import ForwardReason, NoticeKind, Relation, Verb
from cases.models import Case, Document, Draft, Notice, Referral, RouteCorrection
from cases.services import (
    dependants,
    documents,
    handovers,
    messages,
    participation,
    recusals,
    referrals,
    triage,
    undo,
)
from coordinators.models import Desk, Duty
from coordinators.services import load_reference, put_on_duty, register_absence
from core import clock, pdf, vault
from core.enums import PdfState
from core.files import Passing
from core.uploads import SealedUpload
from manual.services import sync_manual
from nrm_portal.overview import exports
from tests.access import (
    asked,
    edited,
    events,
    guarded,
    kept,
    pairs,
    reviewed,
    ringing,
    worked,
    written,
    wrongly,
)  # fmt: skip
from tests.cases.conftest import ADULT
from tests.core import samples
from tests.factories import PASSWORD, AgencyFactory, UserFactory, member, sign_in

PEOPLE: Mapping[str, str] = {
    "An": "nobody signed in",
    "Ha": "password given, second factor pending",
    "Rf": "the referrer",
    "Co": "a colleague of the referrer",
    "In": "worker of an invited agency",
    "St": "worker of an agency with its checklist alone",
    "Fu": "worker of an agency with the whole case",
    "Rc": "coordinator at the case's desk",
    "Ro": "coordinator at another desk",
    "Na": "national coordinator on duty",
    "Ho": "hotline operator",
    "Po": "administrator of the portal",
    "Ad": "administrator of the referrer's agency",
    "Au": "auditor",
    "Dp": "data protection officer",
    "De": "deactivated, with a live session; was a worker with the whole case",
    "Ex": "membership expired; was a worker with the whole case",
}
"""The columns of the table."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class World:
    """`people[column]` has a browser; `objects[name]` fills the parts of addresses."""

    browsers: dict[str, Client] = field(default_factory=dict)
    people: dict[str, Assignment] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    case: Case = field(init=False)
    handlers: dict[bool, ClientHandler] = field(default_factory=dict)
    """The portal with and without the check of the form's token; loading it takes longer than an answer."""

    def browser(self, column: str, *, enforce_csrf_checks: bool = False) -> Client:
        """A fresh browser with that person's session."""
        client = Client()
        client.handler = self.handlers.setdefault(enforce_csrf_checks, ClientHandler(enforce_csrf_checks))
        client.cookies.update(self.browsers[column].cookies)
        return client


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction, undone at the end; inside another one a savepoint. As TestCase does it."""
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined]  # lets `durable` services run
    with atomic:
        yield
        transaction.set_rollback(True)


@contextmanager
def built() -> Iterator[World]:
    with ExitStack() as stack:
        stack.enter_context(rolled_back())
        world = World()
        load_reference()
        sync_manual(by=None, publish=True)
        _people(world)
        _case(world)
        _objects(world)
        _sessions(world)
        yield world


def _people(world: World) -> None:
    social = AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT, name="Socialtjänsten Uppsala")
    police = AgencyFactory.create(kind=AgencyKind.POLICE, name="Polisen Mitt")
    agencies: dict[str, Agency] = {
        "Rf": social,
        "Co": social,
        "In": AgencyFactory.create(kind=AgencyKind.MIGRATION_AGENCY, name="Migrationsverket"),
        "St": AgencyFactory.create(kind=AgencyKind.HEALTH_CARE, name="Vårdcentralen"),
        "Fu": police,
        "De": police,
        "Ex": police,
    }
    people = world.people
    for column, agency in agencies.items():
        people[column] = member(Role.CASEWORKER, agency=agency, is_manager=column == "Fu")
    for column, key in {"Rc": "mitt", "Ro": "syd", "Na": "national"}.items():
        people[column] = _on_duty(key)
    people["Ho"] = member(Role.HOTLINE_OPERATOR)
    people["Po"] = member(Role.ADMINISTRATOR)
    people["Ad"] = member(Role.ADMINISTRATOR, agency=social)
    people["Au"] = member(Role.AUDITOR)
    people["Dp"] = member(Role.DATA_PROTECTION_OFFICER)
    people["Ha"] = member(Role.CASEWORKER, agency=police)


def _on_duty(key: str) -> Assignment:
    desk = Desk.objects.select_related("agency").get(key=key)
    role = Role.NATIONAL_COORDINATOR if desk.is_national else Role.REGIONAL_COORDINATOR
    who = member(role, agency=desk.agency)
    membership = Membership.objects.select_related("user", "agency").get(pk=who.membership_id)
    put_on_duty(desk=desk, membership=membership, first=date(2020, 1, 1), by=None)
    return who


def _draft(by: Assignment, **changes: Any) -> Draft:
    now, key = clock.now(), uuid.uuid4()
    answers = {name: value for name, value in (ADULT | changes).items() if value is not None}
    return Draft.objects.create(
        id=key,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("draft", key),
        answers=answers,
        started_at=now,
        saved_at=now,
        expires_at=now + timedelta(days=28),
    )


def _case(world: World) -> None:
    people = world.people
    scope = ["social_services_adult", "police", "migration_agency", "health_care"]
    sent = referrals.submit(draft_id=_draft(people["Rf"], consent_scope=scope).pk, by=people["Rf"])
    world.case = sent.case
    triage.accept(case_id=sent.case_id, by=people["Rc"])
    for column, categories in {"In": ["situation"], "St": [], "Fu": ["situation", "identity"]}.items():
        row = participation.invite(
            case_id=sent.case_id,
            agency_id=people[column].agency_id,
            ground=_ground(world.case, people[column].agency),
            categories=categories,
            purpose="Samordnat stöd",
            by=people["Rc"],
        )
        world.objects[column] = {"participation_id": row.pk}
        if column != "In":
            participation.answer(participation_id=row.pk, accepts=True, by=people[column])
    world.case.refresh_from_db()
    world.objects["referral"] = {"referral_id": sent.pk}


def _ground(case: Case, agency: Agency) -> str:
    return next(choice.code for choice in participation.ground_choices(case, agency))


def _unanswered(world: World, **changes: Any) -> Case:
    referral: Referral = referrals.submit(
        draft_id=_draft(world.people["Rf"], **changes).pk, by=world.people["Rf"]
    )
    return referral.case


def _objects(world: World) -> None:
    """The keyword arguments of every address, by the name after `@` in the table, else by their own names."""
    people, case, rows = world.people, world.case, world.objects
    own, other = people["Rf"], people["Co"]
    duty, new = Duty.objects.get(membership=people["Rc"].membership_id), _unanswered(world)
    talk = _unanswered(world, **TALK)
    owed = case.steps.exclude(key__startswith="act.")
    steps = {column: owed.filter(agency=people[column].agency).first() for column in ("St", "Fu")}
    referrers = case.steps.filter(template__agency_role="referrer").first()
    desks = case.steps.filter(desk=case.desk).first()
    invited = UserFactory.create(password="!")
    link = invitations.invitation_link(invited).rstrip("/").split("/")
    invited_, _alone, taking_part = (rows.pop(column) for column in ("In", "St", "Fu"))
    base: dict[str, Any] = {
        "case_id": case.pk,
        "draft_id": _draft(own).pk,
        "slug": "personen",
        "ground_id": case.grounds.get(agency=people["Fu"].agency).pk,
        "notice_id": Notice.objects.create(
            user=own.user,
            kind=NoticeKind.CLOSED,
            dedupe_key="a",
            made_at=clock.now(),
            referral=case.referrals.first(),
        ).pk,
        "job_id": _paper(case, people["Fu"]),
        "token": lambda: undo.token(new, Verb.ACCEPT, undo.before(new), people["Rc"]),  # lives half a minute
        "user_id": other.user_id,
        "membership_id": other.membership_id,
        "agency_id": other.agency_id,
        "deed": "logga-ut",
        "session_id": 0,  # nobody's: who ends the one she sits in is sent to sign in
        "provider_id": "ingen-sadan",
        "account_id": 1,
        "desk_id": duty.desk_id,
        "duty_id": duty.pk,
        "absence_id": register_absence(
            membership=duty.membership,
            first=clock.today() + timedelta(days=30),
            last=clock.today() + timedelta(days=31),
            deputy=None,
            by=None,
        ).pk,
        "code": "03",
        # A key of the referrer, there only while it is asked for.
        "pk": lambda: (
            Authenticator.objects.create(user=own.user, type="webauthn", data={"name": "Nyckel"}).pk
        ),
        "number": 1,
        "named_id": uuid.uuid4(),
        "key": "0123456789abcdef01234567",
        "anchor": "1-2",
        **rows.pop("referral"),
        **_kept(case, people["Rc"]),
        **events.dated(case, people["Rc"]),
        **reviewed.waiting(other.user_id, case.pk),
    }
    rows.update(
        {
            "": base,
            "invited": base | invited_,
            "taking-part": base | taking_part,
            "own-checklist": base | {"step_id": steps["St"].pk},
            "whole-case": base | {"step_id": steps["Fu"].pk},
            "referrer-duty": base | {"step_id": referrers.pk},
            "desk-step": base | {"step_id": desks.pk},
            "new": base | {"case_id": new.pk},
            "talk": base | {"case_id": talk.pk},
            "own-talk": base | {"referral_id": talk.opening_referral().pk},
            "disputed": base | {"case_id": _disputed(world).pk},
            "swapped": base | taking_part | {"case_id": new.pk, "step_id": steps["Fu"].pk},
            "unplaced": base | {"case_id": _unanswered(world, **NOWHERE).pk},
            "merged": base | pairs.merged(_unanswered(world), _unanswered(world), people["Rc"]),
            "linked": base | pairs.linked(_unanswered(world), _unanswered(world), people["Rc"]),
            **worked.own_things(people["Rc"], base),
            "asked": base | {"case_id": _asked(world).pk},
            "forwarded": base | {"case_id": _forwarded(world).pk},
            "set-aside": {"recusal_id": _recused(world)},
            "correction": {"correction_id": RouteCorrection.objects.get().pk},
            "link": {"user_id": invited.pk, "token": link[-1]},
            **events.made(own, base),
            **asked.requested(_unanswered(world), people["Dp"]),
            **wrongly.disclosed(case, people["Fu"], people["Rc"], base),
            **guarded.emergencies(_unanswered(world), _on_duty("national")),
            **kept.over(_unanswered(world), people["Rc"], base),
            **edited.begun(base),
            "paper": base | {"job_id": edited.paper(people["Fu"])},
            "report": base | {"job_id": _paper(None, people["Na"], exports.TEMPLATE)},
            **written.rows(base),
            **worked.done(people["Rc"], base),
            **ringing.waiting(people["Ho"], own),
        }
    )


def _asked(world: World) -> Case:
    """A case that the other desk is asked to take over."""
    case = _unanswered(world)
    triage.accept(case_id=case.pk, by=world.people["Rc"])
    desk = Desk.objects.get(key="syd")
    handovers.ask(case_id=case.pk, desk_id=desk.pk, reason=ForwardReason.MOVED, moves_on=clock.today(),
                  by=world.people["Rc"])  # fmt: skip
    return case


def _forwarded(world: World) -> Case:
    """A case that the other desk may send back, and that left a suggestion to correct the routing."""
    case, desk = _unanswered(world), Desk.objects.get(key="syd")
    by, reason = world.people["Rc"], ForwardReason.WRONG_REGION
    return triage.forward(case_id=case.pk, desk_id=desk.pk, reason=reason, by=by)


def _recused(world: World) -> uuid.UUID:
    """Somebody at the desk cannot handle one of its cases."""
    row = recusals.recuse(case_id=_unanswered(world).pk, reason="Släkt.", by=_on_duty("mitt"))
    return row.pk


def _disputed(world: World) -> Case:
    """A case that two agencies of one kind have declined."""
    case = _unanswered(world)
    triage.accept(case_id=case.pk, by=world.people["Rc"])
    for _number in range(2):
        by = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))
        row = participation.invite(
            case_id=case.pk, agency_id=by.agency_id, ground="consent", categories=[], purpose="Stöd",
            by=world.people["Rc"],
        )  # fmt: skip
        participation.answer(participation_id=row.pk, accepts=False, reason="Inte vår.", by=by)
    return case


TALK = {
    "consent_status": "refused",
    "citizenship_group": "eu",
    "county_general": "03",
    "narrative_general": "Säljs av någon annan.",
}
"""An adult who says no: a consultation."""


def _kept(case: Case, by: Assignment) -> dict[str, Any]:
    """A document, a note and somebody who came along, of the desk."""
    passing = Passing()
    passing.write(samples.pdf())
    passing.finish()
    upload = SealedUpload(passing, "avtal.pdf", too_large=False)
    incoming = documents.Incoming(upload, "Avtalet", "situation")
    document = documents.add(case_id=case.pk, incoming=incoming, by=by)
    Document.objects.filter(pk=document.pk).update(state="clean", scanned_at=clock.now())
    along = dependants.add(
        case_id=case.pk, relation=Relation.CHILD, is_child=True, told={"name": "Ask"}, by=by
    )
    note = messages.add_note(case_id=case.pk, text="Kom ihåg", by=by)
    return {"document_id": document.pk, "dependant_id": along.pk, "note_id": note.pk}


NOWHERE = {
    "place_now": "unknown",
    "municipality_of_presence": None,
    "place_found": "unknown",
    "responsible": "unknown",
    "places": ["unknown"],
}


def _paper(case: Case | None, by: Assignment, template: str = "pdf/case_summary.html") -> uuid.UUID:
    """A finished document: of a worker with the whole case, or without one."""
    case_id = case.pk if case else None
    job = pdf.request(template, {}, by=by, filename="x.pdf", case_id=case_id, language="sv")
    job.state, job.result = PdfState.READY, b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    return job.pk


def _sessions(world: World) -> None:
    """Everybody's browser; then the one account is closed and the one membership ends."""
    people = world.people
    for column, who in people.items():
        world.browsers[column] = Client() if column == "Ha" else sign_in(Client(), who)
    world.browsers["An"] = Client()
    for column in ("Ha", "Rf"):
        totp.TOTP.activate(people[column].user, SECRET)
    half = world.browsers["Ha"]
    half.post("/logga-in/", {"login": people["Ha"].user.email, "password": PASSWORD})
    yesterday = clock.today() - timedelta(days=1)
    User.objects.filter(pk=people["De"].user_id).update(is_active=False, deactivated_at=clock.now())
    Membership.objects.filter(pk=people["Ex"].membership_id).update(valid_until=yesterday)
