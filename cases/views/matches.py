"""What the coordinator is shown about other cases of the same person, and how she deals with a match."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404, may_have
from cases.enums import Verb
from cases.models import Merge
from cases.services import links, matching, merging
from core import audit

REASONS: Final[dict[str, Promise]] = {
    "personal_number": gettext_lazy("the same personal identity number"),
    "coordination_number": gettext_lazy("the same coordination number"),
    "passport": gettext_lazy("the same travel document"),
    "lma": gettext_lazy("the same LMA number"),
    "phone": gettext_lazy("the same phone number"),
    "email": gettext_lazy("the same e-mail address"),
    "name": gettext_lazy("the name sounds alike"),
    "birth": gettext_lazy("the birth years overlap"),
    "citizenship": gettext_lazy("the same citizenship"),
}


@dataclass(frozen=True)
class Match:
    """One hint as the page shows it."""

    hint: matching.Hint
    reasons: str
    where: str
    """Region and desk, with the phone when it is known."""

    @property
    def is_open(self) -> bool:
        return self.hint.case.is_open


class Sameness:
    """Everything the page of a case tells about other cases of the person; each part is read when asked."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.may_see = matching.may_see(sight)
        self.may_link = self.may_see and sight.case.status in workflow.TRANSITIONS[Verb.LINK].sources

    @cached_property
    def matches(self) -> list[Match]:
        case = self.sight.case
        if not self.may_see or (case.matched_at is not None and not case.has_match):
            return []
        return [_match(hint) for hint in matching.hints_for(self.sight)]

    @cached_property
    def beside(self) -> list[links.Beside]:
        return links.beside(self.sight)

    @cached_property
    def merges(self) -> list[Merge]:
        told = self.may_see and may_have(self.sight.case, "merges")
        return merging.open_merges(self.sight.case) if told else []

    @property
    def compared(self) -> int:
        return matching.NAMES_COMPARED


def _match(hint: matching.Hint) -> Match:
    desk = hint.case.desk
    where = f"{desk.name} ({desk.phone})" if desk.phone else str(desk.name)
    return Match(hint, ", ".join(str(REASONS[code]) for code in hint.reasons), where)


def decide(request: AuthenticatedRequest, case_id: uuid.UUID, verb: Verb) -> Sight:
    """The sight of somebody who may merge and link now; PermissionDenied or TransitionNotAllowed else."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[verb].right not in sight.desk_rights or not matching.may_see(sight):
        audit.refuse(f"case.{verb}", sight.case, by=request.assignment)
        raise PermissionDenied
    workflow.check(verb, sight.case)
    return sight


@require_POST
def not_same(request: AuthenticatedRequest, case_id: uuid.UUID, key: str) -> HttpResponse:
    """Checked: two persons."""
    done = _("Noted: not the same person. The match is not shown again, to either desk.")
    return _deal(request, case_id, key, matching.not_same, done)


@require_POST
def ask(request: AuthenticatedRequest, case_id: uuid.UUID, key: str) -> HttpResponse:
    """Ask the other desk to call."""
    done = _("The other desk has been asked to call you. It has been told nothing about this case.")
    return _deal(request, case_id, key, matching.ask, done)


def _deal(
    request: AuthenticatedRequest, case_id: uuid.UUID, key: str, act: Callable[..., Any], done: str
) -> HttpResponse:
    decide(request, case_id, Verb.LINK)
    try:
        act(case_id=case_id, key=key, by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect(reverse("cases:case", args=[case_id]))
