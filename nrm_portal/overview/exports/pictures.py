"""The drawings of a card for paper: the same as the page draws, each an image with its words."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from django.template.loader import render_to_string

from core.templatetags.charts import MUTED
from nrm_portal.overview.cards import Card

_SVG: Final = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL)
_TITLE: Final = re.compile(r"<title\b[^>]*>(.*?)</title>", re.DOTALL)
_LEGEND: Final = re.compile(r"<li>(<svg\b.*?</svg>)(.*?)</li>", re.DOTALL)
_FONT: Final = re.compile(r'font-family="[^"]*"')
_WIDE: Final = re.compile(r'(<svg\b[^>]*) width="100%"')
FULL, HALF, ROW = 640, 310, 20
"""Pixels: across the page, across the place of one of several, down a line of a legend."""
CARD: Final = "overview/_card.html"


@dataclass(frozen=True)
class Picture:
    src: str
    """A `data:` address: a document may fetch nothing."""
    words: str


def pictures(card: Card) -> list[Picture]:
    """Every drawing of the card that has a name."""
    drawn = [svg for svg in _SVG.findall(_drawn(card)) if 'role="img"' in svg]
    width = FULL if len(drawn) == 1 else HALF
    return [Picture(_address(svg, width), _words(svg)) for svg in drawn]


def legend(card: Card) -> list[Picture]:
    """What the tints of a map mean, as one picture; nothing for a card without."""
    lines = [(svg, words.strip()) for svg, words in _LEGEND.findall(_drawn(card))]
    if not lines:
        return []
    text = f'<text x="28" y="12" fill="{MUTED}">'
    rows = "".join(
        f'<g transform="translate(0 {place * ROW})">{svg}{text}{words}</text></g>'
        for place, (svg, words) in enumerate(lines)
    )
    size = f'viewBox="0 0 {FULL} {ROW * len(lines)}" width="{FULL}" height="{ROW * len(lines)}"'
    drawn = f'<svg {size} font-family="" font-size="13">{rows}</svg>'
    return [Picture(_address(drawn), ", ".join(unescape(words) for _svg, words in lines))]


def _drawn(card: Card) -> str:
    return render_to_string(CARD, {"card": card})


def _words(svg: str) -> str:
    found = _TITLE.search(svg)
    return unescape(found[1]) if found else ""


def _address(svg: str, width: int = HALF) -> str:
    """Alone, with the letters of the paper. What is as wide as its place is given a width: paper has one."""
    alone = _FONT.sub('font-family="Document"', svg, count=1)
    alone = _WIDE.sub(rf'\g<1> width="{width}"', alone, count=1)
    alone = alone.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return "data:image/svg+xml;base64," + base64.b64encode(alone.encode()).decode("ascii")
