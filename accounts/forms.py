"""Forms of sign-in, settings and the administration of people and agencies.

Those named in `ACCOUNT_FORMS` and `MFA_FORMS` stand in for allauth's: our words, the same checks, plus the
record of failed codes and a code that works only once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthCodeForm
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthCodeAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import Person, codes, limits
from accounts.adapters import LONGEST
from accounts.enums import AgencyKind, Density, Door, Language, MailChoice, Role, Theme
from accounts.models import Agency, Membership
from accounts.services.invitations import PASSWORD_LENGTH
from accounts.services.leaving import NOBODY, OpenWork
from core import audit, clock


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


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail and password; the second factor follows on its own page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label=_("E-mail"),
            widget=forms.EmailInput(attrs={"autocomplete": "username"}),
            error_messages={
                "required": _("Write your e-mail address"),
                "invalid": _("Write the address like this: name@agency.se"),
            },
        )
        self.fields["password"] = password_field(_("Password"))
        self.order_fields(["login", "password"])
        self.helper = helper()

    def clean_login(self) -> str:
        return str(self.cleaned_data["login"]).strip().lower()


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = password_field(_("Password"))
        self.helper = helper()


class _OnceOnly(BaseAuthenticateForm):  # type: ignore[misc]
    """A code from an app works once, also at the edges of the time window, and a failed one is recorded."""

    door: Door

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()
        self.helper = helper()

    def clean_code(self) -> str:
        """Guessing is limited, and a code that opened once opens nothing more."""
        code = codes.plain(self.cleaned_data["code"])
        self.cleaned_data["code"] = code
        attempt = limits.attempt(context.request, self.door, self.user.email)
        try:
            authenticator = codes.prove(self.user, code)
        except codes.CodeUsed:
            self._refused()
            raise ValidationError(_("The code has been used. Wait for the next one")) from None
        if authenticator is None:
            self._refused()
            raise ValidationError(_("The code is not right. Codes change every 30 seconds, try the latest"))
        attempt.succeeded()
        self.authenticator = authenticator
        return code

    def _refused(self) -> None:
        audit.refuse("person.sign_in", self.user, by=Person(self.user), step="code")


class CodeForm(_OnceOnly, AllauthCodeForm):  # type: ignore[misc]
    door = Door.CODE


class CodeAgainForm(_OnceOnly, AllauthCodeAgainForm):  # type: ignore[misc]
    door = Door.CONFIRM


class KeyForm(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of the password. What cannot be guessed is limited for what checking it costs."""

    def clean_credential(self) -> Any:
        attempt = limits.attempt(context.request, Door.KEY)
        found = super().clean_credential()
        attempt.succeeded()
        return found


class ConnectAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code proves that the app was set up with our secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()
        self.fields["code"].help_text = _("Six digits")
        self.helper = helper()

    def clean_code(self) -> str:
        self.cleaned_data["code"] = codes.plain(self.cleaned_data["code"])
        code: str = super().clean_code()
        return code


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")
        self.fields["name"].help_text = _("So that you recognise it, for example: Key at work")
        self.fields["name"].max_length = 80
        self.fields["passwordless"].label = _("Also sign in with it instead of the password")
        self.fields["passwordless"].help_text = _("The key or the device then asks for a PIN, finger or face")
        self.fields["passwordless"].initial = True
        self.helper = helper()


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")
        self.fields["name"].max_length = 80
        self.helper = helper()


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


class _MembershipFields(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), choices=Role.choices, error_messages={"required": _("Choose a role")}
    )
    is_manager = forms.BooleanField(
        label=_("Manager"), required=False, help_text=_("Is told when something at the agency is late")
    )
    valid_from = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y%m%d"],
        error_messages={
            "required": _("Write the first day"),
            "invalid": _("Write the date with eight digits, for example 2026-11-20"),
        },
    )
    valid_until = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for until further notice"),
        widget=forms.DateInput(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y%m%d"],
        error_messages={"invalid": _("Write the date with eight digits, for example 2026-11-20")},
    )

    @property
    def helper(self) -> FormHelper:
        return helper()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day cannot be before the first day"))
        return data


class MembershipForm(_MembershipFields):
    """Dates, manager mark and role of an assignment that exists."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_for(membership: Membership) -> dict[str, Any]:
        names = ("role", "is_manager", "valid_from", "valid_until", "version")
        return {name: getattr(membership, name) for name in names}


class NewMembershipForm(_MembershipFields):
    """One more assignment; `agencies` are those the administrator may choose among."""

    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Agency.objects.none(),
        empty_label="",
        error_messages={
            "required": _("Choose an agency"),
            "invalid_choice": _("Choose an agency from the list"),
        },
    )
    field_order = ["agency", "role", "is_manager", "valid_from", "valid_until"]

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("valid_from", clock.today())
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]


class InviteForm(NewMembershipForm):
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The person's own address at work"),
        error_messages={
            "required": _("Write the person's e-mail address"),
            "invalid": _("Write the address like this: name@agency.se"),
        },
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Write the person's name")}
    )
    field_order = ["email", "name", "agency", "role", "is_manager", "valid_from", "valid_until"]


class AgencyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=160, error_messages={"required": _("Write the name")})
    kind = forms.ChoiceField(label=_("Kind"), choices=AgencyKind.choices)
    municipality_code = forms.RegexField(
        label=_("Municipality code"),
        regex=r"^\d{4}$",
        required=False,
        help_text=_("Four digits, for example 0380. Leave empty for an agency of the whole country"),
        error_messages={"invalid": _("The municipality code has four digits, for example 0380")},
    )
    mailbox = forms.EmailField(
        label=_("Function mailbox"),
        required=False,
        help_text=_("Shared by the unit. Never a person's own address"),
        error_messages={"invalid": _("Write the address like this: name@agency.se")},
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    active = forms.BooleanField(label=_("Takes part in the portal"), required=False, initial=True)
    is_placeholder = forms.BooleanField(
        label=_("To be confirmed"),
        required=False,
        help_text=_("The details have not been checked with the agency"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def helper(self) -> FormHelper:
        return helper()

    @staticmethod
    def initial_for(agency: Agency) -> dict[str, Any]:
        names = (
            "name",
            "kind",
            "municipality_code",
            "mailbox",
            "phone",
            "active",
            "is_placeholder",
            "version",
        )
        return {name: getattr(agency, name) for name in names}


class LeavingForm(forms.Form):
    """One question for each kind of open work: who takes it on?"""

    def __init__(self, *args: Any, works: Iterable[OpenWork] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        for work in works:
            nobody = [(NOBODY, work.nobody)] if work.nobody else []
            self.fields[work.key] = forms.ChoiceField(
                label=_("%(what)s, %(house)s: %(count)d")
                % {"what": work.title, "house": work.house, "count": work.count},
                choices=[("", ""), *work.people, *nobody],
                help_text=", ".join(work.references),
                error_messages={"required": _("Choose who takes this on")},
            )

    def show(self, error: ValidationError) -> None:
        """What the service refused: at the field it names, else above the form."""
        for name, problems in getattr(error, "error_dict", {None: [error]}).items():
            self.add_error(name if name in self.fields else None, problems)
