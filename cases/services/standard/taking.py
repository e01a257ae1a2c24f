"""Taking case data out: which cases, by whom, why; in the log and the ledger of every one of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from cases.access import at_desks
from cases.enums import DisclosureKind, Level, Protection
from cases.models import Case, CaseGrant, Disclosure
from cases.services.standard import counterparts
from cases.services.standard.lists import NotInStandard, problems
from cases.services.standard.rows import COLUMNS, OWN, TEXTS, Line, lines, shuffled
from coordinators.access import desks_of
from core import audit, clock

RIGHT: Final = "export"
VERB: Final = "case.export"
MOST: Final = 2000
"""Cases in one file."""
SHIELDED: Final = (
    Protection.NEEDED, Protection.SECRECY_MARKING, Protection.PROTECTED_REGISTRATION, Protection.FICTITIOUS
)  # fmt: skip
"""Nobody whose identity is protected, or should be, is in a file."""
_NO_LINE: Final = (
    Q(case__is_protected=True)
    | Q(case__person__protection__in=SHIELDED)
    | Q(case__is_consultation=True)
    | Q(case__not_taken_reason__in=counterparts.NO_LINE)
)


@dataclass(frozen=True, slots=True)
class Year:
    """What a file of one year would hold. `left_out` says how many, never why: see `_NO_LINE`."""

    year: int
    cases: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file's content. `id` stands in every line, in the log and in the ledger."""

    id: uuid.UUID
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def years(by: Assignment) -> list[Year]:
    """The years of which she holds cases, newest first. One query."""
    require_right(by, RIGHT, VERB)
    rows = _held(by).annotate(year=ExtractYear("received_at", tzinfo=clock.STOCKHOLM)).values("year")
    counted = rows.annotate(all=Count("pk"), none=Count("pk", filter=_NO_LINE)).order_by("-year")
    return [Year(row["year"], row["all"] - row["none"], row["none"]) for row in counted]


@transaction.atomic(durable=True)
def take_out(*, year: int, form: str, reason: str, by: Assignment) -> Taken:
    """The cases of a year that she holds, in the standard's words.

    Raises PermissionDenied without the right; ValidationError when there is none, or too many.
    """
    require_right(by, RIGHT, VERB)
    grants = _locked(year, by)
    found = lines(grants)
    file_id = uuid.uuid4()
    rows = shuffled(found, file_id)
    if wrong := problems(tuple(COLUMNS), [row[len(OWN) :] for row in rows], TEXTS):
        raise NotInStandard("; ".join(wrong))
    ids = sorted(line.case.pk for line in found)
    audit.record(
        VERB, by=by, target_ids=ids, reason=reason, file=file_id, year=year, form=form, rows=len(ids)
    )
    _into_ledgers(found, file_id, by)
    return Taken(file_id, (*OWN, *COLUMNS), tuple(rows))


def _held(by: Assignment) -> QuerySet[CaseGrant]:
    """Cases her desks decide about and may read wholly; not those she cannot handle (S27)."""
    return at_desks(by, desks_of(by)).filter(level=Level.FULL, case__practice=False)


def _locked(year: int, by: Assignment) -> list[CaseGrant]:
    """Her cases of the year, locked, and asked for again: a right or a consent may have ended meanwhile."""
    wanted = _held(by).filter(received_at__year=year).exclude(_NO_LINE)
    ids = list(wanted.order_by("case_id").values_list("case_id", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise ValidationError({"ar": _("More than %(n)s cases: too many for one file") % {"n": MOST}})
    list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))
    found = list(wanted.filter(case__in=ids).select_related("case__person").order_by("case_id"))
    if not found:
        raise ValidationError({"ar": _("You hold no case of that year that could be in a file")})
    return found


def _into_ledgers(found: Iterable[Line], file_id: uuid.UUID, by: Assignment) -> None:
    """The desk took a copy out, as when a case is printed."""
    now = clock.now()
    Disclosure.objects.bulk_create(
        Disclosure(
            case=line.case,
            desk_id=line.case.desk_id,
            data_key_id=line.case.data_key_id,
            kind=DisclosureKind.COPY,
            categories=line.categories,
            subject_id=file_id,
            by_id=by.user_id,
            at=now,
        )
        for line in found
    )
