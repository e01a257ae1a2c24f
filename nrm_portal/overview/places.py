"""Counties and regions that can stand in a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.translation import get_language

from coordinators.models import County, Region, RegionCounty


@dataclass(frozen=True)
class Places:
    """Code → name, in order."""

    counties: Mapping[str, str]
    regions: Mapping[str, str]
    region_of: Mapping[str, str] = field(default_factory=dict)
    """The region of each county on one day; `on` fills it."""


def on(day: date) -> Places:
    """Counties and regions with the map of that day. Three queries."""
    links = RegionCounty.objects.on(day).values_list("county_id", "region__key")
    return replace(places(), region_of=dict(links))


def places() -> Places:
    """Two queries."""
    english = (get_language() or "").startswith("en")
    return Places(
        {row.code: row.name_en if english else row.name_sv for row in County.objects.all()},
        {row.key: row.name for row in Region.objects.all()},
    )
