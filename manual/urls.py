"""Addresses of the manual, under /manual/. A paragraph is `<section>#<anchor>`."""

from __future__ import annotations

from django.urls import path

from manual import views

app_name = "manual"
urlpatterns = [
    path("", views.contents, name="contents"),
    path("sok/", views.search_page, name="search"),
    path("utgavor/", views.editions, name="editions"),
    path("utgavor/<int:number>/", views.edition, name="edition"),
    path("<int:number>/", views.chapter, name="chapter"),
    path("<int:number>/<slug:anchor>/", views.section, name="section"),
]
