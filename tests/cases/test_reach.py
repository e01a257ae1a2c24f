"""Who cannot be reached by e-mail: shown to those who can do something, and never an address."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.core import mail as post

from accounts.enums import Role
from accounts.models import Agency
from cases.enums import Level
from cases.models import Case, Step
from cases.services import triage
from core import clock, delivery, outbox
from core.enums import MailState
from core.models import OutboundEmail
from tests.case_factories import browser, in_case, queries, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Case:
    found = triage.accept(case_id=send(referrer).case_id, by=karin)
    found.refresh_from_db()
    return found


@pytest.fixture
def lost(case: Case, karin: Any) -> Any:
    """A worker with an open step, whose address refuses everything."""
    worker = in_case(case, karin)
    worker.user.name = "Vera Strand"
    worker.user.save(update_fields=["name"])
    Step.objects.filter(case=case, agency=worker.agency).update(assignee=worker.user)
    park(user_id=worker.user_id)
    return worker


def park(state: str = MailState.PARKED, **reader: Any) -> OutboundEmail:
    return OutboundEmail.objects.create(
        message="something_waiting",
        dedupe_key=f"t:{OutboundEmail.objects.count()}",
        state=state,
        created_at=clock.now(),
        sent_at=clock.now() if state == MailState.SENT else None,
        **reader,
    )


def test_an_address_that_refuses_for_good_is_lost_and_the_rest_goes_on(
    karin: Any, referrer: Any, monkeypatch: Any
) -> None:
    """S24: one undeliverable address does not stop the rest."""
    OutboundEmail.objects.all().delete()
    for number, who in enumerate((karin, referrer)):
        outbox.queue("something_waiting", user_id=who.user_id, dedupe_key=f"a:{number}")
    send = post.EmailMessage.send

    def refused(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.to == [karin.user.email]:
            raise smtplib.SMTPRecipientsRefused({self.to[0]: (550, b"no such user")})
        return send(self, *args, **kwargs)

    monkeypatch.setattr(post.EmailMessage, "send", refused)
    states = [delivery.deliver(row.pk) for row in OutboundEmail.objects.order_by("dedupe_key")]
    assert states == [MailState.PARKED, MailState.SENT]
    assert outbox.unreachable() == ({karin.user_id}, set())


def test_what_arrives_later_makes_her_reachable_again(karin: Any, freeze: Any) -> None:
    park(user_id=karin.user_id)
    assert outbox.unreachable()[0] == {karin.user_id}
    freeze("2026-11-23 10:00")
    park(MailState.SENT, user_id=karin.user_id)
    assert outbox.unreachable()[0] == set()
    freeze("2026-11-23 11:00")
    park(user_id=karin.user_id)
    assert outbox.unreachable()[0] == {karin.user_id}


def test_the_coordinator_sees_whose_steps_are_concerned(lost: Any, karin: Any, on_duty: Any) -> None:
    page = text_of(browser(karin).get("/arbete/"))
    assert "Kan inte nås med e-post" in page and "Vera Strand" in page
    assert lost.user.email not in page
    for other in (on_duty("syd"), lost):
        assert "Kan inte nås med e-post" not in text_of(browser(other).get("/arbete/"))


def test_only_open_steps_of_cases_she_may_see(lost: Any, case: Case, karin: Any) -> None:
    case.grants.filter(desk=case.desk).update(level=Level.HEADER)
    assert "Vera Strand" not in text_of(browser(karin).get("/arbete/"))
    case.grants.filter(desk=case.desk).update(level=Level.FULL)
    Step.objects.filter(case=case, agency=lost.agency).update(assignee=None)
    assert "Kan inte nås med e-post" not in text_of(browser(karin).get("/arbete/"))


def test_a_lost_mailbox_of_an_agency_without_anybody_counts(lost: Any, case: Case, karin: Any) -> None:
    Agency.objects.filter(pk=lost.agency_id).update(mailbox="borta@polisen.example", name="Polisen Norr")
    Step.objects.filter(case=case, agency=lost.agency).update(assignee=None)
    park(to="borta@polisen.example")
    page = text_of(browser(karin).get("/arbete/"))
    assert "Polisen Norr" in page and "borta@polisen.example" not in page


def test_nobody_lost_costs_one_query(case: Case, karin: Any) -> None:
    assert queries(browser(karin), "/arbete/") <= 23


def test_administrators_see_their_own_people_only(lost: Any, karin: Any) -> None:
    lost.agency.refresh_from_db()
    own = member(Role.ADMINISTRATOR, agency=lost.agency)
    other = member(Role.ADMINISTRATOR, agency=AgencyFactory.create())
    portal = member(Role.ADMINISTRATOR)
    people = "/admin-sidor/anvandare/"
    for who, sees in ((own, True), (portal, True), (other, False)):
        page = text_of(browser(who).get(people))
        assert ("kommer i retur" in page and "Vera Strand" in page) is sees
    person = text_of(browser(own).get(f"{people}{lost.user_id}/"))
    assert "Kan inte nås" in person
    assert browser(other).get(f"{people}{lost.user_id}/").status_code == 404


def test_a_closed_account_is_no_news(lost: Any, karin: Any) -> None:
    type(lost.user).objects.filter(pk=lost.user_id).update(is_active=False, deactivated_at=clock.now())
    assert "kommer i retur" not in text_of(browser(member(Role.ADMINISTRATOR)).get("/admin-sidor/anvandare/"))


def test_the_portals_administrators_see_lost_mailboxes(lost: Any) -> None:
    Agency.objects.filter(pk=lost.agency_id).update(mailbox="borta@polisen.example")
    park(to="borta@polisen.example")
    page = text_of(browser(member(Role.ADMINISTRATOR)).get("/admin-sidor/aktorer/"))
    assert "borta@polisen.example Kan inte nås" in page
