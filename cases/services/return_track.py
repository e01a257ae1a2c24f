"""What a return consists of, what each part demands, and how far a plan has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from accounts.enums import AgencyKind
from cases.enums import ReturnPart, ReturnStage
from cases.models import Case, ReturnPlan
from cases.services import consents, dates
from core import clock
from manual.enums import Condition, Milestone

_P = ReturnPart
OVER: Final = (ReturnStage.STOPPED, ReturnStage.FOLLOWED_UP)
TRAVELLED: Final = (ReturnStage.DEPARTED, ReturnStage.FOLLOWED_UP)


@dataclass(frozen=True)
class Rule:
    """What one part of a return demands and what follows from it."""

    field: str = ""
    """The plan's column with its day; a part without one lives in its milestone, or in its words."""
    after: tuple[ReturnPart, ...] = ()
    """What must be there first."""
    milestone: Milestone | None = None
    condition: Condition | None = None
    steps: tuple[str, ...] = ()
    """Steps that ask for just this: recorded, they are done."""
    ahead: bool = False
    """The day may lie ahead."""
    worded: bool = True
    """Words are demanded."""


PARTS: Final[dict[ReturnPart, Rule]] = {
    _P.CHOICE: Rule("chosen_on"),
    _P.BEST_INTEREST: Rule("best_interest_on", steps=("ret.socc.child_bid",)),
    _P.APPLICATION: Rule(
        after=(_P.CHOICE,), milestone=Milestone.RETURN_APPLICATION_SENT, steps=("ret.rc.eligibility",)
    ),
    _P.ELIGIBILITY: Rule(
        "eligible_on",
        after=(_P.CHOICE, _P.APPLICATION),
        milestone=Milestone.RETURN_ACCEPTED,
        condition=Condition.RETURN_ACCEPTED,
    ),
    _P.RISKS: Rule("risk_assessed_on", after=(_P.APPLICATION,), steps=("ret.iom.risk_needs",)),
    _P.DOCUMENTS: Rule("documents_on", after=(_P.CHOICE,), worded=False),
    _P.JOURNEY: Rule(
        "travels_on",
        after=(_P.ELIGIBILITY, _P.RISKS),
        milestone=Milestone.DEPARTURE_DATE,
        steps=("ret.iom.travel",),
        ahead=True,
    ),
    _P.RECEPTION: Rule("reception_on", after=(_P.ELIGIBILITY,)),
    _P.DEPARTURE: Rule(
        "departed_on",
        after=(_P.ELIGIBILITY, _P.RISKS, _P.DOCUMENTS, _P.JOURNEY, _P.RECEPTION),
        milestone=Milestone.DEPARTURE_DATE,
        condition=Condition.RETURNED_HOME,
        worded=False,
    ),
    _P.REINTEGRATION: Rule(after=(_P.ELIGIBILITY,)),
}
"""In the order of the page. The order follows step 6 of the Manual; its details are to be confirmed."""
LATER: Final = (_P.REINTEGRATION,)
"""Parts that are still written when the Swedish case is closed."""


@dataclass
class Track:
    """A plan with what it stands on, for the service and the page alike."""

    plan: ReturnPlan
    case: Case

    @cached_property
    def applied_on(self) -> date | None:
        row = dates.current(self.case, Milestone.RETURN_APPLICATION_SENT)
        return clock.local(row.happened_at).date() if row else None

    @cached_property
    def may_share_with_iom(self) -> bool:
        """She (or who speaks for a child) has agreed that IOM is told."""
        return str(AgencyKind.IOM) in consents.scope_now(self.case)

    def on(self, part: ReturnPart) -> date | None:
        """The day of a part, when it is there."""
        if part == ReturnPart.APPLICATION:
            return self.applied_on
        field = PARTS[part].field
        return getattr(self.plan, field) if field else None

    def parts(self) -> list[ReturnPart]:
        """Those of this return: the child's best interests only for a child."""
        return [part for part in PARTS if part != ReturnPart.BEST_INTEREST or self.plan.for_child]

    def lacks(self, part: ReturnPart) -> list[str]:
        """What must be there before this part, in words; empty when it can be recorded."""
        words = [str(before.label) for before in PARTS[part].after if self.on(before) is None]
        if part == ReturnPart.APPLICATION and not self.may_share_with_iom:
            words.append(_("Consent to share with IOM"))
        if part == ReturnPart.ELIGIBILITY and self.plan.for_child and self.plan.best_interest_on is None:
            words.append(str(ReturnPart.BEST_INTEREST.label))
        return words

    def stage(self) -> ReturnStage:
        """How far it has come, by what is there: each stage includes those before it."""
        plan = self.plan
        reached = (
            (ReturnStage.CHOSEN, plan.chosen_on),
            (ReturnStage.ELIGIBLE, plan.eligible_on and (plan.best_interest_on or not plan.for_child)),
            (ReturnStage.PREPARED, plan.risk_assessed_on and plan.documents_on),
            (ReturnStage.BOOKED, plan.travels_on and plan.reception_on),
            (ReturnStage.DEPARTED, plan.departed_on),
        )
        stage = ReturnStage.INFORMED
        for following, there in reached:
            if not there:
                break
            stage = following
        return stage
