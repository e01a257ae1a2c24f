"""What the shell of every page needs: menu, helpline, demo band, count of unread notices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

CASEWORKER = "caseworker"
REGIONAL = "regional_coordinator"
NATIONAL = "national_coordinator"
OPERATOR = "hotline_operator"
ADMINISTRATOR = "administrator"
AUDITOR = "auditor"
PROTECTION = "data_protection_officer"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the main menu; `roles`: who has it."""

    label: Any
    path: str
    roles: frozenset[str]


MENU = (
    Item(_("My work"), "/arbete/", frozenset({CASEWORKER, REGIONAL, NATIONAL, OPERATOR, ADMINISTRATOR, AUDITOR})),
    Item(_("Inbox"), "/inkorg/", frozenset({REGIONAL, NATIONAL})),
    Item(_("Cases"), "/arenden/", frozenset({CASEWORKER, REGIONAL, NATIONAL})),
    Item(_("Helpline log"), "/samtal/", frozenset({OPERATOR, NATIONAL})),
    Item(_("The Manual"), "/manual/", frozenset()),
    Item(_("Statistics"), "/statistik/", frozenset({CASEWORKER, REGIONAL, NATIONAL, OPERATOR})),
    Item(_("Administration"), "/admin-sidor/", frozenset({NATIONAL, ADMINISTRATOR})),
    Item(_("Review log"), "/granskning/", frozenset({AUDITOR, PROTECTION})),
)
REFERRERS = frozenset({CASEWORKER, REGIONAL, NATIONAL})


@lru_cache(maxsize=64)
def exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def menu(role: str, path: str) -> list[dict[str, Any]]:
    return [
        {"label": item.label, "path": item.path, "current": path.startswith(item.path)}
        for item in MENU
        if (not item.roles or role in item.roles) and exists(item.path)
    ]


def unread(assignment: Any) -> int:
    return 0


def shell(request: HttpRequest) -> dict[str, Any]:
    """One context key, `shell`; nothing is queried until a template asks."""
    assignment = getattr(request, "assignment", None)
    user = getattr(request, "user", None)
    signed_in = bool(user is not None and user.is_authenticated)
    role = str(getattr(assignment, "role", ""))
    return {
        "shell": {
            "signed_in": signed_in,
            "assignment": assignment,
            "theme": getattr(user, "theme", "") or "system",
            "density": getattr(user, "density", "") or "normal",
            "shortcuts": bool(getattr(user, "shortcuts", True)),
            "menu": menu(role, request.path) if signed_in and assignment else [],
            "may_refer": role in REFERRERS and exists("/hanvisning/ny/"),
            "unread": SimpleLazyObject(lambda: unread(assignment) if assignment else 0),
            "helpline": settings.HELPLINE,
            "demo": settings.DEMO,
            "gallery": settings.DEBUG or settings.DEMO or settings.TESTING,
            "quick_exit": settings.QUICK_EXIT_URL,
            "languages": settings.LANGUAGES,
            "idle_seconds": int(settings.SESSION_IDLE.total_seconds()),
            "warn_seconds": int(settings.SESSION_WARN_BEFORE.total_seconds()),
        }
    }
