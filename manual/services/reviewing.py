"""A second person reads an edition before it is published: handed in, taken back, approved or sent back."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual.enums import EditionStatus, ReviewOutcome
from manual.models import Edition, Review
from manual.services import locking
from manual.services.publishing import clear_review, require_sound


@transaction.atomic(durable=True)
def hand_in(*, edition_id: UUID, version: int, by: Assignment) -> Edition:
    """Ask for a second person. Nothing in the edition can be changed until it is back.

    Raises TransitionNotAllowed when something stands in the way, StaleVersion when somebody wrote in it since
    it was shown.
    """
    edition = locking.hold_draft(edition_id, by=by, verb="manual.hand_in")
    locking.same_version(edition, version)
    require_sound(edition)
    edition.status = EditionStatus.REVIEW
    edition.handed_in_by, edition.handed_in_at = by.user, clock.now()
    edition.version += 1
    edition.save(update_fields=["status", "handed_in_by", "handed_in_at", "version"])
    audit.record("manual.hand_in", edition, by=by, number=edition.number)
    return edition


@transaction.atomic(durable=True)
def take_back(*, edition_id: UUID, by: Assignment) -> Edition:
    """Make it a draft again, to go on writing. An approval is void then."""
    edition = _in_review(edition_id, by, "manual.take_back")
    _to_draft(edition)
    audit.record("manual.take_back", edition, by=by, number=edition.number)
    return edition


@transaction.atomic(durable=True)
def approve(*, edition_id: UUID, version: int, by: Assignment) -> Edition:
    """Say that it may be published. Never by someone who wrote in it or handed it in."""
    edition = _to_judge(edition_id, by, "manual.approve")
    locking.same_version(edition, version)
    require_sound(edition)
    edition.reviewed_by, edition.reviewed_at = by.user, clock.now()
    edition.version += 1
    edition.save(update_fields=["reviewed_by", "reviewed_at", "version"])
    Review.objects.create(edition=edition, by=by.user, at=clock.now(), outcome=ReviewOutcome.APPROVED)
    audit.record("manual.approve", edition, by=by, number=edition.number)
    return edition


@transaction.atomic(durable=True)
def send_back(*, edition_id: UUID, words: str, by: Assignment) -> Edition:
    """Make it a draft again, and say what has to be changed."""
    edition = _to_judge(edition_id, by, "manual.send_back")
    Review.objects.create(
        edition=edition, by=by.user, at=clock.now(), outcome=ReviewOutcome.RETURNED, words=words
    )
    _to_draft(edition)
    audit.record("manual.send_back", edition, by=by, number=edition.number)
    return edition


def may_judge(edition: Edition, by: Assignment) -> bool:
    """Whether she is the second person: she has not written in it and not handed it in."""
    return by.has(locking.RIGHT) and by.user_id not in {*edition.editors, edition.handed_in_by_id}


def _in_review(edition_id: UUID, by: Assignment, verb: str) -> Edition:
    edition = locking.hold(edition_id, by=by, verb=verb)
    if edition.status != EditionStatus.REVIEW:
        raise TransitionNotAllowed(_("The edition is not in review any more."))
    return edition


def _to_judge(edition_id: UUID, by: Assignment, verb: str) -> Edition:
    edition = _in_review(edition_id, by, verb)
    if edition.is_approved:
        raise TransitionNotAllowed(_("The edition has been approved already."))
    if not may_judge(edition, by):
        audit.refuse(verb, edition, by=by, own=True)
        raise PermissionDenied
    return edition


def _to_draft(edition: Edition) -> None:
    edition.status = EditionStatus.DRAFT
    clear_review(edition)
    edition.version += 1
    edition.save()
