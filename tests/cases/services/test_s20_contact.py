"""S20 and S31: the instruction before the number, what she needs wherever she is met, and no word to her."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.access import sight_of
from cases.enums import Category, NoticeKind, StepStatus
from cases.models import Identifier, Notice, Step
from cases.services import casework, contact, messages, missing, steps
from core import vault
from core.errors import StaleVersion
from core.models import AuditEvent, OutboundEmail
from manual import library
from tests.cases.services.conftest import World, refusals, sent
from tests.factories import member

pytestmark = pytest.mark.django_db
BASE = Path(__file__).resolve().parents[3]
TOLD: dict[str, Any] = {
    "ways": ["text"],
    "times": "Tisdagar 10–12",
    "words": "tandläkartid",
    "never": "Ring aldrig brodern",
    "language": "rumänska",
    "aids": ["sign_language"],
    "sign_language": "rumänskt teckenspråk",
    "phone": "+46701740605",
}


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def change(world: World, by: Assignment, **changes: Any) -> None:
    person = world.case.person
    assert person is not None
    contact.change(case_id=world.case_id, version=person.version, told=TOLD | changes, by=by)


def opened(world: World, by: Assignment) -> dict[str, str]:
    return contact.open_number(case=world.case, has_read=True, by=by)


def told(who: Assignment) -> int:
    return Notice.objects.filter(user=who.user, kind=NoticeKind.CONTACT).count()


# --- the instruction, then the number --------------------------------------------------------------


def test_the_number_is_behind_the_instruction_and_each_look_recorded(taken: World) -> None:
    change(taken, taken.karin)
    assert contact.instruction(taken.case)["words"] == "tandläkartid"
    assert "phone" not in contact.instruction(taken.case)
    with pytest.raises(ValidationError):
        contact.open_number(case=taken.case, has_read=False, by=taken.karin)
    assert not AuditEvent.objects.filter(verb="contact.open").exists()
    assert opened(taken, taken.karin) == {"phone": "+46701740605"}
    assert AuditEvent.objects.get(verb="contact.open").user_id == taken.karin.user_id


def test_those_not_given_contact_learn_nothing(taken: World) -> None:
    change(taken, taken.karin)
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.IDENTITY])
    for by in (police, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            opened(taken, by)
        with pytest.raises(PermissionDenied):
            change(taken, by, words="annat")
    assert refusals("contact.open") == refusals("contact.change") == 4
    seen = sight_of(police, taken.case)
    assert seen is not None and not contact.may_see(seen)
    given = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.CONTACT])
    assert opened(taken, given)["phone"] == "+46701740605"


def test_nobody_empties_the_vault_of_numbers(taken: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casework, "LOOKS_AN_HOUR", 2)
    change(taken, taken.karin)
    opened(taken, taken.karin), opened(taken, taken.karin)
    with pytest.raises(ValidationError):
        opened(taken, taken.karin)
    assert opened(taken, taken.per)


def test_a_protected_person_is_for_the_named_handler(world: World) -> None:
    other = world.about(sent(world.referrer, protected_identity="protected_registration"))
    other.accept()
    change(other, other.karin)
    assert opened(other, other.karin)["phone"]
    for act in (lambda: opened(other, other.per), lambda: change(other, other.per)):
        with pytest.raises(PermissionDenied):
            act()
    assert "address" not in opened(other, other.karin), "no address exists at this tier"


# --- changing it -----------------------------------------------------------------------------------


def test_a_change_is_told_to_open_steps_that_may_see_it_and_keeps_what_was(taken: World, freeze: Any) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.CONTACT])
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.SITUATION])
    change(taken, taken.karin, words="frisörtid")
    assert (told(police), told(social), told(taken.karin)) == (1, 0, 0)
    freeze("2026-11-24 09:00")
    change(taken, police)
    assert told(taken.karin) == 1 and told(taken.per) == 2, "nobody is told of her own change"
    (latest, first) = contact.history(taken.case)
    assert latest["was"]["words"] == "frisörtid" and latest["by"] == police.user.name
    assert first["was"].get("aids") == ["interpreter"], "what the referral said"
    for step in taken.case.steps.filter(agency=police.agency, ended_at__isnull=True):
        Step.objects.filter(pk=step.pk).update(
            status=StepStatus.CANCELLED,
            ended_at=taken.case.received_at,
            cancel_reason="settled",
            chase_at=None,
        )
    freeze("2026-11-25 09:00")
    change(taken, taken.karin, words="möte")
    assert told(police) == 1, "without an open step nobody is told"


def test_who_saves_over_anothers_change_is_stopped(taken: World) -> None:
    person = taken.case.person
    assert person is not None
    change(taken, taken.karin)
    with pytest.raises(StaleVersion):
        contact.change(
            case_id=taken.case_id, version=person.version, told=TOLD | {"words": "x"}, by=taken.per
        )
    assert contact.instruction(taken.case)["words"] == "tandläkartid"


def test_nothing_changed_tells_nobody(taken: World) -> None:
    change(taken, taken.karin)
    notices = Notice.objects.filter(kind=NoticeKind.CONTACT).count()
    change(taken, taken.karin)
    assert Notice.objects.filter(kind=NoticeKind.CONTACT).count() == notices
    assert AuditEvent.objects.filter(verb="contact.change").count() == 1


def test_ways_that_contradict_are_refused(taken: World) -> None:
    with pytest.raises(ValidationError) as refused:
        change(taken, taken.karin, ways=["phone", "do_not_contact"])
    assert "ways" in refused.value.message_dict


def test_the_fingerprint_follows_the_number_and_nothing_lies_open(taken: World) -> None:
    change(taken, taken.karin, email="qzkontakt@person.example")
    person = taken.case.person
    assert person is not None
    index = vault.blind_index("phone", "+46701740605")
    assert Identifier.objects.filter(person=person, kind="phone", blind_index=index).count() == 1
    change(taken, taken.karin, phone="")
    assert opened(taken, taken.karin)["phone"], "not told is not changed"
    change(taken, taken.karin, phone="", forget=True)
    assert not Identifier.objects.filter(person=person, kind="phone").exists()
    with connection.cursor() as cursor:
        for table in ("cases_person", "core_auditevent", "cases_notice", "core_outboundemail"):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            dump = "\n".join(row[0] for row in cursor.fetchall())
            assert not any(word in dump for word in ("tandläkartid", "qzkontakt", "701740605", "brodern"))


# --- no automatic word to the person -----------------------------------------------------------------


def test_no_mail_can_go_to_the_person(taken: World) -> None:
    """Whatever happens in a case, every message is for a user or for an agency's mailbox."""
    address = "qzkontakt@person.example"
    change(taken, taken.karin, ways=["email"], email=address)
    police = taken.join(AgencyKind.POLICE, categories=[Category.CONTACT])
    messages.send(case_id=taken.case_id, to=[f"agency:{police.agency_id}"], text=address, by=taken.karin)
    missing.alarm(case_id=taken.case_id, since=taken.case.received_at, known=address, by=police)
    missing.found(case_id=taken.case_id, by=police)
    change(taken, taken.karin, ways=["phone"], email="", forget=True)
    mails = OutboundEmail.objects.all()
    assert mails.exists() and not mails.filter(to__icontains="person.example").exists()
    boxes = {police.agency.mailbox, taken.referrer.agency.mailbox, ""}
    assert all(mail.user_id or mail.to in boxes for mail in mails)


