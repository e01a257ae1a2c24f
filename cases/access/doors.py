"""The doors: every list and every page of a case begins at one of these."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.access import Assignment, AuthenticatedRequest
from cases.access.gone import tell_if_disposed
from cases.access.rare import rarities
from cases.access.sight import Sight
from cases.enums import ACTING_REASONS, GrantReason, Level, Status
from cases.models import BreakGlass, Case, CaseGrant, NamedPerson, Recusal
from coordinators.access import desks_of
from core import audit, clock
from core.errors import Moved


def held_by(by: Assignment, desks: dict[uuid.UUID, frozenset[str]] | None = None) -> QuerySet[CaseGrant]:
    """Grants of this assignment's containers that are valid now: the base of every list."""
    mine = Q(desk_id__in=_seen(desks_of(by) if desks is None else desks))
    if by.has("work_cases"):
        mine |= Q(agency_id=by.agency_id)
    if in_emergency(by):
        mine |= Q(user_id=by.user_id)
    return _not_recused(CaseGrant.objects.filter(mine, _in_force()), by)


def not_hidden(by: Assignment) -> Q:
    """For grants that are searched: a protected person is found by those alone who are named for her."""
    rows = NamedPerson.objects.filter(case=OuterRef("case"), user_id=by.user_id, ended_at__isnull=True)
    named = Q(Exists(rows.filter(until__gt=clock.now())))
    return Q(case__is_protected=False) | Q(assignee_id=by.user_id) | named


def in_emergency(by: Assignment) -> bool:
    """Whether she has emergency access to some case now. One query, for those alone who may have it."""
    if not by.has("break_glass"):
        return False
    rows = BreakGlass.objects.filter(user_id=by.user_id, closed_at__isnull=True, until__gt=clock.now())
    return rows.exists()


def at_desks(by: Assignment, desks: dict[uuid.UUID, frozenset[str]]) -> QuerySet[CaseGrant]:
    """Grants through which these desks decide. The index of the queue gives them in its order."""
    rows = CaseGrant.objects.filter(_in_force(), desk_id__in=_seen(desks), reason__in=ACTING_REASONS)
    return _not_recused(rows, by)


def recused_cases(by: Assignment) -> QuerySet[Recusal, Any]:
    """Ids of the cases this person cannot handle, for lists that do not begin at a grant (S27)."""
    return Recusal.objects.filter(user_id=by.user_id, lifted_at__isnull=True).values("case_id")


def barred_from(case: Case) -> frozenset[uuid.UUID]:
    """Those who have said that they cannot handle the case: they get no part in it."""
    rows = Recusal.objects.filter(case_id=case.pk, lifted_at__isnull=True)
    return frozenset(rows.values_list("user_id", flat=True))


def _not_recused(rows: QuerySet[CaseGrant], by: Assignment) -> QuerySet[CaseGrant]:
    """Whoever cannot handle a case sees nothing of it, through whatever container (S27)."""
    return rows.exclude(case_id__in=recused_cases(by))


def _seen(desks: dict[uuid.UUID, frozenset[str]]) -> list[uuid.UUID]:
    return [desk for desk, rights in desks.items() if rights & {"view_inbox", "place"}]


def _in_force() -> Q:
    return Q(valid_until__isnull=True) | Q(valid_until__gt=clock.now())


def visible(by: Assignment) -> QuerySet[Case]:
    """Cases of which at least the header may be seen."""
    return Case.objects.filter(pk__in=held_by(by).filter(level__gte=Level.HEADER).values("case_id"))


def sight_of(by: Assignment, case: Case) -> Sight | None:
    """The sum of the assignment's grants in one case, or None. Two queries."""
    rights = desks_of(by)
    grants = tuple(held_by(by, rights).filter(case_id=case.pk))
    return _sight(by, case, grants, rights) if grants else None


