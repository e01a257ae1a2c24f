"""What desks do beside their cases: work notes of a year, a report handed in, figures of years before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from coordinators.models import ActivityNote, ActivityReport, Desk
from coordinators.services import activity
from coordinators.services.activity import Done
from core import clock
from nrm_portal.demo.fill import NAMESPACE
from nrm_portal.demo.publishing import begins
from nrm_portal.demo.situations._living import acting
from nrm_portal.overview.activity import reports
from nrm_portal.overview.earlier import importing
from nrm_portal.overview.earlier.models import EarlierImport
from nrm_portal.overview.periods import QUARTER, Period

DESKS: Final = {"mitt": ("0380", "0319", "2180", "1880"), "syd": ("1280", "1281", "1290", "0880")}
WRITERS: Final = {"mitt": "karin.holm", "syd": "sara.nystrom"}
NOTES: Final = 14
FILE: Final = "pahittade-tidigare-ar.csv"
SOURCE: Final = "Påhittade siffror för testmiljön"
YEARS: Final = ((148, 96, 43), (196, 121, 66), (221, 139, 78), (257, 168, 84), (301, 206, 92), (288, 193, 90))
"""Made up: all, women, men, the oldest first; up to the year before the first that the portal publishes."""


def show(today: datetime) -> None:
    for desk, by in _desks():
        if not ActivityNote.objects.filter(desk=desk).exists():
            _notes(desk, by, today)
    _earlier(today)


def hand_in(today: datetime) -> None:
    """The quarter before the running one, once its cases have been told."""
    running = Period.of(QUARTER, clock.local(today).date())
    last = Period.of(QUARTER, running.first - timedelta(days=1))
    for desk, by in _desks():
        if not ActivityReport.objects.filter(desk=desk).exists():
            reports.hand_in(desk_id=desk.pk, period=last, after=0, by=by)


def _desks() -> Iterator[tuple[Desk, Assignment]]:
    """Each desk with one who is on duty there."""
    for key, email in WRITERS.items():
        yield Desk.objects.select_related("region").get(key=key), acting(email)


def _notes(desk: Desk, by: Assignment, today: datetime) -> None:
    """One every two or three weeks, of every kind; the newest a few days old."""
    rng = Random(f"nrm-demo-notes-{desk.key}")
    at = today - timedelta(days=3)
    for number in range(NOTES):
        with clock.frozen(at):
            key = uuid.uuid5(NAMESPACE, f"note-{desk.key}-{number}")
            done = _done(number, clock.today(), DESKS[desk.key], rng)
            activity.add(key=key, desk_id=desk.pk, done=done, by=by)
        at -= timedelta(days=rng.randrange(12, 26))


def _done(number: int, day: date, places: tuple[str, ...], rng: Random) -> Done:
    minutes, where = rng.randrange(2, 14) * 15, rng.choice(places)
    match number % 5:
        case 0 | 3:
            return Done(kind="support", day=day, minutes=minutes, people=rng.randrange(1, 4))
        case 1:
            return Done(kind="meeting", day=day, minutes=minutes, municipality_id=where, words="Nätverksmöte")
        case 2:
            people = rng.randrange(8, 40)
            return Done(kind="training", day=day, minutes=180, people=people, municipality_id=where)
        case _:
            return Done(kind="municipality", day=day, minutes=minutes, municipality_id=where)


def _earlier(today: datetime) -> None:
    """Made-up years for the time before the demo's own whole years."""
    rows = ["år;enhet;grupp;antal;källa"]
    first = begins(today).year - len(YEARS)
    for year, counts in enumerate(YEARS, start=first):
        named = zip(("alla", "kvinnor", "män"), counts, strict=True)
        rows += [f"{year};personer;{name};{count};{SOURCE}" for name, count in named]
    national = Membership.objects.in_force().filter(user__is_demo=True, role="national_coordinator")
    row = national.select_related("user", "agency").order_by("user__email").first()
    data = "\n".join(rows).encode()
    if row and not EarlierImport.objects.exists() and not importing.tried(data).problems:
        importing.take_in(data=data, file_name=FILE, by=assignment_for(row))
