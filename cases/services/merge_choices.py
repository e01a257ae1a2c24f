"""What differs between two cases that may become one: everything that somebody has to choose by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import sections
from cases.enums import NO_ADDRESS, Category, ParticipationStatus, Urgency
from cases.enums.guard import tier
from cases.models import Case, Participation, Period, Person, RecordedMilestone
from coordinators.enums import AgeBand
from core import clock
from manual.enums import Condition, Exploitation, Milestone
from manual.library import milestone_label

OURS, THEIRS, BOTH = "survivor", "absorbed", "both"
CHOICES: Final = (OURS, THEIRS, BOTH)
NOTHING: Final = gettext_lazy("Not stated")
FIRST_COUNTS: Final = (Milestone.REFERRAL_RECEIVED, Milestone.SUSPICION_NOTED, Milestone.CHILD_SUSPECTED)
"""Dates of which the earlier one is true of the person, whoever noticed first."""
LIVE: Final = (ParticipationStatus.ACCEPTED, ParticipationStatus.PROVISIONAL, ParticipationStatus.INVITED)
"""Parts in force, the firmest first."""

_COLUMNS: Final[tuple[tuple[str, Promise], ...]] = (
    ("age_band", gettext_lazy("Age")),
    ("sex", gettext_lazy("Sex")),
    ("citizenship", gettext_lazy("Citizenship")),
    ("main_form", gettext_lazy("Main form of exploitation")),
    ("trafficking_status", gettext_lazy("Trafficking status")),
)
_LISTS: Final[tuple[tuple[str, Promise, Any], ...]] = (
    ("forms", gettext_lazy("Forms of exploitation"), Exploitation),
    ("conditions", gettext_lazy("Circumstances that decide which steps apply"), Condition),
)
_QUESTIONS: Final[dict[str, dict[str, str]]] = {
    "identity": {
        "name": "name", "alias": "alias_used", "birth": "birth", "personal_number": "personal_number",
        "citizenships": "citizenship", "languages": "languages", "passport": "passport_number",
        "lma": "lma_number",
    },
    "contact": {
        "way": "safe_contact_method", "times": "safe_contact_times", "phone": "contact_phone",
        "email": "contact_email",
    },
}  # fmt: skip
"""Part of the vault → what it holds → the question it answers, which knows its words."""


@dataclass(frozen=True)
class Difference:
    """One fact that the two cases tell differently."""

    key: str
    label: str
    ours: str
    theirs: str
    may_keep_both: bool = False
    is_secret: bool = False
    """Of the vault: shown only to somebody who has opened both identities."""


def differences(survivor: Case, absorbed: Case) -> list[Difference]:
    """Everything that must be chosen, in the order of the page. Nothing has a default."""
    found = [*_of_columns(survivor, absorbed), *_of_place_and_people(survivor, absorbed)]
    if survivor.person is not None and absorbed.person is not None:
        found += _of_persons(survivor.person, absorbed.person)
    return [
        *found,
        *_of_milestones(survivor, absorbed),
        *_of_periods(survivor, absorbed),
        *_of_agencies(survivor, absorbed),
    ]


def _of_columns(ours: Case, theirs: Case) -> list[Difference]:
    found = [
        Difference(name, str(label), _shown(ours, name), _shown(theirs, name))
        for name, label in _COLUMNS
        if getattr(ours, name) != getattr(theirs, name)
    ]
    for name, label, labels in _LISTS:
        one, other = getattr(ours, name), getattr(theirs, name)
        if set(one) != set(other):
            mine, their = (
                ", ".join(str(labels(code).label) for code in codes) or str(NOTHING) for codes in (one, other)
            )
            found.append(Difference(name, str(label), mine, their, may_keep_both=True))
    return found


def _shown(case: Case, name: str) -> str:
    return str(getattr(case, f"get_{name}_display")())


def _of_place_and_people(ours: Case, theirs: Case) -> list[Difference]:
    found = []
    for key, label, value, words in _FACTS:
        if value(ours) != value(theirs):
            found.append(Difference(key, str(label), words(ours), words(theirs)))
    return found


def _place(case: Case) -> tuple[Any, ...]:
    return case.municipality_id, case.county_id


def _place_words(case: Case) -> str:
    parts = [case.municipality.name if case.municipality else "", case.county.name if case.county else ""]
    words = ", ".join(part for part in parts if part)
    return f"{words} ({case.get_place_source_display()})" if words else str(NOTHING)


def _incident_words(case: Case) -> str:
    if case.incident is None:
        return _("None")
    return _("One with %(total)s persons") % {"total": case.incident.total}


def _at(moment: datetime | date | None) -> str:
    if moment is None:
        return str(NOTHING)
    day = clock.local(moment).date() if isinstance(moment, datetime) else moment
    return date_format(day, "j F Y")


def _yes(case: Case) -> str:
    return _("Yes") if case.danger else _("No")


_FACTS: Final[tuple[tuple[str, Promise, Callable[[Case], Any], Callable[[Case], str]], ...]] = (
    ("danger", gettext_lazy("Immediate danger"), lambda case: case.danger, _yes),
    ("place", gettext_lazy("Place"), _place, _place_words),
    ("missing_since", gettext_lazy("Missing since"), lambda case: case.missing_since,
     lambda case: _at(case.missing_since)),
    ("incident", gettext_lazy("Event the referral came from"), lambda case: case.incident_id,
     _incident_words),
    ("assignee", gettext_lazy("Case officer"), lambda case: case.assignee_id,
     lambda case: case.assignee.name if case.assignee else str(NOTHING)),
)  # fmt: skip


# --- the person -------------------------------------------------------------------------------------------


def _of_persons(ours: Person, theirs: Person) -> list[Difference]:
    questions = {question.key: question for section in sections.SECTIONS for question in section.fields}
    found = []
    if ours.protection != theirs.protection and tier(ours.protection) == tier(theirs.protection):
        label = _("Protected personal data")
        words = ours.get_protection_display(), theirs.get_protection_display()
        found.append(Difference("protection", label, str(words[0]), str(words[1])))
    for part, names in _QUESTIONS.items():
        mine, other = held(ours, part), held(theirs, part)
        for name, key in names.items():
            if (mine.get(name) or None) != (other.get(name) or None):
                one, two = (
                    sections.words(questions[key], v) if v else str(NOTHING)
                    for v in (mine.get(name), other.get(name))
                )
                label = str(questions[key].label)
                found.append(Difference(f"{part}.{name}", label, one, two, is_secret=True))
    if (ours.address or None) != (theirs.address or None):
        one, two = (str(person.address or NOTHING) for person in (ours, theirs))
        found.append(Difference("address", str(questions["address"].label), one, two, is_secret=True))
    return found


def held(person: Person, part: str) -> dict[str, Any]:
    """A part of the vault; empty when there is none or its key has been destroyed."""
    value = getattr(person, part)
    return dict(value) if isinstance(value, dict) else {}


# --- dates, periods, agencies -----------------------------------------------------------------------------


def milestones_of(case: Case) -> dict[str, RecordedMilestone]:
    return {row.kind: row for row in case.milestones.filter(replaced_at__isnull=True)}


def _of_milestones(ours: Case, theirs: Case) -> list[Difference]:
    mine, other = milestones_of(ours), milestones_of(theirs)
    return [
        Difference(
            f"milestone.{kind}",
            milestone_label(kind, ours.edition_id),
            _when(mine[kind]),
            _when(other[kind]),
        )
        for kind in mine
        if kind in other and kind not in FIRST_COUNTS and mine[kind].happened_at != other[kind].happened_at
    ]


def _when(row: RecordedMilestone) -> str:
    at = clock.local(row.happened_at)
    return _at(row.happened_at) if row.date_only else f"{_at(row.happened_at)} {at:%H.%M}"


def periods_of(case: Case) -> dict[str, Period]:
    """The period of each kind that has not been ended, by its first part."""
    return {row.kind: row for row in case.periods.filter(extends__isnull=True, ended_on__isnull=True)}


def _of_periods(ours: Case, theirs: Case) -> list[Difference]:
    mine, other = periods_of(ours), periods_of(theirs)
    return [
        Difference(
            f"period.{kind}", str(mine[kind].get_kind_display()), _span(mine[kind]), _span(other[kind])
        )
        for kind in mine
        if kind in other
        and (mine[kind].starts_on, _end(mine[kind])) != (other[kind].starts_on, _end(other[kind]))
    ]


def _end(row: Period) -> date:
    """The last day, extensions counted."""
    while (later := Period.objects.filter(extends=row).first()) is not None:
        row = later
    return row.ends_on


def _span(row: Period) -> str:
    return f"{_at(row.starts_on)} – {_at(_end(row))}"


def parts_of(case: Case) -> dict[Any, Participation]:
    """Agencies taking part or invited, except as referrers."""
    rows = case.participations.filter(is_referrer=False, status__in=LIVE).select_related("agency", "ground")
    return {row.agency_id: row for row in rows}


def _of_agencies(ours: Case, theirs: Case) -> list[Difference]:
    """An agency that is in both, on different grounds: which of them holds."""
    mine, other = parts_of(ours), parts_of(theirs)
    return [
        Difference(f"agency.{pk}", mine[pk].agency.name, _part(mine[pk]), _part(other[pk]))
        for pk in mine
        if pk in other and _terms(mine[pk]) != _terms(other[pk])
    ]


def _terms(row: Participation) -> tuple[Any, ...]:
    return row.status, row.ground.kind, row.ground.provision, set(row.ground.categories)


def _part(row: Participation) -> str:
    ground = row.ground.get_provision_display() or row.ground.get_kind_display()
    labels = [str(Category(code).label) for code in row.ground.categories]
    return f"{row.get_status_display()}. {ground}. {', '.join(labels) or _('Its checklist only')}"


# --- choosing ---------------------------------------------------------------------------------------------


def checked(found: list[Difference], choices: Mapping[str, str]) -> dict[str, str]:
    """The choices, one for each difference. Raises ValidationError at every field without one."""
    missing = {}
    for row in found:
        allowed = CHOICES if row.may_keep_both else CHOICES[:2]
        if choices.get(row.key) not in allowed:
            missing[row.key] = _("Choose what holds for “%(field)s”.") % {"field": row.label}
    if missing:
        raise ValidationError(missing)
    return {row.key: choices[row.key] for row in found}


def apply_columns(survivor: Case, absorbed: Case, chosen: Mapping[str, str]) -> None:
    """The case's own columns as chosen. Does not save."""
    for name in (
        "age_band",
        "sex",
        "citizenship",
        "main_form",
        "trafficking_status",
        "danger",
        "missing_since",
    ):
        if chosen.get(name) == THEIRS:
            setattr(survivor, name, getattr(absorbed, name))
    for name, _label, _labels in _LISTS:
        if chosen.get(name) == THEIRS:
            setattr(survivor, name, list(getattr(absorbed, name)))
        elif chosen.get(name) == BOTH:
            setattr(survivor, name, list(dict.fromkeys([*getattr(survivor, name), *getattr(absorbed, name)])))
    if chosen.get("place") == THEIRS:
        survivor.municipality_id, survivor.county_id = absorbed.municipality_id, absorbed.county_id
        survivor.place_source = absorbed.place_source
    for name in ("incident_id", "assignee_id"):
        if chosen.get(name.removesuffix("_id")) == THEIRS:
            setattr(survivor, name, getattr(absorbed, name))
    survivor.urgency = Urgency.NORMAL if survivor.age_band == AgeBand.ADULT else Urgency.CHILD
    if survivor.danger:
        survivor.urgency = Urgency.DANGER


def apply_person(survivor: Case, absorbed: Case, chosen: Mapping[str, str]) -> None:
    """Who she is, as chosen, sealed anew under the survivor's own key. Saves the person."""
    ours, theirs = survivor.person, absorbed.person
    assert ours is not None and theirs is not None, "consultations are never merged"
    stricter = tier(theirs.protection) - tier(ours.protection)
    if stricter > 0 or (not stricter and chosen.get("protection") == THEIRS):
        ours.protection = theirs.protection
    for part, names in _QUESTIONS.items():
        mine, other = held(ours, part), held(theirs, part)
        for name in names:
            if chosen.get(f"{part}.{name}") == THEIRS:
                mine.pop(name, None)
                if other.get(name):
                    mine[name] = other[name]
        setattr(ours, part, mine or (None if part == "contact" else {}))
    if chosen.get("address") == THEIRS:
        ours.address = theirs.address
    if ours.protection in NO_ADDRESS:
        ours.address = None
    ours.version += 1
    ours.save(update_fields=["protection", "identity", "contact", "address", "version"])
    survivor.is_protected = ours.is_protected
