"""The erasing itself: rows, keys, files, mail and every list that names them. What is left is a tombstone.

Whoever calls has asked the questions (is it time, is it held, have two persons agreed); here nothing is
asked, so that a replay after a restored backup is the same act. The row of the case keeps its number and gets
a date.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final

from django.db import connection, models, transaction

from cases.enums import Status
from cases.models import Case, Hold, Notice, SavedView
from cases.models.case import BARE
from cases.services.disposal import reach
from cases.services.disposal.reach import Model, Reach
from cases.services.documents import copy_of
from cases.services.tallies import recount
from core import audit, clock, destroyed, files, vault
from core.audit import Actor
from core.models import DataKey, OutboundEmail, PdfJob
from core.vault.fields import EncryptedField

KEPT: Final = frozenset({"id", "reference", "data_key", "edition", "desk", "practice", "version"})
"""What a tombstone keeps of its columns: the number, and what a row cannot be without."""
STAYS_COUNTED: Final[list[Callable[[Reach], AbstractContextManager[None]]]] = [
    lambda found: recount.stays_counted(found.cases)
]
"""What is erased inside stays in the figures. Apps above add theirs."""
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAMES_ONE: Final = "EXISTS (SELECT 1 FROM regexp_matches({text}, %s, 'g') AS m WHERE m[1]::uuid = ANY(%s))"


def erase(
    case: Case, *, by: Actor | None, reason: str, batch: uuid.UUID | None = None, is_new: bool = True
) -> Reach:
    """Erase a locked case with everything that hangs on it. `reason`: a code for the audit.

    `is_new`: write it down in the list outside the database; not when the list itself asks for it.
    """
    found = reach.of(case)
    keys, names = found.keys(), reach.documents(found)
    referrals = [pk for model, pks in found.rows.items() if model.__name__ == "Referral" for pk in pks]
    with ExitStack() as counted:
        for stays in STAYS_COUNTED:
            counted.enter_context(stays(found))
        _release(found, by)
        _forget_mentions(found)
        _scrub_staying(found)
        _bury(found)
        _delete(found)
    shredded = _shred(keys, by)
    others = sorted({*(found.cases - {case.pk}), *referrals})
    audit.record("case.dispose", case, by=by, target_ids=others, why=reason, batch=batch, keys=len(shredded))
    if is_new:
        destroyed.add("case", case.pk, keys=shredded, files=names, also=[*others, *_people(found)])
    transaction.on_commit(lambda: remove_files(names), robust=True)
    return found


def _people(found: Reach) -> list[uuid.UUID]:
    return [pk for model, pks in found.rows.items() if model.__name__ == "Person" for pk in pks]


def _release(found: Reach, by: Actor | None) -> None:
    """A hold that is still there came back with an old backup: it had ended before the case went."""
    living = Hold.objects.filter(pk__in=found.of(Hold), lifted_at__isnull=True)
    for hold in living:
        audit.record("hold.lift", hold, by=by, case=hold.case_id)
    living.update(lifted_at=clock.now())


# --- what names it without pointing to it ----------------------------------------------------------


def _forget_mentions(found: Reach) -> None:
    """Mail, notices, papers and lists of ids: everything that names one of the ids in another way."""
    ids = list(found.ids)
    for model, text in ((OutboundEmail, "dedupe_key || context::text"), (Notice, "dedupe_key")):
        with connection.cursor() as cursor:
            where = _NAMES_ONE.format(text=text)
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {where}", [f"({_UUID})", ids])
    for view in SavedView.objects.filter(known__overlap=list(found.cases)):
        view.known = [pk for pk in view.known if pk not in found.cases]
        view.save(update_fields=["known"])
    _burn_papers(found)


def _burn_papers(found: Reach) -> None:
    """Documents on order and printed ones: by their case, and those whose input names one of the ids."""
    words = {str(pk) for pk in found.ids}
    for job in PdfJob.objects.select_related("data_key").defer("result"):
        text = str(job.context) if job.data_key.wrapped is not None else ""
        if job.case_id in found.cases or any(word in text for word in words):
            found.rows.setdefault(PdfJob, set()).add(job.pk)


def _scrub_staying(found: Reach) -> None:
    """Rows that outlive the case say no more about anybody than their `kept` fields."""
    gone: dict[Model, Iterable[Any]] = {Case: found.cases, **found.rows}
    for model in reach.staying():
        privacy: Any = model.Privacy  # type: ignore[attr-defined]
        for pointer in model._meta.concrete_fields:
            target = pointer.related_model if pointer.is_relation else None
            if target not in gone or pointer.name in ("data_key",):
                continue
            rows = model._base_manager.filter(**{f"{pointer.name}__in": gone[target]})
            empty = {n: v for n in (*privacy.scrubbed, *privacy.erased) for v in _neutral(model, n)}
            if target is not Case:
                empty[pointer.name] = None
            if empty:
                rows.update(**empty)


def _neutral(model: Model, name: str) -> list[Any]:
    """What a field holds when it says nothing; empty for one whose seal is enough (its key is destroyed)."""
    column: Any = model._meta.get_field(name)
    if column.null:
        return [None]
    if isinstance(column, EncryptedField):
        return []
    if column.has_default():
        return [column.get_default()]
    if isinstance(column, (models.CharField, models.TextField)):
        return [""]
    raise TypeError(f"{model.__name__}.{name} cannot be emptied: let it be null or give it a default")


# --- the tombstone, the rows, the keys, the files ----------------------------------------------------


def bare(at: Any) -> dict[str, Any]:
    """The columns of a tombstone: number and date are all it says."""
    values: dict[str, Any] = {
        name.removesuffix("__isnull"): None if name.endswith("__isnull") else value
        for name, value in BARE.items()
    }
    values |= {"status": Status.DISPOSED, "disposed_at": at, "received_at": at, "answer_by": at}
    values |= {"matched_at": at, "is_consultation": False}
    for column in Case._meta.concrete_fields:
        if column.name not in values and column.name not in KEPT:
            (values[column.name],) = _neutral(Case, column.name)
    return values


def _bury(found: Reach) -> None:
    """The rows of the cases become tombstones; what only points to them lets go."""
    rows = Case.objects.filter(pk__in=found.cases)
    Case.objects.filter(consultation_of__in=found.cases).update(consultation_of=None)
    for model, name in reach.LET_GO:
        target: Any = model._meta.get_field(name).related_model
        gone = found.cases if target is Case else found.of(target)
        pointing = model._base_manager.filter(**{f"{name}__in": gone})
        pointing.exclude(pk__in=found.of(model)).update(**{name: None})
    rows.update(**bare(clock.now()), version=models.F("version") + 1)


def _delete(found: Reach) -> None:
    """Foreign keys are checked at the end of the transaction: the order does not matter."""
    for model, pks in found.rows.items():
        rows = model._base_manager.filter(pk__in=pks)
        rows._raw_delete(using=rows.db)


def _shred(keys: Iterable[uuid.UUID], by: Actor | None) -> list[uuid.UUID]:
    """Destroy the keys, except those that seal something which stays."""
    wanted = set(keys) - _needed(set(keys))
    for key in DataKey.objects.filter(pk__in=wanted, destroyed_at=None).order_by("pk"):
        vault.shred(key, by=by)
    return sorted(wanted)


def _needed(keys: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the keys that rows of other cases name."""
    found: set[uuid.UUID] = set()
    for where, name in reach.pointers(DataKey):
        if reach.outlives(where):
            continue
        rows = where._base_manager.filter(**{f"{name}__in": keys})
        if where is Case:
            rows = rows.exclude(status=Status.DISPOSED)
        found |= set(rows.values_list(name, flat=True))
    return found


def remove_files(names: Iterable[str]) -> None:
    for name in names:
        files.remove(name)
        files.remove(copy_of(uuid.UUID(name)))
