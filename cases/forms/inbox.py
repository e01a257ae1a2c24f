"""Several cases at once, and views of one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cases.forms.casework import PaperForm
from cases.forms.triage import AssignForm, SnoozeForm
from core.fields import TextField


class BulkAssignForm(AssignForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["assignee"]
        chooser.choices = [("", ""), *chooser.choices]  # type: ignore[attr-defined]
        chooser.error_messages["required"] = gettext_lazy("Choose who is to handle the cases")


class BulkSnoozeForm(SnoozeForm):
    pass


class BulkPaperForm(PaperForm):
    """Never with identity: a list leaves the building as paper."""


class ViewForm(forms.Form):
    """A name for a filter, and whether to be told."""

    name = TextField(
        label=gettext_lazy("Name of the view"),
        limit=60,
        help_text=gettext_lazy("For example “Children in Uppsala”. Never the name of a person in a case."),
        error_messages={"required": gettext_lazy("Write what the view is to be called")},
    )
    notify = forms.BooleanField(
        label=gettext_lazy("Tell me when a case comes into the view"),
        required=False,
        help_text=gettext_lazy("At most once a day. How you are told is chosen in the settings."),
    )
