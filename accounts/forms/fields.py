"""Fields and the look that several forms share."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.adapters import LONGEST


def helper() -> FormHelper:
    """Fields only; the page has the form element and its buttons."""
    fields_only = FormHelper()
    fields_only.form_tag = False
    fields_only.disable_csrf = True
    return fields_only


def password_field(label: Any, *, new: bool = False, help_text: Any = "") -> forms.CharField:
    attrs: dict[str, Any] = {
        "autocomplete": "new-password" if new else "current-password",
        "data-nrm-reveal": _("Show password"),
    }
    attrs["data-nrm-hide"] = _("Hide password")
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs=attrs),
        error_messages={"required": _("Write the password")},
    )


def code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Write the code from your app"),
        help_text=_("Six digits. A recovery code also works"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "w-num"}
        ),
        error_messages={"required": _("Write the code from your app, or a recovery code")},
    )
