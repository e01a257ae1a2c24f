"""What a person decides about her own account: settings, password, second factors, sessions."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.models import UserSession
from django.conf import settings as portal
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, Person, actor, codes, make_fresh
from accounts.access.sessions import prove
from accounts.forms import ChangePasswordForm, SettingsForm
from accounts.models import User
from accounts.services import people, telling
from core import audit

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _self(request: HttpRequest) -> tuple[User, Assignment | Person]:
    assert isinstance(request.user, User)
    return request.user, actor(request) or Person(request.user)


@get_or_post
def settings(request: HttpRequest) -> HttpResponse:
    """Own details and how the portal looks, speaks and sends mail."""
    user, by = _self(request)
    names = ("name", "phone", "title", "language", "theme", "density", "mail", "shortcuts")
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(user, name) for name in names},
    )
    if request.method == "POST" and form.is_valid():
        people.change_settings(user, by=by, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved"))
        response = redirect("accounts:settings")
        secure = portal.SESSION_COOKIE_SECURE
        response.set_cookie(
            portal.LANGUAGE_COOKIE_NAME, user.language, secure=secure, httponly=True, samesite="Lax"
        )
        return response
    return render(request, "accounts/settings.html", {"form": form})


@sensitive_post_parameters("present", "password")
@get_or_post
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; all other sessions end."""
    user, by = _self(request)
    if not user.has_usable_password():
        messages.info(request, _("You have no password here: your organisation signs you in"))
        return redirect("accounts:organisations")
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if not get_adapter(request).reauthenticate(user, form.cleaned_data["present"]):
                raise ValidationError({"present": _("The password is not right")})
            people.change_password(
                user, form.cleaned_data["password"], keep=request.session.session_key, by=by
            )
        except ValidationError as error:
            form.add_error(None if hasattr(error, "error_dict") else "password", error)
        else:
            old_key = request.session.session_key
            update_session_auth_hash(request, user)
            UserSession.objects.filter(session_key=old_key).update(session_key=request.session.session_key)
            prove(request.session)
            make_fresh(request.session)
            messages.success(request, _("The password is changed. You are signed out everywhere else"))
            return redirect("accounts:settings")
    return render(request, "accounts/password.html", {"form": form})


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user, _by = _self(request)
    rows = people.own_sessions(user)
    for row in rows:
        row.device = device_name(row.user_agent)
    return render(request, "accounts/sessions.html", {"sessions": rows, "own": request.session.session_key})


def device_name(user_agent: str) -> str:
    """What a browser says it is, in two words; the first that fits wins."""
    browsers = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac", "Linux")
    names = {"Edg": "Edge", "OPR": "Opera", "Mac": "macOS"}
    found = [next((word for word in words if word in user_agent), "") for words in (browsers, systems)]
    return ", ".join(names.get(word, word) for word in found if word) or _("Unknown device")


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one device out."""
    user, by = _self(request)
    people.end_session(user, session_id, by=by)
    if not request.session.exists(request.session.session_key or ""):  # it was this one
        request.session.flush()
        return redirect("accounts:login")
    messages.success(request, _("The device is signed out"))
    return redirect("accounts:sessions")


@require_POST
def end_all_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    user, by = _self(request)
    people.end_sessions(user, by=by)
    request.session.flush()
    messages.info(request, _("You are signed out everywhere"))
    return redirect("accounts:login")


class _Confirmed:
    """Proving again who one is makes the session fresh, and is recorded."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        make_fresh(self.request.session)
        audit.record("person.confirm", by=actor(self.request))
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        return response


class ConfirmByPassword(_Confirmed, ReauthenticateView):  # type: ignore[misc]
    pass


class ConfirmByCode(_Confirmed, CodeAgainView):  # type: ignore[misc]
    pass


class ConfirmByKey(_Confirmed, ReauthenticateWebAuthnView):  # type: ignore[misc]
    pass


class _Recorded:
    """A change of second factors is recorded by its kind, and she is told that there was one."""

    request: HttpRequest
    change = ""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        audit.record(f"person.{self.change}", by=actor(self.request))
        assert isinstance(self.request.user, User)
        telling.sign_in_changed(self.request.user)
        return response


class ConnectApp(_Recorded, ActivateTOTPView):  # type: ignore[misc]
    """The code that proved the app has been used by that."""

    change = "add_app"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        codes.burn(self.request.user, form.cleaned_data["code"])  # type: ignore[arg-type]
        return response


class DisconnectApp(_Recorded, DeactivateTOTPView):  # type: ignore[misc]
    change = "remove_app"


class AddKey(_Recorded, AddWebAuthnView):  # type: ignore[misc]
    change = "add_key"


class RemoveKey(_Recorded, RemoveWebAuthnView):  # type: ignore[misc]
    """Where a second factor is required the last one cannot be removed."""

    change = "remove_key"
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        from allauth.mfa.adapter import get_adapter as get_mfa_adapter

        if not get_mfa_adapter().can_delete_authenticator(self.object):
            messages.error(self.request, _("You need at least one second factor. Add another one first"))
            return HttpResponseRedirect(str(self.success_url))
        return super().form_valid(form)


class NewRecoveryCodes(_Recorded, GenerateRecoveryCodesView):  # type: ignore[misc]
    change = "new_recovery_codes"


confirm_by_password = ConfirmByPassword.as_view()
confirm_by_code = ConfirmByCode.as_view()
confirm_by_key = ConfirmByKey.as_view()
connect_app = ConnectApp.as_view()
disconnect_app = DisconnectApp.as_view()
add_key = AddKey.as_view()
remove_key = RemoveKey.as_view()
new_recovery_codes = NewRecoveryCodes.as_view()
