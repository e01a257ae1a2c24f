"""Addresses of the telephone desk, under /samtal/."""

from __future__ import annotations

from django.urls import path

from hotline import views

app_name = "hotline"
urlpatterns = [
    path("", views.log, name="log"),
    path("nytt/", views.new, name="new"),
    path("bredvid/", views.beside, name="beside"),
    path("<uuid:call_id>/", views.call, name="call"),
]
