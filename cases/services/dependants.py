"""Children and others who came along with the person: followed in her case, or in cases of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import Sight, require_level, visible
from cases.enums import NO_ADDRESS, Category, Level, LinkKind, Relation
from cases.models import Case, CaseLink, Dependant, Draft, Referral
from cases.services import casework, drafts
from core import audit, clock, vault
from core.errors import StaleVersion, TransitionNotAllowed

NAMES: Final = uuid.UUID("6f4d5f3e-4c2c-5d0a-9f49-40f0c1f3d5aa")
TOLD: Final = ("name", "birth", "where", "needs")


def may_see(sight: Sight) -> bool:
    """Those who were given what concerns children; of a protected person to those named."""
    if sight.case.is_consultation or sight.level < Level.STEPS or not sight.sees(Category.CHILDREN):
        return False
    return sight.may_see_protected


def may_change(sight: Sight) -> bool:
    return may_see(sight) and sight.case.is_open


def of(sight: Sight) -> QuerySet[Dependant]:
    """Children first, in the order they were written down."""
    if not may_see(sight):
        return Dependant.objects.none()
    rows = sight.case.dependants.select_related("data_key", "own_case")
    return rows.order_by("-is_child", "recorded_at")


def may_hold_whereabouts(case: Case) -> bool:
    """At the strictest tiers of protection nobody's whereabouts is stored, hers least of all."""
    return case.person is None or case.person.protection not in NO_ADDRESS


def _checked(case: Case, told: Mapping[str, str]) -> dict[str, str]:
    if told.get("where") and not may_hold_whereabouts(case):
        words = _("Protected identity: where somebody is may not be stored here.")
        raise ValidationError({"where": words})
    return {key: told[key] for key in TOLD if told.get(key)}


def _sight(case: Case, by: Assignment, verb: str) -> Sight:
    sight = require_level(by, case, Level.STEPS)
    if not may_see(sight):
        audit.refuse(verb, case, by=by)
        raise PermissionDenied
    if not case.is_open:
        raise TransitionNotAllowed(_("The case is over. It can be read, not changed."))
    return sight


@transaction.atomic(durable=True)
def add(
    *, case_id: uuid.UUID, relation: Relation, is_child: bool, told: Mapping[str, str], by: Assignment
) -> Dependant:
    """Somebody who came along. Raises PermissionDenied without the category children."""
    case = casework.lock(case_id)
    _sight(case, by, "dependant.add")
    dependant = Dependant.objects.create(
        case=case,
        relation=relation,
        is_child=is_child,
        data_key_id=case.data_key_id,
        who=_checked(case, told),
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    audit.record("dependant.add", dependant, by=by, case=case.pk, child=is_child)
    return dependant


@transaction.atomic(durable=True)
def correct(
    *,
    case_id: uuid.UUID,
    dependant_id: uuid.UUID,
    version: int,
    relation: Relation,
    is_child: bool,
    told: Mapping[str, str],
    by: Assignment,
) -> Dependant:
    """Put right what was written. Raises StaleVersion when somebody else did in between."""
    case = casework.lock(case_id)
    _sight(case, by, "dependant.correct")
    row = get_or_404(case, dependant_id)
    if row.version != version:
        raise StaleVersion(row)
    row.relation, row.is_child = relation, is_child
    row.who = _checked(case, told)
    row.version += 1
    row.save(update_fields=["relation", "is_child", "who", "version"])
    audit.record("dependant.correct", row, by=by, case=case.pk, child=is_child)
    return row


def get_or_404(case: Case, dependant_id: uuid.UUID) -> Dependant:
    found = case.dependants.select_related("data_key", "own_case").filter(pk=dependant_id).first()
    if found is None:
        raise Http404
    return found


# --- a case of her own ---------------------------------------------------------------------------


@transaction.atomic(durable=True)
def refer(*, case_id: uuid.UUID, dependant_id: uuid.UUID, by: Assignment) -> uuid.UUID:
    """A draft about the dependant, prefilled; the same one when it has been begun before by the same person.

    Raises PermissionDenied for whoever may not send referrals, TransitionNotAllowed when one was sent.
    """
    case = casework.lock(case_id)
    _sight(case, by, "dependant.refer")
    row = get_or_404(case, dependant_id)
    if not by.has("file_referrals"):
        audit.refuse("draft.start", by=by)
        raise PermissionDenied
    draft_id = _draft_id(row, by)
    if row.own_case_id or Referral.objects.filter(draft_id=draft_id).exists():
        raise TransitionNotAllowed(_("There is already a referral of her or his own."))
    if not Draft.objects.filter(pk=draft_id).exists():
        now = clock.now()
        Draft(
            id=draft_id,
            owner=by.user,
            agency=by.agency,
            data_key=vault.new_key("draft", draft_id),
            answers=drafts.about_sender(by) | _answers(row),
            practice=case.practice,
            started_at=now,
            saved_at=now,
            expires_at=now + timedelta(days=settings.DRAFT_DAYS),
        ).save(force_insert=True)
        audit.record("draft.start", draft_id, by=by, dependant=row.pk)
    return draft_id


def _draft_id(row: Dependant, by: Assignment) -> uuid.UUID:
    """The same for the same person, so that what she sent about the dependant is found again."""
    return uuid.uuid5(NAMES, f"{row.pk}:{by.user_id}")


def _answers(row: Dependant) -> dict[str, Any]:
    who = row.who if isinstance(row.who, dict) else {}
    answers = {"name": who.get("name"), "birth": who.get("birth")}
    answers["age_group"] = "child" if row.is_child else None
    return {key: value for key, value in answers.items() if value}


def sent_about(row: Dependant, by: Assignment) -> Referral | None:
    """The referral the viewer has sent about the dependant, not linked yet."""
    return sent_about_each([row], by).get(row.pk)


def sent_about_each(rows: Iterable[Dependant], by: Assignment) -> dict[uuid.UUID, Referral]:
    """Dependant → the referral the viewer has sent, of those not linked yet. One query."""
    drafts_of = {_draft_id(row, by): row.pk for row in rows if row.own_case_id is None}
    found = Referral.objects.filter(draft_id__in=list(drafts_of)).select_related("case")
    return {drafts_of[referral.draft_id]: referral for referral in found}


@transaction.atomic(durable=True)
def link(*, case_id: uuid.UUID, dependant_id: uuid.UUID, reference: str, by: Assignment) -> Dependant:
    """Her own case is this one. Raises ValidationError (`reference`) for a case the person may not see."""
    case = casework.lock(case_id)
    _sight(case, by, "dependant.link")
    row = get_or_404(case, dependant_id)
    wanted = reference.strip().upper().replace(" ", "")
    other = _known(wanted, row, by)
    if other is None or other.pk == case.pk:
        raise ValidationError({"reference": _("You see no other case with that number. Check the number")})
    row.own_case = other
    row.version += 1
    row.save(update_fields=["own_case", "version"])
    kind = LinkKind.CHILD if row.is_child else LinkKind.COMPANION
    CaseLink.objects.get_or_create(
        case=other, other=case, kind=kind, defaults={"made_by_id": by.user_id, "made_at": clock.now()}
    )
    audit.record("dependant.link", row, by=by, case=case.pk, other=other.pk)
    return row


def _known(reference: str, row: Dependant, by: Assignment) -> Case | None:
    found = visible(by).filter(reference=reference, practice=row.case.practice).first()
    sent = sent_about(row, by)
    if found is None and sent is not None and sent.reference == reference:
        return sent.case
    return found
