"""The few cases that are lived, and the people who look at them, signed in on one of the databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from accounts.access import Assignment, start
from cases.enums import ParticipationStatus, Status
from cases.models import Case, CaseGrant, Draft, Participation
from coordinators.enums import NATIONAL_DESK
from coordinators.models import Desk
from core import clock, context, vault
from nrm_portal.bench.scratch import Stage
from nrm_portal.demo import casting, fill
from nrm_portal.demo.stories import Story, stories

FOUND_BY: Final = "social_services_adult"
OPEN_PART: Final = 10
"""One case in so many is open."""
PAGE: Final = 25


def live_some(number: int) -> None:
    """The demo's people, and so many of its cases, lived through the services."""
    casting.cast()
    today = clock.now()
    for story in _chosen(number, today):
        with context.scope():
            fill.live(story, today)


def forget_people() -> None:
    """What the demo keeps in the process belongs to databases that are gone."""
    fill._workers.cache_clear()
    fill._coordinators.cache_clear()


def _chosen(number: int, today: datetime) -> Iterator[Story]:
    told = list(stories(today))
    some = max(3, number // OPEN_PART)
    placed = [s for s in told if "municipality_of_presence" in s.answers]
    ended = [s for s in placed if s.course in ("closed", "not_taken")]
    new = next(s for s in placed if s.course == "received")
    yield new
    yield next(s for s in placed if s.course == "active" and s.region == new.region and _is_adult(s))
    open_elsewhere = [
        s for s in placed if s.region != new.region and s.course in ("received", "active", "late")
    ]
    yield from Random(7).sample(open_elsewhere, some - 2)
    yield from Random(7).sample(ended, number - some)


def _is_adult(story: Story) -> bool:
    return story.answers.get("consent_status") == "given"


@dataclass
class Scene:
    """The same people and the same case in one of the databases."""

    stage: Stage
    case: Case = field(init=False)
    """An original: what is sealed in it opens."""
    coordinator: Assignment = field(init=False)
    worker: Assignment = field(init=False)
    referrer: Assignment = field(init=False)
    national: Assignment = field(init=False)
    answers: dict[str, Any] = field(init=False)
    _clients: dict[uuid.UUID, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stage.use()
        taking_part = Participation.objects.filter(
            is_referrer=False,
            status=ParticipationStatus.ACCEPTED,
            case__status=Status.ACTIVE,
            case__reference__startswith="H",
            case__desk__in=Case.objects.filter(status=Status.RECEIVED).values("desk"),
        )
        part = taking_part.select_related("case", "agency").order_by("case__reference")[0]
        self.case = part.case
        self.coordinator = self.holder(self.case)
        self.worker = next(w for w in fill._workers(part.agency.kind) if w.agency_id == part.agency_id)
        self.referrer = fill._workers(FOUND_BY)[0]
        self.national = fill._coordinators(Desk.objects.get(key=NATIONAL_DESK).pk)[0]
        self.answers = next(story.answers for story in stories(clock.now()) if _is_adult(story))

    def client(self, who: Assignment) -> Client:
        """A browser of hers."""
        if who.user_id not in self._clients:
            site = urlsplit(settings.SITE_URL)
            scheme = {"wsgi.url_scheme": site.scheme}
            client = Client(SERVER_NAME=site.hostname or "localhost", **scheme)
            client.force_login(who.user)
            session = client.session
            start(session, membership_id=who.membership_id)
            session["nrm_second_factor"] = True
            session.save()
            seen = {"user": who.user, "ip": "127.0.0.1", "user_agent": "bench"}
            UserSession.objects.get_or_create(session_key=session.session_key, defaults=seen)
            self._clients[who.user_id] = client
        return self._clients[who.user_id]

    def holder(self, case: Case) -> Assignment:
        """A coordinator at the case's desk."""
        return fill._coordinators(case.desk_id)[0]

    def draft(self) -> Draft:
        """Ready to be sent; the same answers every time."""
        now, key = clock.now(), uuid.uuid4()
        return Draft.objects.create(
            id=key,
            owner=self.referrer.user,
            agency=self.referrer.agency,
            data_key=vault.new_key("draft", key),
            answers=self.answers,
            started_at=now,
            saved_at=now,
            expires_at=now + timedelta(days=1),
        )

    def last_place(self) -> str:
        """The address part of the last page of her inbox, all open cases."""
        order = ("-urgency", "-due_at", "-case_id")
        rows = CaseGrant.objects.filter(desk_id=self.case.desk_id, is_open=True, due_at__isnull=False)
        grant = list(rows.order_by(*order)[:PAGE])[-1]
        assert grant.due_at is not None
        return f"{grant.urgency}~{grant.due_at.isoformat()}~{grant.case_id}"
