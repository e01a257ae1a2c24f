"""What protects the person after a wrong disclosure: proposals that become steps of the case.

The words of a step stand in somebody's checklist: none of them tells that anything was disclosed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases.access import require
from cases.enums import Category, Level, Threat
from cases.models import Breach, BreachStep, Case, Step
from cases.services import acts, casework, meetings
from cases.services.breaches import sight as clearing
from core import audit, clock
from core.errors import TransitionNotAllowed

DESK: Final = meetings.DESK
FIRST: Final = "decide"
_SOCIAL: Final = (AgencyKind.SOCIAL_SERVICES_ADULT, AgencyKind.SOCIAL_SERVICES_CHILD)


@dataclass(frozen=True)
class Proposal:
    """A step that may protect the person, when these kinds of data came out."""

    code: str
    wording: Promise
    """What is to be done, as the one who does it reads it."""
    why: Promise
    """For the desk that chooses."""
    hours: int
    """Until it is due: portal defaults, to be confirmed."""
    kinds: tuple[AgencyKind, ...] = ()
    """Who does it, if such an agency is in the case; else the desk."""
    categories: frozenset[str] = frozenset()
    """Proposed when any of these came out; empty: always."""
    threat: bool = False
    """Also proposed whenever it may reach somebody who threatens her."""


def _any(*codes: Category) -> frozenset[str]:
    return frozenset(code.value for code in codes)


PROPOSALS: Final = (
    Proposal(
        FIRST,
        gettext_lazy("Decide how the person is protected now, and in which order"),
        gettext_lazy("Opened by every report."),
        24,
    ),
    Proposal(
        "threat",
        gettext_lazy("Assess the threat against the person anew, and what protection it needs"),
        gettext_lazy("Where she is, who she is or that she has spoken may have come out."),
        24,
        (AgencyKind.POLICE,),
        _any(Category.IDENTITY, Category.CONTACT, Category.PROCEEDINGS),
        threat=True,
    ),
    Proposal(
        "move",
        gettext_lazy("Consider another place to stay, and carry it out if it is needed"),
        gettext_lazy("Where she is, or who houses her, may have come out."),
        24,
        _SOCIAL,
        _any(Category.CONTACT),
        threat=True,
    ),
    Proposal(
        "contact",
        gettext_lazy("Change number and address, and agree anew on how the person is reached safely"),
        gettext_lazy("The number or the way of reaching her may have come out."),
        24,
        categories=_any(Category.CONTACT),
    ),
    Proposal(
        "protect_identity",
        gettext_lazy("Help the person to apply for protected personal data"),
        gettext_lazy("Who she is came out. The application is made to the Tax Agency."),
        72,
        _SOCIAL,
        _any(Category.IDENTITY),
        threat=True,
    ),
    Proposal(
        "children",
        gettext_lazy("Assess the children’s need of protection anew"),
        gettext_lazy("Something about children came out."),
        24,
        (AgencyKind.SOCIAL_SERVICES_CHILD,),
        _any(Category.CHILDREN),
    ),
    Proposal(
        "investigation",
        gettext_lazy("Go through with the head of the investigation whether anything has to be changed"),
        gettext_lazy("Something about the proceedings came out."),
        48,
        (AgencyKind.POLICE, AgencyKind.PROSECUTOR),
        _any(Category.PROCEEDINGS),
    ),
    Proposal(
        "recall",
        gettext_lazy("Call back papers and files, and get it confirmed in writing that they are destroyed"),
        gettext_lazy("What has left the portal can be called back by people only."),
        48,
    ),
    Proposal(
        "tell",
        gettext_lazy("Talk with the person, with an interpreter, about her safety and what she wants now"),
        gettext_lazy("At a high risk she has the right to be told without delay (GDPR art. 34)."),
        48,
    ),
)
BY_CODE: Final = {one.code: one for one in PROPOSALS}
ALWAYS_THE_DESKS: Final = frozenset({FIRST, "recall"})
"""Nobody else is to learn what they are about."""


@dataclass(frozen=True)
class Offer:
    """A proposal for this breach: is it advised, who would do it, and has it been started."""

    proposal: Proposal
    advised: bool
    owner: str
    """`DESK`, or the id of an agency in the case."""
    started: Step | None


@dataclass(frozen=True)
class Chosen:
    """What the desk starts."""

    code: str
    owner: str


def offers(breach: Breach, categories: Collection[str], able: Collection[Agency]) -> list[Offer]:
    """Every proposal, those advised for what came out first.

    `categories`: what came out, or may have. `able`: `able_agencies`.
    """
    links = breach.steps.select_related("step__agency", "step__desk__region", "step__template", "step__case")
    started = {link.code: link.step for link in links}
    found = [
        Offer(one, _is_advised(one, breach, categories), _owner(one, able), started.get(one.code))
        for one in PROPOSALS
    ]
    return sorted(found, key=lambda offer: (offer.started is None, not offer.advised))


def _is_advised(one: Proposal, breach: Breach, categories: Collection[str]) -> bool:
    if one.threat and breach.threat == Threat.YES:
        return True
    return not one.categories or bool(one.categories & set(categories))


def able_agencies(breach: Breach) -> list[Agency]:
    """Agencies in the case that something may be asked of: none that saw wrongly."""
    named = set(breach.recipients.filter(agency__isnull=False).values_list("agency_id", flat=True))
    return [agency for agency in meetings.agencies_in(breach.case) if agency.pk not in named]


def _owner(one: Proposal, able: Iterable[Agency]) -> str:
    return next((str(agency.pk) for agency in able if agency.kind in one.kinds), DESK)


def start(
    breach: Breach, case: Case, code: str, *, due_at: datetime, agency_id: uuid.UUID | None = None
) -> Step:
    """One step, chased like a critical one. In the caller's transaction; she holds the lock on the case."""
    desk = {} if agency_id else {"desk_id": case.desk_id, "assignee_id": case.assignee_id}
    words = str(BY_CODE[code].wording)
    step = acts.start(case, acts.AGREED, due_at, agency_id=agency_id, wording=words, urgent=True, **desk)
    BreachStep.objects.create(breach=breach, step=step, code=code)
    return step


