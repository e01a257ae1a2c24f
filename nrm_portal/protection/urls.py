"""Addresses of the data protection officer's home."""

from django.urls import path

from nrm_portal.protection import views

app_name = "protection"

urlpatterns = [path("", views.home, name="home")]
