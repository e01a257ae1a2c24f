"""What the portal itself needs of a manual, and which facts nothing in the portal ever says.

The manual does not know the cases. Tests compare each list with the code that it speaks of.
"""

from __future__ import annotations

from typing import Final

from manual.enums import Condition, Milestone, StepRole

NEEDED_STEPS: Final = frozenset(
    {
        "act.agreed",
        "act.answer_handover",
        "act.answer_invitation",
        "act.find_missing",
        "act.settle_dispute",
        "ident.rc.acknowledge",
        "ident.rc.assess",
    }
)
"""Steps that the portal's code opens by their key: without them an act in a case fails."""

ACTS: Final = frozenset(key for key in NEEDED_STEPS if key.startswith("act."))
"""Steps that an act in a case opens. Nothing opens any other step of that scope."""

NEVER_IN_A_CASE: Final = frozenset({Milestone.HOTLINE_CALL, Milestone.YEAR_END})
"""Milestones that start the duties of offices; in a case nobody can record them."""

PLANNED: Final = frozenset(
    {
        Milestone.REFLECTION_EXPIRES,
        Milestone.PERMIT_EXPIRES,
        Milestone.NSP_PERIOD_EXPIRES,
        Milestone.TRIAL_DATE,
        Milestone.DEPARTURE_DATE,
        Milestone.YEAR_END,
    }
)
"""Milestones that may be known before they happen: only from these can a deadline count back."""

OF_A_CHILD: Final = frozenset(
    {
        Condition.CHILD_MISSING,
        Condition.CHILD_NEEDS_CARE_OUTSIDE_HOME,
        Condition.CUSTODIAN_SUSPECTED,
        Condition.LVU6_DECIDED,
        Condition.UNACCOMPANIED_CHILD,
        Milestone.CHILD_SUSPECTED,
        Milestone.CHILD_REPORT_RECEIVED,
        Milestone.CHILD_MISSING,
        Milestone.LVU6_DECIDED,
    }
)
"""Facts that only the case of a child, or of somebody whose age is unsure, can have."""

OF_AN_ADULT: Final = frozenset({Condition.CONSENT_MISSING})
"""Facts that only the case of an adult can have."""

OF_CHILDREN: Final = frozenset(
    {StepRole.SOCIAL_SERVICES_CHILD, StepRole.GUARDIAN, StepRole.CHIEF_GUARDIAN, StepRole.SCHOOL}
)
"""Roles that are not asked into the case of an adult."""

UNSAID: Final = frozenset(
    {
        Condition.CHILD_NEEDS_CARE_OUTSIDE_HOME,
        Condition.NO_PUBLIC_SUPPORT,
        Condition.OUTSIDE_OFFICE_HOURS,
    }
)
"""Conditions that no answer, date or decision in the portal says: a step that asks for one never opens."""
