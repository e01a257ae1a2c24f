"""Which desk answers for a person, and why: place and age band, by date. Reads only.

Order of places (design, routing): where the person is now, else where the person was found, else the national
desk. The place of exploitation and the referrer's own never decide; they cannot even be given here.
"""

from __future__ import annotations

import difflib
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from coordinators.enums import AgeBand, Audience, PlaceSource
from coordinators.models import Absence, County, Desk, Duty, MapVersion, Municipality, Region, RegionCounty
from core import clock

LONGEST_NAME: Final = 60
"""Longer input is no place name; it is cut before it is compared."""


class UnknownPlace(LookupError):
    """No municipality or county has this code or name. `suggestions` holds names that come near."""

    def __init__(self, text: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.suggestions = suggestions


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
class Person:
    """Somebody who answers at a desk on the day, in their own name or as a deputy."""

    membership_id: uuid.UUID
    user_id: uuid.UUID
    name: str
    email: str
    deputy_for: str | None = None
    """Name of the absent person they stand in for."""


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


# --- the map, kept per process ---------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """Counties, municipalities, regions and desks as they were read under one version of the map."""

    token: uuid.UUID | None
    counties: dict[str, County]
    municipalities: dict[str, Municipality]
    links: dict[str, tuple[RegionCounty, ...]]
    desks: tuple[Desk, ...]
    names: dict[str, str] = field(default_factory=dict)
    """Folded name of a municipality → code."""
    county_names: dict[str, str] = field(default_factory=dict)

    def region_of(self, county_code: str, on: date) -> Region | None:
        for link in self.links.get(county_code, ()):
            if _in_force(link, on):
                return link.region
        return None

    def desk_for(self, region: Region, age_band: AgeBand, on: date) -> Desk | None:
        """A child or an unsure age never lands at an adults' desk, nor an adult at a children's desk."""
        own = Audience.ADULTS if age_band == AgeBand.ADULT else Audience.CHILDREN
        here = (desk for desk in self.desks if desk.region_id == region.pk)
        desks = {desk.audience: desk for desk in here if _in_force(desk, on)}
        return desks.get(own) or desks.get(Audience.ALL)

    @property
    def national(self) -> Desk:
        for desk in self.desks:
            if desk.is_national:
                return desk
        raise RuntimeError("There is no national desk. Run load_regions.")

    def in_swedish_order(self) -> list[Municipality]:
        """All municipalities as a Swedish reader expects them: å, ä, ö last."""
        return sorted(self.municipalities.values(), key=lambda row: swedish_order(row.name))


_cache: Reference | None = None
_loading = Lock()


def reference() -> Reference:
    """The map. One small query; the rest only when another process or this one has changed it."""
    global _cache
    token = MapVersion.objects.values_list("token", flat=True).first()
    cached = _cache
    if cached is None or cached.token != token or token is None:
        with _loading:
            cached = _cache = _read(token)
    return cached


def _read(token: uuid.UUID | None) -> Reference:
    counties = {county.code: county for county in County.objects.all()}
    links: dict[str, list[RegionCounty]] = {}
    for link in RegionCounty.objects.select_related("region").order_by("valid_from"):
        links.setdefault(link.county_id, []).append(link)
    municipalities = {row.code: row for row in Municipality.objects.all()}
    return Reference(
        token=token,
        counties=counties,
        municipalities=municipalities,
        links={code: tuple(rows) for code, rows in links.items()},
        desks=tuple(Desk.objects.select_related("region", "agency").order_by("key")),
        names={_fold(row.name): row.code for row in municipalities.values()},
        county_names={
            _fold(name): row.code
            for row in counties.values()
            for name in (row.key, row.iso, row.name, row.name_sv, row.name_en, *row.variants)
        },
    )


def _in_force(row: RegionCounty | Desk, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on < row.valid_until)


# --- names -----------------------------------------------------------------------------------------


def swedish_order(name: str) -> str:
    """A sort key: w as v's neighbour, å ä ö after z."""
    return name.casefold().translate(str.maketrans("åäö", "{|}"))


def _fold(text: str) -> str:
    """Case, accents and marks away, so that "umea" and "UMEÅ kommun" meet."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST_NAME].casefold())
    return " ".join("".join(mark for mark in plain if not unicodedata.combining(mark)).split())


def find_municipality(text: str) -> Municipality:
    """A municipality by code or name ("2480", "Umeå", "umea", "Umeå kommun").

    Raises UnknownPlace with names that come near."""
    known = reference()
    folded = _fold(text)
    if folded in known.municipalities:
        return known.municipalities[folded]
    for name in _spellings(folded):
        if name in known.names:
            return known.municipalities[known.names[name]]
    raise UnknownPlace(text, _suggest(folded, known))


def _spellings(folded: str) -> tuple[str, ...]:
    """ "Stockholms stad" is Stockholm; "Hofors kommun" is Hofors."""
    for ending in (" kommun", " stad", " municipality"):
        if folded.endswith(ending):
            stem = folded.removesuffix(ending)
            return (stem, stem.removesuffix("s"))
    return (folded,)


def _suggest(folded: str, known: Reference) -> tuple[str, ...]:
    if folded.isdigit():
        near = difflib.get_close_matches(folded, known.municipalities, n=3, cutoff=0.7)
    else:
        near = [known.names[name] for name in difflib.get_close_matches(folded, known.names, n=3, cutoff=0.6)]
    return tuple(f"{known.municipalities[code].name} ({code})" for code in near)


def find_county(text: str) -> County:
    """A county by code, ISO code or any of its names. Raises UnknownPlace."""
    known = reference()
    folded = _fold(text)
    code = folded if folded in known.counties else known.county_names.get(folded, "")
    if code in known.counties:
        return known.counties[code]
    near = difflib.get_close_matches(folded, known.county_names, n=3, cutoff=0.6)
    codes = dict.fromkeys(known.county_names[name] for name in near)
    raise UnknownPlace(text, tuple(known.counties[code].name for code in codes))


# --- people ----------------------------------------------------------------------------------------


def people_on(desks: Iterable[Desk], on: date) -> dict[uuid.UUID, tuple[Person, ...]]:
    """Who answers at each desk on a day, absences and deputies counted. Two queries, however many desks."""
    wanted = [desk.pk for desk in desks]
    found: dict[uuid.UUID, list[Person]] = {key: [] for key in wanted}
    away = {row.membership_id: row for row in Absence.objects.on(on).select_related("deputy__user")}
    duties = Duty.objects.on(on).filter(desk__in=wanted).select_related("membership__user")
    for duty in duties.order_by("-is_primary", "valid_from", "id"):
        person = _who_answers(duty.membership, away, on)
        listed = found[duty.desk_id]
        if person and all(person.membership_id != other.membership_id for other in listed):
            listed.append(person)
    return {key: tuple(people) for key, people in found.items()}


def _who_answers(membership: Any, away: dict[uuid.UUID, Absence], on: date) -> Person | None:
    """The person, or the deputy, or the deputy's deputy; nobody when the chain ends or turns back."""
    first, seen = membership, set()
    while membership is not None and membership.pk in away and membership.pk not in seen:
        seen.add(membership.pk)
        membership = away[membership.pk].deputy
    if membership is None or membership.pk in seen or not membership.is_valid_on(on):
        return None
    return Person(
        membership_id=membership.pk,
        user_id=membership.user_id,
        name=membership.user.name,
        email=membership.user.email,
        deputy_for=None if membership.pk == first.pk else first.user.name,
    )


def uncovered_desks(at: datetime) -> list[Desk]:
    """The desks where nobody answers on the local date of an instant: the national desk must know."""
    day = clock.local(at).date()
    desks = [desk for desk in reference().desks if desk.is_national or _in_force(desk, day)]
    people = people_on(desks, day)
    return [desk for desk in desks if not people[desk.pk]]


# --- the route -------------------------------------------------------------------------------------


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
        raise UnknownPlace(place.municipality_code, _suggest(place.municipality_code[:LONGEST_NAME], known))
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
        chain.append(_RegionName(region))
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


class _RegionName:
    """The region's name as it stands inside a sentence, in the language of the moment."""

    def __init__(self, region: Region) -> None:
        self.region = region

    def __str__(self) -> str:
        name = self.region.name
        return name[:1].lower() + name[1:] if name.startswith("Region ") else name
