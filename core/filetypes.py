"""What a file is, told by its content alone: PDF, PNG or JPEG, whole and harmless in form, or refused.

A name and a browser's word for the type are never believed. What one program reads as a picture and another
as a page or an archive is refused, and so is what would take unreasonable time or memory to look at.
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
ENDING: Final = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg"}
PIXELS: Final = {PNG: 25_000_000, JPEG: 50_000_000}
"""The largest picture that is decoded. To be confirmed."""
PAGES: Final = 2000
UNPACKED: Final = 16 * 1024 * 1024
"""Bytes of packed objects of a PDF that are looked into; the scanner looks into all of it."""
_TAIL: Final = 66_000
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")
_HIDDEN: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")
"""Looked for inside streams too: words so long that compressed data does not make them by chance."""
_ESCAPES: Final = 200_000
_FOREIGN: Final = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-|<html|<script|<svg|<\?php|#!/|Rar!|7z\xbc\xaf", re.I
)
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""


class Refused(Exception):
    """Why a file is not taken, in words for people."""

    def __init__(self, why: Promise | str) -> None:
        super().__init__(why)
        self.why = why


NOT_TAKEN: Final = _(
    "Only PDF, JPEG and PNG can be added. This file is something else, whatever its name says"
)
EMPTY: Final = _("The file is empty. Choose another one")
TWO_IN_ONE: Final = _("The file holds something besides what it shows. Save it anew as PDF, JPEG or PNG")
BROKEN: Final = _("The file is damaged and cannot be read. Make a new copy and choose that one")
TOO_MANY_PIXELS: Final = _(
    "The picture is larger than the portal can look at. Make it smaller and choose it again"
)
LOCKED: Final = _("The PDF is locked with a password and cannot be scanned. Save it without one")
ACTIVE: Final = _("The PDF holds a program or another file. Print it to a new PDF and choose that one")
TOO_LONG: Final = _("The PDF has more than 2 000 pages. Divide it into parts")


@dataclass(frozen=True)
class Looked:
    """What a file was found to be."""

    media_type: str
    is_image: bool


def look(data: bytes) -> Looked:
    """The type by content. Raises Refused with the reason."""
    if not data:
        raise Refused(EMPTY)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        _one_png(data)
        _decodes(data, "PNG")
        return Looked(PNG, is_image=True)
    if data.startswith(b"\xff\xd8\xff"):
        _one_jpeg(data)
        _decodes(data, "JPEG")
        return Looked(JPEG, is_image=True)
    if re.match(rb"%PDF-[12]\.\d", data):
        _one_pdf(data)
        return Looked(PDF, is_image=False)
    raise Refused(NOT_TAKEN)


# --- pictures ------------------------------------------------------------------------------------


def _one_png(data: bytes) -> None:
    """Chunks up to IEND, and nothing after it."""
    at = 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + size
        if kind == b"IEND":
            if data[at:].strip(b"\0\r\n "):
                raise Refused(TWO_IN_ONE)
            return
    raise Refused(BROKEN)


def _one_jpeg(data: bytes) -> None:
    """What phones put after a picture is dropped from the copy; pages, archives and programs are refused."""
    end = _end_of_jpeg(data)
    rest = data[end:]
    if rest.startswith(b"MZ") or _FOREIGN.search(rest[:_TAIL]) or _FOREIGN.search(rest[-_TAIL:]):
        raise Refused(TWO_IN_ONE)


def _end_of_jpeg(data: bytes) -> int:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Refused(BROKEN)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xD9:
            return at + 2
        elif marker in _JPEG_ALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                at = _after_scan(data, at)
    if data[at : at + 2] == b"\xff\xd9":
        return at + 2
    raise Refused(BROKEN)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker stands after compressed picture data."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and data[at + 1] not in _JPEG_ALONE:
            return at
        at += 2
    raise Refused(BROKEN)


def _decodes(data: bytes, form: str) -> None:
    """The size is read before anything is decoded; a JPEG is decoded at an eighth of its size."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=[form])
            if picture.width * picture.height > PIXELS[PNG if form == "PNG" else JPEG]:
                raise Refused(TOO_MANY_PIXELS)
            if form == "PNG":
                Image.open(io.BytesIO(data), formats=[form]).verify()
            else:
                picture.draft("RGB", (max(picture.width // 8, 1), max(picture.height // 8, 1)))
            picture.load()
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused(TOO_MANY_PIXELS) from None
    except Exception:  # a decoder fed with rubbish raises whatever it likes
        raise Refused(BROKEN) from None


def without_metadata(data: bytes, media_type: str) -> bytes:
    """The picture alone, turned the way it was meant: no place, no camera, no names, no thumbnails."""
    form = "PNG" if media_type == PNG else "JPEG"
    picture: Image.Image = Image.open(io.BytesIO(data), formats=[form])
    if picture.width * picture.height > PIXELS[media_type]:
        raise Refused(TOO_MANY_PIXELS)
    picture = ImageOps.exif_transpose(picture)
    modes = ("RGB", "L") if form == "JPEG" else ("RGB", "RGBA", "L")
    kept = (
        picture if picture.mode in modes else picture.convert("RGBA" if _is_clear(picture, form) else "RGB")
    )
    bare = Image.frombytes(kept.mode, kept.size, kept.tobytes())
    out = io.BytesIO()
    if form == "JPEG":
        bare.save(out, form, quality=92)
    else:
        bare.save(out, form)
    return out.getvalue()


def _is_clear(picture: Image.Image, form: str) -> bool:
    return form == "PNG" and (picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info)


# --- PDF -----------------------------------------------------------------------------------------


def _one_pdf(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused(BROKEN)
    if data[end + 5 :].strip(b"\0\r\n \t") or b"PK\x05\x06" in data[-_TAIL:]:
        raise Refused(TWO_IN_ONE)
    if re.search(rb"<html|<script|<\?php", data[:1024], re.I):
        raise Refused(TWO_IN_ONE)
    outside, packed = _parts(data)
    pages = 0
    for part in (outside, *packed):
        text = _plain_names(part)
        if re.search(rb"/Encrypt\b", text):
            raise Refused(LOCKED)
        if _ACTIVE.search(text):
            raise Refused(ACTIVE)
        pages += len(re.findall(rb"/Type\s{0,4}/Page\b", text))
        pages = max([pages, *(int(n) for n in re.findall(rb"/Count\s{1,4}(\d{1,9})\b", text))])
    if _HIDDEN.search(_plain_names(data)):
        raise Refused(ACTIVE)
    if pages > PAGES:
        raise Refused(TOO_LONG)


def _plain_names(data: bytes) -> bytes:
    """`/J#61vaScript` is /JavaScript."""
    if data.count(b"#") > _ESCAPES:
        raise Refused(BROKEN)
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data)


def _parts(data: bytes) -> tuple[bytes, list[bytes]]:
    """What stands outside streams, and the packed objects unpacked up to a bound, in one walk."""
    outside, packed, left, at = [], [], UNPACKED, 0
    while (start := data.find(b"stream", at)) >= 0:
        before = data[at:start]
        outside.append(before)
        stop = data.find(b"endstream", start)
        if stop < 0:
            raise Refused(BROKEN)
        head = _plain_names(before)
        if b"/ObjStm" in head:
            held = data[start + 6 : stop].lstrip(b"\r\n")
            part = _unpacked(held, left) if b"/Filter" in head else held[:left]
            left -= len(part)
            if left <= 0:
                raise Refused(TOO_LONG)
            packed.append(part)
        at = stop + 9
    outside.append(data[at:])
    return b"\n".join(outside), packed


def _unpacked(data: bytes, most: int) -> bytes:
    """What cannot be looked into is not taken: packed twice, or in another way than every writer packs."""
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        raise Refused(BROKEN) from None
