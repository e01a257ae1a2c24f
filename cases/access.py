"""Which cases a container holds, and which parts of them: the grants.

`grants_for` is the rule, a pure function of the facts; `sync_grants` writes it down in the same
transaction as the fact; lists and pages read the rows. Nobody types a grant.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.access import Assignment, AuthenticatedRequest
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases.enums import Category, GrantReason, Level, ParticipationStatus, Status
from cases.models import Case, CaseGrant, Consent, LegalGround, Participation, Step
from coordinators.access import desks_of
from core import audit, clock
from manual.enums import Condition, Milestone

EVERYTHING = tuple(Category.values)
WITHOUT_PERSON = tuple(code for code in Category.values if code not in (Category.IDENTITY, Category.CONTACT))

_PROCEEDINGS: Final[tuple[str, ...]] = (
    Condition.ASYLUM_SEEKER, Condition.CHARGES_FILED, Condition.COUNSEL_APPOINTED, Condition.DETAINED,
    Condition.INVESTIGATION_OPEN, Condition.JUDGMENT_FINAL, Condition.NO_RIGHT_OF_STAY,
    Condition.PERMIT_APPLIED, Condition.PERMIT_GRANTED, Condition.POLICE_REPORT_MADE,
    Condition.REFLECTION_APPLIED, Condition.REFLECTION_GRANTED, Condition.RETURN_ACCEPTED,
    Condition.RETURNED_HOME, Condition.SUSPECT_IDENTIFIED, Condition.TRANSFER_OR_REMOVAL_PENDING,
    Condition.TRIAL_DATE_SET, Condition.VICTIM_IS_SUSPECT, Condition.WANTS_RETURN,
    Milestone.POLICE_INFORMED, Milestone.POLICE_REPORT_MADE, Milestone.INVESTIGATION_OPENED,
    Milestone.SUSPECT_IDENTIFIED, Milestone.VICTIM_IS_SUSPECT, Milestone.COUNSEL_APPOINTED,
    Milestone.REFLECTION_APPLIED, Milestone.REFLECTION_GRANTED, Milestone.REFLECTION_EXPIRES,
    Milestone.PERMIT_APPLIED, Milestone.PERMIT_EXPIRES, Milestone.CRIMINAL_DECISION,
    Milestone.CHARGES_FILED, Milestone.TRIAL_DATE, Milestone.JUDGMENT_FINAL, Milestone.RETURN_INTEREST,
    Milestone.RETURN_APPLICATION_SENT, Milestone.RETURN_ACCEPTED, Milestone.DEPARTURE_DATE,
    Milestone.ARRIVAL_HOME,
)  # fmt: skip
_CHILDREN: Final[tuple[str, ...]] = (
    Condition.CHILD_MISSING, Condition.CHILD_NEEDS_CARE_OUTSIDE_HOME, Condition.CUSTODIAN_SUSPECTED,
    Condition.LVU6_DECIDED, Condition.UNACCOMPANIED_CHILD, Milestone.CHILD_SUSPECTED,
    Milestone.CHILD_REPORT_RECEIVED, Milestone.LVU6_DECIDED, Milestone.PLACEMENT_STARTED,
    Milestone.PLACEMENT_ENDED, Milestone.CHILD_MISSING, Milestone.GUARDIAN_REQUESTED,
    Milestone.GUARDIAN_APPOINTED,
)  # fmt: skip
KEPT_APART: Final[dict[str, Category]] = {
    **dict.fromkeys(_PROCEEDINGS, Category.PROCEEDINGS),
    **dict.fromkeys(_CHILDREN, Category.CHILDREN),
}
"""Conditions and milestones that tell what a category holds: a date, or a step of another house that exists
because of one, is shown to those who were given the category."""


@dataclass(frozen=True)
class GrantSpec:
    """One grant as the rule wants it."""

    container: tuple[str, uuid.UUID]
    """("desk" or "agency", id)."""
    level: Level
    categories: tuple[str, ...]
    ground_id: uuid.UUID
    reason: GrantReason


def grants_for(
    case: Case, grounds: Iterable[LegalGround], participations: Iterable[Participation]
) -> list[GrantSpec]:
    """Every grant that follows from the facts of one case. Design 5 and 15; nothing else gives sight."""
    if case.status in (Status.MERGED, Status.DISPOSED):
        return []
    live = {ground.id: ground for ground in grounds if ground.ended_at is None}
    specs = [spec for spec in (_for_agency(p, live) for p in participations) if spec]
    desk_ground = next((g for g in live.values() if g.desk_id == case.desk_id), None)
    if desk_ground:
        unplaced = bool(case.routing.get("unplaced"))
        specs.append(
            GrantSpec(
                ("desk", case.desk_id),
                Level.HEADER if unplaced else Level.FULL,
                () if unplaced else (WITHOUT_PERSON if case.is_consultation else EVERYTHING),
                desk_ground.id,
                GrantReason.UNPLACED if unplaced else GrantReason.DESK,
            )
        )
    return specs


def _for_agency(participation: Participation, live: dict[uuid.UUID, LegalGround]) -> GrantSpec | None:
    ground = live.get(participation.ground_id)
    if ground is None or participation.is_referrer:
        return None
    container = ("agency", participation.agency_id)
    if participation.status == ParticipationStatus.INVITED:
        return GrantSpec(container, Level.HEADER, (), ground.id, GrantReason.INVITATION)
    if participation.status == ParticipationStatus.ACCEPTED:
        level = Level.FULL if ground.categories else Level.STEPS
        return GrantSpec(container, level, tuple(ground.categories), ground.id, GrantReason.PARTICIPATION)
    return None


@dataclass
class Standing:
    """What a case stands on: each part is read when first asked for, and kept for one service call.

    Whoever has just written a part sets it (`standing.grounds = ...`) instead of having it read again.
    """

    case: Case

    @cached_property
    def consents(self) -> Sequence[Consent]:
        """Those not withdrawn."""
        return list(self.case.consents.filter(withdrawn_on__isnull=True))

    @cached_property
    def grounds(self) -> Sequence[LegalGround]:
        """Those in force, with their agencies."""
        return list(self.case.grounds.filter(ended_at__isnull=True).select_related("agency"))

    @cached_property
    def participations(self) -> Sequence[Participation]:
        """All, with their agencies."""
        return list(self.case.participations.select_related("agency"))


def sync_grants(case: Case, standing: Standing | None = None) -> None:
    """Make the rows equal the rule, and copy the columns lists sort by. May run any number of times.

    For changes of desk, ground or participation. Where only status or due times change, the sight stays and
    `chasing.settle` copies the columns.
    """
    standing = standing or Standing(case)
    wanted = {s.container: s for s in grants_for(case, standing.grounds, standing.participations)}
    rows = {_container(row): row for row in case.grants.all()}
    gone = [row.pk for container, row in rows.items() if container not in wanted]
    if gone:
        CaseGrant.objects.filter(pk__in=gone).delete()
    new = []
    for container, spec in wanted.items():
        columns = _columns(case, spec)
        row = rows.get(container)
        if row is None:
            new.append(CaseGrant(case=case, **columns))
        elif changed := [name for name, value in columns.items() if getattr(row, name) != value]:
            for name in changed:
                setattr(row, name, columns[name])
            row.save(update_fields=changed)
    CaseGrant.objects.bulk_create(new)


def _container(row: CaseGrant) -> tuple[str, uuid.UUID]:
    return ("desk", row.desk_id) if row.desk_id else ("agency", row.agency_id)  # type: ignore[return-value]


def _columns(case: Case, spec: GrantSpec) -> dict[str, object]:
    kind, container_id = spec.container
    return {
        f"{kind}_id": container_id,
        "level": spec.level,
        "categories": list(spec.categories),
        "ground_id": spec.ground_id,
        "reason": spec.reason,
        "valid_until": None,
    } | sort_columns(case)


def sort_columns(case: Case) -> dict[str, object]:
    """What a grant copies from its case so that a list is one index read."""
    unanswered = case.status == Status.RECEIVED
    return {
        "is_open": case.is_open,
        "urgency": case.urgency,
        "due_at": case.answer_by if unanswered else case.next_due_at,
        "received_at": case.received_at,
    }


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sight:
    """What the holder of one assignment sees of one case."""

    case: Case
    by: Assignment
    level: Level
    categories: frozenset[str]
    desk_rights: frozenset[str] = frozenset()
    agency_id: uuid.UUID | None = None
    """Set when the sight comes through the agency's own participation."""
    is_unplaced: bool = False
    grants: tuple[CaseGrant, ...] = field(default=(), repr=False)

    def sees(self, category: str) -> bool:
        """Whether this category of content may be shown."""
        return category in self.categories

    @cached_property
    def is_desk(self) -> bool:
        return bool(self.desk_rights)

    @cached_property
    def may_open_identity(self) -> bool:
        """Protected persons: only the named handler, the case's assignee (ADR 0501)."""
        if self.case.is_consultation or Category.IDENTITY not in self.categories:
            return False
        return not self.case.is_protected or self.case.assignee_id == self.by.user_id

    @cached_property
    def may_print_identity(self) -> bool:
        """A protected identity is never on paper."""
        return self.may_open_identity and not self.case.is_protected

    def tells(self, *facts: str) -> bool:
        """Whether these conditions and milestones may be shown."""
        return all(self.sees(KEPT_APART[fact]) for fact in facts if fact in KEPT_APART)

    def owns(self, step: Step) -> bool:
        """Owed by the viewer's own house."""
        if step.desk_id is not None:
            return self.is_desk
        return step.agency_id == self.agency_id

    def reads(self, step: Step) -> bool:
        """Her own house's steps; with the whole case others' too, unless they tell what she was not given."""
        if self.level < Level.FULL or self.owns(step):
            return self.level >= Level.STEPS and self.owns(step)
        return self.tells(step.template.from_event, *step.template.conditions)

    def reads_text_of(self, step: Step) -> bool:
        """What was written about a step has no category: it is for the house that owes it, and the desk."""
        return self.level >= Level.STEPS and (self.is_desk or self.owns(step))

    def hides(self, agency: Agency) -> bool:
        """The name of a shelter says where the person is: the desk and the shelter know it, nobody else."""
        return agency.kind == AgencyKind.SHELTER and not self.is_desk and agency.pk != self.agency_id

    def name_of(self, agency: Agency) -> str:
        """An agency's name, of a hidden one only its kind."""
        return str(agency.get_kind_display()) if self.hides(agency) else agency.name


