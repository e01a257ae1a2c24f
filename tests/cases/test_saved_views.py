"""Views of one's own: saved, counted, followed; never a way to see more than one may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from accounts.enums import MailChoice
from accounts.models import Membership, User
from accounts.services.memberships import sync_permissions
from cases import notifications, tasks
from cases.enums import Channel, NoticeGroup, NoticeKind
from cases.models import Notice, NoticeChoice, Recusal, SavedView
from cases.services import lists, triage, views
from coordinators.services import sync_rights
from core import clock, delivery
from core.enums import MailState
from core.models import AuditEvent, OutboundEmail
from tests.case_factories import browser, queries, text_of
from tests.cases.conftest import CHILD

pytestmark = pytest.mark.django_db
UPPSALA = "vy=alla&county=03"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


def saved(by: Any, query: str = UPPSALA, name: str = "Uppsala", notify: bool = False) -> SavedView:
    return views.save(name=name, chosen=lists.read(query), notify=notify, by=by)


def references(response: Any) -> list[str]:
    words = re.findall(r'<span class="ref">(.*?)</span>', response.content.decode())
    return re.findall(r"H26-\d{5,7}-[A-Z]", " ".join(words))


def news(who: Any) -> list[Notice]:
    return list(Notice.objects.filter(user=who.user, kind=NoticeKind.SAVED_VIEW).order_by("made_at"))


# --- saving ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("vy=barn&county=03&age=child&age=unsure", "vy=barn&county=03&age=child&age=unsure"),
        ("age=unsure&vy=alla&age=child&form=", "vy=alla&age=child&age=unsure"),
        ("vy=nej&status=closed&status=active&form=x&danger=on", "vy=att-besvara&status=active&danger=on"),
        ("vy=mina&since=2026-11-01&until=skräp&q=H26", "vy=mina&since=2026-11-01&q=H26"),
        ("vy=alla&assignee=me&agency=Soc%00ial&sida=9&efter=1~~x", "vy=alla&agency=Social&assignee=me"),
    ],
)
def test_words_are_cleaned_and_the_same_choice_has_the_same_words(words: str, kept: str) -> None:
    assert lists.read(words).words() == kept
    assert lists.read(kept).words() == kept


def test_a_filter_is_saved_from_the_page_and_shown_with_its_count(
    karin: Any, referrer: Any, send: Any
) -> None:
    here = send(referrer)
    send(referrer, CHILD, municipality_of_presence="0380")
    client = browser(karin)
    page = client.get("/inkorg/?vy=alla&age=adult")
    action = re.findall(r'action="(/inkorg/vyer/ny/\?[^"]+)"', page.content.decode())[0].replace("&amp;", "&")
    done = client.post(action, {"name": "Bara vuxna", "notify": "on"})
    assert done["Location"] == "/inkorg/?vy=alla&age=adult"
    shown = client.get(done["Location"])
    assert references(shown) == [here.reference]
    assert 'aria-current="page">Bara vuxna 1<' in shown.content.decode()
    assert "Bara vuxna 1" in text_of(client.get("/inkorg/"))
    view = SavedView.objects.get()
    assert view.notify and view.known == [here.case_id]
    assert AuditEvent.objects.filter(verb="view.save", target_id=view.pk).exists()


def test_a_name_is_needed_once_and_twenty_is_enough(karin: Any) -> None:
    client = browser(karin)
    page = client.post(f"/inkorg/vyer/ny/?{UPPSALA}", {"name": ""})
    assert page.status_code == 200 and 'aria-invalid="true"' in page.content.decode()
    saved(karin)
    page = client.post("/inkorg/vyer/ny/?vy=mina", {"name": "uppsala"})
    assert "redan en vy med det namnet" in text_of(page) and 'value="uppsala"' in page.content.decode()
    for number in range(19):
        saved(karin, f"vy=alla&q={number}", f"Vy {number}")
    with pytest.raises(ValidationError, match="20"):
        saved(karin, "vy=alla&q=x", "En till")
    assert 'action="/inkorg/vyer/ny/' not in client.get("/inkorg/?vy=barn").content.decode()


def test_renaming_following_and_deleting(karin: Any) -> None:
    view, client = saved(karin), browser(karin)
    assert "Uppsala" in text_of(client.get("/inkorg/vyer/"))
    page = client.get(f"/inkorg/vyer/{view.pk}/")
    assert "Län: Uppsala" in text_of(page) and "Alla öppna" in text_of(page)
    client.post(f"/inkorg/vyer/{view.pk}/", {"name": "Uppsala län", "notify": "on"})
    view.refresh_from_db()
    assert (view.name, view.notify) == ("Uppsala län", True)
    client.post(f"/inkorg/vyer/{view.pk}/ta-bort/")
    assert not SavedView.objects.exists()
    assert "inga egna vyer" in text_of(client.get("/inkorg/vyer/"))


def test_nobody_reaches_anothers_view(karin: Any, on_duty: Any, referrer: Any) -> None:
    view = saved(karin)
    other = browser(on_duty("mitt", "Jonas Ek"))
    assert other.get(f"/inkorg/vyer/{view.pk}/").status_code == 404
    assert other.post(f"/inkorg/vyer/{view.pk}/", {"name": "Min"}).status_code == 404
    assert other.post(f"/inkorg/vyer/{view.pk}/ta-bort/").status_code == 404
    assert "Uppsala" not in re.sub("Län.*", "", text_of(other.get("/inkorg/vyer/")))
    assert browser(referrer).get("/inkorg/vyer/").status_code == 403
    with pytest.raises(Http404):
        views.delete(view_id=view.pk, by=on_duty("syd"))
    assert SavedView.objects.filter(name="Uppsala").exists()


def test_a_view_shows_only_what_its_owner_may_see(karin: Any, on_duty: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    stranger = on_duty("syd", "Maja")
    view = saved(stranger)
    client = browser(stranger)
    assert references(client.get(f"/inkorg/?{view.query}")) == []
    assert "Uppsala 0" in text_of(client.get("/inkorg/"))
    assert referral.reference in references(browser(karin).get(f"/inkorg/?{view.query}"))


def test_previous_and_next_stay_inside_the_view(karin: Any, referrer: Any, send: Any) -> None:
    found = [send(referrer, CHILD, municipality_of_presence="0380").case for _n in range(3)]
    adult = send(referrer).case
    view = saved(karin, "vy=alla&age=child", "Barn, alla")
    client = browser(karin)
    order = references(client.get(f"/inkorg/?{view.query}"))
    assert adult.reference not in order and len(order) == 3
    by_reference = {case.reference: case for case in found}
    middle = by_reference[order[1]]
    page = client.get(f"/arenden/{middle.pk}/?{view.query}").content.decode().replace("&amp;", "&")
    for other, key in ((order[0], "["), (order[2], "]")):
        assert (
            f'/arenden/{by_reference[other].pk}/?{view.query}" rel' in page
            and f'data-nrm-key="{key}"' in page
        )
    last = client.get(f"/arenden/{by_reference[order[2]].pk}/?{view.query}").content.decode()
    assert 'rel="next"' not in last, "the adult is not next in this view"
    done = client.post(f"/arenden/{by_reference[order[2]].pk}/parkera/?{view.query}", {"when": "tomorrow"})
    assert f"vald={by_reference[order[0]].pk}" in done["Location"], "the view begins again, without the adult"


@pytest.mark.parametrize("number", [1, 20])
def test_as_many_queries_for_one_view_as_for_twenty(
    karin: Any, referrer: Any, send: Any, number: int
) -> None:
    send(referrer)
    for each in range(number):
        saved(karin, f"vy=alla&county=03&q={each}&agency=Soc", f"Vy {each}")
    client = browser(karin)
    assert queries(client, "/inkorg/") <= 12
    assert queries(client, "/inkorg/vyer/") <= 10


# --- following -------------------------------------------------------------------------------------------


def later(freeze: Any, moment: str) -> None:
    freeze(moment)
    tasks.look_through_views()


def test_a_new_case_is_told_once_a_day(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    send(referrer)
    saved(karin, notify=True)
    later(freeze, "2026-11-23 10:00")
    assert news(karin) == [], "what stood there when it was saved is no news"
    send(referrer)
    later(freeze, "2026-11-23 11:00")
    assert len(news(karin)) == 1
    send(referrer)
    later(freeze, "2026-11-23 12:00")
    later(freeze, "2026-11-23 13:00")
    assert len(news(karin)) == 1
    later(freeze, "2026-11-24 08:00")
    assert len(news(karin)) == 2, "told the day after, as it still stands there"
    later(freeze, "2026-11-24 09:00")
    later(freeze, "2026-11-25 09:00")
    assert len(news(karin)) == 2
    page = browser(karin).get("/aviseringar/?typ=vyer")
    assert "Något nytt i en vy du följer: Uppsala" in text_of(page)
    opened = browser(karin).get(f"/aviseringar/{news(karin)[0].pk}/")
    assert opened["Location"] == f"/inkorg/?{UPPSALA}"


def test_whatever_way_it_comes_in_it_is_news(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    case = send(referrer).case
    saved(karin, "vy=vantar", "Väntar", notify=True)
    triage.ask(case_id=case.pk, text="Vilket språk?", by=karin)
    later(freeze, "2026-11-23 11:00")
    assert len(news(karin)) == 1


def test_two_runs_are_one(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    saved(karin, notify=True)
    send(referrer)
    freeze("2026-11-23 11:00")
    assert views.look_through() == (1, 1)
    assert views.look_through() == (0, 0)


def test_not_told_of_what_she_may_not_see(
    karin: Any, on_duty: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    jonas, maja = on_duty("mitt", "Jonas Ek"), on_duty("syd", "Maja")
    for who in (karin, jonas, maja):
        saved(who, notify=True)
    case = send(referrer).case
    Recusal.objects.create(
        case=case, user=jonas.user, data_key=type(case).objects.get(pk=case.pk).data_key, reason="Släkt",
        made_at=clock.now(),
    )  # fmt: skip
    later(freeze, "2026-11-23 11:00")
    assert (len(news(karin)), news(jonas), news(maja)) == (1, [], [])


def test_a_mail_about_a_view_does_not_leave_when_the_rights_have_ended(
    karin: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    User.objects.filter(pk=karin.user_id).update(mail=MailChoice.DIRECT)
    saved(karin, notify=True)
    case = send(referrer).case
    later(freeze, "2026-11-23 11:00")
    row = OutboundEmail.objects.get(user_id=karin.user_id, dedupe_key__startswith="now:view:")
    Recusal.objects.create(
        case=case, user=karin.user, data_key=type(case).objects.get(pk=case.pk).data_key, reason="Släkt",
        made_at=clock.now(),
    )  # fmt: skip
    assert delivery.deliver(row.pk) == MailState.CANCELLED


def test_the_digest_says_nothing_of_a_view_one_may_not_open_any_more(
    karin: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    saved(karin, notify=True)
    send(referrer)
    later(freeze, "2026-11-23 11:00")
    Notice.objects.exclude(kind=NoticeKind.SAVED_VIEW).delete()
    Membership.objects.filter(pk=karin.membership_id).update(ended_at=clock.now())
    sync_permissions(Membership.objects.select_related("agency").get(pk=karin.membership_id))
    sync_rights()
    freeze("2026-11-24 07:30")
    tasks.send_digests()
    assert not OutboundEmail.objects.filter(dedupe_key__startswith=f"digest:{karin.user_id}").exists()
    assert news(karin) == []


@pytest.mark.parametrize(
    ("channel", "told", "mailed"),
    [(Channel.NEVER, 0, 0), (Channel.PORTAL, 1, 0), (Channel.DIGEST, 1, 0), (Channel.MAIL, 1, 1)],
)
def test_told_as_she_has_chosen(
    karin: Any, referrer: Any, send: Any, freeze: Any, channel: str, told: int, mailed: int
) -> None:
    NoticeChoice.objects.create(user=karin.user, group=NoticeGroup.VIEWS, channel=channel)
    saved(karin, notify=True)
    send(referrer)
    later(freeze, "2026-11-23 11:00")
    assert len(news(karin)) == told
    mails = OutboundEmail.objects.filter(user_id=karin.user_id, dedupe_key__startswith="now:view:")
    assert mails.count() == mailed
    Notice.objects.exclude(kind=NoticeKind.SAVED_VIEW).delete()
    freeze("2026-11-24 07:30")
    assert notifications.digests(clock.now()) == (1 if channel == Channel.DIGEST else 0)
