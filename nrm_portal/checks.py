"""System checks: what must be true before the portal may serve. Each message says what to do.

`manage.py check` looks at the settings, `--deploy` demands what production needs, `--database default` also
asks the database and the broker. The web refuses to start while a check tagged START reports an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from core import append_only
from core.vault import VaultError, self_test
from nrm_portal.celery import app

TAG, START = "portal", "portal_start"
Configs = Sequence[AppConfig] | None
LOCAL_MAIL = ("console", "locmem", "filebased", "dummy")


@register(TAG, START)
def key_ring(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """The key ring is there and gives back what was put into it."""
    try:
        self_test(database=False)
    except VaultError as error:
        hint = (
            "Set NRM_KEYRING (or NRM_KEYRING_FILE) to VERSION:BASE64 of 32 random bytes; bin/run makes one."
        )
        return [Error(f"The key ring cannot be used: {error}.", hint=hint, id="portal.E001")]
    return []


@register(TAG, START)
def demo_is_not_production(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """One-click sign-in never meets real people."""
    if settings.DEMO and settings.SECURE:
        hint = "Set DEMO=0. A demo runs on http and on this machine only."
        return [Error("DEMO is on at an https address: anybody could sign in.", hint=hint, id="portal.E002")]
    return []


@register(TAG, START)
def site_address(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """Links in messages lead to a host this portal answers for."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        hint = "For example https://nrm.example.se, without a path."
        return [Error(f"SITE_URL is no address: {settings.SITE_URL}", hint=hint, id="portal.E003")]
    if not _is_allowed(parts.hostname):
        hint = f"Add {parts.hostname} to ALLOWED_HOSTS."
        return [Error("The portal does not answer for the host of SITE_URL.", hint=hint, id="portal.E004")]
    return []


def _is_allowed(host: str) -> bool:
    return any(
        pattern in ("*", host) or (pattern.startswith(".") and f".{host}".endswith(pattern))
        for pattern in settings.ALLOWED_HOSTS
    )


@register(TAG, START)
def organisations(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """Every organisation that signs its people in says how sure it must be of them."""
    hint = 'See docs/operations.md, "Sign-in of organisations".'
    names = [entry.get("id") if isinstance(entry, dict) else None for entry in settings.OIDC_PROVIDERS]
    for place, entry in enumerate(settings.OIDC_PROVIDERS, 1):
        if problem := _wrong_with(entry):
            yield Error(f"OIDC_PROVIDERS, number {place}: {problem}.", hint=hint, id="portal.E005")
    if len(set(names)) < len(names):
        yield Error("OIDC_PROVIDERS: two have the same id.", hint=hint, id="portal.E006")


PROVIDER_TEXTS = ("id", "name", "issuer", "client_id")
PROVIDER_REST = frozenset(
    {
        "secret", "levels", "level_claim", "second_factor", "asks_every_time", "scope", "auth_params",
        "token_auth_method",
    }
)  # fmt: skip


def _wrong_with(entry: Any) -> str:
    """What is wrong with one entry of OIDC_PROVIDERS, in words; "" when nothing is."""
    if not isinstance(entry, dict):
        return "it is no object"
    if missing := [
        name for name in PROVIDER_TEXTS if not entry.get(name) or not isinstance(entry[name], str)
    ]:
        return f"{missing[0]} is missing"
    if unknown := sorted(set(entry) - set(PROVIDER_TEXTS) - PROVIDER_REST):
        return f"{unknown[0]} is no setting"
    if not re.fullmatch(r"[a-z0-9-]{1,40}", entry["id"]):
        return "the id takes small letters, digits and hyphens"
    levels = entry.get("levels")
    if not isinstance(levels, list) or not levels or not all(isinstance(one, str) and one for one in levels):
        return "levels names no level of assurance that is enough"
    if any(not isinstance(entry.get(name, False), bool) for name in ("second_factor", "asks_every_time")):
        return "second_factor and asks_every_time are true or false"
    if settings.SECURE and not entry["issuer"].startswith("https://"):
        return "the issuer is not https"
    return ""


@register(TAG, deploy=True)
def schedule(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """Every entry of the clock names a task that exists."""
    entries: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    for name, entry in entries.items():
        module, _, task = entry["task"].rpartition(".")
        try:
            found = hasattr(import_module(module), task)
        except ImportError:
            found = False
        if not found:
            hint = "Correct CELERY_BEAT_SCHEDULE in nrm_portal/settings.py, or write the task."
            yield Warning(
                f"The clock's entry {name} has no task {entry['task']}.", hint=hint, id="portal.W005"
            )
        if not isinstance(entry["schedule"], float | crontab):
            yield Warning(f"The clock's entry {name} has no time.", id="portal.W006")


@register(TAG, Tags.security, deploy=True)
def production(app_configs: Configs, **kwargs: Any) -> Iterable[CheckMessage]:
    """What only production needs."""
    if not settings.SECURE:
        yield Error("SITE_URL is not https.", hint="Sign-in and cases travel over it.", id="portal.E010")
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="Set DEBUG=0.", id="portal.E011")
    if settings.DEMO:
        yield Error("DEMO is on.", hint="Set DEMO=0.", id="portal.E012")
    if not settings.SECOND_FACTOR_REQUIRED:
        yield Error("A second factor is not required.", hint="Set DEMO=0.", id="portal.E013")
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield Error(
            "Cookies would travel without encryption.", hint="SITE_URL must be https.", id="portal.E014"
        )
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME)
    if not all(name.startswith("__Host-") for name in names):
        yield Error("A cookie is not bound to this host.", id="portal.E015")
    if any(word in settings.EMAIL_BACKEND for word in LOCAL_MAIL):
        hint = "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.se:587."
        yield Error("Mail would not leave this machine: reminders reach nobody.", hint=hint, id="portal.E016")
    if ".invalid" in settings.DEFAULT_FROM_EMAIL:
        hint = "Set DEFAULT_FROM_EMAIL to an address of yours."
        yield Error("Mail would come from an address that cannot exist.", hint=hint, id="portal.E017")
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS allows every host.", hint="Name the hosts.", id="portal.E018")
    if "owner" in settings.DATABASES:
        hint = "Give DATABASE_OWNER_URL only to `manage.py prepare_database`, never to web, worker and beat."
        yield Warning("This process knows the role that owns the tables.", hint=hint, id="portal.W019")
    if not settings.SECURITY_CONTACT.startswith(("mailto:", "https://")):
        hint = "Set SECURITY_CONTACT, for example mailto:security@agency.example."
        yield Warning("Nobody can report a flaw: there is no security.txt.", hint=hint, id="portal.W021")
    if not settings.AUDIT_SEAL_DIR:
        hint = "Set AUDIT_SEAL_DIR to a folder that whoever runs the database cannot change."
        yield Warning("Seals of the audit lie in the database alone.", hint=hint, id="portal.W021")
    if not settings.TRUSTED_PROXY_COUNT:
        hint = "Behind a proxy set TRUSTED_PROXY_COUNT, or every visitor seems to be the proxy."
        yield Warning("No proxy is trusted.", hint=hint, id="portal.W020")


