"""Which desk answers for a person, and why: place and age band, by date. Reads only.

Order of places (design, routing): where the person is now, else where the person was found, else the national
desk. The place of exploitation and the referrer's own never decide; they cannot even be given here.
"""

from coordinators.routing.gazetteer import (
    Reference,
    UnknownPlace,
    find_county,
    find_municipality,
    reference,
)
from coordinators.routing.people import Person, people_on, uncovered_desks
from coordinators.routing.routes import Place, Route, route

__all__ = [
    "Person",
    "Place",
    "Reference",
    "Route",
    "UnknownPlace",
    "find_county",
    "find_municipality",
    "people_on",
    "reference",
    "route",
    "uncovered_desks",
]
