"""The reviewed files an edition is read from: `data/*.yaml` and `content/<language>/*.md`.

A chapter file begins with `# Title {#2}` and an introduction; `## Title {#2-3}` begins a section and `###
Title {#2-3-4 for=police,prosecutor sources=RB,FUK confidence=unsure}` a paragraph. Anchors are written by
hand and never change their meaning. Only the Swedish file carries the other marks; both must have the same
anchors.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from manual.deadlines import Rule
from manual.enums import (
    Condition,
    Confidence,
    ConsentNeed,
    DeadlineKind,
    Direction,
    EscalateTo,
    Exploitation,
    Milestone,
    Origin,
    Phase,
    Priority,
    Scope,
    StepAge,
    StepRole,
    Unit,
)
from manual.library.lists import (
    Lists,
    gather,
    list_files,
    no_paragraph,
    problems,
    unknown_sources,
    wrong_value,
)

FOLDER: Final = Path(__file__).resolve().parent.parent
DATA: Final = FOLDER / "data"
STEPS: Final = DATA / "steps.yaml"
CONTENT: Final = FOLDER / "content"
LANGUAGES: Final = ("sv", "en")
OVERRIDES: Final = ("danger", "child")
_HEADING: Final = re.compile(
    r"^(#{1,3}) (?:(?P<title>[^{}\n]+) )?\{#(?P<anchor>[0-9]+(?:-[0-9]+){0,2})(?P<marks>(?: [^}]*)?)\}$"
)
_NOT_IN_TITLE: Final = re.compile(r"[{}\r\n]")
LONGEST_HEADING: Final = 1_000
"""Characters of a heading with its marks."""
_ESCAPED: Final = re.compile(r"\\+#")
"""A line of a text that begins with # stands in the file with a backslash before it."""


def load(path: Path) -> Any:
    """A reviewed YAML file. With the C loader where it was built: ten times as quick."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class BadSource(ValueError):
    """The files do not fit together. `problems` says where, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(slots=True)
class Piece:
    """A heading with its text in one language."""

    anchor: str
    title: str
    marks: dict[str, str]
    lines: list[str] = field(default_factory=list)

    @property
    def body(self) -> str:
        return "\n".join(self.lines).strip()

    @property
    def depth(self) -> int:
        """1 a chapter, 2 a section, 3 a paragraph."""
        return self.anchor.count("-") + 1

    def listed(self, name: str) -> list[str]:
        return [value for value in self.marks.get(name, "").split(",") if value]


@dataclass(frozen=True, slots=True)
class Source:
    """The files, read and checked."""

    steps: list[dict[str, Any]]
    pieces: dict[str, dict[str, Piece]]
    """Language to anchor to piece, in reading order."""
    checksum: str
    lists: Lists = field(default_factory=Lists)


def read(steps: Path = STEPS, content: Path = CONTENT, lists: Path = DATA) -> Source:
    """Read and check the files. Raises BadSource."""
    data = load(steps)
    gathered = gather(data, {path.name: load(path) for path in list_files(lists)})
    files = {
        language: sorted((content / language).glob("*.md"), key=lambda path: chapter_place(path.name))
        for language in LANGUAGES
    }
    pieces = {
        language: pieces_of((path.name, path.read_text(encoding="utf-8")) for path in paths)
        for language, paths in files.items()
    }
    wrong = [
        *_content_problems(pieces, data),
        *_step_problems(data, pieces["sv"]),
        *problems(gathered, pieces["sv"]),
    ]
    if wrong:
        raise BadSource(wrong)
    digest = hashlib.sha256()
    for path in (steps, *list_files(lists), *files["sv"], *files["en"]):
        digest.update(path.read_bytes())
    return Source(steps=data["steps"], pieces=pieces, checksum=digest.hexdigest(), lists=gathered)


@lru_cache(maxsize=1)
def source_titles() -> dict[str, str]:
    """The name of every source, by its short key."""
    data = load(STEPS)
    return {row["key"]: row["title"] for row in data["sources"]}


def chapter_place(name: str) -> tuple[int, str]:
    """Where a chapter file stands: by the number its name begins with."""
    number = re.match(r"[0-9]+", name.rpartition("/")[2])
    return (int(number[0]) if number else 0, name)


def pieces_of(texts: Iterable[tuple[str, str]]) -> dict[str, Piece]:
    """The pieces of chapter files, by anchor. `texts`: the name of each file and what stands in it."""
    found: dict[str, Piece] = {}
    for name, text in texts:
        piece: Piece | None = None
        for line in _lines(text):
            if line.startswith("#") and len(line) > LONGEST_HEADING:
                too_long = _("is longer than %(n)s characters") % {"n": LONGEST_HEADING}
                raise BadSource([f"{name}: {line[:80]}: {too_long}"])
            if heading := _HEADING.match(line):
                piece = Piece(heading["anchor"], heading["title"] or "", _marks(heading["marks"]))
                if piece.depth != len(heading[1]) or piece.anchor in found:
                    raise BadSource([f"{name}: {piece.anchor}: " + _("used twice, or at the wrong depth")])
                found[piece.anchor] = piece
            elif line.startswith("#") or piece is None:
                raise BadSource(
                    [f"{name}: " + _("a heading without an anchor: %(line)s") % {"line": line[:80]}]
                )
            else:
                piece.lines.append(line[1:] if _ESCAPED.match(line) else line)
    return found


