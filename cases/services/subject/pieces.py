"""Everything the portal holds about the person of a request, piece by piece, by responsible agency."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Agency
from cases.enums import LinkKind
from cases.models import Case, DataPack, SubjectRequest
from cases.services import reading
from cases.services.subject import wording
from cases.services.subject.catalogue import SOURCES
from cases.services.subject.sources import Line, Part, Share, Source
from core import clock, looks, vault
from core.models import AuditEvent
from core.vault import ERASED

READERS = "core.auditevent"


@dataclass(frozen=True, slots=True)
class Piece:
    """What is looked at and decided upon at once."""

    key: str
    part: Part
    title: str
    lines: tuple[Line, ...]
    agency_id: uuid.UUID
    case_id: uuid.UUID
    raw: str
    """What is stored, in no language: by this a change is noticed."""
    is_free: bool = True
    """Somebody's own words may stand in it."""

    @property
    def text(self) -> str:
        return "\n".join(f"{line.label}\n{line.value}" for line in self.lines)

    @property
    def digests(self) -> tuple[bytes, ...]:
        """Keyed, under every key in use, the newest first. The same whatever language anybody reads in."""
        return vault.blind_indexes("subject_piece", self.raw)


def of(request: SubjectRequest, pack: DataPack | None = None) -> list[Piece]:
    """The pieces of a request, or of one agency's extract, in their order."""
    found = [piece for case in cases_of(request) for piece in _of_case(case, request)]
    if pack is not None:
        found = [piece for piece in found if piece.agency_id == pack.agency_id]
    order = list(Part)
    return sorted(found, key=lambda piece: order.index(piece.part))


def cases_of(request: SubjectRequest) -> list[Case]:
    """The cases found for a request, what absorbed one of them since too; with what the pieces ask for."""
    found = request.found.values("case")
    absorbing = Case.objects.filter(pk__in=found).exclude(merged_into=None).values("merged_into")
    rows = Case.objects.filter(Q(pk__in=found) | Q(pk__in=absorbing))
    cases = list(
        rows.select_related("desk__region", "person__data_key", "data_key").order_by("received_at", "pk")
    )
    if any(case.is_protected for case in cases):  # her name is the same in the others
        for case in cases:
            case.is_protected = True
    return cases


def _of_case(case: Case, request: SubjectRequest) -> Iterator[Piece]:
    host = case.desk.agency_id
    hide = wording.kinds_for_names() if case.is_protected else str
    for source in SOURCES:
        for row in _rows(source, case):
            for piece in _pieces(source, row, case, host):
                lines = tuple(Line(line.label, hide(line.value)) for line in piece.lines)
                yield replace(piece, title=hide(piece.title), lines=lines)
    yield from _readers(case, host, request)


def _rows(source: Source, case: Case) -> Iterable[Any]:
    get = source.model._meta.get_field
    related = {name for name in source.shown if isinstance(get(name), models.ForeignKey)} | set(source.houses)
    related |= {"data_key", "case"} & source.unsaid
    rows = source.model._default_manager.filter(**{source.path: case.pk})
    if source.label == "cases.disclosure":  # what this request itself gave out is no news to anybody
        rows = rows.exclude(subject_id__in=DataPack.objects.values("pk"))
    if source.label == "cases.caselink":  # any other kind leads to the case of somebody else
        rows = rows.filter(kind=LinkKind.EARLIER)
    return rows.select_related(*sorted(related)).order_by(*filter(None, (source.at, "pk"))).distinct()


def _pieces(source: Source, row: Any, case: Case, host: uuid.UUID) -> Iterator[Piece]:
    house, stored = _house(source, row, host), {name: _stored(row, name) for name in source.shown}
    for share in _shares(source, row, case):
        if share.lines:
            yield Piece(
                key=f"{source.label}:{row.pk}:{share.key}" if share.key else f"{source.label}:{row.pk}",
                part=source.part,
                title=share.title,
                lines=share.lines,
                agency_id=share.house or house,
                case_id=case.pk,
                raw=_raw(stored if share.raw is None else share.raw),
                is_free=source.is_free and not share.held_back,
            )


