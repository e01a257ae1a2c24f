"""One log line per event, and nothing personal in it.

Code must not log personal data in the first place. This formatter is the net below: it masks what looks
like an address, an identity number or a query string, keeps control characters from breaking the line,
and leaves the text of exceptions out (a database error quotes the values it refused). Debug mode shows
the text to the developer.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from core import context

_MASKS: Final = (
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w-])(\d{2})?\d{6}[-+]?\d{4}(?![\w-])"), "[number]"),
    (re.compile(r"(?<![\w-])(\+|00)\d[\d -]{7,14}\d(?![\w-])"), "[number]"),
    (re.compile(r"\?[^\s\"']*=[^\s\"']*"), "?[query]"),
)


def formatter() -> logging.Formatter:
    """The formatter named in `settings.LOGGING`: readable lines in debug mode, JSON otherwise."""
    return PlainLine() if settings.DEBUG else JsonLine()


def mask(text: str) -> str:
    """Replace what looks like an e-mail address, an identity or telephone number or a query string."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def one_line(text: str) -> str:
    """Escape control characters, so that input cannot forge a second line or colour a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _frames(error: BaseException) -> list[str]:
    """Where it happened, innermost last, without source lines, locals or the message."""
    return [f"{f.filename}:{f.lineno}:{f.name}" for f in traceback.extract_tb(error.__traceback__)][-15:]


class JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if request_id := context.request_id():
            line["request"] = str(request_id)
        if record.exc_info and (error := record.exc_info[1]):
            line["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
            line["frames"] = _frames(error)
        return json.dumps(line)


class PlainLine(logging.Formatter):
    """Readable lines for a developer's terminal; the only place where the text of an exception is shown."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        line = f"{at} {record.levelname:<7} {record.name}: {one_line(mask(record.getMessage()))}"
        if record.exc_info:
            line += "\n" + mask(self.formatException(record.exc_info))
        return line