@register(TAG, Tags.database)
def database_role(
    app_configs: Configs, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """The serving role owns nothing: then no bug and no intruder can empty or rewrite the audit."""
    if "default" not in (databases or ()):
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT rolname, rolsuper OR rolcreaterole OR rolbypassrls,"
                " EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                "         WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = r.oid)"
                " FROM pg_roles r WHERE rolname = current_user"
            )
            role, mighty, owns = cursor.fetchone()
    except DatabaseError as error:
        hint = "Start it, or correct DATABASE_URL. docs/operations.md: when the database stops."
        return [Error(f"The database does not answer: {error}", hint=hint, id="portal.E030")]
    hint = "Serve as nrm_app and migrate as nrm_owner: deploy/roles.sql makes both."
    if mighty:
        return [Error(f"The role {role} may do everything in the database.", hint=hint, id="portal.E031")]
    if owns:
        return [Error(f"The role {role} owns tables.", hint=hint, id="portal.E032")]
    return []


@register(TAG, Tags.database)
def audit_guarded(
    app_configs: Configs, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """After every migration and restore: what may only be added to is still guarded, twice over."""
    if "default" not in (databases or ()):
        return []
    try:
        found = append_only.unguarded(connections["default"])
    except DatabaseError:
        return []  # said by database_role
    hint = "Run `manage.py prepare_database` as the owner of the tables, then `manage.py audit verify`."
    return [Error(f"The table {table} can be changed.", hint=hint, id="portal.E035") for table in found]


@register(TAG, START, Tags.database)
def data_keys_open(
    app_configs: Configs, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """The ring is the one the stored data was written with."""
    if "default" not in (databases or ()):
        return []
    try:
        self_test(database=True)
    except VaultError as error:
        hint = "NRM_KEYRING is not the ring of this database. Put the right one back before anything else."
        return [Error(f"Stored data does not open: {error}.", hint=hint, id="portal.E033")]
    except DatabaseError:
        return []  # said by database_role, or the tables are not there yet
    return []


@register(TAG, Tags.database)
def broker(
    app_configs: Configs, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """The broker answers. Work is not lost without it, only late."""
    if "default" not in (databases or ()):
        return []
    try:
        with app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:  # every transport has its own family of errors
        hint = "Start it, or correct REDIS_URL. Until then messages wait in the outbox."
        return [Warning(f"The broker does not answer: {type(error).__name__}", hint=hint, id="portal.W034")]
    return []


def refuse_to_start() -> None:
    """Called by the web before its first request. Raises ImproperlyConfigured with what to do."""
    found = run_checks(tags=[START], databases=["default"])
    connections.close_all()  # the server may fork after this
    errors = [message for message in found if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint or ''}" for error in errors))
