"""Drafts: a referral while it is being written. One owner, four weeks, then gone with its key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Agency
from cases import notifications, sections
from cases.models import Case, Draft, Referral
from cases.sections import Cleaned, IntakeFacts, Section
from cases.services import casework
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.routing import Route
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, DataKey

BATCH: Final = 200
"""Drafts ended in one transaction."""
SAVED: Final = "_saved"
"""Key of the draft's answers: page → [version, page view, whether by autosave] of the last save."""
REACH: Final = "_reach"
TOLD: Final = "_told"
"""What a draft began with. Most of it is asked after age and consent only, and waits till then."""


class Gone(StrEnum):
    """Why a draft of hers is not there any more."""

    SENT = "sent"
    EXPIRED = "expired"
    DISCARDED = "discarded"


def drafts_of(by: Assignment) -> QuerySet[Draft]:
    """Her own living drafts, newest first. Nobody else's, whatever her role."""
    rows = Draft.objects.owned_by(by.user_id, by.agency_id).filter(expires_at__gt=clock.now())
    return rows.select_related("data_key", "agency").order_by("-saved_at")


def own_draft(draft_id: uuid.UUID, by: Assignment) -> Draft:
    """One of her drafts. Raises Http404 for anybody else's, recorded, and for one that is gone."""
    draft = drafts_of(by).filter(pk=draft_id).first()
    if draft is None:
        others = Draft.objects.exclude(owner_id=by.user_id, agency_id=by.agency_id)
        if others.filter(pk=draft_id).exists():
            audit.refuse("draft.read", draft_id, by=by)
        raise Http404
    return draft


def what_became_of(draft_id: uuid.UUID, by: Assignment) -> tuple[Gone, Referral | None] | None:
    """For a draft that was hers: sent (with the referral), expired or discarded. None for a stranger's."""
    if sent := Referral.objects.filter(draft_id=draft_id, referrer_id=by.user_id).first():
        return Gone.SENT, sent
    mine = AuditEvent.objects.filter(verb="draft.start", target_id=draft_id, user_id=by.user_id)
    if not mine.exists():
        return None
    ended = AuditEvent.objects.filter(verb="draft.discard", target_id=draft_id).exists()
    return (Gone.DISCARDED if ended else Gone.EXPIRED), None


@transaction.atomic(durable=True)
def start(*, by: Assignment, practice: bool = False) -> Draft:
    """A new empty draft under a key of its own, with what the account says about the sender."""
    draft = _new(by, practice)
    draft.save(force_insert=True)
    audit.record("draft.start", draft, by=by)
    return draft


def _new(by: Assignment, practice: bool) -> Draft:
    if not by.has("file_referrals"):
        audit.refuse("draft.start", by=by)
        raise PermissionDenied
    now, draft_id = clock.now(), uuid.uuid4()
    return Draft(
        id=draft_id,
        owner=by.user,
        agency=by.agency,
        data_key=vault.new_key("draft", draft_id),
        answers=about_sender(by),
        practice=practice,
        started_at=now,
        saved_at=now,
        expires_at=now + timedelta(days=settings.DRAFT_DAYS),
    )


CONSENT_ANSWERS: Final = frozenset(
    {
        "consent_status",
        "consent_scope",
        "consent_form",
        "consent_date",
        "consent_withdrawable_explained",
        "interpreter_used",
        "refusal_reason",
        "confirm_necessary",
    }
)
"""What has to be asked anew when the person agrees after a consultation."""


@transaction.atomic(durable=True)
def start_from(*, referral: Referral, by: Assignment) -> Draft:
    """A draft grown from a consultation, filled with what points nobody out; consent is asked anew (S09).

    The caller has checked that she may read the consultation. Pressed twice she goes on with the same draft.
    """
    case = referral.case
    if not case.is_consultation:
        raise ValueError("only a consultation can grow")
    if found := drafts_of(by).filter(consultation=case).first():
        return found
    answers = dict(referral.answers) if isinstance(referral.answers, dict) else {}
    return begin(answers=answers, by=by, consultation=case)


