"""How each fact of a case is counted: the codes of its own day, so that it can be taken back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cases.enums import Counts
from cases.models.constraints import exactly_one, in_enum


class Counted(models.Model):
    """One fact that stands in the tallies now, of a case or of one of its steps. See cases.services.tallies.

    It goes where the fact goes: a step takes it along when cases are merged, what is taken back is deleted,
    and with a case that is disposed of it goes for ever (the sums stay).
    """

    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, null=True, related_name="counted", db_index=False
    )
    step = models.ForeignKey(
        "cases.Step", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    unit = models.CharField(max_length=20, choices=Counts)
    detail = models.CharField(max_length=40, blank=True)
    """What is counted once each in a case: the kind of a date, the step of the manual, the age decision."""
    at = models.DateTimeField()
    """When the fact happened: it counts in that month."""
    codes = models.JSONField()
    """The codes of the tallies, and what else they are made of."""

    class Privacy:
        kept = ("id", "case", "step", "unit", "detail", "at")
        scrubbed = ("codes",)
        erased = ()

    class Meta:
        constraints = [
            in_enum("unit", Counts, "counted"),
            exactly_one("case", "step", "counted_case_or_step"),
            models.UniqueConstraint(
                fields=["case", "unit", "detail"], condition=Q(case__isnull=False), name="counted_case_once"
            ),
            models.UniqueConstraint(
                fields=["step", "unit"], condition=Q(step__isnull=False), name="counted_step_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.at:%Y-%m}"
