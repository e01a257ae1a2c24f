"""Sign-in through an organisation: setting off, coming back, connecting, confirming, parting."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, Person, actor, fresh_sign_in_required, limits, make_fresh
from accounts.adapters.organisations import Identity, OrganisationProvider, Refused
from accounts.enums import Door
from accounts.models import User
from accounts.services import invitations
from accounts.services import organisations as services
from accounts.views.signing_in import INVITATION, safe_next
from core import audit

SIGN_IN, CONNECT, CONFIRM, INVITED = "sign-in", "connect", "confirm", "invited"
PURPOSES: Final = frozenset({SIGN_IN, CONFIRM, INVITED})
"""What one may set off for from any page; connecting has an address of its own, behind a fresh sign-in."""


@login_not_required
@never_cache
@require_POST
def set_off(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the organisation's sign-in, by a page of its own: a form may not lead to another site."""
    purpose = request.POST.get("purpose", SIGN_IN)
    if purpose not in PURPOSES or (purpose == CONFIRM and not request.user.is_authenticated):
        raise Http404
    return _go(request, provider_id, purpose, safe_next(request))


@fresh_sign_in_required
@require_POST
def connect(request: AuthenticatedRequest, provider_id: str) -> HttpResponse:
    """Go to the organisation's sign-in to bind the identity there to one's own account."""
    return _go(request, provider_id, CONNECT, "")


@login_not_required
@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The organisation sends the person back here with a code that is worth something once."""
    provider = _provider(request, provider_id)
    try:
        attempt = limits.attempt(request, Door.ORGANISATION)
        identity = provider.come_back(request)
        answer = AFTER[identity.state["purpose"]](request, identity)
    except Refused as refusal:
        return _refused(request, provider, refusal.why)
    except ValidationError as error:
        return _refused(request, provider, "refused", " ".join(error.messages))
    attempt.succeeded()
    return answer


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """Which organisations may sign her in, and those that could."""
    assert isinstance(request.user, User)
    providers = {p.app.provider_id: p for p in get_adapter(request).list_providers(request)}
    rows = list(services.organisations_of(request.user))
    for row in rows:
        row.name = providers[row.provider].name if row.provider in providers else row.provider
    taken = {row.provider for row in rows}
    context = {"rows": rows, "others": [p for key, p in providers.items() if key not in taken]}
    return render(request, "accounts/organisations.html", context)


@fresh_sign_in_required
@require_POST
def disconnect(request: AuthenticatedRequest, account_id: int) -> HttpResponse:
    """Part an identity from one's own account."""
    try:
        services.disconnect(request.user, account_id, by=actor(request) or Person(request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The sign-in of the organisation is disconnected"))
    return redirect("accounts:organisations")


@require_safe
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm that it is you by signing in at the organisation again."""
    assert isinstance(request.user, User)
    bound = set(services.organisations_of(request.user).values_list("provider", flat=True))
    providers = [p for p in get_adapter(request).list_providers(request) if p.app.provider_id in bound]
    context = {"providers": providers, "next": safe_next(request)}
    return render(request, "accounts/confirm_organisation.html", context)


def _go(request: HttpRequest, provider_id: str, purpose: str, next_url: str) -> HttpResponse:
    provider = _provider(request, provider_id)
    try:
        limits.attempt(request, Door.ORGANISATION)
        url = provider.set_off(request, purpose, next_url)
    except Refused as refusal:
        return _refused(request, provider, refusal.why)
    except ValidationError as error:
        return _refused(request, provider, "refused", " ".join(error.messages))
    return render(request, "accounts/go_to_organisation.html", {"url": url, "name": provider.name})


def _provider(request: HttpRequest, provider_id: str) -> OrganisationProvider:
    try:
        found: OrganisationProvider = get_adapter(request).get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return found


# --- what somebody came back for ----------------------------------------------------------------------------


def _sign_in(request: HttpRequest, identity: Identity) -> HttpResponse:
    user = services.owner_of(identity.provider_id, identity.fingerprints)
    if user is None:
        raise Refused("unknown")
    return _complete(request, user, identity)


def _complete(request: HttpRequest, user: User, identity: Identity) -> HttpResponse:
    """Through the same last steps as every sign-in: closed account, second factor, record."""
    if request.user.is_authenticated:
        request.session.flush()
    facts = {"provider": identity.provider_id, "strong": identity.is_strong, "fresh": identity.is_fresh}
    record_authentication(request, user, "socialaccount", **facts)
    response: HttpResponse = perform_login(
        request, Login(user=user, redirect_url=identity.state.get("next") or None)
    )
    return response


def _connect(request: HttpRequest, identity: Identity) -> HttpResponse:
    if not isinstance(request.user, User) or identity.state["user"] != str(request.user.pk):
        raise Refused("state")
    by = actor(request) or Person(request.user)
    services.connect(request.user, identity.provider_id, identity.fingerprints, by=by)
    messages.success(request, _("The sign-in of the organisation is connected to your account"))
    return redirect("accounts:organisations")


def _confirm(request: HttpRequest, identity: Identity) -> HttpResponse:
    owner = services.owner_of(identity.provider_id, identity.fingerprints)
    if not isinstance(request.user, User) or owner is None or owner.pk != request.user.pk:
        raise Refused("somebody_else")
    if not identity.is_fresh:
        raise Refused("stale")
    make_fresh(request.session)
    audit.record("person.confirm", request.user, by=actor(request), provider=identity.provider_id)
    return HttpResponseRedirect(identity.state.get("next") or "/")


def _invited(request: HttpRequest, identity: Identity) -> HttpResponse:
    user_id, token = request.session.get(INVITATION, ["", ""])
    if not user_id or invitations.invited_person(UUID(user_id), token) is None:
        raise Refused("invitation")
    user = services.accept_invitation_by(UUID(user_id), token, identity.provider_id, identity.fingerprints)
    request.session.pop(INVITATION, None)
    return _complete(request, user, identity)


AFTER: Final = {SIGN_IN: _sign_in, CONNECT: _connect, CONFIRM: _confirm, INVITED: _invited}


def _refused(request: HttpRequest, provider: OrganisationProvider, why: str, words: str = "") -> HttpResponse:
    audit.refuse(
        "person.sign_in", by=actor(request), step="organisation", why=why, provider=provider.app.provider_id
    )
    said = {
        "unreachable": _("%(name)s does not answer. Try again in a while, or sign in another way"),
        "cancelled": _("You cancelled the sign-in at %(name)s"),
        "clock": _("The clocks of the portal and %(name)s differ too much. Tell your administrator"),
        "expired": _("The answer from %(name)s is too old. Start again"),
        "level": _("You signed in at %(name)s with a lower level of assurance than the portal needs"),
        "unknown": _("Your identity at %(name)s is not connected to an account here"),
        "somebody_else": _("You signed in at %(name)s as somebody else than you are here"),
        "stale": _("%(name)s did not ask you to sign in again. Confirm in another way"),
        "invitation": _("The invitation no longer works. Ask your administrator for a new one"),
    }  # fmt: skip
    text = said.get(why) or _("The answer from %(name)s could not be trusted. Start again")
    context = {"words": words or text % {"name": provider.name}, "unknown": why == "unknown"}
    status = 503 if why == "unreachable" else 403
    return render(request, "accounts/organisation_refused.html", context, status=status)
