"""How often somebody may guess, at which door, counted how. Rows in PostgreSQL: no cache to lose or to fill.

One table, `LIMITS`, says it all: door x bucket x effect. A person who has signed in with this browser before
is counted by that browser alone: whoever guesses at her account, or floods the portal from everywhere, cannot
keep her out. What everybody shares (SYSTEM) is never refused, it raises an alarm.

An attempt is written before it is tried and taken back when it succeeds, so that a thousand at once do not
all see an empty table.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.enums import Door
from accounts.models import Attempt, Browser, User
from core import audit, clock

KEPT: Final = timedelta(days=1)
KNOWN_FOR: Final = timedelta(days=180)
"""A browser that has not been used for so long is a stranger again."""
log = logging.getLogger(__name__)


class Bucket(Enum):
    """What is counted together."""

    PAIR = "account and address"
    ACCOUNT = "account"
    ADDRESS = "address"
    BROWSER = "a browser the account has signed in with; at doors without an account, that anybody has"
    SYSTEM = "everybody"


@dataclass(frozen=True, slots=True)
class Limit:
    """More than `amount` in `within`: refused, or, for SYSTEM, told to the log and the audit."""

    bucket: Bucket
    amount: int
    within: timedelta


QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
LIMITS: Final[Mapping[Door, tuple[Limit, ...]]] = {
    Door.PASSWORD: (
        Limit(Bucket.PAIR, 5, QUARTER),
        Limit(Bucket.ACCOUNT, 50, HOUR),
        Limit(Bucket.ADDRESS, 30, QUARTER),
        Limit(Bucket.BROWSER, 10, QUARTER),
        Limit(Bucket.SYSTEM, 500, QUARTER),
    ),
    Door.CODE: (
        Limit(Bucket.PAIR, 5, QUARTER),
        Limit(Bucket.ACCOUNT, 20, HOUR),
        Limit(Bucket.BROWSER, 10, QUARTER),
        Limit(Bucket.SYSTEM, 200, QUARTER),
    ),
    Door.CONFIRM: (
        Limit(Bucket.PAIR, 5, QUARTER),
        Limit(Bucket.ACCOUNT, 20, HOUR),
        Limit(Bucket.BROWSER, 10, QUARTER),
        Limit(Bucket.SYSTEM, 200, QUARTER),
    ),
    Door.KEY: (
        Limit(Bucket.ADDRESS, 100, QUARTER),
        Limit(Bucket.BROWSER, 20, QUARTER),
        Limit(Bucket.SYSTEM, 500, QUARTER),
    ),
    Door.INVITATION: (
        Limit(Bucket.ADDRESS, 100, QUARTER),
        Limit(Bucket.BROWSER, 20, QUARTER),
        Limit(Bucket.SYSTEM, 500, QUARTER),
    ),
    Door.ORGANISATION: (
        Limit(Bucket.ADDRESS, 300, QUARTER),
        Limit(Bucket.BROWSER, 20, QUARTER),
        Limit(Bucket.SYSTEM, 1000, QUARTER),
    ),
}
"""Failures only, but for ORGANISATION, where every start counts: it asks another server."""


class TooMany(ValidationError):
    """Refused before anything was looked at."""


@dataclass(slots=True)
class Try:
    """One attempt under way; `succeeded` takes it back."""

    row: Attempt

    def succeeded(self) -> None:
        Attempt.objects.filter(pk=self.row.pk).delete()


def attempt(request: HttpRequest, door: Door, account: str = "") -> Try:
    """Note an attempt at a door. Raises TooMany when a limit is passed, in the same words whoever asks."""
    account = account.strip().lower()
    row = Attempt.objects.create(
        door=door,
        account=_fingerprint("account", account) if account else "",
        address=_fingerprint("address", address_of(request)),
        browser=_known_browser(request, account),
        at=clock.now(),
    )
    passed = [limit for limit in LIMITS[door] if _counted(row, limit.bucket) and _is_passed(row, limit)]
    refusing = [limit for limit in passed if limit.bucket != Bucket.SYSTEM]
    if len(refusing) < len(passed):
        _alarm(row)
    if refusing:
        audit.refuse("person.too_many", by=None, door=str(door), bucket=refusing[0].bucket.name.lower())
        raise TooMany(_("Too many attempts. The sign-in is locked for 15 minutes"))
    return Try(row)


def forget_old() -> int:
    """Remove attempts no limit looks at any more, and browsers that are strangers again."""
    gone, _per_model = Attempt.objects.filter(at__lt=clock.now() - KEPT).delete()
    unused, _per_model = Browser.objects.filter(last_at__lt=clock.now() - KNOWN_FOR).delete()
    return gone + unused


def neighbour(request: HttpRequest) -> str:
    """The address a request comes from; a header is believed only as far as our own proxies wrote it.

    A header with fewer entries than we have proxies, or with rubbish, was not written by them: then whoever
    speaks to us counts.
    """
    try:
        found = get_client_ip(request) or ""
        return str(ipaddress.ip_address(found))
    except (ImproperlyConfigured, ValueError):
        pass
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return "0.0.0.0"


def address_of(request: HttpRequest) -> str:
    """What counts as one place: an address, or an IPv6 network."""
    address = ipaddress.ip_address(neighbour(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


# --- browsers -----------------------------------------------------------------------------------------------


def browser_cookie() -> str:
    return "__Host-browser" if settings.SESSION_COOKIE_SECURE else "browser"


def know_browser(request: HttpRequest, user: User) -> bool:
    """Remember that she signed in here; whether this browser is new to her. See `keep_browser`."""
    token = request.COOKIES.get(browser_cookie(), "")
    if len(token) != TOKEN:
        token = secrets.token_hex(TOKEN // 2)
    request.nrm_browser = token  # type: ignore[attr-defined]
    now = clock.now()
    rows = Browser.objects.filter(user=user, fingerprint=_token(token))
    if rows.filter(last_at__gt=now - KNOWN_FOR).update(last_at=now):
        return False
    rows.delete()
    Browser.objects.bulk_create(
        [Browser(user=user, fingerprint=_token(token), first_at=now, last_at=now)], ignore_conflicts=True
    )
    return True


def keep_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Give the browser the name under which it was remembered in this request. It opens nothing by itself."""
    if token := getattr(request, "nrm_browser", ""):
        response.set_cookie(
            browser_cookie(),
            token,
            max_age=int(KNOWN_FOR.total_seconds()),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


TOKEN: Final = 64


def _known_browser(request: HttpRequest, account: str) -> str:
    token = request.COOKIES.get(browser_cookie(), "")
    if len(token) != TOKEN:
        return ""
    alive = clock.now() - KNOWN_FOR
    rows = Browser.objects.filter(fingerprint=_token(token), last_at__gt=alive)
    if account:
        rows = rows.filter(user__email=account)
    return _token(token)[:32] if rows.exists() else ""


def _token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- counting -----------------------------------------------------------------------------------------------


def _counted(row: Attempt, bucket: Bucket) -> bool:
    """A known browser has a count of its own and no other; everybody counts for the system."""
    if bucket == Bucket.SYSTEM:
        return True
    if bucket == Bucket.BROWSER or row.browser:
        return bucket == Bucket.BROWSER and bool(row.browser)
    return bool(row.account) or bucket == Bucket.ADDRESS


def _is_passed(row: Attempt, limit: Limit) -> bool:
    strangers = Q(browser="")
    same: dict[Bucket, Q] = {
        Bucket.PAIR: strangers & Q(account=row.account, address=row.address),
        Bucket.ACCOUNT: strangers & Q(account=row.account),
        Bucket.ADDRESS: strangers & Q(address=row.address),
        Bucket.BROWSER: Q(account=row.account, browser=row.browser),
        Bucket.SYSTEM: Q(),
    }
    rows = Attempt.objects.filter(same[limit.bucket], door=row.door, at__gt=row.at - limit.within)
    return rows.order_by()[: limit.amount + 1].count() > limit.amount


def _alarm(row: Attempt) -> None:
    """Once a quarter of an hour and door: the log and the audit say that somebody is guessing at scale."""
    since = row.at - QUARTER
    if not Attempt.objects.filter(door=row.door, account=ALARM, at__gt=since).exists():
        Attempt.objects.create(door=row.door, account=ALARM, address="", browser="-", at=row.at)
        audit.refuse("system.guessing", by=None, door=str(row.door))
        log.warning("many failed attempts at the door %s", row.door)


ALARM: Final = "alarm"


def _fingerprint(kind: str, value: Any) -> str:
    return salted_hmac(f"accounts.limits.{kind}", str(value), algorithm="sha256").hexdigest()[:32]
