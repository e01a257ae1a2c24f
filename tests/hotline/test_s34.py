"""S34: the helpline after hours. Hours and the ways out on the page, no promise before it opens again,
and what is left on the web waits first in the queue then."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import formats

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Notice
from core import clock
from core.models import OutboundEmail
from hotline import library
from hotline.models import Callback
from hotline.services import callbacks, chase
from tests.factories import member, sign_in
from tests.hotline import desk
from tests.hotline.phone import value

pytestmark = pytest.mark.django_db

EVENINGS = [
    # closes, opens again, what stands between
    ("2027-03-25 17:40", "2027-03-30", ("26 mars 2027", "29 mars 2027")),  # the evening of the scenario
    ("2026-12-23 16:31", "2026-12-28", ("24 december 2026", "25 december 2026")),
    ("2027-05-05 22:15", "2027-05-07", ("6 maj 2027",)),  # Ascension Day
    ("2027-06-24 16:30", "2027-06-28", ("25 juni 2027",)),  # Midsummer's Eve
]
Freeze = Callable[[datetime | str], datetime]


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def asked(by: Assignment, words: str = "Vem beslutar om skyddat boende?") -> Callback:
    return callbacks.ask(key=uuid.uuid4(), phone="08-508 25 000", words=words, by=by)


@pytest.mark.parametrize(("closed", "opens", "between"), EVENINGS)
@pytest.mark.parametrize("path", ["/logga-in/", "/om-portalen/", "/samtal/fraga/"])
def test_open_pages_say_when_and_where_to_turn_until_then(
    client: Client, freeze: Freeze, path: str, closed: str, opens: str, between: tuple[str, ...]
) -> None:
    freeze(closed)
    page = client.get(path).content.decode()
    assert "8.00–16.30" in page and "att bekräfta" in page
    for way_out in ('href="tel:112"', 'href="tel:11414"', "socialjour"):
        assert way_out in page
    assert formats.date_format(at(opens), "l j F Y") in page
    assert all(day in page for day in between)


@pytest.mark.parametrize(("closed", "opens", "_between"), EVENINGS)
def test_no_call_is_promised_before_it_opens_again(
    freeze: Freeze, closed: str, opens: str, _between: tuple[str, ...]
) -> None:
    now = freeze(closed)
    nina = member(Role.HOTLINE_OPERATOR)
    call = desk.call(nina)
    assert min(half.opens for half in library.offers(now)) == at(f"{opens} 08:00")
    for hour in ("2027-03-26 10:00", "2027-03-29 10:00", f"{opens} 07:30", f"{opens} 17:00", closed):
        with pytest.raises(ValidationError):
            desk.promised(call, nina, due_at=at(hour))
    row = desk.promised(call, nina, due_at=at(f"{opens} 12:00"))
    assert row.owner_id == nina.user_id
    assert row.chase_at and row.chase_at >= at(f"{opens} 08:00")


def test_form_of_a_promise_offers_tuesday_first(client: Client, freeze: Freeze) -> None:
    freeze("2027-03-25 17:40")
    nina = member(Role.HOTLINE_OPERATOR)
    call = desk.call(nina)
    page = sign_in(client, nina).get(f"/samtal/{call.pk}/ring-upp/").content.decode()
    offered = [line.split('"')[0] for line in page.split('value="2027-')[1:]]
    assert offered[0].startswith("03-30T12:00")
    assert all(day >= "03-30" for day in offered) and len(offered) == 10


def test_a_web_contact_waits_first_in_the_queue_when_it_opens(client: Client, freeze: Freeze) -> None:
    freeze("2027-03-25 17:40")
    nina, nurse = member(Role.HOTLINE_OPERATOR), member(Role.CASEWORKER)
    sign_in(client, nurse)
    words = "Patienten vill prata med någon. Vad gör vi under helgen?"
    given = {"key": uuid.uuid4(), "phone": "0480-45 00 00", "words": words}
    page = client.post("/samtal/fraga/", given, follow=True).content.decode()
    assert "30 mars kl. 9." in page.replace("\xa0", " ")
    row = Callback.objects.get()
    assert (row.due_at, row.chase_at) == (at("2027-03-30 09:00"), at("2027-03-30 08:00"))

    for silent in ("2027-03-25 18:00", "2027-03-26 10:00", "2027-03-29 15:00", "2027-03-30 07:59"):
        freeze(silent)
        assert chase.sweep() == (0, 0)
    freeze("2027-03-30 08:00")
    assert chase.sweep() == (1, 1)
    assert [notice.user_id for notice in Notice.objects.all()] == [nina.user_id]

    operator = sign_in(Client(), nina)
    queue = operator.get("/samtal/ring-upp/").content.decode()
    assert "Fråga från webben" in queue and words not in queue and "0480" not in queue
    assert words in operator.get(f"/samtal/ring-upp/{row.pk}/").content.decode()


def test_who_is_not_signed_in_can_leave_nothing(client: Client, freeze: Freeze) -> None:
    freeze("2027-03-25 17:40")
    given = {"key": uuid.uuid4(), "phone": "0480-45 00 00", "words": "Hej"}
    assert client.post("/samtal/fraga/", given).headers["Location"].startswith("/logga-in/")
    assert "<textarea" not in client.get("/samtal/fraga/").content.decode()
    assert not Callback.objects.exists()


@pytest.mark.parametrize("piece", ["19850412-1234", "070-123 45 67", "vera@exempel.se"])
def test_a_question_points_nobody_out_and_nothing_typed_is_lost(client: Client, piece: str) -> None:
    sign_in(client, member(Role.CASEWORKER))
    text = f"Vad gäller vid betänketid? Det är {piece}"
    answer = client.post("/samtal/fraga/", {"key": uuid.uuid4(), "phone": "08-508 25 000", "words": text})
    page = answer.content.decode()
    assert answer.status_code == 422 and not Callback.objects.exists()
    assert "betänketid" in page and "08-508 25 000" in page
    assert page.count(piece) > 1  # in the field, and named as what has to go


def test_what_may_be_a_name_is_asked_about_once(client: Client) -> None:
    member(Role.HOTLINE_OPERATOR)
    sign_in(client, member(Role.CASEWORKER))
    given = {"key": uuid.uuid4(), "phone": "08-508 25 000", "words": "Kan vi hjälpa Svetlana i dag?"}
    page = client.post("/samtal/fraga/", given).content.decode()
    assert "Svetlana" in page and "Det här är inte namn på personer" in page
    ticked = given | {"no_names": value(page, "no_names")}
    longer = ticked | {"words": "Kan vi hjälpa Svetlana i dag? Hon bor hos Zetterqvist."}
    answer = client.post("/samtal/fraga/", longer)
    box = re.findall(r'<input[^>]*name="no_names"[^>]*>', answer.content.decode())[0]
    assert answer.status_code == 422 and not Callback.objects.exists(), "a name that came after the tick"
    assert 'value="Svetlana|Zetterqvist"' in box and " checked" not in box
    assert client.post("/samtal/fraga/", ticked).status_code == 302
    assert Callback.objects.get().words is not None


def test_a_form_sent_twice_is_one_question(freeze: Freeze) -> None:
    freeze("2027-02-03 10:00")
    member(Role.HOTLINE_OPERATOR)
    nurse, key = member(Role.CASEWORKER), uuid.uuid4()
    for _number in range(2):
        callbacks.ask(key=key, phone="08-508 25 000", words="Vem beslutar?", by=nurse)
    assert Callback.objects.count() == 1


def test_the_queue_cannot_be_flooded_by_one_person() -> None:
    nurse = member(Role.CASEWORKER)
    member(Role.HOTLINE_OPERATOR)
    for _number in range(callbacks.MOST_OPEN):
        asked(nurse)
    with pytest.raises(ValidationError):
        asked(nurse)
    asked(member(Role.CASEWORKER))


def test_mail_says_only_that_something_waits(freeze: Freeze) -> None:
    freeze("2027-02-03 10:00")
    member(Role.HOTLINE_OPERATOR)
    row = asked(member(Role.CASEWORKER))
    freeze("2027-02-03 11:00")
    chase.sweep()
    chase.sweep()
    mail = OutboundEmail.objects.get()
    assert mail.message == "something_waiting" and str(row.pk) not in str(mail.context)
