"""Data keys: one per subject, wrapped by the ring, destroyed to erase.

Unwrapped keys are kept as ready cipher objects in a bounded cache per process (building one costs more
than a decryption). A cached key whose row was not read just now is trusted for `FRESH` seconds; after
that its row is asked again, so that a key destroyed by another process stops opening here too.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.db import models, transaction

from core import clock
from core.vault.errors import KeyUnavailable, VaultError
from core.vault.ring import KEY_BYTES, derive, ring

if TYPE_CHECKING:
    from core.audit import Actor
    from core.models import DataKey

CACHE_SIZE: Final = 4096
FRESH: Final = 15.0


class _Cache:
    """The last used ciphers by data-key id, with the time their row was last seen alive."""

    def __init__(self) -> None:
        self._entries: OrderedDict[UUID, tuple[AESGCM, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, key_id: UUID, *, fresh: bool) -> AESGCM | None:
        with self._lock:
            entry = self._entries.get(key_id)
            if entry is None or (fresh and time.monotonic() - entry[1] > FRESH):
                return None
            self._entries.move_to_end(key_id)
            return entry[0]

    def put(self, key_id: UUID, cipher: AESGCM) -> AESGCM:
        with self._lock:
            self._entries[key_id] = (cipher, time.monotonic())
            self._entries.move_to_end(key_id)
            if len(self._entries) > CACHE_SIZE:
                self._entries.popitem(last=False)
        return cipher

    def drop(self, key_id: UUID) -> None:
        with self._lock:
            self._entries.pop(key_id, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


cache: Final = _Cache()


def prepare_key(subject_kind: str, subject_id: UUID) -> DataKey:
    """A data key that is not saved yet, for `bulk_create`; save it before the rows that use it."""
    from core.models import DataKey  # core.models needs the fields of this package

    key_id, secret, masters = uuid4(), AESGCM.generate_key(KEY_BYTES * 8), ring()
    cache.put(key_id, AESGCM(secret))
    return DataKey(
        id=key_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        wrapped=masters.wrap(secret, key_id.bytes),
        ring_version=masters.newest,
        created_at=clock.now(),
    )


def new_key(subject_kind: str, subject_id: UUID) -> DataKey:
    """Make and store the data key of a subject, in the caller's transaction."""
    key = prepare_key(subject_kind, subject_id)
    key.save(force_insert=True)
    return key


def shred(key: DataKey, *, by: Actor | None) -> None:
    """Destroy a data key for ever: everything sealed with it reads as ERASED. Recorded; a second call
    does nothing.

    A restored backup brings the wrapped key back: after a restore, destroy again what the audit lists as
    `key.destroy` (docs/adr/0101-vault.md).
    """
    from core import (
        audit,  # core.audit needs core.models, which needs the fields of this package
    )

    with transaction.atomic(savepoint=False):
        now = clock.now()
        alive = type(key).objects.filter(pk=key.pk, destroyed_at=None)
        if alive.update(wrapped=None, destroyed_at=now):
            audit.record("key.destroy", key, by=by, kind=key.subject_kind)
        key.wrapped, key.destroyed_at = None, now
        cache.drop(key.pk)


def warm(key_ids: Iterable[UUID]) -> None:
    """Fetch the keys of a list in one query, so that opening its values costs none."""
    wanted = {key_id for key_id in key_ids if cache.get(key_id, fresh=True) is None}
    if wanted:
        for key in _data_keys().filter(pk__in=wanted):
            cipher_to_open(key)


def cipher_to_open(key: DataKey | UUID) -> AESGCM | None:
    """The cipher of a data key, None when it is destroyed. A key given as a row is not asked for again."""
    if isinstance(key, UUID):
        if cipher := cache.get(key, fresh=True):
            return cipher
        row = _data_keys().filter(pk=key).first()
        if row is None:
            raise KeyUnavailable("the data key of a sealed value does not exist")
        return cipher_to_open(row)
    if key.wrapped is None:
        cache.drop(key.pk)
        return None
    cipher = cache.get(key.pk, fresh=False)
    return cache.put(key.pk, cipher or AESGCM(_unwrap(key)))


