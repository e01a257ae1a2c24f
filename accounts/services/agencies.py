"""Agencies: those that take part, and what is known about how to reach them."""

from __future__ import annotations

from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from accounts.enums import AgencyKind
from accounts.models import Agency
from accounts.services.memberships import sync_permissions
from core import audit
from core.errors import StaleVersion


class AgencyFacts(TypedDict):
    """What an administrator states about an agency."""

    name: str
    kind: str
    municipality_code: str
    mailbox: str
    phone: str
    active: bool
    is_placeholder: bool


@transaction.atomic(durable=True)
def create_agency(*, by: Assignment | None, **facts: Unpack[AgencyFacts]) -> Agency:
    """Add an agency of a known kind. Nothing else needs to change for it to be brought into cases."""
    require_right(by, "manage_agencies", "agency.create")
    _check(None, facts)
    agency = Agency.objects.create(**facts)
    audit.record("agency.create", agency, by=by, kind=agency.kind)
    return agency


@transaction.atomic(durable=True)
def update_agency(
    agency_id: UUID, *, version: int, by: Assignment | None, **facts: Unpack[AgencyFacts]
) -> Agency:
    """Change what is known about an agency; closing it takes the rights of its people at once.

    Raises StaleVersion when somebody saved in between.
    """
    agency = Agency.objects.select_for_update(of=("self",), no_key=True).get(pk=agency_id)
    require_right(by, "manage_agencies", "agency.change", agency)
    if agency.version != version:
        raise StaleVersion(agency)
    _check(agency, facts)
    changed = [name for name, value in facts.items() if getattr(agency, name) != value]
    rights_change = agency.kind != facts["kind"] or agency.active != facts["active"]
    old_kind, old_active = agency.kind, agency.active
    for name, value in facts.items():
        setattr(agency, name, value)
    agency.version += 1
    agency.save(update_fields=[*facts, "version"])
    if rights_change:
        for membership in agency.memberships.select_related("user", "agency"):
            sync_permissions(membership)
    audit.record(
        "agency.change",
        agency,
        by=by,
        changed=changed,
        old_kind=old_kind,
        new_kind=agency.kind,
        old_active=old_active,
        new_active=agency.active,
    )
    return agency


def _check(agency: Agency | None, facts: AgencyFacts) -> None:
    if facts["kind"] not in AgencyKind.values:
        raise ValidationError({"kind": _("Choose a kind")})
    national = facts["kind"] == AgencyKind.NSPM
    others = Agency.objects.exclude(pk=agency.pk) if agency else Agency.objects.all()
    if national and others.filter(kind=AgencyKind.NSPM).exists():
        raise ValidationError({"kind": _("There is already a National Coordination")})
    if agency and agency.is_national and not (national and facts["active"]):
        raise ValidationError(
            {"kind": _("The National Coordination can be neither closed nor made something else")}
        )
    if others.filter(name__iexact=facts["name"], kind=facts["kind"]).exists():
        raise ValidationError({"name": _("There is already an agency of this kind with that name")})
