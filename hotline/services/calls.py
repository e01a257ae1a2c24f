"""Logging a call: begun by its first save, saved while somebody speaks, ended, put right within a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import User
from cases.enums import Citizenship, Sex
from cases.models import Draft, Referral
from coordinators.services import guard
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from core.text import normalise, storable
from hotline.enums import About, Caller, Child, Danger
from hotline.models import Call, Callback, DraftOffer
from hotline.services import numbers, tallies
from manual.library import NoEdition, current_edition
from manual.models import Edition, Paragraph

EDIT: Final = timedelta(hours=24)
"""For so long after it ended the operator may put her own call right; later a correction note is written."""
FORGOTTEN: Final = timedelta(hours=24)
"""A call still open so long after it began was forgotten: anybody at the desk may end it."""
TEXT_LIMIT: Final = 1_000
TEXTS: Final = ("summary", "advice_words")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the page says about a call. What is not in `given` could not be read and stays as it was."""

    caller: str = Caller.PROFESSIONAL
    profession: str = ""
    agency_kind: str = ""
    municipality_id: str | None = None
    county_id: str | None = None
    anonymous: bool = False
    declined: bool = False
    about: str = ""
    danger: str = Danger.UNKNOWN
    child: str = Child.UNSURE
    sex: str = Sex.UNKNOWN
    citizenship_group: str = Citizenship.UNKNOWN
    forms: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    advice_words: str = ""
    summary: str = ""
    referred_to: list[str] = field(default_factory=list)
    follow_up_on: date | None = None
    started_at: datetime | None = None
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did. `left_out`: texts that point somebody out and were not stored, with what is wrong."""

    call: Call
    left_out: Mapping[str, guard.Doubt]


def own_desk_call(call_id: uuid.UUID, by: Assignment) -> Call:
    """A call of her desk. Raises Http404 for any other, recorded."""
    rows = Call.objects.of_desk(by.agency_id).select_related(
        "operator", "agency", "municipality", "county", "edition", "data_key"
    )
    found = rows.filter(pk=call_id).first()
    if found is None or not by.has("log_calls"):
        audit.refuse("call.read", call_id, by=by)
        raise Http404
    return found


def may_edit(call: Call, by: Assignment) -> bool:
    """Her own call while it is open, and for a day after it ended; a forgotten one of her desk."""
    if call.agency_id != by.agency_id:
        return False
    if call.operator_id != by.user_id:
        return is_forgotten(call)
    return call.ended_at is None or clock.now() < call.ended_at + EDIT


def is_forgotten(call: Call) -> bool:
    """Whether it was left open, by somebody who went home or has left."""
    return call.ended_at is None and clock.now() >= call.started_at + FORGOTTEN


@transaction.atomic(durable=True)
def save(
    *,
    call_id: uuid.UUID,
    said: Said,
    by: Assignment,
    version: int = 0,
    view: str = "",
    end: bool = False,
    autosave: bool = False,
    accepted: Iterable[str] = (),
) -> Saved:
    """Store a call as the page says it; the first save begins it. `end`: the caller has hung up.

    `view`: a random word of the page view; saves of the same view follow one another. `accepted`: words that
    look like names and that the operator has said are none. An autosave leaves out a text that points
    somebody out and stores the rest; any other save is refused for it.
    Raises ValidationError (nothing is stored), StaleVersion when the call was saved elsewhere since the page
    was drawn, TransitionNotAllowed when it can no longer be changed, PermissionDenied without the right.
    """
    if not by.has("log_calls"):
        audit.refuse("call.start", by=by)
        raise PermissionDenied
    call = _locked(call_id, by)
    if call is not None and _is_outrun(call, version, view, autosave):
        return Saved(call, {})
    doubts = _doubts(said, accepted)
    if not autosave:
        _refuse(said, doubts, end=end)
    if call is not None and said.caller != Caller.PROFESSIONAL:
        _refuse_living(call)
    begins = call is None
    row = call or _begun(call_id, said, by)
    if not begins:
        _refuse_stale(row, version, view)
    was_open, left_at = row.is_open, max(row.saved_at, row.started_at)
    with tallies.recounted(row):
        _fill(row, said, skip=frozenset(doubts))
        row.saved_at, row.version = clock.now(), row.version + 1
        row.view = view if autosave or not view else view + PRESSED
        if end and was_open:
            row.ended_at = left_at if is_forgotten(row) else row.saved_at
        if row.ended_at and row.ended_at < row.started_at:
            raise ValidationError({"started": _("The call cannot have begun after it ended")})
        row.save(force_insert=begins)
    _record(row, by, begins=begins, was_open=was_open, autosave=autosave)
    return Saved(row, doubts)


@transaction.atomic(durable=True)
def reopen(*, call_id: uuid.UUID, by: Assignment) -> Call:
    """It was a professional after all: the call that was filed as something else is open again."""
    call = _locked(call_id, by)
    if call is None:
        audit.refuse("call.change", call_id, by=by)
        raise Http404
    if call.caller == Caller.PROFESSIONAL:
        return call
    with tallies.recounted(call):
        call.caller, call.ended_at = Caller.PROFESSIONAL, None
        call.saved_at, call.version, call.view = clock.now(), call.version + 1, ""
        call.save()
    audit.record("call.change", call, by=by, caller=call.caller)
    return call


def _locked(call_id: uuid.UUID, by: Assignment) -> Call | None:
    """Her call, locked; None when there is none yet. Somebody else's is a refusal."""
    rows = Call.objects.select_for_update(of=("self",), no_key=True).select_related("data_key", "edition")
    call = rows.filter(pk=call_id).first()
    if call is None:  # two first saves at once wait for one another here, and the second finds the row
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.user_id)
        call = rows.filter(pk=call_id).first()
    if call is None:
        return None
    if call.agency_id != by.agency_id:
        audit.refuse("call.change", call_id, by=by)
        raise Http404
    if call.operator_id != by.user_id and not is_forgotten(call):
        audit.refuse("call.change", call, by=by)
        raise PermissionDenied
    if not may_edit(call, by):
        raise TransitionNotAllowed(
            _("The call ended more than 24 hours ago. Write a correction note instead.")
        )
    return call


