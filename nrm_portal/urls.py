"""Every address of the portal. Each app owns its own; the roof owns the open pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from nrm_portal import views
from nrm_portal.behind import behind
from nrm_portal.overview import views as overview

handler400 = "nrm_portal.views.bad_request"
handler403 = "nrm_portal.views.forbidden"
handler404 = "nrm_portal.views.not_found"
handler500 = "nrm_portal.views.server_error"

APPS = (
    ("", "accounts.urls"),
    ("", "cases.urls"),
    ("manual/", "manual.urls"),
    ("", "coordinators.urls"),
    ("statistik/", "nrm_portal.overview.urls"),
    ("samtal/", "hotline.urls"),
    ("dataskydd/", "nrm_portal.protection.urls"),
    ("granskning/", "nrm_portal.review.urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("om-portalen/", views.page, {"template": "about"}, name="about"),
    path("ar-du-utsatt/", views.page, {"template": "victims"}, name="victims"),
    path("dolj-besoket/", views.page, {"template": "traces"}, name="traces"),
    path("lamna-sidan/", views.quick_exit, name="quick-exit"),
    path("tillganglighet/", views.page, {"template": "accessibility"}, name="accessibility"),
    path("personuppgifter/", views.page, {"template": "privacy"}, name="privacy"),
    path("sprak/", views.language, name="language"),
    path("aktiv/", views.keep_alive, name="keep-alive"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path("samtal/statistik/", overview.calls, name="call-statistics"),
    path("statistik/egna/arenden/", behind, name="cases-behind"),
    path("health/live/", views.live, name="live"),
    path("health/ready/", views.ready, name="ready"),
    *(path(prefix, include(module)) for prefix, module in APPS if find_spec(module)),
]
if settings.DEBUG or settings.DEMO or settings.TESTING:
    urlpatterns.append(path("ui/", include("nrm_portal.gallery")))
