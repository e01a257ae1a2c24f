"""Errors that every app may raise and every view knows how to show."""

from __future__ import annotations

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