def _begun(call_id: uuid.UUID, said: Said, by: Assignment) -> Call:
    now = clock.now()
    return Call(
        id=call_id,
        number=numbers.new_number(),
        agency=by.agency,
        operator=by.user,
        data_key=vault.new_key("call", call_id),
        started_at=said.started_at or now,
        saved_at=now,
    )


def _doubts(said: Said, accepted: Iterable[str]) -> dict[str, guard.Doubt]:
    """The texts that point somebody out."""
    cleared = list(accepted)
    kept = TEXTS if not said.declined else ("advice_words",)
    found = {name: guard.look(getattr(said, name), accepted=cleared) for name in kept}
    return {name: doubt for name, doubt in found.items() if doubt.refused or doubt.names}


def _refuse(said: Said, doubts: Mapping[str, guard.Doubt], *, end: bool) -> None:
    problems = {name: guard.words(doubt) for name, doubt in doubts.items()}
    if said.caller != Caller.PROFESSIONAL and (written := [n for n in TEXTS if getattr(said, n)]):
        problems |= dict.fromkeys(
            written,
            _("Only calls of professionals keep words. Take the text away before you save the call as this"),
        )
    if end and said.caller == Caller.PROFESSIONAL and said.danger != Danger.YES:
        if not said.about:
            problems["about"] = _("Choose what the call is about")
        if not said.profession:
            problems["profession"] = _("Choose what the caller works as")
    if problems:
        raise ValidationError({name: str(text) for name, text in problems.items()})


