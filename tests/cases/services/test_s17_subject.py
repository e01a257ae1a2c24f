"""S17: she asks in Arabic for everything about her; third persons are masked, two officers answer for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import NoticeKind
from cases.enums.subject import (
    IdentityCheck,
    PackState,
    Protected,
    Secrecy,
    Verdict,
)
from cases.models import Case, CaseLink, Notice, Person, Recusal
from cases.notifications.people import national_people
from cases.services.subject import giving, requests, review
from cases.services.subject.review import Choice
from cases.services.subject.sources import Part
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World, refusals, sent, undone
from tests.cases.services.extracts import (
    CLIENT,
    INFORMANT,
    SUSPECT,
    approved,
    asked,
    decide_all,
    found,
    host_pack,
    mask,
    printed,
    read_all,
    told_of_others,
)
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def david() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def told(world: World) -> World:
    return told_of_others(world)


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


def test_nobody_reads_a_case_by_its_number_unseen(world: World, dora: Assignment, david: Assignment) -> None:
    """The other officer and whoever handles the case are told by mail at once; she is not."""
    world.accept()
    request = found(world, dora)
    rows = Notice.objects.filter(kind=NoticeKind.CASE_REQUESTED, case=world.case_id)
    assert set(rows.values_list("user_id", flat=True)) == {david.user_id, world.karin.user_id}
    mails = OutboundEmail.objects.filter(dedupe_key__startswith=f"now:asked:{request.pk}")
    assert {mail.user_id for mail in mails} == {david.user_id, world.karin.user_id}


def test_the_national_desk_is_told_where_there_is_one_officer(world: World, dora: Assignment) -> None:
    national = national_people(clock.today())
    assert national, "the world has somebody on duty there"
    world.accept()
    found(world, dora)
    rows = Notice.objects.filter(kind=NoticeKind.CASE_REQUESTED, case=world.case_id)
    assert set(rows.values_list("user_id", flat=True)) == {*national, world.karin.user_id}


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
