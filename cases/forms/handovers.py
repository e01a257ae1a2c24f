"""Handing a case over, sending it back, and saying that one cannot handle it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import ForwardReason
from core import clock
from core.fields import DayField, TextField

Choices = Iterable[tuple[str, Any]]
PLACE, DESK = "place", "desk"


class HandOverForm(forms.Form):
    """Where to, why, from which day, and what the other desk needs to know before it answers."""

    how = forms.ChoiceField(
        label=gettext_lazy("Who is to take over?"),
        widget=forms.RadioSelect,
        choices=[
            (PLACE, gettext_lazy("The desk of the municipality where the person is")),
            (DESK, gettext_lazy("A desk I choose")),
        ],
        error_messages={"required": gettext_lazy("Choose how the desk is found")},
    )
    municipality = forms.ChoiceField(
        label=gettext_lazy("Municipality where the person is"),
        required=False,
        help_text=gettext_lazy("The portal finds the desk by municipality and age."),
    )
    desk = forms.ChoiceField(label=gettext_lazy("Desk"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        widget=forms.RadioSelect,
        choices=[choice for choice in ForwardReason.choices if choice[0] != ForwardReason.PLACED],
        error_messages={"required": gettext_lazy("Choose why the case is handed over")},
    )
    moves_on = DayField(
        label=gettext_lazy("Day of the handover"),
        future=True,
        help_text=gettext_lazy("Your desk reads the case until the end of this day. For example 2026-11-20"),
        error_messages={"required": gettext_lazy("Enter the day of the handover")},
    )
    text = TextField(
        label=gettext_lazy("What does the other desk need to know?"),
        required=False,
        limit=2000,
        help_text=gettext_lazy(
            "Read before the desk has accepted. Do not write who the person is or where she lives."
        ),
    )

    def __init__(self, *args: Any, municipalities: Choices = (), desks: Choices = (), **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"moves_on": clock.today(), "how": PLACE})
        super().__init__(*args, **kwargs)
        self._among("municipality", municipalities, PLACE)
        self._among("desk", desks, DESK)

    def _among(self, name: str, choices: Choices, how: str) -> None:
        field: Any = self.fields[name]
        field.choices = [("", ""), *choices]
        field.shown_if, field.expected = ("how", [how]), True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        how = data.get("how")
        if how == PLACE and not data.get("municipality") and "municipality" not in self.errors:
            raise ValidationError({"municipality": _("Choose a municipality from the list.")})
        if how == DESK and not data.get("desk") and "desk" not in self.errors:
            raise ValidationError({"desk": _("Choose another desk that is open today.")})
        return data

    def aim(self) -> dict[str, Any]:
        """Where to, as the services take it."""
        data = self.cleaned_data
        if data["how"] == PLACE:
            return {"municipality_code": data["municipality"]}
        return {"desk_id": uuid.UUID(data["desk"])}

    def question(self) -> dict[str, Any]:
        """What the service is asked, once the form is valid."""
        data = self.cleaned_data
        rest = {"reason": ForwardReason(data["reason"]), "moves_on": data["moves_on"], "text": data["text"]}
        return self.aim() | rest


class SendBackForm(forms.Form):
    answer = TextField(
        label=gettext_lazy("Why is the case sent back?"),
        limit=2000,
        help_text=gettext_lazy("The desk that gets it back reads the text."),
        error_messages={"required": gettext_lazy("Write why the case is sent back.")},
    )


class RejectForm(forms.Form):
    """The case never left the desk that asked: nothing is sent back."""

    answer = TextField(
        label=gettext_lazy("Why does your desk not take the case over?"),
        limit=2000,
        help_text=gettext_lazy("The desk that asked reads the text."),
        error_messages={"required": gettext_lazy("Write why your desk does not take the case over")},
    )


class RecuseForm(forms.Form):
    reason = TextField(
        label=gettext_lazy("Why can you not handle the case?"),
        limit=2000,
        help_text=gettext_lazy("Kept encrypted. Only the national coordinator reads it."),
        error_messages={"required": gettext_lazy("Write why you cannot handle the case.")},
    )


class RedirectForm(forms.Form):
    desk = forms.TypedChoiceField(
        label=gettext_lazy("Give to"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose where the case is to go")},
    )

    def __init__(self, *args: Any, desks: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = [("", ""), *desks]  # type: ignore[attr-defined]
