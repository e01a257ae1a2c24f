"""Several cases of the inbox in one act: what was chosen, one small form, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.access import Assignment, AuthenticatedRequest
from cases.forms.inbox import BulkAssignForm, BulkPaperForm, BulkSnoozeForm
from cases.models import CaseGrant
from cases.services import bulk as service
from cases.views import inbox, queue, worklist
from coordinators import routing
from core import audit, clock, pdf
from core.errors import TransitionNotAllowed
from core.fields import put
from core.swedish import swedish_key


@dataclass(frozen=True)
class Act:
    """What can be done with several cases, and its words."""

    slug: str
    title: Promise
    button: Promise
    hint: Promise | str = ""


ACTS: Final = {
    act.slug: act
    for act in (
        Act(
            "tilldela",
            gettext_lazy("Assign the cases"),
            gettext_lazy("Assign"),
            gettext_lazy("Whoever gets a case and whoever had it is told, and by whom."),
        ),
        Act(
            "parkera",
            gettext_lazy("Snooze the cases"),
            gettext_lazy("Snooze"),
            gettext_lazy("Deadlines go on while the cases are snoozed."),
        ),
        Act(
            "skriv-ut",
            gettext_lazy("Print the list"),
            gettext_lazy("Make the PDF"),
            gettext_lazy("Reference, heading and what is to be done. Never who the person is."),
        ),
    )
}


@dataclass
class Chosen:
    """The rows that were ticked, as far as they are hers, each as it was when it was shown."""

    grants: list[CaseGrant]
    versions: dict[uuid.UUID, int] = field(default_factory=dict)
    problem: str = ""

    def choices(self) -> list[service.Choice]:
        return [service.Choice(g.case_id, self.versions.get(g.case_id, g.case.version)) for g in self.grants]

    def rows(self) -> list[dict[str, str]]:
        return [
            {
                "value": f"{choice.case_id}:{choice.version}",
                "reference": grant.case.reference,
                "title": grant.case.title,
                "officer": grant.case.assignee.name if grant.case.assignee else "",
            }
            for grant, choice in zip(self.grants, self.choices(), strict=True)
        ]


@require_POST
def several(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """First the chosen cases with a form, then the act. Chosen by tick boxes, also without script."""
    act, by = ACTS.get(slug), request.assignment
    if act is None:
        raise Http404
    chosen = _chosen(request, by)
    confirmed = "confirmed" in request.POST
    form = _form(act, chosen, request.POST if confirmed else None)
    if confirmed and not chosen.problem and form.is_valid():
        try:
            return _carry_out(request, act, chosen, form.cleaned_data)
        except ValidationError as error:
            put(form, error)
    context = {
        "act": act,
        "form": form,
        "rows": chosen.rows(),
        "problems": [("", chosen.problem)] if chosen.problem else [],
        "has_errors": bool(chosen.problem or form.errors),
        "action": request.get_full_path(),
        "back": _inbox(request),
    }
    return render(request, "cases/inbox/bulk.html", context)


def _inbox(request: AuthenticatedRequest) -> str:
    query = request.GET.urlencode()
    return reverse("cases:inbox") + (f"?{query}" if query else "")


def _chosen(request: AuthenticatedRequest, by: Assignment) -> Chosen:
    """What was ticked. A case of others counts like one that does not exist, and nothing is done."""
    desks = inbox.own_desks(by)
    versions: dict[uuid.UUID, int] = {}
    shown: set[uuid.UUID] = set()
    for text in request.POST.getlist("case")[: 10 * service.MOST]:
        case_id, version = _parsed(text)
        shown.add(case_id)
        if version is not None:
            versions[case_id] = version
    try:
        service.check_number(len(shown))
    except ValidationError as error:
        return Chosen([], problem=" ".join(error.messages))
    found = queue.page(inbox.base_for(by, desks).filter(case_id__in=shown), {}, service.MOST).grants
    lost = len(shown) - len({grant.case_id for grant in found})
    if not lost:
        return Chosen(found, versions)
    audit.refuse("inbox.bulk", by=by, cases=lost)
    words = ngettext(
        "%(n)s of the cases you chose is not in your inbox any more. Look at the rest and try again.",
        "%(n)s of the cases you chose are not in your inbox any more. Look at the rest and try again.",
        lost,
    )
    return Chosen(found, versions, words % {"n": lost})


def _parsed(text: str) -> tuple[uuid.UUID, int | None]:
    """`id` from the list, `id:version` from the form. What is neither stands for a case nobody has."""
    word, _colon, version = text.partition(":")
    try:
        return uuid.UUID(word), int(version[:9]) if version else None
    except ValueError:
        return uuid.uuid4(), None


def _form(act: Act, chosen: Chosen, data: Any) -> forms.Form:
    match act.slug:
        case "tilldela":
            return BulkAssignForm(data, people=_people([grant.case.desk for grant in chosen.grants]))
        case "parkera":
            return BulkSnoozeForm(data)
    return BulkPaperForm(data)


def _people(desks: Sequence[Any]) -> list[tuple[str, str]]:
    """Everybody who answers at one of the desks today; who does not at another is told case by case."""
    found: dict[str, str] = {}
    for people in routing.people_on(set(desks), clock.today()).values() if desks else ():
        found |= {str(person.user_id): person.name for person in people}
    return sorted(found.items(), key=lambda pair: swedish_key(pair[1]))


def _carry_out(request: AuthenticatedRequest, act: Act, chosen: Chosen, data: dict[str, Any]) -> HttpResponse:
    by = request.assignment
    match act.slug:
        case "tilldela":
            done = service.assign(chosen=chosen.choices(), assignee_id=data["assignee"], by=by)
            words = ngettext("%(n)s case assigned.", "%(n)s cases assigned.", len(done.done))
        case "parkera":
            done = service.snooze(chosen=chosen.choices(), until=data["until"], by=by)
            words = ngettext("%(n)s case snoozed.", "%(n)s cases snoozed.", len(done.done))
        case _:
            return redirect("cases:pdf", _print(chosen, data["reason"], by))
    return _said(request, done, words % {"n": len(done.done)})


def _print(chosen: Chosen, reason: str, by: Assignment) -> uuid.UUID:
    """One job and one audit row that names every case."""
    with transaction.atomic():
        ids = [grant.case_id for grant in chosen.grants]
        audit.record("inbox.print", by=by, target_ids=ids, reason=reason)
        context = worklist.context_of(chosen.grants, by)
        return pdf.request(worklist.TEMPLATE, context, by=by, filename=f"{_('case-list')}.pdf").pk


def _said(request: AuthenticatedRequest, done: service.Outcome, words: str) -> HttpResponse:
    """Back to the list with a way back; where something could not be done, first what and why."""
    if done.done:
        undo = f"undo:{reverse('cases:bulk-undo')} {done.token}" if done.token else ""
        messages.success(request, words, extra_tags=undo)
    if not done.failed:
        return redirect(_inbox(request))
    context = {"failed": done.failed, "done": len(done.done), "back": _inbox(request)}
    return render(request, "cases/inbox/bulk_done.html", context)


@require_POST
def take_back(request: AuthenticatedRequest) -> HttpResponse:
    """Undo the whole act within half a minute, each case where nobody has worked on it since."""
    inbox.own_desks(request.assignment)
    try:
        done = service.take_back(token=request.POST.get("token", ""), by=request.assignment)
    except TransitionNotAllowed as refusal:
        messages.warning(request, str(refusal.message))
        return redirect("cases:inbox")
    number = len(done.done)
    words = ngettext("%(n)s case is as it was before.", "%(n)s cases are as they were before.", number)
    return _said(request, done, words % {"n": number})
