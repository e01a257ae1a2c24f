"""Where two cases tell the same thing twice, one row gives way, so that the other can stand in the one case.

Nothing is deleted: a twin ends, is replaced or gets another number, and the merge's ledger knows how it was.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Max

from cases.enums import LIVE_STEPS, CancelReason, GroundEnd, GroundKind, ParticipationStatus, StepStatus
from cases.models import Case, Document, LegalGround, Participation, Period, RecordedMilestone, Recusal, Step
from cases.services import checklists, granting, recusals, sharing
from cases.services import merge_choices as choosing
from cases.services.merge_choices import FIRST_COUNTS, LIVE, THEIRS
from core import clock
from manual.enums import Scope

ANSWER: Final = "act.answer_invitation"
BESIDE: Final = 100
"""Occurrences of the absorbed case's steps are counted from the next hundred."""
_FORWARD: Final = {StepStatus.WAITING: 0, StepStatus.OPEN: 1, StepStatus.BLOCKED: 2, StepStatus.STARTED: 2}


def settle(survivor: Case, absorbed: Case, chosen: Mapping[str, str], *, by_id: uuid.UUID) -> None:
    """Make room for every row of the absorbed case. The caller moves them then."""
    _milestones(survivor, absorbed, chosen)
    _periods(survivor, absorbed, chosen, by_id)
    _agencies(survivor, absorbed, chosen)
    _recusals(survivor, absorbed, by_id)
    _documents(survivor, absorbed)
    _steps(survivor, absorbed)


def _milestones(survivor: Case, absorbed: Case, chosen: Mapping[str, str]) -> None:
    """One date for a kind: as chosen, or the earlier of those that were first noticed."""
    ours, theirs = choosing.milestones_of(survivor), choosing.milestones_of(absorbed)
    for kind in ours.keys() & theirs.keys():
        loser = ours[kind] if _theirs_holds(kind, ours[kind], theirs[kind], chosen) else theirs[kind]
        RecordedMilestone.objects.filter(pk=loser.pk).update(replaced_at=clock.now())


def _theirs_holds(
    kind: str, ours: RecordedMilestone, theirs: RecordedMilestone, chosen: Mapping[str, str]
) -> bool:
    if kind in FIRST_COUNTS:
        return theirs.happened_at < ours.happened_at
    return chosen.get(f"milestone.{kind}") == THEIRS


def _periods(survivor: Case, absorbed: Case, chosen: Mapping[str, str], by_id: uuid.UUID) -> None:
    ours, theirs = choosing.periods_of(survivor), choosing.periods_of(absorbed)
    for kind in ours.keys() & theirs.keys():
        row: Period | None = ours[kind] if chosen.get(f"period.{kind}") == THEIRS else theirs[kind]
        while row is not None:
            Period.objects.filter(pk=row.pk, ended_on__isnull=True).update(
                ended_on=clock.today(), ended_by_id=by_id, **_why_ended()
            )
            row = Period.objects.filter(extends=row).first()


def _why_ended() -> dict[str, str]:
    """A period says why it ended: another decision took its place."""
    return {"end_reason": "replaced"} if hasattr(Period, "end_reason") else {}


def _agencies(survivor: Case, absorbed: Case, chosen: Mapping[str, str]) -> None:
    """An agency in both has one part: on the ground that was chosen, else the survivor's."""
    ours, theirs = choosing.parts_of(survivor), choosing.parts_of(absorbed)
    for pk in ours.keys() & theirs.keys():
        keeps_theirs = chosen.get(f"agency.{pk}") == THEIRS
        loser, winner = (ours[pk], theirs[pk]) if keeps_theirs else (theirs[pk], ours[pk])
        if LIVE.index(ParticipationStatus(loser.status)) < LIVE.index(ParticipationStatus(winner.status)):
            _carry_answer(loser, winner)
        now = clock.now()
        Participation.objects.filter(pk=loser.pk).update(status=ParticipationStatus.ENDED, ended_at=now)
        sharing.end_grounds(granting.grounds_of(loser.case, pk), GroundEnd.REPLACED)


def _carry_answer(loser: Participation, winner: Participation) -> None:
    """An agency that has said yes once is not asked again: its answer goes with it."""
    Participation.objects.filter(pk=winner.pk).update(
        status=loser.status,
        answered_by_id=loser.answered_by_id,
        answered_at=loser.answered_at,
        contact_id=loser.contact_id,
    )


