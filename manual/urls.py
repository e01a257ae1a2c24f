"""Addresses of the manual, under /manual/. A paragraph is `<section>#<anchor>`."""

from __future__ import annotations

from django.urls import path

from manual import views
from manual.views import printing

app_name = "manual"
urlpatterns = [
    path("", views.contents, name="contents"),
    path("sok/", views.search_page, name="search"),
    path("utgavor/", views.editions, name="editions"),
    path("utgavor/<int:number>/", views.edition, name="edition"),
    path("skriv-ut/", printing.order, name="paper"),
    path("skriv-ut/<uuid:job_id>/", printing.ready, name="paper-ready"),
    path("skriv-ut/<uuid:job_id>/pdf/", printing.fetch, name="paper-file"),
    path("<int:number>/", views.chapter, name="chapter"),
    path("<int:number>/<slug:anchor>/", views.section, name="section"),
]
