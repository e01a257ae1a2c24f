"""What a person says about herself and decides for her own account."""

from __future__ import annotations

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import Density, Language, MailChoice, Theme
from accounts.forms.fields import helper, password_field
from accounts.services.invitations import PASSWORD_LENGTH


class _OwnDetails(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name")},
    )
    phone = forms.CharField(
        label=_("Work phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )
    title = forms.CharField(
        label=pgettext_lazy("person", "Title"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )

    @property
    def helper(self) -> FormHelper:
        return helper()


class AcceptInvitationForm(_OwnDetails):
    password = password_field(
        _("Choose a password"),
        new=True,
        help_text=_("At least 12 characters. A sentence is easy to remember and hard to guess"),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if len(password) < PASSWORD_LENGTH[0]:
            raise ValidationError(_("The password needs at least 12 characters"))
        return password


class ChangePasswordForm(forms.Form):
    present = password_field(_("Present password"))
    password = password_field(_("New password"), new=True, help_text=_("At least 12 characters"))

    @property
    def helper(self) -> FormHelper:
        return helper()


class SettingsForm(_OwnDetails):
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices, widget=forms.RadioSelect)
    density = forms.ChoiceField(
        label=_("Density of lists"), choices=Density.choices, widget=forms.RadioSelect
    )
    mail = forms.ChoiceField(
        label=_("E-mail about news"),
        choices=MailChoice.choices,
        widget=forms.RadioSelect,
        help_text=_("Danger and the protection of children are always sent at once"),
    )
    shortcuts = forms.BooleanField(
        label=_("Keyboard shortcuts"),
        required=False,
        help_text=_("Turn them off if you control the computer by speech"),
    )


class SecrecyForm(forms.Form):
    read = forms.BooleanField(
        label=_("I have read this and follow it"),
        error_messages={"required": _("Confirm that you have read how secrecy is handled")},
    )

    @property
    def helper(self) -> FormHelper:
        return helper()