def stay_gone(survivor: Case, absorbed: Case, changed: Mapping[str, Mapping[str, Any]]) -> None:
    """What the merge had put aside is back: without consent that was withdrawn since, and without the part
    of an agency whose part has ended since. `changed`: participations as the merge's ledger has them.

    The caller refreshes the checklists and syncs the grants.
    """
    put_aside = [pk for pk, columns in changed.items() if "ended_at" in columns]
    back = Participation.objects.filter(pk__in=put_aside, status__in=LIVE).select_related("case")
    for row in back:
        other = absorbed if row.case_id == survivor.pk else survivor
        if row.agency_id not in choosing.parts_of(other):
            sharing.end_grounds(granting.grounds_of(row.case, row.agency_id), GroundEnd.LEFT)
    for case in (survivor, absorbed):
        live = case.grounds.filter(kind=GroundKind.CONSENT, agency__isnull=False, ended_at__isnull=True)
        gone = [g for g in live.select_related("agency", "consent") if not _still_agreed(g)]
        sharing.end_grounds(gone, GroundEnd.WITHDRAWN)
        granting.follow(case, CancelReason.CONSENT_WITHDRAWN)


def _still_agreed(ground: LegalGround) -> bool:
    """The consent it stands on names the agency still."""
    assert ground.consent is not None and ground.agency is not None, "an agency's ground on consent has both"
    if ground.valid_until is not None and ground.valid_until < clock.today():
        return True  # its last day has passed: nothing is seen by it, and the night ends it
    if ground.agency.kind not in ground.consent.scope:
        return False
    return not ground.consent.withdrawals.filter(scope__contains=[ground.agency.pk.hex]).exists()


def _recusals(survivor: Case, absorbed: Case, by_id: uuid.UUID) -> None:
    """Recused from either, recused from both: one row says it. Whoever was shut out of one stays shut out."""
    theirs = {row.user_id: row for row in absorbed.recusals.filter(lifted_at__isnull=True)}
    ours = {row.user_id: row for row in survivor.recusals.filter(lifted_at__isnull=True, user_id__in=theirs)}
    bars = recusals.shut_out([*theirs.values(), *ours.values()])
    aside = [
        row.pk if row.pk not in bars and theirs[user].pk in bars else theirs[user].pk
        for user, row in ours.items()
    ]
    Recusal.objects.filter(pk__in=aside).update(lifted_at=clock.now(), lifted_by_id=by_id)


def _documents(survivor: Case, absorbed: Case) -> None:
    """The same file in both stays twice; the fingerprint of one stands aside."""
    there = {bytes(digest) for digest in _digests(survivor)}
    for row in absorbed.documents.filter(removed_at__isnull=True).only("pk", "digest"):
        if bytes(row.digest) in there:
            aside = hashlib.sha256(bytes(row.digest) + row.pk.bytes).digest()
            Document.objects.filter(pk=row.pk).update(digest=aside)


def _digests(case: Case) -> list[bytes]:
    found = case.documents.filter(removed_at__isnull=True).values_list("digest", flat=True)
    return [bytes(digest) for digest in found]


# --- steps ------------------------------------------------------------------------------------------------


def _steps(survivor: Case, absorbed: Case) -> None:
    """Of two that are still to be done the one further on goes on; the others get numbers of their own."""
    ours: dict[tuple[object, ...], list[Step]] = {}
    for step in survivor.steps.select_related("template"):
        ours.setdefault(_owed(step), []).append(step)
    ended = []
    for step in absorbed.steps.select_related("template"):
        twins = ours.get(_owed(step), [])
        if _is_left(step) and _has_twin(step) and (twin := next(filter(_is_left, twins), None)):
            ended.append(twin if _further(step, twin) else step)
    checklists.cancel(ended, CancelReason.MERGED)
    _renumber(survivor, absorbed, {key: steps for key, steps in ours.items() if steps})


def _owed(step: Step) -> tuple[object, ...]:
    return step.key, step.agency_id, step.desk_id


def _is_left(step: Step) -> bool:
    return step.status == StepStatus.WAITING or step.status in LIVE_STEPS


def _has_twin(step: Step) -> bool:
    """Duties of the checklists are the same in both; a referrer's own and a meeting's decisions are not."""
    is_referrers = step.template.agency_role == checklists.REFERRER_ROLE
    return step.key == ANSWER or (step.template.scope == Scope.CASE and not is_referrers)


def _further(theirs: Step, ours: Step) -> bool:
    return _FORWARD[StepStatus(theirs.status)] > _FORWARD[StepStatus(ours.status)]


def _renumber(survivor: Case, absorbed: Case, ours: Mapping[tuple[object, ...], list[Step]]) -> None:
    last = survivor.steps.aggregate(last=Max("occurrence"))["last"] or 0
    offset = BESIDE * (1 + last // BESIDE)
    columns = ("pk", "key", "agency_id", "desk_id", "occurrence")
    for step in absorbed.steps.only(*columns).order_by("-occurrence"):
        if _owed(step) in ours:
            Step.objects.filter(pk=step.pk).update(occurrence=offset + step.occurrence)
