"""Asking clamd whether a file holds malware: the INSTREAM command over its socket, and nothing else of it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

SECONDS: Final = 120
"""How long one answer may take."""
_PIECE: Final = 64 * 1024
_LONGEST: Final = 4096
"""Bytes of an answer that are read."""


class Verdict(Enum):
    CLEAN = "clean"
    INFECTED = "infected"


class ScannerDown(Exception):
    """No verdict: nobody answers, the answer is cut off, or the scanner could not look at the file."""


def is_configured() -> bool:
    return bool(settings.CLAMAV_URL)


def scan(chunks: Iterable[bytes]) -> Verdict:
    """The scanner's verdict on a stream. Raises ScannerDown: no answer is never a clean answer."""
    try:
        with _connected() as link:
            link.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                for start in range(0, len(chunk), _PIECE):
                    piece = chunk[start : start + _PIECE]
                    link.sendall(struct.pack("!I", len(piece)) + piece)
            link.sendall(struct.pack("!I", 0))
            answer = _answer(link)
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    return _verdict(answer)


def _verdict(answer: bytes) -> Verdict:
    """`stream: OK` and `stream: <signature> FOUND` are verdicts; all else (ERROR, half an answer) is none."""
    if not answer.endswith(b"\0"):
        raise ScannerDown("the answer is cut off")
    words = answer.rstrip(b"\0").strip()
    if words == b"stream: OK":
        return Verdict.CLEAN
    if words.startswith(b"stream: ") and words.endswith(b" FOUND"):
        return Verdict.INFECTED
    raise ScannerDown("the scanner gave no verdict")


def _answer(link: socket.socket) -> bytes:
    answer = b""
    while len(answer) < _LONGEST and not answer.endswith(b"\0"):
        piece = link.recv(1024)
        if not piece:
            break
        answer += piece
    return answer


def _connected() -> socket.socket:
    """`unix:///run/clamav/clamd.ctl` or `tcp://clamav:3310`. Raises OSError for any other address."""
    url = urlsplit(settings.CLAMAV_URL)
    if url.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(SECONDS)
        try:
            link.connect(url.path)
        except BaseException:
            link.close()
            raise
        return link
    if url.scheme == "tcp" and url.hostname:
        return socket.create_connection((url.hostname, url.port or 3310), timeout=SECONDS)
    raise OSError("CLAMAV_URL is neither unix:// nor tcp://")
