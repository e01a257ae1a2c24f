"""Sealed files: nothing lies open or can be cut, moved or swapped; what a file is, its content tells."""

from __future__ import annotations

import io
import socket
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, storages
from PIL import Image
from pytest_django import Settings

from core import files, filetypes, scanner, vault
from core.vault import SealBroken
from tests.core import samples
from tests.core.clamd import FakeScanner, running

TEXT = b"QZHEMLIGT " * 70_000
"""More than two chunks."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    storage = FileSystemStorage(location=tmp_path, file_permissions_mode=0o600)
    monkeypatch.setattr(files, "default_storage", storage)
    return tmp_path


def keep(name: str, content: bytes = TEXT) -> Any:
    key = vault.new_key("file", uuid.uuid4())
    files.store(name, [content], key)
    return key


def test_production_keeps_files_in_a_folder_nobody_else_reads(settings: Settings) -> None:
    assert {"default", "staticfiles"} <= set(settings.STORAGES)
    assert settings.FILES_OPTIONS["file_permissions_mode"] == 0o600
    assert storages["default"] is not None


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 1, files.CHUNK - 1, files.CHUNK, files.CHUNK + 1, 2 * files.CHUNK])
def test_what_is_stored_comes_back_and_lies_nowhere_open(folder: Path, size: int) -> None:
    content = (TEXT * 2)[:size]
    key = keep("abc", content)
    assert b"".join(files.read("abc", key)) == content
    assert b"".join(files.read("abc")) == content
    (stored,) = [path for path in folder.rglob("*") if path.is_file()]
    assert b"QZHEMLIGT" not in stored.read_bytes() and stored.stat().st_mode & 0o077 == 0
    assert list(files.stored())[0][0] == "abc"


@pytest.mark.security("S61", "a sealed file changed, cut, moved, repeated")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:-1],
        lambda data: data[: 21 + files.CHUNK + 28],
        lambda data: data[:21],
        lambda data: data + b"x",
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: (
            data[:21]
            + data[21 + files.CHUNK + 28 : 21 + 2 * (files.CHUNK + 28)]
            + data[21 : 21 + files.CHUNK + 28]
            + data[21 + 2 * (files.CHUNK + 28) :]
        ),
        lambda data: b"other",
    ],
    ids=["cut", "last chunk gone", "all chunks gone", "added", "changed", "swapped", "no sealed file"],
)
def test_harm_is_seen(folder: Path, harm: Callable[[bytes], bytes]) -> None:
    key = keep("abc")
    path = folder / "ab" / "abc"
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(SealBroken):
        b"".join(files.read("abc", key))


@pytest.mark.django_db
def test_a_file_moved_to_another_name_does_not_open(folder: Path) -> None:
    keep("abc")
    (folder / "ab" / "abd").write_bytes((folder / "ab" / "abc").read_bytes())
    with pytest.raises(SealBroken):
        b"".join(files.read("abd"))


@pytest.mark.django_db
def test_without_its_key_a_file_is_gone(folder: Path) -> None:
    key = keep("abc")
    vault.shred(key, by=None)
    with pytest.raises(files.Gone):
        files.read("abc", key)
    files.remove("abc")
    files.remove("abc")
    with pytest.raises(files.Gone):
        files.read("abc")


@pytest.mark.django_db
def test_a_name_is_written_once(folder: Path) -> None:
    key = keep("abc")
    with pytest.raises(FileExistsError):
        files.store("abc", [b"other"], key)
    assert b"".join(files.read("abc", key)) == TEXT


@pytest.mark.security("S48", "the temporary folder during an upload")
def test_an_upload_lies_sealed_while_it_lasts() -> None:
    passing = files.Passing()
    for start in range(0, len(TEXT), 7_001):
        passing.write(TEXT[start : start + 7_001])
    passing.finish()
    passing._held.seek(0)
    assert b"QZHEMLIGT" not in passing._held.read()
    assert b"".join(passing.chunks()) == b"".join(passing.chunks()) == TEXT and passing.size == len(TEXT)


# --- what a file is ------------------------------------------------------------------------------


@pytest.mark.security("S42", "files that are what they say")
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (samples.pdf(), filetypes.PDF),
        (samples.jpeg(), filetypes.JPEG),
        (samples.jpeg() + b"\0" * 200 + b"SEFT", filetypes.JPEG),
        (samples.png(), filetypes.PNG),
        (samples.pdf(samples.packed(b"1 0 << /Type /Annot >>")), filetypes.PDF),
    ],
)
def test_honest_files_are_taken(data: bytes, found: str) -> None:
    assert filetypes.look(data).media_type == found


HIDDEN = b"1 0 << /S /JavaScript >>"
SQUEEZED = zlib.compress(HIDDEN)
ZIP = b"PK\x03\x04" + b"\0" * 30 + b"PK\x05\x06" + b"\0" * 18


@pytest.mark.security("S43", "bombs, floods of pixels and pages, programs in a PDF")
@pytest.mark.security("S42", "files that pretend, and two files in one")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", filetypes.EMPTY),
        (b"MZ\x90\0" + b"\0" * 200, filetypes.NOT_TAKEN),
        (ZIP, filetypes.NOT_TAKEN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", filetypes.NOT_TAKEN),
        (b"<!doctype html><script>alert(1)</script>%PDF-1.7 %%EOF", filetypes.NOT_TAKEN),
        (b"GIF89a" + ZIP, filetypes.NOT_TAKEN),
        (samples.EICAR, filetypes.NOT_TAKEN),
        (b"\n" + samples.pdf(), filetypes.NOT_TAKEN),
        (samples.pdf(tail=ZIP), filetypes.TWO_IN_ONE),
        (samples.pdf(tail=b"<html>"), filetypes.TWO_IN_ONE),
        (samples.pdf().replace(b"\n1 0 obj", b"<html><script>1</script>\n1 0 obj", 1), filetypes.TWO_IN_ONE),
        (samples.png() + b"<script>alert(1)</script>", filetypes.TWO_IN_ONE),
        (samples.jpeg() + ZIP, filetypes.TWO_IN_ONE),
        (samples.jpeg() + b"MZ\x90", filetypes.TWO_IN_ONE),
        (samples.jpeg()[:-30], filetypes.BROKEN),
        (samples.png()[:-30], filetypes.BROKEN),
        (b"%PDF-1.7\nnothing more", filetypes.BROKEN),
        (b"%PDF-1.7\n" + b"stream\n" * 200_000 + b"%%EOF", filetypes.BROKEN),
        (samples.flood(), filetypes.TOO_MANY_PIXELS),
        (samples.pdf(pages=10_000), filetypes.TOO_LONG),
        (samples.pdf(b"3 0 obj << /Type /Page >> endobj\n" * 2_100), filetypes.TOO_LONG),
        (samples.pdf(b"4 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj\n"), filetypes.ACTIVE),
        (samples.pdf(b"4 0 obj << /S /J#61vaScript >> endobj\n"), filetypes.ACTIVE),
        (samples.pdf(b"4 0 obj << /S /Launch /F (cmd.exe) >> endobj\n"), filetypes.ACTIVE),
        (samples.pdf(b"4 0 obj << /EmbeddedFiles 5 0 R >> endobj\n"), filetypes.ACTIVE),
        (samples.pdf(samples.packed(b"1 0 << /S /JavaScript >>")), filetypes.ACTIVE),
        (samples.pdf(samples.packed(HIDDEN).replace(b"/ObjStm", b"/Obj#53tm")), filetypes.ACTIVE),
        (samples.pdf(samples.packed(HIDDEN).replace(b"/N 1", b"/N 1" + b" " * 700)), filetypes.ACTIVE),
        (samples.pdf(samples.packed(HIDDEN).replace(SQUEEZED, SQUEEZED.hex().encode())), filetypes.BROKEN),
        (samples.pdf(samples.packed(HIDDEN).replace(b"/Filter /FlateDecode", b"")
                     .replace(SQUEEZED, b"1 0 << /JS (app.alert(1)) >>")), filetypes.ACTIVE),
        (samples.pdf(b"%stream\n4 0 obj << /S /J#61vaScript >> endobj\n%endstream\n"), filetypes.ACTIVE),
        (samples.pdf(b"%stream\n4 0 obj << /S /Launch >> endobj\n%endstream\n"), filetypes.ACTIVE),
        (samples.pdf(samples.packed(b"0" * 40_000_000)), filetypes.TOO_LONG),
        (samples.pdf(b"trailer << /Encrypt 7 0 R >>\n"), filetypes.LOCKED),
    ],
)  # fmt: skip
def test_others_are_refused_quickly_with_the_reason(data: bytes, why: object) -> None:
    start = time.monotonic()
    with pytest.raises(filetypes.Refused) as refused:
        filetypes.look(data)
    assert refused.value.why == why and time.monotonic() - start < 2


@pytest.mark.security("S47", "place, camera, author and thumbnail of a picture")
def test_a_copy_tells_nothing_beside_the_picture() -> None:
    photo = samples.jpeg(place=True)
    assert b"QZKAMERA" in photo
    bare = filetypes.without_metadata(photo, filetypes.JPEG)
    assert b"QZ" not in bare and not Image.open(io.BytesIO(bare)).getexif()
    assert Image.open(io.BytesIO(bare)).size == (64, 48)
    clear = Image.open(io.BytesIO(filetypes.without_metadata(samples.png(), filetypes.PNG)))
    assert clear.mode == "RGBA" and clear.getpixel((3, 3)) == (11, 79, 92, 128)


# --- the scanner ---------------------------------------------------------------------------------


@pytest.fixture
def fake(settings: Settings) -> Iterator[FakeScanner]:
    with running() as made:
        settings.CLAMAV_URL = made.url
        yield made


def test_the_scanner_is_asked_and_believed(fake: FakeScanner) -> None:
    assert scanner.is_configured()
    assert scanner.scan([TEXT, TEXT]) == scanner.Verdict.CLEAN
    assert fake.read == [TEXT * 2]
    assert scanner.scan([samples.infected_pdf()]) == scanner.Verdict.INFECTED
    assert scanner.scan([]) == scanner.Verdict.CLEAN


@pytest.mark.security("S44", "answers of a scanner that are none")
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",
        b"stream: O",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK FOUND ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"OK\0",
        b"x" * 10_000,
    ],
)
def test_anything_else_is_no_verdict(fake: FakeScanner, answer: bytes) -> None:
    fake.says = lambda _data: answer
    with pytest.raises(scanner.ScannerDown):
        scanner.scan([TEXT])


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd", "http://x", "clamav"])
def test_nobody_there_is_no_verdict(settings: Settings, url: str) -> None:
    settings.CLAMAV_URL = url
    with pytest.raises(scanner.ScannerDown):
        scanner.scan([b"x"])


def test_over_a_socket_file(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "clamd"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(1)

    def answer() -> None:
        link, _from = server.accept()
        with link:
            while not link.recv(4096).endswith(b"\0\0\0\0"):
                pass
            link.sendall(b"stream: OK\0")

    threading.Thread(target=answer, daemon=True).start()
    settings.CLAMAV_URL = f"unix://{path}"
    assert scanner.scan([b"abc"]) == scanner.Verdict.CLEAN
    server.close()


def test_no_scanner_is_configured_by_itself(settings: Settings) -> None:
    assert settings.CLAMAV_URL == "" and not scanner.is_configured()
