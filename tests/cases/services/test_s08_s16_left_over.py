"""S08 and S16, easily forgotten: the key ring is renewed, an officer saw wrongly, a file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.enums import Role
from cases.access import sight_of
from cases.enums import BreachKind, DisclosureKind, DocumentState, NoticeKind, Protection, Threat
from cases.models import Disclosure, Document, Identifier, Notice, Person
from cases.services import documents, emergency, matching, protection
from cases.services.breaches import reporting
from cases.services.breaches import sight as clearing
from core import audit, clock
from tests.cases.services import uploading
from tests.cases.services.conftest import World
from tests.factories import member

pytestmark = pytest.mark.django_db


def test_renewing_the_key_ring_leads_nobody_from_the_old_identity_to_the_new(world: World) -> None:
    world.accept()
    person = Person.objects.get(cases=world.case_id)
    person.identity = {**person.identity, "passport": "AB1234567"}
    person.save(update_fields=["identity"])
    matching.note_identifiers(person)
    assert Identifier.objects.filter(person=person).exists()
    protection.make_stricter(case_id=world.case_id, to=Protection.FICTITIOUS, by=world.karin)
    assert not Identifier.objects.filter(person=person).exists()
    matching.renew_identifiers(None)
    assert not Identifier.objects.filter(person=person).exists()


def test_an_officer_who_saw_wrongly_is_not_told_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.accept()
    dora, david = member(Role.DATA_PROTECTION_OFFICER), member(Role.DATA_PROTECTION_OFFICER)
    code = f"user:{dora.user_id}"
    known = [clearing.Whom(code, dora.user.name)]
    monkeypatch.setattr(clearing, "whom", lambda sight: known)
    told = reporting.Told(
        kind=BreachKind.SHARED,
        threat=Threat.UNKNOWN,
        what="Hon är granne.",
        noticed_at=clock.now(),
        to=[code],
    )
    reporting.report(case_id=world.case_id, told=told, by=world.karin)
    kinds = (NoticeKind.BREACH, NoticeKind.BREACH_DUE)
    assert Notice.objects.filter(user_id=david.user_id, kind__in=kinds).exists()
    assert not Notice.objects.filter(user_id=dora.user_id, kind__in=kinds).exists()


def test_a_document_read_in_an_emergency_stands_in_the_log(world: World, stored: Path) -> None:
    world.accept()
    made = uploading.add(world, world.karin)
    Document.objects.filter(pk=made.pk).update(state=DocumentState.CLEAN, scanned_at=clock.now())
    emergency.open_case(reference=world.case.reference, reason="Polisen ringde.", by=world.national)
    sight = sight_of(world.national, world.case)
    assert sight is not None
    assert b"".join(documents.open_document(sight=sight, document_id=made.pk).chunks)
    row = Disclosure.objects.get(case_id=world.case_id, subject_id=made.pk)
    assert (row.kind, row.agency_id, row.desk_id) == (
        DisclosureKind.DOCUMENT, world.national.agency_id, None,
    )  # fmt: skip


def test_many_other_looks_hide_nothing_from_the_review(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.accept()
    glass = emergency.open_case(reference=world.case.reference, reason="Polisen ringde.", by=world.national)
    monkeypatch.setattr(emergency, "LOOKS_SHOWN", 3)
    for _number in range(4):
        audit.record("manual.read", by=world.national)
    audit.record("case.read", world.case, by=world.national)
    audit.record("search.cases", by=world.national, target_ids=[world.case_id])
    assert [event.verb for event in emergency.looks(glass)] == ["emergency.open", "case.read", "search.cases"]
