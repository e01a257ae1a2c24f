"""The facts that stand in the tallies, one by one, and what each adds to them.

A row of `Counted` and its tallies are written together. So the sum of all rows (and of what has been disposed
of) is the sum of the tallies at any time, and what is taken back is taken from where it was counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.db.models import Q

from cases.enums import Counts
from cases.models import Case, Counted, Tally
from cases.services.tallies import names
from core import clock
from core.tallies import Sums, write

Key = tuple[uuid.UUID, str, str]
"""Which fact: the case or the step, the unit, the detail."""

GROWN: Final = "grown"
"""Of a consultation: it has become a case, and is counted as that alone."""
ASKED: Final = "asked"
OWNER: Final = "owner"
BEFORE: Final = "before"


def key(row: Counted) -> Key:
    anchor = row.step_id or row.case_id
    assert anchor is not None, "a counted fact is of a case or of a step (constraint)"
    return anchor, row.unit, row.detail


# --- what a row adds ------------------------------------------------------------------------------


def sums(rows: Iterable[Counted]) -> Sums:
    """What these facts add to the tallies."""
    found = Sums()
    for row in rows:
        month = clock.local(row.at).date().replace(day=1)
        for unit, amount, codes in _ADDS[Counts(row.unit)](row):
            found[unit, month, tuple(sorted(codes.items()))] += amount
    return found


Added = list[tuple[str, int, dict[str, str]]]


def _base(row: Counted, **more: str) -> dict[str, str]:
    return {name: row.codes[name] for name in names.BASE} | more


def _opened(row: Counted) -> Added:
    codes = _base(row)
    if row.codes.get(GROWN):
        return []
    unit = names.CONSULTATIONS if codes["kind"] == names.CONSULTATIONS else names.CASES
    short = {name: codes[name] for name in ("kind", "region", "agency")}
    asked = {q: a for q, a in row.codes.get(ASKED, {}).items() if q in names.QUESTION_KEYS}
    return [
        (names.REFERRALS, 1, codes),
        (unit, 1, codes),
        *((names.QUESTIONS, 1, short | {"detail": q, "answer": a}) for q, a in asked.items()),
    ]  # fmt: skip


def _closed(row: Counted) -> Added:
    found: Added = [(names.CLOSED, 1, _base(row, detail=row.codes["detail"]))]
    if row.codes["kind"] == names.CASES:
        given = row.codes["given"]
        found += [
            (names.ASSISTANCE, 1, _base(row, detail=k, given=names.GIVEN if k in given else names.NOT_GIVEN))
            for k in names.ASSISTANCE_KINDS
        ]
    return found


def _regrouped(row: Counted) -> Added:
    return [(row.unit, -1, _base(row, age=row.codes[BEFORE])), (row.unit, 1, _base(row))]


def _of_step(row: Counted) -> Added:
    return [(row.unit, 1, _base(row, agency=row.codes[OWNER], detail=row.codes["detail"]))]


_ADDS: Final[dict[Counts, Callable[[Counted], Added]]] = {
    Counts.OPENED: _opened,
    Counts.ANSWERED: lambda row: [(row.unit, 1, _base(row, wait=row.codes["wait"]))],
    Counts.NOT_TAKEN: lambda row: [(row.unit, 1, _base(row, detail=row.codes["detail"]))],
    Counts.CLOSED: _closed,
    Counts.PHASE: lambda row: [(row.unit, 1, _base(row, detail=row.detail, days=row.codes["days"]))],
    Counts.MILESTONE: lambda row: [(row.unit, 1, _base(row, detail=row.detail))],
    Counts.DONE: _of_step,
    Counts.LATE: _of_step,
    Counts.REGROUPED: _regrouped,
}


# --- the rows of a case ---------------------------------------------------------------------------


class Shelf:
    """The counted facts of some cases, read once. With those of their steps only where asked for."""

    def __init__(self, rows: Iterable[Counted]) -> None:
        self.rows: dict[Key, Counted] = {key(row): row for row in rows}

    @classmethod
    def of(cls, cases: Iterable[uuid.UUID], *, steps: bool = False) -> Shelf:
        ids = list(cases)
        rows = list(Counted.objects.filter(case__in=ids))
        if steps:
            rows += Counted.objects.filter(step__case__in=ids).select_related("step")
        return cls(rows)

    def get(self, anchor: uuid.UUID, unit: Counts, detail: str = "") -> Counted | None:
        return self.rows.get((anchor, unit.value, detail))

    def of_unit(self, *units: Counts) -> list[Counted]:
        return [row for row in self.rows.values() if row.unit in units]

    def put(self, wanted: Iterable[Counted], among: Iterable[Counted]) -> None:
        """Make the rows `among` those on the shelf what is `wanted`; the tallies follow."""
        old, new = {key(row): row for row in among}, {key(row): row for row in wanted}
        gone = [row for name, row in old.items() if name not in new]
        fresh = [row for name, row in new.items() if name not in old]
        moved = [(old[name], row) for name, row in new.items() if name in old and not same(old[name], row)]
        change = sums([*fresh, *(row for _, row in moved)])
        change.subtract(sums([*gone, *(row for row, _ in moved)]))
        if gone:
            Counted.objects.filter(pk__in=[row.pk for row in gone]).delete()
        Counted.objects.bulk_create(fresh)
        for before, row in moved:
            row.pk = before.pk
        Counted.objects.bulk_update([row for _, row in moved], ["at", "codes"])
        write(Tally, change)
        for row in gone:
            del self.rows[key(row)]
        self.rows |= new


def same(one: Counted, other: Counted) -> bool:
    return one is other or (one.at == other.at and one.codes == other.codes)


def all_of(cases: Iterable[uuid.UUID]) -> list[Counted]:
    """Every counted fact of these cases and their steps."""
    ids = list(cases)
    return list(Counted.objects.filter(Q(case__in=ids) | Q(step__case__in=ids)))


def base_of(case: Case, opened: Counted | None) -> dict[str, Any]:
    """The codes under which a fact of today is counted. `opened`: how its referral is."""
    codes = {
        "kind": names.CONSULTATIONS if case.is_consultation else names.CASES,
        "region": case.routing.get("region") or names.UNKNOWN,
        "county": case.county_id or names.UNKNOWN,
        "age": case.age_band,
        "sex": case.sex,
        "form": case.main_form,
        "citizenship": case.citizenship,
        "agency": opened.codes["agency"] if opened else names.UNKNOWN,
    }
    return stated(codes, opened.codes.get(ASKED, {}) if opened else {})


_NOTHING: Final = {
    "county": names.UNKNOWN, "age": "unsure", "sex": names.UNKNOWN, "form": names.UNKNOWN,
    "citizenship": names.UNKNOWN,
}  # fmt: skip
"""The code of an answer that tells nothing, by the question of the same name."""


def stated(codes: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """The codes, where nobody has said that it is not known: it is not stated."""

    def nobody_said(name: str) -> bool:
        return codes[name] == _NOTHING.get(name) and asked.get(name) == names.NOT_STATED

    return {name: names.NOT_STATED if nobody_said(name) else code for name, code in codes.items()}
