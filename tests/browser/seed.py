"""What the browser tests find in their portal: the demo's people, and a few of its stories told anew.

Run in a process of its own (`python -m tests.browser.seed`) with the environment of the portal under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import django

HOURS_AGO = (0.3, 0.6, 1, 2, 3, 5)


def main() -> None:
    django.setup()
    from core import clock, context
    from nrm_portal.demo import casting, fill
    from nrm_portal.demo.stories import stories

    casting.cast()
    now = clock.now()
    known = list(stories(now))
    fill.hurry()
    fill.practice(fill._workers("social_services_adult")[0], next(s for s in known if "name" in s.answers))
    for story in chosen(known, now):
        with context.scope():
            fill.live(story, now)


def chosen(known: list, now: datetime) -> Iterator:  # type: ignore[type-arg]  # stories, once Django is up
    """Region Mitt: to answer, waiting, parked, active, late, closed; a child; somebody without a place."""
    from accounts.enums import AgencyKind

    adults = [s for s in known if s.region == "mitt" and s.answers.get("consent_status") == "given"]
    adults = [s for s in adults if s.answers.get("place_now") == "municipality"]
    plain = iter([s for s in adults if s.answers["protected_identity"] == "none"])
    social = AgencyKind.SOCIAL_SERVICES_ADULT
    for hours, story in zip(HOURS_AGO, plain, strict=False):
        yield replace(story, sent_at=now - timedelta(hours=hours), course="received", found_by=social)
    for days, course in (
        (1, "waiting"),
        (2, "snoozed"),
        (6, "active"),
        (9, "active"),
        (30, "late"),
        (40, "closed"),
    ):
        yield replace(next(plain), sent_at=now - timedelta(days=days), course=course)
    children = (s for s in known if s.answers["age_group"] == "child")
    yield replace(next(children), sent_at=now - timedelta(hours=4), course="received")
    protected = (s for s in adults if s.answers["protected_identity"] == "secrecy_marking")
    yield from (replace(s, sent_at=now - timedelta(days=4), course="active") for s in islice(protected, 1))
    alone = (s for s in known if s.answers.get("consent_status") == "refused" and s.region == "mitt")
    yield replace(next(alone), sent_at=now - timedelta(hours=6), course="received")
    nowhere = (s for s in known if s.answers.get("place_now") == "unknown")
    yield replace(next(nowhere), sent_at=now - timedelta(hours=7), course="received")


if __name__ == "__main__":
    main()
