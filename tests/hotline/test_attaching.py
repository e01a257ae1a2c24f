"""A call at a case number: the case's people see it, and the desk learns nothing from trying."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import NotTakenReason, Outcome
from cases.models import Case, Referral
from cases.services import casework, triage
from cases.services.disposal import erasing
from cases.services.references import check_letter
from coordinators.services import load_reference
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from hotline.models import Call, CorrectionNote
from hotline.services import attaching, becoming, correcting, matters, offers
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, sent
from tests.factories import AgencyFactory, member, sign_in
from tests.hotline.ringing import answered, operator

pytestmark = pytest.mark.django_db
TOLD: dict[str, Any] = {"about": "ongoing_case", "topics": ["shelter"], "summary": "Frågar om plats i natt."}


@pytest.fixture
def world(portal: None) -> World:
    return World()


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


NOWHERE = f"H26-00000-{check_letter('2600000')}"


def numbers(world: World) -> dict[str, str]:
    """Well-formed numbers: of an open case, a closed, a refused, a protected and a disposed one, of none."""
    closed = sent(world.referrer, name="Stängd")
    triage.accept(case_id=closed.case_id, by=world.karin)
    casework.close(case_id=closed.case_id, outcome=Outcome.ADVICE_GIVEN, by=world.karin)
    refused = sent(world.referrer, name="Nekad")
    triage.not_take(case_id=refused.case_id, reason=NotTakenReason.DUPLICATE, text="Nej.", by=world.karin)
    gone = sent(world.referrer, CHILD)
    erasing.erase(casework.lock(gone.case_id), by=None, reason="schedule")
    return {
        "open": world.referral.reference,
        "closed": closed.reference,
        "refused": refused.reference,
        "protected": sent(world.referrer, protected_identity="secrecy_marking").reference,
        "disposed": gone.reference,
        "nowhere": NOWHERE,
    }


class Seen:
    """What the operator's browser gets when she tries a number: every answer, without what always differs."""

    def __init__(self, desk: Assignment, reference: str) -> None:
        call = answered(desk, **TOLD)
        browser, url = sign_in(Client(), desk), f"/samtal/{call.pk}/"
        with CaptureQueriesContext(connection) as asked:
            post = browser.post(f"{url}arende/", {"reference": reference})
        self.queries = [
            re.sub(r"'[^']*'(::\w+)?|\d+|NULL", "?", one["sql"]) for one in asked.captured_queries
        ]
        pages = [
            browser.get(url),
            browser.get(f"{url}arende/"),
            browser.get(f"{url}hanvisning/"),
            browser.get("/samtal/"),
        ]
        self.status = [post.status_code, *(page.status_code for page in pages)]
        text = " ".join(page.content.decode() for page in pages)
        for known in (reference, call.number, str(call.pk)):
            text = text.replace(known, "")
        self.text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|\b\d\d\.\d\d\b|\d+ sekund\w*', "", text)
        self.detached = browser.post(f"{url}arende/", {"undo": "1"}).status_code
        Call.objects.filter(pk=call.pk).delete()  # the next one stands alone in the list, too


@pytest.mark.security("S03", "a number of a case elsewhere, a closed, a disposed and no case")
def test_no_number_can_be_told_from_another(
    world: World, desk: Assignment, tried: Callable[..., None]
) -> None:
    seen = {name: Seen(desk, reference) for name, reference in numbers(world).items()}
    nowhere = seen.pop("nowhere")
    assert nowhere.status == [302, 200, 200, 200, 200]
    for name, found in seen.items():
        assert found.status == nowhere.status and found.detached == nowhere.detached, name
        assert len(found.text) == len(nowhere.text) and found.text == nowhere.text, name
        assert len(found.queries) == len(nowhere.queries), f"{name} asks the database more or less"
        assert [one[:60] for one in found.queries] == [one[:60] for one in nowhere.queries], name
    tried(len(seen))


def test_a_misheard_number_is_told_from_its_letter_alone(world: World, desk: Assignment) -> None:
    call = answered(desk, **TOLD)
    right = world.referral.reference
    wrong = right[:-1] + ("B" if right[-1] != "B" else "C")
    nowhere = f"H26-99999-{'B' if check_letter('2699999') != 'B' else 'C'}"
    said = []
    for reference in (wrong, nowhere):
        with pytest.raises(ValidationError) as error:
            attaching.attach(call_id=call.pk, reference=reference, by=desk)
        said.append(error.value.message_dict)
    assert said[0] == said[1], "whether the number is taken plays no part"
    with pytest.raises(ValidationError):
        attaching.attach(call_id=call.pk, reference="ärendet", by=desk)
    assert not Call.objects.exclude(reference="").exists()


