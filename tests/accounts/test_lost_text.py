"""A session that ends while somebody writes: nothing is saved, nothing is lost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
TEXT = "Hon ringde i går och berättade mer.\nHon vill träffa någon på tisdag."


def test_the_text_stands_on_the_page(client: Client) -> None:
    page = client.post(reverse("cases:note-add", args=[uuid4()]), {"text": TEXT})
    assert page.status_code == 401
    assert "Hon vill träffa någon på tisdag." in page.content.decode()
    assert page["Cache-Control"].find("no-store") >= 0


def test_secrets_are_never_handed_back(client: Client) -> None:
    page = client.post(
        reverse("accounts:settings"), {"new_password": "a very long secret indeed", "name": "x"}
    )
    assert page.status_code == 302
    assert "secret" not in page.content.decode()


@pytest.mark.parametrize("text", ["<script>alert(1)</script> och mer än så", "\x00\u202e" + "ord " * 10])
def test_it_is_only_text(client: Client, text: str) -> None:
    page: Any = client.post(reverse("cases:note-add", args=[uuid4()]), {"text": text})
    assert page.status_code == 401 and "<script>alert" not in page.content.decode()
