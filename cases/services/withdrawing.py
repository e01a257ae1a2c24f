"""Consent withdrawn (S06): what it would mean, and then all of it at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Agency
from cases import workflow
from cases.access import require, sync_grants
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    OPEN_STATUSES,
    CancelReason,
    ConsentForm,
    DisclosureKind,
    GroundEnd,
    GroundKind,
    NotTakenReason,
    Outcome,
    Status,
    StepStatus,
    Verb,
)
from cases.models import Case, Consent, Disclosure, LegalGround, Participation, Step, Withdrawal
from cases.notifications import sharing as telling
from cases.services import casework, checklists, consents, granting, handovers, owners, sharing, triage
from core import audit, clock

COPIES = (DisclosureKind.COPY, DisclosureKind.DOCUMENT, DisclosureKind.MESSAGE, DisclosureKind.OUTSIDE)
"""What has left the portal, or stays in a house's own papers: only people can call it back."""


@dataclass(frozen=True)
class Lost:
    """One agency that loses something."""

    agency: Agency
    participation: Participation
    stops: frozenset[str]
    """Categories it will see no more."""
    stays: tuple[LegalGround, ...]
    """Other grounds that go on carrying it; empty: its part ends."""
    steps: tuple[Step, ...]
    """What it still had to do, when its part ends."""

    @property
    def leaves(self) -> bool:
        return not self.stays


@dataclass(frozen=True)
class Effects:
    """What a withdrawal means, before it is made; the making carries out exactly this."""

    scope: frozenset[str]
    consents: tuple[Consent, ...]
    grounds: tuple[LegalGround, ...]
    """Those that end."""
    lost: tuple[Lost, ...]
    unaffected: tuple[tuple[Agency, tuple[LegalGround, ...]], ...]
    """Agencies that stand on something else."""
    copies: tuple[Disclosure, ...]
    desk: bool
    """The coordinator herself must step back."""


def scope_choices(case: Case) -> list[tuple[str, str]]:
    """What can be withdrawn, as (code, name): kinds, single agencies on consent, the coordinator."""
    now = consents.scope_now(case)
    choices = [(kind.value, str(kind.label)) for kind in consents.KINDS if kind in now]
    standing: dict[uuid.UUID, Agency] = {g.agency.pk: g.agency for g in _on_consent(case) if g.agency}
    choices += [
        (agency.pk.hex, _("Only %(agency)s") % {"agency": agency.name}) for agency in standing.values()
    ]
    ground = consents.desk_ground(case)
    if ground is not None and ground.kind == GroundKind.CONSENT:
        choices.append((sharing.COORDINATOR, _("Everybody, the regional coordinator too")))
    return choices


def _on_consent(case: Case) -> list[LegalGround]:
    rows = case.grounds.filter(ended_at__isnull=True, kind=GroundKind.CONSENT, agency__isnull=False)
    return list(rows.select_related("agency").order_by("made_at"))


def effects(case: Case, scope: Collection[str]) -> Effects:
    """What a withdrawal of this scope would mean now. Writes nothing."""
    everything = sharing.COORDINATOR in scope
    touched = [row for row in case.consents.filter(withdrawn_on__isnull=True) if _touches(row, scope, case)]
    ends = [g for g in _on_consent(case) if everything or _names(scope, g.agency)]
    desks = case.grounds.filter(ended_at__isnull=True, kind=GroundKind.CONSENT, desk__isnull=False)
    desk_ends = list(desks) if everything else []
    parts = case.participations.filter(is_referrer=False, status__in=LIVE_PARTICIPATIONS)
    rows = list(parts.select_related("agency").order_by("invited_at"))
    gone = {ground.pk for ground in ends}
    lost, unaffected = [], []
    for row in rows:
        live = tuple(granting.grounds_of(case, row.agency_id))
        if any(ground.pk in gone for ground in live):
            lost.append(_lost(case, row, live, gone))
        else:
            unaffected.append((row.agency, live))
    agencies = [one.agency.pk for one in lost]
    return Effects(
        frozenset(scope),
        tuple(touched),
        (*ends, *desk_ends),
        tuple(lost),
        tuple(unaffected),
        tuple(copies_at(case, agencies)),
        bool(desk_ends),
    )


def _names(scope: Collection[str], agency: Agency | None) -> bool:
    return agency is not None and (agency.kind in scope or agency.pk.hex in scope)


def _touches(consent: Consent, scope: Collection[str], case: Case) -> bool:
    """Whether the consent names what is taken back: a kind, the kind of a single agency, or all. A second
    consent that names the kind too must not carry the agency in again."""
    if sharing.COORDINATOR in scope or set(consent.scope) & set(scope):
        return True
    alone = [ground for ground in _on_consent(case) if ground.agency and ground.agency.pk.hex in scope]
    return any(g.consent_id == consent.pk or g.agency.kind in consent.scope for g in alone if g.agency)


