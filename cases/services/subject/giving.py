"""The extract on paper, and that it reached the person."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import Category, DisclosureKind
from cases.enums.subject import HandedHow, PackState, Protected, RequestOutcome, Secrecy, Verdict
from cases.models import Case, DataPack
from cases.services import sharing
from cases.services.subject import requests, review
from cases.services.subject.masking import left_out
from cases.services.subject.pieces import Piece, cases_of
from cases.services.subject.review import Review
from cases.services.subject.sources import Part
from core import audit, clock, looks, pdf
from core.errors import TransitionNotAllowed
from core.models import PdfJob

TEMPLATE: Final = "pdf/subject.html"


@transaction.atomic(durable=True)
def on_paper(*, pack_id: uuid.UUID, language: str, by: Assignment) -> PdfJob:
    """Order the approved extract as PDF. What has changed since it was approved stops it."""
    pack = review.pack_for(pack_id, by, "subject.pdf")
    request = requests.lock(pack.request_id)
    pack.refresh_from_db(fields=["state", "approved_at"])
    if pack.state not in (PackState.APPROVED, PackState.GIVEN):
        raise TransitionNotAllowed(_("The extract has not been approved."))
    with translation.override(language):
        found = review.review(pack)
        if found.undecided():
            raise TransitionNotAllowed(
                _("Something has changed since the extract was approved. Send it back and go through it.")
            )
        context = document(found)
        name = f"{_('extract')}-{pack.pk.hex[:8]}.pdf"
    cases = sorted({piece.case_id for piece in found.pieces})
    audit.record("subject.pdf", pack, by=by, target_ids=cases, request=request.pk, language=language)
    context["needs"] = {
        "pack": str(pack.pk),
        "approved_at": found.pack.approved_at.isoformat() if found.pack.approved_at else "",
        "membership": str(by.membership_id),
    }
    return pdf.request(
        TEMPLATE, context, by=by, filename=name, case_id=cases[0] if cases else None, language=language
    )


def still_seen(needs: dict[str, Any], by: Assignment) -> bool:
    """Asked again at the download: she still protects data, and the extract is the one that was approved.

    No paper is fetched from before something was masked, or before the person was protected.
    """
    if not by.has(requests.RIGHT) or str(needs.get("membership")) != str(by.membership_id):
        return False
    ready = [PackState.APPROVED, PackState.GIVEN]
    pack = DataPack.objects.filter(pk=uuid.UUID(needs["pack"]), state__in=ready).first()
    if pack is None:
        return False
    try:
        requests.may(by, "subject.pdf", pack.request)
    except PermissionDenied:
        return False
    approved = pack.approved_at.isoformat() if pack.approved_at else ""
    return needs.get("approved_at") == approved and not review.review(pack).undecided()


def document(found: Review) -> dict[str, Any]:
    """What is printed: released text with the masks applied. What is left out is in no part of it."""
    pack, request = found.pack, found.request
    cases = cases_of(request)
    reasons = [reason(row.protects, row.secrecy) for row in found.masks.rows]
    parts: list[dict[str, Any]] = []
    for part in Part:
        rows = [_printed(found, piece, reasons) for piece in found.of(part)]
        if rows:
            parts.append({"title": str(part.label), "pieces": rows})
    used = {number for part in parts for row in part["pieces"] for number in row["numbers"]}
    return {
        "agency": _house(pack, cases),
        "received_on": looks.date_text(request.received_on),
        "approved_on": looks.date_text(pack.approved_at) if pack.approved_at else "",
        "references": [case.reference for case in cases],
        "parts": parts,
        "left_out": [
            {"mark": left_out(number), "words": words}
            for number, words in enumerate(reasons, start=1)
            if number in used
        ],
    }


def _house(pack: DataPack, cases: list[Case]) -> str:
    """Who answers for the extract; of a protected person only the kind of agency, but for the desk's own."""
    told = not any(case.is_protected for case in cases) or pack.agency.kind == AgencyKind.COORDINATION
    return pack.agency.name if told else str(pack.agency.get_kind_display())


def reason(protects: str, secrecy: str) -> str:
    """Whom it protects, and by which provision: never what it said."""
    return f"{Protected(protects).label}. {Secrecy(secrecy).label}."


def _printed(found: Review, piece: Piece, reasons: list[str]) -> dict[str, Any]:
    decision = found.decision(piece)
    assert decision is not None, "every piece of an approved extract was decided upon"
    if decision.verdict == Verdict.WITHHOLD:
        why = reason(decision.protects, decision.secrecy)
        return {"title": _("A piece that is left out"), "lines": [], "left_out": why, "numbers": []}
    said = [(line.label, line.value) for line in piece.lines]
    numbers = {number for _label, value in said for number in found.masks.numbers(value)}
    lines = [{"label": label, "value": found.masks.apply(value)} for label, value in said]
    return {"title": piece.title, "lines": lines, "left_out": "", "numbers": sorted(numbers)}


@transaction.atomic(durable=True)
def hand_out(
    *, pack_id: uuid.UUID, given_on: date, how: HandedHow, interpreter: bool, version: int, by: Assignment
) -> DataPack:
    """The person has it: in the ledger of every case. With the last extract the request has been answered."""
    known = DataPack.objects.values_list("request_id", flat=True).get(pk=pack_id)
    requests.may(by, "subject.give")
    request = requests.lock(known)
    ids = review.locked_cases(request)
    pack = review._lock(pack_id, by, "subject.give", version)
    review._require(pack, PackState.APPROVED)
    approved = clock.local(pack.approved_at).date() if pack.approved_at else None
    if given_on > clock.today() or (approved and given_on < approved):
        raise ValidationError({"given_on": _("The day lies before the approval, or has not come yet")})
    pack.state, pack.given_on, pack.given_how = PackState.GIVEN, given_on, how
    pack.interpreter, pack.given_by_id = interpreter, by.user_id
    pack.version += 1
    fields = ["state", "given_on", "given_how", "interpreter", "given_by", "version"]
    pack.save(update_fields=fields)
    for case in Case.objects.filter(pk__in=ids).order_by("pk"):
        _in_ledger(case, pack, by)
    audit.record("subject.give", pack, by=by, request=pack.request_id, how=how, interpreter=interpreter)
    if not pack.request.packs.exclude(state=PackState.GIVEN).exists():
        requests.end(pack.request, RequestOutcome.GIVEN, "", by)
    return pack


def _in_ledger(case: Case, pack: DataPack, by: Assignment) -> None:
    sharing.disclosed(
        case,
        DisclosureKind.OUTSIDE,
        by_id=by.user_id,
        categories=Category.values,
        subject_id=pack.pk,
        outside=_("The person herself"),
        what=_("Extract of the person's own data at %(agency)s") % {"agency": pack.agency.name},
    )
