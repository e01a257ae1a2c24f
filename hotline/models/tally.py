"""The rollup of calls: deltas written in the services' transactions, folded by a job."""

from __future__ import annotations

from core.models import TallyBase


class Tally(TallyBase):
    """What is counted about calls, by codes alone."""

    class Privacy(TallyBase.Privacy):
        pass

    class Meta(TallyBase.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y-%m}"
