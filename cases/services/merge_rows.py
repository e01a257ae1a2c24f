"""The rows of two cases that become one: what moves, what gives way, and the ledger that puts it all back.

The ledger is the difference between two images of every row of both cases, taken before and after. So
whatever a merge changes on the way (a clock, a step that gives way to its twin) is undone by the same lines.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from cases.enums import LIVE_STEPS
from cases.models import (
    AgeDecision,
    Breach,
    BreakGlass,
    Case,
    CaseGrant,
    CaseLink,
    ClockStop,
    Consent,
    ContactRoute,
    Counted,
    Dependant,
    Disclosure,
    DisposalItem,
    Dispute,
    Document,
    Draft,
    Handover,
    Hold,
    LegalGround,
    Meeting,
    Merge,
    Message,
    NamedPerson,
    Note,
    Notice,
    Participation,
    Period,
    PrivacyStatement,
    ProtectionLift,
    Recognition,
    RecordedMilestone,
    Recusal,
    Referral,
    RequestedCase,
    Retention,
    ReturnPlan,
    Step,
)
from cases.services import tallies
from core.models import DataKey
from core.vault import EncryptedBytesField, EncryptedJSONField, EncryptedTextField

Image = dict[str, dict[str, dict[str, Any]]]
"""Model → key of the row → column → value as JSON has it."""
Ledger = dict[str, Any]

MOVED: Final[tuple[tuple[type[models.Model], str], ...]] = (
    (Referral, "case"),
    (Consent, "case"),
    (LegalGround, "case"),
    (Participation, "case"),
    (PrivacyStatement, "case"),
    (Disclosure, "case"),
    (Step, "case"),
    (RecordedMilestone, "case"),
    (Note, "case"),
    (Message, "case"),
    (Document, "case"),
    (Handover, "case"),
    (Recusal, "case"),
    (Breach, "case"),
    (Hold, "case"),
    (Dispute, "case"),
    (Meeting, "case"),
    (AgeDecision, "case"),
    (Recognition, "case"),
    (Period, "case"),
    (ReturnPlan, "case"),
    (Dependant, "case"),
    (Dependant, "own_case"),
    (CaseLink, "case"),
    (CaseLink, "other"),
    (Case, "merged_into"),
)
"""Every column that names a case and follows a merge: a row of one case becomes a row of the other."""
STAYS: Final[tuple[tuple[type[models.Model], str], ...]] = (
    (CaseGrant, "case"),  # computed anew
    (Notice, "case"),  # the old number leads to the survivor
    (Counted, "case"),  # counted anew when the merge is done
    (BreakGlass, "case"),  # what was read, was read in that case
    (NamedPerson, "case"),  # nobody is named for a case by a merge
    (ContactRoute, "case"),
    (ProtectionLift, "case"),
    (Merge, "survivor"),
    (Merge, "absorbed"),
    (Case, "consultation_of"),  # consultations are never merged
    (Draft, "consultation"),
    (Retention, "case"),  # counted anew each night, for closed cases
    (DisposalItem, "case"),  # what is proposed for disposal is closed, and not merged
    (RequestedCase, "case"),  # an extract reads the survivor too
)
_POINTERS: Final = frozenset({"case_id", "own_case_id", "other_id", "merged_into_id", "occurrence", "digest"})
"""Columns that only say where a row stands: put back one by one."""
_BY_THE_CLOCK: Final = frozenset({"stage", "chase_at", "version"})
"""Columns that the sweep changes by itself: they say nothing about what people have done since."""
_COUNTED: Final = frozenset({"version", "next_due_at", "overdue_count", "matched_at"})
"""Columns of the case that are worked out or only grow."""
_SEALED: Final = (EncryptedBytesField, EncryptedJSONField, EncryptedTextField)


# --- images ---------------------------------------------------------------------------------------------


def image(survivor: Case, absorbed: Case) -> Image:
    """Every row of both cases, without what is sealed: a merge never writes that."""
    ids = (survivor.pk, absorbed.pk)
    found: Image = {}
    for model, name in MOVED:
        _add(found, model, Q(**{f"{name}__in": ids}))
    _add(found, Case, Q(pk__in=ids))
    _add(found, ClockStop, Q(step__case__in=ids))
    return found


def again(before: Image, survivor: Case, absorbed: Case) -> Image:
    """The same rows as they are now, and those that are new."""
    found = image(survivor, absorbed)
    for label, rows in before.items():
        lost = set(rows) - set(found.get(label, {}))
        if lost:
            _add(found, apps.get_model(label), Q(pk__in=lost))
    return found


def _add(found: Image, model: type[models.Model], where: Q) -> None:
    columns = columns_of(model)
    rows = found.setdefault(model._meta.label, {})
    for row in model._default_manager.filter(where).values("pk", *columns):
        rows[str(row["pk"])] = {name: _coded(row[name]) for name in columns}


def columns_of(model: type[models.Model]) -> list[str]:
    return [
        field.attname
        for field in model._meta.concrete_fields
        if not isinstance(field, _SEALED)
        and not field.primary_key
        and not (model is Case and field.attname in _COUNTED)
    ]


def _coded(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value


def _read(model: type[models.Model], column: str, value: Any) -> Any:
    field = next(field for field in model._meta.concrete_fields if field.attname == column)
    if isinstance(field, models.BinaryField):
        return None if value is None else bytes.fromhex(value)
    return value if field.is_relation else field.to_python(value)


def difference(before: Image, after: Image) -> Ledger:
    """What changed, row by row and column by column (old, new), and what is new."""
    changed: dict[str, dict[str, dict[str, list[Any]]]] = {}
    created: dict[str, list[str]] = {}
    for label, rows in after.items():
        for pk, row in rows.items():
            old = before.get(label, {}).get(pk)
            if old is None:
                created.setdefault(label, []).append(pk)
            elif columns := {name: [old[name], row[name]] for name in row if old[name] != row[name]}:
                changed.setdefault(label, {})[pk] = columns
    return {"changed": changed, "created": created}


# --- there ----------------------------------------------------------------------------------------------


def move(survivor: Case, absorbed: Case) -> None:
    """Point every row of the absorbed case to the survivor. What would collide has given way before."""
    for model, name in MOVED:
        rows = model._default_manager.filter(**{name: absorbed.pk})
        if model is CaseLink:
            rows = rows.exclude(pk__in=_links_that_stay(survivor, absorbed))
        rows.update(**{name: survivor.pk})
    DataKey.objects.filter(pk__in=keys_of(absorbed)).update(subject_id=survivor.person_id)


def keys_of(absorbed: Case) -> list[str]:
    """The data keys of her who was absorbed: they follow, so that erasing the person destroys them all."""
    assert absorbed.person_id is not None, "consultations are never merged"
    keys = DataKey.objects.filter(subject_id=absorbed.person_id)
    return [str(pk) for pk in keys.values_list("pk", flat=True)]


def _links_that_stay(survivor: Case, absorbed: Case) -> list[uuid.UUID]:
    """Between the two, or to a case the survivor is linked with in the same way."""
    rows = list(CaseLink.objects.filter(Q(case__in=(survivor, absorbed)) | Q(other__in=(survivor, absorbed))))
    mine = {(row.case_id, row.other_id, row.kind) for row in rows}
    pair = {survivor.pk, absorbed.pk}
    stay = []
    for row in rows:
        ends = (row.case_id, row.other_id)
        moved = tuple(survivor.pk if one == absorbed.pk else one for one in ends)
        if set(ends) == pair or (absorbed.pk in ends and (*moved, row.kind) in mine):
            stay.append(row.pk)
    return stay


# --- and back -------------------------------------------------------------------------------------------


def put_back(ledger: Ledger, survivor: Case, absorbed: Case) -> None:
    """Exactly the rows that moved, and every column as it was unless somebody has changed it since.

    Those that leave go first, so that nothing they gave way to is in the way when the rest is restored.
    """
    _forget(ledger["created"])
    changed = ledger["changed"]
    for leaving in (True, False):
        for label, rows in changed.items():
            model = apps.get_model(label)
            for pk, columns in rows.items():
                if (model is Case and pk in (str(survivor.pk), str(absorbed.pk))) or leaving != _leaves(
                    columns
                ):
                    continue
                _restore(model, pk, columns)


def _leaves(columns: dict[str, list[Any]]) -> bool:
    return bool(columns.keys() & {"case_id", "own_case_id", "other_id", "merged_into_id"})


def _restore(model: type[models.Model], pk: str, columns: dict[str, list[Any]]) -> None:
    now = model._default_manager.filter(pk=pk).values(*columns).first()
    if now is None:
        return
    same = {name for name, (_old, new) in columns.items() if _coded(now[name]) == new}
    wanted = {name for name in columns if name in _POINTERS and name in same}
    others = columns.keys() - _POINTERS
    if others - _BY_THE_CLOCK <= same:
        wanted |= others
    if model is Step and "status" not in wanted and not _is_live(pk):
        wanted.discard("chase_at")  # it has ended since: nobody is reminded of it
    if not wanted:
        return
    values = {name: _read(model, name, columns[name][0]) for name in wanted}
    try:
        with transaction.atomic():
            model._default_manager.filter(pk=pk).update(**values)
    except IntegrityError:
        if _leaves(columns):
            raise
        # A later row has taken its place in the survivor: what is there now stays.


def _forget(created: dict[str, list[str]]) -> None:
    """Steps that only the merge had opened and nobody has touched go as they came."""
    untouched = Step.objects.filter(
        pk__in=created.get(Step._meta.label, ()), version=0, ended_by__isnull=True
    )
    for step in untouched:
        try:
            with transaction.atomic():
                tallies.steps_removed(Step.objects.filter(pk=step.pk))
                step.delete()
        except models.ProtectedError:
            continue


def _is_live(step_id: str) -> bool:
    return Step.objects.filter(pk=step_id, status__in=LIVE_STEPS).exists()


def restore_columns(case: Case, columns: dict[str, list[Any]], *, everything: bool) -> list[str]:
    """Set a case's columns back; those changed since stay, unless `everything`. Returns what was set."""
    done = []
    for name, (old, new) in columns.items():
        if everything or _coded(getattr(case, name)) == new:
            setattr(case, name, _read(Case, name, old))
            done.append(name)
    return done


def field_names(columns: list[str]) -> list[str]:
    """Names of fields, of the names of their columns."""
    return [field.name for field in Case._meta.concrete_fields if field.attname in columns]


def return_keys(row: Merge, absorbed: Case) -> None:
    """The keys of her who was absorbed are her own again."""
    DataKey.objects.filter(pk__in=row.moved.get("core_datakey", ())).update(subject_id=absorbed.person_id)


def moved_ids(ledger: Ledger) -> dict[str, list[str]]:
    """Table → ids of the rows that were re-pointed."""
    found: dict[str, list[str]] = {}
    for label, rows in ledger["changed"].items():
        ids = [pk for pk, columns in rows.items() if _leaves(columns)]
        if label == Case._meta.label:
            ids = [pk for pk in ids if rows[pk]["merged_into_id"][0] is not None]
        if ids:
            found[apps.get_model(label)._meta.db_table] = sorted(ids)
    return found


def relations() -> Iterable[tuple[type[models.Model], str]]:
    """Every column in the database that points to a case."""
    for relation in Case._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            yield relation.related_model, relation.field.name
