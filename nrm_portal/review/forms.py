"""What an auditor asks for, always with why, and what she found."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.casework import WhyField
from core.fields import LINE_LIMIT, TextField
from nrm_portal.review.enums import Judgement, Verdict

WHY = _("Why do you look?")
WHY_HELP = _("Kept in the log. Do not write anything about a person.")
WHY_MISSING = _("Write why you look")


class WhyForm(forms.Form):
    """Why a case or somebody's acts are looked at."""

    reason = WhyField(
        label=WHY, help_text=WHY_HELP, limit=LINE_LIMIT, error_messages={"required": WHY_MISSING}
    )


class CaseForm(WhyForm):
    """Which case."""

    reference = forms.CharField(
        label=_("Reference number"),
        help_text=_("For example H26-00417-U"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Write the reference number of the case")},
    )
    field_order = ("reference", "reason")


class PeopleForm(forms.Form):
    """Who."""

    q = TextField(
        label=_("Name or e-mail of somebody who works with the portal"),
        limit=100,
        error_messages={"required": _("Write a name or an e-mail address")},
    )


class VerdictForm(forms.Form):
    """What an alert was."""

    verdict = forms.ChoiceField(
        label=_("What did you find?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you found")},
    )
    note = WhyField(
        label=_("How do you know?"),
        help_text=_("Stored encrypted. Do not write anything about the person the case is about."),
        limit=2000,
        error_messages={"required": _("Write how you know")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class SignForm(forms.Form):
    """What the whole report showed."""

    note = WhyField(
        label=_("What did the samples show, and what is done about it?"),
        help_text=_("Stored encrypted. The report cannot be changed once it is signed."),
        limit=4000,
        error_messages={"required": _("Write what the samples showed")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def read_judgements(data: Any, samples: list[int]) -> dict[int, str]:
    """The judgement of each sample in a form, by its id; what is no judgement is left out."""
    given = {pk: str(data.get(f"sample-{pk}", "")) for pk in samples}
    return {
        pk: told for pk, told in given.items() if told in ("", *Judgement.values) and f"sample-{pk}" in data
    }
