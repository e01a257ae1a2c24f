"""Codes from an app and recovery codes: each opens once, whoever asks and however many at a time.

The library remembers used codes in the cache for half a minute; the cache may be emptied or full. Here a used
half minute is a row with a unique key (docs/adr/0952-used-codes-and-attempts-are-rows.md).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt

from accounts.models import UsedCode, User
from core import clock

KEPT: Final = timedelta(days=1)


class CodeUsed(Exception):
    """The code is right and has opened the door already."""


def plain(code: str) -> str:
    """A code without the spaces and hyphens people write."""
    return re.sub(r"[\s-]", "", code)


def prove(user: User, code: str) -> Authenticator | None:
    """The authenticator a code belongs to, the code being used up by this; None if it is wrong.

    Raises CodeUsed for one that opened before.
    """
    found = {row.type: row for row in Authenticator.objects.filter(user=user)}
    app, spare = found.get(Authenticator.Type.TOTP), found.get(Authenticator.Type.RECOVERY_CODES)
    if app is not None and (step := _step(app, code)) is not None:
        _burn(user, step)
        return app
    if spare is not None and spare.wrap().validate_code(code):
        return spare
    return None


def forget_old() -> int:
    gone, _per_model = UsedCode.objects.filter(at__lt=clock.now() - KEPT).delete()
    return gone


def _step(app: Authenticator, code: str) -> int | None:
    secret = decrypt(app.data["secret"])
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return int(step)
    return None


def burn(user: User, code: str) -> None:
    """Use up a code that proved something in another way (setting up the app)."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is not None and (step := _step(app, code)) is not None:
        _burn(user, step)


def _burn(user: User, step: int) -> None:
    """The database decides between two at the same moment."""
    _row, is_first = UsedCode.objects.get_or_create(user=user, step=step, defaults={"at": clock.now()})
    if not is_first:
        raise CodeUsed
