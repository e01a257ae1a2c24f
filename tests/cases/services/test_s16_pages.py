"""Wrong disclosures on the screen: reporting, the desk's page, the officer's, paper; who meets nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext

from accounts.access import Assignment
from cases.enums import BreachDecision, BreachRisk, PersonTold
from cases.models import Breach, Notice, Step
from core import clock, pdf
from core.models import AuditEvent, PdfJob
from tests.cases.services.conftest import World
from tests.cases.services.wrongs import WHAT, Wrong, names_of
from tests.factories import sign_in

pytestmark = pytest.mark.django_db
REPORT = {"kind": "shared", "what": WHAT, "threat": "no", "noticed_at": "2026-11-23", "noticed_hour": "08.30"}
ASSESSED = {
    "risk": BreachRisk.RISK, "categories": ["identity"], "consequences": "QZföljd", "measures": "QZåtgärd",
    "told": "Kommunen", "person_told": PersonTold.YES, "person_told_why": "Med tolk i dag.",
    "decision": BreachDecision.NOTIFY, "decision_why": "QZskäl", "notified_at": "2026-11-23",
    "notified_hour": "09.00", "notified_as": "IMY-2026-1", "late_why": "",
}  # fmt: skip


@pytest.fixture
def wrong(world: World) -> Wrong:
    return Wrong(world)


def body(who: Assignment, url: str, status: int = 200) -> str:
    answer = sign_in(Client(), who).get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


def officers(breach: Breach, rest: str = "") -> str:
    return f"/dataskydd/incidenter/{breach.pk}/{rest}"


def paper(job: PdfJob) -> str:
    """The text of the document as the worker makes it."""
    html, _data = pdf.render_pdf(job.template, job.context, "sv")
    return html


def test_report_from_the_sharing_page_to_the_record(wrong: Wrong) -> None:
    assert wrong.url("incidenter/ny/") in body(wrong.karin, wrong.url("delning/"))
    browser = sign_in(Client(), wrong.karin)
    form = browser.get(wrong.url("incidenter/ny/")).content.decode()
    assert "Fel" in form and wrong.wrong.user.name not in form, "who has not looked is not named"
    answer = browser.post(wrong.url("incidenter/ny/"), REPORT | {"to": f"agency:{wrong.agency.pk}"})
    breach = Breach.objects.get()
    assert answer["Location"] == wrong.url(f"incidenter/{breach.pk}/")
    page = browser.get(answer["Location"]).content.decode()
    assert WHAT in page and "Fel" in page and page.count("<h1") == 1
    assert wrong.url("incidenter/") in browser.get(wrong.url()).content.decode()
    assert wrong.url(f"incidenter/{breach.pk}/") in browser.get(wrong.url("incidenter/")).content.decode()
    assert f"{clock.local(breach.noticed_at):%H.%M}" == "08.30"


def test_a_form_that_is_not_right_keeps_what_was_typed(wrong: Wrong) -> None:
    browser = sign_in(Client(), wrong.karin)
    answer = browser.post(wrong.url("incidenter/ny/"), REPORT | {"noticed_hour": "kvart över"})
    page = answer.content.decode()
    assert answer.status_code == 422 and WHAT in page and "error-summary" in page
    answer = browser.post(wrong.url("incidenter/ny/"), REPORT)
    assert answer.status_code == 422 and not Breach.objects.exists(), "nobody was named"


def test_the_desk_starts_steps_gives_sight_back_and_prints(wrong: Wrong) -> None:
    sign_in(Client(), wrong.wrong).post(wrong.url("identitet/"), {"reason": "Kontroll"})
    breach = wrong.report(f"user:{wrong.wrong.user_id}")
    browser, url = sign_in(Client(), wrong.karin), wrong.url(f"incidenter/{breach.pk}/")
    assert browser.post(f"{url}atgarder/", {}).status_code == 422
    chosen = {"steps": ["tell", "threat"], "owner_threat": str(wrong.police.agency_id), "owner_tell": "desk"}
    assert browser.post(f"{url}atgarder/", chosen)["Location"] == url
    assert Step.objects.filter(case_id=wrong.case_id, agency=wrong.police.agency, key="act.agreed").exists()
    row = breach.recipients.get()
    assert browser.post(f"{url}{row.pk}/ge-tillbaka/")["Location"] == url
    job = PdfJob.objects.get(pk=browser.post(f"{url}papper/")["Location"].strip("/").split("/")[-1])
    told = paper(job)
    assert WHAT in told and wrong.wrong.user.name in told and "Namn eller alias" in told
    assert "Aspqvist" not in told and job.case_id == wrong.case_id and "Elena" not in job.filename


def test_the_officers_day(wrong: Wrong) -> None:
    wrong.take_out(wrong.wrong)
    breach = wrong.report()
    home = body(wrong.dora, "/dataskydd/")
    assert "/dataskydd/incidenter/" in home
    browser = sign_in(Client(), wrong.dora)
    notice = Notice.objects.get(user_id=wrong.dora.user_id)
    assert browser.get(f"/aviseringar/{notice.pk}/")["Location"] == "/dataskydd/incidenter/"
    assert officers(breach) in browser.get("/dataskydd/incidenter/").content.decode()
    page = browser.get(officers(breach)).content.decode()
    assert WHAT in page and "Namn eller alias" in page and "Aspqvist" not in page
    assert wrong.url() not in page, "no way into the case"
    assert browser.get(wrong.url()).status_code == 404
    form = browser.get(officers(breach, "bedomning/")).content.decode()
    assert 'value="identity"' in form and "checked" in form, "filled in from what was opened"
    wrongly = browser.post(officers(breach, "bedomning/"), ASSESSED | {"version": 0, "decision_why": ""})
    assert wrongly.status_code == 422 and "QZföljd" in wrongly.content.decode()
    assert browser.post(officers(breach, "avsluta/")).status_code == 422
    assert browser.post(officers(breach, "bedomning/"), ASSESSED | {"version": 0}).status_code == 302
    stale = browser.post(officers(breach, "bedomning/"), ASSESSED | {"version": 0, "measures": "QZnytt"})
    both = stale.content.decode()
    assert stale.status_code == 409 and "QZnytt" in both and "QZåtgärd" in both and "[&#x27;" not in both
    job = browser.post(officers(breach, "papper/"))["Location"]
    told = paper(PdfJob.objects.get(pk=job.strip("/").split("/")[-1]))
    assert "QZskäl" in told and "Aspqvist" not in told
    assert browser.get(job).status_code == 200
    assert browser.post(officers(breach, "avsluta/"))["Location"] == "/dataskydd/incidenter/"
    assert browser.get(officers(breach, "bedomning/"))["Location"] == officers(breach)
    assert "QZskäl" in body(wrong.karin, wrong.url(f"incidenter/{breach.pk}/")), "the desk reads the decision"


def test_the_paper_is_fetched_only_by_those_still_cleared(wrong: Wrong) -> None:
    breach = wrong.report()
    browser = sign_in(Client(), wrong.dora)
    job = browser.post(officers(breach, "papper/"))["Location"]
    breach.recipients.create(user_id=wrong.dora.user_id, had_sight=False)
    assert browser.get(job).status_code == 404


@pytest.mark.security("S03", "pages of a wrong disclosure, by everybody who is not cleared")
def test_nobody_else_meets_it_anywhere(wrong: Wrong, tried: Any) -> None:
    """Not in the head of the case, history, ledger, checklist, notices; and the pages are not there."""
    breach = wrong.report()
    everywhere = ("", "historik/", "delning/", "checklista/", "aktorer/", "handlingar/", "meddelanden/")
    pages = ("incidenter/", f"incidenter/{breach.pk}/")
    for page in everywhere:
        told = body(wrong.police, wrong.url(page))
        assert str(breach.pk) not in told and WHAT not in told and 'incidenter/"' not in told, page
        tried()
    for who, status in (
        (wrong.police, 404),
        (wrong.wrong, 404),
        (wrong.world.referrer, 404),
        (wrong.world.syd, 404),
    ):
        for page in pages:
            body(who, wrong.url(page), status)
            tried()
        body(who, officers(breach), 403)
    for verb in ("atgarder/", "papper/"):
        assert (
            sign_in(Client(), wrong.police).post(wrong.url(f"incidenter/{breach.pk}/{verb}")).status_code
            == 404
        )
    refused = AuditEvent.objects.using("audit").filter(verb="breach.list", outcome="refused")
    assert refused.filter(user_id=wrong.police.user_id).exists()
    assert "breach" not in names_of(wrong.police)


def test_an_agency_that_reports_itself_out_is_led_to_its_work(wrong: Wrong) -> None:
    browser = sign_in(Client(), wrong.wrong)
    answer = browser.post(wrong.url("incidenter/ny/"), REPORT | {"to": f"agency:{wrong.agency.pk}"})
    assert answer["Location"] == "/arbete/" and browser.get(wrong.url()).status_code == 404


def test_whoever_was_shut_out_reads_neutral_words(wrong: Wrong) -> None:
    browser = sign_in(Client(), wrong.wrong)
    browser.get(wrong.url())
    wrong.report(f"user:{wrong.wrong.user_id}")
    answer = browser.post(wrong.url("meddelanden/anteckna/"), {"text": "QZ min anteckning"})
    page = answer.content.decode()
    assert answer.status_code == 404 and str(recused_words()) not in page


def recused_words() -> str:
    return gettext("You have said that you cannot handle the case.")
