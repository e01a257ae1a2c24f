"""Keeping a case for longer, and proposing that others go."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import HoldReason
from cases.services import references
from core.fields import DayField, TextField


class ProposeForm(forms.Form):
    """Cases whose time has come, and the decision their disposal rests on."""

    cases = forms.MultipleChoiceField(
        label=gettext_lazy("Cases to dispose of"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one case.")},
    )
    decision = TextField(
        label=gettext_lazy("Number of the decision on disposal"),
        limit=40,
        help_text=gettext_lazy("The registry number of your authority's decision, never a name."),
        error_messages={"required": gettext_lazy("Enter the number of the decision on disposal.")},
    )

    def __init__(self, *args: Any, cases: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].choices = list(cases)  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        ids = [uuid.UUID(value) for value in self.cleaned_data["cases"]]
        return {"case_ids": ids, "decision": self.cleaned_data["decision"]}


class HoldForm(forms.Form):
    """Why a case must be kept, who asked for it, and until when."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why must the case be kept?"),
        widget=forms.RadioSelect,
        choices=HoldReason.choices,
        error_messages={"required": gettext_lazy("Choose why the case must be kept.")},
    )
    words = TextField(
        label=gettext_lazy("Who asked for it, and under which number?"),
        limit=500,
        help_text=gettext_lazy("Read by those who answer for the case. Do not write more about the person."),
        error_messages={"required": gettext_lazy("Write who asked for it, and under which number.")},
    )
    ends_on = DayField(
        label=gettext_lazy("Keep it until and including"),
        future=True,
        help_text=gettext_lazy("At most two years ahead. It can be made longer. For example 2027-06-30"),
        error_messages={"required": gettext_lazy("Enter the last day.")},
    )

    def asked(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"reason": HoldReason(data["reason"]), "words": data["words"], "ends_on": data["ends_on"]}


class HoldByNumberForm(HoldForm):
    """For the data protection officer, who sees no case: she knows its number."""

    reference = TextField(
        label=gettext_lazy("Reference number of the case"),
        limit=20,
        help_text=gettext_lazy("For example H26-00417-U"),
        error_messages={"required": gettext_lazy("Enter the reference number of the case.")},
    )
    field_order = ("reference", "reason", "words", "ends_on")

    def clean_reference(self) -> str:
        try:
            found = references.parse(self.cleaned_data["reference"])
        except ValueError:
            found = None
        if not found:
            raise ValidationError(_("The check letter does not fit. Check the number."))
        return found


class ApproveForm(forms.Form):
    """Asked twice: nothing that is erased can be brought back."""

    is_sure = forms.BooleanField(
        label=gettext_lazy("I have checked the numbers. I know that nothing can be brought back."),
        error_messages={"required": gettext_lazy("Confirm that you have checked the numbers.")},
    )
