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

from accounts.enums import Role
from cases.services import notices
from core import jobs, outbox
from core.enums import JobState
from core.models import JobRun


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the main menu; `roles`: who has it."""

    label: Any
    path: str
    roles: frozenset[str]


ALL = frozenset(Role)
WORKERS = frozenset({Role.CASEWORKER, Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR})
ALARM_PAGES = ("/arbete/", "/statistik/", "/jobb/", "/admin-sidor/")
WATCHERS = frozenset({Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR, Role.ADMINISTRATOR})
MENU = (
    Item(_("My work"), "/arbete/", ALL - {Role.DATA_PROTECTION_OFFICER}),
    Item(_("Inbox"), "/inkorg/", frozenset({Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR})),
    Item(_("Cases"), "/arenden/", WORKERS),
    Item(_("Helpline log"), "/samtal/", frozenset({Role.HOTLINE_OPERATOR})),
    Item(_("The Manual"), "/manual/", ALL),
    Item(_("Statistics"), "/statistik/", WORKERS | {Role.HOTLINE_OPERATOR}),
    Item(_("Administration"), "/admin-sidor/", frozenset({Role.ADMINISTRATOR, Role.NATIONAL_COORDINATOR})),
    Item(_("Data protection"), "/dataskydd/", frozenset({Role.DATA_PROTECTION_OFFICER})),
    Item(_("Review log"), "/granskning/", frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})),
)


@lru_cache(maxsize=64)
def exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def menu(role: Role | str, path: str) -> list[dict[str, Any]]:
    return [
        {"label": item.label, "path": item.path, "current": path.startswith(item.path)}
        for item in MENU
        if role in item.roles and exists(item.path)
    ]


def alarms(role: Role | str) -> list[str]:
    """What everybody who can act on it must know: the clock stands still, mail is delayed, the demo fills."""
    texts: list[str] = []
    if role in WATCHERS:
        if not jobs.clockwork_runs():
            stands_still = _(
                "Reminders stand still: no scheduled job has run for five minutes. Tell operations."
            )
            texts.append(str(stands_still))
        if outbox.delayed():
            texts.append(str(_("E-mail is delayed. It leaves by itself when the mail server answers.")))
    run = JobRun.objects.filter(name="demo", state=JobState.RUNNING).last() if settings.DEMO else None
    if run:
        words = _("The demo is being filled with older years: %(done)s of %(found)s cases.")
        texts.append(words % {"done": run.done, "found": run.found})
    return texts


def shell(request: HttpRequest) -> dict[str, Any]:
    """One context key, `shell`; nothing is queried until a template asks."""
    assignment = getattr(request, "assignment", None)
    user = getattr(request, "user", None)
    signed_in = bool(user is not None and user.is_authenticated)
    role = getattr(assignment, "role", "")
    return {
        "shell": {
            "signed_in": signed_in,
            "assignment": assignment,
            "theme": getattr(user, "theme", "") or "system",
            "density": getattr(user, "density", "") or "comfortable",
            "shortcuts": bool(getattr(user, "shortcuts", True)),
            "menu": menu(role, request.path) if signed_in and assignment else [],
            "role_name": Role(role).label if role else "",
            "refer": "/hanvisning/ny/"
            if assignment and assignment.has("file_referrals") and exists("/hanvisning/ny/")
            else "",
            "search": "/sok/" if assignment and exists("/sok/") else "",
            "notices": "/aviseringar/" if assignment and exists("/aviseringar/") else "",
            "unread": SimpleLazyObject(lambda: notices.unread(assignment.user_id) if assignment else 0),
            "alarms": alarms(role) if signed_in and request.path in ALARM_PAGES else [],
            "helpline": settings.HELPLINE,
            "demo": settings.DEMO,
            "gallery": settings.DEBUG or settings.DEMO or settings.TESTING,
            "quick_exit": settings.QUICK_EXIT_URL,
            "languages": settings.LANGUAGES,
            "idle_seconds": int(settings.SESSION_IDLE.total_seconds()),
            "warn_seconds": int(settings.SESSION_WARN_BEFORE.total_seconds()),
        }
    }
