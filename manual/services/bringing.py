"""Files that somebody brings become a draft; files of an edition are handed out."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual.library import agreement, archive, intake, writing
from manual.models import Edition
from manual.services import filing, locking


@transaction.atomic(durable=True)
def bring_in(
    files: Mapping[str, str], *, title: str = "", reason: str = "", by: Assignment | None
) -> Edition:
    """Make these files a draft edition. Whoever brings them has written in it, and does not approve it.

    Raises BadSource when they do not fit together, TransitionNotAllowed while another edition is in work or
    when they say what the newest edition says, PermissionDenied without the right to edit the manual.
    """
    locking.require_editor(by, "manual.import")
    read = intake.read(files)
    editions = list(Edition.objects.select_for_update(of=("self",), no_key=True).order_by("number"))
    if any(edition.is_in_work for edition in editions):
        raise TransitionNotAllowed(_("An edition is in work already. Publish or delete it first."))
    newest = Edition.objects.newest()
    if newest is not None and not agreement.differences(writing.as_read(newest), read.source):
        raise TransitionNotAllowed(
            _("The files say what the newest edition says. There is nothing to bring in.")
        )
    draft = Edition.objects.create(
        number=(Edition.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        based_on=newest,
        title=title,
        reason=reason,
        created_at=clock.now(),
        editors=[by.user_id] if by else [],
    )
    filing.write(draft, read.source, read.heads)
    audit.record(
        "manual.import",
        draft,
        by=by,
        number=draft.number,
        steps=len(read.source.steps),
        paragraphs=len(read.source.pieces["sv"]),
        files=filing.code(read.source.checksum),
    )
    return draft


@transaction.atomic(durable=True)
def hand_out(edition: Edition, *, by: Assignment) -> bytes:
    """The archive with the files of an edition. Raises PermissionDenied without the right."""
    locking.require_editor(by, "manual.export", edition.pk)
    data = archive.pack(writing.files(edition))
    audit.record("manual.export", edition, by=by, number=edition.number)
    return data
