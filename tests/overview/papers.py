"""A PDF read as a screen reader does: by its tags."""

from __future__ import annotations

import io
from collections import defaultdict
from functools import cached_property
from typing import Any

from pypdf import PdfReader


class Paper:
    """The tables, headings and pictures of a tagged PDF, in reading order."""

    def __init__(self, data: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(data))
        trailer: Any = self.reader.trailer
        self.root: Any = trailer["/Root"]
        self._said = [_marked(page) for page in self.reader.pages]
        self._places = {page.indirect_reference.idnum: n for n, page in enumerate(self.reader.pages)}
        self.tables: dict[str, list[list[str]]] = {}
        """By caption. What goes on on the next page is one table, its headings told once."""
        self.pictures: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self._walk(self.root["/StructTreeRoot"]["/K"])

    @cached_property
    def pages(self) -> list[str]:
        return [page.extract_text() for page in self.reader.pages]

    def _walk(self, node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                self._walk(one)
        elif isinstance(node, dict):
            self._element(node, str(node.get("/S", ""))[1:])

    def _element(self, node: Any, kind: str) -> None:
        if kind == "Table":
            self._table(node)
            return
        if kind == "TR":
            self._rows.append([])
        elif kind in ("TH", "TD"):
            self._rows[-1].append(self._text(node))
            return
        elif kind == "Caption":
            self._caption = self._text(node)
            return
        elif kind == "Figure":
            self.pictures.append(str(node.get("/Alt", "")))
        elif len(kind) == 2 and kind[0] == "H" and kind[1].isdigit():
            self.headings.append((kind, self._text(node)))
            return
        for one in _kids(node):
            if not isinstance(one, int):
                self._walk(one)

    def _table(self, node: Any) -> None:
        before, self._caption, self._rows = self._caption, "", []
        for one in _kids(node):
            if not isinstance(one, int):
                self._walk(one)
        if self._caption:
            self.tables[self._caption] = self._rows
        else:  # goes on from the page before
            self._caption = before
            self.tables[before] += self._rows[1:] if self.tables[before] else self._rows

    def _text(self, node: Any, page: Any = None) -> str:
        """All that is said inside an element."""
        page = node.raw_get("/Pg") if "/Pg" in node else page
        found = []
        for kid in _kids(node):
            if isinstance(kid, int):
                found.append(self._said[self._places[page.idnum]].get(int(kid), ""))
            elif "/MCID" in kid:
                where = kid.raw_get("/Pg") if "/Pg" in kid else page
                found.append(self._said[self._places[where.idnum]].get(int(kid["/MCID"]), ""))
            else:
                found.append(self._text(kid, page))
        return " ".join(" ".join(found).split())


def _kids(node: Any) -> list[Any]:
    if "/K" not in node:
        return []
    kids = node["/K"]
    kids = kids.get_object()
    return [one.get_object() for one in kids] if isinstance(kids, list) else [kids]


def _marked(page: Any) -> dict[int, str]:
    """The text of each marked piece of a page, by its number."""
    open_pieces: list[int | None] = []
    said: dict[int, list[str]] = defaultdict(list)

    def before(operator: bytes, operands: Any, _matrix: Any, _text: Any) -> None:
        if operator == b"BDC":
            told = operands[1]
            open_pieces.append(int(told["/MCID"]) if hasattr(told, "get") and "/MCID" in told else None)
        elif operator == b"BMC":
            open_pieces.append(None)
        elif operator == b"EMC":
            open_pieces.pop()

    def text(words: str, *_rest: Any) -> None:
        if open_pieces and open_pieces[-1] is not None:
            said[open_pieces[-1]].append(words)

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return {number: " ".join(words) for number, words in said.items()}
