"""Signs of trafficking to tick, from the reviewed list of the manual. A list supports; it never decides."""

from __future__ import annotations

from functools import lru_cache

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.sections.fields import Option, Text, always
from cases.sections.rules import is_child_path
from manual.library.indicators import Indicator, IndicatorGroup, indicators

NONE_OF_THESE = "none"
UNKNOWN = "unknown"


def _in_language(sv: str, en: str) -> str:
    return en if (get_language() or "sv").startswith("en") else sv


_bilingual = lazy(_in_language, str)


def _label(row: Indicator | IndicatorGroup) -> Text:
    return _bilingual(row.sv, row.en)


@lru_cache(maxsize=1)
def options() -> tuple[Option, ...]:
    """Every sign, in the groups of the manual; those about children only on the path for children."""
    found = [
        Option(
            value=sign.key,
            label=_label(sign),
            group=_label(group),
            shown=is_child_path if sign.age == "child" else always,
        )
        for group in indicators()
        for sign in group.indicators
    ]
    return (
        *found,
        Option(value=NONE_OF_THESE, label=_("None of these"), exclusive=True),
        Option(value=UNKNOWN, label=_("Do not know"), exclusive=True),
    )
