"""What is late, told to the next person in line; and the digest of what nobody has mailed yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from accounts.enums import MailChoice
from accounts.models import Agency, User
from cases.enums import NoticeKind, Stage
from cases.models import Case, Notice, Reminder, Step
from cases.notifications.people import AddressBook
from cases.notifications.sending import DAILY_CAP, is_urgent, mail, mailbox
from core import clock, outbox
from core.enums import MailState
from manual.enums import Priority

_KIND = {Stage.REMINDED: NoticeKind.STEP_SOON, Stage.DUE: NoticeKind.STEP_DUE}


def chased(claimed: Sequence[tuple[Step, Stage]], *, at: datetime) -> int:
    """Tell the next person in line about each step: owner → managers or deputy → coordinator → national.

    One ledger row per (step, stage, due time, recipient) and nothing twice. Returns the rows written.
    """
    if not claimed:
        return 0
    book = AddressBook.for_steps(step for step, _stage in claimed)
    agencies = {
        a.pk: a for a in Agency.objects.filter(pk__in={s.agency_id for s, _ in claimed if s.agency_id})
    }
    reminders: list[Reminder] = []
    notices: list[Notice] = []
    urgent: set[uuid.UUID] = set()
    for step, stage in claimed:
        users = recipients(step, stage, book)
        direct = step.priority == Priority.CRITICAL or is_urgent(step.case)
        for user in users:
            reminders.append(_reminder(step, stage, f"user:{user}", at))
            notices.append(_late_notice(step, stage, user, direct, at))
        if direct and stage >= Stage.DUE:
            urgent |= set(users)
        if step.agency_id and not book.members.get(step.agency_id):
            reminders.append(_reminder(step, stage, f"agency:{step.agency_id}", at))
            mailbox(agencies[step.agency_id], "late")
    before = Reminder.objects.filter(step__in=[s for s, _ in claimed]).count()
    Reminder.objects.bulk_create(reminders, ignore_conflicts=True)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    mailed = [user for user in urgent if _mail_late(user, at)]
    told = [
        n.dedupe_key for n in notices if n.direct and n.kind != NoticeKind.STEP_SOON and n.user_id in mailed
    ]
    Notice.objects.filter(dedupe_key__in=told).update(mailed_at=at)
    return Reminder.objects.filter(step__in=[s for s, _ in claimed]).count() - before


def _mail_late(user: uuid.UUID, at: datetime) -> bool:
    """One mail an hour however many steps are late, and never above the daily cap: is one on its way?"""
    key = f"late:{user}:{at:%Y%m%d%H}"
    if outbox.sent_today(user) >= DAILY_CAP:
        return False
    mail(user, key)
    return outbox.states([key])[key] == MailState.QUEUED


ALARMED: Final = frozenset({"act.answer_handover"})
"""Steps between desks: when they are late the national desk is told at once (S07)."""


def recipients(step: Step, stage: Stage, book: AddressBook) -> tuple[uuid.UUID, ...]:
    """Who hears about a step at a stage. An owner who has left, or nobody, means the next in line."""
    case = step.case_id
    if stage >= Stage.NATIONAL:
        return book.national(case)
    if stage == Stage.COORDINATOR:
        return _coordinator(step.case, book)
    if step.desk_id:
        people = book.at_desk(step.desk_id, case)
        owner = tuple(user for user in people if user == step.assignee_id)
        told = people if stage == Stage.MANAGERS else (owner or people)
        alarm = book.national(case) if step.key in ALARMED and stage >= Stage.DUE else ()
        return tuple(dict.fromkeys((*told, *alarm)))
    assert step.agency_id is not None, "a step has an owner (constraint)"
    members = book.able(book.members.get(step.agency_id, ()), case)
    managers = book.able(book.managers.get(step.agency_id, ()), case)
    if stage < Stage.MANAGERS and step.assignee_id in members:
        return (step.assignee_id,)
    return managers or (members if stage < Stage.MANAGERS else ()) or _coordinator(step.case, book)


def _coordinator(case: Case, book: AddressBook) -> tuple[uuid.UUID, ...]:
    people = book.at_desk(case.desk_id, case.pk)
    return (case.assignee_id,) if case.assignee_id in people else people


def _reminder(step: Step, stage: Stage, recipient: str, at: datetime) -> Reminder:
    assert step.due_at is not None, "a live step has a due time (constraint)"
    return Reminder(
        step=step,
        stage=stage,
        due_at=step.due_at,
        days_left=_days_left(step, at),
        recipient=recipient,
        sent_at=at,
    )


def _days_left(step: Step, at: datetime) -> int:
    assert step.due_at is not None, "a live step has a due time (constraint)"
    return max((step.due_at - at).days, 0)


def _late_notice(step: Step, stage: Stage, user: uuid.UUID, direct: bool, at: datetime) -> Notice:
    assert step.due_at is not None
    return Notice(
        user_id=user,
        kind=_KIND.get(stage, NoticeKind.STEP_LATE),
        case=step.case,
        step=step,
        made_at=at,
        direct=direct,
        dedupe_key=f"step:{step.pk}:{int(stage)}:{step.due_at:%Y%m%d%H%M}:{_days_left(step, at)}:{user}",
    )


def digests(slot: datetime) -> int:
    """One mail to everybody with news that nobody has mailed yet, however she wants it; returns how many.

    Keyed by the slot, or by its day for those who want one mail a day: twice equals once.
    """
    waiting = Notice.objects.filter(mailed_at__isnull=True, read_at__isnull=True)
    users = list(waiting.values_list("user_id", flat=True).distinct().order_by("user_id")[:5000])
    wishes = dict(User.objects.filter(pk__in=users, is_active=True).values_list("pk", "mail"))
    keys = {user: _digest_key(user, wish, slot) for user, wish in wishes.items() if wish != MailChoice.NEVER}
    made = outbox.states(keys.values())
    for user, key in keys.items():
        mail(user, key)
    later = [user for user, key in keys.items() if key in made]
    waiting.filter(user_id__in=users).exclude(user_id__in=later).update(mailed_at=clock.now())
    return len(keys) - len(later)


def _digest_key(user: uuid.UUID, wish: str, slot: datetime) -> str:
    return f"digest:{user}:{slot:%Y%m%d}" if wish == MailChoice.DAILY else f"digest:{user}:{slot:%Y%m%d%H%M}"
