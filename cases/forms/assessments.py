"""Forms for a decision on the age, and for who holds the person to be a victim."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind
from cases.enums import TraffickingStatus
from cases.services.assessments import DECIDERS
from coordinators.enums import AgeBand
from core.fields import DayField, TextField


class _Decision(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class AgeForm(_Decision):
    """Child or adult, by whom, when, on what."""

    age_band = forms.ChoiceField(
        label=_("What has been decided?"),
        choices=[(AgeBand.CHILD, _("The person is under 18")), (AgeBand.ADULT, _("The person is an adult"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what has been decided")},
    )
    decided_by = forms.ChoiceField(
        label=_("Which authority has decided?"),
        choices=[("", ""), *((kind.value, kind.label) for kind in DECIDERS)],
        error_messages={"required": _("Choose which authority has decided")},
    )
    decided_on = DayField(
        label=_("When was it decided?"),
        error_messages={"required": _("Enter the day it was decided")},
    )
    basis = TextField(
        label=_("What is the decision based on?"),
        limit=2000,
        help_text=_("For example which papers or which assessment. Read by the desk alone."),
        error_messages={"required": _("Write what the decision is based on")},
    )

    def decision(self) -> dict[str, Any]:
        data = self.cleaned_data
        return data | {
            "age_band": AgeBand(data["age_band"]),
            "decided_by": AgencyKind(data["decided_by"]),
        }


class RecognitionForm(_Decision):
    """Presumed, recognised or not, by whom, when, on what."""

    status = forms.ChoiceField(
        label=_("What is held about the person?"),
        choices=TraffickingStatus.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is held about the person")},
    )
    decided_by = forms.ChoiceField(
        label=_("Who has made the assessment?"),
        choices=[("", ""), *AgencyKind.choices],
        error_messages={"required": _("Choose who has made the assessment")},
    )
    decided_on = DayField(
        label=_("When was it made?"),
        error_messages={"required": _("Enter the day the assessment was made")},
    )
    basis = TextField(
        label=_("What is the assessment based on?"),
        limit=2000,
        required=False,
        help_text=_("Read by the desk alone."),
    )

    def recognition(self) -> dict[str, Any]:
        data = self.cleaned_data
        return data | {
            "status": TraffickingStatus(data["status"]),
            "decided_by": AgencyKind(data["decided_by"]),
        }
