"""S32: who has seen a case, through every door, with time and reason; and the auditor sees nothing of it."""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.enums import AgencyKind, Role
from cases.enums import Verb
from cases.models import Case
from cases.services import feeds
from core import audit, clock, seals
from core.models import AuditEvent, PdfJob
from nrm_portal.review import trail
from nrm_portal.review.words import CASES, IDENTITIES, LISTED, OPENED, TAKEN_OUT, WORDS
from tests.case_factories import accepted, browser, in_case, text_of
from tests.cases.conftest import ADULT
from tests.factories import member

pytestmark = pytest.mark.django_db
BASE = Path(__file__).resolve().parents[2]
WHY = {"reason": "Kontroll efter tips"}


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    cache.clear()
    freeze("2027-02-09 13:07")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Case:
    return accepted(send(referrer).case, karin)


@pytest.fixture
def auditor(portal: Any) -> Any:
    return member(Role.AUDITOR, user__name="Greta Granskare")


def asked(auditor: Any, case: Case) -> tuple[Client, Any]:
    """The page an auditor comes to with a number and a reason."""
    client = browser(auditor)
    answer = client.post("/granskning/arenden/", {"reference": case.reference, **WHY})
    assert answer.status_code == 302, text_of(answer)
    return client, client.get(answer["Location"])


def rows(page: Any) -> list[str]:
    """The lines of the table, each as text."""
    body = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    found = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in body.split("</tr>")]
    return [row for row in found if row]


@pytest.mark.security(
    "S60", "every door through which a case is seen stands in the answer to who has seen it"
)
def test_every_door_is_in_the_answer(
    case: Case, karin: Any, referrer: Any, auditor: Any, freeze: Any, tried: Callable[[int], None]
) -> None:
    police = in_case(case, karin, categories=("situation", "identity"))
    doors: list[tuple[str, Callable[[], Any], str]] = [
        ("Såg ärendet i inkorgen", lambda: browser(karin).get("/inkorg/?vy=alla"), ""),
        ("Såg ärendet i Mitt arbete", lambda: browser(karin).get("/arbete/"), ""),
        ("Såg ärendet i en lista", lambda: browser(police).get("/arenden/"), ""),
        ("Hittade ärendet med sök", lambda: browser(police).post("/sok/", {"q": "Uppsala"}), ""),
        ("Slog upp ett ärendenummer", lambda: browser(police).post("/sok/", {"q": case.reference}), ""),
        ("Läste ärendet", lambda: browser(police).get(f"/arenden/{case.pk}/"), ""),
        ("Läste om personen", lambda: browser(police).get(f"/arenden/{case.pk}/personen/"), ""),
        ("Öppnade identiteten", lambda: browser(karin).post(
            f"/arenden/{case.pk}/identitet/", {"reason": "Ringer tolken"}), "Ringer tolken"),
        ("Beställde ärendet som PDF", lambda: browser(karin).post(
            f"/arenden/{case.pk}/papper/", {"reason": "Till akten"}), "Till akten"),
        ("Beställde en lista över ärenden som PDF", lambda: browser(karin).post(
            "/inkorg/flera/skriv-ut/?vy=alla", {
                "case": [f"{case.pk}:{Case.objects.get(pk=case.pk).version}"], "confirmed": "1",
                "reason": "Möte på måndag"}), "Möte på måndag"),
        ("Kalendern hämtade sina tider", lambda: Client().get(f"/kalender/{feeds.make(by=karin)}.ics"), ""),
        ("Läste hänvisningen", lambda: browser(referrer).get(
            f"/hanvisningar/{case.opening_referral().pk}/"), ""),
    ]  # fmt: skip
    for minute, (_words, open_it, _why) in enumerate(doors):
        freeze(clock.now() + timedelta(minutes=1))
        answer = open_it()
        assert answer.status_code in (200, 302), (minute, answer.status_code, text_of(answer))
    _client, page = asked(auditor, case)
    lines = rows(page)
    for words, _open_it, why in doors:
        found = [line for line in lines if words in line]
        assert found, f"{words!r} is not in {lines}"
        assert any(why in line for line in found), why
        assert found[0].startswith("9 februari 2027 kl. 13."), found[0]
    assert any("Karin Holm" in line and "Öppnade identiteten" in line for line in lines)
    assert any(police.user.name in line for line in lines)
    tried(len(doors))