def _refuse_living(call: Call) -> None:
    """What only the call of a professional can have must be ended before it is filed as something else."""
    promises = Callback.objects.filter(call=call, done_at__isnull=True)
    codes = DraftOffer.objects.filter(call=call, taken_at__isnull=True, until__gt=clock.now())
    begun = [call.draft_id] if call.draft_id else []
    drafts = Draft.objects.filter(pk__in=begun)
    sent = Referral.objects.filter(draft_id__in=begun)
    text = ""
    if promises.exists():
        text = _("Somebody has been promised a call back. Settle that before you save the call as this")
    elif codes.exists():
        text = _("The caller has a code for the draft. Take it back before you save the call as this")
    elif call.referral_id or drafts.exists() or sent.exists():
        text = _("A referral has been begun from this call. It cannot be saved as this")
    if text:
        raise ValidationError({"caller": text})


PRESSED: Final = "!"
"""After the word of a page view: it was saved by a press, and its page is gone."""


def _is_outrun(call: Call, version: int, view: str, autosave: bool) -> bool:
    """An autosave that arrives after its own page was saved by a press knows less, and is dropped."""
    return autosave and bool(view) and call.view == view + PRESSED and call.version > version


def _refuse_stale(call: Call, version: int, view: str) -> None:
    """Another page view has saved the call since ours was drawn; our own saves do not count."""
    if call.version > version and not (view and call.view in (view, view + PRESSED)):
        raise StaleVersion(call)


PLAIN: Final = (
    "profession", "agency_kind", "anonymous", "about", "danger", "child", "sex", "citizenship_group",
    "declined", "forms", "topics", "referred_to", "follow_up_on",
)  # fmt: skip


def _fill(call: Call, said: Said, *, skip: frozenset[str]) -> None:
    """Put what was said on the row; of others than professionals only danger and where they were sent."""
    call.caller = said.caller
    if said.started_at and "started_at" in said.given:
        call.started_at = said.started_at
    if said.caller != Caller.PROFESSIONAL:
        _bare(call)
        call.danger, call.referred_to = said.danger, _sorted(said.referred_to)
        return
    for name in PLAIN:
        if name in said.given:
            value = getattr(said, name)
            setattr(call, name, _sorted(value) if isinstance(value, list) else value)
    if "place" in said.given:
        call.municipality_id, call.county_id = said.municipality_id, said.county_id
    if said.danger == Danger.YES and not call.about:
        call.about = About.URGENT
    for name in TEXTS:
        if name in said.given and name not in skip:
            setattr(call, name, storable(normalise(getattr(said, name)))[:TEXT_LIMIT] or None)
    if "advice" in said.given:
        _advise(call, said.advice)
    if call.declined:
        call.municipality, call.summary = None, None


def _bare(call: Call) -> None:
    call.profession = call.agency_kind = call.about = ""
    call.municipality = call.county = call.edition = None
    call.anonymous = call.declined = False
    call.child, call.sex, call.citizenship_group = Child.UNSURE, Sex.UNKNOWN, Citizenship.UNKNOWN
    call.forms, call.topics, call.advice = [], [], []
    call.advice_words = call.summary = None
    call.follow_up_on = call.earlier = None
    if call.referral_id is None:
        call.reference, call.case = "", None


def _advise(call: Call, anchors: Iterable[str]) -> None:
    """Keep the paragraphs that exist in the edition the advice was given from."""
    edition = call.edition or _edition()
    wanted = list(dict.fromkeys(anchors))
    known = set()
    if edition is not None and wanted:
        rows = Paragraph.objects.filter(edition=edition, anchor__in=wanted)
        known = set(rows.values_list("anchor", flat=True))
    call.advice = [anchor for anchor in wanted if anchor in known]
    call.edition = edition if call.advice else None


def _edition() -> Edition | None:
    try:
        return current_edition()
    except NoEdition:
        return None


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted(set(values))


def _record(call: Call, by: Assignment, *, begins: bool, was_open: bool, autosave: bool) -> None:
    """One row when a call begins, one when it ends, one for each change by a press afterwards."""
    facts: dict[str, Any] = {"caller": call.caller}
    if begins:
        audit.record("call.start", call, by=by, **facts)
    if was_open and not call.is_open:
        audit.record("call.end", call, by=by, **facts, danger=call.danger == Danger.YES)
    elif not was_open:
        audit.record("call.change", call, by=by, **facts, autosave=autosave)