def fits_heading(title: str) -> bool:
    """Whether a title can stand in a heading of a file: on one line, and nothing in it looks like marks."""
    return not _NOT_IN_TITLE.search(title)


def _lines(text: str) -> Iterator[str]:
    """As a file has them; other characters that break lines belong to the text."""
    return (line.rstrip("\n") for line in io.StringIO(text, newline=None))


def _marks(text: str) -> dict[str, str]:
    return dict(mark.split("=", 1) for mark in text.split() if "=" in mark)


def _content_problems(pieces: dict[str, dict[str, Piece]], data: dict[str, Any]) -> Iterator[str]:
    if list(pieces["sv"]) != list(pieces["en"]):
        differ = sorted(set(pieces["sv"]) ^ set(pieces["en"]))
        yield _("the anchors differ between the languages: %(anchors)s") % {"anchors": ", ".join(differ)}
    known = {row["key"] for row in data["sources"]}
    for piece in pieces["sv"].values():
        parent = piece.anchor.rpartition("-")[0]
        if parent and parent not in pieces["sv"]:
            yield f"{piece.anchor}: " + _("stands in no chapter or section")
        if unknown := set(piece.listed("for")) - set(StepRole.values):
            yield f"{piece.anchor}: " + _("unknown actors: %(keys)s") % {"keys": ", ".join(sorted(unknown))}
        if unknown := set(piece.listed("sources")) - known:
            yield f"{piece.anchor}: " + unknown_sources(unknown)
        if piece.marks.get("confidence", "source") not in Confidence.values:
            yield f"{piece.anchor}: " + _("unknown confidence")
        if piece.depth == 3 and not (piece.body and piece.listed("sources")):
            yield f"{piece.anchor}: " + _("a paragraph needs a text and names its source")


def _step_problems(data: dict[str, Any], pieces: dict[str, Piece]) -> Iterator[str]:
    sources = {row["key"] for row in data["sources"]}
    seen: set[str] = set()
    for row in data["steps"]:
        key = row.get("key", "?")
        if key in seen:
            yield f"{key}: " + _("stands there twice")
        seen.add(key)
        if row["paragraph"] not in pieces:
            yield f"{key}: " + no_paragraph(row["paragraph"])
        if unknown := set(row["sources"]) - sources:
            yield f"{key}: " + unknown_sources(unknown)
        try:
            columns(row, 0)
        except (KeyError, ValueError) as error:
            yield f"{key}: " + wrong_value(error)


def columns(row: dict[str, Any], order: int) -> dict[str, Any]:
    """The columns of a step. Raises ValueError for a value outside the lists, KeyError for a missing one."""
    applies, deadline = row["applies_to"], row["deadline"]
    recurs = deadline.get("recurs") or {}
    rule = Rule(deadline["amount"], deadline["unit"], deadline["direction"])
    return {
        "key": row["key"],
        "order": order,
        "origin": Origin(row["origin"]),
        "scope": Scope(row["scope"]),
        "paragraph": row["paragraph"],
        "phase": Phase(row["phase"]),
        "agency_role": StepRole(row["agency_role"]),
        "age": StepAge(applies["age"]),
        "exploitation": [Exploitation(form) for form in applies["exploitation"] if form != "all"],
        "consent": ConsentNeed(applies["consent"]),
        "conditions": [Condition(condition) for condition in applies["conditions"]],
        "priority": Priority(row["priority"]),
        **{name: row[name] for name in ("title_sv", "title_en", "description_sv", "description_en")},
        "legal_basis": row["legal_basis"],
        "statutory_wording": deadline.get("statutory_wording", ""),
        "expert_note": row.get("expert_note", ""),
        "amount": rule.amount,
        "unit": rule.unit,
        "from_event": Milestone(deadline["from_event"]),
        "direction": rule.direction,
        "kind": DeadlineKind(deadline["kind"]),
        "deadline_confidence": Confidence(deadline["confidence"]),
        "recurs_amount": recurs.get("amount"),
        "recurs_unit": Unit(recurs["unit"]) if recurs else "",
        "overrides": [_override(override, rule.direction) for override in deadline.get("overrides", [])],
        "warn_days": [int(days) for days in deadline.get("warn_days", [])],
        "confidence": Confidence(row["confidence"]),
        "escalate_to": [EscalateTo(whom) for whom in row["escalate_to"]],
        "evidence": row["evidence"],
        "sources": row["sources"],
    }


def _override(override: dict[str, Any], direction: Direction) -> dict[str, Any]:
    if override["when"] not in OVERRIDES:
        raise ValueError(f"override {override['when']!r}: not one of {OVERRIDES}")
    rule = Rule(override["amount"], override["unit"], direction)
    return {"when": override["when"], "amount": rule.amount, "unit": rule.unit.value}
