"""Rows of lists and tables with every value ready: a template only prints them, so long lists stay cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.looks import Clock, Text, icon


@dataclass(slots=True)
class Row:
    """One row of a queue (components/rows.html)."""

    url: str
    title: Text
    clock: Clock | str = ""
    meta: SafeString | str = ""
    """The second line: reference, flags, mini band, sender; see `row_meta`."""
    id: str = ""
    preview: str = ""
    unread: bool = False
    current: bool = False

    @property
    def select_label(self) -> str:
        return gettext("Select %(title)s") % {"title": self.title}

    @property
    def new(self) -> SafeString:
        return (
            format_html(' <span class="tag tag-blue">{}</span>', gettext("New"))
            if self.unread
            else SafeString("")
        )


def row_meta(*parts: Any) -> SafeString:
    """Parts of a second line in one string; a reference goes through `reference`."""
    return format_html_join("", "<span>{}</span>", ((part,) for part in parts if part))


def reference(text: str) -> SafeString:
    return format_html('<span class="ref">{}</span>', text)


@dataclass(slots=True)
class StepItem:
    """One item of a checklist (components/step_items.html). `state`: todo, now, done, na, blocked."""

    title: Text
    state: str = "todo"
    url: str = ""
    meta: SafeString | str = ""
    status: SafeString | str = ""
    done_url: str = ""
    version: int = 0
    evidence: bool = False
    """Evidence is mandatory: the button opens a page instead of finishing at once, and says so."""

    @property
    def mark(self) -> SafeString:
        names = {"done": "check", "blocked": "pause"}
        return icon(names[self.state]) if self.state in names else SafeString("")


@dataclass(frozen=True, slots=True)
class Column:
    """`number`: right aligned. `url`: sorts by this column. `sorted`: ascending, descending or nothing."""

    label: Text
    number: bool = False
    url: str = ""
    sorted: str = ""


@dataclass(slots=True)
class Table:
    """A table from the same rows as a chart. The first cell of a row is its heading.

    `tint`: class 0-4 of a number (`charts.class_of`), for heat tables. `cards`: rows become cards on phones.
    """

    caption: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    cards: bool = False
    hide_caption: bool = False
    tint: Sequence[Sequence[int | None]] = field(default_factory=tuple)

    @property
    def cells(self) -> list[list[SafeString]]:
        return [
            [self._cell(row, place, value) for place, value in enumerate(values)]
            for row, values in enumerate(self.rows)
        ]

    def _cell(self, row: int, place: int, value: Any) -> SafeString:
        column = self.columns[place]
        if place == 0:
            return format_html('<th scope="row">{}</th>', value)
        classes = ["num"] if column.number else []
        if self.tint and (shade := self.tint[row][place - 1]) is not None:
            classes.append(f"h{shade}")
        return format_html('<td class="{}" data-label="{}">{}</td>', " ".join(classes), column.label, value)
