"""Between signing in and every page: session rules, second factor, chosen assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Assignment, Person, assignment_for, chosen_membership, limits, memberships_of
from accounts.access.sessions import choose, ended_by, use
from accounts.models import User
from core import audit, clock

SECOND_FACTOR: Final = frozenset(
    {
        "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
        "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "accounts:confirm-organisation",
    }
)  # fmt: skip
"""What somebody may reach who has a password and no second factor yet, where one is required."""

SECRETS: Final = ("csrf", "password", "code", "token", "credential")
WORTH_KEEPING: Final = 20
"""Signs, a space among them: anything else is a choice, an address or a date, quickly given again."""
ALWAYS: Final = frozenset({"accounts:logout", "accounts:lock", "keep-alive", "language"})
UNASSIGNED: Final = SECOND_FACTOR | {"accounts:choose"}
"""What somebody may reach who is signed in and acts for nobody yet."""


class AssignmentMiddleware:
    """Sets `request.assignment` (None while nobody is signed in or nothing is chosen) and guards the way in.

    In this order: a session that is over is ended; whoever still owes a second factor, the words on secrecy
    or the choice of an assignment is sent there and reaches nothing else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        any_request: Any = request
        any_request.assignment = None
        if request.user.is_authenticated and not self._ended(request):
            any_request.assignment = self._assignment(request)
        response = self._for_script(request, self.get_response(request))
        limits.keep_browser(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User):
            return None
        if getattr(view, "counts_as_activity", True) and use(request.session):
            rows = UserSession.objects.filter(session_key=request.session.session_key)
            rows.update(last_seen_at=clock.now())
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in ALWAYS or not getattr(view, "login_required", True):
            return None
        wanted = self._owed(request, user)
        if wanted is None or name in wanted[1]:
            return None
        query = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return HttpResponseRedirect(resolve_url(wanted[0]) + query)

    def _owed(self, request: HttpRequest, user: User) -> tuple[str, frozenset[str]] | None:
        """Where she has to go before anything else, and what she may reach until then."""
        if owes_second_factor(request, user):
            return "mfa_index", SECOND_FACTOR
        if user.secrecy_read_at is None:
            return "accounts:first", SECOND_FACTOR | {"accounts:first"}
        if getattr(request, "assignment", None) is None:
            return "accounts:choose", UNASSIGNED
        return None

    def _ended(self, request: HttpRequest) -> bool:
        """End a session that was left alone or is too old, and say so on the sign-in page."""
        assert isinstance(request.user, User)
        user = request.user
        why = ended_by(request.session, user)
        if not why:
            return False
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        logout(request)
        audit.record("person.sign_out", user, by=Person(user), why=why)
        messages.info(
            request, _("You have been signed out so that nobody else can read. Your drafts are kept")
        )
        return True

    def _assignment(self, request: HttpRequest) -> Assignment | None:
        """The chosen membership if it is still in force, else the only one there is."""
        assert isinstance(request.user, User)
        memberships = memberships_of(request.user)
        chosen = chosen_membership(request.session)
        found = next((m for m in memberships if m.pk == chosen), None)
        if found is None and len(memberships) == 1:
            found = memberships[0]
            choose(request.session, found.pk)
        return assignment_for(found) if found else None

    def _for_script(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A part of a page must not be replaced by the sign-in page: the whole page goes there."""
        if response.status_code != 302 or not self._leads_to_sign_in(response):
            return response
        if texts := typed(request):
            return _hand_back(request, response["Location"], texts)
        if request.headers.get("HX-Request"):
            moved = HttpResponse(status=200)
            moved["HX-Redirect"] = response["Location"]
            moved.cookies = response.cookies
            return moved
        if request.method == "POST" and _next_of(response) == request.get_full_path():
            response["Location"] = _back_to_page_above(response)
        return response

    def _leads_to_sign_in(self, response: HttpResponse) -> bool:
        return urlsplit(response.get("Location", "")).path == resolve_url(settings.LOGIN_URL)


def owes_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether a second factor is required and she has none. Asked of the database until she has one."""
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get("nrm_second_factor"):
        return False
    has_one = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    if has_one:
        request.session["nrm_second_factor"] = True
    return not has_one


def typed(request: HttpRequest) -> list[str]:
    """What was written in the form whose session is over: text worth keeping, never a secret or a code."""
    return [
        text
        for name, values in request.POST.lists()
        if not any(word in name for word in SECRETS)
        for text in values
        if len(text.strip()) >= WORTH_KEEPING and " " in text.strip()
    ]


def _hand_back(request: HttpRequest, sign_in: str, texts: list[str]) -> HttpResponse:
    """Nothing was saved and nothing is lost: the text stands on the page, to copy after signing in."""
    words = {"texts": texts, "sign_in": sign_in.split("?")[0]}
    page = render(request, "accounts/lost.html", words, status=401)
    page["Cache-Control"] = "no-store"
    if request.headers.get("HX-Request"):
        page["HX-Retarget"], page["HX-Reswap"] = "body", "innerHTML"
    return page


def _next_of(response: HttpResponse) -> str:
    return parse_qs(urlsplit(response["Location"]).query).get("next", [""])[0]


def _back_to_page_above(response: HttpResponse) -> str:
    """After signing in again a form's address would answer 405: lead to the page it stood on."""
    above = _next_of(response).split("?")[0].rstrip("/").rpartition("/")[0] + "/"
    return f"{urlsplit(response['Location']).path}?{urlencode({'next': above})}"
