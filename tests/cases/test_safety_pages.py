"""The pages about safe contact, those who came along, the alarm, and notes by kind."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import AgencyKind
from cases.enums import NoteKind, Outcome, Relation
from cases.models import Dependant, Message, Note
from cases.services import casework, contact, dependants, messages
from core.models import AuditEvent
from tests.case_factories import accepted, browser, in_case, queries, text_of

pytestmark = pytest.mark.django_db
PHONE = "070-174 06 05"
FORM: dict[str, Any] = {
    "ways": ["text"],
    "times": "Tisdagar 10–12",
    "words": "tandläkartid",
    "aids": ["sign_language"],
    "sign_language": "rumänskt teckenspråk",
    "phone": PHONE,
}


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


def at(case: Any, page: str = "") -> str:
    return f"/arenden/{case.pk}/{page}"


def written(case: Any, karin: Any) -> None:
    answer = browser(karin).post(at(case, "personen/kontakt/"), FORM | {"version": 0})
    assert answer.status_code == 302
    case.refresh_from_db()


# --- contact ---------------------------------------------------------------------------------------


def test_the_instruction_stands_before_the_number(case: Any, karin: Any) -> None:
    written(case, karin)
    client = browser(karin)
    page = text_of(client.get(at(case, "personen/")))
    assert "tandläkartid" in page and PHONE not in page
    unread = client.post(at(case, "personen/nummer/"))
    assert unread.status_code == 422 and PHONE not in text_of(unread)
    assert "Läs instruktionen och bekräfta det innan du ser numret" in text_of(unread)
    opened = client.post(at(case, "personen/nummer/"), {"number-has_read": "on"})
    text = text_of(opened)
    assert opened.status_code == 200 and opened["Cache-Control"] == "no-store, private"
    assert text.index("tandläkartid") < text.index(PHONE)
    assert PHONE not in text_of(client.get(at(case, "personen/")))
    assert PHONE not in client.get(at(case, "personen/kontakt/")).content.decode()
    assert "Öppnade numret" in text_of(client.get(at(case, "atkomstlogg/")))
    with_identity = client.post(at(case, "identitet/"), {"reason": "Samordning"})
    assert PHONE not in text_of(with_identity), "the number has a door of its own"


def test_who_was_not_given_contact_neither_reads_nor_writes_it(case: Any, karin: Any) -> None:
    written(case, karin)
    client = browser(in_case(case, karin, categories=("situation", "identity")))
    page = text_of(client.get(at(case, "personen/")))
    assert "tandläkartid" not in page and "rumänskt teckenspråk" in page, "who meets her knows the aids"
    assert "Er aktör har inte fått veta hur personen nås" in page
    for url in ("personen/nummer/", "personen/kontakt/"):
        assert client.post(at(case, url), {"number-has_read": "on"} | FORM).status_code == 403
    other = browser(in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=("proceedings",)))
    assert other.get(at(case, "personen/")).status_code == 404
    assert "rumänskt" not in text_of(other.get(at(case)))


def test_aids_stand_on_the_steps_in_which_she_is_met(case: Any, karin: Any) -> None:
    written(case, karin)
    client = browser(karin)
    met = case.steps.get(key="acute.rc.meet")
    other = case.steps.exclude(key__in=contact.MEETINGS).filter(desk__isnull=False).first()
    assert "rumänskt teckenspråk" in text_of(client.get(at(case, f"checklista/{met.pk}/")))
    assert "rumänskt teckenspråk" not in text_of(client.get(at(case, f"checklista/{other.pk}/")))


def test_a_wrong_answer_is_said_at_the_field_and_the_rest_kept(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = client.post(at(case, "personen/kontakt/"), {"version": 0, "words": "frisör", "phone": "abc"})
    text = text_of(page)
    assert page.status_code == 422 and "frisör" in page.content.decode()
    assert "Välj minst ett sätt" in text and page.content.decode().count("bad") >= 2


def test_two_who_change_it_at_once_see_both(case: Any, karin: Any, on_duty: Any) -> None:
    written(case, karin)
    per = browser(on_duty("mitt", "Per Ek"))
    page = per.post(at(case, "personen/kontakt/"), FORM | {"version": 0, "words": "frisörtid"})
    text = text_of(page)
    assert page.status_code == 409 and "tandläkartid" in text and "frisörtid" in page.content.decode()
    again = per.post(at(case, "personen/kontakt/"), FORM | {"version": 1, "words": "frisörtid"})
    assert again.status_code == 302
    shown = text_of(per.get(at(case, "personen/")))
    assert "Tidigare instruktioner" in shown and "Ändrad av Per Ek" in shown


# --- who came along --------------------------------------------------------------------------------


def test_a_child_is_written_down_corrected_and_referred(case: Any, karin: Any) -> None:
    client = browser(karin)
    bare = client.post(at(case, "personen/medfoljande/"), {"name": "Ask-3"})
    assert bare.status_code == 422 and "Välj vem det är" in text_of(bare)
    assert "Ask-3" in bare.content.decode()
    told = {"relation": "child", "is_child": "yes", "name": "Ask-3", "birth": "2019"}
    assert client.post(at(case, "personen/medfoljande/"), told).status_code == 302
    row = Dependant.objects.get()
    page = text_of(client.get(at(case, "personen/")))
    assert "Ask-3" in page and "19 kap. 1 § SoL" in page
    url = at(case, f"personen/medfoljande/{row.pk}/")
    assert client.post(url, told | {"name": "Ask-4", "version": 0}).status_code == 302
    stale = client.post(url, told | {"name": "Ask-5", "version": 0})
    assert stale.status_code == 409 and "Ask-4" in text_of(stale) and "Ask-5" in stale.content.decode()
    draft = client.post(f"{url}hanvisa/")
    assert draft.status_code == 302 and "/hanvisning/" in draft["Location"]
    assert client.get(f"{url}koppla/").status_code == 200
    wrong = client.post(f"{url}koppla/", {"reference": "H26-99999-X"})
    assert wrong.status_code == 422 and "Kontrollera numret" in text_of(wrong)


def test_who_was_not_given_children_learns_of_none(case: Any, karin: Any) -> None:
    dependants.add(
        case_id=case.pk,
        relation=Relation.CHILD,
        is_child=True,
        told={"name": "Ask-3"},
        by=karin,
    )
    client = browser(in_case(case, karin, categories=("situation",)))
    page = text_of(client.get(at(case, "personen/")))
    assert "Ask-3" not in page and "medföljande" not in page.lower()
    assert client.get(at(case, "personen/medfoljande/")).status_code == 403


def test_as_many_queries_for_many_who_came_along(case: Any, karin: Any) -> None:
    client = browser(karin)
    one: dict[str, Any] = {"relation": "child", "is_child": True, "told": {"name": "Ask"}, "by": karin}
    dependants.add(case_id=case.pk, **one)
    before = queries(client, at(case, "personen/"))
    for _number in range(10):
        dependants.add(case_id=case.pk, **one)
    assert queries(client, at(case, "personen/")) <= before


# --- the alarm -------------------------------------------------------------------------------------


def test_to_look_at_the_alarm_is_no_alarm(case: Any, karin: Any) -> None:
    client = browser(in_case(case, karin, categories=()))
    assert client.get(at(case, "saknad/")).status_code == 200
    assert client.post(at(case, "saknad/"), {"day": "2026-11-24"}).status_code == 422
    assert not AuditEvent.objects.filter(verb="case.missing").exists()
    assert "Larm" not in text_of(browser(karin).get(at(case, "historik/")))


def test_the_alarm_shows_to_those_in_the_case_and_ends(case: Any, karin: Any) -> None:
    worker, invited = in_case(case, karin, categories=()), None
    invited = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, answers=False)
    client = browser(worker)
    bare = client.post(at(case, "saknad/"), {"day": "2026-11-24"})
    assert bare.status_code == 422 and "Fyll i klockslaget" in text_of(bare)
    future = client.post(at(case, "saknad/"), {"day": "2026-11-23", "hour": "23.00"})
    assert future.status_code == 422 and "framtiden" in text_of(future)
    told = {"day": "2026-11-23", "hour": "7.30", "known": "QZSENAST"}
    assert client.post(at(case, "saknad/"), told).status_code == 302
    for who in (worker, karin):
        page = text_of(browser(who).get(at(case)))
        assert "Saknad sedan i dag kl. 7.30" in page and "QZSENAST" not in page
        assert "Saknad sedan" in text_of(browser(who).get("/arenden/"))
    assert "QZSENAST" in text_of(browser(karin).get(at(case, "saknad/")))
    assert "QZSENAST" not in text_of(client.get(at(case, "saknad/")))
    assert "Saknad" not in text_of(browser(invited).get(at(case)))
    assert client.post(at(case, "saknad/aterfunnen/")).status_code == 302
    assert "Saknad" not in text_of(browser(karin).get(at(case)))


# --- notes -----------------------------------------------------------------------------------------


def test_the_note_form_keeps_kinds_apart_and_all_that_was_written(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = text_of(client.get(at(case, "meddelanden/")))
    for words in ("Det jag själv sett och hört", "Det personen sagt", "Min professionella bedömning"):
        assert words in page
    assert "Minnesluckor och ändrade berättelser är vanliga efter trauma" in page
    url = at(case, "meddelanden/anteckna/")
    bad = client.post(url, {"note-said": "Jag minns inte", "note-view": "Tror henne"})
    text = bad.content.decode()
    assert bad.status_code == 422 and "Skriv vad bedömningen grundas på" in text_of(bad)
    assert "Jag minns inte" in text and "Tror henne" in text and not Note.objects.exists()
    data = {"note-said": "Jag minns inte", "note-view": "Tror henne", "note-reason": "Tre samtal"}
    assert client.post(url, data).status_code == 302
    assert {note.kind for note in Note.objects.all()} == {NoteKind.SAID, NoteKind.VIEW}


def test_a_view_is_sent_on_with_an_explicit_tick_only(case: Any, karin: Any) -> None:
    police, client = in_case(case, karin), browser(karin)
    note = messages.add_note(
        case_id=case.pk, text="Tror henne", kind=NoteKind.VIEW, reason="Tre samtal", by=karin
    )
    url = at(case, f"meddelanden/anteckning/{note.pk}/skicka/")
    assert "Tre samtal" in text_of(client.get(url))
    data: dict[str, Any] = {"to": [f"agency:{police.agency_id}"]}
    bare = client.post(url, data)
    assert bare.status_code == 422 and not Message.objects.exists()
    assert client.post(url, data | {"shares_view": "on"}).status_code == 302
    assert "Tror henne" in text_of(browser(police).get(at(case, "meddelanden/")))
    assert browser(police).get(url).status_code == 404


def test_the_sender_sees_who_has_read_and_when(case: Any, karin: Any, freeze: Any) -> None:
    police = in_case(case, karin)
    messages.send(case_id=case.pk, to=[f"agency:{police.agency_id}"], text="Hej", by=karin)
    page = browser(police).get(at(case, "meddelanden/"))
    assert "Oläst" in text_of(page) and "läst av" not in text_of(browser(karin).get(at(case, "meddelanden/")))
    freeze("2026-11-23 10:00")
    browser(police).post(at(case, "meddelanden/lasta/"))
    assert f"läst av {police.user.name} 23 november 2026 kl. 10" in text_of(
        browser(karin).get(at(case, "meddelanden/"))
    )
    assert "Oläst" not in text_of(browser(police).get(at(case, "meddelanden/")))


def test_a_template_begins_a_message(case: Any, karin: Any) -> None:
    page = browser(karin).get(at(case, "meddelanden/") + "?mall=mote").content.decode()
    assert "Kan ni ses om ärendet?" in page
    assert browser(karin).get(at(case, "meddelanden/") + "?mall=x").status_code == 200


def test_a_closed_case_offers_none_of_it(case: Any, karin: Any) -> None:
    casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=karin)
    client = browser(karin)
    page = client.get(at(case, "personen/")).content.decode()
    assert "personen/kontakt/" not in page and "medfoljande" not in page and "saknad" not in page
    for url in ("personen/kontakt/", "personen/medfoljande/", "saknad/"):
        assert client.get(at(case, url)).status_code == 403
    assert AuditEvent.objects.filter(verb="contact.change", outcome="refused").exists()
