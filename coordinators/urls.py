"""Regions, desks and duties. Absence of one's own needs no administrator."""

from __future__ import annotations

from django.urls import path

from coordinators.views import activity
from coordinators.views import regions as views

app_name = "coordinators"

BASE = "admin-sidor/regioner/"

urlpatterns = [
    path(BASE, views.regions, name="regions"),
    path(f"{BASE}prova/", views.try_route, name="try_route"),
    path(f"{BASE}ny/", views.open_desk, name="open_desk"),
    path(f"{BASE}lan/<str:code>/", views.move_county, name="move_county"),
    path(f"{BASE}min-franvaro/", views.own_absence, name="own_absence"),
    path(f"{BASE}franvaro/<uuid:absence_id>/", views.change_absence, name="change_absence"),
    path(f"{BASE}franvaro/<uuid:absence_id>/ta-bort/", views.cancel_absence, name="cancel_absence"),
    path(f"{BASE}tjanst/<uuid:duty_id>/", views.change_duty, name="change_duty"),
    path(f"{BASE}<uuid:desk_id>/", views.desk, name="desk"),
    path(f"{BASE}<uuid:desk_id>/andra/", views.change_desk, name="change_desk"),
    path(f"{BASE}<uuid:desk_id>/stang/", views.close_desk, name="close_desk"),
    path(f"{BASE}<uuid:desk_id>/tjanst/", views.put_on_duty, name="put_on_duty"),
    path(f"{BASE}<uuid:desk_id>/franvaro/", views.register_absence, name="register_absence"),
    path("verksamhet/<uuid:desk_id>/ny/", activity.add, name="add-note"),
    path("verksamhet/anteckning/<uuid:note_id>/", activity.change, name="change-note"),
    path("verksamhet/anteckning/<uuid:note_id>/ta-bort/", activity.remove, name="delete-note"),
]
