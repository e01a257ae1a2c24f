"""The vault: what is secret about a person is unreadable without a key that lives outside the database.

Every subject (a person, a draft, a file ...) has a random data key. The data key is stored wrapped by the
newest key of the ring (`settings.NRM_KEYRING`). A value is sealed with AES-256-GCM under its subject's
data key and bound to its table, column and row, so that a ciphertext moved elsewhere does not open.
Destroying the data key erases all values of the subject at once. The layout of a sealed value is
`version, data-key id, nonce, ciphertext and tag`.
"""

from core.vault.errors import KeyUnavailable, SealBroken, VaultError
from core.vault.fields import (
    EncryptedBytesField,
    EncryptedJSONField,
    EncryptedTextField,
)
from core.vault.keys import (
    counts,
    derived,
    new_key,
    prepare_key,
    rewrap,
    sample,
    self_test,
    shred,
    unopened,
    warm,
)
from core.vault.ring import blind_index, blind_indexes, fingerprints
from core.vault.seal import ERASED, Erased, Sealed, open_sealed, seal

__all__ = [
    "ERASED",
    "EncryptedBytesField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "Erased",
    "KeyUnavailable",
    "SealBroken",
    "Sealed",
    "VaultError",
    "blind_index",
    "blind_indexes",
    "counts",
    "derived",
    "fingerprints",
    "new_key",
    "open_sealed",
    "prepare_key",
    "rewrap",
    "sample",
    "seal",
    "self_test",
    "shred",
    "unopened",
    "warm",
]
