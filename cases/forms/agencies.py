"""What is written about agencies in a case: answers, contact persons, what is asked for, who takes it on."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.casework import AnswerForm
from cases.forms.sharing import InviteForm
from core.fields import LINE_LIMIT, DayField, TextField


class BoundAnswerForm(AnswerForm):
    """The answer of an agency that cannot decline any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason"]
        field = self.fields["accepts"]
        field.choices = [("yes", gettext_lazy("Yes, we take part"))]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _("Your agency cannot decline this invitation.")

    def answered(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return {"accepts": data["accepts"], "contact_id": data["contact"]}


class ReportedAnswerForm(forms.Form):
    """What an agency without people in the portal has answered, written down by the coordinator."""

    accepts = forms.TypedChoiceField(
        label=gettext_lazy("What has the agency answered?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("It takes part")), ("no", gettext_lazy("It declines"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the agency has answered")},
    )
    reported_by = TextField(
        label=gettext_lazy("Who answered, and how?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy("For instance “The head of unit, by telephone”."),
        error_messages={"required": gettext_lazy("Write who answered, and how.")},
    )
    reason = TextField(label=gettext_lazy("Why does the agency decline?"), required=False, limit=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].shown_if = ("accepts", ["no"])  # type: ignore[attr-defined]
        self.fields["reason"].expected = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("accepts") is False and not data.get("reason") and "reason" not in self.errors:
            raise ValidationError({"reason": _("Write why the agency declines.")})
        return data


class ContactPersonForm(forms.Form):
    contact = forms.TypedChoiceField(
        label=gettext_lazy("Contact person at the agency"),
        coerce=uuid.UUID,
        error_messages={
            "required": gettext_lazy("Choose a contact person"),
            "invalid_choice": gettext_lazy("Choose a colleague of the agency."),
        },
    )

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].choices = list(people)  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """Something the coordinator asks an agency in the case for."""

    agency = forms.TypedChoiceField(
        label=gettext_lazy("Who is to do it?"),
        coerce=uuid.UUID,
        error_messages={
            "required": gettext_lazy("Choose an agency"),
            "invalid_choice": gettext_lazy("Choose an agency that takes part in the case."),
        },
    )
    text = TextField(
        label=gettext_lazy("What is to be done?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy("Read by the agency and by you. Do not write the person's name."),
        error_messages={"required": gettext_lazy("Write what is to be done.")},
    )
    due_on = DayField(
        label=gettext_lazy("By which day?"),
        future=True,
        error_messages={"required": gettext_lazy("Enter the date with eight digits, for example 2026-11-20")},
    )

    def __init__(self, *args: Any, agencies: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", ""), *agencies]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return {"agency_id": data["agency"], "text": data["text"], "due_on": data["due_on"]}


class SettleForm(InviteForm):
    """Who takes the case on, what was agreed, and, unless it is asked already, on what ground."""

    text = TextField(
        label=gettext_lazy("What was agreed?"),
        limit=2000,
        help_text=gettext_lazy("Read by your desk alone."),
        error_messages={"required": gettext_lazy("Write what was agreed.")},
    )

    def __init__(self, *args: Any, is_asked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_asked = is_asked
        if is_asked:
            for name in set(self.fields) - {"agency", "text"}:
                del self.fields[name]

    def settlement(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        invitation = {} if self.is_asked else self.invitation()
        return invitation | {"agency_id": data["agency"], "text": data["text"]}
