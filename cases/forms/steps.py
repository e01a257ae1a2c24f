"""What can be said about a step."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import BlockedOn, NotApplicableReason
from core import clock
from core.fields import LINE_LIMIT, DayField, TextField


def reasons_to_wait() -> list[tuple[str, str]]:
    """As answers of their own; elsewhere the words stand in a sentence."""
    return [(value, str(capfirst(label))) for value, label in BlockedOn.choices]


class StepForm(forms.Form):
    """Anything about a step is said against the version that was shown."""

    version = forms.IntegerField(required=False, min_value=0, max_value=10**8, widget=forms.HiddenInput)


class SaveForm(StepForm):
    """Evidence, with or without marking the step as done."""

    remark = TextField(
        label=gettext_lazy("Supporting material"),
        required=False,
        help_text=gettext_lazy(
            "What was done, and where it is recorded. Do not write more about the person than is needed."
        ),
    )
    done_on = DayField(label=gettext_lazy("Day it was done"), required=False)
    reported_by = TextField(
        label=gettext_lazy("Who reported it, and how?"),
        limit=LINE_LIMIT,
        required=False,
        help_text=gettext_lazy(
            "The step belongs to another agency. Write for instance “Karin at the clinic, by phone”."
        ),
    )

    def __init__(self, *args: Any, is_reported: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_reported:
            del self.fields["reported_by"]
        elif not self.is_bound:
            self.fields["reported_by"].required = True

    def _post_clean(self) -> None:
        """Without it a step can be saved but not ended (the service says so): never called optional."""
        if "reported_by" in self.fields:
            self.fields["reported_by"].required = True


class NotApplicableForm(StepForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why is the step not applicable?"),
        choices=NotApplicableReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the step is not applicable")},
    )
    remark = TextField(label=gettext_lazy("Comment"), required=False, limit=2000)


class BlockForm(StepForm):
    blocked_on = forms.ChoiceField(
        label=gettext_lazy("What is the step waiting for?"),
        choices=reasons_to_wait,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the step is waiting for")},
    )
    remark = TextField(
        label=gettext_lazy("What hinders the step?"),
        limit=2000,
        error_messages={"required": gettext_lazy("Write what hinders the step")},
    )
    next_check_on = DayField(
        label=gettext_lazy("Look again on"),
        future=True,
        error_messages={"required": gettext_lazy("Enter the day when you look again")},
    )

    def clean_next_check_on(self) -> Any:
        day = self.cleaned_data["next_check_on"]
        if day < clock.today():
            raise ValidationError(_("Choose today or a later day."))
        return day


class AssigneeForm(forms.Form):
    assignee = forms.TypedChoiceField(
        label=gettext_lazy("Responsible"), required=False, coerce=uuid.UUID, empty_value=None
    )

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Nobody in particular")), *people]  # type: ignore[attr-defined]
