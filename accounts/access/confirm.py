"""Acts that need a fresh sign-in: "Confirm that it is you", valid for `settings.FRESH_SIGN_IN`.

A page is asked for again after confirming. A form that was already filled in travels along in the
confirmation page itself, as hidden fields: nothing of it is stored, and it is carried out once, after the
confirmation, by the same address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import codes, limits
from accounts.access.assignment import AuthenticatedRequest, actor
from accounts.access.sessions import is_fresh, make_fresh
from accounts.enums import Door
from core import audit

P = ParamSpec("P")
PASSWORD: Final = "confirm_password"
CODE: Final = "confirm_code"
LONGEST: Final = 128
ELSEWHERE: Final = {
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a security key or passkey"),
    "organisation": gettext_lazy("Use your organisation's sign-in"),
}
View = Callable[Concatenate[AuthenticatedRequest, P], HttpResponse]


def fresh_sign_in_required(view: View[P]) -> View[P]:
    """Ask her to confirm that it is she, unless she signed in or confirmed within the last ten minutes."""

    @wraps(view)
    def guarded(request: AuthenticatedRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if request.method != "POST":
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")
        if PASSWORD not in request.POST and CODE not in request.POST:
            return _ask(request, "")
        try:
            _prove(request)
        except ValidationError as error:
            audit.refuse("person.confirm", request.user, by=actor(request))
            return _ask(request, " ".join(error.messages))
        make_fresh(request.session)
        audit.record("person.confirm", request.user, by=actor(request))
        request.POST = _carried(request)  # type: ignore[assignment]
        return view(request, *args, **kwargs)

    return guarded


def fresh_to_send(view: View[P]) -> View[P]:
    """The same for a page with a form: looking at it is always allowed, only sending it needs the proof."""
    asking = fresh_sign_in_required(view)

    @wraps(view)
    def guarded(request: AuthenticatedRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return (asking if request.method == "POST" else view)(request, *args, **kwargs)

    return guarded


def _prove(request: AuthenticatedRequest) -> None:
    """Raise ValidationError unless the password or the code is right. Guessing is limited."""
    password, code = request.POST.get(PASSWORD, ""), request.POST.get(CODE, "")
    if not (0 < len(password) <= LONGEST or 0 < len(code) <= LONGEST):
        raise ValidationError(_("Write your password or a code from your app"))
    if password:
        if not get_adapter(request).reauthenticate(request.user, password):
            raise ValidationError(_("The password is not right"))
        return
    attempt = limits.attempt(request, Door.CONFIRM, request.user.email)
    try:
        if codes.prove(request.user, codes.plain(code)) is None:
            raise ValidationError(_("The code is not right. Codes change every 30 seconds, try the latest"))
    except codes.CodeUsed:
        raise ValidationError(_("The code has been used. Wait for the next one")) from None
    attempt.succeeded()


def _elsewhere(request: AuthenticatedRequest) -> list[tuple[str, str]]:
    """Pages where she can confirm in another tab, with what cannot be typed here, before she sends this."""
    ways = []
    for method in get_adapter(request).get_reauthentication_methods(request.user):
        if method["id"] in ELSEWHERE:
            ways.append((str(ELSEWHERE[method["id"]]), method["url"]))
    return ways


def _carried(request: AuthenticatedRequest) -> QueryDict:
    body = request.POST.copy()
    for name in (PASSWORD, CODE):
        body.pop(name, None)
    body._mutable = False
    return body


def _ask(request: AuthenticatedRequest, error: str) -> HttpResponse:
    body = _carried(request)
    fields = [
        (name, value) for name, values in body.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    has_code = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    context: dict[str, Any] = {
        "fields": fields,
        "error": error,
        "has_code": has_code,
        "has_password": request.user.has_usable_password(),
        "elsewhere": _elsewhere(request),
        "has_errors": bool(error),
    }
    response = render(request, "accounts/confirm.html", context, status=403 if error else 200)
    response["HX-Retarget"] = "body"
    return response
