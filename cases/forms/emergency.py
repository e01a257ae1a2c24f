"""Emergency access, and its review afterwards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums.guard import Verdict
from cases.forms.casework import WhyField
from cases.services import references
from core.fields import TextField


class EmergencyForm(forms.Form):
    """Which case, and why now. The officer reads the reason afterwards."""

    reference = forms.CharField(
        label=gettext_lazy("Reference number of the case"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("For example H26-00417-U"),
        error_messages={"required": gettext_lazy("Write the reference number of the case")},
    )
    reason = WhyField(
        label=gettext_lazy("Why must you read the case now?"),
        limit=2000,
        rows=4,
        help_text=gettext_lazy(
            "The data protection officer reads it. Write what has happened, who asked you, and why nobody in"
            " the case could be reached. Not who the person is."
        ),
        error_messages={"required": gettext_lazy("Write why you must read the case now.")},
    )

    def clean_reference(self) -> str:
        try:
            found = references.parse(self.cleaned_data["reference"])
        except ValueError as problem:
            raise ValidationError(
                _("The check letter does not fit. Check the reference number: a digit may be wrong")
            ) from problem
        if found is None:
            raise ValidationError(_("Write the whole reference number, for example H26-00417-U"))
        return found


class ReviewForm(forms.Form):
    """The officer's verdict."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Was the emergency access justified?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found")},
    )
    text = TextField(
        label=gettext_lazy("What you found, and what happens now"),
        required=False,
        limit=4000,
        help_text=gettext_lazy("Must be filled in unless it was justified."),
    )

    def told(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"verdict": Verdict(data["verdict"]), "text": data["text"]}
