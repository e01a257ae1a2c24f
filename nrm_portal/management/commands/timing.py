"""Whether the time of an answer tells that a case exists: numbers to look at, not a test."""

from __future__ import annotations

import random
import statistics
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client

from accounts.access import assignment_for, start
from accounts.models import Membership
from cases.access import visible
from cases.models import Case
from core import clock

SHUFFLES: Final = 2000
PAGES: Final = ("", "checklista/", "personen/", "meddelanden/", "historik/")


class Command(BaseCommand):
    help = "Ask for cases of others and for ids that nobody has, in turn, and compare the times. Demo only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose eyes to look through")
        parser.add_argument("--times", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only where fictive people are: every look is recorded as a refusal.")
        membership = Membership.objects.in_force(clock.today()).filter(user__email=options["email"]).first()
        if membership is None:
            raise CommandError("Nobody with this address works here.")
        seen = visible(assignment_for(membership)).values("pk")
        hidden = list(Case.objects.exclude(pk__in=seen).values_list("pk", flat=True)[:50])
        if not hidden:
            raise CommandError("This person sees every case.")
        client = self._client(membership)
        for page in PAGES:
            there, nowhere = self._measure(client, page, hidden, options["times"])
            self.stdout.write(
                f"/arenden/…/{page:<14} of others {statistics.median(there) * 1000:7.2f} ms   of nobody "
                f"{statistics.median(nowhere) * 1000:7.2f} ms   by chance {_by_chance(there, nowhere):.2f}"
            )
        self.stdout.write(
            "By chance: how often shuffled times differ as much. Twice below 0.01: look closer."
        )

    def _client(self, membership: Membership) -> Client:
        site = urlsplit(settings.SITE_URL)
        client = Client(SERVER_NAME=site.hostname or "localhost", raise_request_exception=False)
        client.force_login(membership.user)
        session = client.session
        start(session, membership_id=membership.pk, fresh=True)
        session["nrm_second_factor"] = True
        session.save()
        seen = {"user": membership.user, "ip": "127.0.0.1", "user_agent": "timing"}
        UserSession.objects.get_or_create(session_key=session.session_key, defaults=seen)
        return client

    def _measure(
        self, client: Client, page: str, hidden: Sequence[uuid.UUID], times: int
    ) -> tuple[list[float], list[float]]:
        found: tuple[list[float], list[float]] = ([], [])
        ids: tuple[Callable[[], uuid.UUID], ...] = (lambda: random.choice(hidden), uuid.uuid4)
        for _round in range(times + 5):
            order = [0, 1] if random.random() < 0.5 else [1, 0]
            for which in order:
                address, began = f"/arenden/{ids[which]()}/{page}", time.perf_counter()
                status = client.get(address).status_code
                found[which].append(time.perf_counter() - began)
                if status != 404:
                    raise CommandError(f"{status} instead of 404: this is more than timing.")
        return found[0][5:], found[1][5:]


def _by_chance(one: list[float], other: list[float]) -> float:
    """A permutation test on the difference of medians."""
    apart = abs(statistics.median(one) - statistics.median(other))
    both, size, hits = [*one, *other], len(one), 0
    for _shuffle in range(SHUFFLES):
        random.shuffle(both)
        hits += abs(statistics.median(both[:size]) - statistics.median(both[size:])) >= apart
    return hits / SHUFFLES
