"""The page of a call as its operator uses it: what she fills in, and which button she presses."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from django.test import Client

from accounts.access import Assignment
from coordinators.services import load_reference
from tests.factories import sign_in
from tests.hotline.ringing import operator

ORDINARY: Final[dict[str, Any]] = {
    "danger": "no", "profession": "dental_care", "agency_kind": "health_care", "place": "m0880",
    "about": "advice", "child": "no", "forms": ["domestic_servitude"], "topics": ["consent"],
    "summary": "En patient bor och arbetar hos en familj.", "referred_to": ["coordinator"],
    "started": "10.14",
}  # fmt: skip
"""A dental nurse in Kalmar rings, on an ordinary Wednesday."""


@pytest.fixture
def wednesday(freeze: Callable[[str], datetime]) -> datetime:
    return freeze("2026-11-18 10:20")


@pytest.fixture
def by(wednesday: datetime, db: None) -> Assignment:
    """An operator, where the map is loaded and no manual yet: a call can be logged all the same."""
    load_reference()
    return operator()


@pytest.fixture
def browser(by: Assignment) -> Client:
    return sign_in(Client(), by)


def value(page: str, name: str) -> str:
    """What a hidden field or a box of the page sends."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def fresh(browser: Client) -> dict[str, str]:
    """What a new page sends along by itself."""
    page = browser.get("/samtal/nytt/").content.decode()
    return {name: value(page, name) for name in ("call", "version", "view")}


def log(browser: Client, button: str = "end", **changes: Any) -> Any:
    return browser.post("/samtal/nytt/", fresh(browser) | ORDINARY | {button: "1"} | changes)
