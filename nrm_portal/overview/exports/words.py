"""What every file says about its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from nrm_portal.overview.definitions import definitions, suppression_rule


@dataclass(frozen=True)
class About:
    """`facts`: name and text of what holds for the whole file. `notes`: what one group of tables needs to be
    understood; in a report they stand with those tables."""

    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def about(*facts: tuple[str, str], notes: Sequence[str] = ()) -> About:
    source = (_("Source"), _("The NRM portal"))
    return About((source, *facts), tuple(suppression_rule()), tuple(definitions()), tuple(notes))
