"""Who may report, who is cleared to read, and whom one may name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from accounts.access import Assignment
from accounts.models import Agency, User
from cases.access import Sight, sight_of
from cases.enums import Level, ParticipationStatus
from cases.models import Breach, Case
from cases.services import reading
from coordinators.models import Desk
from core import audit
from core.models import AuditEvent

OFFICER: Final = "protect_data"
"""The right of the data protection officer."""
MOST: Final = 200


@dataclass(frozen=True)
class Whom:
    """Somebody who can be named as having been given or opened it."""

    code: str
    """`agency:`, `desk:` or `user:` and an id."""
    name: str
    house: str = ""


def may_report(sight: Sight) -> bool:
    """The desk that holds the case, and every agency that takes part in it."""
    return sight.level >= Level.STEPS and not sight.only_reads


def may_read(sight: Sight) -> bool:
    """The desk that holds the whole case. No agency, whoever reported it."""
    return sight.is_desk and sight.level >= Level.FULL and not sight.is_unplaced


def breaches_of(sight: Sight) -> QuerySet[Breach]:
    """Those of the case the viewer is cleared for, the latest first; none in which she, or the desk that has
    taken the case over since, is named."""
    if not may_read(sight):
        return Breach.objects.none()
    rows = sight.case.breaches.exclude(recipients__user_id=sight.by.user_id)
    rows = rows.exclude(recipients__desk_id=sight.case.desk_id)
    return rows.select_related("reported_by", "reported_agency").order_by("-reported_at")


def get_or_404(sight: Sight, breach_id: uuid.UUID) -> Breach:
    """One of the case's, for the desk. A stranger to it gets 404, recorded."""
    row = _full().filter(pk=breach_id, pk__in=breaches_of(sight).order_by().values("pk")).first()
    if row is None:
        audit.refuse("breach.read", breach_id, by=sight.by)
        raise Http404
    return row


def for_officer(breach_id: uuid.UUID, by: Assignment) -> Breach:
    """One of all, for the data protection officer; never her own doing. Raises Http404, recorded."""
    row = _full().filter(pk=breach_id).first()
    if row is None or not by.has(OFFICER) or is_named(row, by):
        audit.refuse("breach.read", breach_id, by=by)
        raise Http404
    return row


def officers_rows(by: Assignment) -> QuerySet[Breach]:
    """What the officer answers for, the most urgent first. Nothing she is named in herself."""
    if not by.has(OFFICER):
        audit.refuse("breach.list", by=by)
        raise PermissionDenied
    rows = Breach.objects.exclude(recipients__user_id=by.user_id).filter(case__practice=False)
    return rows.select_related("case", "reported_agency", "data_key")


def waiting(by: Assignment) -> int:
    """How many are not closed."""
    return officers_rows(by).filter(closed_at__isnull=True).count()


def is_named(breach: Breach, by: Assignment) -> bool:
    """Whether somebody is herself among those who saw wrongly."""
    return breach.recipients.filter(user_id=by.user_id).exists()


def acting(breach: Breach, case: Case, by: Assignment, verb: str) -> Breach:
    """For services: the row, for the officer or the desk that decides about the case.

    Never for somebody named in it. Raises PermissionDenied, recorded.
    """
    sight = sight_of(by, case)
    desk = sight is not None and _is_cleared(sight, breach) and "triage" in sight.desk_rights
    if is_named(breach, by) or not (desk or by.has(OFFICER)):
        audit.refuse(verb, breach, by=by)
        raise PermissionDenied
    breach.case = case
    return breach


def still_cleared(breach_id: object, by: Assignment) -> bool:
    """For papers: whether a report about it could be ordered again now."""
    row = _full().filter(pk=uuid.UUID(str(breach_id))).first()
    if row is None or is_named(row, by):
        return False
    if by.has(OFFICER):
        return True
    sight = sight_of(by, row.case)
    return sight is not None and _is_cleared(sight, row)


def _is_cleared(sight: Sight, breach: Breach) -> bool:
    return breaches_of(sight).filter(pk=breach.pk).exists()


def _full() -> QuerySet[Breach]:
    related = ("case__desk__region", "case__person__data_key", "data_key", "reported_by", "reported_agency")
    return Breach.objects.select_related(*related, "decided_by", "closed_by")


# --- whom one may name -----------------------------------------------------------------------------


def whom(sight: Sight) -> list[Whom]:
    """Those the viewer knows of: a desk everybody who was let in or has looked; an agency those it is told
    take part, and its own people who have looked."""
    found = [*_agencies(sight), *_desks(sight)]
    return [*found, *_people(sight, {one.code for one in found})]


def _agencies(sight: Sight) -> list[Whom]:
    rows = sight.case.participations.filter(is_referrer=False).select_related("agency")
    if not sight.is_desk:
        rows = rows.filter(status=ParticipationStatus.ACCEPTED)
    names = {row.agency_id: sight.name_of(row.agency) for row in rows.order_by("invited_at")}
    if sight.agency_id and sight.agency_id not in names:
        names[sight.agency_id] = sight.by.agency.name
    return [Whom(f"agency:{pk}", name) for pk, name in names.items()]


def _desks(sight: Sight) -> list[Whom]:
    """Desks that have held or read the case besides the one that holds it."""
    if not sight.is_desk:
        return []
    others = sight.case.grounds.filter(desk__isnull=False).exclude(desk_id=sight.case.desk_id)
    desks = Desk.objects.filter(pk__in=others.values("desk_id")).select_related("region")
    return [Whom(f"desk:{desk.pk}", str(desk.name)) for desk in desks]


def _people(sight: Sight, named: set[str]) -> list[Whom]:
    """Who has looked, by name; of an agency its own people alone."""
    case = sight.case
    whole = [pk for pk in (case.pk, case.person_id) if pk]
    rows = AuditEvent.objects.filter(reading.looks_at(case, whole)).exclude(user_id=None)
    if not sight.is_desk:
        rows = rows.filter(agency_id=sight.agency_id)
    pairs = list(rows.order_by().values_list("user_id", "agency_id").distinct()[:MOST])
    users = dict(User.objects.filter(pk__in={user for user, _ in pairs}).values_list("pk", "name"))
    houses = dict(Agency.objects.filter(pk__in={house for _, house in pairs}).values_list("pk", "name"))
    found = [
        Whom(f"user:{user}", users[user], houses.get(house, "") if house else "")
        for user, house in pairs
        if user in users
    ]
    return sorted(found, key=lambda one: (one.house, one.name))