def sights_of(
    by: Assignment, cases: Iterable[Case], desks: dict[uuid.UUID, frozenset[str]] | None = None
) -> dict[uuid.UUID, Sight]:
    """The sight of each of several cases, those without one left out. One query, two unless given desks."""
    rights = desks_of(by) if desks is None else desks
    known = {case.pk: case for case in cases}
    found: dict[uuid.UUID, list[CaseGrant]] = {}
    for grant in held_by(by, rights).filter(case_id__in=known):
        found.setdefault(grant.case_id, []).append(grant)
    return {pk: _sight(by, known[pk], tuple(grants), rights) for pk, grants in found.items()}


def _sight(
    by: Assignment, case: Case, grants: tuple[CaseGrant, ...], rights: dict[uuid.UUID, frozenset[str]]
) -> Sight:
    reads = any(grant.reason == GrantReason.BREAK_GLASS for grant in grants)
    acting = () if reads else grants  # whoever reads in an emergency changes nothing, in no capacity
    return Sight(
        case=case,
        by=by,
        level=Level(max(grant.level for grant in grants)),
        categories=frozenset(code for grant in grants for code in grant.categories),
        desk_rights=frozenset().union(
            *(rights.get(g.desk_id, frozenset()) for g in acting if g.desk_id and g.reason in ACTING_REASONS)
        ),
        agency_id=next((grant.agency_id for grant in acting if grant.agency_id), None),
        is_unplaced=any(grant.reason == GrantReason.UNPLACED for grant in acting),
        grants=grants,
    )


def get_case_or_404(
    request: AuthenticatedRequest, case_id: uuid.UUID, need: Level = Level.HEADER, verb: str = "case.read"
) -> Sight:
    """The one door to a case for pages. A stranger gets 404, and the attempt is recorded.

    Reading is recorded in the same breath: if the audit row cannot be written, no page is shown. Her grants
    are asked for first: a case of others costs exactly what one that does not exist costs.
    """
    by = request.assignment
    rights = desks_of(by)
    grants = tuple(held_by(by, rights).filter(case_id=case_id))
    if not grants and (survivor := _survivor(by, case_id, rights)):
        raise Moved("cases:case", survivor)
    if not grants:
        tell_if_disposed(case_id, by)
    if not grants or max(grant.level for grant in grants) < need:
        audit.refuse(verb, case_id, by=by)
        raise Http404
    related = ("desk__region", "county", "municipality", "assignee", "edition", "data_key", "merged_into")
    case = Case.objects.select_related(*related).annotate(**rarities()).get(pk=case_id)
    sight = _sight(by, case, grants, rights)
    flag: dict[str, Any] = {"break_glass": sight.emergency.break_glass_id} if sight.emergency else {}
    audit.record(verb, case, by=by, level=int(sight.level), **flag)
    return sight


def _survivor(by: Assignment, case_id: uuid.UUID, desks: dict[uuid.UUID, frozenset[str]]) -> uuid.UUID | None:
    """The case that absorbed this one, for those who see it. One query, whether there is one or not."""
    gone = Case.objects.filter(pk=case_id, status=Status.MERGED).values("merged_into")
    seen = held_by(by, desks).filter(case__in=gone, level__gte=Level.HEADER)
    return seen.values_list("case_id", flat=True).first()


def require(by: Assignment, case: Case, right: str) -> Sight:
    """The sight, when it carries the right on a desk; for services. Raises PermissionDenied, recorded."""
    sight = sight_of(by, case)
    if sight is None or right not in sight.desk_rights:
        audit.refuse(f"case.{right}", case, by=by)
        raise PermissionDenied
    return sight


def require_level(by: Assignment, case: Case, level: Level) -> Sight:
    """The sight, when it reaches the level and is not for reading alone. Raises PermissionDenied, recorded.

    A desk that has handed the case over reads until the end of its day and writes nothing (S26).
    """
    sight = sight_of(by, case)
    if sight is None or sight.level < level or sight.only_reads:
        audit.refuse("case.act", case, by=by)
        raise PermissionDenied
    return sight
