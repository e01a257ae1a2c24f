"""Where each planted word may be seen: by whom on a page, and never at rest."""

from __future__ import annotations

import json
import re
from collections import deque
from functools import cache
from typing import Any, Final

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from cases.models import Case, Referral, Step
from cases.services import casework
from core import delivery, pdf
from core.models import AuditEvent, OutboundEmail, PdfJob
from tests.security.world import NUMBERS, PEOPLE, SHELTER, SHELTER_WORKER, World, word

pytestmark = pytest.mark.xdist_group("canaries")

MOST: Final = 15
"""Links one person follows beside the pages listed here."""
PLACES: Final = re.compile(r'(?:href|action|hx-get|formaction)="(/[^"#]*)')
AWAY: Final = (
    "/static/",
    "/manual/",
    "/ui/",
    "/logga-",
    "/demo/",
    "/lamna-sidan/",
    "/installningar/",
    "/om-",
)
READ: Final = (
    "meetings",
    "case",
    "steps",
    "persons",
    "messages",
    "documents",
    "missing",
    "actors",
    "dates",
    "history",
    "log",
    "preview",
)
DECIDE: Final = ("invite", "case-pdf", "close", "accept", "ask", "forward", "snooze", "assign", "not-take")
"""Pages of a case; the decisions are looked at in one case only."""

ANSWERS: Final = {
    "Rf": {"situation", "health", "children", "proceedings"},
    "Po": {"situation", "proceedings"},
    "Id": {"health"},
    "Rc": {"situation", "health", "children", "proceedings"},
    "R2": {"situation", "health", "children", "proceedings"},
}
"""Whose pages show which categories of the answers. Identity and contact are on no page that is only read."""
INSTRUCTION: Final = {word("safe_contact_times")}
"""How she is reached stands before the number, to be read by whoever was given contact."""
DESK: Final = {
    "wanted": set(),  # answered: nobody is asked any more
    "supplement": {"Rf", "Rc", "R2", "Po"},
    "decline": {"Rc", "R2"},
    "reported": {"Po", "Rc", "R2"},
    "topo": {"Po", "Rc", "R2"},
    "torf": {"Rf", "Rc", "R2"},
    "reply": {"Rf", "Rc", "R2"},
    "general": {"Rf", "Rc", "R2"},
    "along": {"Rc", "R2"},
    "minutes": {"Po", "Rc", "R2"},
}
HOUSES: Final = {
    **{("purpose", who): {who, "Rc", "R2"} for who in ("In", "St", "Po", "Id", "Sh")},
    **{("remark", who): {who, "Rc", "R2"} for who in ("St", "Po", "Id")},
    **{("note", who): {who} for who in ("St", "Po", "Id", "Sh")},
    **{("message", who): {who, "Rc", "R2"} for who in ("St", "Po", "Id", "Sh")},
    ("document", "Rc"): {"Rc", "R2"},
    ("document", "Po"): {"Po", "Rc", "R2"},
    **{(part, who): set() for part in ("filename", "content") for who in ("Rc", "Po")},
    **{(part, "Po"): {"Po"} for part in ("view", "why")},
    **{("decision", who): {who, "Rc", "R2"} for who in ("Po", "Id")},
    ("asked", "St"): {"St", "Rc", "R2"},
    ("note", "desk"): {"Rc", "R2"},
    ("remark", "desk"): {"Rc", "R2"},
    ("remark", "rf"): {"Rf", "Rc", "R2"},
}


BEHIND: Final = {NUMBERS["contact_phone"][1], NUMBERS["contact_email"][1], word("address")}
"""What the instruction is read before."""


def expected(world: World, who: str) -> set[str]:
    """Every word this person may meet by looking at pages."""
    found = {one for category in ANSWERS.get(who, ()) for one in world.by_category[category]}
    found |= world.private if who == "Rf" else set()
    found |= INSTRUCTION if who in ("Rc", "R2", "Id") else set()
    found |= {word(name) for name, seers in DESK.items() if who in seers}
    found |= {word(*parts) for parts, seers in HOUSES.items() if who in seers}
    return found


