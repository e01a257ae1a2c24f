"""Addresses of the heart. Pages are nouns, changes are POSTs to a verb; Swedish words, UUIDs, no names."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "cases"

draft_urls: list[URLPattern | URLResolver] = []
referral_urls: list[URLPattern | URLResolver] = []
work_urls: list[URLPattern | URLResolver] = []
case_urls: list[URLPattern | URLResolver] = []

urlpatterns = [*draft_urls, *referral_urls, *work_urls, *case_urls]
