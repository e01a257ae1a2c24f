"""The signs, from `manual/data/indicators.yaml`. They prompt and order; no score is ever shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.utils.translation import get_language

from manual.library.source import load

FILE: Final = Path(__file__).resolve().parent.parent / "data" / "indicators.yaml"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One sign. `forms` empty means every form of exploitation; `strength` orders, and is not shown."""

    key: str
    strength: str
    age: str
    forms: frozenset[str]
    dimension: str
    sv: str
    en: str

    @property
    def label(self) -> str:
        """In the reader's language."""
        return self.en if (get_language() or "sv").startswith("en") else self.sv


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    key: str
    sv: str
    en: str
    indicators: tuple[Indicator, ...]

    @property
    def label(self) -> str:
        """In the reader's language."""
        return self.en if (get_language() or "sv").startswith("en") else self.sv


@lru_cache(maxsize=1)
def indicators() -> tuple[IndicatorGroup, ...]:
    """Every group with its signs, in the order of the file."""
    data = load(FILE)
    return tuple(
        IndicatorGroup(
            key=group["key"],
            sv=group["sv"],
            en=group["en"],
            indicators=tuple(
                Indicator(
                    key=row["key"],
                    strength=row["strength"],
                    age=row["age"],
                    forms=frozenset(row["forms"]) - {"all"},
                    dimension=row["dimension"],
                    sv=row["sv"],
                    en=row["en"],
                )
                for row in group["indicators"]
            ),
        )
        for group in data["groups"]
    )
