"""Markdown as plain values: what a document or a comparison prints without any HTML of its own.

A body is a list of blocks. A block is {"kind": "p", "runs": [...]}, {"kind": "ul" or "ol", "items": [[block,
...], ...]} or {"kind": "quote", "blocks": [...]}; a run is {"text", "strong", "em", "href"}. Nothing here is
safe HTML: whoever prints it escapes it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Block = dict[str, Any]
Run = dict[str, Any]

LINKS: Final = ("https://", "http://", "tel:", "mailto:")
"""What a link on paper may lead to."""
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})
_LISTS: Final = {"bullet_list": "ul", "ordered_list": "ol"}


@lru_cache(maxsize=512)
def blocks(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text. They are shared: read them, never change them."""
    return tuple(_blocks(SyntaxTreeNode(_MARKDOWN.parse(markdown))))


def _blocks(parent: SyntaxTreeNode) -> list[Block]:
    return [block for node in parent.children for block in _block(node)]


def _block(node: SyntaxTreeNode) -> list[Block]:
    if node.type in _LISTS:
        return [{"kind": _LISTS[node.type], "items": [_blocks(item) for item in node.children]}]
    if node.type == "blockquote":
        return [{"kind": "quote", "blocks": _blocks(node)}]
    if node.type in ("fence", "code_block"):
        return [{"kind": "p", "runs": [_run(node.content.strip(), {})]}]
    if node.type == "hr":
        return []
    runs = [run for child in node.children for run in _runs(child, {})]
    return [{"kind": "p", "runs": runs}] if runs else []


def _runs(node: SyntaxTreeNode, marks: dict[str, Any]) -> list[Run]:
    if node.type in ("softbreak", "hardbreak"):
        return [_run(" " if node.type == "softbreak" else "\n", marks)]
    if not node.children:
        text = node.content or str(node.attrs.get("alt", ""))
        return [_run(text, marks)] if text else []
    if node.type in ("strong", "em"):
        marks = {**marks, node.type: True}
    elif node.type == "link":
        href = str(node.attrs.get("href", ""))
        marks = {**marks, "href": href if href.startswith(LINKS) else ""}
    return [run for child in node.children for run in _runs(child, marks)]


def _run(text: str, marks: dict[str, Any]) -> Run:
    return {"text": text, "strong": False, "em": False, "href": "", **marks}
