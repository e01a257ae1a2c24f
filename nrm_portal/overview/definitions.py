"""How we count: the same words on the page and in the files."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: Final = (
    (
        "referral",
        gettext_lazy("Referral"),
        gettext_lazy(
            "What a professional has sent through the portal. It counts in the month when it was sent."
        ),
    ),
    (
        "case",
        gettext_lazy("Person (case)"),
        gettext_lazy(
            "A referral about one person opens a case. Each case counts once, in the month when the "
            "referral was sent. Nobody has been given a status as a victim."
        ),
    ),
    (
        "person",
        gettext_lazy("Person, once a year"),
        gettext_lazy(
            "Somebody about whom at least one referral was sent in the year, counted in the month of the "
            "first. Cases that were merged or linked are one person. Shown for whole years."
        ),
    ),
    (
        "consultation",
        gettext_lazy("Consultation"),
        gettext_lazy(
            "A question without personal data. Referrals are cases and consultations together. A "
            "consultation that becomes a case in the month when it was sent counts as the case alone. If it "
            "becomes a case in a later month, it stays in the published number of consultations and counts "
            "as a case too, so that the referrals of a year hold it twice."
        ),
    ),
    (
        "place",
        gettext_lazy("County and region"),
        gettext_lazy(
            "Where the person was when it happened that is counted, or else where the person was found."
        ),
    ),
    (
        "inhabitants",
        gettext_lazy("Per 100,000 inhabitants"),
        gettext_lazy(
            "The number divided by how many live in the county, made from shown numbers alone. Where there "
            "are few cases it changes much from year to year."
        ),
    ),
    (
        "group",
        gettext_lazy("Group"),
        gettext_lazy(
            "Women and men are adults, girls and boys are under 18. Other or not known is everybody "
            "else, also those whose age is unsure."
        ),
    ),
    (
        "form",
        gettext_lazy("Form of exploitation"),
        gettext_lazy(
            "The main form of exploitation in the referral. A person can be exploited in several ways."
        ),
    ),
    (
        "step",
        gettext_lazy("Step"),
        gettext_lazy("A case has come to a step of the Manual when the first item of that step is done."),
    ),
    (
        "late",
        gettext_lazy("Late step"),
        gettext_lazy(
            "An item of a checklist that was not done in time. Each counts once, in the month when it "
            "became late."
        ),
    ),
    (
        "answer",
        gettext_lazy("First answer"),
        gettext_lazy(
            "Time by the clock from the referral to the coordinator’s first answer, also nights and "
            "weekends. It counts in the month when the answer was given."
        ),
    ),
    (
        "median",
        gettext_lazy("Median and nine of ten"),
        gettext_lazy(
            "The median is the time within which half of them were done, and nine of ten took no longer "
            "than the 90th percentile. The median is shown from 10 on, the 90th percentile from 50 on, "
            "both as an interval of time, so that no single time can be read."
        ),
    ),
    (
        "call",
        gettext_lazy("Call to the helpline"),
        gettext_lazy(
            "A call to the helpline that was answered and ended. It counts in the month when it ended and "
            "the hour when it began, also a silent call, a wrong number or a test."
        ),
    ),
    (
        "matter",
        gettext_lazy("Matter of the helpline"),
        gettext_lazy(
            "What a professional asked about. Several calls with the same consultation number are one "
            "matter, counted with the first; a referral that grows from a call is no further matter."
        ),
    ),
    (
        "own",
        gettext_lazy("Numbers of your own cases"),
        gettext_lazy(
            "The cases your desk holds, or that your agency has sent or takes part in, as they are today. "
            "What was published of a month does not change, so the two can differ: a case may have been "
            "corrected, merged or moved to another desk since. Of a protected person only those who are "
            "named for the case see place, sender and sex counted."
        ),
    ),
    (
        "unknown",
        gettext_lazy("Not known and not stated"),
        gettext_lazy(
            "Not known: somebody answered that it is not known. Not stated: nobody has answered the question."
        ),
    ),
)
"""Key, word and what it counts. A key is the place of its word on the page of definitions."""


def definitions() -> list[tuple[str, str]]:
    """Each word and what it counts, in the reader's language."""
    return [(str(word), str(meaning)) for _key, word, meaning in WORDS]


def suppression_rule() -> list[str]:
    return [
        note(),
        _(
            "Other numbers are hidden too where they would make it possible to calculate the small ones, "
            "also from what was published before. A zero is hidden as well where it would tell. Nothing is "
            "rounded."
        ),
        _(
            "A month that is over is counted once and for all: what is corrected later does not change what "
            "has been shown. Months have national totals, quarters tables of one question, years of two. "
            "Otherwise it could be calculated what has been added since the last time."
        ),
    ]


def note() -> str:
    """Under every table."""
    least = {"number": settings.PUBLISH_THRESHOLD}
    return _("Numbers under %(number)s are not shown, to protect individuals.") % least
