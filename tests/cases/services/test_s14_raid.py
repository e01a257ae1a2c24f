"""S14: fourteen berry pickers at one camp, each her own referral, each to her own desk, one notice each desk.

And other numbers, other places; a crash in the middle; two presses at once; what is kept of whom.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import AgencyKind, Role
from cases.access import sight_of
from cases.enums import IncidentStatus, NoticeKind
from cases.models import Case, Draft, Incident, Notice, Participation, Referral
from cases.sections import incident as pages
from cases.services import incident_sending, incidents, referrals
from cases.services.grants import is_true
from core import context
from core.models import DataKey, OutboundEmail
from tests.cases.services.conftest import World, duty
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

EVENT: dict[str, Any] = {
    "immediate_danger": "no",
    "place_found": "municipality",
    "municipality_found": "Åsele",
    "places": ["sweden"],
    "places_municipalities": ["Åsele"],
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Fjorton bärplockare bor i ett läger utan rinnande vatten och har inte fått lön.",
    "narrative_general": "Personer plockar bär under svåra villkor och har inte fått lön.",
}
NEEDS: dict[str, Any] = {
    "needs": ["safe_housing", "food_money"],
    "responsible": "same",
    "police_report": "yes",
    "police_report_date": "2026-11-22",
    "already_done": ["nothing"],
    "report_made": "done",
    "report_municipality": "Åsele",
    "report_date": "2026-11-22",
    "report_contact": "Socialtjänsten i Åsele",
}
FOURTEEN = """\
Förnamn\tEfternamn\tFödd\tKön\tMedborgarskap\tSpråk\tKommun\tSamtycke\tHur\tDatum
Anong\tSrisai\t1990\tkvinna\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Boon\tChaiya\t1985-03-04\tman\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Chai\t\t34\tman\tThailand\tthailändska\tLycksele\tja\tskriftligt\t2026-11-22
Dao\t\t28\tkvinna\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Ekachai\tPrasert\t41\tman\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Fon\tRattana\t1979\tkvinna\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Gamon\tSukjai\t52\tman\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Hathai\tWongsa\t25\tkvinna\tThailand\tthailändska\tLycksele\tja\tmuntligt\t2026-11-22
Itthi\tKaew\t30\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22
Jai\tMeesuk\t33\tkvinna\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22
Kanda\tNoi\t44\tkvinna\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22
Lek\tPhan\t38\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22
Mali\tThong\t16\tkvinna\tThailand\tthailändska\tStockholm\t\t\t
Niran\tYai\t47\tman\tThailand\tthailändska\tStockholm\tja\tmuntligt\t2026-11-22
"""


class Raid:
    """An officer with an event written down, and everybody on duty where its persons are."""

    def __init__(self, text: str = FOURTEEN, **event: Any) -> None:
        self.officer = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
        self.nord = [duty("nord", "Inga Kero"), duty("nord", "Nils Nord")]
        self.adults, self.children = duty("stockholm-adults"), duty("stockholm-children")
        self.incident_id = incidents.start(by=self.officer).pk
        self.save(event)
        if text:
            self.paste(text)

    @property
    def row(self) -> Incident:
        return incidents.own_incident(self.incident_id, self.officer)

    def save(self, changes: dict[str, Any]) -> None:
        for page, answers in ((pages.HAPPENED, EVENT), (pages.DONE, NEEDS)):
            raw = {key: changes.get(key, value) for key, value in answers.items()}
            raw |= {key: value for key, value in changes.items() if key in page.by_key}
            incidents.save_event(row=self.row, section=page, raw=raw, version=99, by=self.officer)

    def paste(self, text: str, *, explained: bool = True) -> int:
        return incidents.paste(row=self.row, text=text, explained=explained, by=self.officer)

    def send(self) -> int:
        return incident_sending.send(row=self.row, by=self.officer)

    def checked(self) -> list[incidents.Checked]:
        return incidents.checked(self.row)

    def wrong(self) -> dict[int, set[str]]:
        return {one.person["n"]: set(one.wrong) for one in self.checked() if not one.is_ready}

    def cases(self) -> list[Case]:
        found = Case.objects.filter(incident_id=self.incident_id).select_related("desk", "person")
        return list(found.order_by("received_at", "reference"))


@pytest.fixture
def raid(world: World) -> Raid:
    return Raid()


def expire_drafts() -> None:
    incident_sending.warn_expiring()
    incident_sending.delete_expired()


def desks(raid: Raid) -> Counter[str]:
    return Counter(case.desk.key for case in raid.cases())


# --- as written ---------------------------------------------------------------------------------------------


def test_fourteen_referrals_share_one_event(world: World, raid: Raid) -> None:
    assert raid.wrong() == {}
    assert raid.send() == 14
    assert desks(raid) == {"nord": 8, "mitt": 4, "stockholm-adults": 1, "stockholm-children": 1}
    assert raid.row.total == 14
    assert raid.row.status == IncidentStatus.SENT
    sent = Referral.objects.filter(case__incident_id=raid.incident_id)
    assert len({row.reference for row in sent}) == 14
    assert {row.referrer_id for row in sent} == {raid.officer.user_id}
    assert all(is_true(case) for case in raid.cases())
    assert not Draft.objects.filter(owner=raid.officer.user).exists()
    child = next(case for case in raid.cases() if case.age_band == "child")
    assert child.desk.key == "stockholm-children"
    assert not child.consents.exists()
    assert child.milestones.filter(kind="child_report_received").exists(), "the report told once is hers too"


def test_each_has_her_own_answers_and_consent(raid: Raid) -> None:
    raid.send()
    names = {row.answers["name"]: row for row in Referral.objects.filter(case__incident_id=raid.incident_id)}
    assert {"Chai", "Dao", "Anong Srisai"} < set(names), "two have no surname"
    chai, dao = names["Chai"], names["Dao"]
    assert chai.case.consents.get().form == "written"
    assert dao.case.consents.get().form == "oral"
    assert chai.answers["narrative"] == EVENT["narrative"]
    assert chai.answers["municipality_found"] == "2463"
    assert chai.answers["other_victims"] == "yes"
    assert chai.case.consents.get().scope == ["coordinator"], "nobody else until somebody has chosen it"
    assert chai.case.person_id != dao.case.person_id


def test_one_notice_each_and_children_at_once(world: World, raid: Raid) -> None:
    raid.send()
    told = Notice.objects.filter(kind=NoticeKind.INCIDENT)
    counts = Counter(told.values_list("user_id", flat=True))
    everybody = [world.karin, world.per, *raid.nord, raid.adults, raid.children]
    assert counts == {who.user_id: 1 for who in everybody}
    assert not Notice.objects.filter(
        kind=NoticeKind.NEW_REFERRAL, case__incident_id=raid.incident_id
    ).exists()
    assert told.get(user_id=raid.children.user_id).direct
    assert OutboundEmail.objects.filter(user_id=raid.children.user_id).count() == 1
    assert not OutboundEmail.objects.filter(user_id=raid.nord[0].user_id).exists(), "waits for the digest"


def test_danger_is_mailed_once_to_each(world: World) -> None:
    raid = Raid(immediate_danger="yes", emergency_contacted=["police"])
    raid.send()
    for who in (world.karin, *raid.nord, raid.adults):
        assert OutboundEmail.objects.filter(user_id=who.user_id, dedupe_key__contains="incident").count() == 1


def test_coordinators_see_only_their_own(world: World, raid: Raid) -> None:
    raid.send()
    seen = {
        who.user_id: sum(sight_of(who, case) is not None for case in raid.cases())
        for who in (raid.nord[0], world.karin, raid.adults, raid.children, world.syd)
    }
    assert list(seen.values()) == [8, 4, 1, 1, 0]
    assert Participation.objects.filter(case__incident_id=raid.incident_id, is_referrer=False).count() == 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Ana;;22;k;Rumänien;rumänska;Malmö;ja;muntligt;2026-11-20\nIon;;19;m;RO;ro;Lund;ja;muntligt;2026-11-20",
         {"syd": 2}),
        ("Ana,P,15,k,Rumänien,rumänska,Göteborg,,,\nIon,P,40,m,Rumänien,rumänska,Kiruna,ja,muntligt,2026-11-20\n"
         "Eva,P,17,k,Rumänien,rumänska,Solna,,,", {"vast": 1, "nord": 1, "stockholm-children": 1}),
    ],
)  # fmt: skip
def test_other_numbers_and_places(world: World, lines: str, expected: dict[str, int]) -> None:
    raid = Raid(lines, municipality_found="Malmö", report_municipality="Malmö")
    assert raid.wrong() == {}
    raid.send()
    assert desks(raid) == expected
    assert raid.row.total == sum(expected.values())


# --- lines that cannot be read ------------------------------------------------------------------------------


def test_a_bad_line_does_not_stop_the_others(raid: Raid) -> None:
    raid.paste("Otto\tBad\t27\tman\tThailand\tthailändska\tLyxele\tja\tmuntligt\t2026-11-22\n"
               "Per\tBad\tgammal\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22\n"
               "Rut\tBad\t30\tkvinna\tThailand\tthailändska\tGävle\tja\t\t")  # fmt: skip
    assert raid.wrong().keys() == {15, 16, 17}
    assert raid.wrong()[15] == {"municipality_of_presence"}
    assert raid.wrong()[17] == {"consent_form", "consent_date"}
    wrong = raid.checked()[14].wrong["municipality_of_presence"]
    assert "Lycksele" in str(wrong), "the name that comes near is offered"
    assert raid.send() == 14
    left = incidents.unsent(raid.row)
    assert [person["n"] for person in left] == [15, 16, 17]
    assert raid.row.total == 14
    fixed = left[0]["answers"] | {"municipality_of_presence": "Lycksele"}
    incidents.save_person(
        row=raid.row,
        person_id=uuid.UUID(left[0]["id"]),
        raw=fixed,
        version=left[0]["version"],
        by=raid.officer,
    )
    assert raid.send() == 1
    assert raid.row.total == 15
    assert desks(raid)["nord"] == 9


def test_a_second_sending_is_a_second_notice(world: World, raid: Raid) -> None:
    raid.send()
    raid.paste("Sen\tPerson\t30\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22")
    raid.send()
    mine = Notice.objects.filter(kind=NoticeKind.INCIDENT, user_id=world.karin.user_id)
    assert mine.count() == 2


def test_what_is_kept_while_the_age_cannot_be_read(raid: Raid) -> None:
    """With consent the name waits for the age; without it the name is gone at once."""
    raid.paste("Otto\tVilja\tgammal\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22\n"
               "Per\tNeka\tgammal\tman\tThailand\tthailändska\tGävle\tnej\t\t")  # fmt: skip
    first, second = incidents.unsent(raid.row)[-2:]
    assert first["held"]["name"] == "Otto Vilja"
    assert "Neka" not in json.dumps(second)
    incidents.save_person(row=raid.row, person_id=uuid.UUID(first["id"]), version=9, by=raid.officer,
                          raw={"age_group": "adult"})  # fmt: skip
    settled = incidents.unsent(raid.row)[-2]
    assert settled["answers"]["name"] == "Otto Vilja"
    assert "held" not in settled
    assert raid.wrong()[15] == {"birth"}
    raw = settled["answers"] | {"birth": "45"}
    incidents.save_person(row=raid.row, person_id=uuid.UUID(first["id"]), raw=raw, version=9, by=raid.officer)
    assert raid.checked()[-2].is_ready


REFUSED = "Hemlig\tNamnlös\t35\tkvinna\tThailand\tthailändska\tGävle\tnej\t\t"


def test_an_adult_who_refused_becomes_a_consultation_and_is_stored_nowhere(raid: Raid) -> None:
    raid.paste(REFUSED)
    stored = json.dumps(raid.row.persons, ensure_ascii=False)
    assert "Hemlig" not in stored
    assert "Namnlös" not in stored
    assert raid.wrong() == {}
    raid.send()
    found = next(case for case in raid.cases() if case.is_consultation)
    assert found.person is None
    assert found.citizenship == "other"
    assert found.county_id == "21"
    referral = found.opening_referral()
    assert referral.answers["narrative_general"] == EVENT["narrative_general"]
    assert "narrative" not in referral.answers
    assert "Hemlig" not in json.dumps([referral.answers, referral.document], ensure_ascii=False)


def test_a_refusal_by_a_swede_and_at_a_place_that_cannot_be_read(raid: Raid) -> None:
    raid.paste(
        "A\tB\t35\tkvinna\tSverige\tsvenska\tNorrbottens län\tnej\n"
        "C\tD\t35\tman\tSverje\tsvenska\tLyxele\tnej"
    )
    swede, other = raid.checked()[-2:]
    assert swede.answers["citizenship_group"] == "sweden"
    assert swede.answers["county_general"] == "25"
    assert swede.is_ready
    assert set(other.wrong) == {"citizenship_group", "county_general"}


def test_a_refusal_needs_the_text_in_general_terms(world: World) -> None:
    raid = Raid("", narrative_general="")
    raid.paste(REFUSED)
    assert raid.wrong() == {1: {"narrative_general"}}
    with pytest.raises(ValidationError):
        raid.send()


def test_somebody_who_changes_her_mind_leaves_no_name(raid: Raid) -> None:
    first = incidents.unsent(raid.row)[0]
    raw = first["answers"] | {"consent_status": "refused"}
    incidents.save_person(row=raid.row, person_id=uuid.UUID(first["id"]), raw=raw, version=9, by=raid.officer)
    assert "Srisai" not in json.dumps(raid.row.persons)


def test_consent_is_not_taken_for_granted(raid: Raid) -> None:
    """Nobody has said that it was explained: each of them is to be asked for."""
    raid.paste(
        "Sen\tPerson\t30\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22", explained=False
    )
    assert raid.wrong() == {15: {"consent_withdrawable_explained"}}


# --- once, and nobody lost ----------------------------------------------------------------------------------


def test_a_second_press_sends_nobody(raid: Raid) -> None:
    row = raid.row
    raid.send()
    with pytest.raises(ValidationError):
        incident_sending.send(row=row, by=raid.officer)
    assert len(raid.cases()) == 14


def test_a_crash_between_two_persons(raid: Raid, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after five: five are sent, nine wait; the next press sends those, under the same notice."""
    real, count = referrals.send, Counter[str]()

    def dying(*args: Any) -> Referral:
        count["n"] += 1
        if count["n"] == 6:
            real(*args)
            raise SystemExit("killed")
        return real(*args)

    monkeypatch.setattr(referrals, "send", dying)
    with pytest.raises(SystemExit):
        raid.send()
    monkeypatch.setattr(referrals, "send", real)
    assert len(raid.cases()) == raid.row.total == 5
    assert incidents.is_interrupted(raid.row)
    assert len(incidents.unsent(raid.row)) == 9
    assert raid.send() == 9
    assert len(raid.cases()) == raid.row.total == 14
    names = [row.answers["name"] for row in Referral.objects.filter(case__incident_id=raid.incident_id)]
    assert len(set(names)) == 14
    counts = Notice.objects.filter(kind=NoticeKind.INCIDENT).values_list("user_id", flat=True)
    assert max(Counter(counts).values()) == 1
    assert not DataKey.objects.filter(subject_kind="draft", destroyed_at=None).exists()


