"""The rows beside steps and chapters, from files and on screen: signs, milestones, words, sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.access import Assignment
from core import audit
from core.codes import code_of
from core.errors import TransitionNotAllowed
from manual.enums import Dimension, Exploitation, Strength
from manual.library.lists import Lists, indicator_columns
from manual.models import (
    Definition,
    Edition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)
from manual.services import locking

R = TypeVar("R", bound=models.Model)
MODELS: Final = (Source, Indicator, IndicatorGroup, MilestoneWords, Definition, RetiredParagraph)
"""In an order in which they can be deleted."""
SHORT_NAME: Final = re.compile(r"(?=.{2,30}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
SOURCE_KEY: Final = re.compile(r"(?=.{2,20}$)[A-Z0-9]+(-[A-Z0-9]+)*")


def write(edition: Edition, lists: Lists) -> None:
    """Make the lists of the files the rows of a draft. The caller holds the edition."""
    for model in MODELS:
        model.objects.filter(edition=edition).delete()
    Source.objects.bulk_create(
        Source(edition=edition, order=order, key=row["key"], title=row["title"], address=row["address"])
        for order, row in enumerate(lists.sources)
    )
    _write_indicators(edition, lists)
    MilestoneWords.objects.bulk_create(
        MilestoneWords(
            edition=edition, order=order, key=row["key"], label_sv=row["sv"], label_en=row["en"],
            meaning_sv=row["meaning_sv"], meaning_en=row["meaning_en"],
        )
        for order, row in enumerate(lists.milestones)
    )  # fmt: skip
    Definition.objects.bulk_create(
        Definition(edition=edition, order=order, **row) for order, row in enumerate(lists.definitions)
    )
    RetiredParagraph.objects.bulk_create(RetiredParagraph(edition=edition, **row) for row in lists.retired)


def _write_indicators(edition: Edition, lists: Lists) -> None:
    groups = [
        IndicatorGroup(edition=edition, order=order, key=row["key"], title_sv=row["sv"], title_en=row["en"])
        for order, row in enumerate(lists.groups)
    ]
    IndicatorGroup.objects.bulk_create(groups)
    pairs = [
        (group, row) for group, filed in zip(groups, lists.groups, strict=True) for row in filed["indicators"]
    ]
    Indicator.objects.bulk_create(
        Indicator(edition=edition, group=group, order=order, **indicator_columns(row))
        for order, (group, row) in enumerate(pairs)
    )


# --- signs ------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def add_group(*, edition_id: UUID, title_sv: str, title_en: str, by: Assignment) -> IndicatorGroup:
    """A new heading among the signs, last."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    key = _own_key(title_sv, "title_sv", lambda key: IndicatorGroup.objects.filter(key=key).exists())
    return _added(
        IndicatorGroup(edition=edition, key=key, title_sv=title_sv, title_en=title_en),
        IndicatorGroup.objects.filter(edition=edition),
        by,
    )


@transaction.atomic(durable=True)
def save_group(
    *, edition_id: UUID, key: str, version: int, title_sv: str, title_en: str, by: Assignment
) -> IndicatorGroup:
    """Raises StaleVersion when somebody saved it in between."""
    values = {"title_sv": title_sv, "title_en": title_en}
    return _changed(IndicatorGroup, edition_id, key, version, values, by)


@transaction.atomic(durable=True)
def add_indicator(*, edition_id: UUID, group: str, name: str, by: Assignment, **values: Any) -> Indicator:
    """A new sign, last in its group. Its key is never used for anything else, in no edition."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    place = _group(edition, group)
    if not SHORT_NAME.fullmatch(name) or code_of(name) != name.replace("_", "-"):
        words = _("Write a short name with a–z, 0–9 and _, for example docs_held")
        raise ValidationError({"name": words})
    key = f"{place.key}.{name}"
    if Indicator.objects.filter(key=key).exists():
        raise ValidationError({"name": _("Another sign has or had that name. Choose another one")})
    row = Indicator(edition=edition, group=place, key=key, **_sign(values))
    added = _added(row, Indicator.objects.filter(edition=edition), by)
    _number(edition)
    return added


@transaction.atomic(durable=True)
def save_indicator(
    *, edition_id: UUID, key: str, version: int, group: str, by: Assignment, **values: Any
) -> Indicator:
    """Words and facts of a sign. Its key stays: what was ticked earlier points to it."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    saved = _changed(
        Indicator, edition_id, key, version, {**_sign(values), "group": _group(edition, group)}, by
    )
    _number(edition)
    return saved


