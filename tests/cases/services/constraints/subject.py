"""Requests for one's own data, extracts, decisions and masks: what the database refuses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from cases.enums.subject import PackState, Protected, RequestChannel, Secrecy, Verdict
from cases.models import DataPack, PackDecision, RequestedCase, SubjectMask, SubjectRequest
from core import clock, vault
from tests.factories import member

Act = Callable[[Any], Any]


def _request(scene: Any, **changes: Any) -> SubjectRequest:
    key = uuid.uuid4()
    given: dict[str, Any] = {
        "id": key,
        "data_key": vault.new_key("request", key),
        "language": "ar",
        "channel": RequestChannel.LETTER,
        "received_on": date(2026, 11, 23),
        "due_on": date(2026, 12, 23),
        "answer_to": "Här.",
        "registered_by": scene.user,
        "registered_at": clock.now(),
    }
    return SubjectRequest.objects.create(**(given | changes))


def _pack(scene: Any, **changes: Any) -> DataPack:
    request = changes.pop("request", None) or _request(scene)
    given = {"request": request, "agency": scene.police.agency, "data_key": request.data_key}
    return DataPack.objects.create(**(given | changes))


def _prepared(scene: Any) -> dict[str, Any]:
    return {"state": PackState.PREPARED, "prepared_by": scene.user, "prepared_at": scene.now}


def _approved(scene: Any) -> dict[str, Any]:
    second = member().user
    return _prepared(scene) | {
        "state": PackState.APPROVED, "approved_by": second, "approved_at": scene.now,
    }  # fmt: skip


def _decision(scene: Any, **changes: Any) -> PackDecision:
    given = {
        "pack": changes.pop("pack", None) or _pack(scene),
        "piece": "cases.note:1",
        "digest": b"x" * 16,
        "verdict": Verdict.RELEASE,
        "decided_by": scene.user,
        "decided_at": scene.now,
    }
    return PackDecision.objects.create(**(given | changes))


def _mask(scene: Any, **changes: Any) -> SubjectMask:
    request = _request(scene)
    given = {
        "request": request,
        "data_key": request.data_key,
        "words": ["Viktor"],
        "protects": Protected.SUSPECT,
        "secrecy": Secrecy.UNSURE,
        "added_by": scene.user,
        "added_at": scene.now,
    }
    return SubjectMask.objects.create(**(given | changes))


def _twice(make: Callable[[], Any]) -> None:
    make()
    make()


def _case_twice(scene: Any) -> None:
    request = _request(scene)
    _twice(
        lambda: RequestedCase.objects.create(
            request=request, case=scene.world.case, added_by=scene.user, added_at=scene.now
        )
    )


def _pack_twice(scene: Any) -> None:
    request = _request(scene)
    _twice(lambda: _pack(scene, request=request))


def _decision_twice(scene: Any) -> None:
    pack = _pack(scene)
    _twice(lambda: _decision(scene, pack=pack))


EXTENDED: Final = {
    "extended_until": date(2027, 1, 23), "extension_reason": "complex", "told_on": date(2026, 12, 1),
}  # fmt: skip
BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "subject_request_channel_known": (lambda s: _request(s, channel="pigeon"),),
    "subject_request_due_after": (lambda s: _request(s, due_on=date(2026, 11, 23)),),
    "subject_request_checked_how": (
        lambda s: _request(s, checked_how="document"),
        lambda s: _request(s, checked_how="guess", checked_on=date(2026, 11, 23), checked_by=s.user),
        lambda s: _request(s, checked_on=date(2026, 11, 23)),
    ),
    "subject_request_extended_why": (
        lambda s: _request(s, **(EXTENDED | {"extension_reason": ""}), extended_by=s.user),
        lambda s: _request(s, **(EXTENDED | {"told_on": date(2026, 12, 24)}), extended_by=s.user),
        lambda s: _request(s, **(EXTENDED | {"extended_until": date(2026, 12, 23)}), extended_by=s.user),
        lambda s: _request(s, extension_reason="many"),
    ),
    "subject_request_extended_by": (lambda s: _request(s, **EXTENDED),),
    "subject_request_closed_how": (
        lambda s: _request(s, closed_at=s.now, closed_by=s.user),
        lambda s: _request(s, outcome="given"),
        lambda s: _request(s, outcome="lost", closed_at=s.now, closed_by=s.user),
    ),
    "subject_request_closed_by": (lambda s: _request(s, outcome="given", closed_at=s.now),),
    "requested_case_once": (_case_twice,),
    "data_pack_state_known": (lambda s: _pack(s, state="lost"),),
    "data_pack_prepared_by": (lambda s: _pack(s, **(_prepared(s) | {"prepared_at": None})),),
    "data_pack_approved_by": (lambda s: _pack(s, **(_approved(s) | {"approved_at": None})),),
    "data_pack_two_persons": (lambda s: _pack(s, **(_approved(s) | {"approved_by": s.user})),),
    "data_pack_state_has_persons": (
        lambda s: _pack(s, state=PackState.PREPARED),
        lambda s: _pack(s, **(_prepared(s) | {"state": PackState.APPROVED})),
        lambda s: _pack(s, **(_prepared(s) | {"state": PackState.PREPARING})),
    ),
    "data_pack_given_how": (
        lambda s: _pack(s, **(_approved(s) | {"state": PackState.GIVEN})),
        lambda s: _pack(s, **_approved(s), given_how="in_person"),
    ),
    "data_pack_given_by": (
        lambda s: _pack(
            s,
            **(_approved(s) | {"state": PackState.GIVEN}),
            given_on=date(2026, 11, 23),
            given_how="in_person",
        ),
    ),
    "data_pack_once": (_pack_twice,),
    "pack_decision_verdict_known": (lambda s: _decision(s, verdict="maybe"),),
    "pack_decision_has_reason": (
        lambda s: _decision(s, verdict=Verdict.WITHHOLD),
        lambda s: _decision(s, verdict=Verdict.WITHHOLD, protects=Protected.OTHER, secrecy="osl_99"),
        lambda s: _decision(s, protects=Protected.OTHER, secrecy=Secrecy.UNSURE),
    ),
    "pack_decision_once": (_decision_twice,),
    "subject_mask_protects_known": (lambda s: _mask(s, protects="nobody"),),
    "subject_mask_secrecy_known": (lambda s: _mask(s, secrecy="osl_99"),),
}
