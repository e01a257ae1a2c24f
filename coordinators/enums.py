"""Whom a desk answers for, and how sure anyone is of a person's age."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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


NATIONAL_DESK = "national"
"""Key of the desk that answers when no other does. It always exists and never closes."""

FIRST_DAY = "2018-01-01"
"""The seven regions are known from this day. Earlier dates go to the national desk."""
