"""What is late, told to the next person in line; and the digest of what nobody has mailed yet."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from accounts.models import Agency
from cases.enums import Channel, NoticeGroup, NoticeKind, Stage
from cases.models import Case, Notice, Reminder, Step
from cases.notifications.choices import Wishes
from cases.notifications.people import AddressBook
from cases.notifications.sending import DAILY_CAP, is_urgent, mail, mailbox
from core import clock, outbox
from core.enums import MailState
from manual.enums import Priority

MORNING: Final = time(7, 30)
"""When the digest leaves."""
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
    told = [(step, stage, recipients(step, stage, book)) for step, stage in claimed]
    wishes = Wishes({user for _step, _stage, users in told for user in users}, [NoticeGroup.STEPS])
    reminders: list[Reminder] = []
    notices: list[Notice] = []
    for step, stage, users in told:
        direct = step.priority == Priority.CRITICAL or is_urgent(step.case)
        reminders += [_reminder(step, stage, f"user:{user}", at) for user in users]
        notices += [
            _late_notice(step, stage, user, direct, at)
            for user in users
            if direct or wishes.channel(user, NoticeKind.STEP_LATE) != Channel.NEVER
        ]
        if step.agency_id and not book.members.get(step.agency_id):
            reminders.append(_reminder(step, stage, f"agency:{step.agency_id}", at))
            mailbox(agencies[step.agency_id], "late", step.case)
    before = Reminder.objects.filter(step__in=[s for s, _ in claimed]).count()
    Reminder.objects.bulk_create(reminders, ignore_conflicts=True)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    _mail_at_once(notices, wishes, at)
    return Reminder.objects.filter(step__in=[s for s, _ in claimed]).count() - before


def _mail_at_once(notices: Sequence[Notice], wishes: Wishes, at: datetime) -> None:
    """What is urgent from its due time on, to everybody; the rest to those who want it at once."""
    urgent = [notice for notice in notices if notice.direct and notice.kind != NoticeKind.STEP_SOON]
    wanted = [
        notice
        for notice in notices
        if not notice.direct and wishes.channel(notice.user_id, notice.kind) == Channel.MAIL
    ]
    mailed = []
    for rows, ordinary in ((urgent, False), (wanted, True)):
        users = [user for user in {row.user_id for row in rows} if _mail_late(user, at, ordinary=ordinary)]
        mailed += [row.dedupe_key for row in rows if row.user_id in users]
    Notice.objects.filter(dedupe_key__in=mailed).update(mailed_at=at)


def _mail_late(user: uuid.UUID, at: datetime, *, ordinary: bool) -> bool:
    """One mail an hour however many steps are late, and never above the daily cap: is one on its way?"""
    key = f"{'steps' if ordinary else 'late'}:{user}:{at:%Y%m%d%H}"
    if outbox.sent_today(user) >= DAILY_CAP:
        return False
    mail(user, key, ordinary=ordinary)
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
    """One mail to everybody with news that nobody has mailed yet, as each wants it; returns how many.

    In the morning what waits for the digest. Later in the day only what should have been mailed at once
    and was not, because of the daily cap. Keyed by the slot, or by its day: twice equals once.
    """
    morning = clock.local(slot).time() <= MORNING
    waiting = Notice.objects.filter(mailed_at__isnull=True, read_at__isnull=True)
    users = list(waiting.values_list("user_id", flat=True).distinct().order_by("user_id")[:5000])
    wishes = Wishes(users, NoticeGroup.values)
    at_once: dict[uuid.UUID, bool] = {}
    told: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    silent: list[uuid.UUID] = []
    rows = waiting.filter(user_id__in=users).values_list("pk", "user_id", "kind", "direct")
    for notice, user, kind, direct in rows:
        channel = Channel.MAIL if direct else wishes.channel(user, kind)
        if not wishes.active(user) or channel in (Channel.PORTAL, Channel.NEVER):
            silent.append(notice)
        elif morning or channel == Channel.MAIL:
            at_once[user] = at_once.get(user, False) or channel == Channel.MAIL
            told[user].append(notice)
    keys = {user: _digest_key(user, soon, slot) for user, soon in at_once.items()}
    made = outbox.states(keys.values())
    for user, key in keys.items():
        mail(user, key, ordinary=True)
    done = [notice for user, key in keys.items() if key not in made for notice in told[user]]
    Notice.objects.filter(pk__in=[*done, *silent]).update(mailed_at=clock.now())
    return len(keys) - len(made)


def _digest_key(user: uuid.UUID, at_once: bool, slot: datetime) -> str:
    return f"digest:{user}:{slot:%Y%m%d%H%M}" if at_once else f"digest:{user}:{slot:%Y%m%d}"
