"""Texts in spreadsheets: nothing in a file is calculated when it is opened."""

from __future__ import annotations

import unicodedata
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "\0")
UNSEEN: Final = " \ufeff\u200b\u2060\u00a0\"'"
"""What some program drops before it looks at the first character."""


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also where it takes a full-width sign for a sign."""
    first = unicodedata.normalize("NFKC", text.lstrip(UNSEEN)[:1])
    return f"'{text}" if first.startswith(FORMULA_STARTS) else text
