"""Many cases from few, by set SQL.

Some cases are lived through the services; the rest are their copies: one INSERT … SELECT a table, where ids
that belong to the copied cases become md5(id, number of the copy). So every column is filled as the portal
fills it, whatever columns come. What is sealed does not open in a copy: pages are measured on originals.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connections, models

from cases.models import (
    Case,
    CaseGrant,
    Consent,
    Counted,
    Identifier,
    LegalGround,
    Notice,
    Participation,
    Person,
    RecordedMilestone,
    Referral,
    Reminder,
    Step,
)
from core.models import AuditEvent, DataKey
from core.vault.fields import EncryptedField

COPIED: Final[tuple[type[models.Model], ...]] = (
    DataKey,
    Person,
    Identifier,
    Case,
    Consent,
    LegalGround,
    Referral,
    RecordedMilestone,
    Participation,
    Step,
    Counted,
    Reminder,
    Notice,
    CaseGrant,
    AuditEvent,
)
NAMES_A_ROW: Final = {"subject_id", "target_id", "draft_id"}
"""UUID columns that name a copied row without a foreign key."""
SPECIAL: Final = {
    "reference": "'B' || left(md5(s.reference || ':' || n), 14)",
    "dedupe_key": "s.dedupe_key || ':' || n",
    "blind_index": "decode(md5(encode(s.blind_index, 'hex') || ':' || n), 'hex')",
}


def columns(model: type[models.Model], *, whole: bool) -> dict[str, str]:
    """Column → what a copy holds in it. Numbered keys are left to the database.

    `whole`: sealed values at full length; otherwise a stub, since nobody can open them.
    """
    found = {}
    for field in model._meta.concrete_fields:
        column = str(field.column)
        target: Any = field.related_model
        is_copied_row = target in COPIED if target else field.primary_key or column in NAMES_A_ROW
        if isinstance(field, models.AutoField):
            continue
        if column in SPECIAL:
            found[column] = SPECIAL[column]
        elif is_copied_row:
            found[column] = f"md5(s.{column}::text || ':' || n)::uuid"
        elif isinstance(field, models.DateTimeField):
            found[column] = f"s.{column} - n * interval '1 minute'"
        elif isinstance(field, EncryptedField) and not whole:
            found[column] = f"substr(s.{column}, 1, 120)"
        else:
            found[column] = f"s.{column}"
    return found


def copy_sql(model: type[models.Model], where: str = "", *, whole: bool = False) -> str:
    """The statement that copies the rows of a table; parameters: first and last number of the copies."""
    parts, table = columns(model, whole=whole), model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(parts)}) SELECT {', '.join(parts.values())}"
        f" FROM {table} s CROSS JOIN generate_series(%s, %s) n WHERE {where or 'true'}"
    )


def multiply(times: int) -> None:
    """Every case `times` times, as the owner of the tables; then what the planner wants to know."""
    with connections["owner"].cursor() as cursor, _bare_tables(cursor):
        for model in COPIED:
            cursor.execute(copy_sql(model), [1, times - 1])
    with connections["owner"].cursor() as cursor:
        # Nothing is due by itself: the sweep is measured with a known number of steps.
        cursor.execute(
            "UPDATE cases_step SET chase_at = now() + interval '30 days' WHERE chase_at IS NOT NULL"
        )
        # As after the search for other cases of the same person, which reads what does not open in a copy.
        cursor.execute("UPDATE cases_case SET matched_at = received_at, has_match = false")
        cursor.execute("VACUUM (ANALYZE)")


@contextmanager
def _bare_tables(cursor: Any) -> Iterator[None]:
    """Without foreign keys and plain indexes while filling: they are made again in one go."""
    tables = [model._meta.db_table for model in COPIED]
    cursor.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,"
        "        pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])"
        " UNION ALL SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
        " FROM pg_index WHERE NOT indisunique AND indrelid = ANY(%s::regclass[])",
        [tables, tables],
    )
    undo, redo = zip(*cursor.fetchall(), strict=True)
    _run(cursor, undo)
    yield
    _run(cursor, redo)


def _run(cursor: Any, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)


_KEY: Final = "(SELECT data_key_id FROM cases_case WHERE id = %s)"
_PERSON: Final = "(SELECT person_id FROM cases_case WHERE id = %s)"
_OF_A_CASE: Final[dict[type[models.Model], str]] = {
    DataKey: f"s.id = {_KEY}",
    Person: f"s.id = {_PERSON}",
    Identifier: f"s.person_id = {_PERSON}",
    Case: "s.id = %s",
    Reminder: "s.step_id IN (SELECT id FROM cases_step WHERE case_id = %s)",
    AuditEvent: "s.target_id = (SELECT id FROM cases_referral WHERE case_id = %s)",
}


def write_again(cursor: Any, case_id: uuid.UUID, number: int) -> None:
    """The rows of one submitted case once more, in plain SQL: the floor under a submit."""
    for model in COPIED:
        where = _OF_A_CASE.get(model, "s.case_id = %s")
        cursor.execute(copy_sql(model, where, whole=True), [number, number, case_id])
