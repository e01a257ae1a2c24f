"""S16: emergency access. Refused without reason, without the right, on a recused case, after an hour, for
editing; when it is given: reading alone, flagged, and the data protection officers know at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client, RequestFactory

from accounts.access import Assignment, assignment_for
from accounts.enums import MailChoice, Role
from accounts.models import Membership, User
from accounts.services.memberships import sync_permissions
from cases.access import get_case_or_404, held_by, sight_of, visible
from cases.enums import GrantReason, Level, NoticeKind, Relation, Verb
from cases.enums.guard import Verdict
from cases.models import BreakGlass, Case, CaseGrant, Notice, Person
from cases.services import (
    casework,
    contact,
    dependants,
    emergency,
    grants,
    messages,
    missing,
    recusals,
    references,
    steps,
    triage,
)
from core import clock, looks, outbox
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.conftest import ADULT
from tests.cases.services.conftest import UNKNOWN_PLACE, World, duty, membership_of, refusals, sent, undone
from tests.cases.services.verbs import ACTS, rows_of
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
WHY = "Polisen ringer: kvinnan hotas just nu och ingen på desken svarar."


@pytest.fixture
def officer(world: World) -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


def opened(world: World, by: Assignment | None = None, reason: str = WHY) -> BreakGlass:
    by = by or world.national
    return emergency.open_case(reference=world.case.reference, reason=reason, by=by)


def told(who: Assignment, kind: str) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=kind).count()


def test_for_an_hour_she_reads_the_whole_case_and_nothing_after(world: World, freeze: Any) -> None:
    world.accept()
    assert sight_of(world.national, world.case) is None
    glass = opened(world)
    sight = sight_of(world.national, world.case)
    assert sight is not None and sight.level == Level.FULL and sight.only_reads
    assert (glass.until - glass.opened_at).total_seconds() == 3600
    assert visible(world.national).filter(pk=world.case_id).exists()
    assert grants.is_true(world.case), "the nightly comparison finds it as the rule wants it"
    freeze("2026-11-23 09:59")
    assert sight_of(world.national, world.case) is not None
    freeze("2026-11-23 10:00")
    assert sight_of(world.national, world.case) is None
    assert not held_by(world.national).filter(case_id=world.case_id).exists()
    assert not visible(world.national).filter(pk=world.case_id).exists()
    assert grants.is_true(world.case)
    assert emergency.close_expired() == 1 and emergency.close_expired() == 0
    assert not CaseGrant.objects.filter(reason=GrantReason.BREAK_GLASS).exists()
    assert grants.is_true(world.case)
    assert BreakGlass.objects.get().closed_at == glass.until


@pytest.mark.security("S16", "emergency access without reason, right, on a recused, unknown or own case")
def test_what_is_refused_opens_nothing(world: World, officer: Assignment, tried: Any) -> None:
    world.accept()
    for reason in ("", "   ", "\n"):
        with pytest.raises(ValidationError) as error:
            opened(world, reason=reason)
        assert "reason" in error.value.message_dict
    others = (
        world.karin,
        world.syd,
        world.referrer,
        officer,
        member(Role.AUDITOR),
        member(Role.ADMINISTRATOR),
    )
    for by in others:
        with pytest.raises(PermissionDenied):
            opened(world, by)
        assert refusals("emergency.open", by) == 1
    with pytest.raises(ValidationError) as error:
        emergency.open_case(reference="H26-00417-U", reason=WHY, by=world.national)
    assert "reference" in error.value.message_dict
    assert not BreakGlass.objects.exists() and not told(officer, NoticeKind.EMERGENCY)
    assert not CaseGrant.objects.filter(reason=GrantReason.BREAK_GLASS).exists()
    tried(3 + len(others) + 1)


@pytest.mark.security("S16", "emergency access to a case the person has a conflict of interest in")
def test_never_on_a_case_she_cannot_handle(world: World) -> None:
    case = sent(world.referrer, ADULT, **UNKNOWN_PLACE).case
    recusals.recuse(case_id=case.pk, reason="Min syster.", by=world.national)
    with pytest.raises(ValidationError):
        emergency.open_case(reference=case.reference, reason=WHY, by=world.national)
    assert refusals("emergency.open", world.national) == 1 and not BreakGlass.objects.exists()
    other = duty("national", "Nora Nationell")
    emergency.open_case(reference=case.reference, reason=WHY, by=other)
    BreakGlass.objects.update(user=world.national.user_id)  # even with a row of her own nothing opens
    assert sight_of(world.national, Case.objects.get(pk=case.pk)) is None


@pytest.mark.security("S16", "every decision and every way to write, through emergency access")
def test_it_changes_nothing(world: World, tried: Any) -> None:
    world.accept()
    opened(world)
    before = rows_of(world.case_id)
    for verb in Verb:
        if verb not in ACTS:
            continue
        with pytest.raises(PermissionDenied), undone():
            ACTS[verb](world, world.national)
    step = world.step("ident.rc.assess")
    writes: list[Any] = [
        lambda by: messages.add_note(case_id=world.case_id, text="x", by=by),
        lambda by: messages.send(case_id=world.case_id, to=[f"desk:{world.case.desk_id}"], text="x", by=by),
        lambda by: steps.done(step_id=step.pk, by=by),
        lambda by: steps.start(step_id=step.pk, by=by),
        lambda by: missing.alarm(case_id=world.case_id, since=clock.now(), known="", by=by),
        lambda by: dependants.add(
            case_id=world.case_id, relation=Relation.CHILD, is_child=True, told={"name": "Bo"}, by=by
        ),
        lambda by: contact.change(case_id=world.case_id, version=0, told={"words": "x"}, by=by),
    ]
    for write in writes:
        with pytest.raises(PermissionDenied), undone():
            write(world.national)
    after = rows_of(world.case_id)
    assert {k: v for k, v in after.items() if k != "AuditEvent"} == {
        k: v for k, v in before.items() if k != "AuditEvent"
    }
    tried(len(ACTS) + len(writes))


def test_it_takes_away_what_she_could_change_and_gives_it_back(world: World) -> None:
    """A case the national desk is to place: while she reads it in an emergency she does not decide."""
    case = sent(world.referrer, ADULT, **UNKNOWN_PLACE).case
    emergency.open_case(reference=case.reference, reason=WHY, by=world.national)
    sight = sight_of(world.national, case)
    assert sight is not None and sight.level == Level.FULL and not sight.desk_rights
    with pytest.raises(PermissionDenied):
        triage.place(case_id=case.pk, municipality_code="1280", by=world.national)
    emergency.close(case_id=case.pk, by=world.national)
    assert triage.place(case_id=case.pk, municipality_code="1280", by=world.national).desk.key == "syd"


def test_the_officers_know_at_once_whatever_they_chose(world: World, officer: Assignment) -> None:
    User.objects.filter(pk=officer.user_id).update(mail=MailChoice.NEVER)
    second = member(Role.DATA_PROTECTION_OFFICER)
    for number in range(12):  # the cap of a day is reached
        outbox.queue("something_waiting", user_id=officer.user_id, dedupe_key=f"x{number}")
    world.accept()
    glass = opened(world)
    for who in (officer, second):
        assert told(who, NoticeKind.EMERGENCY) == 1
        key = f"now:glass:{glass.pk}:{who.user_id}"
        assert OutboundEmail.objects.filter(user_id=who.user_id, dedupe_key=key, state="queued").exists()
    assert told(world.karin, NoticeKind.EMERGENCY) == 1, "whoever handles the case is told too"
    assert not told(world.national, NoticeKind.EMERGENCY)
    event = AuditEvent.objects.get(verb="emergency.open")
    assert event.user_id == world.national.user_id and event.target_id == world.case_id
    assert WHY not in str(event.facts) + event.reason
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason::text FROM cases_breakglass WHERE id = %s", [glass.pk])
        assert "hotas" not in cursor.fetchone()[0]


def test_every_look_is_flagged(world: World, rf: RequestFactory) -> None:
    world.accept()
    glass = opened(world)
    request: Any = rf.get("/")
    request.assignment = world.national
    get_case_or_404(request, world.case_id, Level.FULL)
    event = AuditEvent.objects.filter(verb="case.read", user_id=world.national.user_id).latest("at")
    assert event.facts["break_glass"] == str(glass.pk)
    person = casework.open_identity(case=world.case, reason="Hot", by=world.national)
    assert person.pk == world.case.person_id
    seen = {event.verb for event in emergency.looks(glass)}
    assert {"emergency.open", "case.read", "identity.open"} <= seen


def test_a_protected_identity_stays_closed(world: World) -> None:
    world.accept()
    Person.objects.filter(cases=world.case_id).update(protection="secrecy_marking")
    Case.objects.filter(pk=world.case_id).update(is_protected=True)
    opened(world)
    with pytest.raises(PermissionDenied):
        casework.open_identity(case=world.case, reason="Hot", by=world.national)
    with pytest.raises(PermissionDenied):
        contact.open_number(case=world.case, has_read=True, by=world.national)


def test_the_right_taken_away_ends_it_at_once(world: World) -> None:
    world.accept()
    opened(world)
    Membership.objects.filter(pk=world.national.membership_id).update(role=Role.CASEWORKER)
    sync_permissions(membership_of(world.national))
    again = assignment_for(membership_of(world.national))
    assert not again.has("break_glass") and sight_of(again, world.case) is None


def test_once_at_a_time_and_again_after_the_hour(world: World, freeze: Any) -> None:
    world.accept()
    first = opened(world)
    with pytest.raises(ValidationError):
        opened(world)
    with pytest.raises(ValidationError):  # whoever sees it all needs no emergency
        emergency.open_case(reference=world.case.reference, reason=WHY, by=rights_of_emergency(world.karin))
    freeze("2026-11-23 10:30")
    second = opened(world)
    assert BreakGlass.objects.get(pk=first.pk).closed_at == first.until and second.pk != first.pk
    assert sight_of(world.national, world.case) is not None and grants.is_true(world.case)


def rights_of_emergency(by: Assignment) -> Assignment:
    return replace(by, rights=by.rights | {"break_glass"})


def test_trying_numbers_is_stopped(world: World, tried: Any) -> None:
    for number in range(emergency.WRONG_AN_HOUR):
        letter = references.check_letter(f"26{number:05}")
        with pytest.raises(ValidationError) as error:
            emergency.open_case(reference=f"H26-{number:05}-{letter}", reason=WHY, by=world.national)
    with pytest.raises(ValidationError) as error:
        opened(world)
    assert "many" in str(error.value) or "många" in str(error.value)
    assert not BreakGlass.objects.exists()


# --- the review ----------------------------------------------------------------------------------


def test_the_officer_reviews_it_once_when_it_is_over(world: World, officer: Assignment, freeze: Any) -> None:
    world.accept()
    glass = opened(world)
    assert emergency.waiting(officer) == 1
    with pytest.raises(TransitionNotAllowed):
        emergency.review(glass_id=glass.pk, verdict=Verdict.JUSTIFIED, text="", by=officer)
    freeze("2026-11-23 11:00")
    for by in (world.national, world.karin, member(Role.AUDITOR)):
        with pytest.raises(PermissionDenied):
            emergency.review(glass_id=glass.pk, verdict=Verdict.JUSTIFIED, text="", by=by)
        with pytest.raises(PermissionDenied):
            emergency.get_or_404(glass.pk, by)
    with pytest.raises(ValidationError) as error:
        emergency.review(glass_id=glass.pk, verdict=Verdict.NOT_JUSTIFIED, text=" ", by=officer)
    assert "text" in error.value.message_dict
    row = emergency.review(
        glass_id=glass.pk, verdict=Verdict.NOT_JUSTIFIED, text="Ringde aldrig.", by=officer
    )
    assert row.verdict == Verdict.NOT_JUSTIFIED and emergency.waiting(officer) == 0
    assert told(world.national, NoticeKind.EMERGENCY_REVIEWED) == 1
    with pytest.raises(TransitionNotAllowed):
        emergency.review(glass_id=glass.pk, verdict=Verdict.JUSTIFIED, text="", by=officer)


def test_nobody_reviews_her_own(world: World, freeze: Any) -> None:
    world.accept()
    glass = opened(world)
    freeze("2026-11-23 11:00")
    both = replace(world.national, rights=world.national.rights | {"protect_data"})
    assert emergency.waiting(both) == 0
    with pytest.raises(PermissionDenied):
        emergency.review(glass_id=glass.pk, verdict=Verdict.JUSTIFIED, text="", by=both)


# --- pages ---------------------------------------------------------------------------------------


def test_the_pages(world: World, officer: Assignment, client: Client, freeze: Any) -> None:
    world.accept()
    case = world.case
    sign_in(client, world.national)
    assert client.get(f"/arenden/{case.pk}/").status_code == 404
    assert client.get("/nodatkomst/").status_code == 200
    page = client.post("/nodatkomst/", {"reference": case.reference, "reason": " . "})
    assert page.status_code == 422 and case.reference in page.text, "what was typed is kept"
    page = client.post("/nodatkomst/", {"reference": case.reference.lower(), "reason": WHY}, follow=True)
    assert page.status_code == 200 and f"/arenden/{case.pk}/nodatkomst/stang/" in page.text
    assert page.text.count(looks.time_text(clock.now() + timedelta(hours=1))) >= 2, (
        "the banner and the flag say until when"
    )
    listed = client.get("/arenden/").text
    assert str(case.pk) in listed and looks.time_text(clock.now() + timedelta(hours=1)) in listed, (
        "the row is flagged"
    )
    for tab in ("checklista", "personen", "handlingar", "meddelanden", "aktorer", "historik", "datum"):
        assert client.get(f"/arenden/{case.pk}/{tab}/").status_code == 200, tab
    assert client.get(f"/arenden/{case.pk}/papper/").status_code == 403
    assert client.get(f"/arenden/{case.pk}/delning/utlamnat/").status_code == 404
    assert client.post(f"/arenden/{case.pk}/nodatkomst/stang/").status_code == 302
    assert client.get(f"/arenden/{case.pk}/").status_code == 404

    glass = BreakGlass.objects.get()
    sign_in(client, officer)
    assert str(glass.pk) in client.get("/dataskydd/nodatkomst/").text
    notice = Notice.objects.get(user=officer.user_id)
    assert client.get(f"/aviseringar/{notice.pk}/").url == "/dataskydd/nodatkomst/"  # type: ignore[attr-defined]
    page = client.get(f"/dataskydd/nodatkomst/{glass.pk}/")
    assert WHY in page.text and "Nina Nationell" in page.text
    assert client.get(f"/arenden/{case.pk}/").status_code == 404, "she reviews without reading the case"
    assert client.post(f"/dataskydd/nodatkomst/{glass.pk}/", {"verdict": "unclear"}).status_code == 422
    done = client.post(f"/dataskydd/nodatkomst/{glass.pk}/", {"verdict": "justified", "text": ""})
    assert done.status_code == 302 and BreakGlass.objects.get().verdict == "justified"
    sign_in(client, world.karin)
    for url in ("/nodatkomst/", "/dataskydd/nodatkomst/", f"/dataskydd/nodatkomst/{glass.pk}/"):
        assert client.get(url).status_code == 403
    assert client.post(f"/arenden/{case.pk}/nodatkomst/stang/").status_code == 403


def test_it_is_asked_who_she_is(world: World, client: Client, freeze: Any) -> None:
    sign_in(client, world.national)
    freeze("2026-11-23 09:15")
    assert client.get("/nodatkomst/").status_code == 302
    page = client.post("/nodatkomst/", {"reference": world.case.reference, "reason": WHY})
    assert page.status_code == 200 and not BreakGlass.objects.exists()
