"""The database itself keeps an edition as it was decided, whatever code writes, and as role `nrm_app`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from accounts.access import Assignment
from core import clock
from manual.models import Chapter, Edition, Paragraph, RetiredParagraph, Review, StepTemplate
from manual.services import copying

Rows = models.QuerySet[Any]


def first() -> Rows:
    return Edition.objects.filter(number=1)


def second() -> Rows:
    return Edition.objects.filter(number=2)


def change(rows: Callable[[], Rows], **values: Any) -> Callable[[Assignment], None]:
    """Update rows past every service; a value may be worked out of the writer."""

    def act(by: Assignment) -> None:
        assert rows().update(**{k: v(by) if callable(v) else v for k, v in values.items()})

    return act


def user(by: Assignment) -> Any:
    return by.user


def now(by: Assignment) -> Any:
    return clock.now()


def today(by: Assignment) -> Any:
    return clock.today()


def step() -> Rows:
    return StepTemplate.objects.filter(edition__number=2, key="ident.rc.assess")


def text() -> Rows:
    return Paragraph.objects.filter(edition__number=2, anchor="2-3-1")


def review(by: Assignment, **values: Any) -> None:
    Review.objects.create(edition=second().get(), by=by.user, at=clock.now(), **values)


def another(rows: Callable[[], Rows], **values: Any) -> Callable[[Assignment], None]:
    """The same row once more."""

    def act(by: Assignment) -> None:
        row = rows().get()
        made = copying.copy_row(row, row.edition_id)
        for name, value in values.items():
            setattr(made, name, value)
        made.save(force_insert=True)

    return act


BREAKS: dict[str, tuple[Callable[[Assignment], object], ...]] = {
    "edition_status_in_enum": (lambda by: _edition(3, **_decided("lost")),),
    "edition_one_in_work": (lambda by: _edition(3),),
    "edition_one_published": (lambda by: _edition(3, **_decided("published")),),
    "edition_published_together": (change(second, valid_from=today),),
    "edition_retired_at": (change(first, status="retired"),),
    "edition_withdrawn_is_retired": (change(second, withdrawn_at=now),),
    "edition_handed_in_together": (change(second, handed_in_by=user),),
    "edition_review_is_handed_in": (change(second, status="review"),),
    "edition_reviewed_together": (change(second, reviewed_at=now),),
    "edition_reviewed_by_another": (
        change(second, status="review", handed_in_by=lambda by: _other(by), handed_in_at=now,
               reviewed_by=user, reviewed_at=now),
    ),
    "edition_not_reviewed_by_who_hands_in": (
        change(second, status="review", handed_in_by=lambda by: _other(by), handed_in_at=now,
               reviewed_by=lambda by: _other(by), reviewed_at=now),
    ),
    "edition_published_after_review": (
        change(second, status="scheduled", valid_from=today, published_at=now, published_by=user),
    ),
    "review_outcome_in_enum": (lambda by: review(by, outcome="perhaps"),),
    "review_returned_with_words": (lambda by: review(by, outcome="returned"),),
    "step_template_key": (another(step),),
    "step_template_origin_in_enum": (change(step, origin="rumour"),),
    "step_template_scope_in_enum": (change(step, scope="world"),),
    "step_template_phase_in_enum": (change(step, phase="8_after"),),
    "step_template_role_in_enum": (change(step, agency_role="neighbour"),),
    "step_template_age_in_enum": (change(step, age="old"),),
    "step_template_consent_in_enum": (change(step, consent="maybe"),),
    "step_template_priority_in_enum": (change(step, priority="low"),),
    "step_template_unit_in_enum": (change(step, unit="weeks"),),
    "step_template_event_in_enum": (change(step, from_event="full_moon"),),
    "step_template_direction_in_enum": (change(step, direction="around"),),
    "step_template_kind_in_enum": (change(step, kind="custom"),),
    "step_template_number_confidence_in_enum": (change(step, deadline_confidence="hope"),),
    "step_template_confidence_in_enum": (change(step, confidence="hope"),),
    "step_template_recurs_in_enum": (change(step, recurs_amount=1, recurs_unit="weeks"),),
    "step_template_exploitation_in_enum": (change(step, exploitation=["boredom"]),),
    "step_template_conditions_in_enum": (change(step, conditions=["raining"]),),
    "step_template_escalate_in_enum": (change(step, escalate_to=["mother"]),),
    "step_template_recurs_together": (
        change(step, recurs_amount=1, recurs_unit=""),
        change(step, recurs_amount=0, recurs_unit="months"),
    ),
    "chapter_number": (another(lambda: Chapter.objects.filter(edition__number=2, number=2)),),
    "chapter_phase_in_enum": (
        change(lambda: Chapter.objects.filter(edition__number=2, number=2), phase="8_after"),
    ),
    "paragraph_anchor": (another(text),),
    "paragraph_actors_in_enum": (change(text, actors=["neighbour"]),),
    "paragraph_confidence_in_enum": (change(text, confidence="hope"),),
}  # fmt: skip
MINE = (Edition, Review, StepTemplate, Chapter, Paragraph)


def _edition(number: int, **values: Any) -> Edition:
    return Edition.objects.create(number=number, created_at=clock.now(), **values)


def _decided(status: str) -> dict[str, Any]:
    return {"status": status, "published_at": clock.now(), "valid_from": clock.today()}


def _other(by: Assignment) -> Any:
    """Somebody else who has an account."""
    return type(by.user).objects.get_or_create(email="annan@jamstalldhet.example", name="Annan")[0]


def test_every_named_constraint_is_broken_here() -> None:
    named = {constraint.name for model in MINE for constraint in model._meta.constraints}
    assert named == set(BREAKS)


@pytest.mark.parametrize(("name", "act"), [(name, act) for name, acts in BREAKS.items() for act in acts])
def test_the_database_refuses(saga: Assignment, name: str, act: Callable[[Assignment], None]) -> None:
    assert _role() == "nrm_app"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act(saga)


# --- a decided edition ----------------------------------------------------------------------------------


def _put(status: str, saga: Assignment) -> None:
    """Edition 2 in that status, as the services would leave it."""
    values: dict[str, Any] = {"status": status}
    if status == "review":
        values |= {"handed_in_by": saga.user, "handed_in_at": clock.now()}
    elif status != "draft":
        values |= _decided("scheduled")
    second().update(**values)
    if status == "retired":
        second().update(status="retired", retired_at=clock.now())


@pytest.mark.parametrize("model", copying.contents())
@pytest.mark.parametrize("status", ["review", "scheduled", "retired"])
def test_no_row_of_an_edition_that_is_no_draft_changes(
    saga: Assignment, model: type[models.Model], status: str
) -> None:
    if model is RetiredParagraph:
        RetiredParagraph.objects.create(edition=second().get(), anchor="2-9-9", reason_sv="x", reason_en="x")
    one = model._default_manager.filter(edition__number=2).first()
    assert one is not None
    mine = model._default_manager.filter(pk=one.pk)
    draft = copying.copy_row(one, second().get().pk)
    _put(status, saga)
    acts: tuple[Callable[[], Any], ...] = (
        lambda: mine.update(edition_id=one.edition_id),  # type: ignore[attr-defined]
        lambda: mine.update(edition=first().get()),
        lambda: mine._raw_delete("default"),
        lambda: draft.save(force_insert=True),
    )
    for act in acts:
        with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
            act()


def test_every_table_of_an_edition_has_the_trigger(saga: Assignment) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'manual_only_in_draft'"
            " AND tgenabled = 'O'"
        )
        guarded = {row[0] for row in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in copying.contents()}


@pytest.mark.parametrize(
    ("status", "values"),
    [
        ("scheduled", {"valid_from": "2031-01-01"}),
        ("scheduled", {"title": "En annan"}),
        ("scheduled", {"reason": "En annan"}),
        ("scheduled", {"editors": []}),
        ("scheduled", {"status": "review"}),
        ("retired", {"status": "published"}),
        ("retired", {"status": "draft"}),
        ("retired", {"valid_from": "2020-01-01"}),
        ("draft", {"status": "retired"}),
        ("draft", {"number": 7}),
    ],
)
def test_an_edition_goes_no_other_way(saga: Assignment, status: str, values: dict[str, Any]) -> None:
    second().update(title="Så här")
    _put(status, saga)
    with pytest.raises(IntegrityError, match="manual_edition_life"), transaction.atomic():
        second().update(**values)


@pytest.mark.parametrize("status", ["review", "scheduled", "retired"])
def test_an_edition_that_is_no_draft_is_not_deleted(saga: Assignment, status: str) -> None:
    _put(status, saga)
    with pytest.raises(IntegrityError, match="manual_edition_life"), transaction.atomic():
        second()._raw_delete("default")


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
