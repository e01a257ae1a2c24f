"""What runs now: one id per web request, task or command, so that log lines and audit rows can be joined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

_request_id: ContextVar[UUID | None] = ContextVar("request_id", default=None)


def request_id() -> UUID | None:
    """The id of the present request, task or command; None outside of any."""
    return _request_id.get()


@contextmanager
def scope(identifier: UUID | None = None) -> Iterator[UUID]:
    """Run a block under an id of its own (a new random one unless given)."""
    chosen = identifier or uuid4()
    token = _request_id.set(chosen)
    try:
        yield chosen
    finally:
        _request_id.reset(token)
