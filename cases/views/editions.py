"""The edition of the Manual that a case follows: compared with the one in force, and taken over by choice."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404
from cases.enums import StepStatus, Verb
from cases.models import Step
from cases.services import editions as service
from cases.views import case as case_views
from cases.views import items
from core import audit, clock, looks
from core.errors import StaleVersion
from core.tables import Column, Table
from manual.library.comparing import Difference

CONFLICT: Final = 409


@dataclass(frozen=True)
class Line:
    """A step for which something changes."""

    title: str
    owner: str
    url: str
    due: str = ""
    due_before: str = ""
    status: SafeString | str = ""
    differences: tuple[Difference, ...] = ()
    is_late: bool = False
    """Its new time has passed already, and its old one had not: it is late from the first minute."""


@dataclass(frozen=True)
class Shown:
    """The plan as this viewer may read it."""

    added: list[Line]
    back: list[Line]
    moved: list[Line]
    dropped: list[Line]
    reworded: list[Line]
    unread: int
    """Changed steps that tell what she was not given: counted, not shown."""

    @property
    def late(self) -> int:
        return sum(line.is_late for line in (*self.added, *self.back, *self.moved))

    @property
    def times(self) -> Table:
        """The moved deadlines, old and new."""
        columns = [
            Column(_("Which step")),
            Column(_("Who")),
            Column(_("Due until now")),
            Column(_("Due then")),
        ]
        rows = [[line.title, line.owner, line.due_before, _then(line)] for line in self.moved]
        return Table(_("Deadlines that move"), columns, rows, cards=True, hide_caption=True)


def _then(line: Line) -> SafeString | str:
    return (
        looks.tag(_("%(day)s: late at once") % {"day": line.due}, "red", "alert")
        if line.is_late
        else line.due
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edition(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """What the edition in force would change for the case; by POST it is taken over."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[Verb.RENEW].right not in sight.desk_rights:
        audit.refuse("case.renew", sight.case, by=request.assignment)
        raise PermissionDenied
    problem = _take_over(request, sight) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return redirect("cases:edition", case_id)
    newer = service.newer(sight.case)
    plan = service.plan(sight.case, newer) if newer else None
    context: dict[str, Any] = {
        "head": case_views.head(request, sight, ""),
        "newer": newer,
        "plan": plan,
        "shown": _shown(plan, sight) if plan else None,
        "may": Verb.RENEW in {row.verb for row in workflow.available(sight)},
        "problems": [("", problem)] if problem else [],
    }
    return render(request, "cases/case/edition.html", context, status=CONFLICT if problem else 200)


def _take_over(request: AuthenticatedRequest, sight: Sight) -> str:
    """Nothing when it has been taken over, else why not. Whether it may be at all the service says."""
    try:
        found = service.take_over(
            case_id=sight.case.pk,
            edition_id=_uuid(request.POST.get("edition", "")),
            version=_number(request.POST.get("version", "")),
            by=request.assignment,
        )
    except ValidationError as error:
        return " ".join(error.messages)
    except StaleVersion:
        return _("The case has been changed meanwhile. This is what the edition changes now. Press again.")
    words = _("The case follows edition %(number)s now. What was done is as it was.")
    messages.success(request, words % {"number": found.edition.number})
    return ""


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _shown(plan: service.Plan, sight: Sight) -> Shown:
    now = clock.now()
    read = [step for step in plan.touched if sight.reads(step)]
    seen = {step.pk for step in read}

    def followed(rows: Iterable[service.Followed]) -> list[Line]:
        return [_line(row.step, sight, now, row) for row in rows if row.step.pk in seen]

    return Shown(
        added=[_line(step, sight, now) for step in plan.added if step.pk in seen],
        back=followed(plan.back),
        moved=followed(plan.moved),
        dropped=[_line(step, sight, now, ends=True) for step in plan.dropped if step.pk in seen],
        reworded=followed(plan.reworded),
        unread=len(plan.touched) - len(read),
    )


def _line(
    step: Step, sight: Sight, now: datetime, row: service.Followed | None = None, *, ends: bool = False
) -> Line:
    was_late = row is not None and not row.comes_back and _is_late(row.due_before, now)
    return Line(
        title=items.title(step, sight),
        owner=items.owner_name(step, sight),
        url=items.manual_url(step.template, step.case_id),
        due=_due(step.due_at),
        due_before=_due(row.due_before) if row else "",
        status=items.status_tag(step) if ends and step.status != StepStatus.WAITING else "",
        differences=row.differences if row else (),
        is_late=not ends and _is_late(step.due_at, now) and not step.paused_at and not was_late,
    )


def _is_late(due: datetime | None, now: datetime) -> bool:
    return due is not None and due < now


def _due(at: datetime | None) -> str:
    return looks.deadline_on_paper(at) if at else _("when its date is known")
