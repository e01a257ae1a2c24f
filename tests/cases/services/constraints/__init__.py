"""Ways to break each constraint, one module an area: `BREAKS` maps the constraint's name to acts on a scene.

A module imports nothing from `test_constraints`; an act takes its `Scene`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any


def collected() -> dict[str, tuple[Callable[[Any], Any], ...]]:
    """Those of every module of this package."""
    found: dict[str, tuple[Callable[[Any], Any], ...]] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= import_module(f"{__name__}.{module.name}").BREAKS
    return found
