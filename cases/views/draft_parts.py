"""What the pages of a draft show, computed once: task rows, cards, the box of what is known so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases import sections
from cases.enums import PROTECTED
from cases.models import Draft
from cases.sections import Section, Stage
from cases.services import drafts
from coordinators.enums import AgeBand
from core import clock, looks
from manual.enums import Exploitation

DONE: Final = (gettext_lazy("Done"), "plain", "check")
STARTED: Final = (gettext_lazy("In progress"), "fjord", "circle-dot")
UNTOUCHED: Final = (gettext_lazy("Not started"), "grey", "")
LOCKED: Final = (gettext_lazy("Cannot start yet"), "plain", "")


def address(draft: Draft, section: Section) -> str:
    return reverse("cases:draft-section", args=[draft.pk, section.slug])


def caption(section: Section) -> str:
    """ "Referral, part 3 of 6: The person"; the number of parts never changes."""
    way = [step.key for step in sections.SECTIONS if step.stage == Stage.CORE]
    if section.key not in way:
        return _("Referral, further part")
    words = {"number": way.index(section.key) + 1, "total": len(way), "title": section.short}
    return _("Referral, part %(number)s of %(total)s: %(title)s") % words


# --- the hub ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskRow:
    """One row of the task list."""

    label: str | Promise
    url: str
    status: SafeString
    hint: str = ""


def has_answers(draft: Draft, section: Section) -> bool:
    """Whether anything was written on the page. What the account filled in does not count."""
    given = {key for key, question in section.by_key.items() if question.kind == sections.Kind.GIVEN}
    return any(draft.answers.get(key) for key in section.by_key.keys() - given - {"municipality_of_work"})


def task_rows(draft: Draft) -> tuple[list[TaskRow], list[TaskRow]]:
    """The short way and the further pages. Nothing after consent can start before it is answered."""
    settled = sections.is_settled(draft.answers)
    read = sections.read_all(draft.answers)
    core = [section for section in sections.SECTIONS if section.stage == Stage.CORE]
    rows = [_task(draft, section, read, settled or section.key in ("danger", "consent")) for section in core]
    return rows, [_task(draft, section, read, True) for section in sections.further(draft.answers)]


def _task(draft: Draft, section: Section, read: Mapping[str, Any], may_start: bool) -> TaskRow:
    if not may_start:
        return TaskRow(section.short, "", looks.tag(*LOCKED))
    page = read.get(section.key)
    complete = section.key in draft.done and page is not None and not page.errors
    status = DONE if complete else STARTED if has_answers(draft, section) else UNTOUCHED
    return TaskRow(section.short, address(draft, section), looks.tag(*status))


def progress(draft: Draft) -> tuple[int, int]:
    """How many of the pages of the short way are done, and how many there are."""
    rows, _further = task_rows(draft)
    done = str(looks.tag(*DONE))
    return sum(str(row.status) == done for row in rows), len(rows)


# --- the check page ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """The answers of one page, with the way back to it."""

    id: str
    title: str | Promise
    url: str
    rows: list[tuple[str | Promise, str]]
    private: bool = False


def cards(draft: Draft) -> list[Card]:
    """Every page that has an answer, in order. Personal numbers are masked on screen."""
    found = []
    for key, page in sections.read_all(draft.answers).items():
        section = sections.BY_KEY[key]
        rows = [
            (question.label, sections.words(question, page.answers[question.key], masked=True))
            for question in section.fields
            if question.key in page.answers
        ]
        if section.stage != Stage.CHECK and rows:
            url = f"{address(draft, section)}?till=kontrollera"
            private = section.is_private(draft.answers)
            found.append(Card(f"card-{key}", section.short, url, rows, private))
    return found


def stored_rows(draft: Draft, section: Section) -> list[tuple[str | Promise, str]]:
    """What is saved on one page, to compare with what was typed elsewhere."""
    page = sections.clean(section, draft.answers, sections.prune(draft.answers))
    return [
        (question.label, sections.words(question, page.answers[question.key], masked=True))
        for question in section.fields
        if question.key in page.answers
    ]


def missing_links(draft: Draft) -> list[tuple[str, str | Promise]]:
    """(address, what to do) for everything that stands in the way of sending."""
    return [
        (f"{address(draft, section)}?till=kontrollera#f_{question.key}", question.ask or question.label)
        for section, question in sections.missing(draft.answers)
        if section.stage != Stage.CHECK
    ]


# --- the box beside the form ------------------------------------------------------------------------


@dataclass(frozen=True)
class SoFar:
    """Flags, a few safe facts, and where the draft would go."""

    flags: list[SafeString]
    facts: list[tuple[str, str]]
    desk: str
    answer_by: str
    explanation: str
    note: str


def so_far(draft: Draft) -> SoFar:
    """What the draft says at this moment. No name, no number: the box may be seen by who passes by."""
    now = clock.now()
    seen = drafts.preview(draft.answers, now)
    route = seen.route
    return SoFar(
        flags=_flags(draft, seen),
        facts=_facts(draft, seen),
        desk=str(route.desk.name) if route else "",
        answer_by=looks.deadline_text(seen.answer_by, now) if seen.answer_by else "",
        explanation=str(route.explain(get_language() or "sv")) if route else "",
        note=_note(seen, now),
    )


def _flags(draft: Draft, seen: drafts.Preview) -> list[SafeString]:
    told, age = seen.facts, draft.answers.get("age_group")
    flags = (
        (told.danger, _("Immediate danger"), "red", "danger"),
        (age == AgeBand.CHILD, _("Child"), "amber", "child"),
        (age == AgeBand.UNSURE, _("Age unsure"), "amber", "child"),
        (told.protection in PROTECTED, _("Protected data"), "plum", "lock"),
        (sections.is_consultation(draft.answers), _("Without personal data"), "grey", "eye-off"),
    )
    return [looks.tag(label, colour, icon) for applies, label, colour, icon in flags if applies]


def _facts(draft: Draft, seen: drafts.Preview) -> list[tuple[str, str]]:
    rows = []
    if draft.answers.get("age_group"):
        rows.append((_("Age"), str(AgeBand(seen.facts.age_band).label)))
    if (consent := draft.answers.get("consent_status")) and seen.facts.age_band == AgeBand.ADULT:
        question = sections.BY_KEY["consent"].by_key["consent_status"]
        rows.append((_("Consent"), sections.words(question, consent)))
    if seen.facts.forms != (Exploitation.UNKNOWN.value,):
        rows.append((_("Kind of exploitation"), str(Exploitation(seen.facts.main_form).label)))
    if seen.route and (place := seen.route.municipality or seen.route.county):
        rows.append((_("Place"), place.name))
    return rows


def _note(seen: drafts.Preview, now: datetime) -> str:
    if seen.route is None:
        return _("When age, consent and place are answered you see here who receives the referral.")
    if seen.route.unplaced:
        return _("No region was found. The National Coordination places the referral.")
    if seen.answer_by and looks.day_of(seen.answer_by) > looks.day_of(now):
        return _("If it cannot wait: the police 114 14, or the municipality's out-of-hours social services.")
    return ""
