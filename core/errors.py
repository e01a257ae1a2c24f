"""Errors that every app may raise and every view knows how to show."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from django.utils.functional import Promise


class TransitionNotAllowed(Exception):
    """The act is not possible in the present state. `message` is translated and meant for the person."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


class StaleVersion(Exception):
    """Someone else saved in between. `current` is the row as it is now, to show both versions."""

    def __init__(self, current: object) -> None:
        super().__init__("stale version")
        self.current = current


class Moved(Http404):
    """What was asked for is found elsewhere now. A reading request is sent there, any other gets 404."""

    def __init__(self, name: str, key: object) -> None:
        super().__init__()
        self.name, self.key = name, key


class Disposed(Http404):
    """What was asked for has been deleted for ever, and the asker once had access: its number, and when."""

    def __init__(self, reference: str, at: datetime) -> None:
        super().__init__()
        self.reference, self.at = reference, at
