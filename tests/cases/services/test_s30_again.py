"""S30: referred again years later: a new case, linked to the earlier one, and one person in the figures."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Sum

from cases.access import Sight, sight_of
from cases.enums import LinkKind, Outcome
from cases.models import Case, CaseLink, Tally
from cases.services import casework, links, matching, merging, tallies
from cases.services.tallies import recount
from core.tallies import counted
from tests.cases.services.conftest import World, sent
from tests.cases.services.pairs import NADIA, NADJA, case_of, look, merge, taken, two, worker

pytestmark = pytest.mark.django_db


def figures(unit: str = tallies.PERSONS) -> dict[int, int]:
    """By year, as the tallies have them."""
    rows = Tally.objects.filter(unit=unit).values("month__year").annotate(n=Sum("amount"))
    return {row["month__year"]: row["n"] for row in rows if row["n"]}


def closed(world: World, freeze: Any, year: int = 2024, **changes: Any) -> Case:
    """A case of Nadia's that ended with her return."""
    freeze(f"{year}-03-04 09:00")
    case = taken(world, sent(worker(), **(NADIA | {"consent_date": f"{year}-03-01"} | changes)))[0]
    freeze(f"{year}-08-20 09:00")
    return casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=world.karin)


def referred_again(world: World, freeze: Any) -> tuple[Sight, matching.Hint]:
    """Years later: the new case as the desk sees it, and its hint at the earlier one."""
    freeze("2027-02-01 09:00")
    again = sent(worker(), **NADJA)
    look()
    sight = sight_of(world.karin, case_of(again))
    assert sight is not None
    return sight, matching.hints_for(sight)[0]


def test_the_desk_that_still_sees_it_opens_the_earlier_case(world: World, freeze: Any) -> None:
    earlier = closed(world, freeze)
    sight, hint = referred_again(world, freeze)
    assert hint.case.pk == earlier.pk and hint.is_own
    links.link_earlier(case_id=sight.case.pk, key=hint.key, exploited_again=True, by=world.karin)
    found = links.beside(sight)
    assert [(row.other.pk, row.is_earlier, row.is_open_to_viewer, row.year) for row in found] == [
        (earlier.pk, True, True, "2024")
    ]
    assert matching.hints_for(sight) == [], "what has been dealt with is no hint"


def test_another_desk_learns_region_and_year_only(world: World, freeze: Any) -> None:
    earlier = closed(world, freeze)
    freeze("2027-02-01 09:00")
    again = sent(worker(), **(NADJA | {"municipality_of_presence": "1280"}))
    sight = sight_of(world.syd, case_of(again))
    assert sight is not None
    hint = matching.hints_for(sight)[0]
    links.link_earlier(case_id=again.case_id, key=hint.key, exploited_again=False, by=world.syd)
    row = links.beside(sight)[0]
    assert (row.is_open_to_viewer, row.year, row.other.desk.key) == (False, "2024", "mitt")
    assert sight_of(world.syd, earlier) is None, "a link gives nobody sight"
    assert sight_of(world.karin, case_of(again)) is None


def test_a_number_that_leads_nowhere_and_one_of_others_answer_alike(world: World, freeze: Any) -> None:
    elsewhere = sent(worker(), **(NADJA | {"municipality_of_presence": "1280"}))
    mine = taken(world, sent(worker(), **NADIA))[0]
    words = []
    for reference in (elsewhere.reference, "H26-99999-A", mine.reference):
        with pytest.raises(ValidationError) as refused:
            links.link_earlier(case_id=mine.pk, reference=reference, exploited_again=False, by=world.karin)
        words.append(refused.value.message_dict)
    assert words[0] == words[1] == words[2] and set(words[0]) == {"reference"}


