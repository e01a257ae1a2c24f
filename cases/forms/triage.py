"""The coordinator's decisions, one small form each, and the filters of the inbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import ForwardReason, NotTakenReason, Status
from coordinators.enums import AgeBand
from core import clock, workdays
from core.fields import DayField, TextField
from manual.enums import Exploitation

Choices = Iterable[tuple[str, Any]]


def _uuid(value: str) -> uuid.UUID:
    return uuid.UUID(value)


class AcceptForm(forms.Form):
    assignee = forms.TypedChoiceField(label=gettext_lazy("Assign to"), coerce=_uuid)

    def __init__(self, *args: Any, people: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = list(people)  # type: ignore[attr-defined]


class AssignForm(AcceptForm):
    assignee = forms.TypedChoiceField(
        label=gettext_lazy("Assign to"),
        coerce=_uuid,
        error_messages={"required": gettext_lazy("Choose who is to handle the case")},
    )


class AskForm(forms.Form):
    text = TextField(
        label=gettext_lazy("What do you need to know?"),
        help_text=gettext_lazy(
            "The referrer reads the text. Do not write more about the person than is needed."
        ),
        error_messages={"required": gettext_lazy("Write what you need to know")},
        limit=2000,
    )


class ForwardForm(forms.Form):
    desk = forms.TypedChoiceField(
        label=gettext_lazy("Send to"),
        coerce=_uuid,
        error_messages={"required": gettext_lazy("Choose where the case is to go")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        widget=forms.RadioSelect,
        choices=[choice for choice in ForwardReason.choices if choice[0] != ForwardReason.PLACED],
        error_messages={"required": gettext_lazy("Choose why the case is sent on")},
    )

    def __init__(self, *args: Any, desks: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = [("", ""), *desks]  # type: ignore[attr-defined]


class SnoozeForm(forms.Form):
    """Until eight in the morning of a chosen day."""

    when = forms.ChoiceField(
        label=gettext_lazy("Snooze until"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how long")},
    )
    day = DayField(label=gettext_lazy("Date"), required=False, future=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["when"].choices = snooze_choices(clock.today())  # type: ignore[attr-defined]
        self.fields["day"].shown_if = ("when", ["date"])  # type: ignore[attr-defined]
        self.fields["day"].expected = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day, today = data.get("day"), clock.today()
        if data.get("when") != "date":
            self.errors.pop("day", None)  # hidden then, and not asked for
        elif "day" not in self.errors and (day is None or day <= today):
            words = (
                _("Choose a day that lies ahead")
                if day
                else _("Enter the date with eight digits, for example 2026-11-20")
            )
            raise ValidationError({"day": words})
        chosen = next_days(today).get(str(data.get("when")), day)
        if chosen:
            data["until"] = datetime.combine(chosen, time(8), clock.STOCKHOLM)
        return data


def next_days(today: date) -> dict[str, date]:
    """Tomorrow, and the next Monday."""
    return {"tomorrow": today + timedelta(days=1), "monday": today + timedelta(days=7 - today.weekday())}


def snooze_choices(today: date) -> list[tuple[str, str]]:
    days = next_days(today)
    choices = [("tomorrow", _("Tomorrow at 8"))]
    if days["monday"] != days["tomorrow"]:
        choices.append(("monday", _("Monday at 8")))
    if not workdays.is_working_day(days["tomorrow"]) and days["monday"] != days["tomorrow"]:
        choices.reverse()
    return [*choices, ("date", _("Another day at 8"))]


class NotTakeForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why is the case not taken forward?"),
        choices=NotTakenReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the case is not taken forward")},
    )
    text = TextField(
        label=gettext_lazy("Message to the referrer"),
        required=False,
        limit=2000,
        help_text=gettext_lazy(
            "The referrer is told the reason, and reads this text. Tell what she can do instead."
        ),
    )


class PlaceForm(forms.Form):
    municipality = forms.ChoiceField(
        label=gettext_lazy("Municipality where the person is"),
        error_messages={"required": gettext_lazy("Choose a municipality from the list")},
    )

    def __init__(self, *args: Any, municipalities: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality"].choices = [("", ""), *municipalities]  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    """A decision that needs nothing but the pressing of a button."""


class FilterForm(forms.Form):
    """Filters of a list of cases. Safe parts only: nothing here can name a person who is referred."""

    status = forms.MultipleChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(s.value, s.label) for s in (Status.RECEIVED, Status.WAITING, Status.ACTIVE)],
    )
    county = forms.ChoiceField(label=gettext_lazy("County"), required=False)
    form = forms.ChoiceField(
        label=gettext_lazy("Form of exploitation"),
        required=False,
        choices=[("", gettext_lazy("All")), *Exploitation.choices],
    )
    age = forms.MultipleChoiceField(
        label=gettext_lazy("Age"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=AgeBand.choices,
    )
    danger = forms.BooleanField(label=gettext_lazy("Immediate danger only"), required=False)
    agency = TextField(
        label=gettext_lazy("From agency"),
        required=False,
        limit=80,
        help_text=gettext_lazy("Part of its name"),
    )
    assignee = forms.ChoiceField(
        label=gettext_lazy("Case officer"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("me", gettext_lazy("Me")),
            ("nobody", gettext_lazy("Nobody")),
            ("others", gettext_lazy("Somebody else")),
        ],
    )
    incident = forms.RegexField(
        r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        label=gettext_lazy("The same event"),
        required=False,
        widget=forms.HiddenInput,
    )
    """Chosen by a link from a case of the event."""
    since = DayField(label=gettext_lazy("Received no earlier than"), required=False)
    until = DayField(label=gettext_lazy("Received no later than"), required=False)
    q = TextField(
        label=gettext_lazy("Reference"), required=False, limit=40, help_text=gettext_lazy("All or part of it")
    )

    def __init__(self, *args: Any, counties: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [("", _("All")), *counties]  # type: ignore[attr-defined]
