"""A second person reads an edition before anybody follows it, and it applies from its day, whatever runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access import Assignment
from accounts.enums import Role
from core import context
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, JobRun
from manual import tasks
from manual.library import current_edition, edition_steps
from manual.models import Edition
from manual.services import catch_up, editing, publish_edition, reviewing, withdraw
from tests.factories import member
from tests.manual.test_editing import ASSESS, change

Freeze = Callable[[str], Any]


@pytest.fixture
def draft(saga: Assignment) -> Edition:
    """Saga has changed a deadline in it."""
    made = Edition.objects.get(number=2)
    change(made, ASSESS, saga, amount=5)
    made.refresh_from_db()
    return made


def handed_in(draft: Edition, by: Assignment) -> Edition:
    return reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=by)


def approved(draft: Edition, saga: Assignment, ingrid: Assignment) -> Edition:
    sent = handed_in(draft, saga)
    return reviewing.approve(edition_id=draft.pk, version=sent.version, by=ingrid)


def on(day: str) -> Edition:
    """The edition that a request on that day works with."""
    return Edition.objects.in_force(date.fromisoformat(day)) or pytest.fail("no edition")


# --- the second person ----------------------------------------------------------------------------------


def test_a_second_person_approves(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    edition = approved(draft, saga, ingrid)
    assert edition.is_approved
    assert (edition.handed_in_by, edition.reviewed_by) == (saga.user, ingrid.user)
    assert [(row.outcome, row.by) for row in edition.reviews.all()] == [("approved", ingrid.user)]
    assert current_edition().number == 1


def test_nobody_approves_what_she_wrote_or_handed_in(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    sent = handed_in(draft, ingrid)
    for who in (saga, ingrid):
        assert not reviewing.may_judge(sent, who)
        with pytest.raises(PermissionDenied):
            reviewing.approve(edition_id=draft.pk, version=sent.version, by=who)
        with pytest.raises(PermissionDenied):
            reviewing.send_back(edition_id=draft.pk, words="Bra så.", by=who)
        assert AuditEvent.objects.using("audit").filter(verb="manual.approve", user_id=who.user_id).exists()
    draft.refresh_from_db()
    assert draft.status == "review" and not draft.is_approved


def test_one_word_is_enough_to_have_written(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    editing.move_step(edition_id=draft.pk, key="acute.rc.meet", up=True, by=ingrid)
    draft.refresh_from_db()
    sent = handed_in(draft, saga)
    with pytest.raises(PermissionDenied):
        reviewing.approve(edition_id=draft.pk, version=sent.version, by=ingrid)


def test_sent_back_with_words_it_is_written_again_and_asked_anew(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    handed_in(draft, saga)
    back = reviewing.send_back(edition_id=draft.pk, words="Skriv varför fem.", by=ingrid)
    assert (back.status, back.handed_in_by, back.reviewed_by) == ("draft", None, None)
    assert [(row.outcome, row.words) for row in back.reviews.all()] == [("returned", "Skriv varför fem.")]
    change(draft, ASSESS, saga, version=1, expert_note="Styrgruppen.")
    back.refresh_from_db()
    sent = handed_in(back, saga)
    assert reviewing.approve(edition_id=draft.pk, version=sent.version, by=ingrid).is_approved


def test_taking_back_makes_an_approval_void(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    approved(draft, saga, ingrid)
    back = reviewing.take_back(edition_id=draft.pk, by=saga)
    assert (back.status, back.reviewed_at) == ("draft", None)
    with pytest.raises(TransitionNotAllowed):
        publish_edition(back, by=saga)


def test_what_was_seen_is_what_is_handed_in_and_approved(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    with pytest.raises(StaleVersion):
        reviewing.hand_in(edition_id=draft.pk, version=draft.version - 1, by=saga)
    sent = handed_in(draft, saga)
    with pytest.raises(StaleVersion):
        reviewing.approve(edition_id=draft.pk, version=sent.version - 1, by=ingrid)


def test_what_cannot_be_is_not_handed_in(draft: Edition, saga: Assignment) -> None:
    paragraph = draft.steps.get(key="acute.rc.meet").paragraph
    draft.paragraphs.filter(anchor=paragraph).delete()
    with pytest.raises(TransitionNotAllowed):
        handed_in(draft, saga)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.REGIONAL_COORDINATOR, Role.AUDITOR])
def test_others_do_none_of_it(draft: Edition, role: Role, saga: Assignment, ingrid: Assignment) -> None:
    who, sent = member(role), handed_in(draft, saga)
    for act in (
        lambda: reviewing.take_back(edition_id=draft.pk, by=who),
        lambda: reviewing.approve(edition_id=draft.pk, version=sent.version, by=who),
        lambda: reviewing.send_back(edition_id=draft.pk, words="Nej.", by=who),
        lambda: publish_edition(sent, by=who),
        lambda: withdraw(sent, by=who, reason="Nej."),
    ):
        with pytest.raises(PermissionDenied):
            act()


# --- its day --------------------------------------------------------------------------------------------


def test_published_today_new_cases_follow_it(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga)
    assert (edition.status, edition.valid_from, edition.published_by) == (
        "published", date(2027, 2, 3), saga.user,
    )  # fmt: skip
    assert current_edition() == edition
    assert Edition.objects.get(number=1).status == "retired"


def test_decided_for_a_later_day_it_waits_and_then_applies_without_any_job(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    assert edition.status == "scheduled"
    assert current_edition().number == 1
    freeze("2027-02-28 23:59")
    assert current_edition().number == 1
    freeze("2027-03-01 00:01")
    assert current_edition() == edition
    assert next(step.amount for step in edition_steps(edition) if step.key == ASSESS) == 5


def test_the_job_does_the_bookkeeping_once(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    assert catch_up() == 0
    freeze("2027-03-04 07:00")
    tasks.keep_editions()
    tasks.keep_editions()
    assert [row.status for row in Edition.objects.order_by("number")] == ["retired", "published"]
    assert list(JobRun.objects.filter(name="editions").order_by("pk").values_list("done", flat=True)) == [
        2,
        0,
    ]
    assert AuditEvent.objects.get(verb="manual.take_effect", target_id=draft.pk).facts == {"number": 2}
    assert AuditEvent.objects.get(verb="manual.replace").facts == {"number": 1, "replaced_by": 2}


def test_a_past_day_is_answered_by_the_edition_it_had(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    freeze("2027-03-04 07:00")
    catch_up()
    assert [on(day).number for day in ("2026-01-01", "2026-05-12", "2027-02-28", "2027-03-01")] == [
        1,
        1,
        1,
        2,
    ]


def test_one_request_works_with_one_edition(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    with context.scope():
        freeze("2027-02-28 23:59")
        first = current_edition()
        freeze("2027-03-01 00:01")
        assert current_edition() == first


@pytest.mark.parametrize("day", [date(2027, 2, 2), date(2026, 5, 1)])
def test_nobody_decides_about_a_day_that_has_passed(
    draft: Edition, saga: Assignment, ingrid: Assignment, day: date
) -> None:
    with pytest.raises(TransitionNotAllowed):
        publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=day)
    assert Edition.objects.get(number=2).status == "review"


def test_an_edition_never_applies_before_the_one_it_builds_on(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    after = editing.start_draft(title="Därefter", reason="Bygger vidare.", by=saga)
    assert after.based_on.number == 2
    with pytest.raises(TransitionNotAllowed):
        publish_edition(approved(after, saga, ingrid), by=saga, valid_from=date(2027, 2, 10))


def test_a_correction_today_does_not_wait_for_the_one_that_is_decided(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    first = Edition.objects.get(number=1)
    publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    fix = editing.start_draft(title="Rättat", reason="Fel nummer.", based_on_id=first.pk, by=saga)
    publish_edition(approved(fix, saga, ingrid), by=saga)
    assert current_edition().number == 3
    freeze("2027-03-01 08:00")
    assert current_edition().number == 2


def test_withdrawn_before_its_day_it_is_a_draft_again(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    back = withdraw(edition, by=ingrid, reason="Lagen sköts upp.")
    assert (back.status, back.valid_from, back.reviewed_by) == ("draft", None, None)
    freeze("2027-03-02 08:00")
    assert current_edition().number == 1
    change(draft, ASSESS, saga, version=1, amount=4)
    assert next(step.amount for step in edition_steps(draft) if step.key == ASSESS) == 4


def test_steps_read_before_a_withdrawal_are_not_kept_in_the_process(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    assert {step.amount for step in edition_steps(edition) if step.key == ASSESS} == {5}
    back = withdraw(edition, by=saga, reason="Ett fel.")
    change(draft, ASSESS, saga, version=1, amount=4)
    back.refresh_from_db()
    again = publish_edition(approved(back, saga, ingrid), by=saga)
    assert {step.amount for step in edition_steps(again) if step.key == ASSESS} == {4}


def test_withdrawn_while_another_is_in_work_it_is_put_aside(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    first = Edition.objects.get(number=1)
    after = editing.start_draft(title="Rättat", reason="Fel nummer.", based_on_id=first.pk, by=saga)
    aside = withdraw(edition, by=saga, reason="Lagen sköts upp.")
    assert (aside.status, aside.never_in_force) == ("retired", True)
    freeze("2027-03-02 08:00")
    catch_up()
    assert current_edition().number == 1
    assert Edition.objects.in_work() == after


def test_what_another_took_effect_with_is_not_lost_unseen(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    """A fix was begun on the first edition; before it was published the second one took effect."""
    first = Edition.objects.get(number=1)
    law = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    fix = editing.start_draft(title="Rättat", reason="Fel nummer.", based_on_id=first.pk, by=saga)
    ready = approved(fix, saga, ingrid)
    with pytest.raises(TransitionNotAllowed, match="2"):
        publish_edition(ready, by=saga, valid_from=date(2027, 3, 1))
    freeze("2027-03-04 07:00")
    assert Edition.objects.replaced_by(ready) == law
    with pytest.raises(TransitionNotAllowed, match="2"):
        publish_edition(ready, by=saga)
    assert (current_edition(), Edition.objects.get(number=3).status) == (law, "review")


def test_what_an_edition_takes_the_place_of(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    """The one of the day before, for a decided one; for a draft the one that applies, or it waits for."""
    first = Edition.objects.get(number=1)
    assert Edition.objects.replaced_by(first) is None
    assert Edition.objects.replaced_by(draft) == first
    law = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    after = editing.start_draft(title="Därefter", reason="Bygger vidare.", by=saga)
    assert (Edition.objects.replaced_by(law), Edition.objects.replaced_by(after)) == (first, law)
    made = publish_edition(approved(after, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    assert (Edition.objects.replaced_by(law), Edition.objects.replaced_by(made)) == (first, law)


def test_what_a_draft_builds_on_is_not_withdrawn(
    draft: Edition, saga: Assignment, ingrid: Assignment
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    after = editing.start_draft(title="Därefter", reason="Bygger vidare.", by=saga)
    with pytest.raises(TransitionNotAllowed):
        withdraw(edition, by=ingrid, reason="Lagen sköts upp.")
    handed_in(after, saga)
    with pytest.raises(TransitionNotAllowed):
        withdraw(edition, by=ingrid, reason="Lagen sköts upp.")
    reviewing.take_back(edition_id=after.pk, by=saga)
    editing.delete_draft(edition_id=after.pk, by=saga)
    assert withdraw(edition, by=ingrid, reason="Lagen sköts upp.").status == "draft"


def test_what_applies_is_not_withdrawn(
    draft: Edition, saga: Assignment, ingrid: Assignment, freeze: Freeze
) -> None:
    edition = publish_edition(approved(draft, saga, ingrid), by=saga, valid_from=date(2027, 3, 1))
    freeze("2027-03-01 00:00")
    with pytest.raises(TransitionNotAllowed):
        withdraw(edition, by=saga, reason="För sent.")
    assert current_edition() == edition


def test_two_publish_at_once_and_one_is_told(draft: Edition, saga: Assignment, ingrid: Assignment) -> None:
    edition = approved(draft, saga, ingrid)
    publish_edition(edition, by=saga)
    with pytest.raises(TransitionNotAllowed):
        publish_edition(edition, by=ingrid)
