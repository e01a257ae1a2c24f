"""The signs of an edition. They prompt and order; no score is ever shown.

An edition is asked once and kept; before the first edition, and for one older than these rows, the file
answers (`manual/data/indicators.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.utils.translation import get_language

from manual.enums import EditionStatus
from manual.library.lists import Row, indicator_columns
from manual.library.source import DATA, load
from manual.library.steps import NoEdition, current_edition
from manual.models import Edition, IndicatorGroup
from manual.models import Indicator as IndicatorRow

FILE: Final = DATA / "indicators.yaml"
ONCE_PUBLISHED: Final = (EditionStatus.PUBLISHED, EditionStatus.RETIRED)


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


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """A group with its signs. The same object as long as the edition is kept."""

    key: str
    sv: str
    en: str
    indicators: tuple[Indicator, ...]

    @property
    def label(self) -> str:
        """In the reader's language."""
        return self.en if (get_language() or "sv").startswith("en") else self.sv


def indicators(edition: Edition | None = None) -> tuple[Signs, ...]:
    """Every group with its signs, in order: of `edition`, else of the one in force."""
    if edition is None:
        try:
            edition = current_edition()
        except NoEdition:
            return _filed()
    return _load(edition.pk) if edition.is_in_work else _kept(edition.pk, edition.version)


def former_indicators() -> tuple[Signs, ...]:
    """Signs that earlier editions had and the one in force has not, in their last wording.

    They are not asked for any more, but what was ticked then is still read.
    """
    try:
        edition = current_edition()
    except NoEdition:
        return ()
    return _former(edition.pk, edition.version)


@lru_cache(maxsize=8)
def _kept(edition_id: UUID, version: int) -> tuple[Signs, ...]:
    return _load(edition_id)


@lru_cache(maxsize=4)
def _former(edition_id: UUID, version: int) -> tuple[Signs, ...]:
    now = {sign.key for group in _load(edition_id) for sign in group.indicators}
    earlier = IndicatorRow.objects.filter(edition__status__in=ONCE_PUBLISHED).exclude(edition_id=edition_id)
    rows = earlier.exclude(key__in=now).select_related("group").order_by("-edition__number", "order")
    last: dict[str, IndicatorRow] = {}
    for row in rows:
        last.setdefault(row.key, row)
    return _grouped(last.values())


def _load(edition_id: UUID) -> tuple[Signs, ...]:
    rows = IndicatorRow.objects.filter(edition_id=edition_id).select_related("group")
    return _grouped(rows.order_by("group__order", "order")) or _filed()


def _grouped(rows: Iterable[IndicatorRow]) -> tuple[Signs, ...]:
    groups: dict[str, IndicatorGroup] = {}
    signs: dict[str, list[Indicator]] = {}
    for row in rows:
        groups.setdefault(row.group.key, row.group)
        signs.setdefault(row.group.key, []).append(
            Indicator(
                row.key, row.strength, row.age, frozenset(row.forms), row.dimension, row.text_sv, row.text_en
            )
        )
    return tuple(
        Signs(key, group.title_sv, group.title_en, tuple(signs[key])) for key, group in groups.items()
    )


@lru_cache(maxsize=1)
def _filed() -> tuple[Signs, ...]:
    return tuple(
        Signs(group["key"], group["sv"], group["en"], tuple(map(_read, group["indicators"])))
        for group in load(FILE)["groups"]
    )


def _read(row: Row) -> Indicator:
    columns = indicator_columns(row)
    return Indicator(
        columns["key"], columns["strength"].value, columns["age"].value,
        frozenset(form.value for form in columns["forms"]), columns["dimension"].value,
        columns["text_sv"], columns["text_en"],
    )  # fmt: skip
