"""An edition as the files of the repository: the way back from `source`, byte for byte.

What stands in the files before the first row (comments, value lists, what a list says about itself) was kept
when the edition was read (`EditionFile`). An edition written on screen has that of the edition it is based
on, and a new chapter gets a name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

import yaml
from django.utils.text import slugify
from django.utils.translation import gettext as _

from manual.enums import Confidence
from manual.library.lists import ALL_FORMS, Lists
from manual.library.source import FOLDER, LANGUAGES, BadSource, chapter_place, pieces_of
from manual.library.source import Source as Files
from manual.models import (
    Chapter,
    Definition,
    Edition,
    EditionFile,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)

Row = dict[str, Any]

ROWS: Final = {
    "data/steps.yaml": ("sources", "steps"),
    "data/indicators.yaml": ("groups",),
    "data/milestones.yaml": ("milestones",),
    "data/definitions.yaml": ("definitions",),
    "data/retired.yaml": ("retired",),
}
"""The files with lists, and the lists that are rows: the last things in the file, in this order."""
WIDTH: Final = 108
_CHAPTER_FILE: Final = re.compile(r"content/(?P<language>[a-z]{2})/(?P<number>\d+)-")


class _Dumper(yaml.SafeDumper):
    """Lists stand further in than what they belong to, and nothing is abbreviated."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(data: Any) -> str:
    """YAML as the repository has it: the same data is always the same text."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def split_head(path: str, text: str) -> str:
    """What stands in a list file before its first row. Raises ValueError when the rows do not come last."""
    names = ROWS[path]
    found = re.search(rf"^{names[0]}:", text, re.MULTILINE)
    keys = re.findall(r"^([A-Za-z_]+):", text[found.start() :], re.MULTILINE) if found else []
    if not found or tuple(keys) != names:
        words = _("must end with %(names)s, and nothing may stand after them")
        raise ValueError(f"{path}: " + words % {"names": ", ".join(names)})
    return text[: found.start()]


def files(edition: Edition) -> dict[str, str]:
    """Path to text, as under `manual/`."""
    return both(edition)[0]


def as_read(edition: Edition) -> Files:
    """An edition as `source.read` gives its files, without asking whether they fit together."""
    return both(edition)[1]


def both(edition: Edition) -> tuple[dict[str, str], Files]:
    """The files, and what they say; the edition is read once."""
    heads, rows = heads_of(edition), lists_of(edition)
    chapters = _chapter_files(edition, heads)
    written = {
        path: heads.get(path, "") + "".join(dump({name: rows[name]}) for name in names)
        for path, names in ROWS.items()
    }
    pieces = {
        language: pieces_of(
            (path, chapters[path]) for path in sorted(chapters, key=chapter_place) if f"/{language}/" in path
        )
        for language in LANGUAGES
    }
    steps = rows.pop("steps")
    return written | chapters, Files(
        steps=steps, pieces=pieces, checksum=edition.checksum, lists=Lists(**rows)
    )  # fmt: skip


def heads_of(edition: Edition) -> dict[str, str]:
    """What its files hold beside the rows; of one written on screen, those of the edition it began as."""
    looked: Edition | None = edition
    while looked is not None:
        found = dict(EditionFile.objects.filter(edition_id=looked.pk).values_list("path", "head"))
        if found:
            return found
        looked = looked.based_on
    return repository_heads()


def repository_heads() -> dict[str, str]:
    """The same of the files in the repository."""
    heads = {path: split_head(path, (FOLDER / path).read_text(encoding="utf-8")) for path in ROWS}
    chapters = sorted(FOLDER.glob("content/*/*.md"))
    return heads | {path.relative_to(FOLDER).as_posix(): "" for path in chapters}


# --- the lists -----------------------------------------------------------------------------------


def lists_of(edition: Edition) -> dict[str, list[Row]]:
    """Every list of an edition, by the name it has in its file."""
    return {
        "sources": [
            _columns(row, "key", "title", "address")
            for row in Source.objects.filter(edition_id=edition.pk).order_by("order")
        ],
        "steps": [step(row) for row in StepTemplate.objects.filter(edition_id=edition.pk).order_by("order")],
        "groups": [
            _group(row)
            for row in IndicatorGroup.objects.filter(edition_id=edition.pk)
            .order_by("order")
            .prefetch_related("indicators")
        ],
        "milestones": [
            {"key": row.key, "sv": row.label_sv, "en": row.label_en}
            | _columns(row, "meaning_sv", "meaning_en")
            for row in MilestoneWords.objects.filter(edition_id=edition.pk).order_by("order")
        ],
        "definitions": [
            _columns(
                row, "key", "term_sv", "term_en", "forms_sv", "forms_en", "text_sv", "text_en", "paragraph",
                "sources",
            )
            for row in Definition.objects.filter(edition_id=edition.pk).order_by("order")
        ],
        "retired": [
            _columns(row, "anchor", "moved_to", "reason_sv", "reason_en")
            for row in sorted(
                RetiredParagraph.objects.filter(edition_id=edition.pk), key=lambda row: _places(row.anchor)
            )
        ],
    }  # fmt: skip


def step(row: StepTemplate) -> Row:
    """A step as its file has it: what is empty by default is left out."""
    return {
        **_columns(row, "key", "origin", "phase", "paragraph", "scope", "agency_role"),
        "applies_to": {
            "age": row.age,
            "exploitation": list(row.exploitation) or [ALL_FORMS],
            "consent": row.consent,
            "conditions": list(row.conditions),
        },
        **_columns(
            row, "priority", "title_sv", "title_en", "description_sv", "description_en", "legal_basis"
        ),
        "deadline": _deadline(row),
        **_columns(row, "escalate_to", "evidence", "confidence", "sources"),
        **_said(expert_note=row.expert_note),
    }


def _deadline(row: StepTemplate) -> Row:
    recurs = {"amount": row.recurs_amount, "unit": row.recurs_unit} if row.recurs_amount else {}
    return {
        **_columns(row, "amount", "unit", "from_event", "direction", "kind"),
        **_said(statutory_wording=row.statutory_wording),
        "confidence": row.deadline_confidence,
        **_said(
            recurs=recurs,
            overrides=[{name: one[name] for name in ("when", "amount", "unit")} for one in row.overrides],
            warn_days=list(row.warn_days),
        ),
    }


def _group(row: IndicatorGroup) -> Row:
    signs = sorted(row.indicators.all(), key=lambda sign: sign.order)
    return {
        "key": row.key,
        "sv": row.title_sv,
        "en": row.title_en,
        "indicators": [
            {
                **_columns(sign, "key", "strength", "age"),
                "forms": list(sign.forms) or [ALL_FORMS],
                "dimension": sign.dimension,
                "sv": sign.text_sv,
                "en": sign.text_en,
            }
            for sign in signs
        ],
    }


def _columns(row: Any, *names: str) -> Row:
    values = {name: getattr(row, name) for name in names}
    return {name: list(value) if isinstance(value, list) else value for name, value in values.items()}


def _said(**values: Any) -> Row:
    return {name: value for name, value in values.items() if value}


def _places(anchor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in anchor.split("-"))


# --- the chapters --------------------------------------------------------------------------------


def _chapter_files(edition: Edition, heads: dict[str, str]) -> dict[str, str]:
    names = {
        (found["language"], int(found["number"])): path
        for path in heads
        if (found := _CHAPTER_FILE.match(path))
    }
    rows = Paragraph.objects.filter(edition_id=edition.pk)
    by_chapter = {
        number: list(texts)
        for number, texts in groupby(
            rows.select_related("chapter").order_by("chapter__number", "order"),
            key=lambda row: row.chapter.number,
        )
    }
    written = {}
    for language in LANGUAGES:
        for chapter in Chapter.objects.filter(edition_id=edition.pk).order_by("number"):
            name = names.get((language, chapter.number)) or _new_name(chapter, language)
            written[name] = _chapter_text(chapter, by_chapter.get(chapter.number, []), language)
    return written


def _new_name(chapter: Chapter, language: str) -> str:
    title = slugify(getattr(chapter, f"title_{language}")) or "kapitel"
    return f"content/{language}/{chapter.number}-{title[:60].strip('-')}.md"


def _chapter_text(chapter: Chapter, rows: Iterable[Paragraph], language: str) -> str:
    return "\n".join((_piece(chapter, language), *(_piece(row, language) for row in rows)))


def reads_back(row: Chapter | Paragraph, language: str) -> bool:
    """Whether its text can be written to a file and read again."""
    try:
        found = pieces_of([("", _piece(row, language))])
    except BadSource:
        return False
    return [piece.title for piece in found.values()] == [getattr(row, f"title_{language}").strip()]


def _piece(row: Chapter | Paragraph, language: str) -> str:
    if isinstance(row, Chapter):
        anchor, marks, body = str(row.number), "", getattr(row, f"intro_{language}")
    else:
        anchor, body = row.anchor, getattr(row, f"body_{language}")
        marks = _marks(row) if language == LANGUAGES[0] else ""
    title = getattr(row, f"title_{language}")
    level = "#" * (anchor.count("-") + 1)
    heading = f"{level} {title} {{#{anchor}{marks}}}" if title else f"{level} {{#{anchor}{marks}}}"
    if not body:
        return f"{heading}\n"
    lines = [f"\\{line}" if re.match(r"\\*#", line) else line for line in body.split("\n")]
    space = "" if len(level) == 3 else "\n"
    return f"{heading}\n{space}" + "\n".join(lines) + "\n"


def _marks(row: Paragraph) -> str:
    """Who it is for, how sure it is, and where it comes from. Only the Swedish file says it."""
    marks = {
        "for": ",".join(row.actors),
        "confidence": "" if row.confidence == Confidence.SOURCE else row.confidence,
        "sources": ",".join(row.sources),
    }
    return "".join(f" {name}={value}" for name, value in marks.items() if value)
