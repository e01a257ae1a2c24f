"""What the check page points at: nothing here stops a referral."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cases.sections.facts import IntakeFacts, facts
from cases.sections.fields import Answers, Section, answered
from cases.sections.pages import BY_KEY, readable
from coordinators.enums import AgeBand
from core.dates import ages

ADULT_AGE = 18


@dataclass(frozen=True)
class Advice:
    """One remark, and the page where it can be changed."""

    text: str
    section: Section


def advice(answers: Answers, today: date) -> list[Advice]:
    """Remarks in the order of the pages."""
    known, told = readable(answers), facts(answers, today)
    found: list[tuple[bool, str, str]] = [
        (
            told.danger and answered("emergency_contacted", "none")(known),
            "danger",
            _("You write that somebody is in immediate danger and nobody has been contacted. Call 112 now"),
        ),
        (
            answered("report_made", "doing_now", "no_duty")(known),
            "consent",
            _("The report of concern is not made yet. The referral does not replace it"),
        ),
        (_contradicts(told, today), "person", _("The birth date and the age group do not agree. Check both")),
        (
            answered("protected_identity", "needed")(known),
            "person",
            _("Protected personal data are needed but not in place. Write as little as you can about places"),
        ),
        (
            told.place is None and bool(known.get("place_now") or known.get("county_general")),
            "place",
            _("Without a place the referral goes to the National Coordination, which finds the right region"),
        ),
        (
            answered("children_involved", "yes")(known) and not told.is_child_path,
            "event",
            _("Children are involved. Make a report of concern for them: the referral does not replace it"),
        ),
    ]
    return [Advice(text, BY_KEY[section]) for applies, section, text in found if applies]


def _contradicts(told: IntakeFacts, today: date) -> bool:
    span = ages(str(told.identity.get("birth", "")), today)
    if span is None or told.age_band == AgeBand.UNSURE:
        return False
    youngest, oldest = span
    return oldest < ADULT_AGE if told.age_band == AgeBand.ADULT else youngest >= ADULT_AGE
