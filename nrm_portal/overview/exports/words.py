"""What every file says about its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from nrm_portal.overview.definitions import definitions, suppression_rule


@dataclass(frozen=True)
class About:
    """`facts`: name and text of what holds for the whole file."""

    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]


def about(*facts: tuple[str, str]) -> About:
    source = (_("Source"), _("The NRM portal"))
    return About((source, *facts), tuple(suppression_rule()), tuple(definitions()))
