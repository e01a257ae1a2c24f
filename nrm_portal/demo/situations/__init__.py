"""Awkward cases, each once and recognisable, beside the demo's many stories. One module an area.

Each module has `show(today)`, which lives its situations through the services at the time they happened, and
does nothing the second time (the draft's id is fixed).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules

from core import context

Show = Callable[[datetime], None]


def situations() -> list[Show]:
    """Every module's `show`, in the order of their names."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return [import_module(f"{__name__}.{name}").show for name in names]


def show_all(today: datetime) -> None:
    for show in situations():
        with context.scope():
            show(today)
