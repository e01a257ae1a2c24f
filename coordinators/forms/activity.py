"""A work note: six fields, and none for a person."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordinators.enums import ActivityKind
from coordinators.forms.desk import PortalForm
from coordinators.models import ActivityNote
from coordinators.models.activity import STEP
from coordinators.routing import reference
from coordinators.services import guard
from coordinators.services.activity import Done
from core.fields import LINE_LIMIT, DayField, TextField
from core.text import plain_digits

HOUR: Final = 60
HOURS: Final = re.compile(r"\d+\.?\d*|\.\d+|\d+:\d\d", re.ASCII)
LONGEST: Final = 5
"""Characters of a number of hours."""
WORDS_LIMIT: Final = 120


class HoursField(forms.CharField):
    """Hours as people write them: 1, 1,5, 0.75 or 1:30. The value is minutes, in quarters of an hour."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(max_length=LINE_LIMIT, widget=widget, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        text = plain_digits(str(super().clean(value) or "")).replace(" ", "").replace(",", ".")
        if not text:
            return None
        if len(text) > LONGEST or not HOURS.fullmatch(text):
            raise ValidationError(_("Fill in hours as a number, for example 1.5"))
        hours, _colon, rest = text.partition(":")
        minutes = Decimal(hours) * HOUR + int(rest or 0)
        if minutes % STEP:
            raise ValidationError(_("Fill in hours in quarters, for example 0.75 or 1.5"))
        return int(minutes)


class NoteForm(PortalForm):
    """Field names are those of the service. What looks like a name is asked about, numbers are refused."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000, required=False
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What did you do?"),
        choices=ActivityKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you did")},
    )
    day = DayField(
        label=gettext_lazy("Day"),
        error_messages={"required": gettext_lazy("Fill in the day, for example 2026-11-20")},
    )
    minutes = HoursField(
        label=gettext_lazy("Hours spent"),
        help_text=gettext_lazy("In quarters, for example 1.5. Always for support; else if you know."),
    )
    people = forms.IntegerField(
        label=gettext_lazy("Number of people"),
        required=False,
        min_value=1,
        max_value=1_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("Support: the persons you met. Training: those who took part."),
        error_messages={
            "invalid": gettext_lazy("Fill in a whole number, for example 12"),
            "min_value": gettext_lazy("Fill in a number between 1 and 1,000"),
            "max_value": gettext_lazy("Fill in a number between 1 and 1,000"),
        },
    )
    municipality = forms.ChoiceField(
        label=gettext_lazy("Municipality"),
        required=False,
        help_text=gettext_lazy("The one you helped, or where the meeting or training was. Not for support."),
        error_messages={"invalid_choice": gettext_lazy("There is no such place. Choose from the list")},
    )
    words = TextField(
        label=gettext_lazy("A few words"),
        limit=WORDS_LIMIT,
        required=False,
        help_text=gettext_lazy("Only if you need them to remember. Never a name, a number or a case."),
    )
    no_names = forms.BooleanField(
        label=gettext_lazy("These are not names of persons"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["municipality"]
        assert isinstance(field, forms.ChoiceField)
        rows = [(row.code, row.name) for row in reference().in_swedish_order()]
        field.choices = [("", gettext_lazy("Not chosen")), *rows]
        field.widget.attrs["data-nrm-combobox"] = ""
        asked = str(self.data.get("words", "")) if self.is_bound else ""
        self.doubtful = guard.names(asked[: WORDS_LIMIT * 2]) if asked else []
        if self.doubtful:
            self.fields["no_names"].widget = forms.CheckboxInput(
                attrs={"value": guard.together(self.doubtful)},
                check_test=lambda _value: guard.covers(self._accepted(), self.doubtful),
            )

    @staticmethod
    def values_of(note: ActivityNote) -> dict[str, Any]:
        return {
            "key": note.pk,
            "version": note.version,
            "kind": note.kind,
            "day": note.day,
            "minutes": hours_text(note.minutes),
            "people": note.people,
            "municipality": note.municipality_id,
            "words": note.words or "",
        }

    def clean(self) -> dict[str, Any]:
        """What the services take."""
        given = super().clean() or {}
        if self.errors:
            return given
        return {
            "key": given["key"],
            "version": given.get("version") or 0,
            "done": Done(
                kind=given["kind"],
                day=given["day"],
                minutes=given.get("minutes"),
                people=given.get("people"),
                municipality_id=given.get("municipality") or None,
                words=given.get("words") or "",
            ),
            "accepted": self._accepted(),
        }

    def _accepted(self) -> list[str]:
        """The words the box stood for when it was ticked: a word that came later is asked about anew."""
        ticked = self.data.getlist("no_names") if isinstance(self.data, QueryDict) else []
        return guard.apart(ticked)


def hours_text(minutes: int | None) -> str:
    """90 as "1,5": with a comma, as it is written in Sweden; the field takes both."""
    if minutes is None:
        return ""
    hours = (Decimal(minutes) / HOUR).quantize(Decimal("0.01"))
    return f"{hours.normalize():f}".replace(".", ",")
