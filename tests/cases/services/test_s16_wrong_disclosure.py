"""S16: a referral was opened and taken out in the wrong municipality. Cut, listed, told, nothing leaks."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts.access import Assignment
from accounts.models import AgencyPermission
from cases.access import Sight, sight_of, visible
from cases.enums import (
    BreachKind,
    GroundEnd,
    NoticeKind,
    ParticipationStatus,
    StepStatus,
    Threat,
)
from cases.models import Breach, Case, Participation, Step
from cases.services import grants, merging, recusals, triage
from cases.services.breaches import reporting, safeguards
from cases.services.breaches import sight as clearing
from core import clock
from core.enums import PdfState
from core.models import AuditEvent, OutboundEmail, PdfJob
from tests.cases.services.conftest import World, refusals, sent
from tests.cases.services.pairs import all_of
from tests.cases.services.wrongs import WHAT, Wrong, names_of, seen
from tests.factories import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrong(world: World) -> Wrong:
    return Wrong(world)


def sight(wrong: Wrong, who: Assignment) -> Sight:
    found = sight_of(who, wrong.case)
    assert found is not None
    return found


# --- sight is cut ----------------------------------------------------------------------------------


@pytest.mark.security("S12", "open pages, links, ordered papers and waiting mail after a wrong disclosure")
def test_access_is_cut_with_the_report(wrong: Wrong, tried: Any) -> None:
    browser, job = wrong.take_out(wrong.wrong)
    other, parts = sign_in(Client(), wrong.other), ("", "checklista/", "personen/", "handlingar/")
    assert [other.get(wrong.url(page)).status_code for page in parts] == [200] * len(parts)
    wrong.report()
    for one in (browser, other):
        assert [one.get(wrong.url(page)).status_code for page in parts] == [404] * len(parts)
        tried(len(parts))
    assert browser.get(f"/papper/{job}/hamta/").status_code == 404, "her PDF is gone"
    assert PdfJob.objects.get(pk=job).state == PdfState.EXPIRED
    assert sight_of(wrong.wrong, wrong.case) is None and not visible(wrong.other).exists()
    part = Participation.objects.get(case_id=wrong.case_id, agency=wrong.agency)
    assert (part.status, part.ground.end_reason) == (ParticipationStatus.ENDED, GroundEnd.MISTAKE)
    assert sight_of(wrong.police, wrong.case) is not None, "the others go on"
    assert grants.is_true(wrong.case)
    mine = Step.objects.filter(case_id=wrong.case_id, agency=wrong.agency, ended_at__isnull=True)
    assert not mine.exists()


def test_one_person_is_cut_and_her_colleagues_go_on(wrong: Wrong) -> None:
    sign_in(Client(), wrong.wrong).get(wrong.url())
    breach = wrong.report(f"user:{wrong.wrong.user_id}", kind=BreachKind.OPENED)
    assert sight_of(wrong.wrong, wrong.case) is None and sight_of(wrong.other, wrong.case) is not None
    row = breach.recipients.get()
    assert row.had_sight and row.bar is not None and grants.is_true(wrong.case)
    reporting.restore(breach_id=breach.pk, recipient_id=row.pk, by=wrong.dora)
    assert sight_of(wrong.wrong, wrong.case) is not None
    row.bar.refresh_from_db()
    assert row.bar.lifted_by_id == wrong.dora.user_id


def test_a_coordinator_who_looked_without_need_lets_go_of_the_case(wrong: Wrong) -> None:
    per = wrong.world.per
    sign_in(Client(), per).get(wrong.url())
    Case.objects.filter(pk=wrong.case_id).update(assignee=per.user)
    breach = wrong.report(f"user:{per.user_id}", kind=BreachKind.OPENED)
    assert sight_of(per, wrong.case) is None and wrong.case.assignee_id == wrong.karin.user_id
    assert NoticeKind.BREACH not in names_of(per)
    with pytest.raises(PermissionDenied):
        reporting.restore(breach_id=breach.pk, recipient_id=breach.recipients.get().pk, by=per)
    assert refusals("breach.restore", per) == 1


def test_a_desk_that_reads_on_after_a_handover_is_cut(wrong: Wrong) -> None:
    wrong.world.move("syd", wrong.karin, wrong.world.syd)
    assert sight_of(wrong.karin, wrong.case) is not None
    desk_id = wrong.case.handovers.get().from_desk_id
    wrong.report(f"desk:{desk_id}", by=wrong.world.syd)
    assert sight_of(wrong.karin, wrong.case) is None and sight_of(wrong.world.syd, wrong.case) is not None
    assert grants.is_true(wrong.case)


def test_an_agency_in_the_case_may_report_and_reads_nothing_of_it(wrong: Wrong) -> None:
    codes = {one.code for one in clearing.whom(sight(wrong, wrong.police))}
    assert f"agency:{wrong.agency.pk}" in codes
    assert not any(code.startswith(("desk:", "user:")) for code in codes), (
        "whose looks are the desk's to know"
    )
    breach = wrong.report(by=wrong.police)
    assert sight_of(wrong.wrong, wrong.case) is None
    assert not clearing.breaches_of(sight(wrong, wrong.police)).exists()
    assert clearing.breaches_of(sight(wrong, wrong.karin)).get() == breach
    assert NoticeKind.BREACH in names_of(wrong.karin), "the desk is told"


def test_nobody_outside_the_circle_reports(wrong: Wrong) -> None:
    for by in (wrong.world.referrer, wrong.world.syd, wrong.world.national, wrong.dora):
        with pytest.raises(PermissionDenied):
            wrong.report(outside="x", by=by)
    assert not Breach.objects.exists() and sight_of(wrong.wrong, wrong.case) is not None


def test_a_report_that_cannot_be_is_refused_at_the_field(wrong: Wrong) -> None:
    later = clock.now() + timedelta(hours=1)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"what": "  "}, "what"),
        ({"to": (f"agency:{uuid.uuid4()}",)}, "to"),
        ({"to": (), "outside": ""}, "to"),
        ({"noticed_at": later}, "noticed_at"),
        ({"since": later}, "since"),
    ]
    for changes, field in cases:
        told: dict[str, Any] = {"kind": "shared", "threat": "no", "what": WHAT, "noticed_at": clock.now()}
        told |= {"to": (f"agency:{wrong.agency.pk}",)} | changes
        with pytest.raises(ValidationError) as refused:
            reporting.report(case_id=wrong.case_id, told=reporting.Told(**told), by=wrong.karin)
        assert set(refused.value.message_dict) == {field}
    assert sight_of(wrong.wrong, wrong.case) is not None, "nothing was cut"


def test_told_outside_the_portal_names_nobody_of_it(wrong: Wrong) -> None:
    to = "Granne på Storgatan"
    told = reporting.Told(BreachKind.TOLD, Threat.YES, WHAT, clock.now(), outside=to)
    breach = reporting.report(case_id=wrong.case_id, told=told, by=wrong.karin)
    assert str(breach.outside) == to and not breach.recipients.exists() and not seen(breach).looks
    assert sight_of(wrong.wrong, wrong.case) is not None


# --- what protects the person -----------------------------------------------------------------------


def test_the_report_opens_a_step_whose_words_tell_nothing(wrong: Wrong) -> None:
    breach = wrong.report(threat=Threat.YES)
    step = breach.steps.get().step
    assert (step.status, step.desk_id, step.due_at) == (
        StepStatus.OPEN, wrong.case.desk_id, clock.now() + timedelta(hours=4)
    )  # fmt: skip
    assert "felakt" not in str(step.wording).lower() and step.priority == "critical"


def test_proposals_follow_what_came_out_and_become_steps(wrong: Wrong) -> None:
    sign_in(Client(), wrong.wrong).post(wrong.url("identitet/"), {"reason": "Kontroll"})
    breach = wrong.report()
    offers = {
        one.proposal.code: one
        for one in safeguards.offers(breach, seen(breach).categories, safeguards.able_agencies(breach))
    }
    assert offers["protect_identity"].advised and offers["threat"].advised
    assert not offers["move"].advised and not offers["children"].advised
    assert offers["threat"].owner == str(wrong.police.agency_id)
    assert offers["move"].owner == safeguards.DESK, "the wrong municipality gets nothing to do"
    chosen = [
        safeguards.Chosen("threat", str(wrong.police.agency_id)),
        safeguards.Chosen("recall", safeguards.DESK),
    ]
    steps = safeguards.protect(breach_id=breach.pk, chosen=chosen, by=wrong.karin)
    assert [step.agency_id for step in steps] == [wrong.police.agency_id, None]
    assert set(breach.steps.values_list("code", flat=True)) == {"decide", "threat", "recall"}
    page = sign_in(Client(), wrong.police).get(wrong.url("checklista/")).content.decode()
    assert str(steps[0].wording) in page and str(steps[1].wording) not in page, (
        "the desk's own words are its own"
    )
    with pytest.raises(ValidationError):
        safeguards.protect(breach_id=breach.pk, chosen=chosen[:1], by=wrong.karin)


def test_a_step_cannot_be_given_to_those_who_saw_wrongly_or_tell_others(wrong: Wrong) -> None:
    breach = wrong.report()
    for code, owner in (
        ("move", str(wrong.agency.pk)),
        ("recall", str(wrong.police.agency_id)),
        ("unheard_of", "desk"),
    ):
        with pytest.raises(ValidationError):
            safeguards.protect(breach_id=breach.pk, chosen=[safeguards.Chosen(code, owner)], by=wrong.karin)
    for by in (wrong.police, wrong.dora, wrong.world.syd):
        with pytest.raises(PermissionDenied):
            safeguards.protect(breach_id=breach.pk, chosen=[safeguards.Chosen("tell", "desk")], by=by)


# --- who learns of it -------------------------------------------------------------------------------


def test_the_officer_and_the_desk_are_told_and_the_wrong_house_gets_neutral_words(wrong: Wrong) -> None:
    wrong.report()
    assert names_of(wrong.dora) == {NoticeKind.BREACH} and NoticeKind.BREACH in names_of(wrong.world.per)
    assert NoticeKind.BREACH not in names_of(wrong.karin), "who reported knows"
    assert NoticeKind.SIGHT_ENDED in names_of(wrong.wrong)
    for who in (
        wrong.wrong,
        wrong.other,
        wrong.police,
        wrong.world.referrer,
        wrong.world.syd,
        wrong.world.national,
    ):
        assert NoticeKind.BREACH not in names_of(who)
    mail = OutboundEmail.objects.filter(user_id=wrong.dora.user_id).get()
    assert mail.message == "something_waiting"


def test_without_an_officer_the_mailbox_of_the_national_agency_hears(wrong: Wrong) -> None:
    AgencyPermission.objects.filter(user_id=wrong.dora.user_id).delete()
    wrong.report()
    assert names_of(wrong.dora) == set()
    box = wrong.dora.agency.mailbox
    assert OutboundEmail.objects.filter(to=box, dedupe_key__contains="breach:").exists()


def test_practice_reaches_nobody(wrong: Wrong) -> None:
    Case.objects.filter(pk=wrong.case_id).update(practice=True)
    breach = wrong.report()
    assert (
        names_of(wrong.dora) == set() and not clearing.officers_rows(wrong.dora).filter(pk=breach.pk).exists()
    )


def test_the_audit_holds_no_words_of_it(wrong: Wrong) -> None:
    breach = wrong.report(outside="QZGranne")
    rows = AuditEvent.objects.filter(target_id=breach.pk)
    assert [row.verb for row in rows] == ["breach.report"] and rows[0].facts["cut"] == 1
    assert "QZ" not in str(list(AuditEvent.objects.values()))


def test_the_national_desk_does_not_read_whom_others_shut_out(wrong: Wrong) -> None:
    sign_in(Client(), wrong.wrong).get(wrong.url())
    breach = wrong.report(f"user:{wrong.wrong.user_id}")
    page = sign_in(Client(), wrong.world.national).get("/arenden-javiga/").content.decode()
    assert wrong.case.reference not in page
    bar = breach.recipients.get().bar
    assert bar is not None
    with pytest.raises(PermissionDenied):
        recusals.lift(recusal_id=bar.pk, by=wrong.world.national)


def test_a_breach_follows_its_case_into_a_merge(wrong: Wrong) -> None:
    breach = wrong.report()
    survivor = sent(wrong.world.referrer).case
    triage.accept(case_id=survivor.pk, by=wrong.karin)
    survivor.refresh_from_db()
    merging.merge(
        survivor_id=survivor.pk, absorbed_id=wrong.case_id, choices=all_of("survivor", survivor, wrong.case),
        secrecy=True, by=wrong.karin,
    )  # fmt: skip
    breach.refresh_from_db()
    assert breach.case_id == survivor.pk
    browser = sign_in(Client(), wrong.karin)
    assert browser.get(f"/arenden/{survivor.pk}/incidenter/{breach.pk}/").status_code == 200