def begin(
    *,
    answers: Mapping[str, Any],
    by: Assignment,
    consultation: Case | None = None,
    call: uuid.UUID | None = None,
) -> Draft:
    """A draft that begins with these answers, in the caller's transaction. Consent is always asked anew.

    `call`: the call to the helpline it grew from, for the record.
    """
    draft = _new(by, bool(consultation and consultation.practice))
    told = {key: value for key, value in answers.items() if not key.startswith("_")}
    begun = {key: value for key, value in told.items() if key not in CONSENT_ANSWERS}
    draft.answers = begun | about_sender(by) | {TOLD: begun}
    draft.consultation = consultation
    draft.save(force_insert=True)
    origin: dict[str, Any] = {"consultation": consultation.pk} if consultation else {}
    origin |= {"call": call} if call else {}
    audit.record("draft.start", draft, by=by, **origin)
    return draft


def about_sender(by: Assignment) -> dict[str, Any]:
    """What the account says about whoever sends."""
    agency: Agency = by.agency
    return {
        "agency_role": agency.kind,
        "organisation_unit": agency.name,
        "name_title": ", ".join(filter(None, [by.user.name, by.user.title])),
        "municipality_of_work": agency.municipality_code,
        REACH: by.user.phone or agency.mailbox or by.user.email,
    }


@transaction.atomic(durable=True)
def save_section(
    *,
    draft: Draft,
    section: Section,
    raw: Mapping[str, Any],
    version: int,
    by: Assignment,
    complete: bool,
    view: str = "",
    autosave: bool = False,
) -> Cleaned:
    """Store a page as it was typed, readable or not, and return how it reads.

    `version`: the draft's when the page was drawn. `view`: a random word of that page view; saves of the same
    view follow one another. `complete`: she means to go on, so the page counts as done when it has no error.
    An autosave touches this page alone; any other save drops the answers that are no longer asked, on every
    page. Raises StaleVersion when the page was saved elsewhere since it was drawn; nothing is stored then.
    """
    row = _locked(draft.pk, by)
    answers = dict(row.answers)
    cleaned = sections.clean(section, raw, sections.prune(answers))
    if _is_outrun(row, section, version, view, autosave):
        return cleaned
    _refuse_stale(row, section, version, view)
    for key in section.by_key:
        answers.pop(key, None)
    answers |= cleaned.kept
    if not autosave:
        answers = _settle(answers)
    row.version += 1
    row.saved_at = clock.now()
    row.done = _done(row, section, cleaned, complete, autosave)
    row.answers = answers | {SAVED: row.answers.get(SAVED, {}) | {section.key: [row.version, view, autosave]}}
    row.save(update_fields=["answers", "done", "version", "saved_at"])
    for name in ("answers", "done", "version", "saved_at"):
        setattr(draft, name, getattr(row, name))
    return cleaned


def _done(row: Draft, section: Section, cleaned: Cleaned, complete: bool, autosave: bool) -> list[str]:
    """A page is done once she has gone on from it without an error, until that changes."""
    stays = autosave and section.key in row.done
    others = set(row.done) - {section.key}
    return sorted(others | {section.key} if (complete or stays) and not cleaned.errors else others)


def _is_outrun(row: Draft, section: Section, version: int, view: str, autosave: bool) -> bool:
    """An autosave that arrives after its own page was saved by a press knows less, and is dropped."""
    last, author, automatic = row.answers.get(SAVED, {}).get(section.key, [0, "", True])
    return autosave and bool(view) and author == view and last > version and not automatic


