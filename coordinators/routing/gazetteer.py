"""The map as one process knows it: counties, municipalities, regions and desks, and their names."""

from __future__ import annotations

import difflib
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Final

from coordinators.enums import AgeBand, Audience
from coordinators.models import County, Desk, MapVersion, Municipality, Region, RegionCounty
from core import context
from core.swedish import swedish_key

LONGEST_NAME: Final = 60
"""Longer input is no place name; it is cut before it is compared."""


class UnknownPlace(LookupError):
    """No municipality or county has this code or name. `suggestions` holds names that come near."""

    def __init__(self, text: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.suggestions = suggestions


@dataclass(frozen=True)
class Reference:
    """Counties, municipalities, regions and desks as they were read under one version of the map."""

    token: uuid.UUID | None
    counties: dict[str, County]
    municipalities: dict[str, Municipality]
    links: dict[str, tuple[RegionCounty, ...]]
    desks: tuple[Desk, ...]
    names: dict[str, str] = field(default_factory=dict)
    """Name of a municipality, exact or folded, in lower case → code."""
    county_names: dict[str, str] = field(default_factory=dict)

    def link_of(self, county_code: str, on: date) -> RegionCounty | None:
        return next((link for link in self.links.get(county_code, ()) if in_force_on(link, on)), None)

    def region_of(self, county_code: str, on: date) -> Region | None:
        link = self.link_of(county_code, on)
        return link.region if link else None

    def desk_for(self, region: Region, age_band: AgeBand, on: date) -> Desk | None:
        """A child or an unsure age never lands at an adults' desk, nor an adult at a children's desk."""
        own = Audience.ADULTS if age_band == AgeBand.ADULT else Audience.CHILDREN
        here = (desk for desk in self.desks if desk.region_id == region.pk)
        desks = {desk.audience: desk for desk in here if in_force_on(desk, on)}
        return desks.get(own) or desks.get(Audience.ALL)

    @property
    def national(self) -> Desk:
        for desk in self.desks:
            if desk.is_national:
                return desk
        raise RuntimeError("There is no national desk. Run load_regions.")

    def open_on(self, day: date) -> list[Desk]:
        """The desks that take referrals on a day, by region; the national desk last."""
        rows = [desk for desk in self.desks if desk.is_national or in_force_on(desk, day)]
        return sorted(rows, key=lambda desk: (desk.is_national, swedish_key(str(desk.name))))

    def counties_of(self, desk: Desk, day: date) -> list[County]:
        """The counties of a desk's region on a day, in Swedish order."""
        region = desk.region_id
        rows = [county for code, county in self.counties.items() if self._region_key(code, day) == region]
        return [] if region is None else sorted(rows, key=lambda row: swedish_key(row.name))

    def county_rows(self, day: date) -> list[tuple[County, RegionCounty | None]]:
        """Every county with its link to a region on a day."""
        counties = sorted(self.counties.values(), key=lambda row: swedish_key(row.name))
        return [(county, self.link_of(county.code, day)) for county in counties]

    def without_region(self, day: date) -> list[Municipality]:
        """Municipalities that no region covers on a day: the coverage check, empty when all is well."""
        return [row for row in self.in_swedish_order() if self._region_key(row.county_id, day) is None]

    def _region_key(self, county_code: str, day: date) -> str | None:
        link = self.link_of(county_code, day)
        return link.region_id if link else None

    def in_swedish_order(self) -> list[Municipality]:
        """All municipalities as a Swedish reader expects them: å, ä, ö last."""
        return sorted(self.municipalities.values(), key=lambda row: swedish_key(row.name))


MAP: Final = "coordinators.map"
_cache: Reference | None = None
_loading = Lock()


def reference() -> Reference:
    """The map. One small query a request; the rest only when another process or this one has changed it."""
    return context.read_once(MAP, _current)


def _current() -> Reference:
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
        names={
            spelling: row.code
            for form in (_fold, _plain)  # the exact spelling last: Habo and Håbo are two places
            for row in municipalities.values()
            for spelling in (form(row.name),)
        },
        county_names={
            _fold(name): row.code
            for row in counties.values()
            for name in (row.key, row.iso, row.name, row.name_sv, row.name_en, *row.variants)
        },
    )


def in_force_on(row: RegionCounty | Desk, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on <= row.valid_until)


def _plain(text: str) -> str:
    """Case and spare spaces away, letters as they are."""
    return " ".join(unicodedata.normalize("NFC", text[:LONGEST_NAME]).casefold().split())


def _fold(text: str) -> str:
    """Accents and marks away too, so that "umea" and "UMEÅ kommun" meet."""
    marks = unicodedata.normalize("NFKD", _plain(text))
    return " ".join("".join(mark for mark in marks if not unicodedata.combining(mark)).split())


def find_municipality(text: str) -> Municipality:
    """A municipality by code or name ("2480", "Umeå", "umea", "Umeå kommun").

    Raises UnknownPlace with names that come near."""
    known = reference()
    for written in (_plain(text), _fold(text)):
        if written in known.municipalities:
            return known.municipalities[written]
        for name in _spellings(written):
            if name in known.names:
                return known.municipalities[known.names[name]]
    raise UnknownPlace(text, suggest(_fold(text), known))


def _spellings(folded: str) -> tuple[str, ...]:
    """ "Stockholms stad" is Stockholm; "Hofors kommun" is Hofors."""
    for ending in (" kommun", " stad", " municipality"):
        if folded.endswith(ending):
            stem = folded.removesuffix(ending)
            return (stem, stem.removesuffix("s"))
    return (folded,)


def suggest(folded: str, known: Reference) -> tuple[str, ...]:
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
