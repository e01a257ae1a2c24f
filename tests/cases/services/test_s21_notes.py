"""S21: what was seen, what was said and what is thought stand apart, and stay in the house unless sent on."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import Sight, sight_of
from cases.enums import NoteKind
from cases.forms.notes import NoteForm
from cases.models import Message, Note
from cases.services import messages
from cases.services.messages import Written
from core.models import AuditEvent
from tests.cases.services.conftest import World, refusals

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def sight(by: Assignment, world: World) -> Sight:
    found = sight_of(by, world.case)
    assert found is not None
    return found


def test_each_kind_is_a_note_of_its_own_and_stays_in_the_house(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    written = [
        Written("Hen bar handskar inomhus", NoteKind.OBSERVED),
        Written("Jag minns inte vilken vecka", NoteKind.SAID),
        Written("Berättelsen håller ihop", NoteKind.VIEW, "Tre samtal, samma ordning"),
    ]
    messages.add_notes(case_id=taken.case_id, written=written, by=police)
    found = list(messages.notes_for(sight(police, taken)))
    assert {note.kind for note in found} == {"observed", "said", "view"}
    view = next(note for note in found if note.kind == NoteKind.VIEW)
    assert str(view.reason) == "Tre samtal, samma ordning"
    for other in (social, taken.karin):
        assert not messages.notes_for(sight(other, taken)).exists()
    assert not Message.objects.exists()


def test_a_view_needs_its_reason(taken: World) -> None:
    for reason in ("", "  "):
        with pytest.raises(ValidationError):
            messages.add_notes(
                case_id=taken.case_id,
                written=[Written("Fakta", NoteKind.OBSERVED), Written("Tror inte", NoteKind.VIEW, reason)],
                by=taken.karin,
            )
    assert not Note.objects.exists(), "nothing of it is kept by half"


def test_a_note_is_sent_on_by_choice_and_says_what_it_is(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    said = messages.add_note(case_id=taken.case_id, text="Han tog mitt pass", kind=NoteKind.SAID, by=police)
    message = messages.share_note(
        case_id=taken.case_id,
        note_id=said.pk,
        to=[f"agency:{social.agency_id}"],
        shares_view=False,
        by=police,
    )
    assert str(message.text).startswith(str(NoteKind.SAID.label)) and "Han tog mitt pass" in str(message.text)
    assert [str(m.text) for m in messages.messages_for(sight(social, taken))] == [str(message.text)]
    assert AuditEvent.objects.get(verb="note.share").target_id == said.pk


def test_a_view_leaves_the_house_only_with_its_tick_and_its_reason(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    view = messages.add_note(
        case_id=taken.case_id, text="Trovärdig", kind=NoteKind.VIEW, reason="Tre samtal", by=police
    )
    desk = [f"desk:{taken.case.desk_id}"]
    with pytest.raises(ValidationError) as refused:
        messages.share_note(case_id=taken.case_id, note_id=view.pk, to=desk, shares_view=False, by=police)
    assert "shares_view" in refused.value.message_dict and not Message.objects.exists()
    sent = messages.share_note(case_id=taken.case_id, note_id=view.pk, to=desk, shares_view=True, by=police)
    assert "Tre samtal" in str(sent.text)


def test_nobody_sends_on_what_another_house_has_written(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    note = messages.add_note(case_id=taken.case_id, text="Vårt", by=police)
    for by in (social, taken.karin):
        with pytest.raises(Http404):
            messages.share_note(
                case_id=taken.case_id, note_id=note.pk, to=[f"agency:{police.agency_id}"],
                shares_view=True, by=by,
            )  # fmt: skip
    with pytest.raises(PermissionDenied):
        messages.share_note(case_id=taken.case_id, note_id=note.pk, to=[], shares_view=True, by=taken.syd)
    with pytest.raises(Http404):
        messages.share_note(case_id=taken.case_id, note_id=uuid.uuid4(), to=[], shares_view=True, by=police)
    assert refusals("note.share") == 3 and not Message.objects.exists()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "text"),
        ({"view": "Tror henne"}, "reason"),
        ({"reason": "Tre samtal"}, "view"),
        ({"view": "Tror henne", "reason": "Tre samtal"}, ""),
        ({"observed": "Såg blåmärken", "said": "Jag ramlade"}, ""),
    ],
)
def test_the_form_says_what_is_missing(given: dict[str, str], wrong: str) -> None:
    form = NoteForm(given)
    assert list(form.errors) == ([wrong] if wrong else [])
    if not wrong:
        assert [one.text for one in form.written()] == [v for k, v in given.items() if k != "reason"]
