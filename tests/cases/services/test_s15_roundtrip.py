"""Whatever two cases hold, and however the merge was chosen: undoing it gives every row back as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import OPEN_STATUSES
from cases.models import Case, CaseGrant, Identifier, MessageRecipient, Person, Referral, Supplement, Tally
from cases.services import (
    grants,
    merge_rows,
    merging,
    messages,
    participation,
    referrals,
    steps,
    triage,
)
from cases.services.tallies import recount
from core import clock
from core.errors import TransitionNotAllowed
from core.models import DataKey
from core.tallies import counted
from manual.enums import Milestone
from tests.cases.services.conftest import World, sent, undone
from tests.cases.services.pairs import NADIA, NADJA, all_of, worker

pytestmark = pytest.mark.django_db
ACTS = (
    "note",
    "message",
    "invite",
    "accept_agency",
    "step",
    "milestone",
    "supplement",
    "ask",
    "block",
    "danger",
)


def rows_of(*ids: Any) -> dict[str, Any]:
    """Every row of both cases with every column, sealed ones opened; grants without their own keys."""
    found: dict[str, Any] = {}
    moved: tuple[tuple[type[models.Model], str], ...] = (*merge_rows.MOVED, (Case, "pk"), (CaseGrant, "case"))
    for model, name in moved:
        rows = model._default_manager.filter(**{f"{name}__in": ids})
        found[f"{model._meta.label}.{name}"] = sorted((_row(row) for row in rows), key=repr)
    people = Person.objects.filter(cases__in=ids)
    found["persons"] = sorted((_row(row) for row in people), key=repr)
    more: tuple[tuple[type[models.Model], dict[str, Any]], ...] = (
        (Identifier, {"person__cases__in": ids}),
        (Supplement, {"referral__case__in": ids}),
        (MessageRecipient, {"message__case__in": ids}),
        (DataKey, {"pk__in": [person.data_key_id for person in people]}),
    )
    for model, where in more:
        found[model._meta.label] = sorted(
            (_row(row) for row in model._default_manager.filter(**where)), key=repr
        )
    return found


LEFT_OUT = {"version", "matched_at"}


def _row(row: models.Model) -> dict[str, Any]:
    columns = [field.attname for field in row._meta.concrete_fields]
    own = LEFT_OUT | ({"id"} if isinstance(row, CaseGrant) else set())
    own |= {"chase_at"} if row._meta.label == "cases.Step" else set()
    return {name: _plain(getattr(row, name)) for name in columns if name not in own}


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def live(world: World, referral: Referral, acts: list[str], police: Any) -> None:
    """Do what the words say, as far as the case admits it."""
    about = world.about(referral)
    about.accept()
    for act in acts:
        case = about.case
        if not case.is_open:
            return
        match act:
            case "note":
                messages.add_note(case_id=case.pk, text="Sett henne", by=world.karin)
            case "message":
                messages.send(case_id=case.pk, to=[f"referral:{referral.pk}"], text="Hej", by=world.karin)
            case "invite" | "accept_agency":
                _invite(world, case, police, answers=act == "accept_agency")
            case "step" | "block":
                _step(world, case, act)
            case "milestone":
                day = clock.now() - timedelta(days=len(acts))
                casework_record(case, day, world)
            case "supplement":
                _supplement(referral)
            case "danger":
                Case.objects.filter(pk=case.pk).update(danger=True, urgency=0)
                grants.resync(about.case)


def casework_record(case: Case, day: Any, world: World) -> None:
    from cases.services import dates

    dates.record(
        case_id=case.pk, kind=Milestone.POLICE_INFORMED, happened_at=day, date_only=True, by=world.karin
    )


def _supplement(referral: Referral) -> None:
    from accounts.access import assignment_for
    from accounts.models import Membership

    row = Membership.objects.select_related("user", "agency").get(user_id=referral.referrer_id)
    referrals.supplement(referral_id=referral.pk, text="Mer", by=assignment_for(row))


def _invite(world: World, case: Case, police: Any, *, answers: bool) -> None:
    taking = case.participations.filter(agency_id=police.agency_id, is_referrer=False)
    if taking.filter(status__in=("invited", "accepted")).exists():
        return
    row = participation.invite(case_id=case.pk, agency_id=police.agency_id, ground="consent",
                               categories=["situation"], purpose="x", by=world.karin)  # fmt: skip
    if answers:
        participation.answer(participation_id=row.pk, accepts=True, by=police)


def _step(world: World, case: Case, act: str) -> None:
    step = case.steps.filter(desk=case.desk, status="open").order_by("due_at", "key").first()
    if step is None:
        return
    if act == "step":
        steps.done(step_id=step.pk, by=world.karin)
    else:
        steps.start(step_id=step.pk, by=world.karin)


@pytest.mark.timeout(300)
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(
    ours=["accept_agency", "step", "note"],
    theirs=["invite", "milestone", "block"],
    side="absorbed",
    unanswered=False,
    asked=False,
)
@example(
    ours=["invite", "milestone"],
    theirs=["accept_agency", "milestone", "milestone", "danger"],
    side="survivor",
    unanswered=False,
    asked=False,
)
@example(ours=["step"], theirs=[], side="absorbed", unanswered=True, asked=True)
@given(
    ours=st.lists(st.sampled_from(ACTS), max_size=5),
    theirs=st.lists(st.sampled_from(ACTS), max_size=5),
    side=st.sampled_from(["survivor", "absorbed"]),
    unanswered=st.booleans(),
    asked=st.booleans(),
)
def test_merge_and_undo_give_everything_back(
    world: World, ours: list[str], theirs: list[str], side: str, unanswered: bool, asked: bool
) -> None:
    with undone():
        police = worker(AgencyKind.POLICE)
        first = sent(worker(), **NADIA)
        second = sent(
            worker(AgencyKind.MIKA), **(NADJA | {"citizenship": ["RO"], "contact_phone": "+40711111111"})
        )
        live(world, first, ours, police)
        if not unanswered:
            live(world, second, theirs, police)
        elif asked:
            triage.ask(case_id=second.case_id, text="Vilken ort?", by=world.karin)
        one, other = (Case.objects.select_related("person").get(pk=row.case_id) for row in (first, second))
        before, figures = rows_of(one.pk, other.pk), counted(Tally)
        made = merging.merge(survivor_id=one.pk, absorbed_id=other.pk, choices=all_of(side, one, other),
                             secrecy=True, by=world.karin)  # fmt: skip
        _is_whole(world, one.pk, other.pk)
        merging.undo(merge_id=made.pk, by=world.karin)
        after = rows_of(one.pk, other.pk)
        for name in before:
            assert _as_before(name, after[name], before[name]) == before[name], name
        assert counted(Tally) == figures and recount.check() == []
        for pk in (one.pk, other.pk):
            assert grants.is_true(Case.objects.get(pk=pk))


def _as_before(name: str, after: list[Any], before: list[Any]) -> list[Any]:
    """The ledger of what was disclosed only grows: what the merge showed has been seen."""
    if name != "cases.Disclosure.case":
        return after
    known = {row["id"] for row in before}
    return [row for row in after if row["id"] in known]


def _is_whole(world: World, survivor_id: Any, absorbed_id: Any) -> None:
    survivor, absorbed = Case.objects.get(pk=survivor_id), Case.objects.get(pk=absorbed_id)
    assert survivor.status in OPEN_STATUSES and absorbed.status == "merged"
    assert sight_of(world.karin, survivor) is not None
    assert grants.is_true(survivor) and not absorbed.grants.exists()
    assert not absorbed.steps.exists() and not absorbed.referrals.exists()
    assert not survivor.steps.filter(agency__isnull=True, desk__isnull=True).exists()


def test_rows_that_came_later_stay_and_what_was_changed_since_is_kept(world: World) -> None:
    first, second = sent(worker(), **NADIA), sent(worker(), **NADJA)
    for row in (first, second):
        world.about(row).accept()
    one, other = (Case.objects.select_related("person").get(pk=row.case_id) for row in (first, second))
    made = merging.merge(survivor_id=one.pk, absorbed_id=other.pk, choices=all_of("absorbed", one, other),
                         secrecy=True, by=world.karin)  # fmt: skip
    step = one.steps.filter(pk__in=made.moved["cases_step"], status="open", occurrence__gt=99).first()
    moved = (
        step or one.steps.filter(pk__in=made.moved["cases_step"], desk__isnull=True, status="open").first()
    )
    note = messages.add_note(case_id=one.pk, text="Efteråt", by=world.karin)
    Case.objects.filter(pk=one.pk).update(sex="other")
    merging.undo(merge_id=made.pk, by=world.karin)
    note.refresh_from_db()
    assert note.case_id == one.pk and Case.objects.get(pk=one.pk).sex == "other"
    if moved is not None:
        moved.refresh_from_db()
        assert moved.case_id == other.pk
    with pytest.raises(TransitionNotAllowed):
        merging.undo(merge_id=made.pk, by=world.karin)