def held_by(by: Assignment, desks: dict[uuid.UUID, frozenset[str]] | None = None) -> QuerySet[CaseGrant]:
    """Grants of this assignment's containers that are valid now: the base of every list."""
    mine = Q(desk_id__in=_seen(desks_of(by) if desks is None else desks))
    if by.has("work_cases"):
        mine |= Q(agency_id=by.agency_id)
    return CaseGrant.objects.filter(mine, _in_force())


def at_desks(desks: dict[uuid.UUID, frozenset[str]]) -> QuerySet[CaseGrant]:
    """Grants of these desks alone that are valid now. The index of the queue gives them in its order."""
    return CaseGrant.objects.filter(_in_force(), desk_id__in=_seen(desks))


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


def _sight(
    by: Assignment, case: Case, grants: tuple[CaseGrant, ...], rights: dict[uuid.UUID, frozenset[str]]
) -> Sight:
    return Sight(
        case=case,
        by=by,
        level=Level(max(grant.level for grant in grants)),
        categories=frozenset(code for grant in grants for code in grant.categories),
        desk_rights=frozenset().union(*(rights.get(g.desk_id, frozenset()) for g in grants if g.desk_id)),
        agency_id=next((grant.agency_id for grant in grants if grant.agency_id), None),
        is_unplaced=any(grant.reason == GrantReason.UNPLACED for grant in grants),
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
    if not grants or max(grant.level for grant in grants) < need:
        audit.refuse(verb, case_id, by=by)
        raise Http404
    related = ("desk", "county", "municipality", "assignee", "edition", "data_key", "merged_into")
    case = Case.objects.select_related(*related).get(pk=case_id)
    audit.record(verb, case, by=by, level=int(max(grant.level for grant in grants)))
    return _sight(by, case, grants, rights)


def require(by: Assignment, case: Case, right: str) -> Sight:
    """The sight, when it carries the right on a desk; for services. Raises PermissionDenied, recorded."""
    sight = sight_of(by, case)
    if sight is None or right not in sight.desk_rights:
        audit.refuse(f"case.{right}", case, by=by)
        raise PermissionDenied
    return sight


def require_level(by: Assignment, case: Case, level: Level) -> Sight:
    """The sight, when it reaches the level. Raises PermissionDenied, recorded."""
    sight = sight_of(by, case)
    if sight is None or sight.level < level:
        audit.refuse("case.act", case, by=by)
        raise PermissionDenied
    return sight
