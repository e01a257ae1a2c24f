"""Regions and who covers them. Everything is dated, first and last day included (no last day: for now).

Nothing here knows a case. A change adds or ends rows and never rewrites what was true before.
"""

from coordinators.models.activity import ActivityNote, ActivityReport
from coordinators.models.dated import DAYS, DatedQuerySet, DateRange, in_order
from coordinators.models.desk import Absence, Desk, DeskPermission, Duty
from coordinators.models.places import County, MapVersion, Municipality, Region, RegionCounty

__all__ = [
    "DAYS",
    "Absence",
    "ActivityNote",
    "ActivityReport",
    "County",
    "DateRange",
    "DatedQuerySet",
    "Desk",
    "DeskPermission",
    "Duty",
    "MapVersion",
    "Municipality",
    "Region",
    "RegionCounty",
    "in_order",
]
