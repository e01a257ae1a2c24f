"""Several cases at once: what is done, what is not and why, taking it back; and the list on paper."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import loads

from accounts.enums import MailChoice
from accounts.models import User
from cases.enums import NoticeKind
from cases.models import Case, Notice, Recusal
from cases.services import bulk, triage
from cases.services.bulk import Choice
from cases.views import worklist
from coordinators.enums import DeskRight
from coordinators.models import DeskPermission
from core import clock, pdf
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail, PdfJob
from tests.case_factories import browser, text_of

pytestmark = pytest.mark.django_db
URL = "/inkorg/flera/"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def jonas(on_duty: Any) -> Any:
    return on_duty("mitt", "Jonas Ek")


@pytest.fixture
def cases(karin: Any, referrer: Any, send: Any) -> list[Case]:
    return [send(referrer).case for _n in range(3)]


def choices(cases: Any) -> list[Choice]:
    return [Choice(case.pk, Case.objects.get(pk=case.pk).version) for case in cases]


def values(cases: Any) -> list[str]:
    return [f"{choice.case_id}:{choice.version}" for choice in choices(cases)]


def assignees(cases: Any) -> list[Any]:
    return [Case.objects.get(pk=case.pk).assignee_id for case in cases]


# --- the service ------------------------------------------------------------------------------------------


def test_each_case_is_one_act_with_one_audit_row(cases: Any, karin: Any, jonas: Any) -> None:
    done = bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    assert assignees(cases) == [jonas.user_id] * 3 and not done.failed
    for case in cases:
        rows = AuditEvent.objects.filter(verb="case.assign", target_id=case.pk)
        assert [row.user_id for row in rows] == [karin.user_id]


def test_fifty_are_done_and_fifty_one_refused(karin: Any, jonas: Any, referrer: Any, send: Any) -> None:
    cases = [send(referrer).case for _n in range(51)]
    with pytest.raises(ValidationError, match="51"):
        bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    assert assignees(cases) == [None] * 51
    assert len(bulk.assign(chosen=choices(cases[:50]), assignee_id=jonas.user_id, by=karin).done) == 50
    assert assignees(cases) == [jonas.user_id] * 50 + [None]


def test_what_cannot_be_done_is_named_and_the_rest_done(
    cases: Any, karin: Any, jonas: Any, freeze: Any
) -> None:
    chosen = choices(cases)
    triage.accept(case_id=cases[1].pk, by=jonas)
    freeze("2026-11-23 09:05")
    done = bulk.assign(chosen=chosen, assignee_id=karin.user_id, by=karin)
    assert [row.reference for row in done.failed] == [cases[1].reference]
    assert "Jonas Ek" in done.failed[0].why
    assert assignees(cases) == [karin.user_id, jonas.user_id, karin.user_id]


def test_a_case_lost_meanwhile_is_named_not_done(cases: Any, karin: Any, jonas: Any) -> None:
    chosen = choices(cases)
    recuse(cases[0], karin)
    done = bulk.snooze(chosen=chosen, until=clock.now() + timedelta(days=1), by=karin)
    assert [row.reference for row in done.failed] == [cases[0].reference]
    assert Case.objects.get(pk=cases[0].pk).snoozed_until is None
    assert Case.objects.get(pk=cases[1].pk).snoozed_until is not None
    assert AuditEvent.objects.using("audit").filter(outcome="refused", target_id=cases[0].pk).exists()


def recuse(case: Case, who: Any) -> None:
    key = Case.objects.select_related("data_key").get(pk=case.pk).data_key
    Recusal.objects.create(case=case, user=who.user, data_key=key, reason="Släkt", made_at=clock.now())


def test_whoever_may_only_look_gets_each_case_back_with_the_reason(
    cases: Any, karin: Any, jonas: Any
) -> None:
    rows = DeskPermission.objects.filter(membership_id=karin.membership_id)
    rows.filter(permission__codename=DeskRight.ASSIGN).delete()
    done = bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    assert not done.done and len(done.failed) == 3 and not done.token
    assert {row.why for row in done.failed} == {"Du har inte rätt att göra detta i ärendet."}


def test_somebody_who_is_not_on_duty_gets_nothing(cases: Any, karin: Any, referrer: Any) -> None:
    done = bulk.assign(chosen=choices(cases), assignee_id=referrer.user_id, by=karin)
    assert len(done.failed) == 3 and assignees(cases) == [None] * 3


def test_old_and_new_owner_are_told_of_each_and_mailed_once(
    cases: Any, karin: Any, jonas: Any, on_duty: Any
) -> None:
    third = on_duty("mitt", "Sara Lund")
    User.objects.update(mail=MailChoice.DIRECT)
    bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    mine = Notice.objects.filter(user=jonas.user, kind=NoticeKind.ASSIGNED)
    assert mine.count() == 3 and {row.by_id for row in mine} == {karin.user_id}
    mails = OutboundEmail.objects.filter(user_id=jonas.user_id, dedupe_key__startswith="now:batch:")
    assert mails.count() == 1 and mails.get().next_attempt_at > clock.now()
    bulk.assign(chosen=choices(cases), assignee_id=third.user_id, by=karin)
    lost = Notice.objects.filter(user=jonas.user, kind=NoticeKind.UNASSIGNED)
    assert lost.count() == 3 and {row.by_id for row in lost} == {karin.user_id}


def test_one_token_takes_all_of_it_back(cases: Any, karin: Any, jonas: Any) -> None:
    triage.accept(case_id=cases[0].pk, by=karin)
    done = bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    back = bulk.take_back(token=done.token, by=karin)
    assert len(back.done) == 3 and not back.failed
    assert assignees(cases) == [karin.user_id, None, None]
    assert not Notice.objects.filter(user=jonas.user, kind=NoticeKind.ASSIGNED).exists()
    assert AuditEvent.objects.filter(verb="case.undo").count() == 3


def test_a_case_somebody_worked_on_since_stays_as_it_is(cases: Any, karin: Any, jonas: Any) -> None:
    done = bulk.snooze(chosen=choices(cases), until=clock.now() + timedelta(days=2), by=karin)
    triage.wake(case_id=cases[2].pk, by=jonas)
    back = bulk.take_back(token=done.token, by=karin)
    assert [row.reference for row in back.failed] == [cases[2].reference] and len(back.done) == 2


def test_after_half_a_minute_or_by_somebody_else_nothing_is_taken_back(
    cases: Any, karin: Any, jonas: Any, settings: Any, monkeypatch: Any
) -> None:
    done = bulk.assign(chosen=choices(cases), assignee_id=jonas.user_id, by=karin)
    other = bulk.take_back(token=done.token, by=jonas)
    assert len(other.failed) == 3 and assignees(cases) == [jonas.user_id] * 3
    settings.UNDO_WINDOW = timedelta(seconds=-1)
    with pytest.raises(TransitionNotAllowed):
        bulk.take_back(token=done.token, by=karin)
    with pytest.raises(TransitionNotAllowed):
        bulk.take_back(token=done.token + "x", by=karin)
    assert len(loads(done.token, salt=bulk.SALT)) == 3


# --- the pages --------------------------------------------------------------------------------------------


def hidden(page: Any) -> list[str]:
    return re.findall(r'name="case" value="([^"]+)"', page.content.decode())


def test_from_the_list_through_the_form_and_back_again(cases: Any, karin: Any, jonas: Any) -> None:
    client = browser(karin)
    listed = hidden(client.get("/inkorg/?vy=alla"))
    assert sorted(listed) == sorted(str(case.pk) for case in cases)
    form = client.post(f"{URL}tilldela/?vy=alla", {"case": listed})
    assert form.status_code == 200 and len(hidden(form)) == 3 and "Jonas Ek" in text_of(form)
    assert assignees(cases) == [None] * 3, "choosing does nothing yet"
    data = {"case": hidden(form)[:2], "confirmed": "1", "assignee": str(jonas.user_id)}
    done = client.post(f"{URL}tilldela/?vy=alla", data)
    assert done.status_code == 302 and done["Location"] == "/inkorg/?vy=alla"
    page = client.get(done["Location"])
    assert "2 ärenden tilldelade" in text_of(page)
    assert assignees(cases).count(jonas.user_id) == 2
    token = re.findall(r'name="token" value="([^"]+)"', page.content.decode())[0]
    assert len(token) < 4000
    client.post(f"{URL}angra/", {"token": token})
    assert assignees(cases) == [None] * 3


def test_none_or_too_many_are_refused_with_words(cases: Any, karin: Any, referrer: Any, send: Any) -> None:
    client = browser(karin)
    none = client.post(f"{URL}parkera/", {})
    assert "Välj minst ett ärende" in text_of(none) and "<title>Fel" in none.content.decode()
    many = [str(send(referrer).case_id) for _n in range(51)]
    page = client.post(f"{URL}parkera/", {"case": many, "confirmed": "1", "when": "tomorrow"})
    assert "Du har valt 51 ärenden. Välj högst 50" in text_of(page)
    assert not Case.objects.filter(snoozed_until__isnull=False).exists()


def test_foreign_and_made_up_ids_are_an_error_and_nothing_is_done(
    cases: Any, karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    on_duty("syd")
    foreign = send(referrer, municipality_of_presence="1280").case
    assert foreign.desk_id != cases[0].desk_id
    client = browser(karin)
    for bad in (str(foreign.pk), "00000000-0000-4000-8000-000000000000", "hej"):
        data = {"case": [str(cases[0].pk), bad], "confirmed": "1", "when": "tomorrow"}
        page = client.post(f"{URL}parkera/", data)
        assert page.status_code == 200 and "1 av ärendena du valde finns inte" in text_of(page)
        assert foreign.reference not in text_of(page) and cases[0].reference in text_of(page)
    assert not Case.objects.filter(snoozed_until__isnull=False).exists()
    assert AuditEvent.objects.using("audit").filter(verb="inbox.bulk", outcome="refused").count() == 3


def test_a_conflict_is_told_by_reference_and_the_rest_is_done(cases: Any, karin: Any, jonas: Any) -> None:
    client = browser(karin)
    chosen = values(cases)
    triage.snooze(case_id=cases[0].pk, until=clock.now() + timedelta(days=9), by=jonas)
    data = {"case": chosen, "confirmed": "1", "assignee": str(karin.user_id)}
    page = client.post(f"{URL}tilldela/", data)
    assert page.status_code == 200 and cases[0].reference in text_of(page)
    assert "2 ärenden tilldelade" in text_of(page) and 'name="token"' in page.content.decode()
    assert assignees(cases) == [None, karin.user_id, karin.user_id]


def test_a_missing_answer_is_said_at_its_field_and_the_choice_kept(cases: Any, karin: Any) -> None:
    client = browser(karin)
    for slug in ("tilldela", "parkera", "skriv-ut"):
        page = client.post(f"{URL}{slug}/", {"case": values(cases), "confirmed": "1"})
        assert page.status_code == 200 and 'aria-invalid="true"' in page.content.decode(), slug
        assert len(hidden(page)) == 3


def test_there_is_no_other_act(karin: Any, cases: Any) -> None:
    client = browser(karin)
    for slug in ("ta-emot", "avsluta"):
        assert client.post(f"{URL}{slug}/", {"case": values(cases), "confirmed": "1"}).status_code == 404
    assert client.get(f"{URL}tilldela/").status_code == 405


def test_whoever_has_no_inbox_is_refused(cases: Any, referrer: Any) -> None:
    client = browser(referrer)
    assert client.post(f"{URL}tilldela/", {"case": values(cases)}).status_code == 403
    assert client.post(f"{URL}angra/", {"token": "x"}).status_code == 403


@pytest.mark.parametrize("number", [1, 30])
def test_as_many_queries_to_choose_one_as_thirty(
    karin: Any, referrer: Any, send: Any, number: int, django_assert_max_num_queries: Any
) -> None:
    chosen = [str(send(referrer).case_id) for _n in range(number)]
    client = browser(karin)
    client.post(f"{URL}tilldela/", {"case": chosen})
    with django_assert_max_num_queries(14):
        client.post(f"{URL}tilldela/", {"case": chosen})


# --- on paper ---------------------------------------------------------------------------------------------


def test_the_list_on_paper_is_one_job_audited_and_without_identity(cases: Any, karin: Any) -> None:
    client = browser(karin)
    data = {"case": values(cases), "confirmed": "1", "reason": "Möte på måndag"}
    answer = client.post(f"{URL}skriv-ut/?vy=alla", data)
    job = PdfJob.objects.get()
    assert answer["Location"] == f"/papper/{job.pk}/"
    event = AuditEvent.objects.get(verb="inbox.print")
    assert set(event.target_ids) == {case.pk for case in cases} and event.reason == "Möte på måndag"
    html, data_ = pdf.render_pdf(worklist.TEMPLATE, job.context, "sv")
    assert all(case.reference in html for case in cases) and data_[:5] == b"%PDF-"
    assert "Björk-27" not in html and "Första svar" not in job.filename
    assert client.get(answer["Location"]).status_code == 200


def test_the_paper_closes_when_a_case_on_it_is_not_hers_any_more(
    cases: Any, karin: Any, on_duty: Any
) -> None:
    on_duty("syd")
    client = browser(karin)
    data = {"case": values(cases), "confirmed": "1", "reason": "Möte på måndag"}
    url = client.post(f"{URL}skriv-ut/", data)["Location"]
    recuse(cases[0], karin)
    assert client.get(url).status_code == 404
