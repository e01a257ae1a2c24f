"""Whom to reach for a place: the coordinators, and the out-of-hours social services of the municipality.

A number that the portal does not have is said to be missing; none is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.enums import AgencyKind
from accounts.models import Agency
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.models import Desk
from coordinators.routing import Person, Place
from core import clock


@dataclass(frozen=True, slots=True)
class Answers:
    """A desk and who answers there today. `for_whom`: the age bands it takes at this place."""

    desk: Desk
    people: tuple[Person, ...]
    for_whom: tuple[AgeBand, ...]
    unstaffed: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """For one place. `emergency` is None when the portal knows no out-of-hours service for it."""

    place: str
    desks: tuple[Answers, ...]
    emergency: Agency | None


def contacts(municipality_id: str | None, county_id: str | None) -> Contacts | None:
    """The contacts for a place; None while no place is chosen."""
    if not (municipality_id or county_id):
        return None
    place = Place(municipality_id or "", "" if municipality_id else county_id or "")
    routes = {band: routing.route(place, band, clock.today()) for band in (AgeBand.ADULT, AgeBand.CHILD)}
    first = routes[AgeBand.ADULT]
    where = first.municipality or first.county
    found: dict[object, Answers] = {}
    for band, route in routes.items():
        same = found.get(route.desk.pk)
        bands = (*same.for_whom, band) if same else (band,)
        found[route.desk.pk] = Answers(route.desk, route.people, bands, route.unstaffed)
    return Contacts(str(where or ""), tuple(found.values()), _emergency(municipality_id))


def _emergency(municipality_id: str | None) -> Agency | None:
    if not municipality_id:
        return None
    rows = Agency.objects.filter(kind=AgencyKind.SOCIAL_EMERGENCY, active=True)
    return rows.filter(municipality_code=municipality_id).order_by("is_placeholder", "name").first()
