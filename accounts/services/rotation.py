"""After a new version of the key ring: the secrets of second factors are sealed anew under it.

They are sealed by the ring itself, not by a data key: without this nobody would get in with a code once the
old version is taken out.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.db.models import QuerySet

from core.vault.ring import ring

SEALED = ("secret", "seed", "migrated_codes")
"""What of an authenticator's data is sealed: of an app, and of recovery codes."""


def outdated() -> int:
    """How many second factors hold something under an older version."""
    return sum(_is_outdated(row) for row in _rows().iterator(500))


def renew() -> int:
    """Seal them anew; returns how many. One at a time, so that nobody waits at the sign-in. May run twice."""
    return sum(_renew(pk) for pk in [row.pk for row in _rows().iterator(500) if _is_outdated(row)])


@transaction.atomic
def _renew(pk: int) -> bool:
    row = _rows().select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None or not _is_outdated(row):
        return False
    for name in SEALED:
        if (held := row.data.get(name)) is not None:
            row.data[name] = (
                [encrypt(decrypt(one)) for one in held] if isinstance(held, list) else encrypt(decrypt(held))
            )
    row.save(update_fields=["data"])
    return True


def _rows() -> QuerySet[Authenticator]:
    rows: QuerySet[Authenticator] = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    return rows.order_by("pk")


def _is_outdated(row: Authenticator) -> bool:
    newest = f"{ring().newest}:"
    return any(not text.startswith(newest) for name in SEALED for text in _texts(row.data.get(name)))


def _texts(held: Any) -> list[str]:
    return held if isinstance(held, list) else [held] if held else []
