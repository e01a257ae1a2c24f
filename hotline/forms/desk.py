"""Shapes of what people type about hours, the roster, promised calls and questions from the web."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordinators.forms import PortalForm
from coordinators.services import guard
from core import clock, dates, looks
from core.fields import LINE_LIMIT, DayField, TextField
from core.text import Unreadable
from hotline import library
from hotline.enums import CallbackOutcome
from hotline.services import roster

QUESTION_LIMIT = 1_000
DAYS_OFFERED = 5


class HourField(forms.CharField):
    """A time of day in any spelling: 8, 8.00, 0800, kl. 8. The cleaned value is a time, or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(max_length=LINE_LIMIT, **kwargs)

    def clean(self, value: Any) -> time | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return time.fromisoformat(dates.read_time(text))
        except Unreadable as problem:
            raise ValidationError(str(problem.message)) from problem


class WeekForm(PortalForm):
    """Other hours for some weekdays from a day on."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Which weekdays?"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one weekday")},
    )
    opens = HourField(label=gettext_lazy("Opens"), help_text=gettext_lazy("For example 08.00"))
    closes = HourField(
        label=gettext_lazy("Closes"),
        help_text=gettext_lazy("Leave both times empty if it is closed these days"),
    )
    first = DayField(
        label=gettext_lazy("First day"),
        future=True,
        help_text=gettext_lazy("The change takes effect from this day"),
        error_messages={"required": gettext_lazy("Fill in the first day")},
    )
    confirmed = forms.BooleanField(
        label=gettext_lazy("The hours are confirmed by the National Coordination"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["weekdays"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(number, str(name).capitalize()) for number, name in WEEKDAYS.items()]


class DayForm(PortalForm):
    """One day that differs."""

    day = DayField(
        label=gettext_lazy("Date"),
        future=True,
        error_messages={
            "required": gettext_lazy("Fill in the date with eight digits, for example 2026-11-20")
        },
    )
    opens = HourField(label=gettext_lazy("Opens"), help_text=gettext_lazy("For example 08.00"))
    closes = HourField(
        label=gettext_lazy("Closes"), help_text=gettext_lazy("Leave both times empty if it is closed all day")
    )


class ShiftForm(PortalForm):
    button = gettext_lazy("Add to the roster")
    user_id = forms.TypedChoiceField(
        label=gettext_lazy("Who answers?"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose who answers the helpline")},
    )
    first = DayField(
        label=gettext_lazy("First day"),
        future=True,
        error_messages={"required": gettext_lazy("Fill in the first day")},
    )
    last = DayField(
        label=gettext_lazy("Last day"),
        future=True,
        required=False,
        help_text=gettext_lazy("Empty: one day. Days on which the helpline is closed are left out."),
    )
    opens = HourField(label=gettext_lazy("From"), help_text=gettext_lazy("Empty: as long as it is open"))
    closes = HourField(label=gettext_lazy("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = roster.home()
        people = roster.operators(home.pk) if home else []
        field = self.fields["user_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *((row.user_id, row.user.name) for row in people)]


class WhenField(forms.TypedChoiceField):
    """One of the times that may be promised; the cleaned value is the instant by which it is kept."""

    def __init__(self, **kwargs: Any) -> None:
        words = {
            "required": gettext_lazy("Choose when"),
            "invalid_choice": gettext_lazy("Choose a time when the helpline is open"),
        }
        super().__init__(
            coerce=datetime.fromisoformat, widget=forms.RadioSelect, error_messages=words, **kwargs
        )

    def offer(self) -> None:
        self.choices = offered()


def offered() -> list[tuple[str, str]]:
    """Before noon and after noon of the next days of staffing, in words."""
    now = clock.now()
    return [
        (half.closes.isoformat(), _words(half, clock.local(now).date()))
        for half in library.offers(now, DAYS_OFFERED)
    ]


def _words(half: library.Span, today: Any) -> str:
    names = {
        "day": _("today") if half.opens.date() == today else looks.weekday_text(half.opens, today),
        "from": looks.time_text(half.opens),
        "until": looks.time_text(half.closes),
    }
    text = _("%(day)s, between %(from)s and %(until)s") % names
    return text[:1].upper() + text[1:]


class PromiseForm(PortalForm):
    """In a call: whom to call back, where and when."""

    button = gettext_lazy("Promise the call")
    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Whom do we call?"),
        max_length=LINE_LIMIT,
        required=False,
        help_text=gettext_lazy("The professional who called. Never the person it is about."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone number of the professional"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Fill in a phone number, for example 070-123 45 67")},
    )
    due_at = WhenField(label=gettext_lazy("When do we call?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self)


class AgainForm(PortalForm):
    button = gettext_lazy("Nobody answered, try again then")
    due_at = WhenField(label=gettext_lazy("When do we try again?"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self)


def _offer(form: forms.Form) -> None:
    field = form.fields["due_at"]
    assert isinstance(field, WhenField)
    field.offer()


class DoneForm(PortalForm):
    button = gettext_lazy("Done")
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it end?"),
        choices=CallbackOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it ended")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class TakeForm(PortalForm):
    button = gettext_lazy("Give the call to")
    user_id = forms.TypedChoiceField(
        label=gettext_lazy("Who makes the call?"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose who answers the helpline")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, agency_id: uuid.UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user_id"]
        assert isinstance(field, forms.ChoiceField)
        people = roster.operators(agency_id)
        field.choices = [("", _("Choose")), *((str(row.user_id), row.user.name) for row in people)]


class QuestionForm(PortalForm):
    """A question of somebody who is signed in. What looks like a name is asked about, numbers are refused."""

    button = gettext_lazy("Leave the question")
    key = forms.UUIDField(widget=forms.HiddenInput)
    phone = forms.CharField(
        label=gettext_lazy("Your phone number at work"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": gettext_lazy("Fill in a phone number, for example 070-123 45 67")},
    )
    words = TextField(
        label=gettext_lazy("What do you want to ask about?"),
        limit=QUESTION_LIMIT,
        rows=5,
        help_text=gettext_lazy("In general words. No names, numbers or addresses of the person it is about."),
        error_messages={"required": gettext_lazy("Write a few words about what you want to ask")},
    )
    no_names = forms.BooleanField(
        label=gettext_lazy("These are not names of persons"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.data.get("words", "") if self.is_bound else ""
        self.doubtful = guard.names(asked) if asked else []
        if self.doubtful:
            self.fields["no_names"].widget = forms.CheckboxInput(
                attrs={"value": guard.together(self.doubtful)},
                check_test=lambda _value: guard.covers(self._accepted(), self.doubtful),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given.pop("no_names", None)
        given["accepted"] = self._accepted()
        return given

    def _accepted(self) -> list[str]:
        """The words the box stood for when it was ticked: a word that came later is asked about anew."""
        ticked = self.data.getlist("no_names") if isinstance(self.data, QueryDict) else []
        return guard.apart(ticked)
