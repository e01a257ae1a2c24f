"""True numbers for those who hold the cases: a coordinator's desks, an agency's own referrals and steps.

Nothing is hidden here, since they can open the cases; and nothing of any other desk or agency is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import held_by
from cases.enums import LIVE_STEPS, Status
from cases.models import Case, CaseGrant, Referral, Step
from cases.services.tallies import ANSWER_TIMES
from coordinators.access import desks_of
from coordinators.models import Desk
from core import clock
from core.looks import date_text
from core.templatetags.charts import Point
from manual.enums import Exploitation, Phase
from nrm_portal.overview import figures, periods, sheets, titles
from nrm_portal.overview.cards import Card, Number, Part
from nrm_portal.overview.figures import GROUPS, UNKNOWN, WAIT_CLASSES, WAITS, group_of
from nrm_portal.overview.sheets import Entry, Sheet, subject_of

SENT_STATUS: Final = {
    Status.RECEIVED: gettext_lazy("Sent"),
    Status.WAITING: gettext_lazy("Waiting for information"),
    Status.ACTIVE: gettext_lazy("Accepted"),
    Status.NOT_TAKEN: gettext_lazy("Not taken forward"),
    Status.CLOSED: gettext_lazy("Closed"),
}
"""The words a referrer sees."""


Row = Mapping[str, Any]
Code = TypeVar("Code")


@dataclass(frozen=True)
class Own:
    """A page of true numbers."""

    heading: str
    numbers: Sequence[Number]
    parts: Sequence[Part]
    is_empty: bool


def desks_seen(by: Assignment) -> list[UUID]:
    """Desks whose inbox she sees. One query."""
    return [desk for desk, rights in desks_of(by).items() if "view_inbox" in rights]


def two_years(year: int) -> tuple[datetime, datetime]:
    """The year before and the year, in Stockholm time."""
    return (
        datetime(year - 1, 1, 1, tzinfo=clock.STOCKHOLM),
        datetime(year + 1, 1, 1, tzinfo=clock.STOCKHOLM),
    )


# --- a coordinator's desks ------------------------------------------------------------------------


def of_desks(by: Assignment, desks: Sequence[UUID], year: int) -> Own:
    """Cases and consultations her desks hold, received in the year. Five queries."""
    names = [str(desk.name) for desk in Desk.objects.filter(pk__in=desks).select_related("region")]
    start, end = two_years(year)
    held = held_by(by).filter(desk_id__in=desks, case__practice=False)
    received = held.filter(received_at__gte=start, received_at__lt=end).exclude(_grown())
    rows = list(_grouped(received))
    this = [row for row in rows if row["month"].year == year]
    late = _late(Step.objects.filter(case__grants__in=held))
    at = figures.places()
    by_month = _by_month(this)
    numbers = [
        Number(_("Referrals in %(year)s") % {"year": year}, _sum(this), _compared(rows, year)),
        Number(_("Persons (cases)"), _sum(row for row in this if not row["consultation"])),
        Number(_("Consultations"), _sum(row for row in this if row["consultation"])),
        Number(_("Late steps now"), str(sum(late.values()))),
    ]
    cases = [row for row in this if not row["consultation"]]
    cards = [
        _months(by_month, _by_month([row for row in rows if row["month"].year == year - 1]), year),
        _counties(at.counties, cases, year),
        _forms(cases, year),
        _status(this, year),
        _waits(this, year),
    ]
    return Own(
        ", ".join(names),
        numbers,
        [Part(str(year), "", cards), _late_part(late)],
        is_empty=not rows and not late,
    )


def _grown() -> Exists:
    """A consultation that became a referral is counted as that alone."""
    return Exists(Case.objects.filter(consultation_of=OuterRef("case_id")))


def _grouped(held: QuerySet[CaseGrant]) -> Iterable[Row]:
    wait = F("case__answered_at") - F("case__received_at")
    classes = [When(case__answered_at__isnull=True, then=Value(""))]

    classes += [When(wait__lte=edge, then=Value(code)) for edge, code in ANSWER_TIMES]
    grouped: Iterable[Row] = (
        held.annotate(wait=wait)
        .annotate(
            month=TruncMonth("received_at", tzinfo=clock.STOCKHOLM),
            answer=Choose(*classes, default=Value("later"), output_field=CharField()),
            county=F("case__county_id"),
            age=F("case__age_band"),
            sex=F("case__sex"),
            form=F("case__main_form"),
            consultation=F("case__is_consultation"),
        )
        .values("month", "answer", "county", "age", "sex", "form", "status", "consultation")
        .annotate(total=Count("case_id", distinct=True))
        .order_by()
    )
    return grouped


def _late(steps: QuerySet[Step]) -> Counter[tuple[str, str]]:
    """Live steps past their due time, by kind of agency ("coordination" for a desk) and step. One query."""
    overdue = steps.filter(status__in=LIVE_STEPS, due_at__lt=clock.now(), paused_at__isnull=True)
    rows = (
        overdue.filter(case__practice=False)
        .annotate(kind=Coalesce(F("agency__kind"), Value(AgencyKind.COORDINATION.value)))
        .values("kind", "phase")
        .annotate(total=Count("pk", distinct=True))
        .order_by()
    )
    return Counter({(row["kind"], row["phase"]): row["total"] for row in rows})


def _late_part(late: Mapping[tuple[str, str], int]) -> Part:
    names = sheets.agency_names()
    kinds = [kind for kind in AgencyKind if any(key[0] == kind for key in late)]
    rows = [
        (names[kind.value], _with_total([late.get((kind.value, phase.value), 0) for phase in Phase]))
        for kind in kinds
    ]
    columns = (_("Agency"), *(f"{phase.number} {phase.label}" for phase in Phase), _("All"))
    sheet = Sheet("forsenat", _("Late steps now, by agency and step"), columns, tuple(rows), _now())
    title = _("Late steps now") if rows else _("No step is late")
    return Part(_("Now"), "", [_card(sheet, title)] if rows else [], _("No step is late."))


# --- an agency's own -------------------------------------------------------------------------------


def of_agency(by: Assignment, year: int) -> Own:
    """The agency's own referrals of the year by status, and its own late steps. Two queries."""
    start, end = two_years(year)
    sent = Referral.objects.filter(agency_id=by.agency_id, sent_at__gte=start, sent_at__lt=end)
    rows = list(
        sent.filter(case__practice=False)
        .annotate(
            month=TruncMonth("sent_at", tzinfo=clock.STOCKHOLM),
            status=Coalesce("case__merged_into__status", "case__status"),
        )
        .values("month", "status")
        .annotate(total=Count("pk"))
        .order_by()
    )
    this = [row for row in rows if row["month"].year == year]
    late = _late(Step.objects.filter(agency_id=by.agency_id))
    numbers = [
        Number(_("Referrals in %(year)s") % {"year": year}, _sum(this), _compared(rows, year)),
        Number(_("Late steps now"), str(sum(late.values()))),
    ]
    before = [row for row in rows if row["month"].year == year - 1]
    cards = [_months(_by_month(this), _by_month(before), year), _status(this, year, SENT_STATUS)]
    return Own(by.agency.name, numbers, [Part(str(year), "", cards), _own_late(late)], not rows and not late)


