"""The route itself: place, age band and date give desk, people and an explanation in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from coordinators.enums import AgeBand, Audience, PlaceSource
from coordinators.models import County, Desk, Municipality, Region
from coordinators.routing.gazetteer import LONGEST_NAME, Reference, UnknownPlace, reference, suggest
from coordinators.routing.people import Person, people_on


@dataclass(frozen=True)
class Place:
    """A municipality, or only a county, and which of the person's places it is ("" leaves that unsaid)."""

    municipality_code: str = ""
    county_code: str = ""
    source: str = PlaceSource.NOW.value

    def __bool__(self) -> bool:
        return bool(self.municipality_code or self.county_code)

    @staticmethod
    def deciding(now: Place | None, found: Place | None) -> Place | None:
        """The place that decides: where the person is now, else where the person was found, else none."""
        return now or found or None


@dataclass(frozen=True)
class Route:
    """Where a referral goes. The region is what the case counts as; the people are who is told."""

    municipality: Municipality | None
    county: County | None
    region: Region | None
    desk: Desk
    people: tuple[Person, ...]
    explanation: tuple[str | Promise, ...]
    unplaced: bool
    """No desk was found by place and age: the national desk has to place the case."""
    unstaffed: bool
    """Nobody is on duty at the desk: the case stays, `people` are the national desk's, who are alarmed."""

    def explain(self, language: str) -> str:
        """The explanation as one sentence in a language of the portal."""
        with override(language):
            return self.words

    @property
    def words(self) -> str:
        """The explanation in the language of the moment."""
        return "; ".join(str(part) for part in self.explanation)

    def explanations(self) -> dict[str, str]:
        """The explanation in every language of the portal, to store with the case."""
        return {code: self.explain(code) for code, _name in settings.LANGUAGES}

    def as_json(self, language: str = "sv") -> dict[str, Any]:
        """Codes and keys as in `data/regions.yaml`; `explanation` is a string."""
        return {
            "municipality": self.municipality.code if self.municipality else None,
            "county": self.county.code if self.county else None,
            "region": self.region.key if self.region else None,
            "desk": self.desk.key,
            "people": [
                {"name": person.name, "email": person.email, "deputy_for": person.deputy_for}
                for person in self.people
            ],
            "explanation": self.explain(language),
        }


def route(place: Place | None, age_band: AgeBand, on: date) -> Route:
    """Desk and people for a person at a place, of an age band, on a Stockholm date. Three queries.

    No place, a date before the regions, or no open desk for the age group: the national desk, `unplaced`.
    Raises UnknownPlace for a code that does not exist; a form must have refused it before."""
    known = reference()
    municipality, county = _locate(place, known)
    region = known.region_of(county.code, on) if county else None
    desk = known.desk_for(region, age_band, on) if region else None
    unplaced = desk is None
    desk = desk or known.national
    people = people_on({desk, known.national}, on)
    unstaffed = not people[desk.pk]
    answering = people[desk.pk] or people[known.national.pk]
    return Route(
        municipality=municipality,
        county=county,
        region=region,
        desk=desk,
        people=answering,
        explanation=(
            *_why_place(place, municipality, county, region, on),
            *_why_desk(age_band, region, desk),
            *_why_people(desk, answering, unstaffed),
        ),
        unplaced=unplaced,
        unstaffed=unstaffed,
    )


def _locate(place: Place | None, known: Reference) -> tuple[Municipality | None, County | None]:
    if not place:
        return None, None
    if not place.municipality_code:
        if place.county_code not in known.counties:
            raise UnknownPlace(place.county_code)
        return None, known.counties[place.county_code]
    municipality = known.municipalities.get(place.municipality_code)
    if municipality is None:
        raise UnknownPlace(place.municipality_code, suggest(place.municipality_code[:LONGEST_NAME], known))
    return municipality, known.counties[municipality.county_id]


def _why_place(
    place: Place | None,
    municipality: Municipality | None,
    county: County | None,
    region: Region | None,
    on: date,
) -> list[str | Promise]:
    if county is None:
        return [_("no known place")]
    chain: list[str | Promise] = [row.name for row in (municipality, county) if row]
    if region:
        chain.append(_region_words(region))
    parts: list[str | Promise] = [format_lazy(" → ".join(["{}"] * len(chain)), *chain)]
    if place and place.source in PlaceSource.values:
        parts.append(format_lazy(_("decided by {place}"), place=PlaceSource(place.source).label))
    if region is None:
        parts.append(format_lazy(_("the county belonged to no region on {day}"), day=on.isoformat()))
    return parts


def _why_desk(age_band: AgeBand, region: Region | None, desk: Desk) -> list[str | Promise]:
    words: dict[AgeBand, str | Promise] = {
        AgeBand.ADULT: _("adult"),
        AgeBand.CHILD: _("under 18"),
        AgeBand.UNSURE: _("age unsure, handled as a child"),
    }
    parts: list[str | Promise] = [words[age_band]]
    if desk.is_national:
        if region is not None:
            parts.append(_("the region has no open desk for the age group"))
        parts.append(_("the national desk places the case"))
    elif desk.audience == Audience.CHILDREN:
        parts.append(_("the region's desk for children"))
    elif desk.audience == Audience.ADULTS:
        parts.append(_("the region's desk for adults"))
    return parts


def _why_people(desk: Desk, people: tuple[Person, ...], unstaffed: bool) -> list[str | Promise]:
    if unstaffed:
        return [
            _("nobody is on duty at the national desk")
            if desk.is_national
            else _("nobody is on duty at the desk, the national desk is alarmed")
        ]
    return [
        format_lazy(_("{deputy} is deputy because {absent} is absent"), deputy=p.name, absent=p.deputy_for)
        for p in people
        if p.deputy_for
    ]


def _region_in_sentence(region: Region) -> str:
    name = region.name
    return name[:1].lower() + name[1:] if name.startswith("Region ") else name


_region_words = lazy(_region_in_sentence, str)
"""The region's name as it stands inside a sentence, in the language of the moment."""
