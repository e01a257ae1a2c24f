"""Messages about time: due times that somebody else moved, and a return that was stopped."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from accounts.access import Assignment
from cases.enums import NoticeKind, Stage
from cases.models import Case, ReturnPlan, Step
from cases.notifications.late import recipients
from cases.notifications.people import AddressBook, handlers
from cases.notifications.sending import tell
from core import outbox


def due_moved(case: Case, steps: Sequence[Step], *, by: Assignment) -> None:
    """Those who owe the steps, one notice each, unless it was they who changed the date."""
    users = [user for user in _owners(case, steps) if user != by.user_id]
    tell(users, NoticeKind.STEP_MOVED, case, once=f"moved:{case.pk}:{case.version}")


def edition_taken(case: Case, steps: Sequence[Step], *, by: Assignment) -> None:
    """Those whose steps came, went, moved or read otherwise under the new edition, one notice each."""
    users = [user for user in _owners(case, steps) if user != by.user_id]
    tell(users, NoticeKind.EDITION, case, once=f"edition:{case.pk}:{case.version}")


def return_stopped(case: Case, plan: ReturnPlan, steps: Sequence[Step], *, by: Assignment) -> None:
    """Everybody who had something to do for the journey, and the desk, in neutral words.

    Mail about the journey that has not left yet never leaves.
    """
    outbox.cancel(f"now:{return_key(plan)}:")
    users = {*_owners(case, steps), *handlers(case)} - {by.user_id}
    tell(sorted(users), NoticeKind.STOPPED, case, once=f"stopped:{plan.pk}", direct=True)


def return_key(plan: ReturnPlan) -> str:
    """The beginning of the keys of everything that is told about a plan."""
    return f"return:{plan.pk}"


def _owners(case: Case, steps: Iterable[Step]) -> list[uuid.UUID]:
    rows = list(steps)
    if not rows:
        return []
    for step in rows:
        step.case = case
    book = AddressBook.for_steps(rows)
    return list(dict.fromkeys(user for step in rows for user in recipients(step, Stage.DUE, book)))
