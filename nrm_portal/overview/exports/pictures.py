"""The drawings of a card for paper: the same as the page draws, each an image with its words."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from django.template.loader import render_to_string

from nrm_portal.overview.cards import Card

_SVG: Final = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL)
_TITLE: Final = re.compile(r"<title\b[^>]*>(.*?)</title>", re.DOTALL)
_LEGEND: Final = re.compile(r"<li>(<svg\b.*?</svg>)(.*?)</li>", re.DOTALL)
_FONT: Final = re.compile(r'font-family="[^"]*"')
CARD: Final = "overview/_card.html"


@dataclass(frozen=True)
class Picture:
    src: str
    """A `data:` address: a document may fetch nothing."""
    words: str


def pictures(card: Card) -> list[Picture]:
    """Every drawing of the card that has a name."""
    drawn = (svg for svg in _SVG.findall(_drawn(card)) if 'role="img"' in svg)
    return [Picture(_address(svg), _words(svg)) for svg in drawn]


def legend(card: Card) -> list[Picture]:
    """What the tints of a map mean."""
    return [Picture(_address(svg), unescape(words).strip()) for svg, words in _LEGEND.findall(_drawn(card))]


def _drawn(card: Card) -> str:
    return render_to_string(CARD, {"card": card})


def _words(svg: str) -> str:
    found = _TITLE.search(svg)
    return unescape(found[1]) if found else ""


def _address(svg: str) -> str:
    alone = _FONT.sub('font-family="Document"', svg, count=1)
    alone = alone.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return "data:image/svg+xml;base64," + base64.b64encode(alone.encode()).decode("ascii")
