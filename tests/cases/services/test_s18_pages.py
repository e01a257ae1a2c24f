"""The pages of disposal: number and date, two persons, and a tombstone for those who once had access."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import BatchState, BreachKind, HoldReason, NoticeKind, Outcome, Threat
from cases.models import Case, DisposalBatch, DisposalItem, Hold, Notice
from cases.services import casework, recusals
from cases.services.breaches import reporting
from cases.services.breaches import sight as clearing
from cases.services.disposal import batches, erasing, holds, looking
from coordinators.models import Desk
from core import clock
from core.models import AuditEvent
from tests.case_factories import browser, text_of
from tests.cases.services.conftest import World, refusals, sent
from tests.factories import PASSWORD, member

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("stored"),
    pytest.mark.security("S64", "pages of what is gone"),
]

Freeze = Callable[[str], Any]
SECRETS = ("Björk", "Arbetar sju dagar")


@pytest.fixture
def closed(world: World, freeze: Freeze) -> World:
    world.accept()
    world.police = world.join(AgencyKind.POLICE)  # type: ignore[attr-defined]
    freeze("2026-12-07 10:00")
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    return world


@pytest.fixture
def ripe(closed: World, freeze: Freeze) -> World:
    for night in ("2031-10-08 02:15", "2031-11-07 02:15"):
        freeze(night)
        looking.look()
    freeze("2031-12-08 09:00")
    return closed


def url(name: str, *args: Any) -> str:
    return reverse(f"cases:{name}", args=args)


def visited(who: Assignment, name: str, *args: Any) -> Any:
    return browser(who).get(url(name, *args))


def test_from_the_notice_to_the_tombstone(ripe: World, dora: Assignment, freeze: Freeze) -> None:
    visited(ripe.karin, "case", ripe.case_id)
    notice = Notice.objects.get(user_id=ripe.karin.user_id, kind=NoticeKind.DISPOSAL_LAST)
    page = browser(ripe.karin).get(url("notice", notice.pk), follow=True)
    assert "7 december 2031" in text_of(page) and "att bekräfta" in text_of(page).lower()
    listed = text_of(visited(ripe.karin, "disposal"))
    assert ripe.case.reference in listed and not any(word in listed for word in SECRETS)
    answer = browser(ripe.karin).post(url("disposal"), {"cases": [str(ripe.case_id)], "decision": "Dnr 1/31"})
    batch = DisposalBatch.objects.get()
    assert answer["Location"] == url("batch", batch.pk)
    assert "Godkänn gallringen" not in text_of(visited(ripe.karin, "batch", batch.pk))
    officer = browser(dora)
    assert batches.waiting_for(dora) == 1
    assert f'href="{url("disposal")}"' in officer.get("/dataskydd/").content.decode()
    assert "Godkänn gallringen" in text_of(officer.get(url("batch", batch.pk)))
    unsure = officer.post(url("batch-approve", batch.pk))
    assert "Bekräfta att du har kontrollerat numren" in text_of(unsure)
    officer.post(url("batch-approve", batch.pk), {"is_sure": "on"})
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED
    assert "Stoppa omgången" in text_of(officer.get(url("batch", batch.pk)))
    freeze("2031-12-09 09:01")
    reference = ripe.case.reference
    batches.carry_out()
    gone = visited(ripe.karin, "case", ripe.case_id)
    assert gone.status_code == 410 and "Gallrat den 9 december 2031" in text_of(gone)
    assert reference in text_of(gone)
    assert AuditEvent.objects.filter(verb="case.tombstone", target_id=ripe.case_id).count() == 1
    assert "Gallrat" in text_of(visited(dora, "batch", batch.pk))


def disposed(world: World) -> None:
    batch = batches.propose(case_ids=[world.case_id], decision="Dnr 1/31", by=world.karin)
    batches.approve(batch_id=batch.pk, by=member(Role.DATA_PROTECTION_OFFICER))
    DisposalBatch.objects.update(carried_out_from=clock.now())
    assert batches.carry_out() == (1, 1, 0)


def test_a_stranger_learns_nothing(ripe: World) -> None:
    visited(ripe.karin, "case", ripe.case_id)
    disposed(ripe)
    for who in (ripe.syd, ripe.national, member(Role.AUDITOR), member(Role.CASEWORKER)):
        there, nowhere = visited(who, "case", ripe.case_id), visited(who, "case", uuid.uuid4())
        assert there.status_code == nowhere.status_code == 404
        assert text_of(there) == text_of(nowhere)


def test_those_who_once_had_access_are_told_on_every_address(ripe: World) -> None:
    police: Assignment = ripe.police  # type: ignore[attr-defined]
    for who in (ripe.karin, police):
        visited(who, "case", ripe.case_id)
    visited(ripe.referrer, "referral", ripe.referral.pk)
    disposed(ripe)
    for name in ("case", "steps", "messages", "documents", "identity"):
        for who in (ripe.karin, police):
            method = browser(who).post if name == "identity" else browser(who).get
            assert method(url(name, ripe.case_id)).status_code == 410, name
    gone = visited(ripe.referrer, "referral", ripe.referral.pk)
    assert gone.status_code == 410 and "Gallrat" in text_of(gone)
    assert visited(ripe.syd, "referral", ripe.referral.pk).status_code in (403, 404)


def test_text_that_was_being_written_is_given_back(ripe: World) -> None:
    visited(ripe.karin, "case", ripe.case_id)
    disposed(ripe)
    page = browser(ripe.karin).post(url("note-add", ripe.case_id), {"note-observed": "Mina ord."})
    assert page.status_code == 410 and "Mina ord." in page.content.decode()


def test_whoever_stepped_back_is_told_nothing(world: World) -> None:
    world.accept()
    visited(world.per, "case", world.case_id)
    recusals.recuse(case_id=world.case_id, reason="Släkt.", by=world.per)
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    visited(world.karin, "case", world.case_id)
    erasing.erase(casework.lock(world.case_id), by=None, reason="schedule")
    assert visited(world.per, "case", world.case_id).status_code == 404
    assert visited(world.karin, "case", world.case_id).status_code == 410


def test_whoever_was_shut_out_is_told_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.accept()
    visited(world.per, "case", world.case_id)
    code = f"user:{world.per.user_id}"
    known = [clearing.Whom(code, world.per.user.name)]
    monkeypatch.setattr(clearing, "whom", lambda sight: known)
    told = reporting.Told(
        kind=BreachKind.SHARED, threat=Threat.UNKNOWN, what="Granne.", noticed_at=clock.now(), to=[code]
    )
    reporting.report(case_id=world.case_id, told=told, by=world.karin)
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    visited(world.karin, "case", world.case_id)
    erasing.erase(casework.lock(world.case_id), by=None, reason="schedule")
    assert visited(world.per, "case", world.case_id).status_code == 404
    assert visited(world.karin, "case", world.case_id).status_code == 410


def test_a_desk_sees_of_a_batch_its_own_cases_alone(ripe: World, dora: Assignment) -> None:
    batch = batches.propose(case_ids=[ripe.case_id], decision="Dnr 1/31", by=dora)
    strange = sent(ripe.referrer).case
    Case.objects.filter(pk=strange.pk).update(desk=Desk.objects.exclude(pk=ripe.case.desk_id).first())
    DisposalItem.objects.create(batch=batch, case=strange, due_on=clock.today())
    page = text_of(visited(ripe.karin, "batch", batch.pk))
    assert ripe.case.reference in page and strange.reference not in page
    assert strange.reference in text_of(visited(dora, "batch", batch.pk))


# --- holds ------------------------------------------------------------------------------------------


def test_the_desk_keeps_a_case_and_lets_go_again(closed: World) -> None:
    client = browser(closed.karin)
    wrong = {"reason": "claim", "words": "", "ends_on": "2027-02-30"}
    page = client.post(url("keeping", closed.case_id), wrong)
    assert page.status_code == 200 and 'value="2027-02-30"' in page.content.decode()
    assert "Ange vem som har begärt det" in text_of(page)
    kept = {"reason": "claim", "words": "Advokat Ek, T 1-27", "ends_on": "2027-06-30"}
    assert client.post(url("keeping", closed.case_id), kept).status_code == 302
    assert "Advokat Ek, T 1-27" in text_of(client.get(url("keeping", closed.case_id)))
    hold = Hold.objects.get()
    client.post(url("case-hold-lift", closed.case_id, hold.pk))
    hold.refresh_from_db()
    assert hold.lifted_by_id == closed.karin.user_id


def test_a_hold_of_another_case_is_not_there(closed: World) -> None:
    other = sent(closed.referrer)
    hold = holds.place(case_id=other.case_id, reason=HoldReason.OTHER, words="x", ends_on=clock.today(),
                       by=closed.karin)  # fmt: skip
    answer = browser(closed.karin).post(url("case-hold-lift", closed.case_id, hold.pk))
    assert answer.status_code == 404 and Hold.objects.get(pk=hold.pk).lifted_at is None


def test_an_agency_with_the_case_has_no_say(closed: World) -> None:
    police: Assignment = closed.police  # type: ignore[attr-defined]
    assert visited(police, "keeping", closed.case_id).status_code == 403
    assert refusals("case.keeping", police) == 1
    assert 'gallring/"' not in visited(police, "case", closed.case_id).content.decode()


def test_the_officer_keeps_a_case_by_its_number(closed: World, dora: Assignment) -> None:
    client = browser(dora)
    kept = {"reason": "supervision", "words": "IMY, dnr 4", "ends_on": "2027-06-30"}
    wrong = client.post(url("holds"), kept | {"reference": "H26-00417-U"})
    assert "inget ärende med det numret" in text_of(wrong) and not Hold.objects.exists()
    client.post(url("holds"), kept | {"reference": closed.case.reference})
    page = text_of(client.get(url("holds")))
    assert closed.case.reference in page and "IMY, dnr 4" not in page
    client.post(url("hold-lift", Hold.objects.get().pk))
    assert Hold.objects.get().lifted_at is not None


def test_rules_say_what_is_to_be_confirmed(dora: Assignment) -> None:
    page = text_of(visited(dora, "disposal-rules"))
    assert "att bekräfta" in page and "16 kap. 1 § socialtjänstlagen" in page


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.ADMINISTRATOR, Role.AUDITOR, Role.HOTLINE_OPERATOR])
def test_nobody_else_comes_in(world: World, role: Role) -> None:
    who = member(role)
    for name in ("disposal", "disposal-rules", "holds"):
        assert visited(who, name).status_code == 403
    assert visited(who, "batch", uuid.uuid4()).status_code == 404


def test_approval_asks_who_she_is_once_more(ripe: World, dora: Assignment, freeze: Freeze) -> None:
    batch = batches.propose(case_ids=[ripe.case_id], decision="Dnr 1/31", by=ripe.karin)
    client: Client = browser(dora)
    freeze("2031-12-08 09:11")
    asked = client.post(url("batch-approve", batch.pk), {"is_sure": "on"})
    batch.refresh_from_db()
    assert batch.state == BatchState.PROPOSED and "lösenord" in text_of(asked).lower()
    client.post(url("batch-approve", batch.pk), {"is_sure": "on", "confirm_password": PASSWORD})
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED
