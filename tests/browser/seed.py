"""What the browser tests find in their portal: the demo's people, and a few of its stories told anew.

Run in a process of its own (`python -m tests.browser.seed`) with the environment of the portal under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import django

HOURS_AGO = (0.3, 0.6, 1, 2, 3, 5)


def main() -> None:
    django.setup()
    from core import clock, context
    from nrm_portal.demo import casting, fill
    from nrm_portal.demo.situations import (
        agencies,
        breach,
        clocks,
        deskwork,
        disposal,
        files,
        guard,
        hotline,
        incidents,
        moves,
        records,
        sameness,
        subject,
    )
    from nrm_portal.demo.stories import stories

    casting.cast()
    now = clock.now()
    known = list(stories(now))
    fill.hurry()
    fill.practice(fill._workers("social_services_adult")[0], next(s for s in known if "name" in s.answers))
    for story in chosen(known, now):
        with context.scope():
            fill.live(story, now)
    one_of_each(known, now)
    for area in (
        agencies,
        breach,
        clocks,
        deskwork,
        disposal,
        files,
        guard,
        hotline,
        incidents,
        moves,
        sameness,
        records,
        subject,
    ):
        area.show(now)
    deskwork.hand_in(now)


def one_of_each(known: list, now: datetime) -> None:  # type: ignore[type-arg]
    """Of a caseworker: a referral and a draft. Of an agency: an invitation nobody has answered."""
    from accounts.access import assignment_for
    from accounts.models import Agency, Membership
    from cases.models import Case, Draft
    from cases.services import figure_views, lists, participation, referrals, views
    from nrm_portal.demo import fill

    def acting(email: str) -> Any:
        rows = Membership.objects.select_related("user", "agency").filter(user__email=email)
        return assignment_for(rows.order_by("-agency__name")[0])

    fatima, karin = acting("fatima.berg@demo.example"), acting("karin.holm@demo.example")
    views.save(name="Uppsala", chosen=lists.read("vy=alla&county=03"), notify=True, by=karin)
    figure_views.save(name="Kvartal", words="visar=kvartal&kort=svar", notify=True, by=karin)
    agreed = [s for s in known if s.region == "mitt" and s.answers.get("consent_status") == "given"]
    spare = [replace(s, number=9000 + s.number) for s in agreed[-2:]]  # no story of the demo's own
    referrals.submit(draft_id=fill._draft(spare[0], fatima).pk, by=fatima)
    Draft.objects.filter(pk=fill._draft(spare[1], fatima).pk).update(expires_at=now + timedelta(days=28))
    active = Case.objects.filter(desk__key="mitt", status="active", is_consultation=False, practice=False)
    case, agency = active.filter(age_band="adult")[0], Agency.objects.get(name="Polisen, polisregion Syd")
    participation.invite(
        case_id=case.pk,
        agency_id=agency.pk,
        ground=participation.ground_choices(case, agency)[0].code,
        categories=["situation"],
        purpose="Samordnat stöd",
        by=karin,
    )


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
