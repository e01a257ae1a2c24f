"""Everything else that is written on the pages of a case."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import Outcome
from core.fields import LINE_LIMIT, TextField

FEWEST_LETTERS: Final = 3


class WhyField(TextField):
    """A reason that says something: a dot or an invisible character is none."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return text if sum(char.isalpha() for char in text) >= FEWEST_LETTERS else ""


class ReasonForm(forms.Form):
    """Why somebody needs to see who the person is. Stored in the access log."""

    reason = WhyField(
        label=gettext_lazy("Why do you need to see the identity?"),
        limit=LINE_LIMIT,
        error_messages={"required": gettext_lazy("Write why you need to see the identity")},
    )


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did the case end?"),
        choices=[(code, label) for code, label in Outcome.choices if code != Outcome.CONSENT_WITHDRAWN],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the case ended")},
    )


class AnswerForm(forms.Form):
    accepts = forms.TypedChoiceField(
        label=gettext_lazy("Does your agency take part?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("Yes, we take part")), ("no", gettext_lazy("No, we decline"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no")},
    )
    contact = forms.TypedChoiceField(
        label=gettext_lazy("Contact person at your agency"),
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
    )
    reason = TextField(
        label=gettext_lazy("Why does the agency decline?"),
        required=False,
        limit=2000,
        help_text=gettext_lazy("The coordinator reads the text."),
    )

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].choices = list(people)  # type: ignore[attr-defined]
        self.fields["contact"].shown_if = ("accepts", ["yes"])  # type: ignore[attr-defined]
        self.fields["reason"].shown_if = ("accepts", ["no"])  # type: ignore[attr-defined]
        self.fields["reason"].expected = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("accepts") is False and not data.get("reason") and "reason" not in self.errors:
            raise ValidationError({"reason": _("Write why the agency declines.")})
        return data

    def answered(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return {"accepts": data["accepts"], "reason": data["reason"], "contact_id": data["contact"]}


class MessageForm(forms.Form):
    to = forms.MultipleChoiceField(
        label=gettext_lazy("To"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one recipient in the case.")},
    )
    text = TextField(
        label=gettext_lazy("Message"),
        help_text=gettext_lazy("Do not write more about the person than is needed."),
        error_messages={"required": gettext_lazy("Write the message")},
    )

    def __init__(self, *args: Any, recipients: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = list(recipients)  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """A summary of the case on paper; who the person is only when asked for."""

    reason = WhyField(
        label=gettext_lazy("What is the paper for?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy("Stored in the access log."),
        error_messages={"required": gettext_lazy("Write what the paper is for")},
    )
    identity = forms.BooleanField(
        label=gettext_lazy("Include who the person is"),
        required=False,
        help_text=gettext_lazy(
            "Name, personal number and contact details. Leave it out unless the reader needs it."
        ),
    )

    def __init__(self, *args: Any, may_identify: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_identify:
            del self.fields["identity"]


class SearchForm(forms.Form):
    q = TextField(
        label=gettext_lazy("Search"),
        limit=100,
        help_text=gettext_lazy(
            "Reference number, county, municipality or form of exploitation. Never write a name."
        ),
        error_messages={"required": gettext_lazy("Write what you are looking for")},
    )
