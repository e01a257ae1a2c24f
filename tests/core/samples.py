"""Files to add: honest ones, and those that pretend."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(inner: bytes = b"", *, pages: int = 1, tail: bytes = b"") -> bytes:
    """A small PDF; `inner` stands among its objects."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count " + str(pages).encode() + b" >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>\nendobj\n"
        + inner
        + b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
        + tail
    )


def infected_pdf() -> bytes:
    """A PDF in which a scanner finds the test signature."""
    return pdf(b"4 0 obj\n<< /Length 68 >>\nstream\n" + EICAR + b"\nendstream\nendobj\n")


def packed(inner: bytes) -> bytes:
    """Objects in a packed stream, where a search through the bytes does not see them."""
    data = zlib.compress(inner)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(data)
    return b"5 0 obj\n" + head + b"\nstream\n" + data + b"\nendstream\nendobj\n"


def jpeg(*, place: bool = False, size: tuple[int, int] = (64, 48), noise: bool = False) -> bytes:
    """A photo, with the place it was taken and the camera in it when asked for."""
    picture = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, (180, 90, 26))
    exif = Image.Exif()
    if place:
        exif[0x010F] = "QZKAMERA"
        exif[0x013B] = "QZFOTOGRAF"
        exif[0x8825] = {1: "N", 2: (59.0, 51.0, 30.0), 3: "E", 4: (17.0, 38.0, 0.0)}
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def png(size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, (11, 79, 92, 128)).save(out, "PNG")
    return out.getvalue()


def flood() -> bytes:
    """50 000 by 50 000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack("!I", len(data)) + whole + struct.pack("!I", zlib.crc32(whole))

    head = struct.pack("!IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
