"""S09: a call about "somebody", days later a number and a yes, and one referral of it, counted once."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Consent, Draft, Person, Referral
from cases.models import Tally as CaseTally
from cases.services import drafts, referrals
from coordinators.services import load_reference
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from hotline.models import Call, DraftOffer, Tally
from hotline.services import becoming, calls, matters, offers
from hotline.services.tallies import recount
from tests.cases.services.conftest import duty
from tests.factories import AgencyFactory, member, sign_in
from tests.hotline.ringing import ENDED, answered, counted, operator, said

pytestmark = pytest.mark.django_db

AGREED: Final[dict[str, Any]] = {
    "immediate_danger": "no", "age_group": "adult",
    "consent_status": "given", "consent_scope": ["only_coordinator"], "consent_form": "oral",
    "consent_date": "2026-11-20", "consent_withdrawable_explained": "yes", "interpreter_used": "no",
    "name": "Vide-3", "citizenship": ["MD"], "languages": ["ro"], "interpreter_needed": "yes",
    "protected_identity": "none", "place_found": "same", "responsible": "same",
    "indicators": ["docs_debt.docs_held"], "narrative": "Har inte fått lön och sover på bygget.",
    "needs": ["legal"], "confirm_necessary": "yes",
}  # fmt: skip
"""What the person's yes brings: who, how, when, and what may be asked from then on."""
TOLD: Final[dict[str, Any]] = {
    "profession": "school", "agency_kind": "school", "municipality_id": "2480", "county_id": "24",
    "about": "advice", "danger": "no", "child": "no", "sex": "man", "citizenship_group": "other",
    "forms": ["labour"],
    "topics": ["identification", "consent"], "summary": "En elev berättar om en kusin på ett bygge.",
}  # fmt: skip


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


@pytest.fixture
def nord(portal: None) -> Assignment:
    """Where the person is: a coordinator on duty, so that a referral can be sent."""
    return duty("nord", "Norea Nord")


@pytest.fixture
def asked(desk: Assignment) -> Call:
    """A study counsellor in Umeå has asked, on a Wednesday; nobody is named and nobody has agreed."""
    return answered(desk, **TOLD)


def test_nothing_of_a_person_can_be_saved(desk: Assignment) -> None:
    columns = {field.name for field in Call._meta.concrete_fields}
    assert not columns & {"name", "birth", "birth_date", "personal_number", "phone", "address"}
    for text in ("Född 1999-03-07, säger han", "070-174 06 05", "19990307-2384"):
        with pytest.raises(ValidationError):
            answered(desk, **TOLD | {"summary": text})
    assert not Call.objects.exists()


def test_the_caller_is_given_a_number_that_can_be_read_aloud(asked: Call) -> None:
    assert re.fullmatch(r"S\d\d-\d{5}-[A-Z]", asked.number)


def test_the_whole_way(nord: Assignment, desk: Assignment, asked: Call) -> None:
    """Friday: another operator finds the call by its number and makes a referral for the caller."""
    colleague = operator(desk.agency)
    again = answered(colleague, ended=False, about="advice", profession="school", child="unsure")
    matters.follow(call_id=again.pk, number=asked.number.lower().replace("-", " "), by=colleague)
    again.refresh_from_db()
    assert again.earlier_id == asked.pk
    assert (again.municipality_id, again.sex, again.forms) == ("2480", "man", ["labour"])
    assert again.child == "unsure", "doubt that was said is no adult"
    assert again.summary is None, "the words of the earlier call stay in it"

    draft = becoming.convert(call_id=again.pk, with_words=False, by=colleague)
    answers = draft.answers
    assert "age_group" not in answers and answers["sex"] == "man" and answers["forms"] == ["labour"]
    assert answers["municipality_of_presence"] == "2480" and answers["citizenship_group"] == "other"
    named = {"name", "narrative", "narrative_general"}
    assert not {key for key in answers if "consent" in key or key in named}
    with pytest.raises(ValidationError):
        referrals.submit(draft_id=draft.pk, by=colleague)
    assert not Referral.objects.exists(), "without who agreed to what, how and when nothing is sent"

    draft.answers = dict(draft.answers) | AGREED
    draft.save(update_fields=["answers"])
    referral = referrals.submit(draft_id=draft.pk, by=colleague)
    consent = Consent.objects.get(case=referral.case)
    assert (consent.form, consent.given_on.isoformat()) == ("oral", "2026-11-20")
    assert referral.case.desk.key == "nord" and not referral.case.is_consultation

    calls.save(call_id=again.pk, said=ENDED, by=colleague, end=True, version=99)
    assert becoming.link_sent() == 1 and becoming.link_sent() == 0, "may run twice"
    asked.refresh_from_db()
    again.refresh_from_db()
    assert again.referral_id == referral.pk and again.case_id == asked.case_id == referral.case_id
    figures = counted()
    assert (figures["call"], figures["matter"], figures["led_to_referral"]) == (2, 1, 1)
    assert CaseTally.objects.filter(unit="case").count() == 1


