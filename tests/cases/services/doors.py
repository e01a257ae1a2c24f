"""One person at every door of the portal, and what the reference says she finds behind each."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Final

from django.core.cache import cache
from django.test import Client
from icalendar import Calendar

from accounts.access import Assignment
from cases.access import sight_of
from cases.enums import LIVE_STEPS
from cases.models import Case, Recusal, Step
from cases.services import feeds
from core import clock
from core.models import PdfJob
from tests.factories import sign_in
from tests.security import reference

CASES: Final = re.compile(r'href="/arenden/([0-9a-f-]{36})/')
TELLING: Final = "Arbetar sju dagar i veckan utan lön."
"""The narrative of the first case: its situation."""
WHO: Final = "Björk-27"


class Door:
    """One person at every door, beside what the reference says of her."""

    def __init__(self, by: Assignment, cases: dict[uuid.UUID, Case]) -> None:
        cache.clear()
        self.by, self.cases, self.client = by, cases, sign_in(Client(), by)
        self.wanted = {pk: reference.sees(by, case) for pk, case in cases.items()}
        self.seen = {pk for pk, (level, _given) in self.wanted.items() if level >= 2}
        self.is_in = reference.is_in(by)

    def check(self) -> None:
        self.sights()
        if not self.is_in:
            for url in ("/arenden/", "/inkorg/", "/arbete/", f"/arenden/{next(iter(self.cases))}/"):
                assert self.client.get(url).status_code != 200, (
                    f"{self.by.user.name} has left and reads {url}"
                )
            return
        self.details()
        self.lists()
        self.search()
        self.feed()
        self.paper()

    def same(self, door: str, found: set[uuid.UUID], wanted: set[uuid.UUID]) -> None:
        known = found & set(self.cases)
        assert known == wanted, f"{door} of {self.by.user.name} ({self.by.role}): {known} instead of {wanted}"

    def sights(self) -> None:
        for pk, case in self.cases.items():
            sight, (level, given) = sight_of(self.by, case), self.wanted[pk]
            assert (sight.level if sight else 0, sight.categories if sight else frozenset()) == (level, given)
            if sight:
                assert sight.may_see_protected == reference.is_named(self.by, case)

    def details(self) -> None:
        found = set()
        for pk, case in self.cases.items():
            answer = self.client.get(f"/arenden/{pk}/")
            page = answer.content.decode()
            if answer.status_code == 200:
                found.add(pk)
            elif answer.status_code == 302:  # to the case that absorbed it
                assert case.status == "merged" and case.merged_into_id in self.seen
            level, given = self.wanted[pk]
            assert (TELLING in page) == (level == 4 and "situation" in given), (pk, self.wanted[pk])
            opened = self.client.post(f"/arenden/{pk}/identitet/", {"reason": "Möte"})
            may = "identity" in given and level == 4 and reference.is_named(self.by, case)
            assert (WHO in opened.content.decode()) == may, (opened.status_code, self.wanted[pk])
        self.same("detail", found, self.seen)

    def lists(self) -> None:
        listed: set[uuid.UUID] = set()
        for query in ("", "?visa=avslutade"):
            answer = self.client.get(f"/arenden/{query}")
            if answer.status_code == 403:
                assert not self.by.has("work_cases")
                break
            page = answer.content.decode().split("<main")[1]
            rows = [row.url for row in answer.context["rows"]]
            assert len(rows) == len(set(rows)), f"{self.by.user.name} has a case twice in the list"
            listed |= {uuid.UUID(found) for found in CASES.findall(page)}
            for view in answer.context["views"]:
                is_open = view["url"] == "?"
                mine = {pk for pk in self.seen if self.cases[pk].is_open == is_open}
                assert int(view["count"]) == len(mine), f"count of {self.by.user.name}"
        else:
            self.same("list", listed, self.seen)
        acting = {pk for pk in self.seen if self.cases[pk].desk_id in reference.desks(self.by)}
        answer = self.client.get("/inkorg/?vy=alla")
        if answer.status_code == 200:
            page = answer.content.decode().split("<main")[1]
            opened = {pk for pk in acting if self.cases[pk].is_open and self.cases[pk].snoozed_until is None}
            found = {uuid.UUID(one) for one in CASES.findall(page)} & {
                pk for pk in self.cases if self.cases[pk].is_open
            }
            assert opened <= found <= acting, f"inbox of {self.by.user.name}: {found}, not {opened}"
        else:
            assert not acting

    def search(self) -> None:
        hidden = {pk for pk, case in self.cases.items() if not reference.is_named(self.by, case)}
        page = self.client.post("/sok/", {"q": "Uppsala"}).content.decode().split("<main")[1]
        self.same("search", {uuid.UUID(found) for found in CASES.findall(page)}, self.seen - hidden)
        for pk, case in self.cases.items():
            answer = self.client.post("/sok/", {"q": case.reference})
            leads = answer.status_code == 302 and "/arenden/" in answer["Location"]
            if case.status != "merged":
                assert leads == (pk in self.seen), f"reference of {self.by.user.name}"

    def feed(self) -> None:
        secret = feeds.make(by=self.by)
        answer = Client().get(f"/kalender/{secret}.ics")
        events = Calendar.from_ical(answer.content).walk("VEVENT")
        steps = Step.objects.filter(case_id__in=self.cases, status__in=LIVE_STEPS, due_at__isnull=False)
        owed = [step for step in steps.select_related("template") if self._owes(step)]
        assert len(events) == len(owed), f"calendar of {self.by.user.name}"

    def _owes(self, step: Step) -> bool:
        if step.paused_at or step.assignee_id not in (None, self.by.user_id):
            return False
        assert step.due_at is not None
        if not timedelta(-14) < step.due_at - clock.now() < timedelta(400):
            return False
        mine = step.agency_id == self.by.agency_id or step.desk_id in reference.desks(self.by)
        if step.template.agency_role == "referrer" and step.assignee_id == self.by.user_id:
            return (
                mine
                and not Recusal.objects.filter(
                    case_id=step.case_id, user_id=self.by.user_id, lifted_at=None
                ).exists()
            )
        return mine and self.wanted[step.case_id][0] >= 3

    def paper(self) -> None:
        for pk, case in self.cases.items():
            answer = self.client.post(f"/arenden/{pk}/papper/", {"reason": "Möte", "identity": "on"})
            level, given = self.wanted[pk]
            may = level == 4 and not case.is_protected and not reference.emergency(self.by, case)
            made = answer.status_code == 302 and "/papper/" in answer["Location"]
            assert made == may, f"paper of {self.by.user.name}: {answer.status_code}, {self.wanted[pk]}"
            if made:
                text = str(PdfJob.objects.get(pk=answer["Location"].split("/")[2]).context)
                assert (TELLING in text) == ("situation" in given) and (WHO in text) == ("identity" in given)
