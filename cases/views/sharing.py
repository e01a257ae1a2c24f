"""Consent and sharing: what the person has agreed to, and who sees what, until when and why."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from accounts.enums import AgencyKind
from cases import workflow
from cases.access import Sight, get_case_or_404, visible
from cases.enums import (
    LIVE_PARTICIPATIONS,
    Category,
    ConsentForm,
    GroundKind,
    Level,
    ParticipationStatus,
    Verb,
)
from cases.forms import sharing as forms
from cases.models import Case, Consent, LegalGround, Participation, PrivacyStatement, Withdrawal
from cases.sections import lists
from cases.services import consents, drafts, granting
from cases.services import sharing as service
from cases.services.breaches import sight as clearing
from cases.views import case as case_views
from cases.views import participation as actors
from coordinators.enums import AgeBand
from core import audit, clock, looks
from core.fields import put


@dataclass(frozen=True, slots=True)
class Shown:
    """One ground in words."""

    pk: uuid.UUID
    ground: str
    parts: str
    why: str
    until: str
    may_end: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """One agency and what its part stands on."""

    participation: Participation
    name: str
    status: SafeString
    grounds: list[Shown]
    may_change: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One entry in the history of consent."""

    on: date
    title: str
    body: str
    words: str = ""


def opened(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """The sight of somebody who may see the page. A stranger gets 404, recorded."""
    sight = get_case_or_404(request, case_id, verb="case.sharing")
    if not case_views.may_see_sharing(sight):
        audit.refuse("case.sharing", sight.case, by=request.assignment)
        raise Http404
    return sight


def changing(request: AuthenticatedRequest, case_id: uuid.UUID, need: Level = Level.HEADER) -> Sight:
    """The sight of somebody who may change it now. PermissionDenied or TransitionNotAllowed else."""
    sight = opened(request, case_id)
    if "triage" not in sight.desk_rights or sight.level < need:
        audit.refuse("case.share", sight.case, by=request.assignment)
        raise PermissionDenied
    workflow.check(Verb.SHARE, sight.case)
    return sight


@require_safe
def page(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The desk sees everything; an agency what it may see itself and why, and no consent but its own."""
    sight = opened(request, case_id)
    may = Verb.SHARE in {row.verb for row in workflow.available(sight)}
    context: dict[str, Any] = {
        "head": case_views.head(request, sight, "sharing"),
        "may": may,
        "recipients": recipients(sight, may),
        "informed": _informed(sight),
        "may_report": clearing.may_report(sight),
    }
    if sight.is_desk:
        context |= _for_the_desk(request, sight)
    return render(request, "cases/sharing/page.html", context)


def _for_the_desk(request: AuthenticatedRequest, sight: Sight) -> dict[str, Any]:
    case = sight.case
    grown = list(Case.objects.filter(consultation_of=case).order_by("received_at"))
    earlier = [case.consultation_of] if case.consultation_of else []
    linked = [row.pk for row in (*grown, *earlier)]
    seen = (
        set(visible(request.assignment).filter(pk__in=linked).values_list("pk", flat=True)) if linked else ()
    )
    return {
        "sentences": consent_sentences(case),
        "history": _history(sight),
        "stepped_back": consents.desk_has_stepped_back(case),
        "grown": [(row.reference, row.pk if row.pk in seen else "") for row in grown],
        "earlier": [(row.reference, row.pk if row.pk in seen else "") for row in earlier],
    }


# --- consent in words ------------------------------------------------------------------------------


def who(code: str) -> str:
    """One entry of a scope: a kind of agency, the coordinator, or a single agency."""
    if code == service.COORDINATOR:
        return _("the regional coordinator")
    if code in AgencyKind.values:
        return str(AgencyKind(code).label)
    return _("a single agency")


def _listed(codes: list[str]) -> str:
    words = [who(code) for code in codes]
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def consent_sentences(case: Case) -> list[str]:
    """What holds today, as sentences."""
    rows = case.consents.filter(service.in_force()).order_by("given_on", "recorded_at")
    return [_sentence(row) for row in rows if row.scope]


def _sentence(row: Consent) -> str:
    words = _("The person agrees that %(who)s may have the information.") % {"who": _listed(row.scope)}
    if row.by_representative:
        words = _("A representative agrees for the child that %(who)s may have the information.") % {
            "who": _listed(row.scope)
        }
    until = (
        _("It holds until %(day)s.") % {"day": looks.date_text(row.valid_until)} if row.valid_until else ""
    )
    return " ".join(filter(None, (words, _given(row), until)))


def _given(row: Consent) -> str:
    facts = {"day": looks.date_text(row.given_on), "language": lists.language_words(row.language)}
    if row.form == ConsentForm.WRITTEN:
        words = _("The consent was given in writing on %(day)s.") % facts
    else:
        words = _("The consent was given orally on %(day)s.") % facts
    if row.language:
        words += " " + _("Language: %(language)s.") % facts
    return words + (" " + _("An interpreter was used.") if row.interpreter else "")


def _history(sight: Sight) -> list[Said]:
    """Consents and withdrawals, newest first; the words only for a desk that sees the whole case."""
    whole = sight.level >= Level.FULL
    given = sight.case.consents.select_related("recorded_by", "data_key")
    taken = Withdrawal.objects.filter(consent__case=sight.case).select_related("recorded_by", "data_key")
    entries = [
        Said(
            row.given_on,
            _("Consent: %(who)s") % {"who": _listed(row.given_scope)},
            f"{_given(row)} {_('Recorded by %(name)s.') % {'name': row.recorded_by.name}}",
            "\n".join(filter(None, (row.representative or "", row.words or ""))) if whole else "",
        )
        for row in given
    ]
    entries += [
        Said(
            row.withdrawn_on,
            _("Withdrawn: %(who)s") % {"who": _listed(row.scope)},
            f"{row.get_form_display()}. {_('Recorded by %(name)s.') % {'name': row.recorded_by.name}}",
            str(row.words or "") if whole else "",
        )
        for row in taken
    ]
    return sorted(entries, key=lambda entry: entry.on, reverse=True)


def _informed(sight: Sight) -> list[str]:
    """When the person was told how her data are handled; in which language is the desk's to know."""
    rows = sight.case.privacy_statements.order_by("-given_on") if sight.level >= Level.STEPS else []
    return [_told(row, sight) for row in rows]


def _told(row: PrivacyStatement, sight: Sight) -> str:
    facts = {"day": looks.date_text(row.given_on), "language": lists.language_words(row.language)}
    words = (
        _("Given in writing on %(day)s.")
        if row.form == ConsentForm.WRITTEN
        else _("Given orally on %(day)s.")
    ) % facts
    if sight.is_desk:
        words += " " + _("Language: %(language)s.") % facts
        words += " " + _("An interpreter was used.") if row.interpreter else ""
    return words


# --- who sees what ---------------------------------------------------------------------------------


def recipients(sight: Sight, may: bool) -> list[Recipient]:
    """Agencies taking part, each with what it stands on. Two queries."""
    if sight.level < Level.STEPS:
        return []
    rows = sight.case.participations.filter(is_referrer=False, status__in=LIVE_PARTICIPATIONS)
    if not sight.is_desk:
        rows = rows.filter(agency_id__in=[sight.agency_id] if sight.agency_id else [])
    live = sight.case.grounds.filter(ended_at__isnull=True, agency__isnull=False).exclude(
        kind=GroundKind.OWN_REPORT
    )
    by_agency: dict[uuid.UUID, list[LegalGround]] = {}
    for ground in live.select_related("consent", "data_key").order_by("made_at", "pk"):
        assert ground.agency_id is not None
        by_agency.setdefault(ground.agency_id, []).append(ground)
    return [
        _recipient(row, by_agency.get(row.agency_id, []), sight, may)
        for row in rows.select_related("agency").order_by("invited_at")
    ]


def _recipient(row: Participation, grounds: list[LegalGround], sight: Sight, may: bool) -> Recipient:
    many = len(grounds) > 1
    return Recipient(
        row,
        sight.name_of(row.agency),
        looks.tag(
            row.get_status_display(), "fjord" if row.status == ParticipationStatus.ACCEPTED else "blue"
        ),
        [shown(ground, may_end=may and many) for ground in grounds],
        may,
    )


def shown(ground: LegalGround, *, may_end: bool = False) -> Shown:
    until = looks.date_text(ground.valid_until) if ground.valid_until else _("until further notice")
    return Shown(
        ground.pk,
        actors.ground_text(ground),
        actors.category_text(ground),
        str(ground.purpose or ""),
        until,
        may_end,
    )


# --- registering -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A new consent, as it was given."""
    sight = changing(request, case_id)
    scopes = [(kind.value, str(kind.label)) for kind in consents.KINDS]
    if consents.desk_has_stepped_back(sight.case):
        scopes.insert(0, (service.COORDINATOR, _("The regional coordinator")))
    form = forms.GivenForm(
        request.POST if request.method == "POST" else None,
        scopes=scopes,
        child=sight.case.age_band != AgeBand.ADULT,
        initial={"given_on": clock.today().isoformat()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            consents.register(case_id=case_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The consent has been recorded."))
            return redirect("cases:sharing", case_id)
    context = {"head": case_views.head(request, sight, "sharing"), "form": form}
    return render(request, "cases/sharing/consent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def inform(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The person was told how her data are handled."""
    sight = changing(request, case_id)
    form = forms.PrivacyForm(
        request.POST if request.method == "POST" else None, initial={"given_on": clock.today().isoformat()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            granting.inform(case_id=case_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("It has been recorded that the person was informed."))
            return redirect("cases:sharing", case_id)
    context = {"head": case_views.head(request, sight, "sharing"), "form": form}
    return render(request, "cases/sharing/inform.html", context)


@require_POST
def grow(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The person of a consultation agrees after all: a new referral, filled with what points nobody out."""
    sight = changing(request, case_id)
    if not sight.case.is_consultation or not sight.sees(Category.SITUATION):
        raise Http404
    draft = drafts.start_from(referral=sight.case.opening_referral(), by=request.assignment)
    messages.success(request, _("Now enter the consent: who gave it, how and when."))
    return redirect("cases:draft", draft.pk)
