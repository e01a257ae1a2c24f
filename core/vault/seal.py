"""Sealing and opening one value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from core.vault import keys
from core.vault.errors import SealBroken
from core.vault.ring import NONCE_BYTES

if TYPE_CHECKING:
    from core.models import DataKey

VERSION: Final = b"\x01"
_HEADER: Final = 1 + 16
_SHORTEST: Final = _HEADER + NONCE_BYTES + 16


class Sealed(bytes):
    """A sealed value as it stands in the database. Never prints its bytes."""

    @property
    def key_id(self) -> UUID:
        """The data key it was sealed with. Raises SealBroken for what is no sealed value."""
        if len(self) < _SHORTEST or self[:1] != VERSION:
            raise SealBroken("not a sealed value")
        return UUID(bytes=self[1:_HEADER])

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


class Erased(str):
    """What an erased value reads as: empty text that is recognisable (`value is ERASED`)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ERASED"


ERASED: Final = Erased()


def place(table: str, column: str, pk: object) -> bytes:
    """Where a value belongs; it opens nowhere else."""
    return f"{table}.{column}.{pk}".encode()


def seal(data: bytes, key: DataKey | UUID, where: bytes) -> Sealed:
    """Seal bytes under a data key for one place (see `place`). Raises KeyUnavailable if it is destroyed."""
    key_id, cipher = keys.cipher_to_seal(key)
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(VERSION + key_id.bytes + nonce + cipher.encrypt(nonce, data, where))


def open_sealed(sealed: bytes, where: bytes, key: DataKey | None = None) -> bytes | Erased:
    """Open a sealed value, or ERASED when its key is destroyed.

    `key` saves a query when the row that holds the value was fetched together with its key. Raises
    SealBroken for anything that was tampered with.
    """
    sealed = sealed if isinstance(sealed, Sealed) else Sealed(sealed)
    key_id = sealed.key_id
    cipher = keys.cipher_to_open(key if key is not None and key.pk == key_id else key_id)
    if cipher is None:
        return ERASED
    body = _HEADER + NONCE_BYTES
    try:
        return cipher.decrypt(sealed[_HEADER:body], sealed[body:], where)
    except InvalidTag:
        raise SealBroken(f"a value at {where.decode()} does not open") from None