def test_an_earlier_case_that_is_disposed_of_meanwhile(
    world: World, freeze: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = closed(world, freeze)
    sight, hint = referred_again(world, freeze)
    lock_all = matching.lock_all
    monkeypatch.setattr(matching, "lock_all", lambda ids: lock_all(pk for pk in ids if pk != earlier.pk))
    with pytest.raises(ValidationError, match="finns inte längre"):
        links.link_earlier(case_id=sight.case.pk, key=hint.key, exploited_again=False, by=world.karin)
    assert not CaseLink.objects.exists()


def test_one_person_two_referrals_in_a_year(world: World, freeze: Any) -> None:
    before = figures().get(2026, 0)
    first, second = two(world)
    assert figures()[2026] == before + 2
    cases = Tally.objects.filter(unit=tallies.REFERRALS).aggregate(n=Sum("amount"))["n"]
    casework.close(case_id=taken(world, first)[0].pk, outcome=Outcome.RETURNED, by=world.karin)
    link = links.link_earlier(
        case_id=second.case_id, reference=first.reference, exploited_again=True, by=world.karin
    )
    assert figures()[2026] == before + 1
    assert figures(tallies.AGAIN) == {2026: 1}
    assert Tally.objects.filter(unit=tallies.REFERRALS).aggregate(n=Sum("amount"))["n"] == cases
    links.unlink(link_id=link.pk, case_id=second.case_id, by=world.karin)
    assert figures()[2026] == before + 2 and figures(tallies.AGAIN) == {}


def test_each_year_counts_her_once(world: World, freeze: Any) -> None:
    earlier = closed(world, freeze)
    freeze("2027-02-01 09:00")
    again = sent(worker(), **NADJA)
    links.link_earlier(
        case_id=again.case_id, reference=earlier.reference, exploited_again=True, by=world.karin
    )
    assert (figures()[2024], figures()[2027]) == (1, 1)
    assert figures(tallies.AGAIN) == {2027: 1}


def test_the_merge_counts_her_once_and_its_undoing_twice(world: World) -> None:
    before = figures()[2026]
    one, other = taken(world, *two(world))
    row = merge(world, one, other)
    assert figures()[2026] == before + 1
    merging.undo(merge_id=row.pk, by=world.karin)
    assert figures()[2026] == before + 2


def test_counting_anew_gives_what_is_counted_on_the_way(world: World, freeze: Any) -> None:
    earlier = closed(world, freeze)
    freeze("2026-11-23 09:00")
    one, other = taken(world, *two(world))
    merge(world, one, other)
    links.link_earlier(case_id=one.pk, reference=earlier.reference, exploited_again=True, by=world.karin)
    true = counted(Tally)
    assert recount.rebuild() == (0, 0)
    Tally.objects.filter(unit=tallies.PERSONS).delete()
    assert recount.rebuild()[1] and counted(Tally) == true


def test_linking_twice_is_refused_and_thinking_again_is_not(world: World) -> None:
    first, second = two(world)
    sight = sight_of(world.karin, case_of(second))
    assert sight is not None
    matching.not_same(case_id=second.case_id, key=matching.hints_for(sight)[0].key, by=world.karin)
    links.link_earlier(
        case_id=second.case_id, reference=first.reference, exploited_again=False, by=world.karin
    )
    assert CaseLink.objects.get().kind == LinkKind.EARLIER
    with pytest.raises(ValidationError):
        links.link_earlier(
            case_id=first.case_id, reference=second.reference, exploited_again=False, by=world.karin
        )


def test_only_the_desk_links_and_unlinks(world: World) -> None:
    first, second = two(world)
    for by in (world.syd, world.national, world.referrer, worker()):
        with pytest.raises(PermissionDenied):
            links.link_earlier(
                case_id=second.case_id, reference=first.reference, exploited_again=False, by=by
            )
    link = links.link_earlier(
        case_id=second.case_id, reference=first.reference, exploited_again=False, by=world.karin
    )
    with pytest.raises(PermissionDenied):
        links.unlink(link_id=link.pk, case_id=second.case_id, by=world.syd)
    assert CaseLink.objects.count() == 1
