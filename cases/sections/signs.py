"""Signs of trafficking to tick, from the manual in force. A list supports; it never decides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.sections.fields import Answers, Option, Rule, Text, always, chosen
from cases.sections.rules import is_child_path
from manual.enums import StepAge
from manual.library.indicators import Indicator, Signs, former_indicators, indicators

QUESTION = "indicators"
NONE_OF_THESE = "none"
UNKNOWN = "unknown"


def _in_language(sv: str, en: str) -> str:
    return (en if (get_language() or "sv").startswith("en") else sv) or sv


_bilingual = lazy(_in_language, str)


def _label(row: Indicator | Signs) -> Text:
    return _bilingual(row.sv, row.en)


def _where_ticked(key: str) -> Rule:
    """A sign of an earlier edition stays where it was ticked, and is offered nowhere else."""

    def ticked(answers: Answers) -> bool:
        return key in chosen(answers, QUESTION)

    return ticked


def _for_whom(sign: Indicator) -> Rule:
    return is_child_path if sign.age == StepAge.CHILD else always


def options() -> tuple[Option, ...]:
    """Every sign, in the groups of the manual; those about children only on the path for children."""
    return _options(indicators(), former_indicators())


@lru_cache(maxsize=4)
def _options(now: tuple[Signs, ...], former: tuple[Signs, ...]) -> tuple[Option, ...]:
    return (
        *_signs(now),
        *_signs(former, former=True),
        Option(value=NONE_OF_THESE, label=_("None of these"), exclusive=True),
        Option(value=UNKNOWN, label=_("Do not know"), exclusive=True),
    )


def _signs(groups: tuple[Signs, ...], *, former: bool = False) -> Iterator[Option]:
    for group in groups:
        for sign in group.indicators:
            yield Option(
                value=sign.key,
                label=_label(sign),
                group=_label(group),
                shown=_where_ticked(sign.key) if former else _for_whom(sign),
            )
