"""Pages of handovers, recusals and the routing's corrections; and a form from an old tab."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import ForwardReason
from cases.models import Case, Handover, Note, Recusal, RouteCorrection
from cases.services import handovers, recusals, triage
from coordinators.models import Desk
from core import clock
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.factories import member

pytestmark = pytest.mark.django_db
WRITTEN = "Hon behöver tolk på thai & <b>en</b> lugn plats."


@pytest.fixture
def karin(on_duty: Any) -> Assignment:
    who: Assignment = on_duty("mitt", "Karin Holm")
    return who


@pytest.fixture
def vera(on_duty: Any) -> Assignment:
    who: Assignment = on_duty("vast", "Vera Väst")
    return who


@pytest.fixture
def case(karin: Assignment, referrer: Assignment, send: Any, freeze: Any) -> Case:
    freeze("2026-11-23 08:40")
    return accepted(send(referrer).case, karin)


def at(case: Case, tail: str) -> str:
    return f"/arenden/{case.pk}/{tail}"


def form(**changes: Any) -> dict[str, Any]:
    vast = Desk.objects.get(key="vast")
    given = {"how": "desk", "desk": str(vast.pk), "municipality": "", "reason": "moved",
             "moves_on": "2026-11-25", "text": WRITTEN}  # fmt: skip
    return given | changes


def test_the_whole_way_on_screen(case: Case, karin: Assignment, vera: Assignment) -> None:
    in_case(case, karin)
    old, new = browser(karin), browser(vera)
    assert "Lämna över" in text_of(old.get(at(case, ""))) or at(case, "lamna-over/") in old.get(
        at(case, "")).content.decode()  # fmt: skip
    assert old.get(at(case, "lamna-over/")).status_code == 200
    preview = old.post(at(case, "lamna-over/"), form())
    assert not Handover.objects.exists() and 'name="confirm"' in preview.content.decode()
    assert "Vera Väst" in text_of(preview) and "Aktör police" in text_of(preview)
    assert 'value="desk"' in preview.content.decode() and "&lt;b&gt;" in preview.content.decode()
    again = old.post(at(case, "lamna-over/"), form(change="1"))
    assert "Hon behöver tolk" in again.content.decode() and 'name="confirm"' not in again.content.decode()
    assert old.post(at(case, "lamna-over/"), form(confirm="1"))["Location"] == at(case, "overlamning/")
    assert "overlamning/" in old.get(at(case, "")).content.decode()
    page = new.get(at(case, "overlamning/"))
    assert "Hon behöver tolk" in text_of(page) and "Björk-27" not in text_of(page)
    assert "Arbetar sju dagar" not in text_of(new.get(at(case, "")))
    assert at(case, "overlamning/") in new.get("/arbete/").content.decode()
    assert new.get(at(case, "checklista/")).status_code == 404
    wrong = new.post(at(case, "overlamning/avboj/"), {"answer": ""})
    assert (
        wrong.status_code == 200
        and 'id="error-' in wrong.content.decode()
        or "error" in wrong.content.decode()
    )
    assert new.post(at(case, "overlamning/ta-over/"))["Location"] == at(case, "")
    assert new.get(at(case, "checklista/")).status_code == 200
    reading = old.get(at(case, ""))
    assert reading.status_code == 200 and "lamna-over/" not in reading.content.decode()
    for page_ in ("checklista/", "meddelanden/", "aktorer/", "historik/", "datum/", "overlamning/"):
        assert old.get(at(case, page_)).status_code == 200, page_
    assert old.get(at(case, "lamna-over/")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"how": ""}, "how"),
        ({"desk": ""}, "desk"),
        ({"desk": "inget"}, "desk"),
        ({"how": "place", "municipality": ""}, "municipality"),
        ({"how": "place", "municipality": "0380"}, "municipality"),
        ({"reason": ""}, "reason"),
        ({"moves_on": "i övermorgon"}, "moves_on"),
        ({"moves_on": "2026-11-22", "confirm": "1"}, "moves_on"),
        ({"text": "x" * 2001}, "text"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    case: Case, karin: Assignment, vera: Assignment, changes: dict[str, str], field: str
) -> None:
    page = browser(karin).post(at(case, "lamna-over/"), form(**changes))
    assert page.status_code == 200 and not Handover.objects.exists()
    assert field in page.context["form"].errors
    if field != "text":
        assert "Hon behöver tolk" in page.content.decode(), "what was typed stays"


def test_others_find_nothing(case: Case, karin: Assignment, vera: Assignment, on_duty: Any) -> None:
    worker = in_case(case, karin)
    handovers.ask(case_id=case.pk, desk_id=Desk.objects.get(key="vast").pk, reason=ForwardReason.MOVED,
                  moves_on=clock.today(), text=WRITTEN, by=karin)  # fmt: skip
    assert browser(worker).get(at(case, "overlamning/")).status_code == 404
    assert browser(worker).get(at(case, "lamna-over/")).status_code == 403
    assert browser(on_duty("syd")).get(at(case, "overlamning/")).status_code == 404
    national = browser(on_duty("national"))
    assert national.get(at(case, "overlamning/")).status_code == 404
    assert browser(vera).post(at(case, "overlamning/ta-tillbaka/")).status_code == 403
    assert browser(karin).post(at(case, "overlamning/ta-over/")).status_code == 403


def test_the_second_one_reads_who_was_first(
    case: Case, karin: Assignment, vera: Assignment, on_duty: Any
) -> None:
    per = browser(on_duty("mitt", "Per Ek"))
    browser(karin).post(at(case, "lamna-over/"), form(confirm="1"))
    page = per.get(at(case, "lamna-over/"), follow=True)
    assert "Karin Holm" in text_of(page)
    assert Handover.objects.count() == 1


# --- a form from an old tab ------------------------------------------------------------------------


def test_a_note_from_an_old_tab_is_kept_on_screen(
    case: Case, karin: Assignment, vera: Assignment, freeze: Any
) -> None:
    """S26: nothing is stored, the text stays to be copied, the reason is told."""
    old = browser(karin)
    old.get(at(case, "meddelanden/"))
    handovers.ask(case_id=case.pk, desk_id=Desk.objects.get(key="vast").pk, reason=ForwardReason.MOVED,
                  moves_on=clock.today(), by=karin)  # fmt: skip
    freeze("2026-11-23 09:02")
    handovers.accept(case_id=case.pk, by=vera)
    for now in ("2026-11-23 09:03", "2026-11-24 09:03"):
        freeze(now)
        for tail, data in (
            ("meddelanden/anteckna/", {"note-text": WRITTEN}),
            ("meddelanden/skicka/", {"to": f"desk:{case.desk_id}", "text": WRITTEN}),
            ("fraga/", {"text": WRITTEN}),
            ("lamna-over/", form()),
            ("javig/", {"reason": WRITTEN}),
        ):
            page = browser(karin).post(at(case, tail), data)
            assert page.status_code in (403, 404), tail
            assert (
                "lugn plats" in text_of(page) and "Vera Väst" in text_of(page) and "09.02" in text_of(page)
            ), tail
            assert "<b>en</b>" not in page.content.decode()
    assert not Note.objects.exists() and not Recusal.objects.exists()


def test_a_stranger_s_text_comes_back_with_nothing_told(case: Case, karin: Assignment, on_duty: Any) -> None:
    """The same for a case of others and for one that does not exist."""
    syd = browser(on_duty("syd"))
    pages = []
    for pk in (str(case.pk), "11111111-1111-4111-8111-111111111111"):
        page = syd.post(f"/arenden/{pk}/fraga/", {"text": WRITTEN})
        assert page.status_code == 404 and "lugn plats" in text_of(page)
        pages.append(text_of(page).replace(pk, ""))
    assert pages[0] == pages[1] and "Karin" not in pages[0]
    assert syd.post(f"/arenden/{case.pk}/fraga/", {"text": ""}).status_code == 404


# --- sending back, corrections, recusals -----------------------------------------------------------


def test_sending_back_on_screen(karin: Assignment, vera: Assignment, referrer: Assignment, send: Any) -> None:
    case = send(referrer).case
    triage.forward(case_id=case.pk, desk_id=Desk.objects.get(key="vast").pk,
                   reason=ForwardReason.WRONG_REGION, by=karin)  # fmt: skip
    new = browser(vera)
    assert at(case, "sand-tillbaka/") in new.get(at(case, "")).content.decode()
    assert at(case, "sand-tillbaka/") in new.get(f"/inkorg/{case.pk}/").content.decode()
    assert "Karin Holm" in text_of(new.get(at(case, "sand-tillbaka/")))
    assert new.post(at(case, "sand-tillbaka/"), {"answer": ""}).status_code == 200
    assert new.post(at(case, "sand-tillbaka/"), {"answer": "Uppsala hör till er."}).status_code == 302
    case.refresh_from_db()
    assert case.desk.key == "mitt"
    assert new.get(at(case, "")).status_code == 404
    assert browser(karin).get(at(case, "sand-tillbaka/")).status_code == 302


def test_the_list_of_corrections(
    karin: Assignment, vera: Assignment, referrer: Assignment, send: Any, on_duty: Any
) -> None:
    case = send(referrer).case
    national = browser(on_duty("national"))
    assert "routningsforslag" not in text_of(national.get("/routningsforslag/"))
    triage.forward(case_id=case.pk, desk_id=Desk.objects.get(key="vast").pk,
                   reason=ForwardReason.WRONG_REGION, by=karin)  # fmt: skip
    row = RouteCorrection.objects.get()
    page = national.get("/routningsforslag/")
    assert "Uppsala" in text_of(page) and case.reference not in text_of(page)
    assert browser(karin).get("/routningsforslag/").status_code == 403
    assert browser(member(Role.ADMINISTRATOR)).get("/routningsforslag/").status_code == 200
    assert national.post(f"/routningsforslag/{row.pk}/klart/").status_code == 302
    row.refresh_from_db()
    assert row.handled_at is not None


def test_recusal_on_screen(case: Case, karin: Assignment, vera: Assignment, on_duty: Any) -> None:
    nina = on_duty("national")
    mine = browser(karin)
    assert mine.get(at(case, "javig/")).status_code == 200
    assert mine.post(at(case, "javig/"), {"reason": ""}).status_code == 200
    assert mine.post(at(case, "javig/"), {"reason": "Min svåger äger stället."}).status_code == 302
    assert mine.get(at(case, "")).status_code == 404
    assert mine.get("/arenden-javiga/").status_code == 403
    national = browser(nina)
    page = national.get("/arenden-javiga/")
    assert "Min svåger" in text_of(page) and case.reference in text_of(page) and "Karin Holm" in text_of(page)
    assert "Arbetar sju dagar" not in text_of(page)
    row, vast = Recusal.objects.get(), Desk.objects.get(key="vast")
    assert national.post(f"/arenden-javiga/{row.pk}/ge-till/", {"desk": ""}).status_code == 200
    assert national.post(f"/arenden-javiga/{row.pk}/ge-till/", {"desk": str(vast.pk)}).status_code == 302
    assert browser(vera).get(at(case, "")).status_code == 200
    assert national.get(at(case, "")).status_code == 404
    assert national.post(f"/arenden-javiga/{row.pk}/lyft/").status_code == 302
    assert browser(karin).post(f"/arenden-javiga/{row.pk}/lyft/").status_code == 403


def test_as_many_queries_for_one_as_for_many(
    karin: Assignment, referrer: Assignment, send: Any, on_duty: Any, freeze: Any
) -> None:
    freeze("2026-11-23 09:00")
    per, nina = on_duty("mitt", "Per Ek"), on_duty("national")
    counts = []
    for number in (1, 5):
        for _ in range(number):
            one = send(referrer).case
            recusals.recuse(case_id=one.pk, reason="Släkt.", by=per)
            recusals.recuse(case_id=one.pk, reason="Släkt.", by=karin)
        counts.append(queries(browser(nina), "/arenden-javiga/"))
    assert counts[0] == counts[1]
