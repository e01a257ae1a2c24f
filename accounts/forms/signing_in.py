"""Forms of sign-in and of second factors, named in `ACCOUNT_FORMS` and `MFA_FORMS`.

They stand in for allauth's: our words, the same checks, plus our limits, the record of failed codes and a
code that works only once.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import error as StructError
from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthCodeForm
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthCodeAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import parse_registration_response
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.access import Person, codes, limits
from accounts.enums import Door
from accounts.forms.fields import code_field, helper, password_field
from core import audit


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


def _readable(clean: Callable[[], Any]) -> Any:
    """What `clean` gives. The library takes answers apart without looking: what breaks there is no key."""
    try:
        return clean()
    except (
        ArithmeticError,
        AttributeError,
        InvalidSignature,
        LookupError,
        TypeError,
        ValueError,
        StructError,
    ):
        raise ValidationError(_("The key could not be used. Try again or use a code")) from None


class _Answer(forms.JSONField):
    """A key's answer is read once and never written back into the page."""

    widget = forms.HiddenInput

    def bound_data(self, data: Any, initial: Any) -> Any:
        return None

    def prepare_value(self, value: Any) -> Any:
        return ""


class KeyForm(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of the password. It cannot be guessed; checking it costs, so it is limited."""

    def clean_credential(self) -> Any:
        attempt = limits.attempt(context.request, Door.KEY)
        found = _readable(super().clean_credential)
        attempt.succeeded()
        return found


class SecondKeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        return _readable(super().clean_credential)


class KeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        return _readable(super().clean_credential)


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
        self.fields["name"].validators.append(MaxLengthValidator(80))
        self.fields["passwordless"].label = _("Also sign in with it instead of the password")
        self.fields["passwordless"].help_text = _("The key or the device then asks for a PIN, finger or face")
        self.fields["passwordless"].initial = True
        self.fields["credential"] = _Answer()
        self.helper = helper()

    def clean(self) -> Any:
        return _readable(super().clean)

    def clean_credential(self) -> Any:
        """The library looks at no answer that is false in itself (`0`), and stumbles over a cut-off one."""
        found = self.cleaned_data["credential"]
        try:
            _readable(lambda: parse_registration_response(found))
        except ValidationError:
            raise ValidationError(_("The key did not answer as it should. Try again")) from None
        return found


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")
        self.fields["name"].validators.append(MaxLengthValidator(80))
        self.helper = helper()
