"""What a call becomes: numbers that are said on the phone, who writes the referral, what was wrong."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import TextField
from hotline.services.calls import TEXT_LIMIT

SELF: Final = "self"
CALLER: Final = "caller"
PLAIN: Final = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}


def _number(label: Any, hint: Any, missing: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=24,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": missing},
    )


class NumberForm(forms.Form):
    """The number of an earlier call."""

    number = _number(
        _("Consultation number of the earlier call"),
        _("For example S26-00417-U"),
        _("Enter the number of the earlier call, for example S26-00417-U"),
    )


class ReferenceForm(forms.Form):
    """The number of a case."""

    reference = _number(
        _("Case number"),
        _("For example H26-00417-U"),
        _("Enter the case number, for example H26-00417-U"),
    )


class CodeForm(forms.Form):
    """The code the caller was told."""

    code = _number(
        _("Code from the helpline"),
        _("Four letters and four digits, for example KRTP-4827"),
        _("Enter the code you were told on the phone"),
    )


class ReferralForm(forms.Form):
    """Who writes the referral, and whether the short text goes along."""

    who = forms.ChoiceField(
        label=_("Who writes the referral?"),
        choices=[
            (SELF, _("I write it for the caller, now or later")),
            (CALLER, _("The caller writes it with their own account, and fetches the draft with a code")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who writes the referral")},
    )
    words = forms.BooleanField(
        label=_("The call in short goes along as the description"), required=False, initial=True
    )

    def __init__(self, *args: Any, has_words: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_words:
            del self.fields["words"]


class CorrectionForm(forms.Form):
    """What was wrong in a call that can no longer be changed."""

    words = TextField(
        label=_("What was wrong, and what is right?"),
        help_text=_("The call stays as it was saved; your note stands beside it. No names or numbers."),
        limit=TEXT_LIMIT,
        error_messages={"required": _("Write what was wrong")},
    )
