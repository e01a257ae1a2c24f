"""An active case that was shared with the wrong municipality, and what is asked of it in tests of S16."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import (
    BreachKind,
    Category,
    Threat,
)
from cases.models import Breach, Case, Notice
from cases.services import participation
from cases.services.breaches import exposure, pages, reporting
from core import clock
from core.enums import PdfState
from core.models import PdfJob
from tests.cases.services.conftest import World, sent
from tests.factories import AgencyFactory, member, sign_in

SOCIAL, POLICE = AgencyKind.SOCIAL_SERVICES_ADULT, AgencyKind.POLICE
GIVEN: Final = [Category.IDENTITY, Category.SITUATION, Category.DOCUMENTS]
WHAT: Final = "QZFEL Inbjudan gick till fel kommun."
PEOPLE: Final = [
    ("Elena Aspqvist", "0380", "Socialtjänsten Knivsta"),
    ("Omar Rönnlund", "2180", "Soc Gävle"),
]


class Wrong:
    """An active case that was shared with the wrong municipality, and rightly with the police."""

    def __init__(
        self, world: World, name: str = "Elena Aspqvist", place: str = "0380", house: str = "Fel"
    ) -> None:
        self.dora = member(Role.DATA_PROTECTION_OFFICER)
        self.world = world.about(
            sent(world.referrer, name=name, alias_used="Lena", municipality_of_presence=place)
        )
        self.world.accept()
        self.agency = AgencyFactory.create(kind=SOCIAL, name=house)
        self.wrong, self.other = (member(Role.CASEWORKER, agency=self.agency) for _ in range(2))
        row = self.world.invite(self.agency, "consent", GIVEN)
        participation.answer(participation_id=row.pk, accepts=True, by=self.wrong)
        self.police = self.world.join(POLICE, "consent", [Category.SITUATION])
        self.karin, self.case_id = self.world.karin, self.world.case_id

    @property
    def case(self) -> Case:
        return self.world.case

    def url(self, rest: str = "") -> str:
        return f"/arenden/{self.case_id}/{rest}"

    def take_out(self, by: Assignment, *, identity: bool = True) -> tuple[Client, uuid.UUID]:
        """The case as PDF, ordered, made and downloaded."""
        browser = sign_in(Client(), by)
        told = {"reason": "Till akten"} | ({"identity": "on"} if identity else {})
        answer = browser.post(self.url("papper/"), told)
        job = PdfJob.objects.select_related("data_key").get(pk=answer["Location"].strip("/").split("/")[-1])
        job.state, job.result = PdfState.READY, b"%PDF-1.7"
        job.save(update_fields=["state", "result"])
        assert browser.get(f"/papper/{job.pk}/hamta/").status_code == 200
        return browser, job.pk

    def report(self, *to: str, by: Assignment | None = None, **more: Any) -> Breach:
        told: dict[str, Any] = {
            "kind": BreachKind.SHARED, "threat": Threat.UNKNOWN, "what": WHAT, "noticed_at": clock.now(),
        }  # fmt: skip
        to = to or (f"agency:{self.agency.pk}",)
        return reporting.report(
            case_id=self.case_id, told=reporting.Told(**(told | {"to": to} | more)), by=by or self.karin
        )


def seen(breach: Breach, **more: Any) -> exposure.Exposure:
    row = Breach.objects.select_related("case__person", "data_key").get(pk=breach.pk)
    return exposure.exposure(row, **({"names_documents": True} | more))


def words(verb: str) -> str:
    return str(pages.PAGES[verb].words)


def look(found: exposure.Exposure, who: Assignment, verb: str) -> exposure.Look:
    """The one line about this act of this person."""
    hits = [one for one in found.looks if one.user == who.user.name and one.words == words(verb)]
    assert len(hits) == 1, (verb, [one.words for one in found.looks])
    return hits[0]


def names_of(who: Assignment) -> set[str]:
    rows = Notice.objects.filter(user_id=who.user_id).values_list("kind", flat=True)
    return set(rows)
