"""The record of a meeting, with as many decisions as somebody writes."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import LINE_LIMIT, DayField, TextField

FEWEST: Final = 2
STEP: Final = 2
MOST: Final = 20
"""Decisions shown at first, added by one press, and in all."""


class MeetingForm(forms.Form):
    held_on = DayField(
        label=gettext_lazy("When was the meeting?"),
        error_messages={"required": gettext_lazy("Enter the date with eight digits, for example 2026-11-20")},
    )
    present = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Which agencies were there?"),
        coerce=uuid.UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Your own desk always is. Those who were there can read the record."),
        error_messages={
            "invalid_choice": gettext_lazy("Choose among the agencies that take part in the case.")
        },
    )
    minutes = TextField(
        label=gettext_lazy("Minutes"),
        required=False,
        rows=8,
        help_text=gettext_lazy("Do not write more about the person than is needed."),
    )
    rows = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, agencies: Any = (), owners: Any = (), more: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["present"].choices = list(agencies)  # type: ignore[attr-defined]
        self.shown = self._shown(more)
        for place in range(self.shown):
            self._add_decision(place, owners)

    def _shown(self, more: bool) -> int:
        """How many decisions the page has room for: what was sent in, and some more when asked for."""
        try:
            sent = int((self.data or {}).get("rows") or FEWEST)
        except ValueError:
            sent = FEWEST
        return max(FEWEST, min(sent + (STEP if more else 0), MOST))

    def _add_decision(self, place: int, owners: Any) -> None:
        number = place + 1
        self.fields[f"text_{place}"] = TextField(
            label=_("Decision %(n)s: what is to be done?") % {"n": number}, limit=LINE_LIMIT, required=False
        )
        self.fields[f"owner_{place}"] = forms.ChoiceField(
            label=_("Decision %(n)s: who does it?") % {"n": number},
            choices=[("", ""), *owners],
            required=False,
            error_messages={"invalid_choice": _("Choose who does it.")},
        )
        self.fields[f"due_on_{place}"] = DayField(
            label=_("Decision %(n)s: by which day?") % {"n": number}, future=True, required=False
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for place in range(self.shown):
            if not any(data.get(f"{name}_{place}") for name in ("text", "owner", "due_on")):
                continue
            for name, words in (
                ("text", _("Write what is to be done.")),
                ("owner", _("Choose who does it.")),
                ("due_on", _("Enter the date with eight digits, for example 2026-11-20")),
            ):
                field = f"{name}_{place}"
                if not data.get(field) and field not in self.errors:
                    self.add_error(field, words)
        return data

    def places(self) -> list[int]:
        """Of the decisions, those that were written."""
        return [place for place in range(self.shown) if self.cleaned_data.get(f"text_{place}")]

    def recorded(self) -> dict[str, Any]:
        """What the service is told besides the decisions, once the form is valid."""
        data = self.cleaned_data
        return {name: data[name] for name in ("held_on", "present", "minutes")}
