"""The mark of a file: who took it and when, and a reference that leads to the reason in the log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from accounts.access import Assignment
from core import clock

LETTERS: Final = "abcdefghjkmnpqrstvwxyz"
SIGNS: Final = "23456789" + LETTERS
"""Without those that are taken for each other on paper."""


@dataclass(frozen=True)
class Mark:
    reference: str
    who: str
    agency: str
    at: datetime
    """Local time, to the second, without a zone: as a workbook holds it."""

    @classmethod
    def new(cls, by: Assignment) -> Mark:
        """Stands in the log beside the reason. Begins with a letter: no spreadsheet takes it for a number."""
        drawn = secrets.choice(LETTERS) + "".join(secrets.choice(SIGNS) for _n in range(7))
        now = clock.local(clock.now()).replace(tzinfo=None, microsecond=0)
        return cls(f"{drawn[:4]}-{drawn[4:]}", by.user.name, by.agency.name, now)

    @property
    def when(self) -> str:
        """ "2026-11-22 19.32", as in tables."""
        return self.at.strftime("%Y-%m-%d %H.%M")

    @property
    def short(self) -> str:
        """For a column of its own."""
        return f"{self.reference}, {self.who}, {self.when}"

    @property
    def words(self) -> str:
        """For the foot of every page."""
        return _("Taken out by %(who)s, %(agency)s, %(when)s, extract %(reference)s") % {
            "who": self.who,
            "agency": self.agency,
            "when": self.when,
            "reference": self.reference,
        }
