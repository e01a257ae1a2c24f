"""The gallery /ui/: every component in every state. Shown in development, demo and tests only."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    return render(request, "public/gallery.html")


urlpatterns = [path("", gallery, name="gallery")]
