"""Requests for one's own data: one with a case, an extract and words left out; one that has ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.access import Assignment
from cases.enums.subject import (
    ExtensionReason,
    IdentityCheck,
    Protected,
    RequestChannel,
    RequestOutcome,
    Secrecy,
    Verdict,
)
from cases.models import Case, DataPack, SubjectRequest
from cases.services.subject import requests, review
from core import clock


def requested(case: Case, by: Assignment) -> dict[str, Any]:
    """The parts of the addresses; on the way a text in every field that holds one."""
    today = clock.today()
    _ended(today, by)
    request = _registered(today, by)
    requests.check_identity(
        request_id=request.pk, how=IdentityCheck.DOCUMENT, checked_on=today, words="Pass.", by=by
    )
    requests.add_case(request_id=request.pk, reference=case.reference, by=by)
    pack = request.packs.get(agency_id=case.desk.agency_id)
    mask = review.mask(
        pack_id=pack.pk, words=["Uppsala"], protects=Protected.OTHER, secrecy=Secrecy.UNSURE, by=by
    )
    _sent_back(pack, by)
    ids = {"request_id": request.pk, "case_id": case.pk, "pack_id": pack.pk, "mask_id": mask.pk}
    return {"request": ids | {"slug": "uppgifter"}}


def _registered(day: date, by: Assignment) -> SubjectRequest:
    return requests.register(
        language="ar", channel=RequestChannel.VISIT, received_on=day, answer_to="Här.", by=by
    )


def _ended(day: date, by: Assignment) -> None:
    request = _registered(day, by)
    requests.extend(
        request_id=request.pk, months=1, reason=ExtensionReason.MANY, words="Mycket.", told_on=day, by=by
    )
    requests.close(
        request_id=request.pk,
        outcome=RequestOutcome.NOT_PROVED,
        words="Ingen legitimation.",
        version=1,
        by=by,
    )


def _sent_back(pack: DataPack, by: Assignment) -> None:
    found = review.open_part(pack_id=pack.pk, part=None, by=by)
    chosen = {one.key: (review.Choice(Verdict.RELEASE), one.digests[0].hex()) for one in found.pieces}
    review.decide(pack_id=pack.pk, choices=chosen, version=0, by=by)
    review.prepare(pack_id=pack.pk, version=1, by=by)
    review.send_back(pack_id=pack.pk, words="En bit till.", version=2, by=by)