def test_a_referral_is_linked_both_ways_for_those_who_see_it(
    nord: Assignment, desk: Assignment, asked: Call
) -> None:
    draft = becoming.convert(call_id=asked.pk, with_words=True, by=desk)
    draft.answers = dict(draft.answers) | AGREED
    draft.save(update_fields=["answers"])
    referral = referrals.submit(draft_id=draft.pk, by=desk)
    browser = sign_in(Client(), desk)
    assert f"/hanvisningar/{referral.pk}/" in browser.get(f"/samtal/{asked.pk}/").content.decode()
    receipt = browser.get(f"/hanvisningar/{referral.pk}/").content.decode()
    assert asked.number in receipt and f"/samtal/{asked.pk}/" in receipt
    becoming.link_sent()
    case_page = sign_in(Client(), nord).get(f"/arenden/{referral.case_id}/").content.decode()
    assert asked.number in case_page and f"/samtal/{asked.pk}/" not in case_page
    colleague = sign_in(Client(), operator(desk.agency)).get(f"/samtal/{asked.pk}/").content.decode()
    assert referral.reference not in colleague and str(referral.pk) not in colleague


def test_what_was_told_in_short_goes_along_only_when_chosen(desk: Assignment, asked: Call) -> None:
    draft = becoming.convert(call_id=asked.pk, with_words=True, by=desk)
    assert draft.answers["narrative_general"] == TOLD["summary"]
    assert becoming.convert(call_id=asked.pk, with_words=False, by=desk).pk == draft.pk, "pressed twice"
    assert Draft.objects.count() == 1


@pytest.mark.parametrize(
    ("consent", "kept"),
    [
        ("given", {"narrative": TOLD["summary"], "municipality_of_presence": "2480", "forms": ["labour"]}),
        ("refused", {"narrative_general": TOLD["summary"], "county_general": "24", "sex": "man"}),
    ],
)
def test_nothing_has_to_be_typed_again_page_by_page(
    portal: None, desk: Assignment, asked: Call, consent: str, kept: dict[str, Any]
) -> None:
    """Through the pages as they are saved: place and words wait until it is known whether they are asked."""
    draft = becoming.convert(call_id=asked.pk, with_words=True, by=desk)
    browser, url = sign_in(Client(), desk), f"/hanvisning/{draft.pk}/"
    assert browser.post(f"{url}fara/", {"immediate_danger": "no", "version": "0"}).status_code == 302
    answers = AGREED | {"consent_status": consent, "version": "1"}
    assert browser.post(f"{url}samtycke/", answers).status_code == 302
    draft.refresh_from_db()
    assert {key: draft.answers.get(key) for key in kept} == kept
    assert ("municipality_of_presence" in draft.answers) == (consent == "given"), "never without a yes"
    browser.post(f"{url}handelse/", {"forms": ["sexual"], "version": "2"})
    draft.refresh_from_db()
    assert draft.answers["forms"] == ["sexual"], "what is changed stays changed"


def test_whether_it_is_a_child_is_asked_when_it_is_not_known(desk: Assignment) -> None:
    for child, age in (("yes", "child"), ("no", "adult"), ("unsure", None)):
        call = answered(desk, **TOLD | {"child": child})
        assert becoming.answers_of(call).get("age_group") == age


def test_the_answers_are_those_of_the_questionnaire(desk: Assignment, asked: Call) -> None:
    from cases import sections

    answers = becoming.answers_of(asked, with_words=True)
    known = {key: field for section in sections.SECTIONS for key, field in section.by_key.items()}
    assert set(answers) <= set(known)
    for mode in ("given", "refused"):
        read = sections.read(answers | {"consent_status": mode})
        wrong = {key for page in read.pages.values() for key in page.errors} & set(answers)
        assert not wrong


# --- the caller's own account -------------------------------------------------------------------------------


@pytest.fixture
def caller(db: None) -> Assignment:
    return member(Role.CASEWORKER, agency=AgencyFactory.create(kind="school", name="Elevhälsan"))