def test_the_cases_own_people_see_that_a_call_belongs_to_it(world: World, desk: Assignment) -> None:
    call = answered(desk, **TOLD)
    page = f"/arenden/{world.case_id}/"
    assert call.number not in sign_in(Client(), world.karin).get(page).content.decode()
    attaching.attach(call_id=call.pk, reference=world.referral.reference.replace("-", " ").lower(), by=desk)
    shown = sign_in(Client(), world.karin).get(page).content.decode()
    assert call.number in shown and "Frågar om plats" not in shown and f"/samtal/{call.pk}" not in shown
    assert sign_in(Client(), world.syd).get(page).status_code == 404
    attaching.detach(call_id=call.pk, by=desk)
    assert call.number not in sign_in(Client(), world.karin).get(page).content.decode()
    verbs = AuditEvent.objects.filter(target_id=call.pk, verb__in=("call.attach", "call.detach"))
    assert [event.target_ids for event in verbs.order_by("pk")] == [[world.case_id]] * 2


def test_an_agency_with_the_heading_alone_is_not_told(world: World, desk: Assignment) -> None:
    from accounts.enums import AgencyKind

    call = answered(desk, **TOLD)
    attaching.attach(call_id=call.pk, reference=world.referral.reference, by=desk)
    world.accept()
    police = AgencyFactory.create(kind=AgencyKind.POLICE)
    world.invite(police)
    page = sign_in(Client(), member(Role.CASEWORKER, agency=police)).get(f"/arenden/{world.case_id}/")
    assert page.status_code == 200 and call.number not in page.content.decode()


def test_the_whole_matter_stands_at_the_number(desk: Assignment) -> None:
    first = answered(desk, **TOLD)
    second = answered(desk, ended=False, **TOLD)
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    attaching.attach(call_id=second.pk, reference=NOWHERE, by=desk)
    third = answered(desk, ended=False, **TOLD)
    matters.follow(call_id=third.pk, number=first.number, by=desk)
    assert Call.objects.filter(reference=NOWHERE).count() == 3
    attaching.detach(call_id=first.pk, by=desk)
    assert not Call.objects.exclude(case=None, reference="").exists()


def stands_at() -> list[str]:
    return list(Call.objects.order_by("started_at", "pk").values_list("reference", flat=True))


@pytest.mark.parametrize("said_in", [0, 1, 2])
def test_when_two_calls_part_each_keeps_only_the_number_said_in_its_own_half(
    world: World, desk: Assignment, said_in: int
) -> None:
    first, second, third = (answered(desk, **TOLD) for _number in range(3))
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    matters.follow(call_id=third.pk, number=first.number, by=desk)
    number = world.referral.reference
    attaching.attach(call_id=(first, second, third)[said_in].pk, reference=number, by=desk)
    assert stands_at() == [number] * 3
    matters.unfollow(call_id=second.pk, by=desk)
    assert stands_at() == ([number, "", ""] if said_in == 0 else ["", number, number])
    assert list(Call.objects.filter(case=None).values_list("reference", flat=True)) == [""] * (
        2 if said_in == 0 else 1
    )


def test_a_call_keeps_its_own_number_through_following_and_parting(world: World, desk: Assignment) -> None:
    first, second = answered(desk, **TOLD), answered(desk, **TOLD)
    attaching.attach(call_id=second.pk, reference=world.referral.reference, by=desk)
    for before in ("", NOWHERE, world.referral.reference):
        if before:
            attaching.attach(call_id=first.pk, reference=before, by=desk)
        matters.follow(call_id=second.pk, number=first.number, by=desk)
        for _pressed in range(2):
            matters.unfollow(call_id=second.pk, by=desk)
        assert stands_at() == [before, world.referral.reference]
    other, third = answered(desk, **TOLD), answered(desk, **TOLD)
    for call in (second, other):
        matters.follow(call_id=third.pk, number=call.number, by=desk)
    assert stands_at()[3] == "", "followed another call instead: nothing of the first stays"


@pytest.mark.parametrize("sent_from", [0, 1])
def test_when_two_calls_part_the_case_stays_with_the_call_that_was_sent(
    world: World, desk: Assignment, sent_from: int
) -> None:
    first, second = answered(desk, **TOLD), answered(desk, **TOLD)
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    Call.objects.filter(pk=(first, second)[sent_from].pk).update(draft_id=world.referral.draft_id)
    assert becoming.link_sent() == 1 and not Call.objects.filter(case=None).exists()
    matters.unfollow(call_id=second.pk, by=desk)
    assert Call.objects.get(case__isnull=False).pk == (first, second)[sent_from].pk


