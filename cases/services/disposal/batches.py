"""Batches: one person proposes, another one approves, a day for regrets, then it is carried out for ever.

The responsible post (whoever decides at the desk) proposes its own cases, the data protection officer any;
only the data protection officer approves, and never what she proposed herself. Each case is asked again just
before it goes.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import recused_cases
from cases.enums import BatchState, ItemState, Obstacle
from cases.models import Case, DisposalBatch, DisposalItem, Hold, Retention
from cases.services import casework
from cases.services.disposal import erasing, looking
from coordinators.access import desks_of
from core import audit, clock, destroyed
from core.errors import TransitionNotAllowed
from core.vault import VaultError

logger = logging.getLogger(__name__)

MOST: Final = 50
"""Cases of one batch: as many as two persons can look through."""
REGRET: Final = timedelta(hours=24)
"""Between approval and erasing: either of the two can still stop it. To be confirmed."""
_DECISION: Final = re.compile(r"[\w .:/-]{1,40}")
_PERSONAL: Final = re.compile(r"\d{6}\W?\d{4}|\d{8}")


@dataclass(frozen=True)
class Line:
    """One case whose time draws near, for those who answer for its end: number and dates, no content."""

    case: Case
    retention: Retention
    on: date
    obstacle: Obstacle | None
    hold: Hold | None
    batch_id: uuid.UUID | None

    @property
    def can_be_proposed(self) -> bool:
        return self.obstacle is None and self.batch_id is None


# --- who sees what ---------------------------------------------------------------------------------


def may_see(by: Assignment) -> bool:
    return by.has("protect_data") or bool(_own_desks(by))


def _own_desks(by: Assignment) -> list[uuid.UUID]:
    return [desk for desk, rights in desks_of(by).items() if "triage" in rights]


def _hers(by: Assignment) -> QuerySet[Case]:
    """The cases whose end is hers to answer for. Never one that she cannot handle."""
    rows = Case.objects.exclude(pk__in=recused_cases(by))
    return rows if by.has("protect_data") else rows.filter(desk_id__in=_own_desks(by))


def lines(by: Assignment, limit: int = 200) -> list[Line]:
    """Whose time comes within sixty days, the earliest first. Four queries, and some for each that is due."""
    rows = Retention.objects.filter(case__in=_hers(by), due_on__lte=clock.today() + looking.FIRST)
    found = rows.select_related("case__desk__region", "case__desk__agency", "rule").order_by("due_on", "pk")
    retentions = list(found[:limit])
    ids = [row.case_id for row in retentions]
    waiting = DisposalItem.objects.filter(case__in=ids, state=ItemState.WAITING)
    batches = dict(waiting.values_list("case_id", "batch_id"))
    held = {
        h.case_id: h for h in Hold.objects.filter(case__in=ids, lifted_at__isnull=True).order_by("ends_on")
    }
    return [
        Line(
            row.case, row, looking.goes_on(row), _obstacle(row, held), held.get(row.case_id),
            batches.get(row.case_id),
        )
        for row in retentions
    ]  # fmt: skip


def _obstacle(row: Retention, held: dict[uuid.UUID, Hold]) -> Obstacle | None:
    """As `looking.obstacle`, asked of the case only when nothing that is known already is in the way."""
    if row.case_id in held:
        return Obstacle.HELD
    if looking.goes_on(row) > clock.today():
        return Obstacle.EARLY
    return looking.obstacle(row.case)


def batches(by: Assignment, limit: int = 50) -> list[DisposalBatch]:
    """All for the data protection officer; for a desk those with a case of its own. The newest first."""
    rows = DisposalBatch.objects.select_related("proposed_by", "decided_by", "stopped_by")
    if not by.has("protect_data"):
        rows = rows.filter(items__case__desk_id__in=_own_desks(by))
    counted = rows.annotate(
        total=Count("items", distinct=True),
        gone=Count("items", filter=Q(items__state=ItemState.DISPOSED), distinct=True),
    )
    return list(counted.order_by("-proposed_at")[:limit])


def batch_of(batch_id: uuid.UUID, by: Assignment) -> DisposalBatch | None:
    """One that she may look at, else None, recorded."""
    rows = DisposalBatch.objects.select_related("proposed_by", "decided_by", "stopped_by").filter(pk=batch_id)
    if not by.has("protect_data"):
        rows = rows.filter(items__case__desk_id__in=_own_desks(by)).distinct()
    found = rows.first()
    if found is None:
        audit.refuse("disposal.read", batch_id, by=by)
    else:
        audit.record("disposal.read", found, by=by)
    return found


def waiting_for(by: Assignment) -> int:
    """How many batches wait for her approval."""
    if not by.has("protect_data"):
        return 0
    return DisposalBatch.objects.filter(state=BatchState.PROPOSED).exclude(proposed_by_id=by.user_id).count()


def items_of(batch: DisposalBatch, by: Assignment) -> QuerySet[DisposalItem]:
    """Its cases by number: all for the data protection officer, for a desk those of its own."""
    rows = batch.items.select_related("case").order_by("case__reference")
    return rows if by.has("protect_data") else rows.filter(case__desk_id__in=_own_desks(by))


# --- the two persons --------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def propose(*, case_ids: Iterable[uuid.UUID], decision: str, by: Assignment) -> DisposalBatch:
    """Put cases whose time has come into a batch. All or none: one that cannot go is named.

    Raises PermissionDenied for a case that is not hers, ValidationError at `decision` or `cases`.
    """
    wanted = list(dict.fromkeys(case_ids))
    cases = list(_hers(by).filter(pk__in=wanted).order_by("pk")) if may_see(by) else []
    if not may_see(by) or len(cases) != len(wanted):
        audit.refuse("disposal.propose", by=by)
        raise PermissionDenied
    _check(decision, cases)
    batch = DisposalBatch.objects.create(
        decision=decision.strip(), proposed_by_id=by.user_id, proposed_at=clock.now()
    )
    for case in cases:
        locked = casework.lock(case.pk)
        found = looking.obstacle(locked)
        if found or DisposalItem.objects.filter(case=locked, state=ItemState.WAITING).exists():
            words = _("%(reference)s cannot be disposed of now: %(why)s.")
            why = found.label if found else _("it is in another batch already")
            raise ValidationError({"cases": words % {"reference": locked.reference, "why": why}})
        DisposalItem.objects.create(batch=batch, case=locked, due_on=locked.retention.due_on)
    audit.record("disposal.propose", batch, by=by, target_ids=[case.pk for case in cases])
    return batch


def _check(decision: str, cases: list[Case]) -> None:
    if not cases:
        raise ValidationError({"cases": _("Choose at least one case.")})
    if len(cases) > MOST:
        raise ValidationError({"cases": _("Choose at most %(n)s cases at a time.") % {"n": MOST}})
    if not _DECISION.fullmatch(decision.strip()) or _PERSONAL.search(decision):
        raise ValidationError({"decision": _("Enter the number of the decision on disposal.")})


def _open_batch(batch_id: uuid.UUID, by: Assignment, verb: str) -> DisposalBatch:
    rows = DisposalBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id).first()
    if batch is None or not may_see(by):
        audit.refuse(verb, batch_id, by=by)
        raise PermissionDenied
    return batch


def require_second(batch: DisposalBatch, by: Assignment, verb: str) -> None:
    """Another person than the first, with the right to protect data, who can handle every case of it.

    Raises PermissionDenied, recorded.
    """
    recused = batch.items.filter(case__in=recused_cases(by)).exists()
    if not by.has("protect_data") or batch.proposed_by_id == by.user_id or recused:
        audit.refuse(verb, batch, by=by)
        raise PermissionDenied


def _judge(batch_id: uuid.UUID, by: Assignment, verb: str) -> DisposalBatch:
    batch = _open_batch(batch_id, by, verb)
    require_second(batch, by, verb)
    if batch.state != BatchState.PROPOSED:
        raise TransitionNotAllowed(_("Somebody has decided about the batch already."))
    return batch


@transaction.atomic(durable=True)
def approve(*, batch_id: uuid.UUID, by: Assignment) -> DisposalBatch:
    """The second person agrees. It is carried out a day later, case by case, each asked again.

    Raises PermissionDenied for whoever proposed it, and without the right.
    """
    batch = _judge(batch_id, by, "disposal.approve")
    now = clock.now()
    batch.state, batch.decided_by_id, batch.decided_at = BatchState.APPROVED, by.user_id, now
    batch.carried_out_from = now + REGRET
    batch.save(update_fields=["state", "decided_by", "decided_at", "carried_out_from"])
    audit.record("disposal.approve", batch, by=by, target_ids=_cases(batch))
    return batch


@transaction.atomic(durable=True)
def refuse(*, batch_id: uuid.UUID, by: Assignment) -> DisposalBatch:
    """The second person does not agree: everything stays."""
    batch = _judge(batch_id, by, "disposal.refuse")
    batch.state, batch.decided_by_id, batch.decided_at = BatchState.REFUSED, by.user_id, clock.now()
    batch.save(update_fields=["state", "decided_by", "decided_at"])
    _leave(batch, Obstacle.REFUSED)
    audit.record("disposal.refuse", batch, by=by, target_ids=_cases(batch))
    return batch


@transaction.atomic(durable=True)
def stop(*, batch_id: uuid.UUID, by: Assignment) -> DisposalBatch:
    """While it has not begun, whoever proposed it, and any data protection officer, stops it."""
    batch = _open_batch(batch_id, by, "disposal.stop")
    if not by.has("protect_data") and batch.proposed_by_id != by.user_id:
        audit.refuse("disposal.stop", batch, by=by)
        raise PermissionDenied
    if batch.state not in (BatchState.PROPOSED, BatchState.APPROVED) or _has_begun(batch):
        raise TransitionNotAllowed(_("It is too late: the batch is being carried out, or is over."))
    batch.state, batch.stopped_by_id, batch.stopped_at = BatchState.STOPPED, by.user_id, clock.now()
    batch.save(update_fields=["state", "stopped_by", "stopped_at"])
    _leave(batch, Obstacle.REFUSED)
    audit.record("disposal.stop", batch, by=by, target_ids=_cases(batch))
    return batch


def _has_begun(batch: DisposalBatch) -> bool:
    return batch.items.filter(state=ItemState.DISPOSED).exists()


def _cases(batch: DisposalBatch) -> list[uuid.UUID]:
    return list(batch.items.values_list("case_id", flat=True))


def _leave(batch: DisposalBatch, why: Obstacle) -> None:
    waiting = batch.items.filter(state=ItemState.WAITING)
    waiting.update(state=ItemState.SKIPPED, obstacle=why, ended_at=clock.now())


# --- carrying it out ----------------------------------------------------------------------------------


def carry_out() -> tuple[int, int, int]:
    """Erase what was approved a day ago; returns (found, erased, failed). May run twice, also at once.

    Each case is a transaction of its own: what fails is tried again next time and holds up nothing else.
    """
    ripe = DisposalBatch.objects.filter(state=BatchState.APPROVED, carried_out_from__lte=clock.now())
    found = erased = failed = 0
    for batch in ripe.order_by("carried_out_from"):
        for item_id in list(batch.items.filter(state=ItemState.WAITING).values_list("pk", flat=True)):
            found += 1
            try:
                erased += _carry_out(item_id)
            except (DatabaseError, OSError, VaultError, destroyed.ListBroken) as error:
                logger.error("disposal item %s failed: %s", item_id, type(error).__name__)
                failed += 1
        _finish(batch.pk)
    return found, erased, failed


@transaction.atomic(durable=True)
def _carry_out(item_id: uuid.UUID) -> int:
    item = DisposalItem.objects.select_related("batch").get(pk=item_id)
    case = casework.lock(item.case_id)
    batch = DisposalBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=item.batch_id)
    item.refresh_from_db()
    if item.state != ItemState.WAITING or batch.state != BatchState.APPROVED:
        return 0
    found = looking.obstacle(case)
    item.state, item.obstacle = (ItemState.SKIPPED, found) if found else (ItemState.DISPOSED, "")
    item.ended_at = clock.now()
    item.save(update_fields=["state", "obstacle", "ended_at"])
    if found:
        audit.record("disposal.skip", case, by=None, batch=batch.pk, why=found)
        return 0
    erasing.erase(case, by=None, reason="schedule", batch=batch.pk)
    return 1


@transaction.atomic(durable=True)
def _finish(batch_id: uuid.UUID) -> None:
    batch = DisposalBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
    if batch.state == BatchState.APPROVED and not batch.items.filter(state=ItemState.WAITING).exists():
        batch.state, batch.done_at = BatchState.DONE, clock.now()
        batch.save(update_fields=["state", "done_at"])
        audit.record("disposal.done", batch, by=None)