@transaction.atomic(durable=True)
def remove_indicator(*, edition_id: UUID, key: str, by: Assignment) -> None:
    """Not asked for any more. Referrals where it was ticked still show it."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    if Indicator.objects.filter(edition=edition).count() == 1:
        raise TransitionNotAllowed(_("The list needs one sign at least."))
    _removed(_row(Indicator, edition, key), edition, by)


@transaction.atomic(durable=True)
def move_indicator(*, edition_id: UUID, key: str, up: bool, by: Assignment) -> None:
    """One place up or down within its group; at the end nothing happens."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = _row(Indicator, edition, key)
    if _moved(list(Indicator.objects.filter(group=row.group_id).order_by("order")), row, up=up):
        _noted(row, "move", edition, by)


@transaction.atomic(durable=True)
def remove_group(*, edition_id: UUID, key: str, by: Assignment) -> None:
    """Only one that is empty."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = _row(IndicatorGroup, edition, key)
    if Indicator.objects.filter(group=row).exists():
        raise TransitionNotAllowed(_("Move or remove the signs of the group first."))
    _removed(row, edition, by)


def _sign(values: dict[str, Any]) -> dict[str, Any]:
    known = {
        "text_sv": values["text_sv"],
        "text_en": values["text_en"],
        "age": values["age"],
        "strength": Strength(values["strength"]),
        "dimension": Dimension(values["dimension"]),
        "forms": [Exploitation(form) for form in values["forms"]],
    }
    return known


def _group(edition: Edition, key: str) -> IndicatorGroup:
    try:
        return _row(IndicatorGroup, edition, key)
    except IndicatorGroup.DoesNotExist as error:
        raise ValidationError({"group": _("Choose a group")}) from error


def _number(edition: Edition) -> None:
    """Signs are numbered through the groups, as the file has them."""
    rows = list(Indicator.objects.filter(edition=edition).order_by("group__order", "order"))
    for order, row in enumerate(rows):
        row.order = order
    Indicator.objects.bulk_update(rows, ["order"])


# --- milestones, defined words, sources --------------------------------------------------------------


@transaction.atomic(durable=True)
def save_milestone(
    *, edition_id: UUID, key: str, version: int, by: Assignment, **values: str
) -> MilestoneWords:
    """What a milestone is called and which date is meant. Which milestones there are is code."""
    return _changed(MilestoneWords, edition_id, key, version, values, by)


@transaction.atomic(durable=True)
def add_definition(*, edition_id: UUID, by: Assignment, **values: Any) -> Definition:
    """A word that the manual explains."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    _check_definition(edition, values)
    rows = Definition.objects.filter(edition=edition)
    key = _own_key(values["term_sv"], "term_sv", lambda key: rows.filter(key=key).exists())
    return _added(Definition(edition=edition, key=key, **values), rows, by)


@transaction.atomic(durable=True)
def save_definition(*, edition_id: UUID, key: str, version: int, by: Assignment, **values: Any) -> Definition:
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    _check_definition(edition, values)
    return _changed(Definition, edition_id, key, version, values, by)


@transaction.atomic(durable=True)
def remove_definition(*, edition_id: UUID, key: str, by: Assignment) -> None:
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    _removed(_row(Definition, edition, key), edition, by)


