"""Which dates and duties show that a person was given a kind of assistance.

A kind counts as given when one of its dates is recorded or one of its duties is reported as carried out: the
portal knows no more. The kinds are those of directive 2011/36/EU article 11 as far as the manual has duties
for them; whether the yearly table of article 19a wants them so is to be confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cases.enums import StepStatus
from cases.models import Case
from cases.services.tallies import names
from manual.enums import Milestone


@dataclass(frozen=True)
class Shown:
    milestones: tuple[Milestone, ...] = ()
    steps: tuple[str, ...] = ()
    """Keys of manual/data/steps.yaml."""


SHOWN_BY: Final[dict[str, Shown]] = {
    "accommodation": Shown(
        (Milestone.PLACEMENT_STARTED,),
        ("acute.soca.shelter", "acute.shelter.intake", "acute.migr.safe_reception"),
    ),
    "subsistence": Shown(steps=("acute.soca.subsistence", "acute.ngo.nsp_rest")),
    "health_care": Shown(steps=("acute.health.care", "init.health.assessment", "init.mika.counselling")),
    "legal_counsel": Shown((Milestone.COUNSEL_APPOINTED,), ("init.counsel.first_meeting",)),
    "guardian": Shown((Milestone.GUARDIAN_APPOINTED,), ("init.cg.appoint", "init.guardian.first_contact")),
    "reflection_period": Shown((Milestone.REFLECTION_GRANTED,)),
    "residence_permit": Shown((Milestone.PERMIT_EXPIRES,)),
    "support_plan": Shown(
        (Milestone.PLAN_AGREED,), ("init.rc.support_plan", "init.soca.needs_plan", "init.socc.care_plan")
    ),
    "support_programme": Shown((Milestone.NSP_PERIOD_EXPIRES,), ("long.ngo.nsp_rehab",)),
    "return_support": Shown((Milestone.RETURN_ACCEPTED, Milestone.ARRIVAL_HOME), ("ret.iom.travel",)),
}
"""Permits and the support programme are known by the last day of their period: it is recorded when
granted."""

assert tuple(SHOWN_BY) == names.ASSISTANCE_KINDS


_DUTIES: Final = frozenset(key for shown in SHOWN_BY.values() for key in shown.steps)


def given(case: Case) -> list[str]:
    """The kinds this case has been given so far. One query."""
    dates = case.milestones.filter(replaced_at__isnull=True).values_list("kind", flat=True)
    done = case.steps.filter(status=StepStatus.DONE, key__in=_DUTIES).values_list("key", flat=True)
    known = set(dates.union(done))  # a key of the manual has dots, a kind of date has none
    return [kind for kind, shown in SHOWN_BY.items() if known.intersection((*shown.milestones, *shown.steps))]
