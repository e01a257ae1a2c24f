"""The alarm that a person is missing, and those who came along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import Category, LinkKind, NoticeKind, Relation, StepStatus
from cases.models import CaseLink, Draft, Notice
from cases.services import dependants, missing, referrals
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Condition, Milestone
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, duty, mails_to, sent

pytestmark = pytest.mark.django_db
SATURDAY = "2026-11-28 23:10"


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def notices(world: World, kind: NoticeKind) -> set[Any]:
    return set(Notice.objects.filter(kind=kind, case=world.case_id).values_list("user", flat=True))


# --- the alarm -----------------------------------------------------------------------------------


def test_one_act_tells_everybody_in_the_case_on_a_saturday_night(taken: World, freeze: Any) -> None:
    police, health = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.HEALTH_CARE, "osl_10_2", [])
    now = freeze(SATURDAY)
    missing.alarm(case_id=taken.case_id, since=now - timedelta(hours=3), known="QZSENAST", by=health)
    assert taken.case.missing_since == now - timedelta(hours=3)
    assert notices(taken, NoticeKind.MISSING) == {who.user_id for who in (taken.karin, taken.per, police)}, (
        "everybody but her who raised it, nobody outside"
    )
    assert any("missing" in key for key in mails_to(police)), "mailed at once, on any day"
    step = taken.step("act.find_missing")
    assert (step.status, step.desk_id) == (StepStatus.OPEN, taken.case.desk_id)
    assert step.due_at == now + timedelta(hours=1) and str(step.remark) == "QZSENAST" and step.wording is None
    desk, other = sight_of(taken.karin, taken.case), sight_of(police, taken.case)
    assert desk and other
    assert missing.what_is_known(desk) == "QZSENAST" and missing.what_is_known(other) == ""
    assert "QZSENAST" not in str(list(AuditEvent.objects.values())) + str(list(Notice.objects.values()))


def test_the_desk_hears_every_hour_until_found(taken: World, freeze: Any) -> None:
    now = freeze(SATURDAY)
    missing.alarm(case_id=taken.case_id, since=now, known="", by=taken.karin)
    told = Notice.objects.filter(kind=NoticeKind.MISSING, user=taken.karin.user)
    before = told.count()
    assert missing.remind() == 0
    freeze(now + timedelta(hours=1))
    missing.remind(), missing.remind()
    assert told.count() == before + 1
    freeze(now + timedelta(hours=2, minutes=5))
    missing.remind()
    assert told.count() == before + 2
    missing.found(case_id=taken.case_id, by=taken.per)
    assert missing.remind() == 0 and taken.case.missing_since is None
    assert taken.step("act.find_missing").status == StepStatus.DONE
    assert taken.karin.user_id in notices(taken, NoticeKind.FOUND)
    assert not Notice.objects.filter(kind=NoticeKind.MISSING, read_at__isnull=True).exists()


def test_a_child_that_has_gone_starts_the_manuals_steps(world: World, freeze: Any) -> None:
    stockholm = duty("stockholm-children", "Bo Barn")
    child = world.about(sent(world.referrer, CHILD), karin=stockholm)
    child.accept()
    social = child.join(AgencyKind.SOCIAL_SERVICES_CHILD, "sol_19_1", [Category.CHILDREN])
    now = freeze(SATURDAY)
    missing.alarm(case_id=child.case_id, since=now - timedelta(hours=1), known="", by=social)
    assert Condition.CHILD_MISSING in child.case.conditions
    fact = child.case.milestones.get(kind=Milestone.CHILD_MISSING, replaced_at__isnull=True)
    assert fact.happened_at == now - timedelta(hours=1) and not fact.date_only
    assert child.step("acute.socc.missing").status == StepStatus.OPEN
    missing.found(case_id=child.case_id, by=stockholm)
    assert Condition.CHILD_MISSING not in child.case.conditions


def test_who_is_not_in_the_case_raises_no_alarm_and_nobody_twice(taken: World) -> None:
    for by in (taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            missing.alarm(case_id=taken.case_id, since=clock.now(), known="", by=by)
    with pytest.raises(ValidationError):
        missing.alarm(case_id=taken.case_id, since=clock.now() + timedelta(hours=1), known="", by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        missing.found(case_id=taken.case_id, by=taken.karin)
    missing.alarm(case_id=taken.case_id, since=clock.now(), known="", by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        missing.alarm(case_id=taken.case_id, since=clock.now(), known="", by=taken.per)
    assert Notice.objects.filter(kind=NoticeKind.MISSING, user=taken.per.user).count() == 1


# --- who came along --------------------------------------------------------------------------------


def add(world: World, by: Any, **told: Any) -> Any:
    more: dict[str, Any] = {
        "relation": Relation.CHILD,
        "is_child": True,
        "told": {"name": "Ask-3", "birth": "2019"},
    } | told
    return dependants.add(case_id=world.case_id, by=by, **more)


def test_those_given_children_write_down_and_correct(taken: World) -> None:
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.SITUATION, Category.CHILDREN])
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION])
    row = add(taken, social)
    dependants.correct(
        case_id=taken.case_id, dependant_id=row.pk, version=0, relation=Relation.SIBLING, is_child=True,
        told={"name": "Ask-4"}, by=taken.karin,
    )  # fmt: skip
    with pytest.raises(StaleVersion):
        dependants.correct(
            case_id=taken.case_id, dependant_id=row.pk, version=0, relation=Relation.CHILD, is_child=True,
            told={}, by=social,
        )  # fmt: skip
    seen = {who: sight_of(who, taken.case) for who in (social, police)}
    assert [r.who["name"] for r in dependants.of(seen[social])] == ["Ask-4"]  # type: ignore[arg-type]
    assert not dependants.of(seen[police]).exists()  # type: ignore[arg-type]
    for by in (police, taken.syd):
        with pytest.raises(PermissionDenied):
            add(taken, by)


def test_an_own_referral_is_prefilled_once_and_linked_when_sent(taken: World) -> None:
    row = add(taken, taken.karin)
    draft_id = dependants.refer(case_id=taken.case_id, dependant_id=row.pk, by=taken.karin)
    assert dependants.refer(case_id=taken.case_id, dependant_id=row.pk, by=taken.karin) == draft_id
    draft = Draft.objects.get(pk=draft_id)
    assert (draft.answers["name"], draft.answers["age_group"]) == ("Ask-3", "child")
    assert draft.owner_id == taken.karin.user_id
    draft.answers = CHILD | {"agency_role": "coordination"}
    draft.save(update_fields=["answers"])
    sent_about = referrals.submit(draft_id=draft_id, by=taken.karin)
    assert dependants.sent_about(row, taken.karin) == sent_about
    dependants.link(
        case_id=taken.case_id, dependant_id=row.pk, reference=sent_about.reference, by=taken.karin
    )
    link = CaseLink.objects.get()
    assert (link.case_id, link.other_id, link.kind) == (sent_about.case_id, taken.case_id, LinkKind.CHILD)
    assert sight_of(taken.karin, sent_about.case) is None, "a link gives nobody sight"
    with pytest.raises(TransitionNotAllowed):
        dependants.refer(case_id=taken.case_id, dependant_id=row.pk, by=taken.karin)


def test_a_case_one_may_not_see_cannot_be_linked(taken: World) -> None:
    row = add(taken, taken.karin, relation=Relation.PARTNER, is_child=False)
    hidden = sent(taken.referrer, municipality_of_presence="1280")
    assert sight_of(taken.karin, hidden.case) is None
    for reference in (hidden.reference, "H26-99999-X", "", taken.case.reference):
        with pytest.raises(ValidationError):
            dependants.link(case_id=taken.case_id, dependant_id=row.pk, reference=reference, by=taken.karin)
    mine = sent(taken.referrer)
    dependants.link(
        case_id=taken.case_id, dependant_id=row.pk, reference=mine.reference.lower(), by=taken.karin
    )
    assert CaseLink.objects.get().kind == LinkKind.COMPANION


def test_no_whereabouts_at_the_strictest_tier(world: World) -> None:
    other = world.about(sent(world.referrer, protected_identity="fictitious"))
    other.accept()
    with pytest.raises(ValidationError) as refused:
        add(other, other.karin, told={"name": "Ask-3", "where": "Storgatan 1"})
    assert "where" in refused.value.message_dict
    assert add(other, other.karin).pk
