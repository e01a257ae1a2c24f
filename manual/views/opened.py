"""Which edition is open before the reader, and what the links of its pages carry along.

`?utgava=` opens another edition than the one that applies: an earlier or a decided later one for everybody, a
draft for those who edit. `?arende=` says from which case somebody came; the manual knows nothing of cases and
only passes it on.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import AuthenticatedRequest
from core import audit, clock, looks
from manual.library import Book, NoEdition, Volume, book, current_edition
from manual.models import Edition


@dataclass(frozen=True)
class Opened:
    """An edition with what every link keeps. `asked`: it is another one than the one that applies."""

    book: Book
    asked: bool
    case: str

    @property
    def edition(self) -> Edition:
        return self.book.edition

    @cached_property
    def carried(self) -> dict[str, str]:
        """The query that every link within the manual keeps."""
        kept = {"utgava": str(self.edition.number)} if self.asked else {}
        return kept | ({"arende": self.case} if self.case else {})

    @cached_property
    def carry(self) -> str:
        """As the end of an address without a query; empty when there is nothing to keep."""
        return f"?{urlencode(self.carried)}" if self.carried else ""

    def link(self, url: str, **more: str) -> str:
        """An address of the manual with what it keeps, before the place on the page."""
        path, hash_, place = url.partition("#")
        query = urlencode(self.carried | more)
        return f"{path}?{query}{hash_}{place}" if query else url

    def address(self, url: str) -> str:
        """The same place for somebody else: without the case."""
        return Opened(self.book, self.asked, "").link(url)

    @property
    def notice(self) -> str:
        """What must be said before anybody takes this edition for the one that applies."""
        edition = self.edition
        if not self.asked:
            return ""
        if edition.is_in_work:
            return _("This is a draft. It does not apply.")
        if edition.never_in_force:
            return _("This version was withdrawn before its day. It never applied.")
        if edition.valid_from and edition.valid_from > clock.today():
            day = looks.date_text(edition.valid_from)
            return _("This version applies from %(day)s. Until then another one does.") % {"day": day}
        if edition.pk != current_edition().pk:
            return _(
                "This is an earlier version. It does not apply any more, except in cases that run on it."
            )
        return ""


def open_edition(request: AuthenticatedRequest) -> Opened:
    """The edition asked for, else the one that applies. Raises NoEdition before the first, Http404 for one
    that is not there or not hers to read yet."""
    asked, case = request.GET.get("utgava", ""), _case(request.GET.get("arende", ""))
    if not asked:
        return Opened(book(current_edition()), False, case)
    edition = _edition(request, asked)
    return Opened(book(edition), edition != Edition.objects.in_force(clock.today()), case)


def opened_or_404(request: AuthenticatedRequest) -> Opened:
    """The same where a page cannot say that there is no edition yet."""
    try:
        return open_edition(request)
    except NoEdition as error:
        raise Http404 from error


def volume_or_404(opened: Opened, number: int) -> Volume:
    try:
        return opened.book.volume(number)
    except KeyError as error:
        raise Http404 from error


def _edition(request: AuthenticatedRequest, asked: str) -> Edition:
    """By its number, or by its id as a step of a case knows it."""
    edition = Edition.objects.filter(**_named(asked)).first()
    if edition is None:
        raise Http404
    if (edition.is_in_work or edition.never_in_force) and not request.assignment.has("edit_manual"):
        audit.refuse("manual.edit", edition, by=request.assignment)
        raise Http404
    return edition


def _named(asked: str) -> dict[str, int | uuid.UUID]:
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return {"number": int(asked)}
    try:
        return {"pk": uuid.UUID(asked)}
    except ValueError as error:
        raise Http404 from error


def _case(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
