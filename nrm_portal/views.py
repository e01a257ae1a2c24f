"""Pages of the portal as a whole: health, language, errors, and the pages open to everyone."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import actor
from accounts.models import User
from accounts.services import people
from core import clock
from nrm_portal.context import exists

log = logging.getLogger(__name__)
YEAR = 365 * 24 * 3600
SECURITY_TXT_LIFE = timedelta(days=180)
# What a role meets first after signing in; the first address that exists is used.
HOMES = {
    "regional_coordinator": ("/inkorg/",),
    "national_coordinator": ("/statistik/",),
    "hotline_operator": ("/samtal/",),
    "administrator": ("/admin-sidor/",),
    "auditor": ("/granskning/",),
    "data_protection_officer": ("/dataskydd/",),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sends each role to where its day begins."""
    role = str(getattr(getattr(request, "assignment", None), "role", ""))
    for path in (*HOMES.get(role, ()), "/arbete/", "/manual/"):
        if exists(path):
            return HttpResponseRedirect(path)
    return HttpResponseRedirect(reverse("about"))


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anything else."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers: traffic may be sent here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("not ready")
        return JsonResponse({"database": False}, status=503)
    return JsonResponse({"database": True})


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembers the chosen language: on the account when signed in, and in a cookie."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Http404
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("home")
    user = request.user
    if isinstance(user, User) and user.language != wanted and (by := actor(request)):
        people.change_settings(user, by=by, language=wanted)
    response = HttpResponseRedirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=YEAR,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
def keep_alive(request: HttpRequest) -> HttpResponse:
    """The person is active without loading pages: counts as activity, changes nothing else."""
    return HttpResponse(status=204)


@login_not_required
@require_safe
def quick_exit(request: HttpRequest) -> HttpResponse:
    """Away to a neutral site, leaving as little as a site can in the browser."""
    response = HttpResponseRedirect(settings.QUICK_EXIT_URL)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_not_required
@require_safe
def page(request: HttpRequest, template: str) -> HttpResponse:
    """A page open to everyone."""
    return render(request, f"public/{template}.html")


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where flaws are reported (RFC 9116). A portal that has said no address has no such page."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {clock.now() + SECURITY_TXT_LIFE:%Y-%m-%dT00:00:00Z}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL.rstrip('/')}{request.path}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


# --- errors --------------------------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context, session or database: they may be what broke."""
    return HttpResponse(loader.get_template("500.html").render({}), status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