@transaction.atomic(durable=True)
def protect(*, breach_id: uuid.UUID, chosen: Collection[Chosen], by: Assignment) -> list[Step]:
    """The desk starts what it has chosen, each once. Raises ValidationError at `steps` or `owner_<code>`,
    TransitionNotAllowed when the case is over."""
    found = Breach.objects.get(pk=breach_id)
    case = casework.lock(found.case_id)
    require(by, case, "triage")
    breach = clearing.acting(found, case, by, "breach.protect")
    if not case.is_open or case.is_consultation:
        raise TransitionNotAllowed(_("The case is over. Reopen it, or take the steps outside the portal."))
    if not chosen:
        raise ValidationError({"steps": _("Choose at least one step")})
    able = {str(agency.pk): agency.pk for agency in able_agencies(breach)}
    steps = [_started(breach, case, one, able) for one in chosen]
    case.version += 1
    case.save(update_fields=["version"])
    audit.record(
        "breach.protect",
        breach,
        by=by,
        target_ids=[step.pk for step in steps],
        case=case.pk,
        codes=[one.code for one in chosen],
    )
    return steps


def _started(breach: Breach, case: Case, one: Chosen, able: dict[str, uuid.UUID]) -> Step:
    if one.code not in BY_CODE or breach.steps.filter(code=one.code).exists():
        raise ValidationError({"steps": _("Choose steps that have not been started")})
    if one.owner != DESK and (one.owner not in able or one.code in ALWAYS_THE_DESKS):
        raise ValidationError({f"owner_{one.code}": _("Choose the desk or an agency in the case")})
    due_at = clock.now() + timedelta(hours=BY_CODE[one.code].hours)
    return start(breach, case, one.code, due_at=due_at, agency_id=able.get(one.owner))


def may_protect(breach: Breach, level: int, rights: Collection[str]) -> bool:
    """Whether the page offers it."""
    case = breach.case
    return level >= Level.FULL and "triage" in rights and case.is_open and not case.is_consultation
