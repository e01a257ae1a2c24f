"""Putting the demo's agencies, people and duties in place. May run any number of times."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership, User
from accounts.services.memberships import add_member
from coordinators.models import Absence, Desk, Duty
from coordinators.services import duties
from core import clock
from nrm_portal.demo.cast import PARTS, PASSWORD, PLAYERS, Part, Player

FIRST_DAY: Final = date(2020, 1, 1)


@cache
def _hashed_password() -> str:
    """One slow hash for all demo accounts: they share the printed password anyway."""
    return make_password(PASSWORD)


def cast() -> None:
    """Agencies, people with their assignments, duties at every desk, one absence with a deputy."""
    agencies = {part.name: _agency(part) for part in PARTS}
    agencies["national"] = Agency.objects.get(kind=AgencyKind.NSPM)
    desks = {desk.key: desk for desk in Desk.objects.select_related("agency", "region")}
    for player in PLAYERS:
        _player(player, agencies, desks)
    _absence()


def _agency(part: Part) -> Agency:
    agency, _made = Agency.objects.get_or_create(
        name=part.name,
        kind=part.kind,
        defaults={
            "municipality_code": part.municipality,
            "mailbox": f"funktion.{len(part.name)}{ord(part.name[-1])}{part.kind.value[:6]}@demo.example",
        },
    )
    return agency


def _player(player: Player, agencies: dict[str, Agency], desks: dict[str, Desk]) -> None:
    user, _made = User.objects.get_or_create(
        email=player.email,
        defaults={
            "name": player.name,
            "is_demo": True,
            "password": _hashed_password(),
            "secrecy_read_at": clock.now(),
        },
    )
    if user.memberships.exists():
        return
    agency = agencies[player.agency] if player.agency else desks[player.desk].agency
    membership = _member(user, agency, player.role, player.manager)
    if player.second:
        _member(user, agencies[player.second[1]], player.second[0], False)
    if player.desk:
        duties.put_on_duty(desk=desks[player.desk], membership=membership, first=FIRST_DAY, by=None)


def _member(user: User, agency: Agency, role: Role, is_manager: bool) -> Membership:
    return add_member(
        user, agency=agency, role=role, is_manager=is_manager, valid_from=FIRST_DAY, valid_until=None, by=None
    )


def _absence() -> None:
    """Jonas is away next week; Karin stands in."""
    away = Duty.objects.filter(membership__user__name="Jonas Ek").select_related("membership").first()
    deputy = Duty.objects.filter(membership__user__name="Karin Holm").select_related("membership").first()
    if away is None or deputy is None or Absence.objects.filter(membership=away.membership).exists():
        return
    first = clock.today() + timedelta(days=7 - clock.today().weekday())
    duties.register_absence(
        membership=away.membership,
        first=first,
        last=first + timedelta(days=4),
        deputy=deputy.membership,
        by=None,
    )


def accounts() -> list[dict[str, Any]]:
    """One line for each demo account: role, name, email, password, agency, desk."""
    rows = Membership.objects.in_force().filter(user__is_demo=True).select_related("user", "agency")
    desks = dict(
        Duty.objects.filter(membership__user__is_demo=True).values_list("membership_id", "desk__key")
    )
    order = {player.email: number for number, player in enumerate(PLAYERS)}
    found = sorted(rows, key=lambda row: (order.get(row.user.email, 999), row.agency.name))
    return [
        {
            "role": row.role,
            "name": row.user.name,
            "email": row.user.email,
            "password": PASSWORD,
            "agency": row.agency.name,
            "kind": row.agency.kind,
            "desk": desks.get(row.pk),
        }
        for row in found
    ]
