"""What a paper says about the edition it was made from."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import clock, looks
from manual.models import Edition


def version_words(edition: Edition) -> str:
    """Version 3, valid from 1 July 2026; of one in work, that it is not decided."""
    if edition.valid_from is None:
        return _("Draft of version %(number)s, not decided") % {"number": edition.number}
    return _("Version %(number)s, valid from %(day)s") % {
        "number": edition.number,
        "day": looks.date_text(edition.valid_from),
    }


def printed_words() -> str:
    """Printed 22 November 2026."""
    return _("Printed %(day)s") % {"day": looks.date_text(clock.now())}
