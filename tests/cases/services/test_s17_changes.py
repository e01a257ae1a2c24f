"""S17: what changes while an extract is made, the words that are left out, the ledger and the clock."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums.subject import (
    ExtensionReason,
    RequestOutcome,
    Verdict,
)
from cases.models import Disclosure, PackDecision, Person, SubjectRequest
from cases.services import messages
from cases.services.subject import chasing, giving, pieces, requests, review
from cases.services.subject.review import Choice
from cases.services.subject.sources import Part
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World
from tests.cases.services.extracts import (
    CLIENT,
    INFORMANT,
    SUSPECT,
    approved,
    asked,
    decide_all,
    found,
    hand,
    host_pack,
    mask,
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