def planted(world: World) -> set[str]:
    every = {word(name) for name in DESK} | {word(*parts) for parts in HOUSES}
    return every.union(
        *world.by_category.values(), world.private, world.about_her, {NUMBERS["contact_email"][1]}
    )


UUIDS: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[\w+/-]{40,}")
SPACED: Final = re.compile(r"(?<=\d)[\s\u00a0\u2011-]+(?=\d)")


@cache
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    """The longest first: one look for all of them."""
    either = "|".join(re.escape(one) for one in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![A-Z])(?:{either})(?![A-Z])")


def seen_in(text: str, words: set[str]) -> set[str]:
    bare = UUIDS.sub("", text + "\n" + SPACED.sub("", text))
    return set(_any_of(frozenset(words)).findall(bare)) if words else set()


def seeds(world: World) -> list[str]:
    pages = ["/", "/arbete/", "/inkorg/", "/inkorg/?vy=alla", "/arenden/", "/hanvisningar/", "/aviseringar/"]
    pages += ["/sok/", "/jobb/", "/hanvisning/", "/statistik/", "/admin-sidor/"]
    for case in world.cases.values():
        names = (*READ, *DECIDE) if case == world.case else READ
        pages += [reverse(f"cases:{name}", args=[case.pk]) for name in names]
        for referral in Referral.objects.filter(case=case):
            pages += [reverse(f"cases:{n}", args=[referral.pk]) for n in ("referral", "referral-receipt")]
    for step in Step.objects.filter(case=world.case):
        pages.append(reverse("cases:step", args=[step.case_id, step.pk]))
    pages += [reverse("cases:answer", args=[row.pk]) for row in world.case.participations.all()]
    return pages


def crawl(client: Client, start: list[str]) -> dict[str, str]:
    """Address → text of every page that answers with words; links are followed once each."""
    queue, known, pages = deque(start), set(start), {}
    while queue:
        url = queue.popleft()
        response = client.get(url)
        content = response.content.decode() if not response.streaming else ""
        pages[url] = content + "\n" + json.dumps(dict(response.headers))
        for link in PLACES.findall(content):
            link = link.replace("&amp;", "&")
            if link not in known and not link.startswith(AWAY) and len(known) < len(start) + MOST:
                known.add(link)
                queue.append(link)
    return pages


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.security("S08", "who meets which word, exactly")
def test_pages_show_each_person_her_words_alone(who: str, world: World) -> None:
    client, words = world.browser(who), planted(world) | {SHELTER, SHELTER_WORKER}
    where: dict[str, list[str]] = {}
    for url, text in crawl(client, seeds(world)).items():
        for one in seen_in(text, words):
            where.setdefault(one, []).append(url)
    allowed = expected(world, who)
    if who in ("Rc", "R2", "Sh", "Ad"):  # who takes part is theirs to know; an administrator keeps the names
        allowed |= {SHELTER, SHELTER_WORKER} & set(where)
    leaked = {one: where[one][:3] for one in set(where) - allowed}
    assert not leaked, f"{PEOPLE[who]} meets {leaked}"
    missing = expected(world, who) - set(where)
    assert not missing, f"{PEOPLE[who]} no longer finds {missing}"


def _open(client: Client, case: Case) -> HttpResponse:
    url = reverse("cases:identity", args=[case.pk])
    return client.post(url, {"reason": "Samordning"})  # type: ignore[return-value]


@pytest.mark.parametrize("who", PEOPLE)
def test_who_she_is_stands_in_one_answer_only(who: str, world: World) -> None:
    answer = _open(world.browser(who), world.case)
    words = world.by_category["identity"] | world.by_category["contact"]
    shown = seen_in(answer.content.decode(), words)
    if who in ("Rc", "R2", "Id"):
        assert shown == words - BEHIND - {word("workplace")} and answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        event = AuditEvent.objects.get(verb="identity.open", user_id=world.people[who].user_id)
        assert event.reason == "Samordning"
        again = world.browser(who).get(reverse("cases:persons", args=[world.case.pk]))
        assert not seen_in(again.content.decode(), words - INSTRUCTION)
    else:
        assert not shown and answer.status_code in (403, 404)


