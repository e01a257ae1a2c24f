"""The database itself refuses what a call cannot become, and as role `nrm_app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.services import load_reference
from core import clock, vault
from hotline.models import Call, DraftOffer, Tally
from tests.cases.services.conftest import World
from tests.factories import member
from tests.hotline.ringing import answered, operator

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def offer(call: Call, **changes: Any) -> DraftOffer:
    """A sound one that nobody has fetched."""
    now: datetime = clock.now()
    given = {
        "call": call, "code": vault.blind_index("draft_code", str(uuid.uuid4())), "made_by": call.operator,
        "made_at": now, "until": now + DAY,
    }  # fmt: skip
    return DraftOffer.objects.create(**given | changes)


def bad(**changes: Any) -> Callable[[Call], Any]:
    return lambda call: offer(call, **{name: made(call) for name, made in changes.items()})


BREAKS: dict[str, list[Callable[[Call], Any]]] = {
    "offer_taken_by_whom": [
        bad(taken_at=lambda call: clock.now()),
        bad(taken_by=lambda call: call.operator),
    ],
    "offer_ends_after_it_was_made": [bad(until=lambda call: clock.now() - DAY)],
    "offer_taken_in_time": [
        bad(taken_by=lambda call: call.operator, taken_at=lambda call: clock.now() + 2 * DAY),
        bad(taken_by=lambda call: call.operator, taken_at=lambda call: clock.now() - DAY),
    ],
    "call_reference_shape": [
        lambda call: Call.objects.filter(pk=call.pk).update(reference="S26-00417-U"),
        lambda call: Call.objects.filter(pk=call.pk).update(reference="H26-417"),
    ],
}


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


def test_the_database_refuses_what_cannot_be(desk: Assignment) -> None:
    call = answered(desk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("nrm_app",)
    for name, acts in BREAKS.items():
        for act in acts:
            with pytest.raises(IntegrityError) as error, transaction.atomic():
                act(call)
            assert f'"{name}"' in str(error.value)
    named = {one.name for one in DraftOffer._meta.constraints} | {"call_reference_shape"}
    assert named == set(BREAKS), "each is broken once"


def test_one_offer_a_call_and_one_call_a_draft(desk: Assignment) -> None:
    call, other = answered(desk), answered(desk)
    made = offer(call)
    for twice in (lambda: offer(call), lambda: offer(other, code=made.code)):
        with pytest.raises(IntegrityError), transaction.atomic():
            twice()
    draft = uuid.uuid4()
    Call.objects.filter(pk=call.pk).update(draft_id=draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=other.pk).update(draft_id=draft)


def test_a_referral_stands_in_a_case(portal: None) -> None:
    world = World()
    call = answered(member(Role.HOTLINE_OPERATOR))
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Call.objects.filter(pk=call.pk).update(referral=world.referral.pk)
    assert '"call_referral_has_case"' in str(error.value)


def test_folded_figures_stand_once(db: None) -> None:
    row = {"month": clock.today().replace(day=1), "unit": "call", "codes": {"hour": "09"}, "is_folded": True}
    Tally.objects.create(**row, amount=1)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Tally.objects.create(**row, amount=2)
    assert '"hotline_tally_folded_once"' in str(error.value)
