"""What can go wrong with sealed values. None of these is ever shown as empty text."""

from __future__ import annotations


class VaultError(Exception):
    """The vault cannot work; messages name versions and places, never values or keys."""


class KeyUnavailable(VaultError):
    """The key ring is missing, malformed or lacks the version that is needed."""


class SealBroken(VaultError):
    """A sealed value was changed, cut, moved to another row or column, or sealed under another key."""