def test_papers_and_documents_taken_out_are_in_the_answer(
    case: Case, karin: Any, auditor: Any, settings: Any
) -> None:
    client = browser(karin)
    client.post(f"/arenden/{case.pk}/papper/", {"reason": "Till akten"})
    job = PdfJob.objects.get()
    job.state, job.result = "ready", b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    client.get(f"/papper/{job.pk}/hamta/")
    audit.record("document.open", uuid.uuid4(), by=karin, case=case.pk)
    lines = rows(asked(auditor, case)[1])
    assert any("en PDF" in line for line in lines)
    assert any("Öppnade en handling" in line for line in lines)
    copies = rows(browser(auditor).get("/granskning/kopior/"))
    assert [case.reference in line for line in copies] == [True] * 3, copies


def test_who_was_refused_is_in_the_answer(case: Case, on_duty: Any, auditor: Any) -> None:
    stranger = on_duty("syd", "Sara Syd")
    assert browser(stranger).get(f"/arenden/{case.pk}/").status_code == 404
    lines = rows(asked(auditor, case)[1])
    assert any("Nekat" in line and "Läste ärendet" in line and "Sara Syd" in line for line in lines)
    refused = rows(browser(auditor).get("/granskning/nekat/"))
    assert any(case.reference in line and "Sara Syd" in line for line in refused)


def test_the_auditor_sees_nothing_of_the_case(case: Case, karin: Any, referrer: Any, auditor: Any) -> None:
    """Not who the person is, nor the heading, place, form or anything that was written."""
    browser(karin).get(f"/arenden/{case.pk}/")
    client, page = asked(auditor, case)
    pages = [page, client.get("/granskning/"), client.get("/granskning/kopior/")]
    pages.append(client.post(f"/granskning/personer/{karin.user_id}/", WHY, follow=True))
    written = {str(value) for value in ADULT.values() if isinstance(value, str) and len(value) > 8}
    secret = {case.title, case.county.name, str(case.get_main_form_display())} | written
    for one in pages:
        text = one.content.decode()
        assert not [word for word in secret if word in text]
    assert client.get(f"/arenden/{case.pk}/").status_code == 404
    assert case.reference in pages[-1].content.decode()


def test_each_look_of_the_auditor_is_in_the_log(case: Case, auditor: Any) -> None:
    client, _page = asked(auditor, case)
    client.get(f"/granskning/arenden/{case.pk}/")
    verbs = list(
        AuditEvent.objects.filter(user_id=auditor.user_id).order_by("pk").values_list("verb", "target_id")
    )
    assert verbs == [("review.case", case.pk), ("review.read", case.pk), ("review.read", case.pk)]
    assert AuditEvent.objects.get(verb="review.case").reason == WHY["reason"]
    for path in ("", "arenden/", "personer/", "kopior/", "nekat/", "larm/", "stickprov/"):
        before = AuditEvent.objects.count()
        assert client.get(f"/granskning/{path}").status_code == 200
        assert AuditEvent.objects.count() == before + 1, path
    assert any(
        "Läste vem som har sett ett ärende" in line
        for line in rows(client.get(f"/granskning/arenden/{case.pk}/"))
    )


