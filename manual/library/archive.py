"""The files of an edition as one archive: packed the same every time, unpacked with limits.

What comes in is not trusted. Only the names an edition has are read, as plain text, and never more than the
limits, whatever the archive claims about itself; nothing is written to where a name says.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import yaml
from django.utils.translation import gettext as _

from manual.library.source import BadSource
from manual.library.writing import ROWS

LARGEST_ARCHIVE: Final = 4 * 1024 * 1024
LARGEST_FILE: Final = 2 * 1024 * 1024
LARGEST_TOTAL: Final = 6 * 1024 * 1024
MOST_FILES: Final = 100
MOST_NODES: Final = 60_000
"""Values in one list file. The longest of the repository has 5 500."""
DEEPEST: Final = 12
FOLDER: Final = "manual/"
BESIDE: Final = ("data/synonyms.yaml",)
"""Stands with the files in the repository and is no part of an edition: left unread."""
_CHAPTER: Final = re.compile(r"content/(?:sv|en)/[0-9]{1,3}-[a-z0-9][a-z0-9-]{0,80}\.md")
_STRANGE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What `core.text.is_storable` refuses, found at once in a long text."""
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1


def is_allowed(path: str) -> bool:
    """Whether an edition may have a file of this name."""
    return path in ROWS or bool(_CHAPTER.fullmatch(path))


def pack(files: Mapping[str, str]) -> bytes:
    """The archive of these files, the same bytes for the same files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(FOLDER + path, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path].encode())
    return out.getvalue()


def unpack(data: bytes) -> dict[str, str]:
    """Path to text. Raises BadSource, in words for people, for anything that is no edition's archive."""
    if len(data) > LARGEST_ARCHIVE:
        raise BadSource([_("The file is larger than 4 MB.")])
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, BadSource):
            raise
        raise BadSource([_("The file is no zip archive, or it is damaged.")]) from error


def _read(archive: zipfile.ZipFile) -> dict[str, str]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise BadSource([_("The archive holds more than %(n)s files.") % {"n": MOST_FILES}])
    found: dict[str, str] = {}
    total = 0
    for entry in entries:
        path = entry.filename.removeprefix(FOLDER)
        if path in BESIDE:
            continue
        if not is_allowed(path) or path in found or not _is_plain(entry):
            raise BadSource([_("The archive holds a file that no edition has: %(name)s") % _named(entry)])
        with archive.open(entry) as opened:
            raw = opened.read(LARGEST_FILE + 1)
        total += len(raw)
        if len(raw) > LARGEST_FILE or total > LARGEST_TOTAL:
            raise BadSource([_("The files are larger than an edition may be.")])
        found[path] = as_text(path, raw)
    return found


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """No link, no device, nothing locked, nothing packed in an unusual way."""
    kind = (entry.external_attr >> 16) & 0o170000
    return (
        kind in (0, 0o100000) and not entry.flag_bits & _ENCRYPTED and entry.compress_type in _PLAIN
    )  # fmt: skip


def _named(entry: zipfile.ZipInfo) -> dict[str, str]:
    name = "".join(char if char.isprintable() else "?" for char in entry.filename)
    return {"name": name[:80]}


def as_text(path: str, raw: bytes) -> str:
    """The text of a file, with one kind of line end. Raises BadSource for what no text is."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadSource([_("%(path)s: is not text in UTF-8.") % {"path": path}]) from error
    if strange := _STRANGE.search(text):
        words = _("%(path)s: holds a control character (%(code)s).")
        raise BadSource([words % {"path": path, "code": f"U+{ord(strange[0]):04X}"}])
    return text


def read_folder(folder: Path) -> dict[str, str]:
    """The files of an edition in a folder, as `bin/manage export_manual` wrote them; others are left alone.

    Raises BadSource for a chapter with a name that no edition has, and for a file that is too large.
    """
    paths = [*folder.glob("data/*.yaml"), *folder.glob("content/*/*.md")]
    files = {path.relative_to(folder).as_posix(): path for path in sorted(paths)}
    found: dict[str, str] = {}
    for name, path in files.items():
        if not is_allowed(name) and name.startswith("data/"):
            continue
        if not is_allowed(name):
            raise BadSource([_("The folder holds a chapter that no edition has: %(name)s") % {"name": name}])
        if path.stat().st_size > LARGEST_FILE:
            raise BadSource([_("The files are larger than an edition may be.")])
        found[name] = as_text(name, path.read_bytes())
    return found


@contextmanager
def laid_out(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder of one's own with these files, gone afterwards. The names have been looked at before."""
    with TemporaryDirectory(prefix="nrm-manual-") as name:
        folder = Path(name)
        for path, text in files.items():
            assert is_allowed(path), "only names of an edition come here"
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        yield folder


def simple_yaml(path: str, text: str) -> None:
    """Refuse a list file that is more than plain lists and values, before anything is built from it.

    No aliases (a few lines could stand for millions of values), no tags (a value is what it looks like), no
    second document, and no more depth and values than a list of the manual has. Raises BadSource.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = nodes = documents = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            nodes += isinstance(event, yaml.events.NodeEvent)
            depth += isinstance(event, yaml.events.CollectionStartEvent)
            depth -= isinstance(event, yaml.events.CollectionEndEvent)
            documents += isinstance(event, yaml.events.DocumentStartEvent)
            odd = isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None)
            if odd or getattr(event, "tag", None) or documents > 1:
                raise BadSource(
                    [_("%(path)s: may hold no references, tags or second document.") % {"path": path}]
                )
            if depth > DEEPEST or nodes > MOST_NODES:
                raise BadSource(
                    [_("%(path)s: is larger or deeper than a list of the Manual.") % {"path": path}]
                )
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = where.line + 1 if where else 1
        raise BadSource(
            [_("%(path)s: cannot be read, line %(line)s.") % {"path": path, "line": line}]
        ) from error
