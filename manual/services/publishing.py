"""An edition is published from a date, withdrawn before it comes, and the clock keeps the statuses."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock, context
from core.errors import TransitionNotAllowed
from manual.enums import IN_WORK, EditionStatus
from manual.library.checking import blocking
from manual.library.steps import EDITION
from manual.models import Edition
from manual.services import locking


@transaction.atomic(durable=True)
def publish_edition(edition: Edition, *, by: Assignment | None, valid_from: date | None = None) -> Edition:
    """Make an approved edition the one that new cases follow from a date (today); running cases keep theirs.

    The command line (`by` is None) publishes a draft as it was read from reviewed files, and may name a day
    that has passed. Raises TransitionNotAllowed in any other state, for a person's date before today, for a
    date before the edition it builds on, for a date on which it would take back what another edition has
    changed since, and for a person's edition in which something must be corrected; PermissionDenied without
    the right.
    """
    locked = locking.hold(edition.pk, by=by, verb="manual.publish")
    return publish_held(locked, by=by, valid_from=valid_from or clock.today())


def publish_held(edition: Edition, *, by: Assignment | None, valid_from: date) -> Edition:
    """The same inside the caller's transaction, for an edition that is locked."""
    ready = edition.is_approved if by else edition.is_draft
    if not ready:
        raise TransitionNotAllowed(_("Only an edition that a second person has approved can be published."))
    if by is not None and valid_from < clock.today():
        raise TransitionNotAllowed(_("An edition cannot apply from a day that has passed."))
    if edition.based_on and edition.based_on.valid_from and valid_from < edition.based_on.valid_from:
        raise TransitionNotAllowed(_("It cannot apply before the edition that it builds on."))
    require_holds_the_others(edition, valid_from)
    if by is not None:
        require_sound(edition)
    edition.status = EditionStatus.SCHEDULED
    edition.valid_from = valid_from
    edition.published_at = clock.now()
    edition.published_by = by.user if by else None
    edition.version += 1
    edition.save()
    audit.record("manual.publish", edition, by=by, number=edition.number, valid_from=valid_from)
    keep_statuses()
    edition.refresh_from_db()
    return edition


def require_holds_the_others(edition: Edition, day: date) -> None:
    """Raise TransitionNotAllowed when it would take back, unseen, what another edition has changed since.

    That is each edition that has begun to apply between the one it builds on and its own day, and that it
    does not build on. One that comes later takes its place, as the page of publishing says.
    """
    known = edition.built_on
    others = Edition.objects.until(day).exclude(pk__in=[edition.pk, *(row.pk for row in known)])
    if known and known[0].valid_from:
        others = others.filter(
            Q(valid_from__gt=known[0].valid_from)
            | Q(valid_from=known[0].valid_from, number__gt=known[0].number)
        )
    if other := others.first():
        words = _(
            "Edition %(number)s applies on that day and this edition does not build on it: what it changed "
            "would be taken back. Take this one back, delete the draft and begin a new one from edition "
            "%(number)s. To keep what you wrote, download its files first, bring them in again and compare."
        )
        raise TransitionNotAllowed(words % {"number": other.number})


def require_sound(edition: Edition) -> None:
    """Raise TransitionNotAllowed while something in the edition stands in the way."""
    if blocking(edition):
        raise TransitionNotAllowed(_("Something in the edition must be corrected first. See the list."))


@transaction.atomic(durable=True)
def withdraw(edition: Edition, *, by: Assignment | None, reason: str) -> Edition:
    """Take back a decided edition before its day has come.

    It is a draft again; if another one is in work it is put aside, to be read but not changed.
    """
    locked = locking.hold(edition.pk, by=by, verb="manual.withdraw")
    if locked.status != EditionStatus.SCHEDULED or locked.valid_from is None:
        raise TransitionNotAllowed(_("Only an edition whose day has not come can be withdrawn."))
    if locked.valid_from <= clock.today():
        raise TransitionNotAllowed(_("It applies already. Publish a new edition instead."))
    if Edition.objects.filter(based_on=locked, status=EditionStatus.SCHEDULED).exists():
        raise TransitionNotAllowed(_("Another decided edition builds on it. Withdraw that one first."))
    if Edition.objects.filter(based_on=locked, status__in=IN_WORK).exists():
        raise TransitionNotAllowed(
            _("The edition in work builds on it and holds what it changes. Delete that draft first.")
        )
    if Edition.objects.in_force(clock.today()) == locked:
        raise TransitionNotAllowed(
            _("New cases follow it already, as there is none before it. Publish a new edition instead.")
        )
    aside = Edition.objects.in_work() is not None
    if aside:
        locked.status = EditionStatus.RETIRED
        locked.retired_at = locked.withdrawn_at = clock.now()
    else:
        locked.status = EditionStatus.DRAFT
        locked.valid_from = locked.published_at = locked.published_by = None
        clear_review(locked)
    locked.version += 1
    locked.save()
    audit.record("manual.withdraw", locked, by=by, reason=reason, number=locked.number, aside=aside)
    return locked


def clear_review(edition: Edition) -> None:
    """It has to be handed in and reviewed anew. The caller saves."""
    edition.handed_in_by = edition.handed_in_at = edition.reviewed_by = edition.reviewed_at = None


@transaction.atomic(durable=True)
def catch_up() -> int:
    """Bring the statuses up to date with the calendar; how many editions changed. May run twice."""
    return keep_statuses()


def keep_statuses() -> int:
    """The edition of today is published, the one before it and those that were overtaken are replaced."""
    decided = Edition.objects.select_for_update(of=("self",), no_key=True).filter(
        status__in=(EditionStatus.SCHEDULED, EditionStatus.PUBLISHED), valid_from__lte=clock.today()
    )
    rows = list(decided.order_by("-valid_from", "-number"))
    changed = 0
    for row in rows[1:]:
        row.status, row.retired_at = EditionStatus.RETIRED, clock.now()
        row.save(update_fields=["status", "retired_at"])
        audit.record("manual.replace", row, by=None, number=row.number, replaced_by=rows[0].number)
        changed += 1
    if rows and rows[0].status == EditionStatus.SCHEDULED:
        rows[0].status = EditionStatus.PUBLISHED
        rows[0].save(update_fields=["status"])
        audit.record("manual.take_effect", rows[0], by=None, number=rows[0].number)
        changed += 1
    if changed:
        context.forget(EDITION)
    return changed
