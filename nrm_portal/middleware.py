"""What holds for every page: the reader's language, nothing kept by browsers, stale pages explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.middleware import typed
from cases.views import lost
from core.errors import Disposed, Moved, StaleVersion, TransitionNotAllowed

type_of_next = Callable[[HttpRequest], HttpResponseBase]
CONFLICT = 409


class UserLanguage:
    """The language a person chose: on the account when signed in, else in a cookie, else Swedish."""

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = chosen_language(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(cast(HttpResponse, response), ("Cookie",))
        return response


def chosen_language(request: HttpRequest) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    user = getattr(request, "user", None)
    wanted = getattr(user, "language", "") if user is not None and user.is_authenticated else ""
    wanted = wanted or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return wanted if wanted in known else settings.LANGUAGE_CODE


class PrivatePages:
    """Signed-in pages are never stored by a browser; a stale page gets words instead of an error.

    Also the one place that turns `TransitionNotAllowed` and `StaleVersion` of any service into a page.
    """

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("no page asks for this character, and no database can hold it")
        response = self.get_response(request)
        if request.user.is_authenticated or request.method != "GET":
            add_never_cache_headers(cast(HttpResponse, response))
            response.headers["Cache-Control"] = "no-store, private"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, TransitionNotAllowed):
            return self._moved_on(request, str(exception))
        if isinstance(exception, StaleVersion):
            return render(request, "409.html", {"current": exception.current}, status=CONFLICT)
        if isinstance(exception, Moved) and request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(reverse(exception.name, args=[exception.key]))
        if isinstance(exception, Disposed):
            return lost.disposed(request, exception, typed(request) if request.method == "POST" else ())
        if isinstance(exception, PermissionDenied | Http404):
            return self._kept(request, 403 if isinstance(exception, PermissionDenied) else 404)
        return None

    def _kept(self, request: HttpRequest, status: int) -> HttpResponseBase | None:
        """A form of a case whose sight has ended: the text stays, and the reason is told (S26)."""
        match = request.resolver_match
        about_a_case = match is not None and match.app_name == "cases" and "case_id" in match.kwargs
        texts = typed(request) if request.method == "POST" and about_a_case else []
        return lost.page(request, texts, status) if texts else None

    def _moved_on(self, request: HttpRequest, words: str) -> HttpResponseBase:
        """The page was older than the case: say so where the person was."""
        if request.headers.get("HX-Request"):
            return render(
                request, "components/message.html", {"level": "warning", "text": words}, status=CONFLICT
            )
        messages.warning(request, words)
        return HttpResponseRedirect(page_above(request))


def page_above(request: HttpRequest) -> str:
    """Where a POST came from: its own `next`, else the nearest address above it that is a page.

    The Referer header is switched off, so the address itself has to tell.
    """
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        return asked
    parts = request.path.strip("/").split("/")
    while parts := parts[:-1]:
        path = "/" + "/".join(parts) + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return reverse("home")
