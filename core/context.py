"""What runs now: one id per web request, task or command, so that log lines and audit rows can be joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast
from uuid import UUID, uuid4

T = TypeVar("T")

_request_id: ContextVar[UUID | None] = ContextVar("request_id", default=None)
_read: ContextVar[dict[object, object] | None] = ContextVar("read_once", default=None)


def request_id() -> UUID | None:
    """The id of the present request, task or command; None outside of any."""
    return _request_id.get()


def read_once(key: object, read: Callable[[], T]) -> T:
    """What `read` gives, asked once in a request, task or command; outside of any it is asked each time.

    For reference data only: one request then works with one version of it.
    """
    memory = _read.get()
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    return cast(T, memory[key])


def forget(key: object) -> None:
    """Ask again from now on: what was read has been changed."""
    if memory := _read.get():
        memory.pop(key, None)


@contextmanager
def scope(identifier: UUID | None = None) -> Iterator[UUID]:
    """Run a block under an id of its own (a new random one unless given)."""
    chosen = identifier or uuid4()
    token, memory = _request_id.set(chosen), _read.set({})
    try:
        yield chosen
    finally:
        _request_id.reset(token)
        _read.reset(memory)