def test_fifty_persons_in_bounded_queries(world: World) -> None:
    """The cost of a person does not grow with the number of persons."""
    line = "Person\tNr{n}\t30\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22"
    costs = {}
    for number in (5, 55):
        raid = Raid("\n".join(line.format(n=n) for n in range(number)))
        raid.checked()  # the first fills what processes keep
        with context.scope(), CaptureQueriesContext(connection) as looking:  # as in one request
            assert all(one.is_ready for one in raid.checked())
        kept = ("mapversion", "manual_edition")  # read once in it
        asked = [one for one in looking.captured_queries if not any(word in one["sql"] for word in kept)]
        assert len(asked) == 1
        with context.scope(), CaptureQueriesContext(connection) as found:
            assert raid.send() == number
        costs[number] = len(found) / number
    assert costs[55] <= costs[5], "queries for each person"
    assert costs[55] < 50


def test_an_event_holds_so_many_and_no_more(raid: Raid) -> None:
    line = "P\t{n}\t30\tman\tThailand\tthailändska\tGävle\tja\tmuntligt\t2026-11-22"
    with pytest.raises(ValidationError) as refusal:
        raid.paste("\n".join(line.format(n=n) for n in range(incidents.MOST_PERSONS - 13)))
    assert "136" in str(refusal.value)
    assert len(raid.checked()) == 14
