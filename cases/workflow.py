"""What may happen next to a case, and who may do it: one table that draws the buttons too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from cases.access import Sight
from cases.enums import OPEN_STATUSES, UNANSWERED_STATUSES, HandoverStatus, Status, Verb
from cases.models import Case, Hold
from core import clock
from core.errors import TransitionNotAllowed


@dataclass(frozen=True)
class Transition:
    """One row: from which statuses, to which (None: the status stays), with which right on the desk."""

    verb: Verb
    sources: frozenset[Status]
    target: Status | None
    right: str
    key: str = ""
    """The key that chooses it in the inbox."""
    answers: bool = False
    """Counts as the coordinator's first answer."""


def _row(verb: Verb, sources: tuple[Status, ...], target: Status | None, right: str, key: str = "",
         answers: bool = False) -> Transition:  # fmt: skip
    return Transition(verb, frozenset(sources), target, right, key, answers)


_UNANSWERED = UNANSWERED_STATUSES
_WORKING = (*OPEN_STATUSES, Status.CLOSED)
TRANSITIONS: Final[dict[Verb, Transition]] = {
    row.verb: row
    for row in (
        _row(Verb.ACCEPT, _UNANSWERED, Status.ACTIVE, "triage", "1", answers=True),
        _row(Verb.ASK, (Status.RECEIVED,), Status.WAITING, "triage", "2", answers=True),
        _row(Verb.FORWARD, _UNANSWERED, None, "forward", "3", answers=True),
        _row(Verb.SNOOZE, OPEN_STATUSES, None, "triage", "4"),
        _row(Verb.ASSIGN, OPEN_STATUSES, None, "assign", "5"),
        _row(Verb.NOT_TAKE, _UNANSWERED, Status.NOT_TAKEN, "triage", answers=True),
        _row(Verb.TAKE_BACK, (Status.WAITING,), Status.RECEIVED, "triage"),
        _row(Verb.WAKE, OPEN_STATUSES, None, "triage"),
        _row(Verb.INVITE, (Status.ACTIVE,), None, "triage"),
        _row(Verb.RECORD, (Status.ACTIVE,), None, "triage"),
        _row(Verb.CLOSE, (Status.ACTIVE,), Status.CLOSED, "triage"),
        _row(Verb.REOPEN, (Status.CLOSED, Status.NOT_TAKEN), Status.ACTIVE, "triage"),
        _row(Verb.PLACE, _UNANSWERED, None, "place"),
        _row(Verb.SHARE, (*_WORKING, Status.NOT_TAKEN), None, "triage"),
        _row(Verb.HAND_OVER, (Status.ACTIVE,), None, "forward"),
        _row(Verb.RECUSE, OPEN_STATUSES, None, "view_inbox"),
        _row(Verb.MEET, (Status.ACTIVE,), None, "triage"),
        _row(Verb.SETTLE, (Status.ACTIVE,), None, "triage"),
        _row(Verb.DECIDE_AGE, OPEN_STATUSES, None, "triage"),
        _row(Verb.RECOGNISE, (Status.ACTIVE,), None, "triage"),
        _row(Verb.MERGE, OPEN_STATUSES, None, "triage"),
        _row(Verb.LINK, OPEN_STATUSES, None, "triage"),
        _row(Verb.TIME, (Status.ACTIVE,), None, "triage"),
        _row(Verb.RETURN, (Status.ACTIVE,), None, "triage"),
        _row(Verb.PROTECT, (*_WORKING, Status.NOT_TAKEN), None, "triage"),
        _row(Verb.RENEW, (Status.ACTIVE,), None, "triage"),
    )
}


def check(verb: Verb, case: Case) -> Transition:
    """The row, when the case's status admits it. Raises TransitionNotAllowed with words for people."""
    row = TRANSITIONS[verb]
    if case.status not in row.sources:
        raise TransitionNotAllowed(
            _("“%(action)s” is not possible: the case is now “%(status)s”.")
            % {"action": verb.label, "status": case.get_status_display()}
        )
    if verb in AFTER_ANSWER:
        _check_handover(case)
    if verb in NOT_WHILE_HELD:
        refuse_if_held(case)
    return row


AFTER_ANSWER: Final = (Verb.HAND_OVER, Verb.CLOSE, Verb.MERGE)
"""What waits until another desk has answered, or the question has been taken back: one handover at a time."""


NOT_WHILE_HELD: Final = (Verb.REOPEN, Verb.MERGE)
"""What changes a case so that it is no longer what somebody wants kept; removing a document, too."""


def refuse_if_held(case: Case) -> None:
    """Raises TransitionNotAllowed while the case is on hold. For services that take something out of it."""
    hold = Hold.objects.filter(case_id=case.pk, lifted_at__isnull=True).order_by("-ends_on").first()
    if hold is not None:
        words = _("The case is on hold until %(day)s: nothing may be taken out of it or changed in it.")
        raise TransitionNotAllowed(words % {"day": hold.ends_on})


def _check_handover(case: Case) -> None:
    """Raises TransitionNotAllowed with who has asked which desk, and when."""
    rows = case.handovers.filter(status=HandoverStatus.OPEN).select_related("asked_by", "to_desk__region")
    waiting = rows.first()
    if waiting is not None:
        words = _("%(name)s has asked %(desk)s to take the case over (%(time)s). Take that back first.")
        time = f"{clock.local(waiting.asked_at):%Y-%m-%d %H.%M}"
        raise TransitionNotAllowed(
            words % {"name": waiting.asked_by.name, "desk": waiting.to_desk.name, "time": time}
        )


def available(sight: Sight) -> list[Transition]:
    """The rows whose buttons this viewer gets, in table order."""
    return [
        row
        for row in TRANSITIONS.values()
        if sight.case.status in row.sources
        and row.right in sight.desk_rights
        and (row.verb != Verb.WAKE or sight.case.snoozed_until is not None)
        and (row.verb != Verb.SETTLE or bool(sight.disputes))
        and (row.verb != Verb.PLACE or sight.is_unplaced)
        and (row.verb != Verb.PROTECT or not sight.case.is_consultation)
    ]
