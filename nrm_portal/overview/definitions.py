"""How we count: the same words on the page and in the files."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _


def definitions() -> list[tuple[str, str]]:
    return [
        (
            _("Referral"),
            _("What a professional has sent through the portal. It counts in the month when it was sent."),
        ),
        (
            _("Person (case)"),
            _(
                "A referral about one person opens a case. Each case counts once, in the month when the "
                "referral was sent. Nobody has been given a status as a victim."
            ),
        ),
        (
            _("Consultation"),
            _("A question without personal data. Referrals are cases and consultations together."),
        ),
        (
            _("County and region"),
            _("Where the person was when the referral was sent, or else where the person was found."),
        ),
        (
            _("Group"),
            _(
                "Women and men are adults, girls and boys are under 18. Other or not known is everybody "
                "else, also those whose age is unsure."
            ),
        ),
        (
            _("Form of exploitation"),
            _("The main form of exploitation in the referral. A person can be exploited in several ways."),
        ),
        (
            _("Step"),
            _("A case has come to a step of the Manual when the first item of that step is done."),
        ),
        (
            _("Late step"),
            _(
                "An item of a checklist that was not done in time. Each counts once, in the month when it "
                "became late."
            ),
        ),
        (
            _("First answer"),
            _(
                "Time by the clock from the referral to the coordinator’s first answer, also nights and "
                "weekends."
            ),
        ),
        (_("Not known"), _("Cases where the question was answered with “Not known”.")),
    ]


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
