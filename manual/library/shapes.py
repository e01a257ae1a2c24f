"""What a row of each list file looks like: which values it has, of which kind, and how long they may be.

Checked before a file becomes rows, so that nothing is lost without a word: a value the portal does not know
is a problem, not a silence. Whether a code is in its value list is asked by `source` and `lists`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from manual.library.writing import ROWS
from manual.models import (
    Chapter,
    Definition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)

Check = Callable[[Any, str], Iterator[str]]

LARGEST_NUMBER: Final = 32_767
LONGEST_TEXT: Final = 60_000
MOST_PROBLEMS: Final = 50
MOST_ROWS: Final = 2_000
CODE: Final = 60
LANGUAGES: Final = ("sv", "en")


def problems(files: Mapping[str, str]) -> list[str]:
    """Of the list files, by their text, which has been looked at by `archive.simple_yaml`."""
    found: list[str] = []
    for path in ROWS:
        if path not in files:
            found.append(f"{path}: " + _("is missing"))
            continue
        try:
            data = yaml.load(files[path], Loader=_Loader)
        except _Twice as error:
            words = _("line %(line)s: %(name)s stands there twice")
            found.append(f"{path}: " + words % {"line": error.line, "name": error.name})
            continue
        except (yaml.YAMLError, ValueError):
            found.append(f"{path}: " + _("holds a value that cannot be read"))
            continue
        found += [f"{path}: {line}" for line in _file(path, data)]
    return found[:MOST_PROBLEMS]


class _Twice(Exception):
    """A named value stands twice in one row: one of them would be lost."""

    def __init__(self, name: str, line: int) -> None:
        super().__init__(name)
        self.name, self.line = name[:CODE], line


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            name = str(key.value)
            if name in seen:
                raise _Twice(name, key.start_mark.line + 1)
            seen.add(name)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def _file(path: str, data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield _("has no named values")
        return
    for name in ROWS[path]:
        yield from many(FILES[name])(data.get(name), name)


# --- kinds of values -------------------------------------------------------------------------------


def text(longest: int, *, blank: bool = False) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where}: " + _("is no text")
        elif not (blank or value):
            yield f"{where}: " + _("is empty")
        elif len(value) > longest:
            yield f"{where}: " + _("is longer than %(n)s characters") % {"n": longest}

    return check


def unknown(name: str) -> str:
    return _("the portal knows no “%(name)s” here and would lose it") % {"name": name[:CODE]}


def number(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_NUMBER:
        yield f"{where}: " + _("is no whole number from 0 to %(n)s") % {"n": LARGEST_NUMBER}


def many(inner: Check) -> Check:
    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where}: " + _("is no list")
        elif len(value) > MOST_ROWS:
            yield f"{where}: " + _("has more than %(n)s rows") % {"n": MOST_ROWS}
        else:
            for place, one in enumerate(value, start=1):
                yield from inner(one, f"{where} {_name(one) or place}")

    return check


def row(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**needed, **(optional or {})}

    def check(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: " + _("has no named values")
            return
        for name in value:
            if name not in known:
                yield f"{where}: " + unknown(str(name))
        for name in needed:
            if name not in value:
                yield f"{where}: " + _("%(name)s is missing") % {"name": name}
        for name, inner in known.items():
            if name in value:
                yield from inner(value[name], f"{where}: {name}")

    return check


def _name(value: Any) -> str:
    name = value.get("key") or value.get("anchor") if isinstance(value, dict) else ""
    return str(name)[:CODE] if name else ""


def column(model: type[Any], name: str) -> Check:
    """As long as the column, and empty where the column may be."""
    field = model._meta.get_field(name)
    return text(field.max_length or LONGEST_TEXT, blank=field.blank)


def _both(model: type[Any], name: str) -> dict[str, Check]:
    return {f"{name}_{language}": column(model, f"{name}_{language}") for language in LANGUAGES}


def _names(model: type[Any], name: str) -> dict[str, Check]:
    return {language: column(model, f"{name}_{language}") for language in LANGUAGES}


# --- the rows ----------------------------------------------------------------------------------------

_CODE: Final = text(CODE)
_CODES: Final = many(_CODE)
_SOURCES: Final = many(text(20))
_STEP: Final = row(
    {
        **{name: _CODE for name in ("origin", "phase", "scope", "agency_role", "priority", "confidence")},
        "key": column(StepTemplate, "key"),
        "paragraph": column(StepTemplate, "paragraph"),
        "applies_to": row({"age": _CODE, "exploitation": _CODES, "consent": _CODE, "conditions": _CODES}),
        **_both(StepTemplate, "title"),
        **_both(StepTemplate, "description"),
        "legal_basis": column(StepTemplate, "legal_basis"),
        "deadline": row(
            {
                "amount": number,
                **{name: _CODE for name in ("unit", "from_event", "direction", "kind", "confidence")},
            },
            {
                "statutory_wording": column(StepTemplate, "statutory_wording"),
                "recurs": row({"amount": number, "unit": _CODE}),
                "overrides": many(row({"when": _CODE, "amount": number, "unit": _CODE})),
                "warn_days": many(number),
            },
        ),
        "escalate_to": _CODES,
        "evidence": _CODES,
        "sources": _SOURCES,
    },
    {"expert_note": column(StepTemplate, "expert_note")},
)
_SIGN: Final = row(
    {
        "key": column(Indicator, "key"),
        **{name: _CODE for name in ("strength", "age", "dimension")},
        "forms": _CODES,
        **_names(Indicator, "text"),
    }
)
FILES: Final[dict[str, Check]] = {
    "sources": row({name: column(Source, name) for name in ("key", "title", "address")}),
    "steps": _STEP,
    "groups": row(
        {
            "key": column(IndicatorGroup, "key"),
            **_names(IndicatorGroup, "title"),
            "indicators": many(_SIGN),
        }
    ),
    "milestones": row({"key": _CODE, **_names(MilestoneWords, "label"), **_both(MilestoneWords, "meaning")}),
    "definitions": row(
        {
            "key": column(Definition, "key"),
            **_both(Definition, "term"),
            **{f"forms_{language}": many(text(100)) for language in LANGUAGES},
            **_both(Definition, "text"),
            "paragraph": column(Definition, "paragraph"),
            "sources": _SOURCES,
        }
    ),
    "retired": row(
        {
            "anchor": column(RetiredParagraph, "anchor"),
            "moved_to": column(RetiredParagraph, "moved_to"),
            **_both(RetiredParagraph, "reason"),
        }
    ),
}

TITLE: Final = min(
    Chapter._meta.get_field("title_sv").max_length or 0, Paragraph._meta.get_field("title_sv").max_length or 0
)
