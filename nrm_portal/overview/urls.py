"""Addresses of the national picture."""

from django.urls import path

from nrm_portal.overview import editions, views

app_name = "overview"

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("sa-raknar-vi/", views.counting, name="counting"),
    path("hamta/", views.download, name="download"),
    path("utgavor/", editions.editions, name="editions"),
]
