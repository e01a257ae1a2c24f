"""A database that is older than the list of what has been destroyed is not served (system checks)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from core import destroyed
from core.models import Destruction
from nrm_portal.checks import START, TAG


@register(TAG, START, Tags.database)
def nothing_came_back(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """What was destroyed after a backup was made has been destroyed again since it was restored."""
    if "default" not in (databases or ()):
        return []
    hint = "Run bin/manage disposal replay (docs/operations.md, Restore). Nobody is served before."
    try:
        if behind := destroyed.behind():
            text = f"This database is older than the list of what has been destroyed, by {len(behind)}."
            return [Error(text, hint=hint, id="portal.E040")]
        missing = len(destroyed.missing())
    except destroyed.ListBroken as error:
        hint = "Somebody has changed it: put the list back from another copy, and find out who."
        return [
            Error(f"The list of what has been destroyed is damaged: {error}.", hint=hint, id="portal.E041")
        ]
    except (DatabaseError, Destruction.DoesNotExist):
        return []  # said by other checks, or the tables are not there yet
    if missing:
        text = f"The list of what has been destroyed lacks {missing} entries that the database has."
        hint = "Mount DISPOSAL_LIST where it was, or run bin/manage disposal relist."
        return [Warning(text, hint=hint, id="portal.W042")]
    return []
