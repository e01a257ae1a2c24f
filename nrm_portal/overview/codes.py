"""The dimensions of published tables: their codes in order, and how a tally's codes become one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.enums import AgencyKind
from cases.enums import Citizenship, Outcome, Sex
from cases.services import tallies
from coordinators.enums import AgeBand
from hotline.enums import OTHER_CALLERS, Profession, Topic
from manual.enums import Exploitation, Phase
from nrm_portal.overview.places import Places

UNKNOWN: Final = "unknown"
"""Somebody answered that it is not known."""
NOT_STATED: Final = "not_stated"
"""Nobody answered."""
EITHER: Final = (UNKNOWN, NOT_STATED)

CASE: Final = "case"
CONSULTATION: Final = "consultation"
GROUPS: Final = ("women", "men", "girls", "boys", "other")
"""Women, men, girls, boys; "other" is every other combination of sex and age, also unknown and unsure."""
_GROUP_OF: Final = {
    (Sex.WOMAN.value, AgeBand.ADULT.value): "women",
    (Sex.MAN.value, AgeBand.ADULT.value): "men",
    (Sex.WOMAN.value, AgeBand.CHILD.value): "girls",
    (Sex.MAN.value, AgeBand.CHILD.value): "boys",
}
STEPS: Final = tuple(phase.value for phase in Phase if phase is not Phase.CLOSE)
WAIT_CLASSES: Final = ("4h", "1d", "3d", "later")
FIRST: Final = "first"
AGAIN: Final = "again"
CALLERS: Final = (FIRST, AGAIN, *(caller.value for caller in OTHER_CALLERS))
"""Professionals with a new matter, professionals about an earlier one, and the others one by one."""
HOURS: Final = (*(f"{hour:02d}" for hour in range(8, 17)), "other")
LED: Final = ("referral", "none")
PERSON: Final = (FIRST, AGAIN)
"""Cases that were the first about the person in the year, and further ones."""
HISTORY: Final = (FIRST, "referred_again", "exploited_again")
"""Cases of somebody never referred before, referred again, and exploited anew since."""

Codes = Mapping[str, str]
"""The codes of a tally, and its unit under "unit"."""


def known(code: str | None, among: Iterable[str]) -> str:
    """The code, when it is one of these; a value nobody stated stays apart from one that is not known."""
    return code if code is not None and (code == NOT_STATED or code in among) else UNKNOWN


def group_of(codes: Codes) -> str:
    """Sex and age as one of GROUPS."""
    return _GROUP_OF.get((codes.get("sex", ""), codes.get("age", "")), "other")


@dataclass(frozen=True)
class Dimension:
    """`codes` are those of a table, `of` gives one of them for a tally ("" when it does not belong)."""

    name: str
    codes: Callable[[Places], tuple[str, ...]]
    of: Callable[[Codes, Places], str]


def _listed(name: str, values: Iterable[str], source: str = "") -> Dimension:
    """A closed list; what is outside it is not known or not stated."""
    values = tuple(value for value in values if value not in EITHER)
    field = source or name
    return Dimension(name, lambda _at: (*values, *EITHER), lambda row, _at: known(row.get(field), values))


def _exact(name: str, values: Iterable[str], of: Callable[[Codes], str]) -> Dimension:
    """A list without anything unknown; what is outside it does not belong to the table."""
    values = tuple(values)

    def one(row: Codes, _at: Places) -> str:
        code = of(row)
        return code if code in values else ""

    return Dimension(name, lambda _at: values, one)


def _hour(row: Codes) -> str:
    return row.get("hour", "") if row.get("hour") in HOURS else "other"


def _caller(row: Codes) -> str:
    return row.get("again", "") if row.get("caller") == "professional" else row.get("caller", "")


def _kind(row: Codes) -> str:
    return {tallies.CASES: CASE, tallies.REGROUPED: CASE, tallies.CONSULTATIONS: CONSULTATION}.get(
        row["unit"], row.get("kind", "")
    )


def _region_of_county(row: Codes, at: Places) -> str:
    """The region to which the county belongs: so a region is always the sum of its counties."""
    return at.region_of.get(row.get("county", ""), UNKNOWN)


_WAITS: Final = {
    **dict.fromkeys(("15m", "30m", "1h", "2h", "4h"), "4h"),
    **dict.fromkeys(("8h", "12h", "1d"), "1d"),
    **dict.fromkeys(("1.5d", "2d", "3d"), "3d"),
}


def wait_class(wait: str) -> str:
    """The published class of a class of the tally: within 4 hours, within a day, within 3 days, later."""
    return _WAITS.get(wait, "later") if wait else ""


def _from(field: str) -> Callable[[Codes], str]:
    return lambda row: row.get(field, "")


DIMENSIONS: Final[Mapping[str, Dimension]] = {
    one.name: one
    for one in (
        _exact("kind", (CASE, CONSULTATION), _kind),
        Dimension(
            "county",
            lambda at: (*at.counties, *EITHER),
            lambda row, at: known(row.get("county"), at.counties),
        ),
        Dimension("area", lambda at: (*at.regions, UNKNOWN), _region_of_county),
        Dimension(
            "region",
            lambda at: (*at.regions, UNKNOWN),
            lambda row, at: row.get("region", "") if row.get("region") in at.regions else UNKNOWN,
        ),
        _exact("group", GROUPS, group_of),
        _listed("sex", Sex.values),
        _listed("age", AgeBand.values),
        _listed("form", Exploitation.values),
        _listed("citizenship", Citizenship.values),
        _listed("agency", AgencyKind.values),
        _exact("step", STEPS, _from("detail")),
        _exact("phase", Phase.values, _from("detail")),
        _exact("outcome", Outcome.values, _from("detail")),
        _exact("wait", WAIT_CLASSES, lambda row: wait_class(row.get("wait", ""))),
        *(
            _exact(f"given_{kind}", (tallies.GIVEN, tallies.NOT_GIVEN), _from("given"))
            for kind in tallies.ASSISTANCE_KINDS
        ),
        *(
            _exact(f"answer_{name}", (tallies.KNOWN, *EITHER), _from("answer"))
            for name in tallies.QUESTION_KEYS
        ),
        _exact("person", PERSON, _from("person")),
        _exact("history", HISTORY, _from("history")),
        _exact("caller", CALLERS, _caller),
        _exact("hour", HOURS, _hour),
        _listed("profession", Profession.values),
        _exact("topic", Topic.values, _from("topic")),
        _exact("led", LED, _from("led")),
    )
}