@pytest.mark.parametrize("who", PEOPLE)
def test_the_number_stands_in_one_answer_only(who: str, world: World) -> None:
    url = reverse("cases:contact-number", args=[world.case.pk])
    unread = world.browser(who).post(url)
    assert not seen_in(unread.content.decode(), BEHIND)
    answer = world.browser(who).post(url, {"number-has_read": "on"})
    shown = seen_in(answer.content.decode(), BEHIND)
    if who in ("Rc", "R2", "Id"):
        assert (
            shown == BEHIND & world.by_category["contact"] and shown and "no-store" in answer["Cache-Control"]
        )
        assert AuditEvent.objects.get(verb="contact.open", user_id=world.people[who].user_id)
    else:
        assert not shown and answer.status_code in (403, 404)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.security("S09", "a protected identity asked for by everybody")
def test_a_protected_identity_opens_for_its_named_handler_alone(who: str, world: World) -> None:
    answer = _open(world.browser(who), world.cases["protected"])
    shown = seen_in(answer.content.decode(), world.about_her)
    assert bool(shown) == (who == "Rc"), f"{PEOPLE[who]}: {shown}"


def test_no_reason_no_identity(world: World) -> None:
    url = reverse("cases:identity", args=[world.case.pk])
    for reason in ("", " ", "\0", "\u200b"):
        answer = world.browser("Rc").post(url, {"reason": reason})
        assert not seen_in(answer.content.decode(), planted(world) - INSTRUCTION - {word("along")})


def test_nobody_empties_the_vault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casework, "LOOKS_AN_HOUR", 2)
    client, words = world.browser("Rc"), world.by_category["identity"]
    found = [_open(client, world.case) for _look in range(3)]
    assert [answer.status_code for answer in found] == [200, 200, 429]
    assert not seen_in(found[2].content.decode(), words)
    assert seen_in(_open(world.browser("R2"), world.case).content.decode(), words), (
        "her own looks alone count"
    )


def _paper(job: PdfJob) -> str:
    plain = json.loads(json.dumps(job.context, cls=DjangoJSONEncoder))
    return render_to_string(job.template, {**plain, "language": "sv", "fonts": {}})


@pytest.mark.parametrize(("who", "identity"), [("Rc", True), ("Rc", False), ("Po", True), ("Id", True)])
@pytest.mark.security("S08", "the case on paper")
def test_paper_shows_what_its_reader_may_see(who: str, identity: bool, world: World) -> None:
    data = {"reason": "Möte"} | ({"identity": "on"} if identity else {})
    world.browser(who).post(reverse("cases:case-pdf", args=[world.case.pk]), data)
    text = _paper(PdfJob.objects.get())
    allowed = {one for category in ANSWERS.get(who, ()) for one in world.by_category[category]}
    if identity and who in ("Rc", "Id"):
        allowed |= world.by_category["identity"] | world.by_category["contact"] - {word("workplace")}
    owed = {"Rc": ("decisionPo", "decisionId", "askedSt"), "Po": ("decisionPo",), "Id": ("decisionId",)}[who]
    allowed |= {word(step) for step in owed}  # the wording of steps the reader owes, or holds the case of
    assert seen_in(text, planted(world)) == allowed - {word("workplace")}
    assert bool(seen_in(text, {SHELTER})) == (who == "Rc")


@pytest.mark.parametrize("who", ["In", "St", "Sh", "Co", "Rf", "Ro", "Na", "Ho", "Ad", "Au"])
def test_nobody_else_gets_paper(who: str, world: World) -> None:
    answer = world.browser(who).post(reverse("cases:case-pdf", args=[world.case.pk]), {"reason": "Möte"})
    assert answer.status_code == 404 and not PdfJob.objects.exists()


