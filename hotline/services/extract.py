"""What a person is told of calls that belong to her case, when she asks what is stored about her."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from cases.services.subject import wording
from cases.services.subject.sources import Part, Source, Why
from hotline.enums import ReferredTo, Topic
from hotline.models import Call, CorrectionNote


def _labels(choices: Any, codes: list[str]) -> str:
    return ", ".join(str(member.label) for member in choices if member.value in codes)


def _place(name: str) -> Any:
    """Where she was said to be; never of a protected person."""

    def words(row: Call) -> str:
        place = getattr(row, name)
        return "" if place is None or row.case is None or row.case.is_protected else str(place.name)

    return words


SOURCES: Final = (
    Source(
        Call,
        path="case",
        part=Part.WORDS,
        title=_("Call to the helpline"),
        shown={
            "number": _("Consultation number"),
            "agency": _("Answered by"),
            "started_at": _("When"),
            "about": _("About"),
            "topics": _("Asked about"),
            "danger": _("Danger"),
            "child": _("Child"),
            "sex": _("Sex"),
            "citizenship_group": _("Citizenship"),
            "forms": _("Forms of exploitation"),
            "declined": _("Said no"),
            "municipality": _("Municipality"),
            "county": _("County"),
            "summary": _("The call in short"),
            "advice_words": _("Advice given"),
            "referred_to": _("Referred to"),
        },
        left={
            Why.ROW: (
                "id", "case", "data_key", "draft_id", "referral", "reference", "earlier", "version", "view",
            ),
            Why.STAFF: ("operator",),
            Why.CLOCKWORK: ("ended_at", "saved_at", "follow_up_on"),
            Why.ELSEWHERE: ("advice", "edition"),
            Why.OTHERS: ("caller", "profession", "agency_kind", "anonymous"),
        },
        houses=("agency",),
        at="started_at",
        words={
            "forms": wording.forms,
            "topics": lambda row: _labels(Topic, row.topics),
            "referred_to": lambda row: _labels(ReferredTo, row.referred_to),
            "declined": lambda row: wording.flat(True) if row.declined else "",
            "municipality": _place("municipality"),
            "county": _place("county"),
        },
    ),
    Source(
        CorrectionNote,
        path="call__case",
        part=Part.WORDS,
        title=_("Correction of a call to the helpline"),
        shown={"words": _("Text"), "at": _("When")},
        left={Why.ROW: ("id", "call", "data_key"), Why.STAFF: ("by",)},
        at="at",
    ),
)  # fmt: skip
"""Paragraphs of the manual that were given as advice say nothing about her: they are counted as elsewhere."""
