"""The files of the repository become a draft edition; the next edition where nobody has written on screen."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual.enums import EditionStatus
from manual.library import agreement, source, writing
from manual.models import Edition
from manual.services import filing, locking
from manual.services.publishing import publish_held


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. `changed` is false when the files were an edition before, or say what the newest says.

    `waits`: the files became a draft that is not published although it was asked for, because the newest
    edition was written on screen and would be lost without anybody having compared the two.
    """

    edition: Edition
    changed: bool
    waits: bool = False


@transaction.atomic(durable=True)
def sync_manual(*, by: Assignment | None, publish: bool = False) -> Synced:
    """Make the files the draft edition, and publish it if asked. Run again it changes nothing.

    Files that have been an edition or a draft before are never brought in again by themselves, also when the
    draft was deleted or written in: what people decided since stays. Raises BadSource when the files do not
    fit together, TransitionNotAllowed when the draft was edited on screen, and PermissionDenied without the
    right to edit the manual.
    """
    locking.require_editor(by)
    if publish and by is not None:
        raise TransitionNotAllowed(_("What a person brings in is published after a second person's review."))
    synced = _draft(source.read(), by=by)
    edition = synced.edition
    if not publish or not edition.is_draft:
        return synced
    if edition.based_on is not None and not edition.based_on.checksum:
        return Synced(edition, synced.changed, waits=True)
    return Synced(publish_held(edition, by=None, valid_from=clock.today()), True)


def _files_of(edition: Edition) -> source.Source:
    try:
        return writing.as_read(edition)
    except source.BadSource as error:
        words = _("Edition %(number)s cannot be written to files and read back: %(problem)s")
        said = words % {"number": edition.number, "problem": error.problems[0]}
        raise TransitionNotAllowed(said) from error


def _draft(read: source.Source, *, by: Assignment | None) -> Synced:
    """Find or make the edition of these files."""
    editions = list(Edition.objects.select_for_update(of=("self",), no_key=True).order_by("-number"))
    for edition in editions:
        if edition.checksum == read.checksum:
            return Synced(edition, False)
    newest = Edition.objects.newest()
    if newest is not None and (
        filing.seen(read.checksum) or not agreement.differences(_files_of(newest), read)
    ):
        return Synced(newest, False)
    draft = next((edition for edition in editions if edition.is_in_work), None)
    if draft is None:
        last = Edition.objects.aggregate(last=Max("number"))["last"] or 0
        draft = Edition.objects.create(
            number=last + 1,
            checksum=read.checksum,
            created_at=clock.now(),
            based_on=newest,
            editors=[by.user_id] if by else [],
        )
    elif draft.status == EditionStatus.REVIEW:
        raise TransitionNotAllowed(_("An edition is in review. Take it back or publish it first."))
    elif not draft.checksum:
        raise TransitionNotAllowed(_("The draft has been edited on screen. Publish or delete it first."))
    else:
        draft.checksum = read.checksum
        draft.editors = sorted({*draft.editors, by.user_id}) if by else draft.editors
        draft.version += 1
        draft.save(update_fields=["checksum", "editors", "version"])
    filing.write(draft, read, writing.repository_heads())
    audit.record(
        "manual.sync",
        draft,
        by=by,
        number=draft.number,
        steps=len(read.steps),
        paragraphs=len(read.pieces["sv"]),
        files=filing.code(read.checksum),
    )
    return Synced(draft, True)