def test_code_names_users_and_mailboxes_only() -> None:
    """Every call that puts mail into the outbox says `user_id=` or a mailbox; nothing else sends mail."""
    # `address` is a desk's mailbox, in notifications.sending alone.
    boxes: tuple[list[str], ...] = ([], ["agency.mailbox"], ["address"])
    found = 0
    for path in [*BASE.glob("*/**/*.py")]:
        parts = path.relative_to(BASE).parts
        if parts[0] not in ("cases", "accounts", "coordinators", "hotline", "nrm_portal", "manual", "core"):
            continue
        source = path.read_text()
        sends = "EmailMessage" in source or "send_mail" in source
        assert not sends or path.name in ("delivery.py", "adapters.py"), f"{path} sends mail by itself"
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) in ("outbox.queue", "queue")):
                continue
            if "outbox" not in source:
                continue
            to = [ast.unparse(word.value) for word in node.keywords if word.arg == "to"]
            found += 1
            if parts[0] == "cases":
                assert to in boxes and (to == [] or path.name == "sending.py"), f"{path}: mail to {to}"
    assert found >= 3
    assert "Person" not in (BASE / "cases/notifications/sending.py").read_text()


# --- S31 -----------------------------------------------------------------------------------------


def test_aids_are_on_every_step_in_which_she_is_met(taken: World) -> None:
    change(taken, taken.karin)
    text = contact.aids_text(taken.case)
    assert "rumänskt teckenspråk" in text and "rumänska" in text
    known = {template.key for template in library.edition_steps(library.current_edition())}
    assert known >= contact.MEETINGS, "a step that was renamed would lose its line"
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION])
    other = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.PROCEEDINGS])
    alone = member(Role.CASEWORKER)
    for who, sees in ((taken.karin, True), (police, True), (other, False)):
        seen = sight_of(who, taken.case)
        assert seen is not None and contact.may_see_aids(seen) == sees
    assert sight_of(alone, taken.case) is None and steps is not None


def test_what_the_referral_says_of_aids_is_there_from_the_start(world: World) -> None:
    deaf = world.about(
        sent(
            world.referrer,
            communication_needs=["sign_language", "companion"],
            sign_language="rumänskt teckenspråk",
            interpreter_needed="yes",
        )
    )
    text = contact.aids_text(deaf.case)
    assert "(rumänskt teckenspråk)" in text and text.count(".") >= 2
    assert contact.aids(deaf.case)["aids"] == ["interpreter", "sign_language", "companion"]