def test_the_caller_fetches_the_draft_once(desk: Assignment, asked: Call, caller: Assignment) -> None:
    code = offers.make(call_id=asked.pk, with_words=True, by=desk)
    assert not Draft.objects.exists(), "nobody holds anything until it is fetched"
    draft = offers.fetch(code=f" {code.lower()} ", by=caller)
    assert (draft.owner_id, draft.agency_id) == (caller.user_id, caller.agency_id)
    assert draft.answers["organisation_unit"] == "Elevhälsan" and draft.answers["forms"] == ["labour"]
    assert offers.fetch(code=code, by=caller).pk == draft.pk, "pressed twice"
    with pytest.raises(ValidationError):
        offers.fetch(code=code, by=member(Role.CASEWORKER, agency=caller.agency))
    with pytest.raises(Http404):
        drafts.own_draft(draft.pk, desk)
    for again in (offers.make, becoming.convert):
        with pytest.raises(TransitionNotAllowed):
            again(call_id=asked.pk, with_words=False, by=desk)
    with pytest.raises(TransitionNotAllowed):
        offers.withdraw(call_id=asked.pk, by=desk)
    drafts.discard(draft_id=draft.pk, by=caller)
    with pytest.raises(ValidationError):
        offers.fetch(code=code, by=caller)
    with pytest.raises(TransitionNotAllowed):
        offers.make(call_id=asked.pk, with_words=False, by=desk)


def test_codes_that_do_not_work_are_one_answer(desk: Assignment, asked: Call, caller: Assignment) -> None:
    def answer(code: str) -> str:
        with pytest.raises(ValidationError) as error:
            offers.fetch(code=code, by=caller)
        return str(error.value.message_dict)

    old = offers.make(call_id=asked.pk, with_words=False, by=desk)
    code = offers.make(call_id=asked.pk, with_words=False, by=desk)
    never, nonsense = answer("ABCD-0000"), answer("' or 1=1")
    with clock.frozen(clock.now() + timedelta(days=3, seconds=1)):
        late = answer(code)
    replaced = answer(old)
    offers.withdraw(call_id=asked.pk, by=desk)
    assert {never, nonsense, late, replaced, answer(code)} == {never}
    assert code not in str(list(DraftOffer.objects.values())) and not Draft.objects.exists()


def test_codes_cannot_be_guessed(desk: Assignment, asked: Call, caller: Assignment) -> None:
    code = offers.make(call_id=asked.pk, with_words=False, by=desk)
    for _number in range(offers.TRIES):
        with pytest.raises(ValidationError):
            offers.fetch(code="ABCD-0000", by=caller)
    with pytest.raises(ValidationError) as error:
        offers.fetch(code=code, by=caller)
    assert "code" in error.value.message_dict and not Draft.objects.exists()
    other = member(Role.CASEWORKER, agency=caller.agency)
    assert offers.fetch(code=code, by=other).owner_id == other.user_id, "who guesses locks nobody else out"


def test_who_may_send_no_referral_fetches_none(desk: Assignment, asked: Call) -> None:
    code = offers.make(call_id=asked.pk, with_words=False, by=desk)
    with pytest.raises(PermissionDenied):
        offers.fetch(code=code, by=member(Role.AUDITOR))


def test_what_the_caller_does_with_it_is_not_the_desks_to_know(
    nord: Assignment, desk: Assignment, asked: Call, caller: Assignment
) -> None:
    code = offers.make(call_id=asked.pk, with_words=False, by=desk)
    draft = offers.fetch(code=code, by=caller)
    browser, url = sign_in(Client(), desk), f"/samtal/{asked.pk}/"
    before = page_of(browser, url)
    draft.answers = dict(draft.answers) | AGREED
    draft.save(update_fields=["answers"])
    referral = referrals.submit(draft_id=draft.pk, by=caller)
    becoming.link_sent()
    assert page_of(browser, url) == before
    receipt = sign_in(Client(), caller).get(f"/hanvisningar/{referral.pk}/").content.decode()
    assert asked.number in receipt and "/samtal/" not in receipt


def page_of(browser: Client, url: str) -> str:
    """A page without what differs at every look."""
    text = browser.get(url).content.decode()
    return re.sub(r'(name="csrfmiddlewaretoken" value|name="view" value|data-\w+)="[^"]*"', "", text)


# --- numbers that lead nowhere ------------------------------------------------------------------------------


def test_a_number_leads_back_only_within_the_desk_and_its_time(desk: Assignment, asked: Call) -> None:
    stranger = operator(AgencyFactory.create(kind="coordination"))
    elsewhere = answered(stranger, **TOLD)
    mine = answered(desk, ended=False, about="advice")

    def answer(number: str) -> str:
        with pytest.raises(ValidationError) as error:
            matters.follow(call_id=mine.pk, number=number, by=desk)
        return str(error.value.message_dict["number"])

    nowhere = answer("S26-00417-U")
    assert answer(elsewhere.number) == nowhere == answer(mine.number)
    Call.objects.filter(pk=asked.pk).update(
        started_at=clock.now() - timedelta(days=731), ended_at=clock.now() - timedelta(days=731)
    )
    assert answer(asked.number) == nowhere
    misheard = asked.number[:-1] + ("A" if asked.number[-1] != "A" else "B")
    assert answer(misheard) != nowhere, "anybody can work the letter out with a pencil"
    assert AuditEvent.objects.filter(verb="call.find", outcome="refused").count() == 4


