"""Paper: a receipt of a referral, a summary of a case. Access is asked again each time it is fetched."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest, fresh_to_send, not_activity
from cases.access import Sight, get_case_or_404, sight_of, visible
from cases.enums import Category, Level, ParticipationStatus
from cases.forms.casework import PaperForm
from cases.models import Participation, Referral, Step
from cases.sections import shared
from cases.services import casework, granting, prompts
from cases.services.breaches import sight as clearing
from cases.services.referrals import is_own_referral, own_referral
from cases.services.subject import giving
from cases.views import case as case_views
from cases.views import glance, items, participation, persons, worklist
from core import audit, clock, looks, pdf
from core.enums import PdfState
from core.fields import put
from core.models import PdfJob

SUMMARY = "pdf/case_summary.html"
RECEIPT = "pdf/receipt.html"


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_to_send
def summary(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The case on paper, for a stated reason; who the person is only when ticked."""
    sight = get_case_or_404(request, case_id, need=Level.FULL)
    if sight.emergency or sight.case.is_protected:  # a copy outlives the hour, and every rule of the portal
        audit.refuse("case.pdf", sight.case, by=request.assignment)
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = PaperForm(data, may_identify=sight.may_print_identity)
    if request.method == "POST" and form.is_valid():
        try:
            job = _order(sight, form.cleaned_data)
        except PermissionDenied:
            form.add_error(None, _("Protected identity. Only people named for the case may open it."))
        except ValidationError as error:
            put(form, error)
        else:
            return redirect("cases:pdf", job.pk)
    return render(
        request, "cases/case/paper.html", {"head": case_views.head(request, sight, ""), "form": form}
    )


def _order(sight: Sight, data: dict[str, Any]) -> PdfJob:
    by, reason = sight.by, data["reason"]
    identity: list[glance.Line] = []
    if data.get("identity") and sight.may_print_identity:
        person = casework.open_identity(case=sight.case, reason=reason, by=by)
        identity = persons.identity_lines(person, sight)
    with transaction.atomic():
        audit.record("case.pdf", sight.case, by=by, reason=reason, identity=bool(identity))
        needs = {
            "membership": str(by.membership_id),
            "categories": sorted(sight.categories),
            "identity": bool(identity),
        }
        return pdf.request(
            SUMMARY,
            summary_context(sight, identity) | {"needs": needs},
            by=by,
            filename=f"{sight.case.reference}-{_('summary')}.pdf",
            case_id=sight.case.pk,
        )


def _pairs(lines: Any) -> list[dict[str, str]]:
    return [{"label": str(line.label), "value": str(line.value)} for line in lines]


def _on_paper(line: glance.Line, seen: glance.Glance) -> glance.Line:
    """A moment in words that stay true when the paper is read another day."""
    if line.key not in ("received_at", "snoozed_until"):
        return line
    at = getattr(seen.case, line.key)
    return replace(line, value=f"{looks.date_text(at)} {looks.time_text(at)}")


def summary_context(sight: Sight, identity: list[glance.Line]) -> dict[str, Any]:
    """Plain text only: what this viewer may see of the case, as it stands."""
    now, seen = clock.now(), glance.of(sight)
    return {
        "reference": sight.case.reference,
        "title": sight.case.title,
        "status": str(sight.case.get_status_display()),
        "printed_by": f"{sight.by.user.name}, {sight.by.agency.name}",
        "printed_at": f"{looks.date_text(now)} {looks.time_text(now)}",
        "facts": _pairs(_on_paper(line, seen) for line in seen.facts),
        "identity": _pairs(identity),
        "parts": [{"title": part.title, "rows": _pairs(part.rows)} for part in seen.parts],
        "steps": [_step(step, sight) for step in seen.steps if seen.reads(step)],
        "agencies": [
            _agency(row, sight) for row in seen.actors if row.status == ParticipationStatus.ACCEPTED
        ],
    }


def _step(step: Step, sight: Sight) -> dict[str, str]:
    return {
        "title": items.title(step, sight),
        "owner": items.owner_name(step, sight),
        "status": str(step.get_status_display()),
        "due": looks.deadline_on_paper(step.due_at) if step.due_at else "",
    }


def _agency(row: Participation, sight: Sight) -> dict[str, str]:
    """The ground is told to the desk, and to the agency itself."""
    told = sight.is_desk or row.agency_id == sight.agency_id
    return {
        "name": sight.name_of(row.agency),
        "status": str(row.get_status_display()),
        "ground": participation.ground_text(row.ground) if told else "",
    }


