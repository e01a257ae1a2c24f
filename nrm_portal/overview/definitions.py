"""How we count: the same words on the page and in the files."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DEFINITIONS: Final = (
    (
        gettext_lazy("Referral"),
        gettext_lazy(
            "What a professional has sent through the portal. It counts in the month when it was sent."
        ),
    ),
    (
        gettext_lazy("Person (case)"),
        gettext_lazy(
            "A referral about one person opens a case. Each case counts once, in the month when the "
            "referral was sent. Nobody has been given a status as a victim."
        ),
    ),
    (
        gettext_lazy("Person, once a year"),
        gettext_lazy(
            "Somebody about whom at least one referral was sent in the year, counted in the month of the "
            "first. Cases that were merged or linked are one person. Shown for whole years."
        ),
    ),
    (
        gettext_lazy("Consultation"),
        gettext_lazy("A question without personal data. Referrals are cases and consultations together."),
    ),
    (
        gettext_lazy("County and region"),
        gettext_lazy("Where the person was when the referral was sent, or else where the person was found."),
    ),
    (
        gettext_lazy("Group"),
        gettext_lazy(
            "Women and men are adults, girls and boys are under 18. Other or not known is everybody "
            "else, also those whose age is unsure."
        ),
    ),
    (
        gettext_lazy("Form of exploitation"),
        gettext_lazy(
            "The main form of exploitation in the referral. A person can be exploited in several ways."
        ),
    ),
    (
        gettext_lazy("Step"),
        gettext_lazy("A case has come to a step of the Manual when the first item of that step is done."),
    ),
    (
        gettext_lazy("Late step"),
        gettext_lazy(
            "An item of a checklist that was not done in time. Each counts once, in the month when it "
            "became late."
        ),
    ),
    (
        gettext_lazy("First answer"),
        gettext_lazy(
            "Time by the clock from the referral to the coordinator’s first answer, also nights and weekends."
        ),
    ),
    (
        gettext_lazy("Call to the helpline"),
        gettext_lazy(
            "A call to the helpline that was answered and ended. It counts in the month and the hour when it "
            "began, also a silent call, a wrong number or a test."
        ),
    ),
    (
        gettext_lazy("Matter of the helpline"),
        gettext_lazy(
            "What a professional asked about. Several calls with the same consultation number are one "
            "matter, counted with the first; a referral that grows from a call is no further matter."
        ),
    ),
    (gettext_lazy("Not known"), gettext_lazy("Cases where the question was answered with “Not known”.")),
)


def definitions() -> list[tuple[str, str]]:
    """Each word and what it counts, in the reader's language."""
    return [(str(word), str(meaning)) for word, meaning in DEFINITIONS]


def suppression_rule() -> list[str]:
    return [
        note(),
        _(
            "Other numbers are hidden too where they would make it possible to calculate the small ones. A "
            "zero is always shown. Nothing is rounded."
        ),
        _(
            "Tables that divide the cases are shown for whole years, from 1 February the year after. "
            "Otherwise it could be calculated what has been added since the last time."
        ),
    ]


def note() -> str:
    """Under every table."""
    least = {"number": settings.PUBLISH_THRESHOLD}
    return _("Numbers under %(number)s are not shown, to protect individuals.") % least