@pytest.mark.security("S60", "the log cannot be written: the page is not shown")
def test_no_row_no_page(case: Case, auditor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _page = asked(auditor, case)
    client.raise_request_exception = False

    def broken(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "record", broken)
    for path in ("", f"arenden/{case.pk}/", "personer/", "kopior/", "nekat/", "larm/", "stickprov/"):
        answer = client.get(f"/granskning/{path}")
        assert answer.status_code == 500 and "<table" not in answer.content.decode(), path


def test_sealing_that_stands_still_is_said(auditor: Any, karin: Any, freeze: Any) -> None:
    audit.record("work.read", by=karin)
    seals.seal()
    client = browser(auditor)
    assert "Ingen rad har förseglats" not in text_of(client.get("/granskning/"))
    freeze(clock.now() + timedelta(hours=2))
    assert "Ingen rad har förseglats" in text_of(browser(auditor).get("/granskning/"))


def test_no_reason_no_answer(case: Case, karin: Any, auditor: Any, freeze: Any) -> None:
    """By address too: the reason holds for this auditor, this case and eight hours."""
    client = browser(auditor)
    url = f"/granskning/arenden/{case.pk}/"
    first = client.get(url)
    assert "Varför tittar du?" in text_of(first) and "<table" not in first.content.decode()
    empty = client.post("/granskning/arenden/", {"reference": case.reference, "reason": " . "})
    assert empty.status_code == 422 and "Skriv varför du tittar" in text_of(empty)
    assert client.post(url, WHY)["Location"] == url
    assert "<table" in client.get(url).content.decode()
    assert "Varför tittar du?" in text_of(browser(member(Role.AUDITOR)).get(url))
    freeze(clock.now() + timedelta(hours=9))
    assert "Varför tittar du?" in text_of(browser(auditor).get(url))


def test_a_number_that_does_not_exist_or_is_mistyped(case: Case, auditor: Any) -> None:
    client = browser(auditor)
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    wrong = case.reference[:-1] + letters[(letters.index(case.reference[-1]) + 1) % 23]
    page = client.post("/granskning/arenden/", {"reference": wrong, **WHY})
    assert page.status_code == 422 and "kontrollbokstaven" in text_of(page).lower()
    for text in ("Nadia", "H26-00417-U"):
        page = client.post("/granskning/arenden/", {"reference": text, **WHY})
        assert page.status_code == 422 and "Det finns inget ärende med det numret" in text_of(page)
    assert not AuditEvent.objects.filter(verb="review.case").exists()


def test_people_of_a_shelter_are_not_named_with_the_case(
    karin: Any, referrer: Any, send: Any, auditor: Any
) -> None:
    case = accepted(send(referrer, consent_scope=["shelter"]).case, karin)
    worker = in_case(case, karin, kind=AgencyKind.SHELTER)
    browser(worker).get(f"/arenden/{case.pk}/")
    text = asked(auditor, case)[1].content.decode()
    assert worker.agency.name not in text and worker.user.name not in text
    assert f"/granskning/personer/{worker.user_id}/" in text


@pytest.mark.parametrize("page", ["utlamnat", "nekat"])
def test_people_of_a_shelter_are_not_named_beside_a_case_anywhere(
    page: str, karin: Any, referrer: Any, send: Any, auditor: Any
) -> None:
    case = accepted(send(referrer, consent_scope=["shelter"]).case, karin)
    worker = in_case(case, karin, kind=AgencyKind.SHELTER)
    audit.record("document.open", case, by=worker)
    audit.refuse("case.read", case, by=worker)
    url = reverse("review:copies" if page == "utlamnat" else "review:refusals")
    text = browser(auditor).get(url).content.decode()
    assert case.reference in text
    assert worker.agency.name not in text and worker.user.name not in text
    assert f"/granskning/personer/{worker.user_id}/" in text


def test_what_somebody_has_done_needs_a_reason_and_tells_the_cases(
    case: Case, karin: Any, auditor: Any
) -> None:
    browser(karin).get(f"/arenden/{case.pk}/")
    client = browser(auditor)
    found = client.post("/granskning/personer/", {"q": "karin ho"})
    link = re.search(r'href="(/granskning/personer/[0-9a-f-]+/)"', found.content.decode())
    assert link and "Karin Holm" in text_of(found)
    assert "Varför tittar du?" in text_of(client.get(link[1]))
    page = client.post(link[1], WHY, follow=True)
    assert any("Läste ärendet" in line and case.reference in line for line in rows(page))
    assert client.get("/granskning/personer/?q=Karin").content.decode().count("Karin Holm") == 0


def test_pages_go_on_where_the_last_one_ended(case: Case, karin: Any, auditor: Any, freeze: Any) -> None:
    moments = []
    for number in range(2 * trail.SIZE + 5):
        if number % 3 == 0:  # several rows of one moment must not be lost at a page's end
            freeze(clock.now() + timedelta(minutes=1))
        audit.record("case.read", case, by=karin)
        moments.append(clock.now())
    everything, after, pages = [], None, 0
    while True:
        page = trail.of_case(Case.objects.get(pk=case.pk), after)
        everything += [line.id for line in page.lines]
        after, pages = page.after, pages + 1
        if after is None:
            break
    assert pages == 3
    assert len(everything) == len(set(everything))
    assert everything == sorted(everything, reverse=True)
    reads = AuditEvent.objects.filter(target_id=case.pk).values_list("pk", flat=True)
    assert set(reads) <= set(everything)
    client, first = asked(auditor, case)
    older = re.search(r'href="([^"]+efter=\d+)"', first.content.decode())
    assert older and client.get(older[1]).status_code == 200
    assert client.get(f"/granskning/arenden/{case.pk}/?efter=" + "9" * 30).status_code == 200


def test_the_log_of_a_merged_case_goes_on_in_the_one_that_took_it_in(
    case: Case, karin: Any, referrer: Any, send: Any
) -> None:
    other = accepted(send(referrer).case, karin)
    audit.record("case.read", other, by=karin)
    Case.objects.filter(pk=other.pk).update(status="merged", merged_into=case)
    found = trail.find_case(other.reference)
    assert found == case
    assert any(line.what == str(CASES["case.read"]) for line in trail.of_case(case).lines)


def test_pages_cost_the_same_however_long_the_log_is(
    case: Case, karin: Any, auditor: Any, django_assert_max_num_queries: Any
) -> None:
    def lines(number: int) -> None:
        for _number in range(number):
            audit.record("case.read", case, by=karin, reason="x")

    client, _page = asked(auditor, case)
    lines(1)
    client.get("/granskning/nekat/")
    with django_assert_max_num_queries(22):
        client.get(f"/granskning/arenden/{case.pk}/")
    lines(60)
    with django_assert_max_num_queries(22):
        client.get(f"/granskning/arenden/{case.pk}/")


# --- words ----------------------------------------------------------------------------------------------

PACKAGES = ("accounts", "cases", "coordinators", "core", "hotline", "manual", "nrm_portal")
CALLS = {"record", "refuse", "require_right", "require_people"}


def verbs_in_code() -> Iterator[str]:
    """Every act that some line of the portal writes, as far as it stands there as a text."""
    for package in PACKAGES:
        for path in (BASE / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from _verbs(ast.parse(path.read_text()))


def _verbs(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "verb":
            yield from _texts(node.value)
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in CALLS:
            for argument in node.args[:3]:
                yield from _texts(argument)


def _texts(node: ast.AST) -> Iterator[str]:
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text):
        yield text
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def test_every_act_has_words() -> None:
    written = set(verbs_in_code()) | {f"case.{verb}" for verb in Verb}
    assert len(written) > 120
    assert sorted(written - set(WORDS)) == []


def test_looks_are_acts_with_words() -> None:
    assert (OPENED | LISTED | IDENTITIES | set(TAKEN_OUT)) <= set(WORDS)
    assert IDENTITIES <= OPENED
    assert not OPENED & LISTED
    assert all(str(words)[0].isupper() for words in WORDS.values())
