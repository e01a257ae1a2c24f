"""Making two cases of one person into one, and taking it back within thirty days.

The survivor keeps its number, status and clock; the absorbed case keeps its row, its number and its person,
and gives everything else away. Each referral stays its referrer's, with its own number. What the two cases
tell differently is chosen by hand. The ledger (`merge_rows`) puts back exactly what moved.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import Standing, require, sight_of, sync_grants
from cases.enums import (
    DisclosureKind,
    HandoverStatus,
    Level,
    ReturnStage,
    Status,
    StepStatus,
    Verb,
)
from cases.enums.guard import tier
from cases.models import Case, Handover, Merge, Participation, Step
from cases.services import (
    casework,
    chasing,
    checklists,
    clocks,
    consents,
    giving_way,
    matching,
    merge_preview,
    merge_rows,
    persons,
    recusals,
    sharing,
    tallies,
)
from cases.services import merge_choices as choosing
from core import audit, clock, vault
from core.errors import TransitionNotAllowed

UNDO_WITHIN: Final = timedelta(days=30)
"""How long a merge can be undone. To be confirmed."""
SECRECY: Final = "secrecy"
"""The field that says the coordinator has assessed who sees more afterwards."""
_OVER: Final = (ReturnStage.STOPPED, ReturnStage.FOLLOWED_UP)
_PERSON: Final = ("protection", "identity", "contact", "address")


# --- the merge --------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def merge(
    *, survivor_id: uuid.UUID, absorbed_id: uuid.UUID, choices: Mapping[str, str], secrecy: bool = False,
    versions: tuple[int, int] | None = None, by: Assignment,
) -> Merge:  # fmt: skip
    """Make the two one. Raises ValidationError: at each field that differs and was not chosen, at `secrecy`
    when agencies would see more and nobody has assessed it, and without a field for what stands in the way.
    """
    survivor, absorbed = _pair(survivor_id, absorbed_id, by)
    if versions is not None and versions != (survivor.version, absorbed.version):
        raise ValidationError(
            _("Somebody has changed one of the cases since. Look at the differences again."), code="stale"
        )
    chosen = choosing.checked(choosing.differences(survivor, absorbed), choices)
    if merge_preview.agencies_of(survivor, absorbed) and not secrecy:
        raise ValidationError({SECRECY: _("Confirm that you have assessed what the agencies will see.")})
    now = clock.now()
    row_id = uuid.uuid4()
    assert survivor.person is not None, "consultations are never merged"
    row = Merge(
        id=row_id,
        survivor=survivor,
        absorbed=absorbed,
        data_key=vault.new_key("person", survivor.person.pk),
        made_by_id=by.user_id,
        made_at=now,
        undo_until=now + UNDO_WITHIN,
    )
    with persons.recounted(survivor, absorbed):
        _carry_out(row, survivor, absorbed, chosen, by)
        tallies.reconcile(survivor, absorbed)
    _disclose(survivor, by)
    audit.record("case.merge", survivor, by=by, absorbed=absorbed.pk, merge=row.pk, target_ids=[absorbed.pk])
    return row


def _pair(survivor_id: uuid.UUID, absorbed_id: uuid.UUID, by: Assignment) -> tuple[Case, Case]:
    """Both, locked, when she decides in both and nothing stands in the way."""
    locked = {case.pk: case for case in matching.lock_all([survivor_id, absorbed_id])}
    survivor = locked.get(survivor_id)
    if survivor is None:
        raise Case.DoesNotExist
    sights = [require(by, survivor, workflow.TRANSITIONS[Verb.MERGE].right)]
    workflow.check(Verb.MERGE, survivor)
    absorbed = locked.get(absorbed_id)
    other = sight_of(by, absorbed) if absorbed is not None and absorbed_id != survivor_id else None
    if absorbed is None or other is None or "triage" not in other.desk_rights:
        raise ValidationError({"other": _("Choose another case that your desk holds.")})
    if found := merge_preview.obstacles(survivor, absorbed, [*sights, other]):
        raise ValidationError(found)
    return survivor, absorbed


def _carry_out(row: Merge, survivor: Case, absorbed: Case, chosen: dict[str, str], by: Assignment) -> None:
    before = merge_rows.image(survivor, absorbed)
    person = _person_of(survivor)
    keys = merge_rows.keys_of(absorbed)
    unanswered = _answer(survivor, absorbed, by)
    choosing.apply_columns(survivor, absorbed, chosen)
    choosing.apply_person(survivor, absorbed, chosen)
    giving_way.settle(survivor, absorbed, chosen, by_id=by.user_id)
    moved = list(absorbed.participations.values_list("pk", flat=True))
    merge_rows.move(survivor, absorbed)
    _end(absorbed, survivor)
    _go_on(survivor)
    ledger = merge_rows.difference(before, merge_rows.again(before, survivor, absorbed))
    row.moved = merge_rows.moved_ids(ledger) | {"core_datakey": keys}
    row.before = ledger | {"person": [person, _person_of(survivor)], "answered": bool(unanswered)}
    row.save(force_insert=True)
    matching.look_again(survivor)
    notifications.merged(survivor, row, moved=moved)
    notifications.taken_on(survivor, row, unanswered)


def _disclose(survivor: Case, by: Assignment) -> None:
    """Every agency that is shown content sees what the other case told too, from now on."""
    for grant in survivor.grants.filter(agency__isnull=False, level__gte=Level.FULL):
        sharing.disclosed(
            survivor,
            DisclosureKind.ACCESS,
            by_id=by.user_id,
            agency_id=grant.agency_id,
            categories=grant.categories,
            ground_id=grant.ground_id,
        )


def _person_of(case: Case) -> dict[str, Any]:
    assert case.person is not None
    return {name: getattr(case.person, name) for name in _PERSON}


def _answer(survivor: Case, absorbed: Case, by: Assignment) -> list[uuid.UUID]:
    """Going on in a case that has been accepted is the answer to a referral that had none.

    Returns the referrals that are accepted by it.
    """
    unanswered = absorbed.status != Status.ACTIVE and survivor.status == Status.ACTIVE
    if absorbed.status == Status.WAITING:
        clocks.resume(absorbed)
        absorbed.waiting_since = None
    if not unanswered:
        return []
    if absorbed.answered_at is None:
        absorbed.answered_at = clock.now()
    steps = absorbed.steps.filter(
        key=casework.ACKNOWLEDGE, status__in=(StepStatus.OPEN, StepStatus.STARTED, StepStatus.BLOCKED)
    )
    for step in steps.select_related("template"):
        step.case = absorbed
        checklists.mark_done(step, by_id=by.user_id)
    return list(absorbed.referrals.values_list("pk", flat=True))


def _end(absorbed: Case, survivor: Case) -> None:
    absorbed.status, absorbed.merged_into = Status.MERGED, survivor
    absorbed.waiting_since, absorbed.snoozed_until, absorbed.has_match = None, None, False
    absorbed.version += 1
    absorbed.save(
        update_fields=[
            "status",
            "merged_into",
            "waiting_since",
            "snoozed_until",
            "has_match",
            "answered_at",
            "version",
        ]
    )
    sync_grants(absorbed)


_CHOSEN: Final = (
    "age_band", "sex", "citizenship", "main_form", "forms", "conditions", "danger", "urgency", "is_protected",
    "municipality", "county", "place_source", "incident", "assignee", "trafficking_status", "missing_since",
)  # fmt: skip


def _go_on(survivor: Case) -> None:
    """Sight, steps and clocks of what is now one case."""
    survivor.version += 1
    survivor.save(update_fields=[*_CHOSEN, "version"])
    Step.objects.filter(case=survivor, desk_id=survivor.desk_id, ended_at__isnull=True).update(
        assignee_id=survivor.assignee_id
    )
    standing = Standing(survivor)
    sync_grants(survivor, standing)
    checklists.refresh(survivor, standing)
    if survivor.status == Status.WAITING:
        clocks.pause(survivor)
    chasing.settle(survivor)


# --- and back ---------------------------------------------------------------------------------------------


def open_merges(case: Case) -> list[Merge]:
    """The cases this one has absorbed, the latest first."""
    rows = case.merges.filter(undone_at__isnull=True).select_related("absorbed", "made_by")
    return list(rows.order_by("-made_at"))


def why_not_undo(row: Merge) -> str:
    """Why a merge cannot be undone (any more); empty when it can."""
    survivor = row.survivor
    if row.undone_at is not None:
        return _("The cases have already been separated.")
    if clock.now() > row.undo_until:
        return _("The time to separate the cases has passed.")
    if survivor.status in (Status.MERGED, Status.DISPOSED):
        return _("The case has since been merged or disposed of.")
    if survivor.merges.filter(undone_at__isnull=True, made_at__gt=row.made_at).exists():
        return _("Another case has been merged into this one since. Separate that one first.")
    if Handover.objects.filter(case=survivor, status=HandoverStatus.OPEN).exists():
        return _("A handover is pending. It must be answered or taken back first.")
    return ""


@transaction.atomic(durable=True)
def undo(*, merge_id: uuid.UUID, by: Assignment) -> Merge:
    """Make two of one again: exactly what moved goes back, what has come since stays with the survivor.

    Raises TransitionNotAllowed after the thirty days, or when the survivor is no longer what it was.
    """
    found = Merge.objects.filter(pk=merge_id).first()
    if found is None:
        raise PermissionDenied
    cases = {case.pk: case for case in matching.lock_all([found.survivor_id, found.absorbed_id])}
    survivor, absorbed = cases[found.survivor_id], cases[found.absorbed_id]
    require(by, survivor, workflow.TRANSITIONS[Verb.MERGE].right)
    row = Merge.objects.select_related("data_key").get(pk=merge_id)
    row.survivor, row.absorbed = survivor, absorbed
    if words := why_not_undo(row):
        raise TransitionNotAllowed(words)
    workflow.refuse_if_held(survivor)
    with persons.recounted(survivor, absorbed):
        _take_back(row, survivor, absorbed, by)
        tallies.reconcile(survivor, absorbed)
    row.undone_at, row.undone_by_id = clock.now(), by.user_id
    row.save(update_fields=["undone_at", "undone_by"])
    vault.shred(row.data_key, by=by)  # it told of both persons under the key of one: nobody needs it any more
    audit.record(
        "case.unmerge", survivor, by=by, absorbed=absorbed.pk, merge=row.pk, target_ids=[absorbed.pk]
    )
    notifications.unmerged(survivor, absorbed, row)
    return row


def _take_back(row: Merge, survivor: Case, absorbed: Case, by: Assignment) -> None:
    ledger = row.before
    changed = ledger["changed"].get(Case._meta.label, {})
    merge_rows.put_back(ledger, survivor, absorbed)
    merge_rows.return_keys(row, absorbed)
    _restore_person(survivor, *ledger["person"])
    fields = merge_rows.restore_columns(survivor, changed.get(str(survivor.pk), {}), everything=False)
    survivor.is_protected = survivor.person is not None and survivor.person.is_protected
    survivor.version += 1
    survivor.save(update_fields=[*merge_rows.field_names(fields), "version"])
    fields = merge_rows.restore_columns(absorbed, changed[str(absorbed.pk)], everything=True)
    absorbed.version += 1
    absorbed.save(update_fields=[*merge_rows.field_names(fields), "version"])
    _follow_desk(survivor, absorbed, by)
    giving_way.stay_gone(survivor, absorbed, ledger["changed"].get(Participation._meta.label, {}))
    if survivor.status == Status.CLOSED:
        checklists.revive(absorbed)
    for case in (survivor, absorbed):
        standing = Standing(case)
        sync_grants(case, standing)
        _owe_here(case)
        if case.is_open:
            checklists.refresh(case, standing)
        chasing.settle(case)
        matching.look_again(case)
    recusals.take_along(survivor, absorbed, by)


def _owe_here(case: Case) -> None:
    """What gave way at a desk that has left the case since is owed by the one that holds it now."""
    away = case.steps.filter(desk__isnull=False, ended_at__isnull=True).exclude(desk_id=case.desk_id)
    found = list(away)
    checklists.bring_home(found, case)
    chasing.write(found, "desk_id", "assignee_id")


def _restore_person(survivor: Case, old: dict[str, Any], new: dict[str, Any]) -> None:
    """What the merge had chosen goes; what somebody has corrected since stays, and so does a stricter
    protection: a milder one takes two persons."""
    person = survivor.person
    assert person is not None
    names = [name for name in _PERSON if old[name] != new[name] and getattr(person, name) == new[name]]
    if tier(old["protection"]) < tier(person.protection):
        names = [name for name in names if name not in ("protection", "address")]
    for name in names:
        setattr(person, name, old[name])
    if names:
        person.version += 1
        person.save(update_fields=[*names, "version"])


def _follow_desk(survivor: Case, absorbed: Case, by: Assignment) -> None:
    """When another desk has taken over meanwhile, it holds both: no case is ever without one. Where consent
    was withdrawn meanwhile, it keeps the header alone (ADR 0801)."""
    if absorbed.desk_id != survivor.desk_id:
        absorbed.desk, absorbed.assignee = survivor.desk, survivor.assignee
        absorbed.routing = survivor.routing
        absorbed.save(update_fields=["desk", "assignee", "routing"])
    for case in (survivor, absorbed):
        if consents.desk_ground(case) is not None:
            continue
        consent = case.consents.filter(withdrawn_on__isnull=True).order_by("-given_on").first()
        if consent is None and case.consents.exists():
            consents.step_back(case, by)
        else:
            casework.make_desk_ground(case, consent=consent, by=by)
