"""The screens of requests and extracts: from the form to the paper, by hand and without script."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums.subject import PackState, RequestOutcome
from cases.models import DataPack, Disclosure, Notice, PackDecision, SubjectRequest
from cases.services import messages
from core import clock, pdf
from core.models import AuditEvent, PdfJob
from tests.case_factories import accepted, browser, queries, text_of
from tests.factories import member

pytestmark = pytest.mark.django_db
SUSPECT = "Viktor Ozolins"
LIST = "/dataskydd/begaranden/"
NEW = {"received_on": "2026-11-20", "channel": "handler", "language": "ar", "answer_to": "Hos Fatima."}
CHECK = {"how": "document", "checked_on": "2026-11-23", "words": "Pass, sett av Fatima."}


@pytest.fixture
def officer(freeze: Any) -> Assignment:
    freeze("2026-11-23 09:00")
    return speaking(member(Role.DATA_PROTECTION_OFFICER))


@pytest.fixture
def second() -> Assignment:
    return speaking(member(Role.DATA_PROTECTION_OFFICER))


def speaking(who: Assignment) -> Assignment:
    """English, so that the words asked for are those of the code."""
    who.user.language = "en"
    who.user.save(update_fields=["language"])
    return who


@pytest.fixture
def karin(officer: Assignment, on_duty: Any) -> Assignment:
    found: Assignment = on_duty("mitt", "Karin Holm")
    return found


@pytest.fixture
def case(karin: Assignment, referrer: Any, send: Any) -> Any:
    found = accepted(send(referrer).case, karin)
    messages.add_note(case_id=found.pk, text=f"{SUSPECT} ringde.", by=karin)
    return found


def registered(client: Client) -> SubjectRequest:
    assert client.post(f"{LIST}ny/", NEW).status_code == 302
    return SubjectRequest.objects.latest("registered_at")


def with_case(client: Client, case: Any) -> SubjectRequest:
    request = registered(client)
    assert client.post(f"{LIST}{request.pk}/identitet/", CHECK).status_code == 302
    assert client.post(f"{LIST}{request.pk}/arende/", {"reference": case.reference}).status_code == 302
    return request


def host(request: SubjectRequest, case: Any) -> DataPack:
    return request.packs.get(agency_id=case.desk.agency_id)


def at(pack: DataPack, page: str = "") -> str:
    return f"/dataskydd/utdrag/{pack.pk}/{page}"


def go_through(client: Client, pack: DataPack) -> None:
    """Every part, page by page, giving everything out."""
    url = at(pack, "uppgifter/")
    for _page in range(20):
        page = client.get(url)
        form = page.context["form"]
        data = {"version": form["version"].value()}
        for one in form.asked:
            data |= {f"k{one.number}": form[f"k{one.number}"].value(), one.verdict: "release"}
        answer = client.post(url, data)
        assert answer.status_code == 302, text_of(answer)
        url = answer["Location"]
        if url == at(pack):
            return
    raise AssertionError("there is no end to it")


@pytest.mark.timeout(180)
def test_the_whole_way_on_the_screens(case: Any, officer: Assignment, second: Assignment) -> None:
    dora, david = browser(officer), browser(second)
    request = with_case(dora, case)
    pack = host(request, case)
    words = {"words": SUSPECT, "protects": "suspect", "secrecy": "osl_26_1", "del": "anteckningar"}
    assert dora.post(at(pack, "ord/"), words)["Location"] == at(pack, "anteckningar/")
    page = text_of(dora.get(at(pack, "anteckningar/")))
    assert "[left out 1]" in page and "Ozolins" not in page
    go_through(dora, pack)
    pack.refresh_from_db()
    assert dora.post(at(pack, "klart/"), {"version": pack.version}).status_code == 302
    assert Notice.objects.filter(user_id=second.user_id, kind="pack_ready").count() == 1
    pack.refresh_from_db()
    assert dora.post(at(pack, "godkann/"), {"version": pack.version}).status_code == 403
    assert david.post(at(pack, "godkann/"), {"version": pack.version}, follow=True).status_code == 200
    pack.refresh_from_db()
    assert pack.state == PackState.PREPARED, "nothing was read by the second person yet"
    for line in david.get(at(pack)).context["parts"]:
        assert david.get(line["url"]).status_code == 200
    assert "Ozolins" not in text_of(david.get(at(pack, "anteckningar/")))
    david.post(at(pack, "godkann/"), {"version": pack.version})
    paper = david.post(at(pack, "papper/"), {"language": "en"})
    job = PdfJob.objects.latest("created_at")
    assert paper["Location"] == f"/papper/{job.pk}/" and pdf.render(job.pk) == "ready"
    downloaded = david.get(f"/papper/{job.pk}/hamta/")
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(downloaded.content)).pages)
    assert "Björk-27" in text and "Ozolins" not in text
    assert case.reference not in downloaded["Content-Disposition"]
    assert dora.get(f"/papper/{job.pk}/hamta/").status_code == 404, "his order is his"
    pack.refresh_from_db()
    given = {"given_on": "2026-11-23", "how": "in_person", "interpreter": "yes", "version": pack.version}
    assert dora.post(at(pack, "lamnat/"), given)["Location"] == f"{LIST}{request.pk}/"
    assert Disclosure.objects.filter(subject_id=pack.pk, case=case).count() == 1
    verbs = set(AuditEvent.objects.filter(verb__startswith="subject.").values_list("verb", flat=True))
    assert verbs >= {
        "subject.register", "subject.check", "subject.find", "subject.read", "subject.mask", "subject.decide",
        "subject.prepare", "subject.approve", "subject.pdf", "subject.give",
    }  # fmt: skip


def test_the_paper_ends_with_the_right_and_with_the_approval(
    case: Any, officer: Assignment, second: Assignment
) -> None:
    dora, david = browser(officer), browser(second)
    pack = host(with_case(dora, case), case)
    go_through(dora, pack)
    pack.refresh_from_db()
    dora.post(at(pack, "klart/"), {"version": pack.version})
    for line in david.get(at(pack)).context["parts"]:
        david.get(line["url"])
    pack.refresh_from_db()
    david.post(at(pack, "godkann/"), {"version": pack.version})
    david.post(at(pack, "papper/"), {"language": "sv"})
    job = PdfJob.objects.latest("created_at")
    pdf.render(job.pk)
    pack.refresh_from_db()
    dora.post(at(pack, "tillbaka/"), {"words": "Namnet står kvar.", "version": pack.version})
    assert david.get(f"/papper/{job.pk}/hamta/").status_code == 404
    assert "Namnet står kvar." in text_of(dora.get(at(pack)))


def test_leaving_a_piece_out_needs_whom_and_by_what_law(case: Any, officer: Assignment) -> None:
    dora = browser(officer)
    pack = host(with_case(dora, case), case)
    url = at(pack, "anteckningar/")
    form = dora.get(url).context["form"]
    data = {"version": 0, "k0": form["k0"].value(), "v0": "withhold"}
    page = dora.post(url, data)
    assert page.status_code == 422 and "Choose whom it protects" in text_of(page)
    assert not PackDecision.objects.filter(pack=pack).exists()
    assert dora.post(url, data | {"p0": "inquiry", "s0": "osl_18_1"}).status_code == 302
    row = PackDecision.objects.get(pack=pack)
    assert (row.verdict, row.protects, row.secrecy) == ("withhold", "inquiry", "osl_18_1")
    assert "OSL 18:1" in text_of(dora.get(url))


def test_an_old_page_decides_nothing(case: Any, officer: Assignment) -> None:
    dora = browser(officer)
    pack = host(with_case(dora, case), case)
    url = at(pack, "anteckningar/")
    form = dora.get(url).context["form"]
    data = {"version": 7, "k0": form["k0"].value(), "v0": "release"}
    assert dora.post(url, data).status_code == 409
    assert not PackDecision.objects.filter(pack=pack).exists()


def test_every_page_asks_who_she_is_again_before_content(case: Any, officer: Assignment, freeze: Any) -> None:
    dora = browser(officer)
    pack = host(with_case(dora, case), case)
    freeze("2026-11-23 09:15")
    for page in ("anteckningar/", "ord/"):
        assert dora.get(at(pack, page))["Location"].startswith("/bekrafta/")
    assert dora.get(at(pack)).status_code == 200, "nothing of what stands in it"
    assert SUSPECT not in text_of(dora.get(at(pack)))


def test_what_was_typed_stays_and_the_error_is_at_the_field(case: Any, officer: Assignment) -> None:
    dora = browser(officer)
    page = dora.post(f"{LIST}ny/", NEW | {"received_on": "2026-12-24"})
    assert page.status_code == 422 and "Hos Fatima." in text_of(page)
    request = registered(dora)
    unchecked = dora.post(f"{LIST}{request.pk}/arende/", {"reference": case.reference})
    assert unchecked.status_code == 422 and not request.found.exists()
    dora.post(f"{LIST}{request.pk}/identitet/", CHECK)
    wrong = dora.post(f"{LIST}{request.pk}/arende/", {"reference": "Björk-27"})
    assert wrong.status_code == 422 and "Write the number like this" in text_of(wrong)
    refused = dora.post(f"{LIST}{request.pk}/avsluta/", {"outcome": "refused", "version": 1})
    assert refused.status_code == 422
    ended = {"outcome": "withdrawn", "words": "", "version": 1}
    assert dora.post(f"{LIST}{request.pk}/avsluta/", ended).status_code == 302
    request.refresh_from_db()
    assert request.outcome == RequestOutcome.WITHDRAWN
    assert dora.get(f"{LIST}{request.pk}/forlang/").status_code == 403


def test_the_list_says_nothing_about_who_and_costs_the_same(case: Any, officer: Assignment) -> None:
    dora = browser(officer)
    empty = text_of(dora.get(LIST))
    assert "Nobody has asked" in empty
    with_case(dora, case)
    page, first = text_of(dora.get(LIST)), queries(dora, LIST)
    assert case.reference not in page and "Björk-27" not in page
    for _number in range(4):
        registered(dora)
    assert queries(dora, LIST) == first


def test_who_is_late_is_said(officer: Assignment, portal: None, freeze: Any) -> None:
    dora = browser(officer)
    registered(dora)
    freeze("2026-12-23 09:00")
    page = text_of(browser(officer).get(LIST))
    assert "3 days late" in page


def test_her_home_counts_what_is_open(officer: Assignment, portal: None) -> None:
    dora = browser(officer)
    assert LIST in dora.get("/dataskydd/").content.decode()
    registered(dora)
    assert "1 waits" in text_of(dora.get("/dataskydd/"))


def test_a_notice_leads_to_the_list(officer: Assignment, portal: None) -> None:
    row = Notice.objects.create(
        user=officer.user, kind="request_due", dedupe_key="x", made_at=clock.now() - timedelta(hours=1)
    )
    dora = browser(officer)
    assert f"/aviseringar/{row.pk}/" in dora.get("/aviseringar/").content.decode()
    assert dora.get(f"/aviseringar/{row.pk}/")["Location"] == LIST


def test_the_access_log_of_the_case_says_that_it_was_read(
    case: Any, officer: Assignment, karin: Assignment
) -> None:
    dora = browser(officer)
    pack = host(with_case(dora, case), case)
    dora.get(at(pack, "anteckningar/"))
    log = text_of(browser(karin).get(f"/arenden/{case.pk}/atkomstlogg/"))
    assert officer.user.name in log
