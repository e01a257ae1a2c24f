"""One person at one draft, for the tests of the wizard."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases import sections
from cases.models import Draft, Referral
from tests.factories import AgencyFactory, sign_in

START = "/hanvisning/ny/"
CORE = ("consent", "person", "place", "event", "needs")
PAGES: dict[str, dict[str, Any]] = {
    "consent": {
        "age_group": "adult",
        "consent_status": "given",
        "consent_scope": ["social_services_adult", "police"],
        "consent_form": "oral",
        "consent_date": "2026-11-20",
        "consent_withdrawable_explained": "yes",
    },
    "person": {
        "name": "Nguyễn Văn An",
        "sex": "man",
        "citizenship": ["Vietnam"],
        "languages": ["vietnamesiska"],
        "protected_identity": "none",
    },
    "place": {
        "place_now": "municipality",
        "municipality_of_presence": "Uppsala",
        "place_found": "same",
        "responsible": "same",
    },
    "event": {
        "forms": ["labour"],
        "indicators": ["docs_debt.docs_held"],
        "narrative": "Arbetar sju dagar i veckan utan lön.",
        "suspicion_noted": "2026-11-20",
    },
    "needs": {"needs": ["safe_housing"]},
}
CONSULTATION: dict[str, dict[str, Any]] = {
    "consent": {"age_group": "adult", "consent_status": "refused"},
    "person": {"sex": "woman", "citizenship_group": "eu"},
    "event": {
        "county_general": "08",
        "forms": ["sexual"],
        "indicators": ["none"],
        "narrative_general": "Säljs av en annan person.",
    },
    "needs": {"needs": ["unknown"]},
}


class Wizard:
    """One person at one draft."""

    def __init__(self, client: Client, by: Assignment) -> None:
        self.client, self.by = sign_in(client, by), by
        self.draft_id = uuid.UUID(int=0)

    def begin(self, **danger: Any) -> Wizard:
        answer = self.client.post(START, {"immediate_danger": "no"} | danger)
        assert answer.status_code == 302, answer.content.decode()
        self.draft_id = uuid.UUID(answer["Location"].split("/")[2])
        return self

    @property
    def draft(self) -> Draft:
        return Draft.objects.select_related("data_key").get(pk=self.draft_id)

    def url(self, key: str) -> str:
        return reverse("cases:draft-section", args=[self.draft_id, sections.BY_KEY[key].slug])

    def get(self, key: str, **more: Any) -> str:
        answer = self.client.get(self.url(key), **more)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def post(self, key: str, data: dict[str, Any], **headers: Any) -> Any:
        return self.client.post(self.url(key), {"version": self.draft.version} | data, **headers)

    def fill(self, pages: dict[str, dict[str, Any]], **changes: dict[str, Any]) -> Wizard:
        for key in pages:
            answer = self.post(key, pages[key] | changes.get(key, {}))
            assert answer.status_code == 302, errors(answer)
        return self

    def send(self) -> Any:
        url = reverse("cases:draft-send", args=[self.draft_id])
        return self.client.post(url, {"confirm_necessary": "yes"})

    def sent(self) -> Referral:
        answer = self.send()
        assert answer.status_code == 302, errors(answer)
        return Referral.objects.select_related("case__desk", "case__person").get(draft_id=self.draft_id)


def agency(kind: AgencyKind) -> Agency:
    made: Agency = AgencyFactory.create(kind=kind)
    return made


def errors(answer: Any) -> list[str]:
    return re.findall(r'<li><a href="#[^"]*">([^<]*)</a></li>', answer.content.decode())


def at_work(client: Client, on_duty: Callable[..., Assignment], referrer: Assignment, freeze: Any) -> Wizard:
    """The referrer on a Monday morning, with people on duty at five desks."""
    freeze("2026-11-23 09:00")
    for desk in ("mitt", "stockholm-children", "syd", "bergslagen", "national"):
        on_duty(desk)
    return Wizard(client, referrer)
