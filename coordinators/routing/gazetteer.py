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
    """Folded name of a municipality → code."""
    county_names: dict[str, str] = field(default_factory=dict)

    def region_of(self, county_code: str, on: date) -> Region | None:
        for link in self.links.get(county_code, ()):
            if in_force_on(link, on):
                return link.region
        return None

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

    def in_swedish_order(self) -> list[Municipality]:
        """All municipalities as a Swedish reader expects them: å, ä, ö last."""
        return sorted(self.municipalities.values(), key=lambda row: swedish_key(row.name))


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


def in_force_on(row: RegionCounty | Desk, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or on <= row.valid_until)


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
    raise UnknownPlace(text, suggest(folded, known))


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
