"""What every file says about its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from nrm_portal.overview.definitions import definitions, suppression_rule
from nrm_portal.overview.sheets import Sheet


@dataclass(frozen=True)
class About:
    """`facts`: name and text of what holds for the whole file. `notes`: what one group of tables needs to be
    understood; in a report they stand with those tables."""

    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def headings(sheet: Sheet) -> list[str]:
    """Of the columns; where the cells are bare numbers, what they are of a hundred is said here."""
    shares = {
        place for _name, entries in sheet.rows for place, entry in enumerate(entries, 1) if entry.is_share
    }
    words = _("%(heading)s (percent)")
    return [words % {"heading": name} if n in shares else name for n, name in enumerate(sheet.columns)]


def about(*facts: tuple[str, str], notes: Sequence[str] = ()) -> About:
    source = (_("Source"), _("The NRM portal"))
    return About((source, *facts), tuple(suppression_rule()), tuple(definitions()), tuple(notes))
