"""S15: two cases later known to be one woman become one, by hand, and can be parted again without loss."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import assignment_for
from accounts.enums import AgencyKind
from accounts.models import Membership
from cases.access import sight_of
from cases.enums import Status
from cases.models import Case, Disclosure, Merge, Referral
from cases.services import (
    casework,
    grants,
    merge_choices,
    merge_rows,
    merging,
    messages,
    participation,
    triage,
)
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey
from hotline.models import Call
from tests.case_factories import browser, text_of
from tests.cases.services.conftest import World, sent
from tests.cases.services.pairs import NADIA, NADJA, all_of, case_of, merge, taken, two

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(world: World) -> tuple[World, Case, Case]:
    first, second = two(world, NADIA, NADJA | {"citizenship": ["RO"], "place_now": "municipality"})
    one, other = taken(world, first, second)
    return world, one, other


def fresh(case: Case) -> Case:
    return Case.objects.select_related("desk", "person", "edition").get(pk=case.pk)


def test_every_relation_to_a_case_has_a_rule() -> None:
    """A new table that points to a case must say whether its rows follow a merge."""
    known = {(model, name) for model, name in (*merge_rows.MOVED, *merge_rows.STAYS)}
    known.add((Call, "case"))  # stays: a case shows the calls of those it has absorbed
    assert set(merge_rows.relations()) == known


def test_every_differing_field_is_chosen_by_hand(pair: Any) -> None:
    world, one, other = pair
    found = {row.key: row for row in merge_choices.differences(one, other)}
    assert {"citizenship", "identity.name", "identity.birth", "identity.citizenships"} <= set(found)
    assert "sex" not in found and "contact.phone" not in found, "what agrees is not asked"
    for key in found:
        choices = all_of("survivor", one, other)
        del choices[key]
        with pytest.raises(ValidationError) as refused:
            merging.merge(survivor_id=one.pk, absorbed_id=other.pk, choices=choices, by=world.karin)
        assert set(refused.value.message_dict) == {key}
    assert not Merge.objects.exists() and fresh(other).status == Status.ACTIVE


def test_both_numbers_lead_to_the_survivor_and_each_referrer_to_her_own(pair: Any) -> None:
    world, one, other = pair
    merge(world, one, other, "absorbed")
    gone = fresh(other)
    assert (gone.status, gone.merged_into_id) == (Status.MERGED, one.pk)
    assert set(Referral.objects.filter(case=one).values_list("reference", flat=True)) == {
        one.reference, other.reference,
    }  # fmt: skip
    assert sight_of(world.karin, gone) is None and sight_of(world.karin, fresh(one)) is not None
    assert fresh(one).citizenship == other.citizenship
    person = fresh(one).person
    assert person is not None and person.identity["name"] == "Nadja C."
    assert grants.is_true(fresh(one)) and grants.is_true(gone)


def test_everything_of_both_is_kept(pair: Any) -> None:
    world, one, other = pair
    messages.add_note(case_id=other.pk, text="Sett henne", by=world.karin)
    world.about(Referral.objects.get(case=other)).join(AgencyKind.POLICE)
    before = {
        model: model._default_manager.filter(**{name: other.pk}).count()
        for model, name in merge_rows.MOVED
        if name == "case"
    }
    kept = {
        model: model._default_manager.filter(**{name: one.pk}).count()
        for model, name in merge_rows.MOVED
        if name == "case"
    }
    row = merge(world, one, other)
    for model, number in before.items():
        assert model._default_manager.filter(case=other).count() == 0, model
        assert model._default_manager.filter(case=one).count() >= number + kept[model], model
    assert str(other.person.data_key_id) in row.moved["core_datakey"]
    assert DataKey.objects.filter(subject_id=one.person_id, pk=other.person.data_key_id).exists()
    assert AuditEvent.objects.filter(target_id=other.pk, verb="case.accept").exists()
    assert [str(note.text) for note in fresh(one).notes.all()] == ["Sett henne"]


def test_a_pending_handover_must_be_ended_first(pair: Any) -> None:
    from cases.enums import HandoverStatus
    from cases.models import Handover, LegalGround
    from coordinators.models import Desk

    world, one, other = pair
    syd = Desk.objects.get(key="syd")
    ground = LegalGround.objects.create(
        case=other, desk=syd, kind="own_report", categories=[], made_at=clock.now()
    )
    handover = Handover.objects.create(
        case=other, from_desk=other.desk, to_desk=syd, ground=ground, reason="moved", data_key=other.data_key,
        moves_on=clock.today(), asked_by=world.karin.user, asked_at=clock.now(), answer_by=clock.now(),
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        merge(world, one, other)
    assert other.reference in " ".join(refused.value.messages)
    Handover.objects.filter(pk=handover.pk).update(
        status=HandoverStatus.WITHDRAWN, answered_at=clock.now(), answered_by=world.karin.user
    )
    assert merge(world, one, other).pk


def test_only_cases_of_the_same_desk(pair: Any, world: World) -> None:
    _world, one, _other = pair
    elsewhere = sent(world.referrer, **(NADJA | {"municipality_of_presence": "1280"}))
    with pytest.raises(ValidationError) as refused:
        merging.merge(survivor_id=one.pk, absorbed_id=elsewhere.case_id, choices={}, by=world.karin)
    assert set(refused.value.message_dict) == {"other"}
    with pytest.raises(PermissionDenied):
        merging.merge(survivor_id=one.pk, absorbed_id=elsewhere.case_id, choices={}, by=world.syd)


def test_the_same_agency_in_both_has_one_part(pair: Any) -> None:
    world, one, other = pair
    police = world.about(Referral.objects.get(case=one)).join(AgencyKind.POLICE)
    made = participation.invite(case_id=other.pk, agency_id=police.agency_id, ground="consent",
                                categories=["health"], purpose="Vård", by=world.karin)  # fmt: skip
    found = {row.key for row in merge_choices.differences(fresh(one), fresh(other))}
    assert f"agency.{police.agency_id}" in found
    row = merge(world, fresh(one), fresh(other), "absorbed")
    sight = sight_of(police, fresh(one))
    assert sight is not None and sight.categories == {"health"}, "chosen: the absorbed case's ground"
    assert made.agency_id == police.agency_id
    merging.undo(merge_id=row.pk, by=world.karin)
    before, after = sight_of(police, fresh(one)), sight_of(police, fresh(other))
    assert before is not None and before.categories == {"situation"}
    assert after is not None and after.categories == frozenset()
    assert grants.is_true(fresh(one)) and grants.is_true(fresh(other))


def test_who_sees_more_must_be_assessed(pair: Any) -> None:
    world, one, other = pair
    world.about(Referral.objects.get(case=other)).join(AgencyKind.POLICE)
    with pytest.raises(ValidationError) as refused:
        merging.merge(
            survivor_id=one.pk, absorbed_id=other.pk, choices=all_of("survivor", one, other), by=world.karin
        )
    assert set(refused.value.message_dict) == {"secrecy"}


def test_the_ledger_says_who_sees_more(pair: Any) -> None:
    world, one, other = pair
    police = world.about(Referral.objects.get(case=other)).join(AgencyKind.POLICE)
    before = set(Disclosure.objects.values_list("pk", flat=True))
    row = merge(world, one, other)
    new = Disclosure.objects.exclude(pk__in=before)
    assert [(d.case_id, d.agency_id, d.kind, d.by_id) for d in new] == [
        (one.pk, police.agency_id, "access", world.karin.user_id)
    ]
    assert new[0].categories == fresh(one).grants.get(agency=police.agency_id).categories
    merging.undo(merge_id=row.pk, by=world.karin)
    assert new.count() == 1, "what was seen has been seen"


def test_undo_within_thirty_days_and_not_after(pair: Any, freeze: Any) -> None:
    world, one, other = pair
    row = merge(world, one, other)
    freeze((clock.now() + timedelta(days=30, minutes=1)).astimezone(clock.STOCKHOLM))
    with pytest.raises(TransitionNotAllowed):
        merging.undo(merge_id=row.pk, by=world.karin)
    freeze(row.undo_until.astimezone(clock.STOCKHOLM))
    merging.undo(merge_id=row.pk, by=world.karin)
    assert fresh(other).status == Status.ACTIVE and fresh(other).merged_into_id is None
    assert Referral.objects.get(reference=other.reference).case_id == other.pk
    with pytest.raises(TransitionNotAllowed):
        merging.undo(merge_id=row.pk, by=world.karin)


def test_what_came_later_stays_with_the_survivor(pair: Any) -> None:
    world, one, other = pair
    row = merge(world, one, other)
    note = messages.add_note(case_id=one.pk, text="Efteråt", by=world.karin)
    merging.undo(merge_id=row.pk, by=world.karin)
    note.refresh_from_db()
    assert note.case_id == one.pk


def test_the_latest_merge_is_undone_first_and_a_merged_survivor_never(pair: Any, freeze: Any) -> None:
    world, one, other = pair
    third = taken(world, sent(world.referrer, **NADIA))[0]
    first = merge(world, one, other)
    freeze("2026-11-24 10:00")
    second = merge(world, fresh(one), third)
    with pytest.raises(TransitionNotAllowed):
        merging.undo(merge_id=first.pk, by=world.karin)
    merging.undo(merge_id=second.pk, by=world.karin)
    again = merge(world, fresh(third), fresh(one))
    assert fresh(other).merged_into_id == third.pk, "an old number leads all the way"
    with pytest.raises((PermissionDenied, TransitionNotAllowed)):
        merging.undo(merge_id=first.pk, by=world.karin)
    merging.undo(merge_id=again.pk, by=world.karin)
    merging.undo(merge_id=first.pk, by=world.karin)
    assert {fresh(case).status for case in (one, other, third)} == {Status.ACTIVE}


def test_an_unanswered_referral_is_accepted_by_the_merge(world: World) -> None:
    first, second = two(world)
    one = taken(world, first)[0]
    row = merge(world, one, case_of(second))
    second.refresh_from_db()
    assert second.case_id == one.pk and fresh(one).status == Status.ACTIVE
    gone = row.absorbed
    assert Case.objects.get(pk=gone.pk).answered_at == clock.now()
    merging.undo(merge_id=row.pk, by=world.karin)
    back = Case.objects.get(pk=gone.pk)
    assert (back.status, back.answered_at) == (Status.RECEIVED, None)
    assert back.steps.get(key=casework.ACKNOWLEDGE).status == "open"


def test_a_case_that_was_accepted_does_not_vanish_into_one_that_was_not(world: World) -> None:
    first, second = two(world)
    one = taken(world, first)[0]
    with pytest.raises(ValidationError) as refused:
        merge(world, case_of(second), one)
    assert one.reference in " ".join(refused.value.messages)


def test_only_the_referrer_who_was_asked_is_waited_for(world: World) -> None:
    """Each referrer has a status of her own: a question to one is none to the other."""
    first, second = two(world)
    merge(world, case_of(first), case_of(second))
    triage.ask(case_id=first.case_id, text="Vilken ort?", by=world.karin)
    pages = {}
    for referral in (first, second):
        row = Membership.objects.select_related("user", "agency").get(user_id=referral.referrer_id)
        client = browser(assignment_for(row))
        pages[referral.pk] = [
            text_of(client.get(url)) for url in (f"/hanvisningar/{referral.pk}/", "/hanvisningar/")
        ]
    assert all("Väntar på dig" in page for page in pages[first.pk])
    assert not any("Väntar på dig" in page or "Vilken ort" in page for page in pages[second.pk])
