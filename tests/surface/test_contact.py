"""Whoever finds a flaw finds an address (RFC 9116)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from core import clock
from nrm_portal.checks import production

pytestmark = pytest.mark.django_db


def test_security_txt_names_a_contact_and_a_day_in_the_future(client: Client, settings: Settings) -> None:
    settings.SECURITY_CONTACT = "mailto:security@agency.example"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == "mailto:security@agency.example"
    assert lines["Canonical"].endswith("/.well-known/security.txt") and "sv" in lines["Preferred-Languages"]
    expires = datetime.fromisoformat(lines["Expires"])
    assert timedelta() < expires - clock.now() < timedelta(days=366)


@pytest.mark.parametrize("contact", ["", "security@agency.example", "http://agency.example"])
def test_a_portal_without_an_address_is_not_fit_for_production(settings: Settings, contact: str) -> None:
    settings.SECURITY_CONTACT = contact
    assert "portal.W021" in [one.id for one in production(None)]
    settings.SECURITY_CONTACT = ""
    assert Client().get("/.well-known/security.txt").status_code == 404
