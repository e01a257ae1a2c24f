"""In and out: sign-in, demo sign-in, invitation, first sign-in, choice of assignment, lock, sign-out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.flows.logout import logout as allauth_logout
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.views import LoginView
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Person, actor, chosen_membership, limits, memberships_of
from accounts.access.sessions import choose as choose_membership
from accounts.enums import Door
from accounts.forms import AcceptInvitationForm, SecrecyForm
from accounts.models import Membership, User
from accounts.services import invitations, people
from core import audit

INVITATION = "nrm_invitation"
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class SignInView(LoginView):  # type: ignore[misc]
    """allauth's sign-in with the list of ways beside the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        next_url = safe_next(self.request)
        context["ways"] = get_social_adapter(self.request).list_providers(self.request)
        context["next"] = next_url
        context["demo"] = settings.DEMO
        return context


sign_in = SignInView.as_view()


@login_not_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Forget a sign-in that stopped half-way, and start over."""
    clear_login(request)
    return redirect("accounts:login")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    allauth_logout(request, show_message=False)
    messages.info(request, _("You have signed out"))
    return _nothing_kept(redirect("accounts:login"))


def _nothing_kept(response: HttpResponseRedirect) -> HttpResponseRedirect:
    """The next person at this computer finds nothing by going back."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """The professionals' quick hide: the session ends at once, drafts are on the server, sign in to go on."""
    back = safe_next(request)
    audit.record("person.lock", by=actor(request))
    allauth_logout(request, show_message=False)
    messages.info(request, _("The screen is locked. Your drafts are kept. Sign in to go on"))
    query = f"?{urlencode({'next': back})}" if back else ""
    return _nothing_kept(HttpResponseRedirect(reverse("accounts:login") + query))


@get_or_post
def choose(request: HttpRequest) -> HttpResponse:
    """For whom do you act now? Asked after sign-in when there is a choice, and from the user menu."""
    assert isinstance(request.user, User)
    memberships = memberships_of(request.user)
    error = ""
    if request.method == "POST":
        wanted = next((m for m in memberships if str(m.pk) == request.POST.get("membership")), None)
        if wanted is not None:
            choose_membership(request.session, wanted.pk)
            audit.record("person.choose_assignment", wanted, by=Person(request.user), role=wanted.role)
            return HttpResponseRedirect(safe_next(request) or reverse("home"))
        audit.refuse("person.choose_assignment", request.user, by=Person(request.user))
        error = _("Choose an assignment")
    context = {
        "memberships": memberships,
        "chosen": chosen_membership(request.session),
        "next": safe_next(request),
        "errors": [("membership-0", error)] if error else [],
        "has_errors": bool(error),
    }
    return render(request, "accounts/choose.html", context, status=400 if error else 200)


@get_or_post
def first(request: HttpRequest) -> HttpResponse:
    """First sign-in: how secrecy is handled, confirmed once."""
    assert isinstance(request.user, User)
    form = SecrecyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        people.acknowledge_secrecy(request.user, by=Person(request.user))
        return HttpResponseRedirect(safe_next(request) or reverse("home"))
    return render(request, "accounts/first.html", {"form": form, "next": safe_next(request)})


@login_not_required
@never_cache
@require_safe
def invitation(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """The link of the mail. The key moves from the address into the session, so that nothing can leak it."""
    request.session[INVITATION] = [str(user_id), token]
    return redirect("accounts:accept-invitation")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@get_or_post
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Choose a password; the second factor is asked for right after, where it is required."""
    user_id, token = request.session.get(INVITATION, ["", ""])
    try:
        attempt = limits.attempt(request, Door.INVITATION)
    except limits.TooMany:
        return render(request, "429.html", status=429)
    user = invitations.invited_person(UUID(user_id), token) if user_id else None
    if user is None:
        return render(request, "accounts/invitation_over.html", status=410)
    attempt.succeeded()
    details = {"name": user.name, "phone": user.phone, "title": user.title}
    form = AcceptInvitationForm(request.POST if request.method == "POST" else None, initial=details)
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept_invitation(user.pk, token, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            del request.session[INVITATION]
            login = Login(user=user)
            credentials = {"email": user.email, "password": form.cleaned_data["password"]}
            response: HttpResponse = perform_password_login(request, credentials, login)
            return response
    ways = get_social_adapter(request).list_providers(request)
    return render(request, "accounts/invitation.html", {"form": form, "email": user.email, "ways": ways})


@login_not_required
@never_cache
@get_or_post
def demo(request: HttpRequest) -> HttpResponse:
    """One click signs in as one of the made-up people. Exists in a demo only."""
    if not settings.DEMO:
        raise Http404
    rows = Membership.objects.in_force().filter(user__is_demo=True).select_related("user", "agency")
    if request.method == "POST":
        wanted = _uuid(request.POST.get("membership", ""))
        membership = rows.filter(pk=wanted).first() if wanted else None
        if membership is None:
            raise Http404
        if request.user.is_authenticated:
            allauth_logout(request, show_message=False)
        get_adapter(request).login(request, membership.user)
        choose_membership(request.session, membership.pk)
        return redirect("home")
    players = rows.order_by("role", "agency__name", "user__name")
    return render(request, "accounts/demo.html", {"players": players})


def safe_next(request: HttpRequest) -> str:
    """Where to go on afterwards, if that is an address of this portal."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith("/") else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
