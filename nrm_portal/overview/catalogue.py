"""The fixed list of what is published, for which periods, and which tables are protected together.

Nobody chooses a table freely: what can be chosen freely can be subtracted. A table is made from the sealed
sums of its period (`counting`), protected with its family and with everything published of the same year
(`publishing`), and read from the stored publication alone (`publications`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from cases.services import tallies
from core.publish import CellId
from hotline.services import tallies as calls
from nrm_portal.overview.codes import AGAIN, CASE, FIRST
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period

CASES: Final = "cases"
HOTLINE: Final = "hotline"
"""Whose tallies: sources of `Sealed`."""

REFERRALS: Final = "referrals"
ANSWERS: Final = "answers"
LATE: Final = "late"
STEPS: Final = "steps"
CLOSINGS: Final = "closings"
CALLS: Final = "calls"

QUESTIONS: Final = ("stay_status", "interpreter_needed", "health_acute", "police_report")
"""Questions with a table of their own; of the others the tables by county, sex, age, form and citizenship say
what is not known and not stated."""


@dataclass(frozen=True)
class Read:
    """Sums of one unit of the tallies that go into a table: those with the codes `where`, with `sets` added,
    times `weight`."""

    unit: str
    where: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    weight: int = 1


@dataclass(frozen=True)
class TableSpec:
    """A published table. `within` is what all its cells share besides the period; its `unit` is never added
    to another."""

    key: str
    family: str
    unit: str
    dimensions: tuple[str, ...]
    kinds: tuple[Kind, ...]
    title: Any
    definition: Any
    reads: tuple[Read, ...]
    source: str = CASES
    shares: Mapping[str, str] = field(default_factory=dict)

    def within(self, period: Period) -> dict[str, str]:
        return {"unit": self.unit, "period": period.code, **self.shares}

    def total(self, period: Period) -> CellId:
        """The id of its grand total."""
        return frozenset(self.within(period).items())


OF_CASES: Final = {"kind": CASE}
_CASES: Final = (Read(tallies.CASES),)
_SENT: Final = (Read(tallies.CASES), Read(tallies.CONSULTATIONS))
"""Of a month only their sum comes out: three consultations in one would hide them in its quarter and year."""
_AT_YEAR_END: Final = (Read(tallies.CASES), Read(tallies.REGROUPED))
"""Cases of a year with the age that was valid at its end (S02)."""

_REFERRALS: Final = _("Referrals are cases and consultations together, in the month when they were sent.")
_PERSONS: Final = _("Referrals about a person, each a case of its own, in the month when they were sent.")
_CLOSED: Final = _("Cases and consultations that were closed, in the month of closing.")
_CALLS: Final = _("Calls that were answered and ended, in the month when they ended.")
_MATTERS: Final = _("What professionals asked about, each matter once however many calls there were.")
_LED: Final = _(
    "What professionals asked about, each matter once. A referral that is sent after the year has been "
    "counted does not change it: the matter stays among those that led to none."
)


def _of_cases(key: str, dimensions: tuple[str, ...], title: Any, kind: Kind, *reads: Read) -> TableSpec:
    return TableSpec(
        key, REFERRALS, "referral", dimensions, (kind,), title, _PERSONS, reads or _CASES, shares=OF_CASES
    )


def _question(name: str, title: Any) -> TableSpec:
    read = Read(tallies.QUESTIONS, where={"kind": CASE, "detail": name})
    return _of_cases(f"unknown_{name}", (f"answer_{name}",), title, YEAR, read)


def _assistance(kind: str, title: Any) -> TableSpec:
    read = Read(tallies.ASSISTANCE, where={"kind": CASE, "detail": kind})
    words = _("Cases that were closed in the period, by what the portal shows that the person was given.")
    return TableSpec(
        f"assistance_{kind}",
        CLOSINGS,
        "closed",
        (f"given_{kind}",),
        (YEAR,),
        title,
        words,
        (read,),
        shares=OF_CASES,
    )


def _of_calls(key: str, dimension: str, title: Any) -> TableSpec:
    return TableSpec(key, CALLS, "call", (dimension,), (YEAR,), title, _CALLS, (Read(calls.CALLS),), HOTLINE)


def _of_matters(key: str, dimension: str, title: Any, *reads: Read, words: Any = _MATTERS) -> TableSpec:
    shares = {"caller": FIRST}
    return TableSpec(key, CALLS, "call", (dimension,), (YEAR,), title, words, reads, HOTLINE, shares)


ASSISTANCE_TITLES: Final = {
    "accommodation": _("Accommodation"),
    "subsistence": _("Means of subsistence"),
    "health_care": _("Health care"),
    "legal_counsel": _("Injured party counsel"),
    "guardian": _("Guardian ad litem"),
    "reflection_period": _("Reflection period"),
    "residence_permit": _("Residence permit"),
    "support_plan": _("Support plan"),
    "support_programme": _("National Support Programme"),
    "return_support": _("Support to return"),
}
QUESTION_TITLES: Final = {
    "county": _("County"),
    "sex": _("Sex"),
    "age": _("Age"),
    "form": _("Form of exploitation"),
    "citizenship": _("Citizenship"),
    "stay_status": _("Residence status"),
    "interpreter_needed": _("Need of an interpreter"),
    "health_acute": _("Acute need of care"),
    "police_report": _("Report to the police"),
}

TABLES: Final[tuple[TableSpec, ...]] = (
    TableSpec(
        "kinds", REFERRALS, "referral", (), (MONTH,), _("Referrals"), _REFERRALS, _SENT,
    ),
    TableSpec(
        "kinds", REFERRALS, "referral", ("kind",), (QUARTER, YEAR), _("Referrals"), _REFERRALS, _SENT,
    ),
    _of_cases("county", ("county",), _("Cases by county"), QUARTER),
    _of_cases("form", ("form",), _("Cases by form of exploitation"), QUARTER),
    _of_cases("county_group", ("county", "group"), _("Cases by county and group"), YEAR, *_AT_YEAR_END),
    _of_cases("group_form", ("group", "form"), _("Cases by group and form of exploitation"), YEAR,
              *_AT_YEAR_END),
    _of_cases("sex_age", ("sex", "age"), _("Cases by sex and age"), YEAR, *_AT_YEAR_END),
    _of_cases("group_citizenship", ("group", "citizenship"), _("Cases by group and citizenship"), YEAR,
              *_AT_YEAR_END),
    _of_cases("group_identified", ("group", "agency"), _("Cases by group and who referred"), YEAR,
              *_AT_YEAR_END),
    _of_cases("agency_region", ("agency", "area"), _("Cases by who referred and region"), YEAR),
    _of_cases("persons", ("person",), _("Persons"), YEAR,
              Read(tallies.PERSONS, sets={"person": FIRST}),
              Read(tallies.PERSONS, sets={"person": AGAIN}, weight=-1),
              Read(tallies.CASES, sets={"person": AGAIN})),
    _of_cases("again", ("history",), _("Referred again and exploited again"), YEAR,
              Read(tallies.CASES, sets={"history": FIRST}),
              Read(tallies.REFERRED_AGAIN, sets={"history": FIRST}, weight=-1),
              Read(tallies.REFERRED_AGAIN, sets={"history": "referred_again"}),
              Read(tallies.AGAIN, sets={"history": "referred_again"}, weight=-1),
              Read(tallies.AGAIN, sets={"history": "exploited_again"})),
    *(_question(name, QUESTION_TITLES[name]) for name in QUESTIONS),
    TableSpec(
        "answers", ANSWERS, "answer", ("wait",), (QUARTER,), _("Time to first answer"),
        _("First answers, in the month when they were given, by the time since the referral."),
        (Read(tallies.ANSWERS),),
    ),
    TableSpec(
        "answers", ANSWERS, "answer", ("region", "wait"), (YEAR,), _("Time to first answer by region"),
        _("First answers, in the month when they were given, by the time since the referral."),
        (Read(tallies.ANSWERS),),
    ),
    TableSpec(
        "late", LATE, "late_step", ("agency",), (QUARTER,), _("Late steps by agency"),
        _("Items that were not done in time, each once, in the month when that was noticed."),
        (Read(tallies.LATE_STEPS),),
    ),
    TableSpec(
        "late", LATE, "late_step", ("agency", "phase"), (YEAR,), _("Late steps by agency and step"),
        _("Items that were not done in time, each once, in the month when that was noticed."),
        (Read(tallies.LATE_STEPS),),
    ),
    TableSpec(
        "steps", STEPS, "phase", ("step",), (YEAR,), _("Cases that came to each step"),
        _("Cases in which the first item of a step was done in the period, for each step."),
        (Read(tallies.PHASES),),
    ),
    TableSpec(
        "closed", CLOSINGS, "closed", ("kind",), (YEAR,), _("Closed cases and consultations"), _CLOSED,
        (Read(tallies.CLOSED),),
    ),
    TableSpec(
        "region_outcome", CLOSINGS, "closed", ("region", "outcome"), (YEAR,),
        _("Closed cases by region and outcome"), _CLOSED, (Read(tallies.CLOSED),),
    ),
    *(_assistance(kind, title) for kind, title in ASSISTANCE_TITLES.items()),
    TableSpec(
        "calls", CALLS, "call", (), (MONTH, QUARTER, YEAR), _("Calls to the helpline"),
        _CALLS, (Read(calls.CALLS),), HOTLINE,
    ),
    _of_calls("callers", "caller", _("Calls by who was on the line")),
    _of_calls("hours", "hour", _("Calls by hour")),
    _of_matters("professions", "profession", _("Matters by profession"), Read(calls.MATTERS)),
    _of_matters("matter_county", "county", _("Matters by county"), Read(calls.MATTERS)),
    _of_matters("led", "led", _("Matters that led to a referral"),
                Read(calls.REFERRALS, sets={"led": "referral"}),
                Read(calls.REFERRALS, sets={"led": "none"}, weight=-1),
                Read(calls.MATTERS, sets={"led": "none"}), words=_LED),
    TableSpec(
        "topics", CALLS, "topic", ("topic",), (YEAR,), _("What was asked about"),
        _("What professionals asked about; a call can have several."), (Read(calls.TOPICS),), HOTLINE,
    ),
)  # fmt: skip


def of_kind(kind: Kind) -> dict[str, TableSpec]:
    """The tables of a period of this kind, by key."""
    return {table.key: table for table in TABLES if kind in table.kinds}


def families(kind: Kind) -> dict[str, dict[str, TableSpec]]:
    """The tables that are protected together, by family and key."""
    found: dict[str, dict[str, TableSpec]] = {}
    for key, table in of_kind(kind).items():
        found.setdefault(table.family, {})[key] = table
    return found
