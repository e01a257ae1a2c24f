"""Writing an edition on screen: begin a draft, say what it changes, write its steps, or delete it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from core import audit, clock
from core.codes import code_of
from core.errors import TransitionNotAllowed
from manual.deadlines import Rule
from manual.enums import DeadlineKind, EditionStatus, Phase, Scope
from manual.library.checking.known import NEEDED_STEPS
from manual.models import KEY_LENGTH, Edition, StepTemplate
from manual.services import copying, lists, locking

PHASE_WORDS: Final = {
    Phase.IDENTIFY: "ident",
    Phase.ACUTE: "acute",
    Phase.INITIAL: "init",
    Phase.LONGTERM: "long",
    Phase.CRIMINAL: "crim",
    Phase.RETURN: "ret",
    Phase.CLOSE: "close",
}
"""How the key of a step begins."""


@transaction.atomic(durable=True)
def start_draft(*, title: str, reason: str, by: Assignment, based_on_id: UUID | None = None) -> Edition:
    """Begin a draft as a copy of a decided edition: the newest, or the one that is named.

    Raises TransitionNotAllowed while another edition is in work, and before the first has been decided.
    """
    locking.require_editor(by, "manual.start")
    editions = list(Edition.objects.select_for_update(of=("self",), no_key=True).order_by("number"))
    if any(edition.is_in_work for edition in editions):
        raise TransitionNotAllowed(_("An edition is in work already. Publish or delete it first."))
    newest = Edition.objects.newest()
    wanted = based_on_id or (newest.pk if newest else None)
    source = next((edition for edition in editions if edition.pk == wanted), None)
    if source is None or source.status not in (EditionStatus.SCHEDULED, EditionStatus.PUBLISHED):
        raise TransitionNotAllowed(_("A draft begins as a copy of an edition that applies or will apply."))
    draft = Edition.objects.create(
        number=editions[-1].number + 1,
        based_on=source,
        title=title,
        reason=reason,
        created_at=clock.now(),
        editors=[by.user_id],
    )
    copying.copy_rows(source, draft)
    audit.record("manual.start", draft, by=by, number=draft.number, based_on=source.number)
    return draft


@transaction.atomic(durable=True)
def describe(*, edition_id: UUID, version: int, title: str, reason: str, by: Assignment) -> Edition:
    """Say what the edition changes and why. Raises StaleVersion when the draft was saved in between."""
    edition = locking.hold_draft(edition_id, by=by)
    if (edition.title, edition.reason) != (title, reason):
        locking.same_version(edition, version)
        edition.title, edition.reason = title, reason
        edition.save(update_fields=["title", "reason"])
        locking.edited(edition, by=by)
        audit.record("manual.describe", edition, by=by, number=edition.number)
    return edition


@transaction.atomic(durable=True)
def delete_draft(*, edition_id: UUID, by: Assignment) -> None:
    """Throw a draft away, with everything in it. What was done stays in the audit."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.delete")
    if Edition.objects.filter(based_on=edition).exists():
        raise TransitionNotAllowed(_("Another edition builds on it."))
    audit.record("manual.delete", edition, by=by, number=edition.number)
    StepTemplate.objects.filter(edition=edition).delete()
    edition.delete()


# --- steps ----------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def save_step(
    *, edition_id: UUID, key: str, version: int, values: dict[str, Any], by: Assignment
) -> StepTemplate:
    """Change a step of a draft. Its key stays.

    Raises StaleVersion when somebody saved it in between, ValidationError at the column that cannot be.
    """
    edition = locking.hold_draft(edition_id, by=by)
    step = edition.steps.get(key=key)
    changed = sorted(name for name, value in values.items() if getattr(step, name) != value)
    if not changed:
        return step
    locking.same_version(step, version)
    _check(edition, values)
    for name in changed:
        setattr(step, name, values[name])
    step.version += 1
    step.save(update_fields=[*changed, "version"])
    locking.edited(edition, by=by)
    audit.record("manual.step_save", edition, by=by, step=key, columns=changed)
    return step


