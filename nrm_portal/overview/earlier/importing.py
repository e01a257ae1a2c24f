"""Taking a file of earlier years in, whole or not at all, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from core import audit, clock
from core.text import normalise, storable
from nrm_portal.overview.earlier.models import EarlierCount, EarlierImport
from nrm_portal.overview.earlier.protecting import tables_of
from nrm_portal.overview.earlier.reading import Key, Read, read
from nrm_portal.overview.models import Publication

NAME_LIMIT: Final = 120
_LOCK: Final = 1171


def tried(data: bytes) -> Read:
    """The dry run: what would be taken in, and what stands against it. Two queries; nothing is written."""
    return read(data, this_year=clock.today().year, counted=_counted(), taken=_taken())


def _counted() -> frozenset[int]:
    codes = Publication.objects.filter(period__regex=r"^\d{4}$").values_list("period", flat=True)
    return frozenset(int(code) for code in codes)


def _taken() -> Mapping[Key, str]:
    rows = EarlierCount.objects.filter(is_current=True).select_related("origin")
    return {(row.unit, row.year, row.group): row.origin.file_name for row in rows}


@transaction.atomic(durable=True)
def take_in(*, data: bytes, file_name: str, by: Assignment | None) -> EarlierImport:
    """Every line, or none. The same file twice is refused by its lines.

    Raises PermissionDenied without the right, ValidationError with the problems. `by` None: the
    command line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if by is not None:
        require_right(by, "see_overview", "earlier.take_in")
    found = tried(data)
    if found.problems:
        raise ValidationError([words_of(problem.line, problem.words) for problem in found.problems])
    made = EarlierImport.objects.create(
        made_at=clock.now(),
        made_by_id=by.user_id if by else None,
        file_name=plain_name(file_name),
        sha256=found.sha256,
        rows=len(found.lines),
        tables=tables_of((line.unit, line.year, line.group, line.amount) for line in found.lines),
    )
    EarlierCount.objects.bulk_create(
        EarlierCount(
            origin=made,
            line=line.number,
            year=line.year,
            unit=line.unit,
            group=line.group,
            amount=line.amount,
            source=line.source,
        )
        for line in found.lines
    )
    audit.record("earlier.take_in", made, by=by, rows=made.rows)
    return made


@transaction.atomic(durable=True)
def take_back(*, import_id: UUID, by: Assignment) -> EarlierImport:
    """Its numbers are shown no more; that it was there stays on the page. Twice is as once."""
    rows = EarlierImport.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=import_id).first()
    require_right(by, "see_overview", "earlier.take_back", import_id)
    if found is None:
        audit.refuse("earlier.take_back", import_id, by=by)
        raise Http404
    if found.taken_back_at is None:
        found.taken_back_at, found.taken_back_by_id = clock.now(), by.user_id
        found.save(update_fields=["taken_back_at", "taken_back_by"])
        found.counts.update(is_current=False)
        audit.record("earlier.take_back", found, by=by, rows=found.rows)
    return found


def plain_name(text: str) -> str:
    """The name of a file as it is shown: without folders and signs that cannot be stored."""
    last = storable(normalise(text)).replace("\\", "/").rpartition("/")[2]
    return last[-NAME_LIMIT:] or _("without a name")


def words_of(line: int, words: str) -> str:
    """A problem in one sentence."""
    return _("Line %(line)s: %(words)s") % {"line": line, "words": words} if line else words
