"""The key ring: master keys from the environment, and what is derived from them.

`settings.NRM_KEYRING` reads `2:BASE64,1:BASE64`, newest first, 32 bytes each. How to rotate it while people
work: docs/operations.md, Keys.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from core.vault.errors import KeyUnavailable, SealBroken

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
INDEX_BYTES: Final = 16


@dataclass(frozen=True)
class Ring:
    """Master keys by version; `newest` wraps, all unwrap."""

    newest: int
    masters: dict[int, bytes]

    def wrap(self, secret: bytes, key_id: bytes) -> bytes:
        """Seal a data key under the newest master key, bound to the data key's id."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapper(self.newest).encrypt(nonce, secret, key_id)

    def unwrap(self, wrapped: bytes, key_id: bytes, version: int) -> bytes:
        """Open a data key. Raises KeyUnavailable (no such version) or SealBroken (wrong master key)."""
        try:
            return self._wrapper(version).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id)
        except InvalidTag:
            raise SealBroken(f"data key does not open with version {version} of the key ring") from None

    def _wrapper(self, version: int) -> AESGCM:
        return _wrapper(self._master(version))

    def _master(self, version: int) -> bytes:
        try:
            return self.masters[version]
        except KeyError:
            raise KeyUnavailable(f"version {version} is not in the key ring") from None

    def __repr__(self) -> str:
        return f"<Ring {sorted(self.masters)}>"


def derive(master: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which neither the master nor another purpose's key can be worked out."""
    info = f"nrm-portal {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)


@lru_cache(maxsize=16)
def _wrapper(master: bytes) -> AESGCM:
    return AESGCM(derive(master, "wrap v1"))


@lru_cache(maxsize=128)
def _index_key(master: bytes, kind: str) -> bytes:
    return derive(master, f"blind index v1 {kind}")


@lru_cache(maxsize=4)
def _parse(text: str) -> Ring:
    masters: dict[int, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        version, _, encoded = entry.partition(":")
        try:
            number, master = int(version), base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise KeyUnavailable("NRM_KEYRING must read version:base64,version:base64") from None
        if len(master) != KEY_BYTES or not 0 < number < 32768 or number in masters:
            raise KeyUnavailable("NRM_KEYRING needs different versions from 1 and keys of 32 bytes")
        masters[number] = master
    if not masters:
        raise KeyUnavailable("NRM_KEYRING is empty; without it nothing secret can be stored or read")
    return Ring(newest=next(iter(masters)), masters=masters)


def ring() -> Ring:
    """The key ring of this installation. Raises KeyUnavailable when it is missing or malformed."""
    return _parse(settings.NRM_KEYRING)


def fingerprints() -> dict[int, str]:
    """The versions of the ring, newest first, each with eight signs to recognise its sealed copy by."""
    return {number: derive(one, "fingerprint v1").hex()[:8] for number, one in ring().masters.items()}


def mark(version: int, purpose: str, data: bytes) -> str:
    """A keyed fingerprint of data under one version: who cannot open the ring cannot make it.

    Raises KeyUnavailable when the ring has no such version.
    """
    return hmac.digest(derive(ring()._master(version), f"mark v1 {purpose}"), data, "sha256").hex()


def blind_index(kind: str, value: str) -> bytes:
    """A keyed fingerprint (HMAC-SHA-256, 16 bytes) by which an exact identifier is found without being
    stored.

    `kind` separates kinds of numbers from each other. The caller normalises the value first (digits only,
    upper case ...). For identifiers only: names and free text are guessable and never indexed.
    """
    return blind_indexes(kind, value)[0]


def blind_indexes(kind: str, value: str) -> tuple[bytes, ...]:
    """The fingerprint under every version of the ring, newest first: look up with `IN` while keys rotate."""
    keys = (_index_key(master, kind) for master in ring().masters.values())
    return tuple(hmac.digest(key, value.encode(), "sha256")[:INDEX_BYTES] for key in keys)
