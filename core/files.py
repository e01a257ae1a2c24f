"""Sealed files: what is stored is unreadable without the file's own data key, in whole or in parts.

A file is cut into chunks of equal size. Each is sealed with AES-256-GCM and bound to the name it is stored
under, to its place in the row and to whether it is the last: nothing can be cut off, repeated, moved or
swapped unseen. Plain text is never written anywhere: what is being uploaded lies in the temporary folder
sealed under a key that exists only in the memory of the request. Where the files lie is Django's storage
(`STORAGES["default"]`): a folder, or a bucket by setting.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import File
from django.core.files.storage import default_storage

from core.vault import SealBroken, keys
from core.vault.ring import KEY_BYTES, NONCE_BYTES

if TYPE_CHECKING:
    from core.models import DataKey

CHUNK: Final = 256 * 1024
_MAGIC: Final = b"NRMF\x01"
_HEADER: Final = len(_MAGIC) + 16
_TAG: Final = 16
_SEALED: Final = NONCE_BYTES + CHUNK + _TAG
IN_MEMORY: Final = 1024 * 1024
"""An upload up to this size never touches the disk, sealed or not."""


class Gone(Exception):
    """The file is not there, or its key has been destroyed."""


# --- sealing a row of chunks ---------------------------------------------------------------------


def sealed(chunks: Iterable[bytes], cipher: AESGCM, where: bytes) -> Iterator[bytes]:
    """Sealed chunks of a stream; `where` is what they belong to."""
    waiting: bytes | None = None
    place = 0
    for piece in _even(chunks):
        if waiting is not None:
            yield _seal(waiting, cipher, where, place, last=False)
            place += 1
        waiting = piece
    yield _seal(waiting or b"", cipher, where, place, last=True)


def opened(chunks: Iterable[bytes], cipher: AESGCM, where: bytes) -> Iterator[bytes]:
    """The plain chunks again. Raises SealBroken when anything was changed, cut off, moved or added."""
    waiting: bytes | None = None
    place = 0
    for piece in chunks:
        if waiting is not None:
            yield _open(waiting, cipher, where, place, last=False)
            place += 1
        waiting = piece
    if waiting is None:
        raise SealBroken("a sealed file has at least one chunk")
    yield _open(waiting, cipher, where, place, last=True)


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def _bound(where: bytes, place: int, last: bool) -> bytes:
    return where + b"|%d|%d" % (place, last)


def _seal(piece: bytes, cipher: AESGCM, where: bytes, place: int, *, last: bool) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, piece, _bound(where, place, last))


def _open(piece: bytes, cipher: AESGCM, where: bytes, place: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(piece[:NONCE_BYTES], piece[NONCE_BYTES:], _bound(where, place, last))
    except (InvalidTag, ValueError):
        raise SealBroken(f"chunk {place} of {where.decode()} does not open") from None


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(_SEALED):
        yield piece


# --- what is on its way in -----------------------------------------------------------------------


class Passing:
    """An upload while the request lasts: sealed under a key that is nowhere else, gone when it is closed."""

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(KEY_BYTES * 8))
        self._held = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by close()
        self._rest = bytearray()
        self._place = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._rest += data
        while len(self._rest) > CHUNK:
            self._put(bytes(self._rest[:CHUNK]), last=False)
            del self._rest[:CHUNK]

    def finish(self) -> None:
        """Nothing more comes; what has come may be read any number of times."""
        self._put(bytes(self._rest), last=True)
        self._rest.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._held.write(_seal(piece, self._cipher, b"passing", self._place, last=last))
        self._place += 1

    def chunks(self) -> Iterator[bytes]:
        self._held.seek(0)
        return opened(_pieces(self._held), self._cipher, b"passing")

    def close(self) -> None:
        self._held.close()


# --- what is kept --------------------------------------------------------------------------------


class _Sealing(File):  # type: ignore[type-arg]
    """What a storage writes: folders ask for chunks, buckets read."""

    def __init__(self, chunks: Iterator[bytes], name: str) -> None:
        super().__init__(io.BytesIO(), name)
        self._chunks = chunks
        self._left = b""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self._chunks

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._chunks, None)
            if piece is None:
                break
            self._left += piece
        cut = len(self._left) if size < 0 else size
        out, self._left = self._left[:cut], self._left[cut:]
        return out


def path_of(name: str) -> str:
    """Where a file lies: its name is a random id, spread over folders by its first letters."""
    return f"{name[:2]}/{name}"


def store(name: str, chunks: Iterable[bytes], key: DataKey | UUID) -> None:
    """Seal a stream under a data key and store it. Raises OSError when there is no room or no storage."""
    key_id, cipher = keys.cipher_to_seal(key)
    where = f"file.{name}".encode()

    def stream() -> Iterator[bytes]:
        yield _MAGIC + key_id.bytes
        yield from sealed(chunks, cipher, where)

    path = path_of(name)
    kept = default_storage.save(path, _Sealing(stream(), path))
    if kept != path:
        default_storage.delete(kept)
        raise FileExistsError("a sealed file is written once")


def read(name: str, key: DataKey | None = None) -> Iterator[bytes]:
    """The plain chunks of a stored file. Raises Gone before the first chunk, SealBroken at any."""
    try:
        stream = default_storage.open(path_of(name))
    except FileNotFoundError:
        raise Gone("the file is not there") from None
    try:
        head = stream.read(_HEADER)
        if len(head) != _HEADER or not head.startswith(_MAGIC):
            raise SealBroken("not a sealed file")
        key_id = UUID(bytes=head[len(_MAGIC) :])
        cipher = keys.cipher_to_open(key if key is not None and key.pk == key_id else key_id)
        if cipher is None:
            raise Gone("the key of the file is destroyed")
    except BaseException:
        stream.close()
        raise
    return _closing(stream, opened(_pieces(stream), cipher, f"file.{name}".encode()))


def _closing(stream: Any, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        stream.close()


def remove(name: str) -> None:
    """Delete a stored file; one that is not there is no error."""
    default_storage.delete(path_of(name))


def as_it_lies(name: str) -> Iterator[bytes]:
    """A stored file without opening it, still sealed: for a backup. Raises Gone before the first chunk."""
    try:
        stream = default_storage.open(path_of(name))
    except FileNotFoundError:
        raise Gone("the file is not there") from None
    return _closing(stream, _pieces(stream))


def bring_back(name: str, stream: IO[bytes]) -> None:
    """Store what `as_it_lies` gave. Raises FileExistsError when a file of that name is there."""
    path = path_of(name)
    kept = default_storage.save(path, File(stream, path))
    if kept != path:
        default_storage.delete(kept)
        raise FileExistsError("a sealed file is written once")


def stored() -> Iterator[tuple[str, datetime]]:
    """Every stored file's name and the time it was written, for the sweep."""
    try:
        folders, _loose = default_storage.listdir("")
    except FileNotFoundError:
        return
    for folder in folders:
        for name in default_storage.listdir(folder)[1]:
            yield name, default_storage.get_modified_time(f"{folder}/{name}")