def _shares(source: Source, row: Any, case: Case) -> list[Share]:
    """What of a row is said, as the protection of the whole request has it."""
    if source.path == "case":
        row.case = case
    elif isinstance(row, Case):
        row.is_protected = case.is_protected
    if case.is_protected and source.closed is not None and source.closed(row):
        return [Share("", str(source.title), wording.held_back(), held_back=True, raw="held back")]
    return source.split(row, case) if source.split else [_share(source, row)]


def _stored(row: Any, name: str) -> Any:
    """A field as it is stored; of a row it points to, the key."""
    value = getattr(row, name)
    if value is ERASED:
        return "erased"
    return value.pk if isinstance(value, models.Model) else value


def _raw(stored: Any) -> str:
    return json.dumps(stored, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)


def _share(source: Source, row: Any) -> Share:
    lines = [Line(str(label), said(source, row, name)) for name, label in source.shown.items()]
    at = row
    for step in source.at.split("__"):
        at = getattr(at, step) if step else None
    title = f"{source.title}, {looks.date_text(at)}" if isinstance(at, (date, datetime)) else source.title
    return Share("", str(title), tuple(line for line in lines if line.value))


def _house(source: Source, row: Any, host: uuid.UUID) -> uuid.UUID:
    """The agency that answers for a row: its own, or that of its desk; else the one that holds the case."""
    for path in source.houses:
        owner = row
        for step in path.split("__"):
            owner = getattr(owner, step)
        if isinstance(owner, Agency):
            return owner.pk
        if owner is not None:
            return uuid.UUID(str(owner.agency_id))
    return host


def said(source: Source, row: Any, name: str) -> str:
    """The value of a field in words; empty when there is nothing to say."""
    value = getattr(row, name)
    if value is ERASED:
        return wording.destroyed()
    if name in source.words:
        return source.words[name](row)
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    field: Any = source.model._meta.get_field(name)
    if isinstance(value, list):
        known = dict(field.base_field.choices or ())
        return ", ".join(str(known.get(one, one)) for one in value)
    if field.choices:
        return str(getattr(row, f"get_{name}_display")())
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{looks.date_text(value)} {looks.time_text(value)}"
    if isinstance(value, date):
        return looks.date_text(value)
    if isinstance(value, models.Model):
        named = next(
            (getattr(value, name) for name in ("name", "reference", "title") if hasattr(value, name)), ""
        )
        return str(named)
    return wording.flat(value)


# --- who has read ----------------------------------------------------------------------------------


def _readers(case: Case, host: uuid.UUID, request: SubjectRequest) -> Iterator[Piece]:
    """The access log until the request came in: which house, in which role, on which day, how often."""
    by_house: defaultdict[uuid.UUID, dict[tuple[date, str], int]] = defaultdict(lambda: defaultdict(int))
    for event in _looks(case, request.registered_at):
        day = clock.local(event["at"]).date()
        by_house[event["agency_id"] or host][(day, event["role"])] += 1
    roles = dict(Role.choices)
    for house, days in by_house.items():
        lines = [
            Line(looks.date_text(day), _times(str(roles.get(role, role)), count))
            for (day, role), count in sorted(days.items())
        ]
        yield Piece(
            key=f"{READERS}:{case.pk}:{house}",
            part=Part.READERS,
            title=_("Who has read %(reference)s") % {"reference": case.reference},
            lines=tuple(lines),
            agency_id=house,
            case_id=case.pk,
            raw=_raw([[day, role, count] for (day, role), count in sorted(days.items())]),
            is_free=False,
        )


def _looks(case: Case, until: datetime) -> Iterable[Any]:
    rows = AuditEvent.objects.filter(reading.looks_at(case, _targets(case)), at__lt=until)
    return rows.exclude(user_id=None).order_by("at").values("at", "agency_id", "role").iterator()


def _targets(case: Case) -> set[uuid.UUID]:
    """Everything of the case that a look may name."""
    found = {case.pk} | ({case.person_id} if case.person_id else set())
    for related in (case.steps, case.referrals, case.documents, case.messages, case.notes):
        found |= set(related.order_by().values_list("pk", flat=True))
    return found


def _times(role: str, count: int) -> str:
    return role if count == 1 else _("%(role)s, %(n)s times") % {"role": role, "n": count}


def houses_in(request: SubjectRequest) -> dict[uuid.UUID, str]:
    """The responsible agencies: those that have a piece. Id → name."""
    ids = {piece.agency_id for piece in of(request)}
    return dict(Agency.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name"))
