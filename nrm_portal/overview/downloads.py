"""Taking published tables out: a file at once, or a report that a worker makes. Works without script."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, not_activity, right_required
from core import looks
from nrm_portal.overview import directive, exports, national, papers
from nrm_portal.overview.cards import Card
from nrm_portal.overview.forms import ALL, ExportForm
from nrm_portal.overview.sheets import Sheet

INVALID = 422


@dataclass(frozen=True)
class Offered:
    """What is published of a period: the sheets of the page, and the drawings that belong to them."""

    code: str
    label: str
    said: str
    """The period inside a sentence."""
    sheets: list[Sheet]
    cards: Mapping[str, Card]
    directive: list[Sheet]
    """Of the newest published year, where the chosen one is running."""
    words: str
    """The choice, as the words of an address."""
    facts: tuple[tuple[str, str], ...]
    """What every file says of the choice."""


def _offered(request: AuthenticatedRequest) -> Offered:
    choice = national.chosen(request.GET)
    picture = national.picture(choice)
    cards = [card for part in national.parts(picture) for card in part.cards]
    return Offered(
        code=choice.period.code,
        label=choice.label,
        said=choice.said,
        sheets=national.sheets_of(picture),
        cards={card.key: card for card in cards},
        directive=directive.sheets(picture.held.get(picture.divided.code) if picture.divided else None),
        words=choice.words(),
        facts=_facts(picture),
    )


def _facts(picture: national.Picture) -> tuple[tuple[str, str], ...]:
    chosen, at = picture.chosen, picture.made_at
    facts = [(_("Period"), chosen.label)]
    if chosen.against is not None:
        facts.append((_("Compared with"), chosen.against.label))
    if at is not None:
        facts.append((_("Calculated"), looks.moment_text(at)))
    year, made = picture.divided, picture.divided_at
    if chosen.is_running and year is not None and made is not None:
        words = _("The whole of %(year)s") % {"year": year.label}
        facts.append((words, _("calculated %(at)s") % {"at": looks.moment_text(made)}))
    return tuple(facts)


@right_required("see_overview")
@right_required("export")
@fresh_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: AuthenticatedRequest) -> HttpResponse:
    """Choose tables, format and reason; a file comes at once, a report is ordered."""
    offered = _offered(request)
    data = request.POST if request.method == "POST" else None
    form = ExportForm(data, offered.sheets, offered.directive)
    if not form.is_valid():
        context = {"form": form, "offered": offered}
        return render(request, "overview/download.html", context, status=INVALID if form.is_bound else 200)
    return _taken(request, offered, form)


def _taken(request: AuthenticatedRequest, offered: Offered, form: ExportForm) -> HttpResponse:
    sheets, for_eu = form.chosen()
    chosen, kind = form.cleaned_data["tabell"], form.cleaned_data["format"]
    wanted = exports.Order(
        name="statistik" if chosen == ALL else chosen,
        period=offered.code,
        sheets=[*sheets, *for_eu],
        about=exports.about(*offered.facts, notes=directive.notes() if for_eu else ()),
        reason=form.cleaned_data["skal"],
    )
    by = request.assignment
    if kind == exports.PDF:
        title = _("National overview %(period)s") % {"period": offered.said}
        chapters = _chapters(offered, sheets, for_eu)
        job = exports.order(wanted, lambda mark: exports.context(title, chapters, wanted.about, mark), by=by)
        return redirect("overview:report", job.pk)
    made = exports.make(wanted, form=kind, by=by)
    return papers.file(made)


def _chapters(offered: Offered, sheets: list[Sheet], for_eu: list[Sheet]) -> list[exports.Chapter]:
    return [
        exports.Chapter(_("The national picture"), sheets, cards=offered.cards),
        exports.Chapter(_("Yearly statistics for the EU (article 19a)"), for_eu, lead=directive.notes()),
    ]


@right_required("see_overview")
@right_required("export")
@require_safe
@not_activity
def report(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """The page of a report that is being made."""
    return papers.waiting(request, job_id, exports.ordered, "overview/report_ready.html")


@right_required("see_overview")
@right_required("export")
@require_safe
def report_file(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """The report itself."""
    return papers.fetched(request, job_id, exports.ordered, exports.fetch)
