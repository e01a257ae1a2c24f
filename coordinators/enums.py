"""Whom a desk answers for, and how sure anyone is of a person's age."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role


class AgeBand(models.TextChoices):
    """Unsure is handled as a child until someone with the right records an age decision."""

    CHILD = "child", _("Under 18")
    ADULT = "adult", _("Adult")
    UNSURE = "unsure", _("Age unsure")


class Audience(models.TextChoices):
    ALL = "all", _("All ages")
    ADULTS = "adults", _("Adults")
    CHILDREN = "children", _("Children and young people")


class PlaceSource(models.TextChoices):
    """Which of the person's places decided. The place of exploitation and the referrer's own never do."""

    NOW = "now", _("where the person is now")
    FOUND = "found", _("where the person was found")


class DeskRight(models.TextChoices):
    """What can be done at a desk; the codenames of the permissions on Desk."""

    VIEW_INBOX = "view_inbox", _("See the inbox")
    TRIAGE = "triage", _("Answer referrals")
    ASSIGN = "assign", _("Assign cases")
    FORWARD = "forward", _("Forward cases")
    PLACE = "place", _("Place cases without a region")


REGION_RIGHTS: Final = frozenset(
    {DeskRight.VIEW_INBOX, DeskRight.TRIAGE, DeskRight.ASSIGN, DeskRight.FORWARD}
)
"""What duty at a region's desk carries."""

NATIONAL_RIGHTS: Final = frozenset({DeskRight.VIEW_INBOX, DeskRight.ASSIGN, DeskRight.PLACE})
"""What duty at the national desk carries: it places cases and reads no content."""

COORDINATORS: Final = (Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR)
"""Who can be on duty at a desk or stand in there."""

NATIONAL_DESK: Final = "national"
"""Key of the desk that answers when no other does. It always exists and never closes."""


class ActivityKind(models.TextChoices):
    """What a coordinator writes a work note about: only what the portal does not know from its cases."""

    SUPPORT = "support", _("Support to a person, face to face or by phone")
    MEETING = "meeting", _("Meeting or network that is not about a case in the portal")
    TRAINING = "training", _("Training that we gave")
    MUNICIPALITY = "municipality", _("Help to a municipality")
