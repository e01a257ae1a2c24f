"""What the holder of one assignment sees of one case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases.access.rare import may_have
from cases.enums import Category, Level
from cases.models import Case, CaseGrant, Dispute, Step
from core import clock
from manual.enums import Condition, Milestone

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
    def only_reads(self) -> bool:
        """A desk that has handed the case over, or is asked to take it; somebody in an emergency: it changes
        and writes nothing."""
        return not self.is_desk and self.agency_id is None

    @cached_property
    def emergency(self) -> CaseGrant | None:
        """The grant of the viewer's own emergency access, while it lasts. Everything is then for reading."""
        return next((grant for grant in self.grants if grant.break_glass_id), None)

    @cached_property
    def is_named(self) -> bool:
        """Whether a protected identity is hers to open: she handles the case, or is named for it (ADR 0901).
        Nobody is named by an emergency."""
        if self.emergency is not None:
            return False
        return self.case.assignee_id == self.by.user_id or self._is_named_by_a_row

    @cached_property
    def _is_named_by_a_row(self) -> bool:
        rows = self.case.named_people.filter(user_id=self.by.user_id, ended_at__isnull=True)
        return rows.filter(until__gt=clock.now()).exists()

    @property
    def may_see_protected(self) -> bool:
        """What a protected identity hides from everybody who is not named."""
        return not self.case.is_protected or self.is_named

    @cached_property
    def disputes(self) -> tuple[Dispute, ...]:
        """Kinds of agency that all decline, not settled yet: the desk's to know."""
        if not self.is_desk or self.is_unplaced or not self.case.is_open:
            return ()
        if not may_have(self.case, "disputes"):
            return ()
        return tuple(self.case.disputes.filter(settled_at__isnull=True).order_by("opened_at"))

    @cached_property
    def may_open_identity(self) -> bool:
        """Of protected persons only those named for the case."""
        if self.case.is_consultation or Category.IDENTITY not in self.categories:
            return False
        return self.may_see_protected

    @cached_property
    def may_print_identity(self) -> bool:
        """A protected identity is never on paper."""
        return self.may_open_identity and not self.case.is_protected and self.emergency is None

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
        """The name of a shelter says where the person is: the desk and the shelter know it, nobody else. Of a
        protected person every other agency's name does: those named know it too."""
        if self.is_desk or agency.pk == self.agency_id:
            return False
        return agency.kind == AgencyKind.SHELTER or not self.may_see_protected

    def name_of(self, agency: Agency) -> str:
        """An agency's name, of a hidden one only its kind."""
        return str(agency.get_kind_display()) if self.hides(agency) else agency.name