def _own_late(late: Mapping[tuple[str, str], int]) -> Part:
    by_phase: Counter[str] = Counter()
    for (_kind, phase), total in late.items():
        by_phase[phase] += total
    phases = [phase for phase in Phase if by_phase[phase.value]]
    rows = tuple((f"{p.number} {p.label}", (sheets.number(by_phase[p.value]),)) for p in phases)
    sheet = Sheet("forsenat", _("Your agency’s late steps now"), (_("Step"), _("Late steps")), rows, _now())
    return Part(_("Now"), "", [_card(sheet, _("Late steps now"))] if rows else [], _("No step is late."))


# --- shared ----------------------------------------------------------------------------------------


def _now() -> str:
    return date_text(clock.now())


def _sum(rows: Iterable[Row]) -> str:
    return sheets.number(sum(row["total"] for row in rows)).text


def _by_month(rows: Iterable[Row]) -> Counter[int]:
    found: Counter[int] = Counter()
    for row in rows:
        found[row["month"].month] += row["total"]
    return found


def _compared(rows: Sequence[Row], year: int) -> str:
    """With the same months a year earlier; the running month is left out."""
    running = clock.today().replace(day=1)
    months = {month.month for month in periods.months_of(year) if month < running}
    now, before = (
        sum(row["total"] for row in rows if row["month"].year == which and row["month"].month in months)
        for which in (year, year - 1)
    )
    what = str(year - 1) if len(months) == 12 else _("the same months of %(year)s") % {"year": year - 1}
    return titles.comparison(titles.change(now, before), what)


