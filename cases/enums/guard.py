"""Emergency access and protected identity."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.enums.case import PROTECTED, Protection


class Verdict(models.TextChoices):
    """What the data protection officer found when she looked at an emergency access afterwards."""

    JUSTIFIED = "justified", _("Justified")
    NOT_JUSTIFIED = "not_justified", _("Not justified")
    UNCLEAR = "unclear", _("Cannot be judged: ask the person")


TIERS: Final[dict[str, int]] = {code: place + 1 for place, code in enumerate(PROTECTED)}
"""The three tiers, the strictest last. What is not protected is below them all."""


def tier(code: str) -> int:
    """How strict: 0 when nothing is in place."""
    return TIERS.get(code, 0)


NOT_PROTECTED: Final = tuple(one for one in Protection if one not in PROTECTED)
