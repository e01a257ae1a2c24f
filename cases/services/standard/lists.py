"""The standard's own fields and value names, and what does not agree with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).resolve().parents[2] / "data" / "htcds.json"
SEPARATOR: Final = " "
"""Between several values of one field, as the standard's own form has it. No name contains a blank."""
COUNTRIES: Final = "prs_Citizenship"
"""Filled with ISO 3166 codes of two letters; the standard names no values of its own."""
_MONTH: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class NotInStandard(Exception):
    """Something that does not stand in the standard was about to be written."""


@dataclass(frozen=True, slots=True)
class StandardField:
    name: str
    type: str
    is_core: bool
    is_deprecated: bool
    values: tuple[str, ...]
    """Of a list; empty where anything of the type may stand."""

    @property
    def takes_several(self) -> bool:
        return self.type.startswith("Multiselect")

    def problem(self, text: str) -> str:
        """What is wrong with a value, or "". A date is never more exact than its month here."""
        if not text:
            return ""
        given = text.split(SEPARATOR) if self.takes_several else [text]
        if self.type == "Date":
            return "" if _MONTH.fullmatch(text) else f"{self.name}: not a month"
        if not self.values:
            return f"{self.name}: not a list of the standard"
        if len(set(given)) != len(given):
            return f"{self.name}: said twice"
        unknown = [value for value in given if value not in self.values]
        return f"{self.name}: {', '.join(map(repr, unknown))} is not in the list" if unknown else ""


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SOURCE.read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def fields() -> dict[str, StandardField]:
    """Every field of the standard by its name with prefix, as the list of fields (.ods) spells it."""
    read = _read()
    countries = {COUNTRIES: read["countries"]}
    return {
        name: StandardField(
            name,
            row["type"],
            row["core"],
            row["status"] == "DEPRECATED",
            tuple(countries.get(name, row.get("values", ()))),
        )
        for name, row in read["fields"].items()
    }


def form() -> dict[str, Any]:
    """How the standard's survey form (.xlsx) differs from its list of fields, which we follow."""
    found: dict[str, Any] = _read()["form"]
    return found


def problems(
    columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Mapping[str, frozenset[str]] = {}
) -> list[str]:
    """Everything in these lines that does not stand in the standard, each thing once.

    `texts`: what may be said in a field where the standard takes any text.
    """
    found = [f"{name}: no field of the standard" for name in columns if name not in fields()]
    known = [_Checked(fields()[name], texts.get(name)) for name in columns if name in fields()]
    if not found:
        found = [one.problem(text) for row in rows for one, text in zip(known, row, strict=True)]
    return list(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class _Checked:
    field: StandardField
    texts: frozenset[str] | None

    def problem(self, text: str) -> str:
        if self.texts is None or not text:
            return self.field.problem(text)
        return "" if text in self.texts else f"{self.field.name}: not one of our words"
