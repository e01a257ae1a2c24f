"""Notes by what kind of knowledge they hold, and sending one on."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import NoteKind
from cases.services.messages import Written
from core.fields import TextField

KINDS: Final = {
    "text": NoteKind.NOTE,
    "observed": NoteKind.OBSERVED,
    "said": NoteKind.SAID,
    "view": NoteKind.VIEW,
}
TEMPLATES: Final[dict[str, tuple[Promise, Promise]]] = {
    "mote": (
        gettext_lazy("Invite to a meeting"),
        gettext_lazy("Can you meet about the case? Suggest two times within a week."),
    ),
    "lage": (
        gettext_lazy("Ask how it is going"),
        gettext_lazy("How far have you come with your steps in the case? Is there anything you wait for?"),
    ),
    "klart": (
        gettext_lazy("Tell that it is done"),
        gettext_lazy("We have done what we agreed. You can go on with your part."),
    ),
    "andrat": (
        gettext_lazy("Tell that something has changed"),
        gettext_lazy("Something has changed in the case. Read the overview before you contact the person."),
    ),
}
"""Word of the address → name of a common message, and its text to begin with."""


class NoteForm(forms.Form):
    """Facts, the person's words and one's own view stand apart, so that nobody takes one for another."""

    observed = TextField(
        label=gettext_lazy("What I have seen and heard myself"),
        required=False,
        help_text=gettext_lazy("Facts only: what, where, when."),
    )
    said = TextField(
        label=gettext_lazy("What the person has said"),
        required=False,
        help_text=gettext_lazy(
            "As close to the person's own words as possible. "
            "Memory gaps and changed accounts are usual after trauma and say nothing about credibility."
        ),
    )
    view = TextField(
        label=gettext_lazy("My professional assessment"),
        required=False,
        help_text=gettext_lazy("Stays with your own unit unless you choose to send it."),
    )
    reason = TextField(
        label=gettext_lazy("What does the assessment rest on?"),
        required=False,
        help_text=gettext_lazy("Needed when you have written an assessment."),
    )
    text = TextField(
        label=gettext_lazy("Other internal note"),
        required=False,
        help_text=gettext_lazy(
            "Read only by your own unit. Do not write more about the person than is needed."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("view") and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", ValidationError(_("Write what your assessment rests on")))
        if not self.errors and not any(data.get(name) for name in KINDS):
            if data.get("reason"):
                self.add_error("view", ValidationError(_("Write the assessment that the reason belongs to")))
            else:
                self.add_error("text", ValidationError(_("Write the note")))
        return data

    def written(self) -> list[Written]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return [
            Written(data[name], kind, data["reason"] if kind == NoteKind.VIEW else "")
            for name, kind in KINDS.items()
            if data[name]
        ]


class ShareNoteForm(forms.Form):
    to = forms.MultipleChoiceField(
        label=gettext_lazy("To"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one recipient in the case.")},
    )
    shares_view = forms.BooleanField(
        label=gettext_lazy("The assessment may leave my own unit"),
        error_messages={"required": gettext_lazy("Tick that the assessment may leave your own unit")},
    )

    def __init__(self, *args: Any, recipients: Any = (), is_view: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = list(recipients)  # type: ignore[attr-defined]
        if not is_view:
            del self.fields["shares_view"]
