"""Reading an edition's files that somebody brings: looked at from the outside in, and every problem named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from manual.library import archive, shapes, source
from manual.library.source import LANGUAGES, BadSource, Piece, Source
from manual.library.writing import ROWS, split_head

MARKS: Final = {"for", "confidence", "sources"}
LONGEST_TITLE: Final = 200
LONGEST_ANCHOR: Final = 20
_NUMBER: Final = re.compile(r"content/[a-z]{2}/([0-9]+)-")


@dataclass(frozen=True, slots=True)
class Intake:
    """Files that fit together. `heads`: path to what stands before the rows, for `EditionFile`."""

    source: Source
    heads: dict[str, str]


def read(files: Mapping[str, str]) -> Intake:
    """Path to text, as under `manual/`. Raises BadSource with every problem of the first kind found."""
    if strange := sorted(path for path in files if not archive.is_allowed(path)):
        raise BadSource([f"{path[:80]}: " + _("no edition has such a file") for path in strange])
    for path in ROWS:
        if path in files:
            archive.simple_yaml(path, files[path])
    _none_of(shapes.problems(files))
    heads = _heads(files)
    _none_of(list(_chapter_problems(files)))
    with archive.laid_out(files) as folder:
        found = source.read(folder / "data" / "steps.yaml", folder / "content", folder / "data")
    return Intake(found, heads)


def _none_of(problems: list[str]) -> None:
    if problems:
        raise BadSource(problems[: shapes.MOST_PROBLEMS])


def _heads(files: Mapping[str, str]) -> dict[str, str]:
    heads: dict[str, str] = {}
    problems = []
    for path in files:
        try:
            heads[path] = split_head(path, files[path]) if path in ROWS else ""
        except ValueError as error:
            problems.append(str(error))
    _none_of(problems)
    return heads


def _chapter_problems(files: Mapping[str, str]) -> Iterator[str]:
    for language in LANGUAGES:
        names = sorted(path for path in files if path.startswith(f"content/{language}/"))
        if not names:
            yield f"content/{language}: " + _("is missing")
        for name in names:
            pieces = list(source.pieces_of([(name, files[name])]).values())
            number = _NUMBER.match(name)
            assert number, "archive.is_allowed has seen the name"
            if not pieces or pieces[0].anchor != number[1]:
                words = _("must begin with the heading of chapter %(number)s")
                yield f"{name}: " + words % {"number": number[1]}
            for piece in pieces:
                yield from (f"{name}: {piece.anchor}: {line}" for line in _piece(piece, number[1], language))


def _piece(piece: Piece, chapter: str, language: str) -> Iterator[str]:
    if piece.anchor.partition("-")[0] != chapter:
        yield _("belongs to the file of another chapter")
    if any(part != str(int(part)) or part == "0" for part in piece.anchor.split("-")):
        yield _("the numbers of an anchor begin at 1 and have no zero before them")
    if len(piece.anchor) > LONGEST_ANCHOR or len(piece.title) > LONGEST_TITLE:
        words = _("an anchor has at most %(anchor)s characters, a heading %(title)s")
        yield words % {"anchor": LONGEST_ANCHOR, "title": LONGEST_TITLE}
    if len(piece.body) > shapes.LONGEST_TEXT:
        yield _("is longer than %(n)s characters") % {"n": shapes.LONGEST_TEXT}
    if piece.depth < 3 and not piece.title:
        yield _("chapters and sections have a title")
    allowed = MARKS if language == LANGUAGES[0] and piece.depth > 1 else set()
    for name in sorted(piece.marks.keys() - allowed):
        yield shapes.unknown(name)