def cipher_to_seal(key: DataKey | UUID) -> tuple[UUID, AESGCM]:
    """Id and cipher of a living data key. Raises KeyUnavailable for a destroyed one."""
    cipher = cipher_to_open(key)
    if cipher is None:
        raise KeyUnavailable("nothing can be sealed under a destroyed data key")
    return (key if isinstance(key, UUID) else key.pk), cipher


def derived(key: DataKey, purpose: str) -> bytes:
    """A secret for another use than sealing values, from a living data key. Raises KeyUnavailable."""
    if key.wrapped is None:
        raise KeyUnavailable("nothing can be derived from a destroyed data key")
    return derive(_unwrap(key), purpose)


def counts() -> dict[int, int]:
    """How many living data keys are wrapped under each version of the ring."""
    alive = _data_keys().filter(destroyed_at=None).values_list("ring_version")
    return dict(alive.annotate(n=models.Count("pk")).order_by("-ring_version"))


def sample(size: int = 20) -> Iterator[tuple[str, int, int, int]]:
    """Open some values of every sealed column: column, opened, erased, and how many do not open.

    Rows are taken from a random place on, and on from the first; their keys are random ids.
    """
    from core.vault.fields import EncryptedField  # which needs this module

    for model in apps.get_models():
        for field in (one for one in model._meta.get_fields() if isinstance(one, EncryptedField)):
            rows = model._base_manager.exclude(**{f"{field.name}__isnull": True}).order_by("pk")
            place = uuid4()
            found = list(rows.filter(pk__gte=place)[:size])
            found += rows.filter(pk__lt=place)[: size - len(found)]
            told = [_opens(row, field.name) for row in found]
            yield (
                f"{model._meta.db_table}.{field.column}",
                told.count(True),
                told.count(None),
                told.count(False),
            )


def _opens(row: models.Model, name: str) -> bool | None:
    """Whether a sealed value opens; None when it is erased."""
    from core.vault.seal import ERASED

    try:
        return None if getattr(row, name) is ERASED else True
    except VaultError:
        return False


def unopened(chunk: int = 2000) -> Iterator[tuple[UUID, int]]:
    """Id and version of every living data key that does not open with this ring."""
    for key in _data_keys().filter(destroyed_at=None).order_by("pk").iterator(chunk):
        try:
            _unwrap(key)
        except VaultError:
            yield key.pk, key.ring_version


def rewrap(limit: int = 1000) -> int:
    """Wrap up to `limit` keys of older ring versions under the newest; returns how many. May run twice.

    Keys that another transaction holds just now are passed over: `counts` says what is left.
    """
    masters = ring()
    with transaction.atomic():
        old = _data_keys().filter(destroyed_at=None).exclude(ring_version=masters.newest).order_by("pk")
        keys = list(old.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])
        for key in keys:
            key.wrapped = masters.wrap(_unwrap(key), key.pk.bytes)
            key.ring_version = masters.newest
        _data_keys().bulk_update(keys, ["wrapped", "ring_version"], batch_size=500)
    return len(keys)


def self_test(*, database: bool = True) -> None:
    """Refuse to work with a missing or wrong key ring. Raises VaultError.

    Seals and opens a value, and (with `database`) unwraps one living data key of each ring version in
    use: a ring with the right version numbers and other keys is found out before anything is written with
    it.
    """
    masters, key_id, secret = ring(), uuid4(), AESGCM.generate_key(KEY_BYTES * 8)
    wrapped = masters.wrap(secret, key_id.bytes)
    if masters.unwrap(wrapped, key_id.bytes, masters.newest) != secret:
        raise VaultError("the vault does not give back what was put into it")
    if database:
        alive = _data_keys().filter(destroyed_at=None).order_by("ring_version", "-created_at")
        for key in alive.distinct("ring_version"):
            _unwrap(key)


def _unwrap(key: DataKey) -> bytes:
    assert key.wrapped is not None, "a destroyed key is never unwrapped"
    return ring().unwrap(bytes(key.wrapped), key.pk.bytes, key.ring_version)


def _data_keys() -> models.Manager[DataKey]:
    from core.models import DataKey

    return DataKey.objects
