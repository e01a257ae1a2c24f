"""What the pages of an event show, computed once: its parts, its persons, where each of them goes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import sections
from cases.models import Incident
from cases.sections import incident, pasted
from cases.services import incident_sending, incidents
from cases.services.incidents import Checked
from cases.views import draft_parts
from cases.views.draft_parts import TaskRow
from cases.views.referrals import status_tag
from coordinators.enums import AgeBand
from core import clock, looks

QUESTIONS = {question.key: question for page in sections.SECTIONS for question in page.fields} | {
    question.key: question for page in incident.EVENT_PAGES for question in page.fields
}


@dataclass(frozen=True)
class PersonRow:
    """One person still to be sent, as a line of the table."""

    number: int
    name: str
    age: str
    place: str
    consent: str
    ready: bool
    anonymous: bool
    faults: list[tuple[str, str]]
    """(question, what to do), her own and those of the event that stop her."""
    url: str
    remove: str


def task_rows(row: Incident) -> list[TaskRow]:
    """The two pages about the event."""
    errors = incidents.event_errors(row)
    saved = row.event.get(incidents.SAVED, {})
    found = []
    for page in incident.EVENT_PAGES:
        state = draft_parts.UNTOUCHED
        if page.key in saved:
            state = draft_parts.STARTED if errors[page.key] else draft_parts.DONE
        url = reverse("cases:incident-section", args=[row.pk, page.slug])
        found.append(TaskRow(page.short, url, looks.tag(*state)))
    return found


def event_links(row: Incident) -> list[tuple[str, Any]]:
    """(address, what to do) for what is missing about the event, once for all persons."""
    return [
        (f"{reverse('cases:incident-section', args=[row.pk, page.slug])}?fel=1#f_{key}", text)
        for page in incident.EVENT_PAGES
        for key, text in incidents.event_errors(row)[page.key].items()
    ]


def person_rows(row: Incident) -> list[PersonRow]:
    """Everybody still to be sent. What is wrong with the event is said once, above, not at each."""
    said = {key for errors in incidents.event_errors(row).values() for key in errors}
    return [_person_row(row, one, said) for one in incidents.checked(row)]


def _person_row(row: Incident, one: Checked, said: set[str]) -> PersonRow:
    answers = one.person["answers"]
    faults = [(_label(key), str(text)) for key, text in one.wrong.items() if key not in said]
    if one.person.get("remark"):
        words = _("The line has more columns than the template. Look that nothing is missing, and save.")
        faults.append((_("The line"), words))
    if answers.get("consent_status") in (None, "") and one.person.get("held"):
        faults.append((_("Age"), _("What you have written is kept until the age can be read.")))
    return PersonRow(
        number=one.person["n"],
        name=str(answers.get("name", "")),
        age=_words("birth", answers) or _age(answers),
        place=_place(answers),
        consent=_consent(answers),
        ready=one.is_ready,
        anonymous=sections.is_consultation(answers),
        faults=faults,
        url=reverse("cases:incident-person", args=[row.pk, one.person["id"]]),
        remove=reverse("cases:incident-person-remove", args=[row.pk, one.person["id"]]),
    )


def _label(key: str) -> str:
    question = incident.FOUND.by_key.get(key) or QUESTIONS[key]
    return str(question.label)


def _words(key: str, answers: dict[str, Any]) -> str:
    value = answers.get(key)
    return sections.words(QUESTIONS[key], value) if value else ""


def _age(answers: dict[str, Any]) -> str:
    """Child, adult or unsure; nothing while it is not answered."""
    band = answers.get("age_group")
    return str(AgeBand(band).label) if band in AgeBand.values else ""


def _consent(answers: dict[str, Any]) -> str:
    if sections.is_child_path(answers):
        return _("Not asked of a child")
    if answers.get("consent_status") in ("given", "refused", "not_asked"):
        return _words("consent_status", answers)
    return ""


# --- before and after sending -------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """One desk and who goes to it."""

    desk: str
    heading: str
    unplaced: bool
    rows: list[tuple[int, str, str, str, bool]]
    """(number, name, age, answered by, without personal data)"""


def groups(row: Incident) -> list[Group]:
    """Who goes to which desk, and by when each is answered."""
    now, found = clock.now(), defaultdict(list)
    for going in incident_sending.preview(row):
        found[going.desk.pk].append(going)
    made = []
    for goings in found.values():
        desk = str(goings[0].desk.name)
        count = len(goings)
        words = ngettext("%(n)s person to %(desk)s", "%(n)s persons to %(desk)s", count)
        rows = [
            (
                going.one.person["n"],
                str(going.one.person["answers"].get("name", "")),
                _age(going.one.person["answers"]),
                looks.deadline_text(going.answer_by, now),
                going.consultation,
            )
            for going in goings
        ]
        made.append(Group(desk, words % {"n": count, "desk": desk}, goings[0].unplaced, rows))
    return sorted(made, key=lambda group: -len(group.rows))


@dataclass(frozen=True)
class SentRow:
    """One referral of the event, for whoever sent it. Nothing that points anybody out."""

    number: int
    reference: str
    url: str
    status: SafeString
    age: str
    place: str
    desk: str
    answer_by: str


def sent_rows(row: Incident) -> list[SentRow]:
    now: datetime = clock.now()
    found = []
    for number, referral in incident_sending.sent_of(row):
        case = referral.case
        found.append(
            SentRow(
                number,
                referral.reference,
                reverse("cases:referral", args=[referral.pk]),
                status_tag(case),
                str(case.get_age_band_display()),
                _given_place(referral.answers),
                str(case.desk.name),
                looks.deadline_text(case.answer_by, now),
            )
        )
    return found


def _given_place(answers: object) -> str:
    """Where she said the person is. Where the person has gone since is not hers to know."""
    return _place(answers) if isinstance(answers, dict) else ""


def _place(answers: dict[str, Any]) -> str:
    """The municipality, else the county."""
    keys = ("municipality_of_presence", "county_of_presence", "county_general")
    return next((words for key in keys if (words := _words(key, answers))), "")


def template_line() -> tuple[list[str | Promise], str]:
    """The headings of the template, and the headings as a line to copy into a spreadsheet."""
    labels: list[str | Promise] = [label for _key, label, _names in pasted.COLUMNS]
    return labels, "\t".join(map(str, labels))
