"""What somebody without the right could learn or do at the doors of a case."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.access import assignment_for
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from accounts.services import memberships
from cases.access import sync_grants
from cases.models import Draft, LegalGround, Participation, Referral, Step
from cases.services import participation, references
from coordinators.models import Desk, Duty
from coordinators.services import change_duty, put_on_duty, register_absence
from core import clock
from core.enums import PdfState
from core.models import AuditEvent, PdfJob
from manual.enums import Condition, Milestone
from tests.factories import AgencyFactory, MembershipFactory, sign_in
from tests.manual.following import stands_on
from tests.security.world import SHELTER, World, word

pytestmark = pytest.mark.xdist_group("canaries")


# --- existence ------------------------------------------------------------------------------------


def _statements(ask: Callable[..., Any], *given: Any) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        ask(*given)
    return [query["sql"].split(" WHERE ")[0].split(" VALUES ")[0] for query in found]


@pytest.mark.parametrize(
    "name", ["case", "steps", "persons", "messages", "dates", "history", "log", "case-pdf"]
)
@pytest.mark.security("S03", "the statements asked for a case of others and for none")
def test_a_case_of_others_costs_what_no_case_costs(name: str, world: World) -> None:
    """The same statements, so the time tells nothing."""
    client = world.browser("Ro")
    there, nowhere = (
        _statements(client.get, reverse(f"cases:{name}", args=[pk])) for pk in (world.case.pk, uuid.uuid4())
    )
    assert there == nowhere


@pytest.mark.security("S03", "the statements asked for a number of others and for none")
def test_a_reference_of_others_costs_what_no_reference_costs(world: World) -> None:
    client = world.browser("Ro")
    there = _statements(client.post, "/sok/", {"q": world.case.reference})
    assert there == _statements(client.post, "/sok/", {"q": references.new_reference()})


def test_times_can_be_looked_at(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`bin/manage timing E-MAIL` compares; whether they differ is for whoever reads it."""
    call_command("timing", world.people["Ro"].user.email, times=2)
    said = capsys.readouterr().out
    assert said.count("of others") == 5 and "by chance" in said
    with pytest.raises(CommandError):
        call_command("timing", "nobody@myndighet.example")


@pytest.mark.security("S06", "a search that guesses at what a heading hides")
def test_a_heading_cannot_be_guessed_into_telling_the_municipality(world: World) -> None:
    type(world.case).objects.filter(pk=world.case.pk).update(municipality="0382")  # Östhammar
    for who, found in {"In": False, "St": False, "Id": False, "Po": True, "Rc": True}.items():
        page = world.browser(who).post("/sok/", {"q": "hammar"}).content.decode()
        assert (str(world.case.pk) in page) == found, who


# --- who was here, and is not any more ------------------------------------------------------------


