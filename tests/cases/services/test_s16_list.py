"""S16: the list of who opened what and when is exact, and says no more than the log knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from cases.enums import Category
from cases.models import Breach, Document, Participation
from cases.services import granting, reading
from cases.services.breaches import exposure, pages
from cases.views.looks_taken import READS
from core import clock
from core.models import AuditEvent
from tests.cases.services import uploading
from tests.cases.services.conftest import World
from tests.cases.services.wrongs import GIVEN, PEOPLE, SOCIAL, Wrong, look, seen, words
from tests.factories import AgencyFactory, member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrong(world: World) -> Wrong:
    return Wrong(world)


@pytest.mark.parametrize(("name", "place", "house"), PEOPLE)
def test_the_list_says_exactly_who_opened_what_and_when(
    world: World, freeze: Any, name: str, place: str, house: str
) -> None:
    wrong = Wrong(world, name, place, house)
    document = uploading.add(wrong.world, wrong.karin, category=Category.SITUATION, name="QZutlåtande.pdf")
    Document.objects.filter(pk=document.pk).update(state="clean", scanned_at=clock.now())
    freeze("2026-11-24 10:00")
    uploading.content(wrong.other, wrong.world, document)
    freeze("2026-11-24 11:30")
    browser = sign_in(Client(), wrong.wrong)
    browser.get(wrong.url())
    freeze("2026-11-24 11:40")
    browser.get(wrong.url())
    browser.post(wrong.url("identitet/"), {"reason": "Kontroll"})
    wrong.take_out(wrong.wrong)
    freeze("2026-11-24 14:00")
    found = seen(wrong.report())
    one = look(found, wrong.wrong, "case.read")
    assert one.house == house and [f"{clock.local(at):%H.%M}" for at in one.moments][:2] == ["11.30", "11.40"]
    assert one.categories == {Category.SITUATION}
    assert "Det du själv har sett och hört" in one.fields
    untold = "Vilka fler än regionkoordinatorn får ta del av uppgifterna?"
    assert untold not in one.fields, "whom she trusts stands on no agency's page"
    identity = look(found, wrong.wrong, "identity.open")
    assert identity.categories == {Category.IDENTITY} and "Namn eller alias" in identity.fields
    assert "Telefon" not in " ".join(identity.fields), "contact was not among what it was given"
    paper = look(found, wrong.wrong, "pdf.download")
    assert paper.is_paper and {"Namn eller alias", "Det du själv har sett och hört"} <= set(paper.fields)
    file = look(found, wrong.other, "document.open")
    assert file.what == "QZutlåtande.pdf" and Category.DOCUMENTS in file.categories
    assert [f"{clock.local(at):%H.%M}" for at in file.moments] == ["10.00"]
    assert found.categories == {Category.SITUATION, Category.IDENTITY, Category.DOCUMENTS}
    assert {row.kind for row in found.left} == {"copy", "document"} and len(found.could) == 1
    everything = repr([(x.fields, x.what, x.words) for x in found.looks])
    assert name not in everything and "Lena" not in everything, "names of fields, never values"


def test_a_paper_without_the_identity_is_listed_without_it(wrong: Wrong) -> None:
    wrong.take_out(wrong.wrong, identity=False)
    found = seen(wrong.report())
    paper = look(found, wrong.wrong, "pdf.download")
    assert "Namn eller alias" not in paper.fields and Category.IDENTITY not in found.categories
    assert Category.IDENTITY in found.possible, "it was open to them"


def test_who_only_saw_the_heading_is_said_to_have_seen_the_heading(wrong: Wrong) -> None:
    health = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=SOCIAL, name="Inbjuden"))
    wrong.world.invite(health.agency, "consent", GIVEN)
    sign_in(Client(), health).get(wrong.url())
    found = seen(wrong.report(f"agency:{health.agency_id}"))
    assert all(not one.categories for one in found.looks) and not found.categories
    assert found.looks and all("Det du själv har sett och hört" not in one.fields for one in found.looks)


def test_what_was_seen_follows_what_was_shared_at_that_moment(wrong: Wrong, freeze: Any) -> None:
    row = Participation.objects.get(case_id=wrong.case_id, agency=wrong.agency)
    browser = sign_in(Client(), wrong.wrong)
    browser.get(wrong.url())
    freeze("2026-11-24 09:00")
    granting.change(
        participation_id=row.pk, replaces=row.ground_id, ground="consent", categories=[], purpose="Mindre",
        valid_until=None, by=wrong.karin,
    )  # fmt: skip
    freeze("2026-11-24 10:00")
    sign_in(Client(), wrong.wrong).get(wrong.url())
    lines = [one for one in seen(wrong.report()).looks if one.words == words("case.read")]
    assert [one.categories for one in lines] == [{Category.SITUATION}, frozenset()]


def test_only_looks_since_the_day_that_is_named(wrong: Wrong, freeze: Any) -> None:
    sign_in(Client(), wrong.wrong).get(wrong.url())
    freeze("2026-11-25 09:00")
    sign_in(Client(), wrong.wrong).get(wrong.url("checklista/"))
    found = seen(wrong.report(since=clock.now() - timedelta(hours=2)))
    assert [one.words for one in found.looks] == [words("case.steps")]


def test_tries_after_the_cut_are_listed(wrong: Wrong) -> None:
    breach = wrong.report()
    AuditEvent.objects.create(  # as `audit.refuse` writes it, over a connection this test cannot see
        verb="case.read", outcome="refused", target_id=wrong.case_id, user_id=wrong.wrong.user_id,
        agency_id=wrong.agency.pk, role="caseworker",
    )  # fmt: skip
    found = seen(breach)
    assert [(one.user, one.words) for one in found.refused] == [(wrong.wrong.user.name, words("case.read"))]


def test_the_officer_gets_documents_by_kind_not_by_name(wrong: Wrong) -> None:
    document = uploading.add(wrong.world, wrong.karin, category=Category.SITUATION, name="QZutlåtande.pdf")
    Document.objects.filter(pk=document.pk).update(state="clean", scanned_at=clock.now())
    uploading.content(wrong.other, wrong.world, document)
    found = seen(wrong.report(), names_documents=False)
    told = look(found, wrong.other, "document.open").what
    assert "QZ" not in told and "application/pdf" in told and "2026-11-23" in told


def test_the_list_costs_the_same_however_many_looks(wrong: Wrong, django_assert_max_num_queries: Any) -> None:
    browser = sign_in(Client(), wrong.wrong)
    for _ in range(5):
        browser.get(wrong.url())
        browser.get(wrong.url("checklista/"))
    breach = Breach.objects.select_related("case__person", "data_key").get(pk=wrong.report().pk)
    with django_assert_max_num_queries(24):
        exposure.exposure(breach, names_documents=True)


def test_every_look_of_the_access_log_has_its_page() -> None:
    """Whoever adds an act by which something is seen says here what it shows."""
    acts = {"dependant.add", "dependant.correct", "dependant.link"}
    looks = (set(READS) | set(reading.LOOKS)) - acts
    assert looks <= set(pages.PAGES), f"in breaches/pages.py: {looks - set(pages.PAGES)}"