@require_POST
@fresh_to_send
def receipt(request: AuthenticatedRequest, referral_id: uuid.UUID) -> HttpResponse:
    """The receipt of one's own referral, without who the person is."""
    by = request.assignment
    referral = own_referral(referral_id, by)
    with transaction.atomic():
        audit.record("referral.pdf", referral, by=by)
        name = f"{referral.reference}-{_('receipt')}.pdf"
        needs = {"referral": str(referral.pk), "protected": referral.case.is_protected}
        context = receipt_context(referral) | {"needs": needs}
        job = pdf.request(RECEIPT, context, by=by, filename=name)
    return redirect("cases:pdf", job.pk)


def receipt_context(referral: Referral) -> dict[str, Any]:
    case, now = referral.case, clock.now()
    safe = set(Category.values) - {Category.IDENTITY, Category.CONTACT}
    document = referral.document if isinstance(referral.document, list) and not case.is_protected else []
    return {
        "reference": referral.reference,
        "sent_at": f"{looks.date_text(referral.sent_at)} {looks.time_text(referral.sent_at)}",
        "desk": str(case.desk.name),
        "answer_by": looks.deadline_on_paper(case.answer_by),
        "printed_by": f"{referral.referrer.name}, {referral.agency.name}",
        "printed_at": f"{looks.date_text(now)} {looks.time_text(now)}",
        "parts": [
            {
                "title": part["title"],
                "rows": [{"label": pair["question"], "value": pair["answer"]} for pair in part["answers"]],
            }
            for part in shared(document)
            if part["category"] in safe
        ],
    }


# --- waiting and fetching ------------------------------------------------------------------------


def _job_or_404(request: AuthenticatedRequest, job_id: uuid.UUID) -> PdfJob:
    """One's own order, while everything that stands on the paper could be ordered again."""
    by = request.assignment
    jobs = PdfJob.objects.select_related("data_key").defer("result")
    job = jobs.filter(pk=job_id, requester_id=by.user_id).first()
    if job is None or not _still_seen(job, by):
        audit.refuse("pdf.download", job_id, by=by)
        raise Http404
    return job


def _still_seen(job: PdfJob, by: Assignment) -> bool:
    if prompts.is_sheet(job):
        return True
    needs = job.context.get("needs", {}) if isinstance(job.context, dict) else {}
    if "pack" in needs:
        return giving.still_seen(needs, by)
    if "cases" in needs:
        return worklist.still_seen(needs, by)
    if "breach" in needs and not clearing.still_cleared(needs["breach"], by):
        return False
    if job.case_id is None:
        return "breach" in needs or _own_receipt(needs, by)
    case = visible(by).filter(pk=job.case_id).first()
    sight = sight_of(by, case) if case else None
    if sight is None or sight.level < Level.FULL or not set(needs.get("categories", ())) <= sight.categories:
        return False
    if sight.emergency is not None or (sight.case.is_protected and "breach" not in needs):
        return False
    if needs.get("identity") and not sight.may_print_identity:
        return False
    return str(needs.get("membership", by.membership_id)) == str(by.membership_id)


def _own_receipt(needs: dict[str, Any], by: Assignment) -> bool:
    """One's own referral, and nothing on it that is protected since."""
    if not is_own_referral(needs.get("referral"), by):
        return False
    now_protected = Referral.objects.filter(pk=needs["referral"], case__is_protected=True).exists()
    return not now_protected or bool(needs.get("protected"))


@require_safe
@not_activity
def waiting(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """Looks again by itself every other second, without script, until the paper is there."""
    job = _job_or_404(request, job_id)
    ready = job.state == PdfState.READY and job.expires_at > clock.now()
    over = job.state in (PdfState.FAILED, PdfState.EXPIRED) or (job.expires_at <= clock.now())
    response = render(request, "cases/jobs/paper.html", {"job": job, "ready": ready, "over": over})
    if not ready and not over:
        response.headers["Refresh"] = "2"
    return response


@require_safe
def download(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    job = _job_or_404(request, job_id)
    data = pdf.result(job)
    if data is None:
        raise Http404
    audit.record("pdf.download", job.case_id, by=request.assignment, target_ids=_listed_in(job), job=job.pk)
    _left_the_portal(job, request.assignment)
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{job.filename}"'
    return response


def _listed_in(job: PdfJob) -> list[uuid.UUID]:
    """The cases on a list on paper."""
    needs = job.context.get("needs", {}) if isinstance(job.context, dict) else {}
    return [uuid.UUID(case_id) for case_id in needs.get("cases", ())]


def _left_the_portal(job: PdfJob, by: Assignment) -> None:
    """A paper about a case stands in its ledger; one's own receipt does not."""
    if job.case_id is not None:
        needs = job.context.get("needs", {}) if isinstance(job.context, dict) else {}
        categories = {*needs.get("categories", ()), *((Category.IDENTITY,) if needs.get("identity") else ())}
        granting.copy_taken(job_id=job.pk, case_id=job.case_id, categories=categories, by=by)
