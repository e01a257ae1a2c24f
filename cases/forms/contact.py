"""How the person is reached, who came along, and the alarm that she is missing."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import Relation
from cases.sections.numbers import read_email, read_phone
from cases.services.contact import AIDS, WAYS
from core import clock
from core.fields import LINE_LIMIT, DayField, TextField
from core.text import Unreadable


class NumberForm(forms.Form):
    """The instruction comes before the number."""

    has_read = forms.BooleanField(
        label=gettext_lazy("I have read the instruction and follow it"),
        error_messages={
            "required": gettext_lazy("Read the instruction and confirm it before you see the number")
        },
    )


class ContactForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    ways = forms.MultipleChoiceField(
        label=gettext_lazy("How may the person be reached?"),
        widget=forms.CheckboxSelectMultiple,
        choices=list(WAYS.items()),
        error_messages={
            "required": gettext_lazy("Choose at least one way, or that she must not be contacted")
        },
    )
    times = TextField(
        label=gettext_lazy("When, and how?"),
        required=False,
        limit=500,
        rows=3,
        help_text=gettext_lazy("For example “Tuesdays 10–12, never in the evening”"),
    )
    words = TextField(
        label=gettext_lazy("Which words are used?"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy(
            "What you say or write so that nobody else understands, for example “dental appointment”"
        ),
    )
    never = TextField(
        label=gettext_lazy("Who must never be called or told?"),
        required=False,
        limit=500,
        rows=3,
        help_text=gettext_lazy("People, numbers and places that put the person in danger"),
    )
    language = TextField(
        label=gettext_lazy("Language"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("The language in which the person is spoken to"),
    )
    aids = forms.MultipleChoiceField(
        label=gettext_lazy("What does the person need in order to take part?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=list(AIDS.items()),
        help_text=gettext_lazy("Shown on every step in which somebody meets the person."),
    )
    sign_language = TextField(
        label=gettext_lazy("Which sign language?"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("For example Romanian sign language"),
    )
    aid_note = TextField(
        label=gettext_lazy("More about interpreter and aids"), required=False, limit=LINE_LIMIT
    )
    phone = TextField(
        label=gettext_lazy("New phone number"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("Leave empty to keep what is known. It is not shown here."),
    )
    email = TextField(
        label=gettext_lazy("New e-mail address"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("Leave empty to keep what is known. It is not shown here."),
    )
    forget = forms.BooleanField(
        label=gettext_lazy("The number and address that are known are wrong or dangerous: remove them"),
        required=False,
    )

    def clean_phone(self) -> str:
        return _read(read_phone, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return _read(read_email, self.cleaned_data["email"])

    def told(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def _read(reader: Any, text: str) -> str:
    if not text:
        return ""
    try:
        return str(reader(text))
    except Unreadable as problem:
        raise ValidationError(str(problem.message)) from problem


class DependantForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    relation = forms.ChoiceField(
        label=gettext_lazy("Who is it?"),
        choices=[("", ""), *Relation.choices],
        error_messages={"required": gettext_lazy("Choose who it is")},
    )
    is_child = forms.TypedChoiceField(
        label=gettext_lazy("Is she or he under 18, or may be?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether she or he is under 18")},
    )
    name = TextField(label=gettext_lazy("Name or alias"), required=False, limit=LINE_LIMIT)
    birth = TextField(
        label=gettext_lazy("Born, or age"),
        required=False,
        limit=40,
        help_text=gettext_lazy("A date, a year or an approximate age"),
    )
    where = TextField(label=gettext_lazy("Where is she or he now?"), required=False, limit=LINE_LIMIT)
    needs = TextField(label=gettext_lazy("What is needed?"), required=False, limit=2000, rows=3)

    def told(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "relation": Relation(data["relation"]),
            "is_child": data["is_child"],
            "told": {name: data[name] for name in ("name", "birth", "where", "needs")},
        }


class LinkForm(forms.Form):
    reference = TextField(
        label=gettext_lazy("Reference number of the case of her or his own"),
        limit=40,
        help_text=gettext_lazy("For example H26-00417-U. You must be able to see that case yourself."),
        error_messages={"required": gettext_lazy("Enter the reference number")},
    )


class MissingForm(forms.Form):
    day = DayField(
        label=gettext_lazy("Since which day?"),
        error_messages={"required": gettext_lazy("Enter the date with eight digits, for example 2026-11-20")},
    )
    hour = forms.RegexField(
        r"^([01]?\d|2[0-3])[.:]?[0-5]\d$",
        label=gettext_lazy("Since what time?"),
        help_text=gettext_lazy("For example 14.30. About is enough."),
        error_messages={
            "required": gettext_lazy("Enter the time with hours and minutes, for example 14.30"),
            "invalid": gettext_lazy("Enter the time with hours and minutes, for example 14.30"),
        },
    )
    known = TextField(
        label=gettext_lazy("What is known?"),
        required=False,
        limit=2000,
        help_text=gettext_lazy(
            "Last seen, with whom, clothes, where she or he may be. "
            "Only the desk that leads the search reads it."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("day") and data.get("hour"):
            digits = "".join(char for char in data["hour"] if char.isdigit())
            at = time(int(digits[:-2]), int(digits[-2:]))
            data["since"] = datetime.combine(data["day"], at, clock.STOCKHOLM)
            if data["since"] > clock.now():
                self.add_error("hour", ValidationError(_("The time cannot be in the future.")))
        return data
