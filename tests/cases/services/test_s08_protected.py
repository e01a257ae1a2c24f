"""S08: protected identity in three tiers, named people, and the contact route."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import Category, NoticeKind, Protection, Relation
from cases.enums.guard import tier
from cases.models import Case, Dependant, NamedPerson, Notice
from cases.services import (
    casework,
    contact,
    dependants,
    grants,
    participation,
    protection,
    triage,
)
from cases.views import pdf, worklist
from coordinators.services import register_absence
from core import pdf as pdf_job
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import World, duty, membership_of, refusals, sent
from tests.factories import sign_in

pytestmark = pytest.mark.django_db
TIERS = (Protection.SECRECY_MARKING, Protection.PROTECTED_REGISTRATION, Protection.FICTITIOUS)


def opens(by: Assignment, case: Case) -> bool:
    try:
        casework.open_identity(case=case, reason="Kontakt inför möte", by=by)
    except PermissionDenied:
        return False
    return True


@pytest.fixture
def taken(world: World) -> World:
    """Accepted by Karin; the police were given who she is."""
    world.accept()
    return world


def protect(world: World, to: Protection = Protection.PROTECTED_REGISTRATION) -> Case:
    protection.make_stricter(case_id=world.case_id, to=to, by=world.karin)
    return world.case


def name(
    world: World, who: Assignment, by: Assignment | None = None, until: date | None = None
) -> NamedPerson:
    return protection.name(
        case_id=world.case_id, user_id=who.user_id, until=until or date(2027, 1, 31),
        reason="Placerar henne.", by=by or world.karin,
    )  # fmt: skip


# --- named people --------------------------------------------------------------------------------


@pytest.mark.parametrize("to", TIERS)
@pytest.mark.security("S09", "opening a protected identity without being named")
def test_only_named_people_open_the_identity(taken: World, to: Protection, freeze: Any, tried: Any) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.IDENTITY, Category.CONTACT])
    colleague = duty("mitt", "Pia Lund")
    assert all(opens(by, taken.case) for by in (taken.karin, taken.per, police))
    case = protect(taken, to)
    shut = (taken.per, police, colleague, taken.syd, taken.national, taken.referrer)
    assert opens(taken.karin, case) and not any(opens(by, case) for by in shut)
    row = name(taken, police)
    assert opens(police, taken.case) and not opens(taken.per, taken.case)
    assert Notice.objects.filter(user=police.user_id, kind=NoticeKind.NAMED).count() == 1
    freeze("2027-01-31 23:59")
    assert opens(police, taken.case), "until the end of the day"
    freeze("2027-02-01 00:00")
    assert not opens(police, taken.case)
    freeze("2026-11-24 09:00")
    protection.unname(case_id=case.pk, named_id=row.pk, by=taken.per)
    protection.unname(case_id=case.pk, named_id=row.pk, by=taken.per)
    assert not opens(police, taken.case)
    row.refresh_from_db()
    assert row.ended_by_id == taken.per.user_id and row.reason == "Placerar henne."
    assert [e.verb for e in AuditEvent.objects.filter(verb__startswith="protection.").order_by("pk")] == [
        "protection.raise", "protection.name", "protection.unname",
    ]  # fmt: skip
    tried(len(shut) + 3)


def test_nobody_names_herself_or_without_being_named(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.IDENTITY])
    blind = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.SITUATION])
    with pytest.raises(TransitionNotAllowed):
        name(taken, police)  # nothing is protected yet
    protect(taken)
    for by in (taken.per, taken.syd, police, taken.national):
        with pytest.raises(PermissionDenied):
            name(taken, police, by=by)
    for who in (taken.karin, blind, taken.syd, taken.referrer):
        with pytest.raises(ValidationError) as error:
            name(taken, who)
        assert "user" in error.value.message_dict
    for until in (date(2026, 11, 22), date(2027, 11, 24)):
        with pytest.raises(ValidationError):
            name(taken, police, until=until)
    name(taken, police)
    with pytest.raises(ValidationError):
        name(taken, police)
    assert NamedPerson.objects.count() == 1 and refusals("protection.name", taken.per) == 1


def test_what_is_given_is_still_the_limit(taken: World) -> None:
    """Naming opens no category an agency was not given, and ends with its part in the case."""
    police = taken.join(AgencyKind.POLICE, categories=[Category.IDENTITY])
    protect(taken)
    name(taken, police)
    sight = sight_of(police, taken.case)
    assert sight is not None and sight.may_open_identity and not contact.may_see(sight)
    part = taken.case.participations.get(agency=police.agency, is_referrer=False)
    participation.end(participation_id=part.pk, by=taken.karin)
    assert not opens(police, taken.case)


def test_nobody_lets_herself_in_by_taking_the_case(taken: World, freeze: Any) -> None:
    case = protect(taken)
    with pytest.raises(ValidationError) as error:
        triage.assign(case_id=case.pk, assignee_id=taken.per.user_id, by=taken.per)
    assert "assignee" in error.value.message_dict and not opens(taken.per, taken.case)
    colleague = duty("mitt", "Pia Lund")
    triage.assign(case_id=case.pk, assignee_id=taken.per.user_id, by=colleague)
    assert opens(taken.per, taken.case) and not opens(taken.karin, taken.case)
    register_absence(membership=membership_of(taken.per), first=date(2026, 11, 24), last=date(2026, 11, 30),
                     deputy=None, by=None)  # fmt: skip
    freeze("2026-11-25 09:00")
    triage.assign(case_id=case.pk, assignee_id=taken.karin.user_id, by=taken.karin)
    assert opens(taken.karin, taken.case), "the handler is away and somebody must"


# --- what the tier forbids -----------------------------------------------------------------------


@pytest.mark.parametrize("to", TIERS)
def test_what_may_not_be_stored_goes_at_once(world: World, to: Protection) -> None:
    her = world.about(sent(world.referrer, address="Storgatan 1, Uppsala", personal_number="850769-9802"))
    her.accept()
    person = her.case.person
    assert person is not None and person.address
    along = dependants.add(
        case_id=her.case_id, relation=Relation.CHILD, is_child=True,
        told={"name": "Bo", "where": "Hos moster i Gävle"}, by=her.karin,
    )  # fmt: skip
    case = protect(her, to)
    assert case.is_protected and case.person is not None and case.person.protection == to
    kept = tier(to) < 2
    assert bool(case.person.address) == kept
    assert ("where" in Dependant.objects.get(pk=along.pk).who) == kept
    if not kept:
        with pytest.raises(ValidationError):
            dependants.add(case_id=case.pk, relation=Relation.CHILD, is_child=True, told={"where": "Gävle"},
                           by=her.karin)  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            case.person.address = "Gatan 1"
            case.person.save(update_fields=["address"])
    assert case.person.identifiers.exists() == (to != Protection.FICTITIOUS)
    assert grants.is_true(case)


def test_with_a_fictitious_identity_nothing_is_matched(world: World) -> None:
    """Neither when she comes so, nor by a number that is written down later."""
    numbers: dict[str, Any] = {"personal_number": "850769-9802", "contact_phone": "070-174 06 05"}
    told = sent(world.referrer, protected_identity=Protection.FICTITIOUS, **numbers)
    her = world.about(told)
    her.accept()
    assert her.case.person is not None and not her.case.person.identifiers.exists()
    contact.change(case_id=her.case_id, version=0, told={"phone": "070-174 06 06", "ways": ["phone"]},
                   by=her.karin)  # fmt: skip
    assert not her.case.person.identifiers.exists()
    plain = world.about(sent(world.referrer, **numbers))
    assert plain.case.person is not None and plain.case.person.identifiers.exists()


@pytest.mark.security("S09", "titles, lists, search, print and export of a protected case")
def test_place_is_the_region_and_nothing_is_found_or_printed(
    taken: World, client: Client, tried: Any
) -> None:
    before = taken.case.title
    assert "Uppsala" in before
    sign_in(client, taken.per)
    assert str(taken.case_id) in client.post("/sok/", {"q": "Uppsala"}).text
    case = protect(taken)
    assert "Uppsala" not in case.title and case.desk.region is not None
    assert case.desk.region.name in case.title
    number = case.reference.replace("-", "")[1:8]
    pages = {
        "search by place": client.post("/sok/", {"q": "Uppsala"}).text,
        "search by a part of the number": client.post("/sok/", {"q": case.reference[:8]}).text,
        "list by number": client.get(f"/arenden/?q={case.reference[:8]}").text,
        "inbox by county": client.get("/inkorg/?vy=alla&county=03").text,
        "inbox by number": client.get(f"/inkorg/?vy=alla&q={case.reference[:8]}").text,
        "inbox by sender": client.get(f"/inkorg/?vy=alla&agency={taken.referrer.agency.name[:6]}").text,
    }
    for what, text in pages.items():
        assert str(case.pk) not in text, what
    for url in (f"/arenden/{case.pk}/", f"/arenden/{case.pk}/personen/", "/inkorg/?vy=alla", "/arenden/"):
        page = client.get(url)
        assert page.status_code == 200 and before not in page.text, url
        assert "Uppsala" not in page.text or "/inkorg/" in url, url  # where the filter offers every county
    assert client.get(f"/arenden/{case.pk}/papper/").status_code == 403
    assert client.post(f"/arenden/{case.pk}/papper/", {"reason": "Möte"}).status_code == 403
    sign_in(client, taken.karin)
    assert str(case.pk) in client.post("/sok/", {"q": "Uppsala"}).text, "her who is named finds the case"
    assert client.get(f"/arenden/{case.pk}/papper/").status_code == 403, "not even she prints it"
    paper = worklist.context_of(list(case.grants.filter(desk__isnull=False)), taken.karin)["cases"][0]
    told = {key: value for key, value in paper.items() if value and key not in ("reference", "due", "status")}
    assert set(told) == {"title"} and "Uppsala" not in paper["title"] and number
    assert pdf.receipt_context(taken.referral.__class__.objects.get(pk=taken.referral.pk))["parts"] == []
    tried(len(pages) + 8)


def test_papers_ordered_before_do_not_outlive_it(taken: World, client: Client) -> None:
    """Each of them says where she is; none is fetched any more."""
    sign_in(client, taken.karin)
    case_id, referral_id = taken.case_id, taken.referral.pk
    orders = {
        f"/arenden/{case_id}/papper/": {"reason": "Möte i dag"},
        f"/arenden/{case_id}/delning/utlamnat/papper/": {},
    }
    papers = [client.post(url, data).url for url, data in orders.items()]  # type: ignore[attr-defined]
    rows = list(taken.case.grants.filter(desk__isnull=False))
    listed = pdf_job.request(
        worklist.TEMPLATE, worklist.context_of(rows, taken.karin), by=taken.karin, filename="lista.pdf"
    )
    papers.append(f"/papper/{listed.pk}/")
    assert [client.get(url).status_code for url in papers] == [200] * 3
    other = sign_in(Client(), taken.referrer)
    receipt = other.post(f"/hanvisningar/{referral_id}/papper/").url  # type: ignore[attr-defined]
    assert other.get(receipt).status_code == 200
    protect(taken)
    assert [client.get(url).status_code for url in papers] == [404] * 3
    assert other.get(receipt).status_code == 404
    assert client.post(f"/arenden/{case_id}/delning/utlamnat/papper/").status_code == 404
    again = other.post(f"/hanvisningar/{referral_id}/papper/").url  # type: ignore[attr-defined]
    assert other.get(again).status_code == 200, "a receipt of the number alone"
    assert "Uppsala" not in other.get(f"/hanvisningar/{referral_id}/").text.replace("Region Uppsala", "")


def test_others_in_the_case_see_kinds_of_agencies_and_the_route(taken: World, client: Client) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.IDENTITY])
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    assert social.agency.name in sign_in(client, police).get(f"/arenden/{taken.case_id}/aktorer/").text
    protect(taken)
    assert social.agency.name not in client.get(f"/arenden/{taken.case_id}/aktorer/").text
    protection.set_route(
        case_id=taken.case_id, user_id=taken.karin.user_id, words="Brev genom Skatteverket.", version=0,
        by=taken.karin,
    )  # fmt: skip
    page = client.get(f"/arenden/{taken.case_id}/skydd/").text
    assert "Brev genom Skatteverket." in page and "Karin Holm" in page
    assert '<form method="post" action="/arenden/' not in page, "reading alone"
    name(taken, police)
    assert social.agency.name in client.get(f"/arenden/{taken.case_id}/aktorer/").text


def test_the_route_names_somebody_and_is_not_overwritten(taken: World) -> None:
    protect(taken)
    told: dict[str, Any] = {"case_id": taken.case_id, "by": taken.karin}
    with pytest.raises(ValidationError):
        protection.set_route(user_id=None, words=" ", version=0, **told)
    with pytest.raises(ValidationError):
        protection.set_route(user_id=taken.per.user_id, words="", version=0, **told)
    row = protection.set_route(user_id=None, words="Personsäkerhetsgruppen.", version=0, **told)
    with pytest.raises(StaleVersion):
        protection.set_route(user_id=None, words="Annat.", version=0, **told)
    with pytest.raises(PermissionDenied):
        protection.set_route(
            case_id=taken.case_id, user_id=None, words="Annat.", version=row.version, by=taken.per
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT words::text FROM cases_contactroute")
        assert "Personsäk" not in cursor.fetchone()[0]


# --- pages ---------------------------------------------------------------------------------------


def test_the_pages(taken: World, client: Client) -> None:
    here = f"/arenden/{taken.case_id}/skydd/"
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.IDENTITY])
    sign_in(client, taken.karin)
    assert client.get(here).status_code == 200
    assert client.post(f"{here}strangare/", {}).status_code == 422
    page = client.post(f"{here}strangare/", {"s-tier": "protected_registration"}, follow=True)
    assert page.status_code == 200 and taken.case.is_protected
    bad = client.post(f"{here}namnge/", {"n-user": str(police.user_id), "n-until": "", "n-why": "Placerar"})
    assert bad.status_code == 422 and "Placerar" in bad.text, "what was typed is kept"
    good = {"n-user": str(police.user_id), "n-until": "2027-01-31", "n-why": "Placerar henne"}
    assert client.post(f"{here}namnge/", good).status_code == 302
    row = NamedPerson.objects.get()
    assert str(row.pk) in client.get(here).text
    way = {"r-version": "0", "r-contact": str(police.user_id), "r-words": "Ring växeln"}
    assert client.post(f"{here}kontaktvag/", way).status_code == 302
    stale = client.post(f"{here}kontaktvag/", way | {"r-words": "Skriv brev"})
    assert stale.status_code == 422 and "Skriv brev" in stale.text
    asked = {"m-tier": "none", "m-reason": "Beslut 2026-11-20"}
    assert client.post(f"{here}mildare/", asked).status_code == 302
    assert client.post(f"{here}mildare/beslut/", {"d-answer": "yes"}).status_code == 403
    sign_in(client, police)
    assert client.get(here).status_code == 200
    for slug in ("strangare/", "namnge/", "mildare/", "mildare/beslut/", "kontaktvag/"):
        assert client.post(here + slug, {}).status_code == 403, slug
    sign_in(client, taken.syd)
    assert client.get(here).status_code == 404
    sign_in(client, taken.per)
    assert "Beslut 2026-11-20" in client.get(here).text
    assert client.post(f"{here}namngiven/{row.pk}/ta-bort/").status_code == 302
    assert client.post(f"{here}mildare/beslut/", {"d-answer": "yes"}).status_code == 302
    assert not taken.case.is_protected


def test_a_protected_identity_asks_who_one_is(taken: World, client: Client, freeze: Any) -> None:
    protect(taken)
    sign_in(client, taken.karin)
    url, why = f"/arenden/{taken.case_id}/identitet/", {"reason": "Ringa inför mötet"}
    assert "Elena" not in client.get(f"/arenden/{taken.case_id}/personen/").text
    opened = AuditEvent.objects.filter(verb="identity.open", outcome="allowed")
    assert client.post(url, why).status_code == 200 and opened.count() == 1
    freeze("2026-11-23 09:15")
    page = client.post(url, why)
    assert page.status_code == 200 and "confirm_password" in page.text and opened.count() == 1
