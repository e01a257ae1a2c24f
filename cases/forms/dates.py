"""Dates and periods of a case, and clocks that stand still."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from cases.enums import PeriodEnd, PeriodKind
from cases.forms.steps import StepForm, reasons_to_wait
from core import clock
from core.fields import LINE_LIMIT, DayField, TextField
from manual.enums import Milestone

ENDS: Final = [choice for choice in PeriodEnd.choices if choice[0] != PeriodEnd.OVER]


class MilestoneForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What has happened?"),
        error_messages={"required": gettext_lazy("Choose what has happened")},
    )
    day = DayField(
        label=gettext_lazy("Date"),
        future=True,
        error_messages={"required": gettext_lazy("Enter the date with eight digits, for example 2026-11-20")},
    )
    hour = forms.RegexField(
        r"^([01]?\d|2[0-3])[.:]?[0-5]\d$",
        label=gettext_lazy("Time, if it is known"),
        required=False,
        help_text=gettext_lazy("For example 14.30"),
        error_messages={"invalid": gettext_lazy("Enter the time with hours and minutes, for example 14.30")},
    )

    source = TextField(
        label=gettext_lazy("Where does it stand?"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("The document or person that says so."),
    )

    def __init__(self, *args: Any, kinds: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", ""), *kinds]  # type: ignore[attr-defined]

    def clean_kind(self) -> Milestone:
        return Milestone(self.cleaned_data["kind"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("day"):
            digits = "".join(char for char in data.get("hour") or "" if char.isdigit())
            at = time(int(digits[:-2]), int(digits[-2:])) if digits else time(0)
            data["happened_at"] = datetime.combine(data["day"], at, clock.STOCKHOLM)
            data["date_only"] = not digits
        return data

    def recorded(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        return {name: self.cleaned_data[name] for name in ("kind", "happened_at", "date_only", "source")}


class SourceField(TextField):
    """Which document says so; kept encrypted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Which document says so?"),
            limit=LINE_LIMIT,
            help_text=gettext_lazy("Authority, date and number of the decision."),
            error_messages={"required": gettext_lazy("Write which document says so")},
            **kwargs,
        )


class PeriodForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What has been decided?"),
        choices=PeriodKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what has been decided")},
    )
    starts_on = DayField(
        label=gettext_lazy("First day"),
        future=True,
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    ends_on = DayField(
        label=gettext_lazy("Last day"),
        future=True,
        required=False,
        help_text=gettext_lazy(
            "As the decision says. Left empty, a reflection period is 30 days. Weekends and holidays count."
        ),
    )
    source = SourceField()

    def recorded(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        parts = {name: data[name] for name in ("starts_on", "ends_on", "source")}
        return {"kind": PeriodKind(data["kind"]), **parts}


class ExtendForm(forms.Form):
    ends_on = DayField(
        label=gettext_lazy("New last day"),
        future=True,
        error_messages={"required": gettext_lazy("Enter the new last day")},
    )
    source = SourceField()


class EndForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why does the period end?"),
        choices=ENDS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the period ends")},
    )
    ended_on = DayField(
        label=gettext_lazy("Last day that it held"),
        required=False,
        help_text=gettext_lazy("Today if nothing is written. Plays no part when it was recorded by mistake."),
    )
    words = TextField(
        label=gettext_lazy("In words, and which document says so"),
        limit=2000,
        error_messages={"required": gettext_lazy("Write why the period ends, and which document says so.")},
    )

    def ended(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return {
            "reason": PeriodEnd(data["reason"]),
            "ended_on": data["ended_on"] or clock.today(),
            "words": data["words"],
        }


class StopForm(StepForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("What does the clock wait for?"),
        choices=reasons_to_wait,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the clock waits for")},
    )
    text = TextField(
        label=gettext_lazy("Why is the clock stopped?"),
        limit=2000,
        error_messages={"required": gettext_lazy("Write why the clock is stopped.")},
    )