def _months(now: Mapping[int, int], before: Mapping[int, int], year: int) -> Card:
    months = [month for month in periods.months_of(year) if month <= clock.today()]
    rows = [
        (sheets.month_name(m), tuple(sheets.number(counts.get(m.month, 0)) for counts in (now, before)))
        for m in months
    ]
    rows.append((_("Total"), (sheets.number(sum(now.values())), Entry(""))))
    columns = (_("Month"), _("Referrals"), _("The year before"))
    sheet = Sheet("manader", _("Referrals per month"), columns, tuple(rows), str(year))
    line = {m.month: before.get(m.month, 0) if before else None for m in months}
    points = [Point(sheets.short_month(m), now.get(m.month, 0), line[m.month]) for m in months]
    words = _("Line: %(year)s") % {"year": year - 1} if before else ""
    return _card(sheet, _("Referrals per month"), kind="months", points=points, before=words)


def _counties(counties: Mapping[str, str], rows: Sequence[Row], year: int) -> Card:
    names = {**counties, UNKNOWN: _("County not known")}
    counts = _count(rows, lambda row: (row["county"] or UNKNOWN, group_of(row)))
    return _crossed("lan", _("Cases by county"), _("County"), names, counts, year)


def _forms(rows: Sequence[Row], year: int) -> Card:
    counts = _count(rows, lambda row: (row["form"], group_of(row)))
    title = _("Cases by form of exploitation")
    return _crossed("former", title, _("Form of exploitation"), dict(Exploitation.choices), counts, year)


def _crossed(
    key: str,
    title: str,
    first: str,
    names: Mapping[str, object],
    counts: Counter[tuple[str, str]],
    year: int,
) -> Card:
    made = [
        (str(name), _with_total([counts[(one, group)] for group in GROUPS]))
        for one, name in names.items()
        if any(counts[(one, group)] for group in GROUPS)
    ]
    made.append((_("Total"), _with_total([sum(counts[(one, group)] for one in names) for group in GROUPS])))
    columns = (first, *(str(name) for name in sheets.GROUP_NAMES.values()), _("All"))
    return _card(Sheet(key, title, columns, tuple(made), str(year)), title)


def _with_total(values: Sequence[int]) -> tuple[Entry, ...]:
    return tuple(sheets.number(value) for value in (*values, sum(values)))


def _status(rows: Sequence[Row], year: int, names: Mapping[Status, Any] | None = None) -> Card:
    """Where the referrals of the year stand today; with a referrer's words when `names` are given."""
    words = names or {status: status.label for status in Status if status is not Status.DISPOSED}
    counts = _count(rows, lambda row: row["status"] if row["status"] in words else Status.CLOSED)
    made = tuple((str(word), (sheets.number(counts[status]),)) for status, word in words.items())
    title = _("Where the referrals stand today")
    sheet = Sheet("lage", title, (_("Status"), _("Referrals")), made, str(year))
    return _card(sheet, title, is_half=True)


def _waits(rows: Sequence[Row], year: int) -> Card:
    counts = _count(rows, lambda row: WAITS.get(row["answer"], ""))
    made = [(str(name), (sheets.number(counts[code]),)) for code, name in sheets.WAIT_NAMES.items()]
    made.append((_("Not answered yet"), (sheets.number(counts[""]),)))
    answered = sum(counts[code] for code in WAIT_CLASSES)
    share = sheets.share(counts["4h"] + counts["1d"], answered) if answered else Entry("")
    title = titles.answers(share)
    columns = (_("Time"), _("Referrals"))
    return _card(
        Sheet("svar", _("Time to first answer"), columns, tuple(made), str(year)), title, is_half=True
    )


def _count(rows: Iterable[Row], code: Callable[[Row], Code]) -> Counter[Code]:
    found: Counter[Code] = Counter()
    for row in rows:
        found[code(row)] += row["total"]
    return found


def _card(sheet: Sheet, title: str, **drawing: Any) -> Card:
    return Card(
        key=sheet.key,
        title=title,
        subject=subject_of(sheet),
        period=sheet.period,
        table=sheet.table(),
        **drawing,
    )
