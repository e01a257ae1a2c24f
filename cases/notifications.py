"""One function per message: who is told what. In the portal a reference, by mail only that something waits.

Danger, children and refusals are mailed at once; the rest waits for the digest, which each person
chooses. Recipients are worked out when the message is made, from people active at that moment.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import get_language

from accounts.access import Assignment
from accounts.models import Agency, Membership, User
from cases.enums import NoticeKind, Stage, Urgency
from cases.models import Case, Message, Notice, Participation, Referral, Reminder, Step
from coordinators import routing
from coordinators.models import Desk
from core import clock, outbox
from manual.enums import Priority

DAILY_CAP = 12
"""Direct mails to one person in a day; what comes after waits for the digest."""


# --- who -----------------------------------------------------------------------------------------


@dataclass
class AddressBook:
    """People at desks and managers of agencies, read once for a whole batch."""

    on: date
    desks: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)
    managers: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)
    members: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)

    @classmethod
    def for_steps(cls, steps: Iterable[Step]) -> AddressBook:
        book = cls(clock.today())
        rows = list(steps)
        book.load_desks({step.case.desk_id for step in rows} | {step.desk_id for step in rows if step.desk_id})
        book.load_agencies({step.agency_id for step in rows if step.agency_id})
        return book

    def load_desks(self, ids: set[uuid.UUID]) -> None:
        desks = list(Desk.objects.filter(pk__in=ids)) + [routing.reference().national]
        people = routing.people_on(set(desks), self.on)
        self.desks = {desk: tuple(person.user_id for person in found) for desk, found in people.items()}

    def load_agencies(self, ids: set[uuid.UUID]) -> None:
        managers: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        members: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        rows = Membership.objects.in_force(self.on).filter(agency_id__in=ids)
        for agency, user, is_manager in rows.values_list("agency_id", "user_id", "is_manager"):
            members[agency].append(user)
            if is_manager:
                managers[agency].append(user)
        self.managers = {agency: tuple(users) for agency, users in managers.items()}
        self.members = {agency: tuple(users) for agency, users in members.items()}

    def at_desk(self, desk_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
        """People on duty, else the national desk: never nobody."""
        return self.desks.get(desk_id) or self.national()

    def national(self) -> tuple[uuid.UUID, ...]:
        return self.desks.get(routing.reference().national.pk, ())


def desk_people(desk: Desk) -> tuple[uuid.UUID, ...]:
    book = AddressBook(clock.today())
    book.load_desks({desk.pk})
    return book.at_desk(desk.pk)


def handlers(case: Case) -> tuple[uuid.UUID, ...]:
    """Her who handles the case, else everybody on duty at its desk."""
    people = desk_people(case.desk)
    if case.assignee_id and case.assignee_id in people:
        return (case.assignee_id,)
    return people


# --- how -----------------------------------------------------------------------------------------


def _is_urgent(case: Case) -> bool:
    return case.danger or case.urgency <= Urgency.CHILD


def tell(users: Iterable[uuid.UUID], kind: NoticeKind, case: Case, *, once: str, referral: Referral | None = None,
         direct: bool = False, after: datetime | None = None) -> None:  # fmt: skip
    """A notice each, and a mail at once for what cannot wait. `once` makes a repeated call harmless."""
    if case.practice:
        return
    now = clock.now()
    people = list(dict.fromkeys(users))
    Notice.objects.bulk_create(
        [
            Notice(user_id=user, kind=kind, case=None if referral else case, referral=referral,
                   dedupe_key=f"{once}:{user}", made_at=now, direct=direct)
            for user in people
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    if direct:
        _mail_now(people, once, after)


def _mail_now(users: Sequence[uuid.UUID], once: str, after: datetime | None = None) -> None:
    for user in users:
        if outbox.sent_today(user) < DAILY_CAP:
            _mail(user, f"now:{once}:{user}", after)
    Notice.objects.filter(dedupe_key__in=[f"{once}:{user}" for user in users]).update(mailed_at=clock.now())


@outbox.still("news")
def _has_news(context: outbox.Context) -> bool:
    """Asked just before sending: a mail about what has been read or settled meanwhile does not leave."""
    return Notice.objects.filter(user_id=context["user"], read_at__isnull=True).exists()


def _mail(user: uuid.UUID, dedupe_key: str, not_before: datetime | None = None) -> None:
    outbox.queue("something_waiting", user_id=user, dedupe_key=dedupe_key, not_before=not_before,
                 context={"still": "news", "user": user})  # fmt: skip


def settled(step_ids: Iterable[uuid.UUID]) -> None:
    """Steps have ended: notices about them are no news any more."""
    Notice.objects.filter(step_id__in=list(step_ids), read_at__isnull=True).update(read_at=clock.now())


def _mailbox(agency: Agency, once: str) -> None:
    """The function mailbox, at most once a day and subject."""
    if agency.mailbox:
        outbox.queue("something_waiting", to=agency.mailbox, language=get_language() or settings.LANGUAGE_CODE,
                     dedupe_key=f"box:{agency.pk}:{once}:{clock.today()}")  # fmt: skip


# --- what ----------------------------------------------------------------------------------------


def referral_sent(referral: Referral, case: Case) -> None:
    kind = NoticeKind.UNPLACED if case.routing.get("unplaced") else NoticeKind.NEW_REFERRAL
    tell(desk_people(case.desk), kind, case, once=f"new:{referral.pk}", direct=_is_urgent(case))


def supplemented(referral: Referral, case: Case) -> None:
    tell(handlers(case), NoticeKind.SUPPLEMENTED, case, once=f"more:{referral.pk}:{case.version}:{clock.now():%s}",
         direct=case.danger)  # fmt: skip


def accepted(case: Case, *, by: Assignment) -> None:
    later = clock.now() + settings.UNDO_WINDOW
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.ACCEPTED, case, once=f"accepted:{referral.pk}:{case.version}",
             referral=referral, after=later)  # fmt: skip
    if case.assignee_id and case.assignee_id != by.user_id:
        tell([case.assignee_id], NoticeKind.ASSIGNED, case, once=f"assigned:{case.pk}:{case.version}", after=later)


def more_wanted(referral: Referral, case: Case) -> None:
    tell([referral.referrer_id], NoticeKind.MORE_WANTED, case, once=f"wanted:{referral.pk}:{case.version}",
         referral=referral, direct=_is_urgent(case))  # fmt: skip


def not_taken(case: Case) -> None:
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.NOT_TAKEN, case, once=f"nottaken:{referral.pk}:{case.version}",
             referral=referral, direct=True)  # fmt: skip


def forwarded(case: Case, old: Desk, new: Desk) -> None:
    """Both desks and every referrer are told (S11)."""
    once = f"forwarded:{case.pk}:{case.version}"
    tell(desk_people(new), NoticeKind.NEW_REFERRAL, case, once=once, direct=True)
    left = [user for user in desk_people(old) if user not in desk_people(new)]
    tell(left, NoticeKind.FORWARDED, case, once=once)
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.FORWARDED, case, once=once, referral=referral)


def assigned(case: Case, *, before: uuid.UUID | None, by: Assignment) -> None:
    once = f"assigned:{case.pk}:{case.version}"
    if case.assignee_id and case.assignee_id != by.user_id:
        tell([case.assignee_id], NoticeKind.ASSIGNED, case, once=once)
    if before and before not in (case.assignee_id, by.user_id):
        tell([before], NoticeKind.UNASSIGNED, case, once=once)


def woken(case: Case) -> None:
    tell(handlers(case), NoticeKind.WOKEN, case, once=f"woken:{case.pk}:{case.version}")


def invited(case: Case, participation: Participation) -> None:
    book = AddressBook(clock.today())
    book.load_agencies({participation.agency_id})
    people = book.managers.get(participation.agency_id) or book.members.get(participation.agency_id, ())
    tell(people, NoticeKind.INVITED, case, once=f"invited:{participation.pk}", direct=_is_urgent(case))
    _mailbox(participation.agency, f"invited:{participation.pk}")


def invitation_answered(case: Case, participation: Participation) -> None:
    declined = participation.decline_reason is not None
    tell(handlers(case), NoticeKind.ANSWERED, case, once=f"answered:{participation.pk}", direct=declined)


def message_sent(case: Case, message: Message) -> None:
    book = AddressBook(clock.today())
    recipients = list(message.recipients.select_related("referral"))
    book.load_agencies({row.agency_id for row in recipients if row.agency_id})
    for row in recipients:
        once = f"message:{message.pk}:{row.pk}"
        if row.referral:
            tell([row.referral.referrer_id], NoticeKind.MESSAGE, case, once=once, referral=row.referral)
        elif row.agency_id:
            tell(_contacts(case, row.agency_id, book), NoticeKind.MESSAGE, case, once=once)
        else:
            tell(handlers(case), NoticeKind.MESSAGE, case, once=once)


def _contacts(case: Case, agency_id: uuid.UUID, book: AddressBook) -> Sequence[uuid.UUID]:
    """The contact person of the agency in the case, else its managers, else its people."""
    contact = case.participations.filter(agency_id=agency_id, contact__isnull=False).values_list("contact", flat=True).first()
    if contact:
        return (contact,)
    return book.managers.get(agency_id) or book.members.get(agency_id, ())


def closed(case: Case) -> None:
    once = f"closed:{case.pk}:{case.version}"
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.CLOSED, case, once=once, referral=referral)


def reopened(case: Case) -> None:
    tell(handlers(case), NoticeKind.REOPENED, case, once=f"reopened:{case.pk}:{case.version}")


def draft_expires(owner_id: uuid.UUID, draft_id: uuid.UUID) -> None:
    """Seven days before a draft is deleted, once."""
    once = f"draft:{draft_id}:{owner_id}"
    Notice.objects.bulk_create(
        [Notice(user_id=owner_id, kind=NoticeKind.DRAFT_EXPIRES, dedupe_key=once, made_at=clock.now())],
        ignore_conflicts=True,
    )


def desk_uncovered(desk: Desk, users: Iterable[uuid.UUID], hour: datetime) -> None:
    """Nobody answers at a desk: the national desk is told once a day (S10)."""
    day = clock.local(hour).date()
    people = list(users)
    Notice.objects.bulk_create(
        [Notice(user_id=user, kind=NoticeKind.UNCOVERED, dedupe_key=f"uncovered:{desk.pk}:{day}:{user}",
                made_at=clock.now(), direct=True) for user in people],
        ignore_conflicts=True,
    )  # fmt: skip
    _mail_now(people, f"uncovered:{desk.pk}:{day}")


def withdraw(case: Case, *, verb: str) -> None:
    """A decision was undone in time: what had not left yet never leaves."""
    version = case.version - 1
    word = {"accept": "accepted", "assign": "assigned"}.get(verb)
    if word is None:
        return
    for subject in [case.pk, *case.referrals.values_list("pk", flat=True)]:
        once = f"{word}:{subject}:{version}"
        Notice.objects.filter(dedupe_key__startswith=f"{once}:").delete()
        outbox.cancel(f"now:{once}:")


# --- late ----------------------------------------------------------------------------------------

_KIND = {Stage.REMINDED: NoticeKind.STEP_SOON, Stage.DUE: NoticeKind.STEP_DUE}


def chased(claimed: Sequence[tuple[Step, Stage]], *, at: datetime) -> int:
    """Tell the next person in line about each step: owner → managers or deputy → coordinator → national.

    One ledger row per (step, stage, due time, recipient) and nothing twice. Returns the rows written.
    """
    if not claimed:
        return 0
    book = AddressBook.for_steps(step for step, _stage in claimed)
    agencies = {a.pk: a for a in Agency.objects.filter(pk__in={s.agency_id for s, _ in claimed if s.agency_id})}
    reminders: list[Reminder] = []
    notices: list[Notice] = []
    urgent: set[uuid.UUID] = set()
    for step, stage in claimed:
        users = recipients(step, stage, book)
        direct = step.priority == Priority.CRITICAL or _is_urgent(step.case)
        for user in users:
            reminders.append(_reminder(step, stage, f"user:{user}", at))
            notices.append(_late_notice(step, stage, user, direct, at))
        if direct and stage >= Stage.DUE:
            urgent |= set(users)
        if step.agency_id and not book.members.get(step.agency_id):
            reminders.append(_reminder(step, stage, f"agency:{step.agency_id}", at))
            _mailbox(agencies[step.agency_id], "late")
    before = Reminder.objects.filter(step__in=[s for s, _ in claimed]).count()
    Reminder.objects.bulk_create(reminders, ignore_conflicts=True)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    for user in urgent:
        _mail_late(user, at)
    return Reminder.objects.filter(step__in=[s for s, _ in claimed]).count() - before


def _mail_late(user: uuid.UUID, at: datetime) -> None:
    """One mail an hour however many steps are late, and never above the daily cap."""
    if outbox.sent_today(user) < DAILY_CAP:
        _mail(user, f"late:{user}:{clock.local(at):%Y%m%d%H}")


def recipients(step: Step, stage: Stage, book: AddressBook) -> tuple[uuid.UUID, ...]:
    """Who hears about a step at a stage. An owner who has left, or nobody, means the next in line."""
    if stage >= Stage.NATIONAL:
        return book.national()
    if stage == Stage.COORDINATOR:
        return _coordinator(step.case, book)
    if step.desk_id:
        people = book.at_desk(step.desk_id)
        owner = tuple(user for user in people if user == step.assignee_id)
        return people if stage == Stage.MANAGERS else (owner or people)
    assert step.agency_id is not None, "a step has an owner (constraint)"
    members = book.members.get(step.agency_id, ())
    managers = book.managers.get(step.agency_id, ())
    if stage < Stage.MANAGERS and step.assignee_id in members:
        return (step.assignee_id,)
    return managers or (members if stage < Stage.MANAGERS else ()) or _coordinator(step.case, book)


def _coordinator(case: Case, book: AddressBook) -> tuple[uuid.UUID, ...]:
    people = book.at_desk(case.desk_id)
    return (case.assignee_id,) if case.assignee_id in people else people


def _reminder(step: Step, stage: Stage, recipient: str, at: datetime) -> Reminder:
    return Reminder(step=step, stage=stage, due_at=step.due_at, recipient=recipient, sent_at=at)


def _late_notice(step: Step, stage: Stage, user: uuid.UUID, direct: bool, at: datetime) -> Notice:
    assert step.due_at is not None
    return Notice(
        user_id=user, kind=_KIND.get(stage, NoticeKind.STEP_LATE), case=step.case, step=step, made_at=at,
        direct=direct, dedupe_key=f"step:{step.pk}:{int(stage)}:{step.due_at:%Y%m%d%H%M}:{user}",
    )  # fmt: skip


# --- digest --------------------------------------------------------------------------------------


def digests(slot: datetime) -> int:
    """One mail to everybody with news that nobody has mailed yet. Keyed by slot: twice equals once."""
    waiting = Notice.objects.filter(mailed_at__isnull=True, read_at__isnull=True)
    users = list(waiting.values_list("user_id", flat=True).distinct().order_by("user_id")[:5000])
    wanting = set(User.objects.filter(pk__in=users, is_active=True).exclude(mail="never").values_list("pk", flat=True))
    for user in users:
        if user in wanting:
            _mail(user, f"digest:{user}:{slot:%Y%m%d%H%M}")
    return waiting.filter(user_id__in=users).update(mailed_at=clock.now()) and len(wanting)
