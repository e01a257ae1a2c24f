"""The tables of a page, as they are read."""

from __future__ import annotations

from html.parser import HTMLParser


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._in = ""
        self._words: list[str] = []
        self._caption = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td", "caption"):
            self._in, self._words = tag, []

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            words = " ".join("".join(self._words).split())
            if tag == "caption":
                self._caption = words
            else:
                self._rows[-1].append(words)
            self._in = ""
        elif tag == "table":
            self.found[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if self._in:
            self._words.append(data)


def tables(page: str) -> dict[str, list[list[str]]]:
    """Caption -> rows of cells, the headings first."""
    reader = _Tables()
    reader.feed(page)
    return reader.found
