"""S05: two agencies refer the same woman; only the coordinator is told that she may be known."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import LinkKind, NoticeKind, Outcome, Protection
from cases.models import Case, CaseLink, Identifier, Notice, Recusal, Referral
from cases.services import casework, matching, names
from core import clock
from core.models import AuditEvent
from tests.cases.services.conftest import World, sent
from tests.cases.services.pairs import NADIA, NADJA, case_of, look, merge, taken, two, worker

pytestmark = pytest.mark.django_db
SYD = {"municipality_of_presence": "1280"}


def hints(case: Case, by: Assignment) -> list[matching.Hint]:
    sight = sight_of(by, case)
    assert sight is not None
    return matching.hints_for(sight)


def found(case: Case, by: Assignment) -> dict[str, set[str]]:
    return {hint.case.reference: set(hint.reasons) for hint in hints(case, by)}


def told(by: Assignment, case: Case | None = None) -> set[Any]:
    rows = Notice.objects.filter(user_id=by.user_id, kind=NoticeKind.MATCH)
    return set(rows.values_list("case", flat=True))


def test_the_coordinator_is_told_why_and_nobody_else_anything(world: World) -> None:
    first, second = two(world)
    look()
    one, other = case_of(first), case_of(second)
    assert found(other, world.karin) == {one.reference: {"phone", "name", "birth", "citizenship"}}
    assert found(one, world.karin) == {other.reference: {"phone", "name", "birth", "citizenship"}}
    assert one.has_match and other.has_match
    assert {one.pk, other.pk} <= told(world.karin)
    everybody = set(Notice.objects.filter(kind=NoticeKind.MATCH).values_list("user_id", flat=True))
    assert everybody == {world.karin.user_id, world.per.user_id}


def test_looking_twice_tells_once(world: World) -> None:
    first, second = two(world)
    look()
    before = Notice.objects.count()
    Case.objects.filter(pk__in=[first.case_id, second.case_id]).update(matched_at=None)
    look()
    assert Notice.objects.count() == before


def test_nothing_is_compared_while_a_referral_is_sent(world: World) -> None:
    """The second referrer must not learn it from the time that sending takes: as many questions, no more."""
    sent(worker(), **NADIA)
    by = worker(AgencyKind.MIKA)
    counts = []
    for changes in (NADJA, NADJA | {"name": "Ivo", "contact_phone": "+46701234567", "birth": "1960"}):
        with CaptureQueriesContext(connection) as asked:
            sent(by, **changes)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert not Case.objects.filter(has_match=True).exists() and not told(world.karin)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contact_phone": "+37360123456"}, "phone"),
        (
            {"contact_email": "nadia@example.org", "safe_contact_method": "email", "contact_phone": None},
            "email",
        ),
        ({"passport_number": "AB1234567", "contact_phone": "+46701111111"}, "passport"),
        ({"lma_number": "50123456", "contact_phone": "+46701111111"}, "lma"),
        ({"personal_number": "19930101-0006", "contact_phone": "+46701111111"}, "personal_number"),
        ({"personal_number": "19930161-0003", "contact_phone": "+46701111111"}, "coordination_number"),
    ],
)
def test_exact_identifiers_are_compared_across_the_country(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    first = sent(worker(), **(NADIA | changes))
    other = {"contact_phone": "+46702222222"} if changes.get("contact_phone") == "+46701111111" else {}
    second = sent(worker(), **(NADIA | changes | other | SYD | {"name": "Någon Annan", "birth": None}))
    assert Identifier.objects.filter(kind=reason).count() == 2
    found_here = hints(case_of(second), world.syd)
    assert [(hint.case.pk, hint.is_own, set(hint.reasons)) for hint in found_here] == [
        (first.case_id, False, {reason})
    ]
    look()
    assert told(world.karin) == {first.case_id} and told(world.syd) == {second.case_id}


def test_names_are_compared_within_the_desk_only(world: World) -> None:
    changes = {"contact_phone": None, "safe_contact_method": None}
    sent(worker(), **(NADIA | changes))
    near = sent(worker(), **(NADJA | changes))
    far = sent(worker(), **(NADJA | changes | SYD))
    assert len(found(case_of(near), world.karin)) == 1
    assert found(case_of(far), world.syd) == {}


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [
        ("Nadia K.", "Nadja C.", True),
        ("Надя Кравец", "Nadja Kravets", True),
        ("محمد", "Mohammed", True),
        ("Χρήστος", "Christos", True),
        ("Yusuf", "Jussuf", True),
        ("Ioana Popescu", "Popesku Joana", True),
        ("Nadia", "Maria", False),
        ("Anna", "Anders", False),
        ("K.", "K.", False),
        ("", "Nadia", False),
    ],
)
def test_names_that_sound_alike(ours: str, theirs: str, alike: bool) -> None:
    assert names.alike([ours], [theirs]) is alike
    assert names.alike([theirs], [ours]) is alike


def test_years_that_do_not_meet_are_no_match(world: World) -> None:
    changes = {"contact_phone": None, "safe_contact_method": None}
    sent(worker(), **(NADIA | changes))
    older = sent(worker(), **(NADJA | changes | {"birth": "1970/1980"}))
    assert found(case_of(older), world.karin) == {}


def test_an_alias_counts_as_a_name(world: World) -> None:
    changes = {"contact_phone": None, "safe_contact_method": None}
    first = sent(worker(), **(NADIA | changes | {"name": "Svetlana", "alias_used": "Nadja"}))
    second = sent(worker(), **(NADIA | changes))
    assert set(found(case_of(second), world.karin)) == {first.reference}


def test_a_protected_person_is_matched_by_identifiers_only(world: World) -> None:
    first = sent(worker(), **(NADIA | {"protected_identity": Protection.SECRECY_MARKING.value}))
    second = sent(worker(), **(NADJA | {"contact_phone": "+46701111111"}))
    assert found(case_of(second), world.karin) == {}
    third = sent(worker(), **NADJA)
    assert found(case_of(third), world.karin)[first.reference] == {"phone"}


def test_not_the_same_person_hides_it_for_ever_for_both(world: World) -> None:
    first, second = two(world)
    look()
    one, other = case_of(first), case_of(second)
    hint = hints(other, world.karin)[0]
    matching.not_same(case_id=other.pk, key=hint.key, by=world.karin)
    assert CaseLink.objects.get().kind == LinkKind.NOT_SAME
    Case.objects.update(matched_at=None)
    look()
    assert found(case_of(first), world.karin) == found(case_of(second), world.karin) == {}
    assert not Case.objects.filter(pk__in=[one.pk, other.pk], has_match=True).exists()
    with pytest.raises(ValidationError):
        matching.not_same(case_id=other.pk, key=hint.key, by=world.karin)


def test_asking_the_other_desk_tells_it_of_its_own_case(world: World) -> None:
    first, second = sent(worker(), **NADIA), sent(worker(), **(NADJA | SYD))
    hint = hints(case_of(second), world.syd)[0]
    assert not hint.is_own and str(hint.case.pk) not in hint.key
    matching.ask(case_id=second.case_id, key=hint.key, by=world.syd)
    matching.ask(case_id=second.case_id, key=hint.key, by=world.syd)
    rows = Notice.objects.filter(kind=NoticeKind.MATCH_ASKED)
    assert {(row.user_id, row.case_id) for row in rows} == {
        (world.karin.user_id, first.case_id), (world.per.user_id, first.case_id),
    }  # fmt: skip
    assert AuditEvent.objects.filter(verb="match.ask", target_id=second.case_id).count() == 2


@pytest.mark.parametrize("act", [matching.ask, matching.not_same])
def test_nobody_else_deals_with_a_match(world: World, act: Any) -> None:
    first, second = two(world)
    key = hints(case_of(second), world.karin)[0].key
    police = world.about(first)
    police.accept()
    for by in (world.syd, world.national, world.referrer, police.join(AgencyKind.POLICE), worker()):
        with pytest.raises(PermissionDenied):
            act(case_id=second.case_id, key=key, by=by)
    assert not CaseLink.objects.exists() and not Notice.objects.filter(kind=NoticeKind.MATCH_ASKED).exists()


def test_agencies_in_the_case_get_no_hint(world: World) -> None:
    first, _second = two(world)
    about = world.about(first)
    about.accept()
    inside = about.join(AgencyKind.POLICE)
    sight = sight_of(inside, case_of(first))
    assert sight is not None and matching.hints_for(sight) == []


def test_whoever_is_recused_from_the_other_case_learns_nothing(world: World) -> None:
    first, second = two(world)
    one = case_of(first)
    Recusal.objects.create(case=one, user=world.per.user, data_key_id=one.data_key_id, reason="Granne",
                           made_at=clock.now())  # fmt: skip
    assert found(case_of(second), world.per) == {}
    assert found(case_of(second), world.karin)


def test_a_practice_case_matches_no_real_one(world: World) -> None:
    sent(worker(), **NADIA)
    practised = sent(worker(), **NADJA, practice=True)
    assert found(case_of(practised), world.karin) == {}


def test_a_closed_case_is_a_match_and_a_merged_one_leads_to_its_survivor(world: World) -> None:
    first, second = two(world)
    one, other = taken(world, first, second)
    merge(world, one, other)
    casework.close(case_id=one.pk, outcome=Outcome.RETURNED, by=world.karin)
    third = sent(worker(), **NADJA)
    assert set(found(case_of(third), world.karin)) == {one.reference}


def test_as_many_questions_for_one_match_as_for_thirty(world: World) -> None:
    first, second = two(world)
    case = case_of(second)
    hints(case, world.karin)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            hints(case, world.karin)
        return len(queries)

    few = asked()
    by = worker()
    for number in range(29):
        sent(by, **(NADIA | {"name": f"Nadia {chr(97 + number) * 4}"}))
    assert len(hints(case, world.karin)) == 30
    assert asked() == few
    assert Referral.objects.filter(pk=first.pk).exists()


def test_each_referrer_keeps_her_number_and_her_status(world: World) -> None:
    first, second = two(world)
    one, other = taken(world, first, second)
    merge(world, one, other)
    for referral in (first, second):
        referral.refresh_from_db()
    assert first.reference != second.reference and first.case_id == second.case_id == one.pk
    assert {first.referrer_id, second.referrer_id} == {
        Referral.objects.get(reference=row.reference).referrer_id for row in (first, second)
    }
