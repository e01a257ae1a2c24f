"""How long a case is kept: the reviewed file, the table made from it, and the day a case's time has come."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction
from django.db.models import Max

from cases.enums import ParticipationStatus, PeriodUnit, RecordKind, Status
from cases.models import Case, Retention, RetentionRule, Supplement
from coordinators.enums import AgeBand
from core import clock

SOURCE: Final = Path(__file__).resolve().parents[2] / "data" / "retention.yaml"
TOOK_PART: Final = (
    ParticipationStatus.ACCEPTED,
    ParticipationStatus.ENDED,
    ParticipationStatus.PROVISIONAL,
)
OVER: Final = (Status.CLOSED, Status.NOT_TAKEN)
"""Where a case must stand before its time begins to run; reopened, it begins anew."""


class BadSchedule(Exception):
    """The reviewed file says something that cannot be."""


@dataclass(frozen=True)
class Due:
    """When a case's time has come, by which rule, counted from which day."""

    on: date
    rule: RetentionRule
    counts_from: date


def sync(source: Path = SOURCE) -> int:
    """Make the table equal the reviewed file; returns how many rows changed. May run at any time."""
    wanted = {(row["record"], row["agency_kind"]): row for row in read(source)}
    if not wanted.keys() >= {(record, "") for record in RecordKind.values}:
        raise BadSchedule("every kind of record needs a rule for all agencies")
    changed = 0
    with transaction.atomic():
        for (record, kind), values in wanted.items():
            rest = {name: value for name, value in values.items() if name not in ("record", "agency_kind")}
            rows = RetentionRule.objects.filter(record=record, agency_kind=kind)
            if rows.filter(**rest).exists():
                continue
            RetentionRule.objects.update_or_create(record=record, agency_kind=kind, defaults=rest)
            changed += 1
        left = [
            rule.pk for rule in RetentionRule.objects.all() if (rule.record, rule.agency_kind) not in wanted
        ]
        for rule in RetentionRule.objects.filter(pk__in=left):
            _give_way(rule)
            rule.delete()
    return changed + len(left)


def _give_way(rule: RetentionRule) -> None:
    """Cases that stood on a rule that is gone are looked at again, and warned again."""
    Retention.objects.filter(rule=rule).delete()


def read(source: Path = SOURCE) -> list[dict[str, Any]]:
    """The rows of the file, checked. Raises BadSchedule."""
    rows = []
    for entry in yaml.safe_load(source.read_text()):
        row = {"agency_kind": "", "is_settled": bool(entry.pop("settled", False)), **entry}
        if set(row) != {"record", "agency_kind", "amount", "unit", "is_settled", "basis"}:
            raise BadSchedule(f"{sorted(row)} are not the parts of a rule")
        if row["record"] not in RecordKind.values or row["unit"] not in PeriodUnit.values:
            raise BadSchedule(f"{row['record']} {row['unit']} is not known")
        if set(row["basis"]) != {"sv", "en"} or not 1 <= row["amount"] <= 1200:
            raise BadSchedule(f"{row['record']}: a basis in both languages and a length are needed")
        rows.append(row)
    if len({(row["record"], row["agency_kind"]) for row in rows}) != len(rows):
        raise BadSchedule("two rules speak of the same records")
    return rows


def record_of(case: Case) -> RecordKind:
    if case.status == Status.NOT_TAKEN:
        return RecordKind.NOT_TAKEN
    if case.is_consultation:
        return RecordKind.CONSULTATION
    return RecordKind.CASE if case.age_band == AgeBand.ADULT else RecordKind.CHILD_CASE


def rules() -> Mapping[tuple[str, str], RetentionRule]:
    return {(rule.record, rule.agency_kind): rule for rule in RetentionRule.objects.all()}


def due(case: Case, known: Mapping[tuple[str, str], RetentionRule] | None = None) -> Due:
    """The longest of the periods of those who hold records in it, from the last entry. Changes nothing."""
    table = known if known is not None else rules()
    record, start = record_of(case), last_entry(case)
    found = [table.get((record, kind)) or table[record, ""] for kind in holders(case)]
    rule = max(found, key=lambda one: (add(start, one), -one.pk))
    return Due(add(start, rule), rule, start)


def holders(case: Case) -> list[str]:
    """The kinds of agency that hold records in a case: its desk's, and of those that took part."""
    parts = case.participations.filter(is_referrer=False, status__in=TOOK_PART)
    return sorted({case.desk.agency.kind, *parts.values_list("agency__kind", flat=True)})


def add(start: date, rule: RetentionRule) -> date:
    """A period later by the calendar; the last day of a shorter month stands for a longer one's."""
    months = rule.amount * (12 if rule.unit == PeriodUnit.YEARS else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def last_entry(case: Case) -> date:
    """The last day on which something was written in the case, or it was closed."""
    written: tuple[tuple[Any, str], ...] = (
        (case.notes, "written_at"),
        (case.messages, "sent_at"),
        (case.documents, "uploaded_at"),
        (case.steps, "ended_at"),
        (case.meetings, "recorded_at"),
        (case.referrals, "sent_at"),
        (Supplement.objects.filter(referral__case=case), "added_at"),
    )
    found: Iterable[datetime | None] = [rows.aggregate(at=Max(name))["at"] for rows, name in written]
    return clock.local(max(filter(None, [case.received_at, case.closed_at, *found]))).date()
