"""Taking hold of an edition: first the lock, then the right, then its state."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment, require_right
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import EditionStatus
from manual.models import Edition

RIGHT = "edit_manual"


def require_editor(by: Assignment | None, verb: str = "manual.edit", target: UUID | None = None) -> None:
    """Raise PermissionDenied, recorded, unless `by` edits the manual. None is the command line."""
    require_right(by, RIGHT, verb, target)


def hold(edition_id: UUID, *, by: Assignment | None, verb: str) -> Edition:
    """The edition, locked until the end of the transaction. Raises DoesNotExist, PermissionDenied."""
    edition = Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition_id)
    require_editor(by, verb, edition.pk)
    return edition


def hold_draft(edition_id: UUID, *, by: Assignment | None, verb: str = "manual.edit") -> Edition:
    """The same for a draft. Raises TransitionNotAllowed for any other."""
    edition = hold(edition_id, by=by, verb=verb)
    if edition.status != EditionStatus.DRAFT:
        raise TransitionNotAllowed(_("Only a draft can be changed."))
    return edition


def same_version(row: models.Model, version: int | None) -> None:
    """Raise StaleVersion when somebody else has saved the row since it was shown."""
    if version is not None and getattr(row, "version") != version:  # noqa: B009
        raise StaleVersion(row)


def edited(edition: Edition, *, by: Assignment | None) -> None:
    """Note that a draft was written in: by whom, and that it is no longer what the files say.

    Every service that changes a row of a draft ends with it.
    """
    edition.version += 1
    edition.checksum = ""
    if by is not None and by.user_id not in edition.editors:
        edition.editors = [*edition.editors, by.user_id]
    edition.save(update_fields=["version", "checksum", "editors"])
