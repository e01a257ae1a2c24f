"""One function per message about emergency access and protected identity."""

from __future__ import annotations

import uuid

from accounts.access import Assignment
from accounts.models import Agency, AgencyPermission, Membership
from cases.enums import NoticeKind
from cases.models import BreakGlass, Case, NamedPerson, ProtectionLift
from cases.notifications.people import desk_people, handlers, national_people
from cases.notifications.sending import mail, tell
from core import clock
from core.access import members_with


def officers() -> tuple[uuid.UUID, ...]:
    """The data protection officers; while there is none, whoever answers for the national desk."""
    national = Agency.objects.filter(kind="nspm").values_list("pk", flat=True).first()
    rows = members_with(AgencyPermission, national, "protect_data") if national else []
    people = Membership.objects.filter(pk__in=rows).values_list("user_id", flat=True).distinct()
    return tuple(people) or national_people(clock.today())


def emergency(glass: BreakGlass) -> None:
    """The officers at once, whatever they chose and however much mail they had today; and the desk."""
    once = f"glass:{glass.pk}"
    told = [user for user in officers() if user != glass.user_id]
    tell(told, NoticeKind.EMERGENCY, glass.case, once=once, direct=True)
    if not glass.case.practice:
        for user in told:
            mail(user, f"now:{once}:{user}")
    others = [user for user in handlers(glass.case) if user not in (*told, glass.user_id)]
    tell(others, NoticeKind.EMERGENCY, glass.case, once=once, direct=True)


def emergency_reviewed(glass: BreakGlass) -> None:
    """Whoever opened it, and the desk."""
    people = {glass.user_id, *handlers(glass.case)} - {glass.reviewed_by_id}
    tell([p for p in people if p], NoticeKind.EMERGENCY_REVIEWED, glass.case, once=f"reviewed:{glass.pk}")


def case_requested(request_id: uuid.UUID, case: Case, *, by_id: uuid.UUID) -> None:
    """An officer now reads the case for a request: the other officers at once (the national desk while there
    is no other), so that no one person opens a case by its number alone; and whoever handles it."""
    once = f"asked:{request_id}:{case.pk}"
    others = [user for user in officers() if user != by_id]
    others = others or [user for user in national_people(clock.today()) if user != by_id]
    handling = [user for user in handlers(case) if user not in (*others, by_id)]
    tell([*others, *handling], NoticeKind.CASE_REQUESTED, case, once=once, direct=True)
    for user in others:
        mail(user, f"now:{once}:{user}")


def named(row: NamedPerson, *, by: Assignment) -> None:
    """Her who is named, and whoever handles the case when it was somebody else."""
    tell([row.user_id], NoticeKind.NAMED, row.case, once=f"named:{row.pk}", direct=True, by=by)


def unnamed(row: NamedPerson, *, by: Assignment | None) -> None:
    if by is None or by.user_id != row.user_id:
        tell([row.user_id], NoticeKind.UNNAMED, row.case, once=f"unnamed:{row.pk}", by=by)


def protection_changed(case: Case, version: int, *, by: Assignment) -> None:
    """The desk and those named: what they see and may write is another from now on."""
    named_too = case.named_people.filter(ended_at__isnull=True).values_list("user_id", flat=True)
    people = dict.fromkeys((*desk_people(case.desk, case), *named_too))
    told = [user for user in people if user != by.user_id]
    tell(told, NoticeKind.PROTECTION, case, once=f"protection:{case.pk}:{version}", direct=True, by=by)


def lift_asked(row: ProtectionLift) -> None:
    """Everybody at the desk who may be the second person."""
    told = [user for user in desk_people(row.case.desk, row.case) if user != row.asked_by_id]
    tell(told, NoticeKind.LIFT_ASKED, row.case, once=f"lift:{row.pk}", direct=True)