def _locked(draft_id: uuid.UUID, by: Assignment) -> Draft:
    rows = Draft.objects.select_for_update(of=("self",), no_key=True).owned_by(by.user_id, by.agency_id)
    draft = rows.filter(expires_at__gt=clock.now()).select_related("data_key").filter(pk=draft_id).first()
    if draft is None:
        raise TransitionNotAllowed(_("The draft is sent or deleted. It cannot be changed any more."))
    return draft


def _refuse_stale(row: Draft, section: Section, version: int, view: str) -> None:
    """Another page view has saved this page since ours was drawn; our own autosaves do not count."""
    last, author, _automatic = row.answers.get(SAVED, {}).get(section.key, [0, "", True])
    if last > version and not (view and author == view):
        raise StaleVersion(row)


def _settle(answers: dict[str, Any]) -> dict[str, Any]:
    """Drop what is no longer asked; a text in general terms becomes the description once she agrees.

    What the draft began with comes back as soon as it is known which questions there are.
    """
    if TOLD in answers and sections.is_settled(answers):
        answers = answers[TOLD] | {key: value for key, value in answers.items() if key != TOLD}
    text = answers.get("narrative_general")
    if text and sections.may_identify(answers) and not answers.get("narrative"):
        answers = answers | {"narrative": text}
    own = {key: value for key, value in answers.items() if key.startswith("_")}
    return own | sections.prune(answers)


@transaction.atomic(durable=True)
def discard(*, draft_id: uuid.UUID, by: Assignment) -> None:
    """Delete her own draft now, and its key with it."""
    draft = _locked(draft_id, by)
    audit.record("draft.discard", draft, by=by)
    _end(draft, by)


def remove(draft: Draft, by: Assignment | None) -> None:
    """Delete the draft of somebody who leaves. Joins the caller's transaction (`leaving`)."""
    _end(draft, by)


def _end(draft: Draft, by: Assignment | None) -> None:
    key: DataKey = draft.data_key
    draft.delete()
    vault.shred(key, by=by)


def warn_expiring() -> int:
    """Tell the owners of drafts that end within seven days, once each; returns how many.

    May run twice: the row is claimed by an update that must find it unwarned.
    """
    now = clock.now()
    limit = now + timedelta(days=settings.DRAFT_WARN_DAYS)
    due = Draft.objects.filter(warned_at=None, expires_at__lte=limit, expires_at__gt=now, practice=False)
    warned = 0
    for draft_id, owner_id in due.order_by("expires_at").values_list("pk", "owner_id")[: BATCH * 10]:
        with transaction.atomic():
            if Draft.objects.filter(pk=draft_id, warned_at=None).update(warned_at=now):
                notifications.draft_expires(owner_id, draft_id)
                warned += 1
    return warned


def delete_expired() -> int:
    """Delete drafts past their day and destroy their keys; returns how many. May run twice, also at once."""
    deleted = 0
    while True:
        with transaction.atomic():
            rows = Draft.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            batch = list(rows.filter(expires_at__lte=clock.now()).select_related("data_key")[:BATCH])
            for draft in batch:
                audit.record("draft.expire", draft, by=None)
                _end(draft, None)
        deleted += len(batch)
        if len(batch) < BATCH:
            return deleted


# --- what the draft says so far ---------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """Where the draft would go if it were sent now, and by when it would be answered."""

    facts: IntakeFacts
    route: Route | None
    """None until age and place are answered: they decide the desk. Half a name of a place is no answer."""
    answer_by: datetime | None


def preview(answers: Mapping[str, Any], at: datetime) -> Preview:
    """Read the draft as `submit` would. Changes nothing."""
    facts = sections.facts(answers, clock.local(at).date())
    where = answers.get("place_now") or answers.get("county_general")
    half = where in ("municipality", "county") and facts.place is None
    if not (sections.is_settled(answers) and where) or half:
        return Preview(facts, None, None)
    route = routing.route(facts.place, AgeBand(facts.age_band), clock.local(at).date())
    return Preview(facts, route, casework.answer_by(facts.age_band, facts.danger, at))
