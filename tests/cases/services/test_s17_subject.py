"""S17: she asks in Arabic for everything about her; third persons are masked, two officers answer for it."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from pypdf import PdfReader

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import Category, Relation
from cases.enums.subject import (
    ExtensionReason,
    HandedHow,
    IdentityCheck,
    PackState,
    Protected,
    RequestChannel,
    RequestOutcome,
    Secrecy,
    Verdict,
)
from cases.models import Case, DataPack, Disclosure, PackDecision, Person, Recusal, SubjectRequest
from cases.services import casework, dependants, granting, links, meetings, messages, merging, recusals
from cases.services.subject import chasing, giving, pieces, requests, review
from cases.services.subject.review import Choice
from cases.services.subject.sources import Part
from core import clock, pdf
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World, refusals, sent, undone
from tests.factories import member

pytestmark = pytest.mark.django_db
SUSPECT, INFORMANT, CLIENT = "Viktor Ozolins", "grannen Britt", "Milena"


@pytest.fixture
def dora() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def david() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def told(world: World) -> World:
    """A case in which people have written about others than her."""
    world.accept()
    police = world.join(AgencyKind.POLICE)
    messages.add_note(case_id=world.case_id, text=f"{SUSPECT}s telefon: 070-555 01 23.", by=world.karin)
    messages.add_note(case_id=world.case_id, text="Spaning mot lokalen pågår.", by=police)
    text = f"Enligt {INFORMANT} bor även {CLIENT}\nOlsen där."
    messages.send(case_id=world.case_id, to=[f"desk:{world.case.desk_id}"], text=text, by=police)
    meetings.record(
        case_id=world.case_id, held_on=clock.today(), present=[police.agency_id],
        minutes=f"Polisen berättade om viktor  ozolins.", decisions=[], by=world.karin,
    )  # fmt: skip
    granting.told_outside(
        case_id=world.case_id, to="Jourläkaren", what="Behov av läkare.", categories=[Category.HEALTH],
        by=world.karin,
    )  # fmt: skip
    casework.open_identity(case=world.case, reason="Inför mötet", by=world.karin)
    return world


def asked(by: Assignment, received: str = "2026-11-23", **more: Any) -> SubjectRequest:
    given: dict[str, Any] = {
        "language": "ar", "channel": RequestChannel.HANDLER, "received_on": date.fromisoformat(received),
        "answer_to": "Hos socialsekreteraren, tisdagar 10-12.", "by": by,
    }  # fmt: skip
    return requests.register(**(given | more))


def found(world: World, by: Assignment, reference: str = "") -> SubjectRequest:
    """A request whose identity was checked, with the world's case."""
    request = asked(by)
    requests.check_identity(
        request_id=request.pk, how=IdentityCheck.DOCUMENT, checked_on=clock.today(), words="Pass.", by=by
    )
    requests.add_case(request_id=request.pk, reference=reference or world.case.reference, by=by)
    return SubjectRequest.objects.get(pk=request.pk)


def decide_all(pack: DataPack, by: Assignment, **choices: Choice) -> None:
    """Give everything out, but what is said otherwise by the beginning of its key."""
    pack.refresh_from_db()
    opened = review.open_part(pack_id=pack.pk, part=None, by=by)
    chosen = {}
    for piece in opened.pieces:
        special = [one for key, one in choices.items() if piece.key.startswith(f"cases.{key}:")]
        chosen[piece.key] = (special[0] if special else Choice(Verdict.RELEASE), piece.digests[0].hex())
    review.decide(pack_id=pack.pk, choices=chosen, version=pack.version, by=by)
    pack.refresh_from_db()


def mask(pack: DataPack, by: Assignment, *words: str, protects: Protected = Protected.SUSPECT) -> Any:
    return review.mask(pack_id=pack.pk, words=list(words), protects=protects, secrecy=Secrecy.OSL_26_1, by=by)


def approved(pack: DataPack, first: Assignment, second: Assignment) -> DataPack:
    pack.refresh_from_db()
    review.prepare(pack_id=pack.pk, version=pack.version, by=first)
    pack.refresh_from_db()
    review.approve(pack_id=pack.pk, version=pack.version, by=second)
    pack.refresh_from_db()
    return pack


def host_pack(request: SubjectRequest, world: World) -> DataPack:
    return request.packs.get(agency_id=world.case.desk.agency_id)


# --- the whole way -----------------------------------------------------------------------------------


def test_the_pack_is_complete_and_without_third_persons(
    told: World, dora: Assignment, david: Assignment
) -> None:
    request = found(told, dora)
    assert request.due_on == date(2026, 12, 23)
    packs = list(request.packs.select_related("agency").order_by("agency__kind"))
    assert {pack.agency.kind for pack in packs} == {
        AgencyKind.COORDINATION, AgencyKind.POLICE, AgencyKind.SOCIAL_SERVICES_ADULT,
    }  # fmt: skip
    pack = host_pack(request, told)
    mask(pack, dora, SUSPECT)
    mask(pack, dora, INFORMANT, protects=Protected.INFORMANT)
    mask(pack, dora, f"{CLIENT} Olsen", protects=Protected.VICTIM)
    decide_all(pack, dora)
    approved(pack, dora, david)
    text, raw = printed(pack, dora)
    person = Person.objects.get(cases=told.case_id)
    for here in (person.identity["name"], "[left out 1]", "OSL 26:1", "Jourläkaren", told.case.reference):
        assert here in text, here
    for absent in ("Viktor", "Ozolins", "ozolins", "Britt", "Spaning"):
        assert absent not in text and absent.encode() not in raw, absent
    assert told.karin.user.name not in text, "names of staff are not said"
    police = next(one for one in packs if one.agency.kind == AgencyKind.POLICE)
    withheld = Choice(Verdict.WITHHOLD, Protected.INQUIRY, Secrecy.OSL_18_1)
    decide_all(police, david, note=withheld)
    text, raw = printed(approved(police, david, dora), david)
    assert "OSL 18:1" in text
    for absent in ("Spaning", "lokalen", INFORMANT, CLIENT, "Olsen"):
        assert absent not in text and absent.encode() not in raw, absent


def printed(pack: DataPack, by: Assignment) -> tuple[str, bytes]:
    """Text with metadata, and the bytes, of the paper that the worker makes."""
    job = giving.on_paper(pack_id=pack.pk, language="en", by=by)
    assert giving.still_seen(job.context["needs"], by)
    assert pdf.render(job.pk) == "ready"
    data = pdf.result(job)
    assert data is not None
    reader = PdfReader(BytesIO(data))
    pages = "\n".join(page.extract_text() for page in reader.pages)
    xmp = reader.xmp_metadata
    told = f"{reader.metadata} {xmp.stream.get_data() if xmp else b''!r} {job.filename}"
    unpacked = b"".join(page.get_contents().get_data() for page in reader.pages)
    return " ".join((pages + told).split()), data + unpacked