@pytest.mark.security("S09", "a protected identity on paper")
def test_a_protected_identity_is_never_on_paper(world: World) -> None:
    url = reverse("cases:case-pdf", args=[world.cases["protected"].pk])
    page = world.browser("Rc").get(url)
    answer = world.browser("Rc").post(url, {"reason": "Möte", "identity": "on"})
    assert (page.status_code, answer.status_code) == (403, 403) and not PdfJob.objects.exists()


def test_a_receipt_has_no_identity(world: World) -> None:
    referral = Referral.objects.get(case=world.case)
    world.browser("Rf").post(reverse("cases:receipt-pdf", args=[referral.pk]))
    text = _paper(PdfJob.objects.get())
    assert not seen_in(text, world.by_category["identity"] | world.by_category["contact"] | world.private)


def test_nothing_lies_open_in_the_database(world: World) -> None:
    """What a thief of a dump or a backup could read: no answer, no text, no name of the person."""
    for who in ("Rc", "Rf", "Po", "Id"):
        crawl(world.browser(who), seeds(world)[:30])
    _open(world.browser("Rc"), world.case)
    world.browser("Rc").post(
        reverse("cases:case-pdf", args=[world.case.pk]), {"reason": "Möte", "identity": "on"}
    )
    world.browser("Rc").post("/sok/", {"q": word("name")})
    words = planted(world)
    found: dict[str, set[str]] = {}
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # bytes come as hexadecimal digits
            dump = "\n".join(row[0] for row in cursor.fetchall())
        hit = seen_in(dump, words) | {one for one in words if one.encode().hex() in dump}
        if hit:
            found[table] = hit
    purposes = {word(*parts) for parts in HOUSES if parts[0] == "purpose"}
    # Not sealed, and the form says so: why an agency needs to see something.
    assert found.pop("cases_legalground", set()) <= purposes
    assert not found, found
    sessions = [json.dumps(row.get_decoded()) for row in Session.objects.all()]
    assert not any(seen_in(text, words) for text in sessions)


@pytest.mark.security("S57", "messages to the broker: a task and an id")
@pytest.mark.security("S53", "every letter: no word, number, agency or name")
def test_nothing_leaves_by_mail_or_to_the_broker(world: World) -> None:
    references = {case.reference for case in world.cases.values()}
    for pk in list(OutboundEmail.objects.values_list("pk", flat=True)):
        delivery.deliver(pk)
    assert mail.outbox, "the world sends mail"
    names = {who.agency.name for who in world.people.values()} | {
        who.user.name for who in world.people.values()
    }
    for letter in mail.outbox:
        text = str(letter.message()) + letter.body
        assert not seen_in(text, planted(world))
        assert not any(reference in text for reference in references)
        assert not any(name in text for name in names)
        assert len(letter.recipients()) == 1
    for line in world.nudges:
        assert re.fullmatch(r"[\w.]+ [0-9a-f-]{36}", line), line


@pytest.mark.security("S54", "the log of a day of three people")
def test_the_log_of_a_whole_day_names_nobody(world: World, caplog: Any) -> None:
    import logging

    from core.logs import JsonLine

    logging.disable(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    for name in ("Rc", "Ro"):
        crawl(world.browser(name), seeds(world)[:30])
        _open(world.browser(name), world.case)
        world.browser(name).post("/sok/", {"q": word("name")})
    lines = "\n".join(JsonLine().format(record) for record in caplog.records if "sql" not in record.__dict__)
    assert not seen_in(lines, planted(world))
    assert not any(case.reference in lines for case in world.cases.values())


def test_the_audit_holds_codes_only(world: World) -> None:
    crawl(world.browser("Rc"), seeds(world)[:20])
    world.browser("Rc").post("/sok/", {"q": word("name")})
    for event in AuditEvent.objects.all():
        assert not seen_in(json.dumps(event.facts), planted(world))


def test_pdf_input_is_sealed(world: World) -> None:
    world.browser("Rc").post(
        reverse("cases:case-pdf", args=[world.case.pk]), {"reason": "Möte", "identity": "on"}
    )
    job = PdfJob.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT context FROM core_pdfjob WHERE id = %s", [job.pk])
        assert word("name").encode() not in bytes(cursor.fetchone()[0])
    assert pdf.result(job) is None
