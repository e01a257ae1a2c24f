"""What somebody who leaves holds in cases, and its new home. The keeper of `accounts.services.leaving`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from accounts.enums import ROLE_RIGHTS, Role
from accounts.models import Agency, Membership, User
from accounts.services.leaving import OpenWork
from cases import notifications
from cases.access import barred_from
from cases.enums import OPEN_STATUSES, IncidentStatus, ParticipationStatus
from cases.models import Case, Draft, Incident, Participation, Step
from cases.services import casework, chasing, drafts, incident_sending, moving
from coordinators import routing
from coordinators.models import Desk
from core import audit, clock
from core.swedish import swedish_key

WORKING: Final = frozenset({"work_cases", "file_referrals"})
STEPS, DESK, CONTACT = "steps", "desk", "contact"
DRAFTS, INCIDENTS = "drafts", "incidents"
LISTED: Final = 60
"""References shown of one kind."""
_TITLES: Final[dict[str, tuple[Promise, Promise]]] = {
    STEPS: (_("Steps in cases"), _("Nobody: the unit shares them")),
    DESK: (_("Cases and steps at the desk"), _("Nobody: everybody on duty at the desk")),
    CONTACT: (_("Contact person in cases"), _("Nobody: the unit's managers are reached")),
    DRAFTS: (_("Drafts of referrals"), _("Nobody: they are deleted now")),
    INCIDENTS: (_("Saved events with several persons"), _("Nobody: they are deleted now")),
}
"""What each kind is called, and what it means that nobody takes it on."""


_kept = Q(status=IncidentStatus.DRAFT) | Q(status=IncidentStatus.SENT, expires_at__isnull=False)
"""Events with persons not yet sent."""


def _own(code: str, user: User, agency_id: UUID | None) -> QuerySet[Step | Participation | Draft | Incident]:
    """The rows of one kind at agencies."""
    rows: dict[str, QuerySet[Step | Participation | Draft | Incident]] = {
        STEPS: Step.objects.filter(assignee=user, agency__isnull=False, status__in=moving.UNENDED),
        CONTACT: Participation.objects.filter(
            contact=user, status=ParticipationStatus.ACCEPTED, case__status__in=OPEN_STATUSES
        ),
        DRAFTS: Draft.objects.filter(owner=user),
        INCIDENTS: Incident.objects.filter(_kept, owner=user),
    }
    found = rows[code]
    return found.filter(agency_id=agency_id) if agency_id else found


def _assigned(user: User) -> QuerySet[Case]:
    """Open cases she handles, or in which a step of the desk is hers."""
    steps = Step.objects.filter(assignee=user, desk__isnull=False, status__in=moving.UNENDED)
    mine = Q(assignee=user) | Q(pk__in=steps.values("case_id"))
    return Case.objects.filter(mine, status__in=OPEN_STATUSES)


class CaseWork:
    """Counts and references; nothing of what a case is about."""

    def find(self, user: User, agency_id: UUID | None, by: Assignment | None) -> list[OpenWork]:
        found = [self._of_agency(code, user, agency_id) for code in (STEPS, CONTACT, DRAFTS, INCIDENTS)]
        return [*self._of_desks(user, agency_id), *(work for works in found for work in works)]

    def _of_agency(self, code: str, user: User, agency_id: UUID | None) -> list[OpenWork]:
        rows = _own(code, user, agency_id)
        told = "case__reference" if code in (STEPS, CONTACT) else "agency_id"
        held: dict[UUID, list[str]] = {}
        for house, reference in rows.values_list("agency_id", told):
            held.setdefault(house, []).append(str(reference))
        title, nobody = _TITLES[code]
        return [
            OpenWork(
                code, agency.pk, agency.pk, agency.name, title, len(held[agency.pk]),
                references=_listed(held[agency.pk]) if told != "agency_id" else (),
                people=_colleagues(agency.pk, user), nobody=nobody,
            )
            for agency in Agency.objects.filter(pk__in=held).order_by("name")
        ]  # fmt: skip

    def _of_desks(self, user: User, agency_id: UUID | None) -> list[OpenWork]:
        """When one membership ends: desks of its agency, and those she covered through it."""
        held: dict[UUID, list[str]] = {}
        for desk_id, reference in _assigned(user).values_list("desk_id", "reference"):
            held.setdefault(desk_id, []).append(reference)
        desks = Desk.objects.select_related("region", "agency").filter(pk__in=held).order_by("key")
        if agency_id:
            here = Q(agency_id=agency_id) | Q(
                duties__membership__user=user, duties__membership__agency_id=agency_id
            )
            desks = desks.filter(here).distinct()
        people = routing.people_on(desks, clock.today())
        title, nobody = _TITLES[DESK]
        return [
            OpenWork(
                DESK, desk.pk, desk.agency_id, desk.name, title, len(held[desk.pk]),
                references=_listed(held[desk.pk]), nobody=nobody,
                people=tuple((str(p.user_id), p.name) for p in people[desk.pk] if p.user_id != user.pk),
            )
            for desk in desks
        ]  # fmt: skip

    def move(self, user: User, work: OpenWork, heir_id: UUID | None, by: Assignment | None) -> None:
        if work.code == DESK:
            _move_cases(_assigned(user).filter(desk_id=work.house_id), user, heir_id, by)
        elif work.code in (STEPS, CONTACT):
            rows = _own(work.code, user, work.house_id)
            _move_parts(
                work.code, set(rows.values_list("case_id", flat=True)), user, work.house_id, heir_id, by
            )
        elif work.code in (DRAFTS, INCIDENTS):
            _move_own(_own(work.code, user, work.house_id), heir_id, by)


def _listed(references: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(references)))[:LISTED]


def _colleagues(agency_id: UUID, user: User) -> tuple[tuple[str, str], ...]:
    rows = Membership.objects.in_force().filter(agency_id=agency_id).exclude(user=user).select_related("user")
    working = {row.user_id: row.user.name for row in rows if ROLE_RIGHTS[Role(row.role)] & WORKING}
    pairs = ((str(pk), name) for pk, name in working.items())
    return tuple(sorted(pairs, key=lambda pair: swedish_key(pair[1])))


def _able(case: Case, heir_id: UUID | None) -> UUID | None:
    """Nobody instead of somebody who cannot handle the case."""
    return None if heir_id in barred_from(case) else heir_id


def _move_cases(cases: QuerySet[Case], user: User, heir_id: UUID | None, by: Assignment | None) -> None:
    for pk in cases.order_by("pk").values_list("pk", flat=True):
        case = casework.lock(pk)
        heir = _able(case, heir_id)
        if case.assignee_id == user.pk:
            case.assignee_id = heir
            case.version += 1
            case.save(update_fields=["assignee", "version"])
        case.steps.filter(assignee=user, desk__isnull=False, status__in=moving.UNENDED).update(
            assignee_id=heir
        )
        chasing.settle(case)
        _told(case, user, heir, by)


def _move_parts(
    code: str, case_ids: set[UUID], user: User, agency_id: UUID, heir_id: UUID | None, by: Assignment | None
) -> None:
    for pk in sorted(case_ids):
        case = casework.lock(pk)
        heir = _able(case, heir_id)
        rows = _own(code, user, agency_id).filter(case=case)
        rows.update(**{"contact_id" if code == CONTACT else "assignee_id": heir})
        _told(case, user, heir, by)


def _told(case: Case, user: User, heir: UUID | None, by: Assignment | None) -> None:
    """The heir has a notice a case; the history says whose it was and whose it is."""
    audit.record("case.rehome", case, by=by, assignee=heir or "", before=user.pk)
    notifications.inherited(case, heir, by=by)


def _move_own(
    rows: QuerySet[Step | Participation | Draft | Incident], heir_id: UUID | None, by: Assignment | None
) -> None:
    for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True):
        assert isinstance(row, Draft | Incident), "the other kinds stand in cases"
        audit.record("draft.rehome", row, by=by, owner=heir_id or "")
        if heir_id:
            row.owner_id = heir_id
            row.save(update_fields=["owner"])
        elif isinstance(row, Draft):
            drafts.remove(row, by)
        else:
            incident_sending.remove(row, by)