@transaction.atomic(durable=True)
def add_source(*, edition_id: UUID, key: str, title: str, address: str, by: Assignment) -> Source:
    """Something texts may rest on."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    if not SOURCE_KEY.fullmatch(key) or code_of(key) != key.lower():
        words = _("Write a short key with capital letters, digits and hyphens, for example SOL")
        raise ValidationError({"key": words})
    rows = Source.objects.filter(edition=edition)
    if rows.filter(key=key).exists():
        raise ValidationError({"key": _("Another source has that key. Choose another one")})
    return _added(Source(edition=edition, key=key, title=title, address=address), rows, by)


@transaction.atomic(durable=True)
def save_source(
    *, edition_id: UUID, key: str, version: int, title: str, address: str, by: Assignment
) -> Source:
    return _changed(Source, edition_id, key, version, {"title": title, "address": address}, by)


@transaction.atomic(durable=True)
def remove_source(*, edition_id: UUID, key: str, by: Assignment) -> None:
    """Only one that nothing rests on."""
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    users = (Paragraph, StepTemplate, Definition)
    if any(model.objects.filter(edition=edition, sources__contains=[key]).exists() for model in users):
        raise TransitionNotAllowed(_("Texts or steps rest on the source. Change them first."))
    _removed(_row(Source, edition, key), edition, by)


def require_sources(edition: Edition, keys: list[str]) -> None:
    """Raise ValidationError at `sources` for one the edition does not have."""
    known = Source.objects.filter(edition=edition, key__in=keys).values_list("key", flat=True)
    if unknown := sorted(set(keys) - set(known)):
        words = _("The edition has no source %(keys)s. Add it first") % {"keys": ", ".join(unknown)}
        raise ValidationError({"sources": words})


def _check_definition(edition: Edition, values: dict[str, Any]) -> None:
    require_sources(edition, values["sources"])
    anchor = values["paragraph"]
    if anchor and not Paragraph.objects.filter(edition=edition, anchor=anchor).exists():
        raise ValidationError({"paragraph": _("The edition has no such paragraph")})


# --- what they have in common ------------------------------------------------------------------------


def _row(model: type[R], edition: Edition, key: str) -> R:
    """Raises DoesNotExist."""
    found: R = model._default_manager.get(edition=edition, key=key)
    return found


def _changed(
    model: type[R], edition_id: UUID, key: str, version: int, values: dict[str, Any], by: Assignment
) -> R:
    edition = locking.hold_draft(edition_id, by=by, verb="manual.text")
    row = _row(model, edition, key)
    locking.same_version(row, version)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1  # type: ignore[attr-defined]
    row.save()
    _noted(row, "save", edition, by)
    return row


def _added(row: R, beside: models.QuerySet[Any], by: Assignment) -> R:
    last = beside.aggregate(last=Max("order"))["last"]
    row.order = 0 if last is None else last + 1  # type: ignore[attr-defined]
    row.save()
    _noted(row, "add", row.edition, by)  # type: ignore[attr-defined]
    return row


def _removed(row: models.Model, edition: Edition, by: Assignment) -> None:
    _noted(row, "remove", edition, by)
    row.delete()


def _moved(rows: list[R], row: R, *, up: bool) -> bool:
    """Swap with the neighbour; whether there was one."""
    at = next(place for place, other in enumerate(rows) if other.pk == row.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return False
    orders = [other.order for other in rows]  # type: ignore[attr-defined]
    rows[at], rows[to] = rows[to], rows[at]
    for other, order in zip(rows, orders, strict=True):
        other.order = order  # type: ignore[attr-defined]
    type(row)._default_manager.bulk_update(rows, ["order"])
    return True


def _noted(row: models.Model, act: str, edition: Edition, by: Assignment) -> None:
    locking.edited(edition, by=by)
    what = str(row._meta.model_name)
    audit.record("manual.text", edition, by=by, act=act, what=what, row=str(row).lower())


def _own_key(words: str, field: str, taken: Callable[[str], bool]) -> str:
    """A key made of words, with a number when another row has it."""
    base = code_of(words)[:50].strip("-") or "ord"
    base = f"{base}-1" if base == "nytt" else base  # an address of its own
    for key in (base, *(f"{base}-{n}" for n in range(2, 100))):
        if not taken(key):
            return key
    raise ValidationError({field: _("Choose other words: too many rows have these")})
