"""A case in which others are written about, and the way of its extracts, for the tests of S17."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import Category
from cases.enums.subject import (
    HandedHow,
    IdentityCheck,
    Protected,
    RequestChannel,
    Secrecy,
    Verdict,
)
from cases.models import DataPack, SubjectRequest
from cases.services import casework, granting, meetings, messages
from cases.services.subject import giving, requests, review
from cases.services.subject.review import Choice
from core import clock, pdf
from tests.cases.services.conftest import World

SUSPECT, INFORMANT, CLIENT = "Viktor Ozolins", "grannen Britt", "Milena"


def told_of_others(world: World) -> World:
    """A case in which people have written about others than her."""
    world.accept()
    police = world.join(AgencyKind.POLICE)
    messages.add_note(case_id=world.case_id, text=f"{SUSPECT}s telefon: 070-555 01 23.", by=world.karin)
    messages.add_note(case_id=world.case_id, text="Spaning mot lokalen pågår.", by=police)
    text = f"Enligt {INFORMANT} bor även {CLIENT}\nOlsen där."
    messages.send(case_id=world.case_id, to=[f"desk:{world.case.desk_id}"], text=text, by=police)
    meetings.record(
        case_id=world.case_id, held_on=clock.today(), present=[police.agency_id],
        minutes="Polisen berättade om viktor  ozolins.", decisions=[], by=world.karin,
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
    read_all(pack, second)
    review.approve(pack_id=pack.pk, version=pack.version, by=second)
    pack.refresh_from_db()
    return pack


def read_all(pack: DataPack, by: Assignment) -> None:
    for part in {piece.part for piece in review.review(pack).pieces}:
        review.open_part(pack_id=pack.pk, part=part, by=by)


def host_pack(request: SubjectRequest, world: World) -> DataPack:
    return request.packs.get(agency_id=world.case.desk.agency_id)


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


def hand(pack: DataPack, by: Assignment, on: date) -> None:
    pack.refresh_from_db()
    giving.hand_out(
        pack_id=pack.pk, given_on=on, how=HandedHow.IN_PERSON, interpreter=True, version=pack.version, by=by
    )
