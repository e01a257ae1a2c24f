"""A case and an earlier one of the same person. A link gives nobody sight of the other case (S30)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import workflow
from cases.access import Sight, at_desks, held_by, may_have, require
from cases.enums import Level, LinkKind, Verb
from cases.models import Case, CaseLink
from cases.services import matching, persons
from coordinators.access import desks_of
from core import audit, clock


@dataclass(frozen=True)
class Beside:
    """A linked case, as much of it as the viewer may know."""

    link: CaseLink
    other: Case
    is_earlier: bool
    """The other case came first."""
    is_open_to_viewer: bool

    @property
    def year(self) -> str:
        """In which the other case was closed; empty while it is open."""
        return str(clock.local(self.other.closed_at).year) if self.other.closed_at else ""


def find(reference: str, by: Assignment, case: Case) -> Case | None:
    """A case that one of her desks holds or holds on to, by its number; None for all else alike."""
    rows = held_by(by, desks_of(by)).filter(desk__isnull=False, level__gte=Level.FULL)
    found = Case.objects.filter(pk__in=rows.values("case_id"), referrals__reference=reference)
    return found.exclude(pk=case.pk).first()


@transaction.atomic(durable=True)
def link_earlier(
    *, case_id: uuid.UUID, exploited_again: bool, by: Assignment, reference: str = "", key: str = ""
) -> CaseLink:
    """The person has been referred before: in a case she sees (`reference`), or one of a match (`key`).

    The figures of a year count her once from now on. Raises ValidationError at `reference` for a number that
    leads nowhere she sees, and without a field for a link that exists.
    """
    case = Case.objects.get(pk=case_id)
    _require(case, by)
    other = matching.hint_of(case, key, by).case if key else find(reference, by, case)
    if other is None or other.is_consultation or case.is_consultation or other.practice != case.practice:
        raise ValidationError({"reference": _("No case with a person that you can see has this number.")})
    case, other = _locked(case, other)
    _require(case, by)
    _must_be_new(case, other)
    later, earlier = (case, other) if case.received_at >= other.received_at else (other, case)
    with persons.recounted(later, earlier):
        link = CaseLink.objects.create(
            case=later, other=earlier, kind=LinkKind.EARLIER, exploited_again=exploited_again,
            made_by_id=by.user_id, made_at=clock.now(),
        )  # fmt: skip
    _written(case, "case.link", link, by)
    matching.flag([case.pk, other.pk])
    return link


def _require(case: Case, by: Assignment) -> None:
    require(by, case, workflow.TRANSITIONS[Verb.LINK].right)
    workflow.check(Verb.LINK, case)


def _locked(case: Case, other: Case) -> tuple[Case, Case]:
    """Both as they are now, and with them all that hang together with either, in the one order: whoever
    links or merges any of these waits, and the person is counted once. Raises ValidationError when the other
    is gone."""
    rows = {row.pk: row for row in matching.lock_all(persons.together([case.pk, other.pk]))}
    if other.pk not in rows:  # disposed of while she decided
        raise ValidationError(_("The other case no longer exists."), code="gone")
    return rows[case.pk], rows[other.pk]


def _must_be_new(case: Case, other: Case) -> None:
    rows = CaseLink.objects.filter(Q(case=case, other=other) | Q(case=other, other=case))
    if rows.filter(kind=LinkKind.EARLIER).exists():
        raise ValidationError(_("The cases are already linked."), code="linked")
    rows.filter(kind=LinkKind.NOT_SAME).delete()  # somebody has thought again


def _written(case: Case, verb: str, link: CaseLink, by: Assignment) -> None:
    case.version += 1
    case.save(update_fields=["version"])
    audit.record(verb, case, by=by, link=link.pk, again=link.exploited_again)


@transaction.atomic(durable=True)
def unlink(*, link_id: uuid.UUID, case_id: uuid.UUID, by: Assignment) -> Case:
    """The link was wrong: it goes, the figures follow. Raises ValidationError when it is not there."""
    case = Case.objects.get(pk=case_id)
    _require(case, by)
    found = _link(link_id, case)
    case, other = _locked(case, found.other if found.case_id == case.pk else found.case)
    _require(case, by)
    link = _link(link_id, case)
    with persons.recounted(case, other):
        _written(case, "case.unlink", link, by)
        link.delete()
    for one in (case, other):
        matching.look_again(one)
    return case


def _link(link_id: uuid.UUID, case: Case) -> CaseLink:
    rows = CaseLink.objects.filter(Q(case=case) | Q(other=case), kind=LinkKind.EARLIER)
    link = rows.select_related("case", "other").filter(pk=link_id).first()
    if link is None:
        raise ValidationError(_("The link has already been removed."), code="gone")
    return link


def beside(sight: Sight) -> list[Beside]:
    """Earlier and later cases of the person, for the desk that holds the case. Two queries at the most."""
    if not matching.may_see(sight) or not may_have(sight.case, "links"):
        return []
    case = sight.case
    rows = CaseLink.objects.filter(Q(case=case) | Q(other=case), kind=LinkKind.EARLIER)
    related = ("case__desk__region", "other__desk__region")
    links = list(rows.select_related(*related).order_by("made_at", "pk"))
    if not links:
        return []
    others = [link.other if link.case_id == case.pk else link.case for link in links]
    seen = _seen(sight, [other.pk for other in others])
    return [
        Beside(link, other, link.case_id == case.pk, other.pk in seen)
        for link, other in zip(links, others, strict=True)
    ]


def _seen(sight: Sight, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of which her desks see the content still: by a grant, and nothing else."""
    grants = held_by(sight.by, desks_of(sight.by)).filter(case__in=list(ids), level__gte=Level.FULL)
    return set(grants.values_list("case_id", flat=True))


def holders(by: Assignment, case: Case) -> list[Case]:
    """Open cases of the same desk that may be merged with this one: what the choice offers. One query."""
    grants = at_desks(by, desks_of(by)).filter(desk_id=case.desk_id, is_open=True, level__gte=Level.FULL)
    rows = Case.objects.filter(pk__in=grants.exclude(case=case).values("case_id"), is_consultation=False)
    return list(rows.select_related("county").order_by("-received_at")[:50])