def _lost(case: Case, row: Participation, live: tuple[LegalGround, ...], gone: set[uuid.UUID]) -> Lost:
    stays = tuple(ground for ground in live if ground.pk not in gone)
    before = {code for ground in live for code in ground.categories}
    kept = {code for ground in stays for code in ground.categories}
    steps: tuple[Step, ...] = ()
    if not stays:
        owed = case.steps.filter(agency_id=row.agency_id, status__in=(StepStatus.WAITING, *LIVE_STEPS))
        own = owed.exclude(template__agency_role=owners.REFERRER_ROLE).select_related("template", "case")
        steps = tuple(own.order_by("due_at", "template__order"))
    return Lost(row.agency, row, frozenset(before - kept), stays, steps)


def copies_at(case: Case, agency_ids: Iterable[uuid.UUID]) -> list[Disclosure]:
    """Earlier copies in these houses: the portal cannot take them back."""
    rows = case.disclosures.filter(agency_id__in=list(agency_ids), kind__in=COPIES)
    return list(rows.select_related("agency", "by").order_by("-at"))


@transaction.atomic(durable=True)
def withdraw(
    *,
    case_id: uuid.UUID,
    scope: Collection[str],
    withdrawn_on: date,
    form: ConsentForm,
    words: str,
    by: Assignment,
) -> Effects:
    """Consent shrinks, what stands on it alone ends, sight closes, waiting news and papers go.

    Returns what ended. Raises ValidationError at `scope` for what nobody has agreed to, at `withdrawn_on` for
    a day to come.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.SHARE, case)
    chosen = set(scope)
    if not chosen or not chosen <= {code for code, _name in scope_choices(case)}:
        raise ValidationError({"scope": _("Choose what the person takes back")})
    if withdrawn_on > clock.today():
        raise ValidationError({"withdrawn_on": _("The date cannot be in the future")})
    found = effects(case, chosen)
    for consent in found.consents:
        _shrink(consent, case, chosen, withdrawn_on, form, words, by)
    sharing.end_grounds(found.grounds, GroundEnd.WITHDRAWN)
    left = granting.follow(case, CancelReason.CONSENT_WITHDRAWN)
    if found.desk:
        _step_back(case, by)
    if case.is_open:
        checklists.refresh(case)
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case)
    granting.let_go(case, left, by)
    _tell_the_others(case, found, by)
    _record(case, found, len(left), by)
    return found


def _record(case: Case, found: Effects, left: int, by: Assignment) -> None:
    """Kinds by their codes, single agencies by their ids."""
    alone = _agencies_in(found.scope)
    scope = [uuid.UUID(code) if code in alone else code for code in sorted(found.scope)]
    audit.record("consent.withdraw", case, by=by, scope=scope, agencies=left, copies=len(found.copies))


def _shrink(
    consent: Consent, case: Case, scope: set[str], on: date, form: ConsentForm, words: str, by: Assignment
) -> None:
    everything = sharing.COORDINATOR in scope
    taken = sorted(consent.scope) if everything else sorted(scope & {*consent.scope, *_agencies_in(scope)})
    Withdrawal.objects.create(
        consent=consent,
        scope=taken,
        form=form,
        withdrawn_on=on,
        data_key_id=case.data_key_id,
        words=words or None,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    consent.scope = [] if everything else [code for code in consent.scope if code not in scope]
    if not consent.scope:
        consent.withdrawn_on, consent.withdrawn_by_id = on, by.user_id
    consent.save(update_fields=["scope", "withdrawn_on", "withdrawn_by"])


def _agencies_in(scope: Iterable[str]) -> set[str]:
    """Single agencies are named by their id without hyphens."""
    return {code for code in scope if len(code) == 32 and code not in consents.KINDS}


def _step_back(case: Case, by: Assignment) -> None:
    """Without the person's consent nobody coordinates: the case ends, and the desk keeps its header alone.

    A desk that was asked to take the case over is asked no more.
    """
    consents.step_back(case, by)
    if asked := handovers.open_in(case):
        handovers.set_aside(case, asked, by)
    if case.status == Status.ACTIVE:
        casework.conclude(case, Outcome.CONSENT_WITHDRAWN, CancelReason.CONSENT_WITHDRAWN, by)
    elif case.status in OPEN_STATUSES:
        triage.lay_down(case, NotTakenReason.NO_CONSENT, "", by)


def _tell_the_others(case: Case, found: Effects, by: Assignment) -> None:
    """The desk, and agencies that go on with less."""
    once = f"{case.pk}:{case.version}"
    telling.sharing_changed(case, once=once, but=by.user_id)
    for one in found.lost:
        if not one.leaves:
            telling.sharing_changed(case, once=once, but=by.user_id, agency_id=one.agency.pk)