def _moved(world: World) -> Any:
    """The referrer now works somewhere else."""
    user = world.people["Rf"].user
    Membership.objects.filter(user=user).update(valid_until=date(2026, 1, 1))
    elsewhere = MembershipFactory.create(user=user, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    return sign_in(Client(), assignment_for(elsewhere))


@pytest.mark.security("S13", "the referrer works elsewhere now: pages, papers, forms, search")
def test_who_has_left_the_agency_follows_no_referral(world: World) -> None:
    referral = Referral.objects.get(case=world.case)
    world.browser("Rf").post(reverse("cases:receipt-pdf", args=[referral.pk]))
    job = PdfJob.objects.get()
    job.state, job.result = PdfState.READY, b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    assert world.browser("Rf").get(reverse("cases:pdf-download", args=[job.pk])).status_code == 200
    client = _moved(world)
    for name in ("referral", "referral-receipt"):
        assert client.get(reverse(f"cases:{name}", args=[referral.pk])).status_code == 404
    for name in ("receipt-pdf", "referral-supplement", "referral-reply"):
        url = reverse(f"cases:{name}", args=[referral.pk])
        assert client.post(url, {"text": "x", "reply-text": "x"}).status_code == 404
    assert client.get(reverse("cases:pdf-download", args=[job.pk])).status_code == 404
    for page in ("/hanvisningar/", "/arbete/"):
        assert (
            referral.reference
            not in client.get(page).content.decode().split("<main")[1].split("avisering")[0]
        )
    assert world.case.reference not in client.post("/sok/", {"q": referral.reference}).get("Location", "")


@pytest.mark.security("S13", "her drafts, from her new agency")
def test_who_has_left_the_agency_has_no_drafts(world: World) -> None:
    client = world.browser("Rf")
    client.post("/hanvisning/ny/", {"immediate_danger": "no"})
    draft = Draft.objects.get()
    assert client.get(reverse("cases:draft", args=[draft.pk])).status_code == 200
    moved = _moved(world)
    for name in ("draft", "draft-check", "draft-so-far"):
        assert moved.get(reverse(f"cases:{name}", args=[draft.pk])).status_code in (404, 410)
    assert moved.post(reverse("cases:draft-send", args=[draft.pk]), {}).status_code in (404, 410)


# --- paper ----------------------------------------------------------------------------------------


def _ordered(world: World, who: str, identity: bool = False) -> str:
    data = {"reason": "Möte"} | ({"identity": "on"} if identity else {})
    world.browser(who).post(reverse("cases:case-pdf", args=[world.case.pk]), data)
    job = PdfJob.objects.get()
    job.state, job.result = PdfState.READY, b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    return reverse("cases:pdf-download", args=[job.pk])


def test_paper_is_fetched_only_while_all_of_it_may_be_seen(world: World) -> None:
    url = _ordered(world, "Po")
    assert world.browser("Po").get(url).status_code == 200
    assert world.browser("Rc").get(url).status_code == 404
    row = Participation.objects.get(case=world.case, agency=world.people["Po"].agency)
    LegalGround.objects.filter(pk=row.ground_id).update(categories=["situation"])
    sync_grants(type(world.case).objects.get(pk=world.case.pk))
    assert world.browser("Po").get(url).status_code == 404


def test_paper_with_identity_dies_when_she_becomes_protected(world: World) -> None:
    url = _ordered(world, "Rc", identity=True)
    assert world.browser("Rc").get(url).status_code == 200
    type(world.case).objects.filter(pk=world.case.pk).update(is_protected=True)
    assert world.browser("Rc").get(url).status_code == 404


@pytest.mark.security("S12", "a document fetched after the part in the case ended")
def test_paper_dies_with_the_part(world: World) -> None:
    url = _ordered(world, "Po")
    row = Participation.objects.get(case=world.case, agency=world.people["Po"].agency)
    participation.end(participation_id=row.pk, by=world.people["Rc"])
    assert world.browser("Po").get(url).status_code == 404


# --- letting oneself in ---------------------------------------------------------------------------


def test_nobody_gives_herself_an_assignment(world: World) -> None:
    by = world.people["Ad"]
    police = world.people["Po"].agency
    dates: dict[str, Any] = {"valid_from": clock.today(), "valid_until": None}
    with pytest.raises(ValidationError):
        memberships.add_membership(
            by.user, agency=police, role=Role.CASEWORKER, is_manager=False, by=by, **dates
        )
    own = Membership.objects.get(pk=by.membership_id)
    with pytest.raises(ValidationError):
        memberships.change_membership(
            own.pk, version=own.version, role=Role.NATIONAL_COORDINATOR, is_manager=False, by=by, **dates
        )
    assert AuditEvent.objects.using("audit").filter(verb="membership.add", outcome="refused").exists()


def test_nobody_gives_herself_a_desk(world: World) -> None:
    by = world.people["Na"]
    own = Membership.objects.select_related("user", "agency").get(pk=by.membership_id)
    desk, today = Desk.objects.get(key="mitt"), clock.today()
    with pytest.raises(ValidationError):
        put_on_duty(desk=desk, membership=own, first=today, by=by)
    hers = Membership.objects.get(pk=world.people["Rc"].membership_id)
    with pytest.raises(ValidationError):
        register_absence(membership=hers, first=today, last=today, deputy=own, by=by)
    duty = Duty.objects.get(membership=own)
    Duty.objects.filter(pk=duty.pk).update(valid_until=today)
    with pytest.raises(ValidationError):
        change_duty(duty_id=duty.pk, version=duty.version, last=None, is_primary=True, by=by)
    assert world.browser("Na").get(reverse("cases:case", args=[world.case.pk])).status_code == 404


# --- what categories tell -------------------------------------------------------------------------


def test_dates_of_proceedings_are_for_those_who_were_given_them(world: World) -> None:
    with override("sv"):
        words = str(Milestone.VICTIM_IS_SUSPECT.label)
    for who, found in {"Id": False, "Po": True, "Rc": True}.items():
        for name in ("dates", "history", "case"):
            page = world.browser(who).get(reverse(f"cases:{name}", args=[world.case.pk])).content.decode()
            if name != "case" or not found:
                assert (words in page) == found, (who, name)


def test_a_step_that_tells_is_hidden_from_other_houses(world: World) -> None:
    step = world.case.steps.filter(agency=world.people["Po"].agency).order_by("key").first()
    assert step is not None
    stands_on(step, conditions=[Condition.VICTIM_IS_SUSPECT])
    url = reverse("cases:step", args=[world.case.pk, step.pk])
    for who, status in {"Id": 404, "Po": 200, "Rc": 200, "St": 404}.items():
        assert world.browser(who).get(url).status_code == status, who
    page = world.browser("Id").get(reverse("cases:steps", args=[world.case.pk])).content.decode()
    assert str(step.pk) not in page


def test_the_step_of_a_shelter_does_not_name_it(world: World) -> None:
    other = world.case.steps.filter(agency=world.people["St"].agency).order_by("key").first()
    assert other is not None
    Step.objects.filter(pk=other.pk).update(
        agency=world.people["Sh"].agency, assignee=world.people["Sh"].user, remark=None
    )
    url = reverse("cases:step", args=[world.case.pk, other.pk])
    for address in (url, reverse("cases:steps", args=[world.case.pk])):
        page = world.browser("Po").get(address)
        assert page.status_code == 200 and SHELTER not in page.content.decode()
        assert world.people["Sh"].user.name not in page.content.decode()


def test_declined_invitations_are_the_desks_to_know(world: World) -> None:
    for who, found in {"Po": False, "Rc": True}.items():
        page = world.browser(who).get(reverse("cases:history", args=[world.case.pk])).content.decode()
        assert ("QZAVBOJANDE" in page) == found


def test_the_national_desk_has_the_heading_of_an_unplaced_case_alone(world: World) -> None:
    case = world.cases["unplaced"]
    client = world.browser("Na")
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200
    for name in ("steps", "persons", "messages", "actors", "dates", "history", "log", "case-pdf"):
        assert client.get(reverse(f"cases:{name}", args=[case.pk])).status_code == 404, name
    for name in ("accept", "ask", "not-take", "invite", "close"):
        assert client.post(reverse(f"cases:{name}", args=[case.pk]), {}).status_code == 403, name
    page = client.get(reverse("cases:preview", args=[case.pk])).content.decode()
    assert word("u", "narrative") not in page


def test_a_look_without_right_is_recorded(world: World) -> None:
    world.browser("Ro").get(reverse("cases:case", args=[world.case.pk]))
    found = AuditEvent.objects.using("audit").filter(target_id=world.case.pk, outcome="refused")
    assert found.filter(user_id=world.people["Ro"].user_id).exists()
