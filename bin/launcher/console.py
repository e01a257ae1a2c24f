"""What the launcher says while it works. All of it goes to stderr: a command's answer stays clean."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


def note(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Name a piece of work and, when it is done, its seconds."""
    started = time.monotonic()
    print(f"* {name} ...", file=sys.stderr, flush=True)
    yield
    print(f"  {name}: {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    """End with a sentence that says what to do."""
    raise SystemExit(f"\n{text}")