@transaction.atomic(durable=True)
def add_step(*, edition_id: UUID, values: dict[str, Any], by: Assignment) -> StepTemplate:
    """A new step, last in its phase, with a key that no edition has used."""
    edition = locking.hold_draft(edition_id, by=by)
    _check(edition, values)
    place = _place(edition, values["phase"])
    edition.steps.filter(order__gte=place).update(order=F("order") + 1)
    step = StepTemplate.objects.create(edition=edition, key=_new_key(edition, values), order=place, **values)
    locking.edited(edition, by=by)
    audit.record("manual.step_add", edition, by=by, step=step.key)
    return step


@transaction.atomic(durable=True)
def remove_step(*, edition_id: UUID, key: str, by: Assignment) -> None:
    """Take a step out of a draft. Cases that have it keep it."""
    edition = locking.hold_draft(edition_id, by=by)
    step = edition.steps.get(key=key)
    if key in NEEDED_STEPS:
        raise TransitionNotAllowed(_("The portal itself opens or ends this step. Its words can be changed."))
    step.delete()
    locking.edited(edition, by=by)
    audit.record("manual.step_remove", edition, by=by, step=key)


@transaction.atomic(durable=True)
def move_step(*, edition_id: UUID, key: str, up: bool, by: Assignment) -> None:
    """One place up or down within its phase; at the end nothing happens."""
    edition = locking.hold_draft(edition_id, by=by)
    step = edition.steps.get(key=key)
    beside = edition.steps.filter(phase=step.phase)
    beside = beside.filter(scope=Scope.ACT) if step.scope == Scope.ACT else beside.exclude(scope=Scope.ACT)
    if up:
        other = beside.filter(order__lt=step.order).order_by("-order").first()
    else:
        other = beside.filter(order__gt=step.order).order_by("order").first()
    if other is None:
        return
    step.order, other.order = other.order, step.order
    StepTemplate.objects.bulk_update([step, other], ["order"])
    locking.edited(edition, by=by)
    audit.record("manual.step_move", edition, by=by, step=key, up=up)


def _place(edition: Edition, phase: str) -> int:
    """After the last step of the phase, else after the phases before it."""
    rows = edition.steps.exclude(scope=Scope.ACT)
    last = rows.filter(phase__lte=phase).aggregate(last=Max("order"))["last"]
    return 0 if last is None else int(last) + 1


def _new_key(edition: Edition, values: dict[str, Any]) -> str:
    """Phase, role and title, as the files write them; with a number when some edition has used it."""
    base = f"{PHASE_WORDS[Phase(values['phase'])]}.{_role_word(edition, values['agency_role'])}"
    title = code_of(values["title_en"] or values["title_sv"]).replace("-", "_")[: KEY_LENGTH - len(base) - 5]
    stem = f"{base}.{title.strip('_') or 'step'}"
    used = set(StepTemplate.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if key not in used)


def _role_word(edition: Edition, role: str) -> str:
    """The word that keys have for a role: socc for the children's unit."""
    keys = edition.steps.filter(agency_role=role).exclude(scope=Scope.ACT).values_list("key", flat=True)
    words = [key.split(".")[1] for key in keys if key.count(".") == 2]
    return max(sorted(set(words)), key=words.count) if words else role.replace("_", "")[:12]


def _check(edition: Edition, values: dict[str, Any]) -> None:
    """What no step may be; what it should not be is said when the edition is checked."""
    problems: dict[str, str] = {}
    if not edition.paragraphs.filter(anchor=values["paragraph"]).exists():
        problems["paragraph"] = gettext("Choose a paragraph of this edition")
    try:
        Rule(values["amount"], values["unit"], values["direction"])
    except ValueError:
        problems["amount"] = gettext("Write a whole number, zero or more")
    if values["kind"] == DeadlineKind.STATUTORY_FIXED and not values["legal_basis"]:
        problems["legal_basis"] = gettext("A deadline of the law names its provision")
    if bool(values["recurs_amount"]) != bool(values["recurs_unit"]):
        problems["recurs_amount"] = gettext("Write both how many and what is counted, or neither")
    if problems:
        raise ValidationError(problems)
    lists.require_sources(edition, values["sources"])
