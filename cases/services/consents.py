"""Consent: what the person has agreed to, as it was said, and what is left of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases import workflow
from cases.access import require, sync_grants
from cases.enums import ConsentForm, GroundEnd, GroundKind, Verb
from cases.models import Case, Consent, LegalGround
from cases.notifications import sharing as telling
from cases.services import casework, checklists, sharing
from coordinators.enums import AgeBand
from core import audit, clock

KINDS: Final = tuple(kind for kind in AgencyKind if kind != AgencyKind.COORDINATION)
"""Whom a consent can name besides the coordinator."""


def desk_ground(case: Case) -> LegalGround | None:
    """What the desk's own sight stands on."""
    grounds = case.grounds.filter(desk_id=case.desk_id, ended_at__isnull=True).select_related("consent")
    return grounds.order_by("made_at").first()


def desk_has_stepped_back(case: Case) -> bool:
    """The person has withdrawn consent for the coordinator: the desk keeps the header alone (ADR 0801)."""
    ground = desk_ground(case)
    return ground is not None and not ground.categories


def scope_now(case: Case) -> set[str]:
    """Whom the person agrees to today."""
    return {code for consent in case.consents.filter(sharing.in_force()) for code in consent.scope}


@transaction.atomic(durable=True)
def register(
    *,
    case_id: uuid.UUID,
    scope: Iterable[str],
    given_on: date,
    form: ConsentForm,
    language: str,
    interpreter: bool,
    words: str,
    representative: str = "",
    valid_until: date | None = None,
    by: Assignment,
) -> Consent:
    """A consent beside those there are. Opens nothing by itself: agencies are invited on it.

    Raises ValidationError for a consultation, for nobody named, and for dates that cannot be.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.SHARE, case)
    chosen = _checked(case, set(scope), given_on, valid_until, representative)
    consent = Consent.objects.create(
        case=case,
        given_scope=chosen,
        scope=chosen,
        form=form,
        language=language,
        interpreter=interpreter,
        by_representative=bool(representative),
        data_key_id=case.data_key_id,
        representative=representative or None,
        words=words or None,
        given_on=given_on,
        valid_until=valid_until,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    if sharing.COORDINATOR in chosen:
        _carry_desk(case, consent, by)
    if case.is_open:
        checklists.refresh(case)
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case)
    audit.record("consent.register", case, by=by, consent=consent.pk, scope=chosen, form=form)
    telling.sharing_changed(case, once=f"consent:{consent.pk}", but=by.user_id)
    return consent


def _checked(
    case: Case, scope: set[str], given_on: date, valid_until: date | None, representative: str
) -> list[str]:
    if case.is_consultation:
        words = _("A consultation has no person. When the person agrees, send a referral.")
        raise ValidationError(words, code="consultation")
    chosen = [code for code in (sharing.COORDINATOR, *KINDS) if code in scope]
    if not chosen or len(chosen) != len(scope):
        raise ValidationError({"scope": _("Choose who may have the information")})
    if given_on > clock.today():
        raise ValidationError({"given_on": _("The date cannot be in the future")})
    if valid_until is not None and valid_until < max(given_on, clock.today()):
        raise ValidationError({"valid_until": _("The date has already passed")})
    if representative and case.age_band == AgeBand.ADULT:
        raise ValidationError({"representative": _("An adult gives consent herself or himself")})
    return chosen


def _carry_desk(case: Case, consent: Consent, by: Assignment) -> None:
    """The desk's sight stands on consent again, when it had stepped back."""
    if not desk_has_stepped_back(case):
        return
    old = desk_ground(case)
    assert old is not None, "the desk that holds a case stands on a ground"
    sharing.end_grounds([old], GroundEnd.REPLACED)
    casework.make_desk_ground(case, consent=consent, by=by)


def step_back(case: Case, by: Assignment) -> None:
    """The desk's consent has gone: what it keeps is that the case was, since records must be kept."""
    LegalGround.objects.create(
        case=case,
        desk_id=case.desk_id,
        kind=GroundKind.OWN_REPORT,
        categories=[],
        made_by_id=by.user_id,
        made_at=clock.now(),
    )