def test_one_thing_at_a_time(desk: Assignment) -> None:
    call, reference = answered(desk, **TOLD), NOWHERE
    attaching.attach(call_id=call.pk, reference=reference, by=desk)
    for become in (becoming.convert, offers.make):
        with pytest.raises(TransitionNotAllowed):
            become(call_id=call.pk, with_words=False, by=desk)
    attaching.detach(call_id=call.pk, by=desk)
    becoming.convert(call_id=call.pk, with_words=False, by=desk)
    with pytest.raises(TransitionNotAllowed):
        attaching.attach(call_id=call.pk, reference=reference, by=desk)


def test_strangers_and_other_roles_do_nothing(desk: Assignment) -> None:
    call, elsewhere = answered(desk, **TOLD), operator(AgencyFactory.create(kind="coordination"))
    acts: list[Callable[[Assignment], object]] = [
        lambda by: attaching.attach(call_id=call.pk, reference=NOWHERE, by=by),
        lambda by: attaching.detach(call_id=call.pk, by=by),
        lambda by: becoming.convert(call_id=call.pk, with_words=True, by=by),
        lambda by: offers.make(call_id=call.pk, with_words=True, by=by),
        lambda by: offers.withdraw(call_id=call.pk, by=by),
        lambda by: matters.follow(call_id=call.pk, number=call.number, by=by),
        lambda by: matters.unfollow(call_id=call.pk, by=by),
    ]
    for act in acts:
        with pytest.raises(Http404):
            act(elsewhere)
        for role in (Role.CASEWORKER, Role.NATIONAL_COORDINATOR):
            with pytest.raises(PermissionDenied):
                act(member(role))
    assert AuditEvent.objects.filter(target_id=call.pk, outcome="refused").count() == 3 * len(acts)


def test_the_call_of_no_professional_leads_nowhere(desk: Assignment) -> None:
    call = answered(desk, caller="public", about="", profession="")
    for act in (
        lambda: attaching.attach(call_id=call.pk, reference=NOWHERE, by=desk),
        lambda: becoming.convert(call_id=call.pk, with_words=False, by=desk),
        lambda: offers.make(call_id=call.pk, with_words=False, by=desk),
    ):
        with pytest.raises(TransitionNotAllowed):
            act()


def test_calls_of_a_case_go_with_it(world: World, desk: Assignment) -> None:
    first = answered(desk, **TOLD)
    attaching.attach(call_id=first.pk, reference=world.referral.reference, by=desk)
    other = answered(desk, **TOLD)
    erasing.erase(casework.lock(world.case_id), by=None, reason="schedule")
    assert list(Call.objects.values_list("pk", flat=True)) == [other.pk]
    first.data_key.refresh_from_db()
    assert first.data_key.destroyed_at is not None and not CorrectionNote.objects.exists()


def test_a_later_call_of_another_case_stays_when_the_case_of_the_earlier_one_goes(
    world: World, desk: Assignment
) -> None:
    first, second = answered(desk, **TOLD), answered(desk, **TOLD)
    attaching.attach(call_id=first.pk, reference=world.referral.reference, by=desk)
    attaching.attach(call_id=second.pk, reference=sent(world.referrer, name="Vide-9").reference, by=desk)
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    correcting.add_note(call_id=second.pk, words="Fel dag.", by=operator(desk.agency))
    erasing.erase(casework.lock(world.case_id), by=None, reason="schedule")
    left = Call.objects.select_related("data_key").get()
    assert left.pk == second.pk and left.earlier_id is None and str(left.summary) == TOLD["summary"]
    assert str(CorrectionNote.objects.get().words) == "Fel dag."


def test_a_case_shows_the_calls_of_those_it_absorbed(world: World, desk: Assignment) -> None:
    call = answered(desk, **TOLD)
    absorbed = sent(world.referrer, name="Samma")
    attaching.attach(call_id=call.pk, reference=absorbed.reference, by=desk)
    Case.objects.filter(pk=absorbed.case_id).update(status="merged", merged_into=world.case_id)
    Referral.objects.filter(pk=absorbed.pk).update(case=world.case_id)
    assert call.number in sign_in(Client(), world.karin).get(f"/arenden/{world.case_id}/").content.decode()


def test_an_old_call_is_not_the_desks_to_read_any_more_wherever_it_stands(
    world: World, desk: Assignment, settings: Any
) -> None:
    """What a case keeps must not be told from what is deleted."""
    kept, gone = answered(desk, **TOLD), answered(desk, **TOLD)
    attaching.attach(call_id=kept.pk, reference=world.referral.reference, by=desk)
    from hotline.services import keeping

    with clock.frozen(clock.now() + timedelta(days=settings.CALL_DAYS, minutes=1)):
        keeping.delete_old()
        browser = sign_in(Client(), desk)
        assert {browser.get(f"/samtal/{call.pk}/").status_code for call in (kept, gone)} == {404}
    assert Call.objects.filter(pk=kept.pk).exists() and not Call.objects.filter(pk=gone.pk).exists()
