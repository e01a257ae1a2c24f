"""Protected identity: tier, named people, contact route, and the two who make it milder."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import Protection
from cases.enums.guard import tier
from cases.forms.casework import WhyField
from core import clock
from core.fields import DayField, TextField

Choices = Iterable[tuple[Any, Any]]
USUAL = timedelta(days=90)


class StricterForm(forms.Form):
    tier = forms.ChoiceField(
        label=gettext_lazy("What is in place?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is in place")},
    )

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tier"]
        field.choices = [
            (one.value, one.label) for one in Protection if one != now and tier(one) >= tier(now)
        ]


class MilderForm(forms.Form):
    tier = forms.ChoiceField(
        label=gettext_lazy("What is in place from now on?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is in place from now on")},
    )
    reason = WhyField(
        label=gettext_lazy("Why?"),
        limit=2000,
        rows=3,
        help_text=gettext_lazy("Which decision, by whom and when. The second person reads it."),
        error_messages={"required": gettext_lazy("Write why the protection is to be milder.")},
    )

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tier"]
        field.choices = [(one.value, one.label) for one in Protection if tier(one) < tier(now)]


class DecideForm(forms.Form):
    answer = forms.TypedChoiceField(
        label=gettext_lazy("Do you agree?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("Yes, make it milder")), ("no", gettext_lazy("No, keep it as it is"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no")},
    )


class NameForm(forms.Form):
    user = forms.TypedChoiceField(
        label=gettext_lazy("Who?"),
        coerce=uuid.UUID,
        help_text=gettext_lazy("On duty at the desk, or at an agency that was given the identity."),
        error_messages={
            "required": gettext_lazy("Choose who is to be named"),
            "invalid_choice": gettext_lazy("Choose somebody from the list."),
        },
    )
    until = DayField(
        label=gettext_lazy("Until and including"),
        future=True,
        help_text=gettext_lazy("A year from now at most. For example 2026-11-20"),
        error_messages={"required": gettext_lazy("Enter the last day")},
    )
    why = WhyField(
        label=gettext_lazy("Why does the person need to know the identity?"),
        limit=1000,
        rows=3,
        error_messages={"required": gettext_lazy("Write why the person needs to know the identity.")},
    )

    def __init__(self, *args: Any, people: Choices = (), **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"until": clock.today() + USUAL})
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [("", ""), *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]


class RouteForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    contact = forms.TypedChoiceField(
        label=gettext_lazy("Through whom is the person reached?"),
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
        help_text=gettext_lazy("Somebody who is named. Others in the case turn to this person."),
    )
    words = TextField(
        label=gettext_lazy("Another way, or how"),
        required=False,
        limit=1000,
        rows=3,
        help_text=gettext_lazy(
            "For instance the Tax Agency's forwarding of mail, or a named person at the police. Never where"
            " the person is."
        ),
    )

    def __init__(self, *args: Any, people: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = ("", _("Nobody in the portal"))
        self.fields["contact"].choices = [nobody, *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]
