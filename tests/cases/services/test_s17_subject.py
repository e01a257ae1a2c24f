"""S17: she asks in Arabic for everything about her; third persons are masked, two officers answer for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from pypdf import PdfReader

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import Category
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
from cases.models import Case, CaseLink, DataPack, Disclosure, PackDecision, Person, Recusal, SubjectRequest
from cases.services import casework, granting, meetings, messages
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


# --- the whole way -----------------------------------------------------------------------------------


@pytest.mark.security("S65", "an extract: complete, without third persons, with who has read, by two persons")
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
    for here in (person.identity["name"], "[left out ", "OSL 26:1", "Jourläkaren", told.case.reference):
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


# --- who may, and in which order ---------------------------------------------------------------------


def test_nobody_else_registers_finds_or_reads(told: World, dora: Assignment) -> None:
    request = found(told, dora)
    pack = host_pack(request, told)
    others = [
        told.karin,
        told.national,
        told.referrer,
        member(Role.AUDITOR),
        member(Role.ADMINISTRATOR),
    ]
    acts: tuple[Callable[[Assignment], Any], ...] = (
        asked,
        lambda by: requests.add_case(request_id=request.pk, reference=told.case.reference, by=by),
        lambda by: review.open_part(pack_id=pack.pk, part=Part.WORDS, by=by),
        lambda by: mask(pack, by, SUSPECT),
        lambda by: review.prepare(pack_id=pack.pk, version=0, by=by),
        lambda by: giving.on_paper(pack_id=pack.pk, language="sv", by=by),
        requests.listed,
    )
    for by in others:
        for act in acts:
            with undone(), pytest.raises(PermissionDenied):
                act(by)
    assert refusals("subject.read") == len(others), "each refusal stands in the audit"


def test_no_case_before_the_identity_is_checked_and_none_by_name(world: World, dora: Assignment) -> None:
    request = asked(dora)
    name = Person.objects.get(cases=world.case_id).identity["name"]
    with pytest.raises(ValidationError, match="Check who asks|Kontrollera vem"):
        requests.add_case(request_id=request.pk, reference=world.case.reference, by=dora)
    requests.check_identity(
        request_id=request.pk, how=IdentityCheck.E_ID, checked_on=clock.today(), words="BankID", by=dora
    )
    wrong = world.case.reference[:-1] + ("A" if world.case.reference[-1] != "A" else "B")
    for text in (name, "", "H26", wrong, "H25-00001-" + "X"):
        with pytest.raises(ValidationError):
            requests.add_case(request_id=request.pk, reference=text, by=dora)
    assert not request.found.exists() and not request.packs.exists()
    assert requests.add_case(request_id=request.pk, reference=world.case.reference.lower(), by=dora)


def test_every_case_of_the_person_is_found_by_one_reference(world: World, dora: Assignment) -> None:
    """Merged, linked as the same person; but nobody who only came along or was checked not to be her."""
    world.accept()
    absorbed, earlier, other = (sent(world.referrer).case_id for _number in range(3))
    for pk in (absorbed, earlier, other):
        Case.objects.filter(pk=pk).update(status="active", assignee=world.karin.user_id)
    Case.objects.filter(pk=absorbed).update(status="merged", merged_into=world.case_id)
    CaseLink.objects.create(
        case=world.case, other_id=earlier, kind="earlier", made_by=world.karin.user, made_at=clock.now()
    )
    CaseLink.objects.create(
        case=world.case, other_id=other, kind="not_same", made_by=world.karin.user, made_at=clock.now()
    )
    request = found(world, dora, Case.objects.get(pk=earlier).reference)
    assert set(request.found.values_list("case_id", flat=True)) == {world.case_id, absorbed, earlier}
    requests.remove_case(request_id=request.pk, case_id=absorbed, by=dora)
    assert not request.found.exists() and not request.packs.exists(), "she was somebody else: all of them go"


def test_an_officer_who_cannot_handle_the_case_does_not_read_it(told: World, dora: Assignment) -> None:
    kin = member(Role.DATA_PROTECTION_OFFICER)
    Recusal.objects.create(
        case=told.case, user=kin.user, data_key=told.case.data_key, reason="Kusin.", made_at=clock.now()
    )
    request = asked(kin)
    requests.check_identity(
        request_id=request.pk, how=IdentityCheck.KNOWN, checked_on=clock.today(), words="x", by=kin
    )
    with pytest.raises(PermissionDenied):
        requests.add_case(request_id=request.pk, reference=told.case.reference, by=kin)
    pack = host_pack(found(told, dora), told)
    for act in (
        lambda: review.open_part(pack_id=pack.pk, part=Part.WORDS, by=kin),
        lambda: mask(pack, kin, SUSPECT),
    ):
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.security("S65", "approved by who had a hand in it, or has not read it")
def test_two_persons_and_the_second_has_read_it(told: World, dora: Assignment, david: Assignment) -> None:
    pack = host_pack(found(told, dora), told)
    with pytest.raises(ValidationError) as left:
        review.prepare(pack_id=pack.pk, version=0, by=dora)
    assert left.value.code == "undecided"
    decide_all(pack, dora)
    review.prepare(pack_id=pack.pk, version=pack.version, by=dora)
    pack.refresh_from_db()
    with pytest.raises(PermissionDenied):
        review.approve(pack_id=pack.pk, version=pack.version, by=dora)
    assert refusals("subject.approve", dora) == 1
    with pytest.raises(ValidationError) as unread:
        review.approve(pack_id=pack.pk, version=pack.version, by=david)
    assert unread.value.code == "unread"
    with pytest.raises(TransitionNotAllowed):
        giving.on_paper(pack_id=pack.pk, language="sv", by=dora)
    read_all(pack, david)
    with pytest.raises(StaleVersion):
        review.approve(pack_id=pack.pk, version=pack.version - 1, by=david)
    review.approve(pack_id=pack.pk, version=pack.version, by=david)
    assert AuditEvent.objects.get(verb="subject.approve", outcome="allowed").facts["prepared_by"] == str(
        dora.user_id
    )


def test_sent_back_it_is_gone_through_again(told: World, dora: Assignment, david: Assignment) -> None:
    pack = host_pack(found(told, dora), told)
    decide_all(pack, dora)
    review.prepare(pack_id=pack.pk, version=pack.version, by=dora)
    pack.refresh_from_db()
    review.send_back(pack_id=pack.pk, words="Namnet i mötet.", version=pack.version, by=david)
    pack.refresh_from_db()
    assert (pack.state, pack.prepared_by, pack.sent_back) == (PackState.PREPARING, None, "Namnet i mötet.")
    told_to = dora.user_id
    assert OutboundEmail.objects.filter(user_id=told_to, dedupe_key__contains="packback").count() == 1


# --- what changes meanwhile ---------------------------------------------------------------------------


def test_what_is_written_after_the_approval_stops_the_paper(
    told: World, dora: Assignment, david: Assignment
) -> None:
    pack = host_pack(found(told, dora), told)
    decide_all(pack, dora)
    approved(pack, dora, david)
    messages.add_note(case_id=told.case_id, text=f"{CLIENT} ringde.", by=told.karin)
    with pytest.raises(TransitionNotAllowed):
        giving.on_paper(pack_id=pack.pk, language="sv", by=dora)


def test_a_piece_that_changed_since_it_was_shown_is_not_decided_upon(told: World, dora: Assignment) -> None:
    pack = host_pack(found(told, dora), told)
    seen = review.open_part(pack_id=pack.pk, part=Part.DATA, by=dora)
    person = next(piece for piece in seen.pieces if piece.key.startswith("cases.person:"))
    row = Person.objects.get(cases=told.case_id)
    row.identity = {**row.identity, "alias": INFORMANT}
    row.save(update_fields=["identity"])
    choice = {person.key: (Choice(Verdict.RELEASE), person.digests[0].hex())}
    review.decide(pack_id=pack.pk, choices=choice, version=0, by=dora)
    assert not PackDecision.objects.filter(pack=pack).exists()


def test_the_language_somebody_reads_in_changes_no_decision(told: World, dora: Assignment) -> None:
    from django.utils import translation

    pack = host_pack(found(told, dora), told)
    with translation.override("sv"):
        decide_all(pack, dora)
    with translation.override("en"):
        assert not review.review(pack).undecided()


def test_masks_hold_everywhere_and_taking_one_away_asks_again(told: World, dora: Assignment) -> None:
    request = found(told, dora)
    pack, police = host_pack(request, told), request.packs.get(agency__kind=AgencyKind.POLICE)
    row = mask(pack, dora, SUSPECT, CLIENT)
    texts = {}
    for one in (pack, police):
        seen = review.review(one)
        texts[one.pk] = " ".join(seen.masks.apply(piece.text) for piece in seen.pieces)
    assert SUSPECT not in texts[pack.pk] and CLIENT not in texts[police.pk]
    decide_all(pack, dora)
    decide_all(police, dora)
    review.unmask(pack_id=pack.pk, mask_id=row.pk, by=dora)
    assert {piece.part for piece in review.review(pack).undecided()} == {Part.WORDS}
    assert review.review(police).undecided(), "in the other extract too"


def test_what_cannot_be_masked_is_said(told: World, dora: Assignment) -> None:
    pack = host_pack(found(told, dora), told)
    for words in ([], ["x"], ["--"], ["Finns Inte"], ["Viktor"] * 61, ["o" * 501]):
        with pytest.raises(ValidationError) as error:
            mask(pack, dora, *words)
        assert set(error.value.error_dict) == {"words"}
        assert "Finns" not in str(error.value), "what was typed is not in the message"


# --- protected, given out, the clock --------------------------------------------------------------------


def test_a_protected_identity_is_never_on_the_paper(
    world: World, dora: Assignment, david: Assignment
) -> None:
    Person.objects.filter(cases=world.case_id).update(protection="protected_registration")
    Case.objects.filter(pk=world.case_id).update(is_protected=True)
    world.accept()
    pack = host_pack(found(world, dora), world)
    opened = review.open_part(pack_id=pack.pk, part=None, by=dora)
    name = Person.objects.get(cases=world.case_id).identity["name"]
    said = "".join(piece.text for piece in opened.pieces if piece.part != Part.STEPS)
    assert name not in said
    assert said.count("Uppsala") == 1, "the county, which every list shows, and no municipality"
    decide_all(pack, dora)
    text, raw = printed(approved(pack, dora, david), dora)
    assert name not in text and "face to face" in text


def test_given_out_it_stands_in_the_ledger_and_answers_the_request(
    told: World, dora: Assignment, david: Assignment, freeze: Any
) -> None:
    request = found(told, dora)
    packs = list(request.packs.all())
    for pack in packs:
        decide_all(pack, dora)
        approved(pack, dora, david)
    freeze("2026-11-30 10:00")
    for pack in packs:
        with pytest.raises(ValidationError):
            hand(pack, dora, date(2026, 11, 22))
        assert SubjectRequest.objects.get(pk=request.pk).is_open
        hand(pack, dora, date(2026, 11, 30))
    request.refresh_from_db()
    assert (request.outcome, request.closed_by_id) == (RequestOutcome.GIVEN, dora.user_id)
    rows = Disclosure.objects.filter(subject_id__in=[pack.pk for pack in packs])
    assert rows.count() == len(packs) and {row.case_id for row in rows} == {told.case_id}
    with pytest.raises(TransitionNotAllowed):
        mask(packs[0], dora, SUSPECT)
    freeze("2027-01-30 10:00")
    assert chasing.chase() == (0, 0)


def hand(pack: DataPack, by: Assignment, on: date) -> None:
    pack.refresh_from_db()
    giving.hand_out(
        pack_id=pack.pk, given_on=on, how=HandedHow.IN_PERSON, interpreter=True, version=pack.version, by=by
    )


@pytest.mark.parametrize(
    ("received", "due", "longer"),
    [
        ("2026-11-23", date(2026, 12, 23), date(2027, 2, 23)),
        ("2026-10-31", date(2026, 11, 30), date(2027, 1, 31)),
        ("2026-11-01", date(2026, 12, 1), date(2027, 2, 1)),
    ],
)
def test_a_month_and_at_most_two_more(
    world: World, dora: Assignment, received: str, due: date, longer: date
) -> None:
    request = asked(dora, received)
    assert request.due_on == due
    longer_by: dict[str, Any] = {
        "request_id": request.pk, "reason": ExtensionReason.COMPLEX, "words": "Många aktörer.", "by": dora,
    }  # fmt: skip
    for months, day in ((3, clock.today()), (2, date(2026, 10, 30)), (2, date(2026, 11, 24))):
        with pytest.raises(ValidationError):
            requests.extend(months=months, told_on=day, **longer_by)
    changed = requests.extend(months=2, told_on=clock.today(), **longer_by)
    assert requests.deadline(changed) == longer
    with pytest.raises(TransitionNotAllowed):
        requests.extend(months=1, told_on=clock.today(), **longer_by)


def test_the_clock_is_chased_once_a_point_and_daily_when_late(
    world: World, dora: Assignment, david: Assignment, freeze: Any
) -> None:
    request = asked(dora)
    told = {}
    for day in (
        "2026-11-30",
        "2026-12-09",
        "2026-12-10",
        "2026-12-16",
        "2026-12-23",
        "2026-12-24",
        "2026-12-25",
    ):
        freeze(f"{day} 06:20")
        told[day] = chasing.chase()[1] + chasing.chase()[1]
    assert told == {
        "2026-11-30": 0, "2026-12-09": 1, "2026-12-10": 0, "2026-12-16": 1, "2026-12-23": 1, "2026-12-24": 1,
        "2026-12-25": 1,
    }  # fmt: skip
    mails = OutboundEmail.objects.filter(dedupe_key__contains=f"request:{request.pk}")
    assert {mails.filter(user_id=who.user_id).count() for who in (dora, david)} == {5}
    requests.close(request_id=request.pk, outcome=RequestOutcome.WITHDRAWN, words="", version=0, by=dora)
    freeze("2026-12-26 06:20")
    assert chasing.chase() == (0, 0)


def test_refusing_needs_words_and_given_needs_extracts(world: World, dora: Assignment) -> None:
    request = found(world, dora)
    for outcome in (RequestOutcome.REFUSED, RequestOutcome.GIVEN, RequestOutcome.NOTHING):
        with pytest.raises(ValidationError):
            requests.close(request_id=request.pk, outcome=outcome, words=" ", version=1, by=dora)


def test_reading_stands_in_the_access_log_and_in_the_next_extract(
    told: World, dora: Assignment, freeze: Any
) -> None:
    freeze("2026-11-23 10:00")
    pack = host_pack(found(told, dora), told)
    review.open_part(pack_id=pack.pk, part=Part.WORDS, by=dora)
    event = AuditEvent.objects.filter(verb="subject.read").latest("at")
    assert (event.target_id, event.user_id, event.facts["part"]) == (
        told.case_id,
        dora.user_id,
        "anteckningar",
    )
    host = told.case.desk.agency_id
    before = [one for one in pieces.of(pack.request) if one.part == Part.READERS]
    assert {one.agency_id for one in before} == {host}, "until the request came in"
    freeze("2026-12-01 09:00")
    later = found(told, dora)
    houses = {one.agency_id for one in pieces.of(later) if one.part == Part.READERS}
    assert houses == {host, dora.agency_id}
