"""Several cases in one act: assigning and snoozing, and taking it back within half a minute.

Each case is one service call with its own lock, rights and audit row. What cannot be done is named with
its reason; the rest is done. Accepting and closing are never done in bulk: they ask for a look.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.enums import Verb
from cases.models import Case
from cases.services import triage, undo
from core.errors import StaleVersion, TransitionNotAllowed

MOST: Final = 50
SALT: Final = "cases.undo.batch"


@dataclass(frozen=True)
class Choice:
    """One case as it was shown when it was chosen."""

    case_id: uuid.UUID
    version: int


@dataclass(frozen=True)
class Failure:
    reference: str
    why: str


@dataclass
class Outcome:
    """What one act came to. `token`: the signed right to take all of it back."""

    done: list[Case] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    token: str = ""


def assign(*, chosen: Sequence[Choice], assignee_id: uuid.UUID, by: Assignment) -> Outcome:
    """Give them to one colleague. Whoever gets or loses several is told of each, and mailed once."""
    batch = uuid.uuid4().hex

    def act(choice: Choice) -> Case:
        return triage.assign(
            case_id=choice.case_id, assignee_id=assignee_id, by=by, version=choice.version, batch=batch
        )

    return _each(chosen, Verb.ASSIGN, act, by)


def snooze(*, chosen: Sequence[Choice], until: datetime, by: Assignment) -> Outcome:
    """Park them until one time."""

    def act(choice: Choice) -> Case:
        return triage.snooze(case_id=choice.case_id, until=until, by=by, version=choice.version)

    return _each(chosen, Verb.SNOOZE, act, by)


def check_number(number: int) -> None:
    """Raises ValidationError with words for people: none, or more than can be done at once."""
    if not number:
        raise ValidationError(_("Choose at least one case in the list."))
    if number > MOST:
        words = {"n": number, "most": MOST}
        raise ValidationError(_("You have chosen %(n)s cases. Choose %(most)s at most.") % words)


def _each(chosen: Sequence[Choice], verb: Verb, act: Callable[[Choice], Case], by: Assignment) -> Outcome:
    check_number(len(chosen))
    outcome, entries = Outcome(), []
    cases = Case.objects.in_bulk([choice.case_id for choice in chosen])
    for choice in chosen:
        case = cases[choice.case_id]
        was = undo.before(case)
        try:
            done = act(choice)
        except (PermissionDenied, ValidationError, TransitionNotAllowed, StaleVersion) as problem:
            outcome.failed.append(Failure(case.reference, _why(problem, case)))
        else:
            outcome.done.append(done)
            entries.append(undo.entry(done, verb, was, by))
    if entries:
        outcome.token = signing.dumps(entries, salt=SALT, compress=True)
    return outcome


def _why(problem: Exception, case: Case) -> str:
    match problem:
        case PermissionDenied():
            return _("You do not have the right to do this in the case.")
        case StaleVersion():
            words = _("Somebody has changed the case since you chose it.")
            return f"{words} {triage.who_decided(case)}".strip()
        case TransitionNotAllowed():
            return str(problem.message)
        case ValidationError():
            return " ".join(problem.messages)
    raise problem


def take_back(*, token: str, by: Assignment) -> Outcome:
    """Put each case back as it was, where nobody has acted since.

    Raises TransitionNotAllowed when the half minute is over.
    """
    try:
        entries: list[dict[str, Any]] = signing.loads(token, salt=SALT, max_age=settings.UNDO_WINDOW)
    except signing.BadSignature as bad:
        raise TransitionNotAllowed(_("It is too late to undo.")) from bad
    outcome = Outcome()
    cases = Case.objects.in_bulk([uuid.UUID(entry["case"]) for entry in entries])
    for entry in entries:
        case = cases[uuid.UUID(entry["case"])]
        try:
            outcome.done.append(undo.put_back(entry, by=by))
        except (PermissionDenied, TransitionNotAllowed):
            outcome.failed.append(Failure(case.reference, _("Somebody has worked on the case since.")))
    return outcome