def test_calls_never_go_back_in_a_circle(desk: Assignment, asked: Call) -> None:
    second = answered(desk, ended=False, about="advice")
    matters.follow(call_id=second.pk, number=asked.number, by=desk)
    with pytest.raises(ValidationError):
        matters.follow(call_id=asked.pk, number=second.number, by=desk)
    third = answered(desk, ended=False, about="advice")
    matters.follow(call_id=third.pk, number=asked.number, by=desk)
    third.refresh_from_db()
    assert third.earlier_id == second.pk, "the latest call of the matter"
    matters.unfollow(call_id=third.pk, by=desk)
    third.refresh_from_db()
    assert third.earlier_id is None


def test_a_call_over_the_end_of_a_month_counts_where_it_ended(
    nord: Assignment, desk: Assignment, freeze: Any
) -> None:
    """November is sealed before the call ends: call, matter and referral count in December."""
    freeze("2026-11-30 23:50")
    call = answered(desk, ended=False, **TOLD)
    draft = becoming.convert(call_id=call.pk, with_words=True, by=desk)
    draft.answers = dict(draft.answers) | AGREED
    draft.save(update_fields=["answers"])
    referrals.submit(draft_id=draft.pk, by=desk)
    assert becoming.link_sent() == 1
    assert not counted() and recount.check() == []
    freeze("2026-12-01 06:20")
    calls.save(call_id=call.pk, said=ENDED, by=desk, end=True, version=99)
    rows = {(row.unit, row.month.isoformat()) for row in Tally.objects.filter(amount=1)}
    assert {("call", "2026-12-01"), ("matter", "2026-12-01"), ("led_to_referral", "2026-12-01")} <= rows
    assert recount.check() == []
    calls.save(call_id=call.pk, said=ENDED, by=desk, version=99)
    assert counted()["led_to_referral"] == 1 and recount.check() == []


def test_a_start_corrected_while_the_call_is_open_counts_its_matter_once(
    nord: Assignment, desk: Assignment, freeze: Any
) -> None:
    """What is asked again after the referral was sent turns out to have begun before all else."""
    freeze("2026-11-24 10:00")
    call = answered(desk, **TOLD)
    draft = becoming.convert(call_id=call.pk, with_words=True, by=desk)
    draft.answers = dict(draft.answers) | AGREED
    draft.save(update_fields=["answers"])
    referrals.submit(draft_id=draft.pk, by=desk)
    assert becoming.link_sent() == 1
    freeze("2026-11-24 10:30")
    again = answered(desk, ended=False, **TOLD)
    matters.follow(call_id=again.pk, number=call.number, by=desk)
    earlier = said(started_at=clock.now() - timedelta(hours=2))
    calls.save(call_id=again.pk, said=earlier, by=desk, version=99)
    assert recount.check() == []
    calls.save(call_id=again.pk, said=ENDED, by=desk, end=True, version=99)
    assert counted()["led_to_referral"] == 1 and recount.check() == []


def test_a_consultation_that_becomes_a_referral_is_counted_once(
    nord: Assignment, desk: Assignment, asked: Call
) -> None:
    draft = becoming.convert(call_id=asked.pk, with_words=True, by=desk)
    said_no = {
        "consent_status": "refused", "needs": ["unknown"], "indicators": ["none"], "confirm_necessary": "yes",
        "languages": ["ro"],
    }  # fmt: skip
    draft.answers = dict(draft.answers) | said_no
    draft.save(update_fields=["answers"])
    talk = referrals.submit(draft_id=draft.pk, by=desk).case
    assert talk.is_consultation and not Person.objects.exists()
    becoming.link_sent()
    again = answered(desk, ended=False, about="advice")
    matters.follow(call_id=again.pk, number=asked.number, by=desk)
    grown = becoming.convert(call_id=again.pk, with_words=False, by=desk)
    grown.answers = dict(grown.answers) | AGREED
    grown.save(update_fields=["answers"])
    case = referrals.submit(draft_id=grown.pk, by=desk).case
    becoming.link_sent()
    assert case.consultation_of_id == talk.pk
    totals: Counter[str] = Counter()
    for row in CaseTally.objects.filter(unit__in=("referral", "case", "consultation")):
        totals[row.unit] += row.amount
    assert totals == {"referral": 1, "case": 1, "consultation": 0}
    assert counted()["led_to_referral"] == 1, "one matter"
