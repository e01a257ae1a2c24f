"""Views of the statistics: kept as a choice, never as numbers; opened at the newest period; followed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import Membership
from accounts.services.memberships import sync_permissions
from cases import tasks as case_tasks
from cases.enums import Channel, NoticeGroup, NoticeKind, ViewPage
from cases.models import Notice, NoticeChoice, SavedView
from cases.services import figure_views, lists, views
from core import clock, delivery
from core.enums import MailState
from core.models import AuditEvent, OutboundEmail
from nrm_portal.overview import saved, tasks
from nrm_portal.overview.models import Publication
from tests.case_factories import browser, text_of
from tests.factories import member
from tests.overview.standing import loaded, portal

__all__ = ["loaded", "portal"]
PAGE = "/statistik/vyer/"
NEW = f"{PAGE}ny/"


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-10-14 08:15")


@pytest.fixture
def nora(on_duty: Any) -> Assignment:
    """At the national desk."""
    return on_duty("national", "Nora Lind")  # type: ignore[no-any-return]


@pytest.fixture
def karin(on_duty: Any) -> Assignment:
    return on_duty("mitt", "Karin Holm")  # type: ignore[no-any-return]


def out(period: str, at: str = "2026-10-14 08:20", family: str = "referrals") -> None:
    made_at = datetime.fromisoformat(at).replace(tzinfo=clock.STOCKHOLM)
    Publication.objects.create(family=family, period=period, made_at=made_at, tables={})


def keep(
    by: Assignment, words: str = "visar=kvartal&kort=lan", name: str = "Länen", notify: bool = True
) -> Any:
    return figure_views.save(name=name, words=words, notify=notify, by=by)


def told(who: Assignment) -> list[Notice]:
    return list(Notice.objects.filter(user=who.user, kind=NoticeKind.NEW_FIGURES).order_by("made_at"))


# --- words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"period": "2026-Q3", "kort": "lan"}, "visar=kvartal&kort=lan"),
        ({"period": "2025", "jamfor": "inget", "matt": "invanare"}, "visar=ar&jamfor=inget&matt=invanare"),
        ({"period": "2026", "jamfor": "aret-fore"}, "visar=lopande"),
        ({"period": "2026-09", "enhet": "mitt"}, "visar=manad&enhet=mitt"),
        ({"period": "skräp", "jamfor": "x", "kort": "lan\0", "matt": "1", "enhet": "syd"}, "visar=lopande"),
        ({"period": "2026-10"}, "visar=lopande"),
    ],
)
def test_what_is_chosen_is_kept_as_words_and_the_rest_falls_away(asked: dict[str, str], kept: str) -> None:
    assert saved.read(asked, frozenset({"mitt"})).words() == kept
    assert saved.of(kept).words() == kept


def test_a_view_opens_the_newest_period_of_its_kind(nora: Assignment, karin: Assignment, freeze: Any) -> None:
    for code in ("2025-Q4", "2026-Q1", "2026-Q2", "2026-05", "2026-06", "2025"):
        out(code, "2026-07-03 06:25")
    country = {word: saved.Kept(shows=word, card="svar").address(nora) for word in saved.SHOWS}
    assert country == {
        "lopande": "/statistik/#card-svar",
        "ar": "/statistik/?period=2025#card-svar",
        "kvartal": "/statistik/?period=2026-Q2#card-svar",
        "manad": "/statistik/?period=2026-06#card-svar",
    }
    hers = [saved.Kept(shows=word, desk="mitt").address(karin) for word in ("ar", "kvartal", "manad")]
    assert hers == [f"/statistik/?period={code}&enhet=mitt" for code in ("2025", "2026-Q3", "2026-09")]
    freeze("2027-01-02 09:00")
    assert "2026-Q4" in saved.Kept(shows="kvartal").address(karin)


def test_without_a_publication_it_opens_the_running_year(nora: Assignment) -> None:
    assert saved.Kept(shows="kvartal").address(nora) == "/statistik/"


# --- pages -----------------------------------------------------------------------------------------------


def test_a_view_is_saved_from_the_page_opened_renamed_and_deleted(karin: Assignment) -> None:
    client = browser(karin)
    page = client.get("/statistik/?period=2026-Q3&jamfor=narmast-fore")
    way = re.findall(r'href="(/statistik/vyer/ny/\?[^"]+)"', page.content.decode())[0].replace("&amp;", "&")
    form = client.get(way)
    assert form.content.decode().count("<h1") == 1
    assert '<option value="kvartal" selected>' in form.content.decode()
    assert "Perioden närmast före" in text_of(form)
    assert "Ärenden som nådde varje steg" in text_of(form) and 'value="personer"' not in form.content.decode()
    done = client.post(way, {"namn": "Kvartalet", "visar": "kvartal", "kort": "steg", "avisera": "on"})
    view = SavedView.objects.get()
    assert done["Location"] == f"{PAGE}{view.pk}/"
    assert (view.page, view.query, view.notify, view.known) == (
        ViewPage.STATISTICS,
        "visar=kvartal&jamfor=narmast-fore&kort=steg",
        True,
        [],
    )
    opened = client.get(done["Location"])
    assert opened["Location"] == "/statistik/?period=2026-Q3&jamfor=narmast-fore#card-steg"
    assert client.get(opened["Location"]).status_code == 200
    assert "Kvartalet" in text_of(client.get(PAGE)) and "Det senaste kvartalet" in text_of(client.get(PAGE))
    client.post(f"{PAGE}{view.pk}/andra/", {"namn": "Varje månad", "visar": "manad", "kort": ""})
    view.refresh_from_db()
    assert (view.name, view.query, view.notify) == ("Varje månad", "visar=manad&jamfor=narmast-fore", False)
    client.post(f"{PAGE}{view.pk}/ta-bort/")
    assert not SavedView.objects.exists() and "inga egna vyer" in text_of(client.get(PAGE))
    verbs = list(AuditEvent.objects.filter(target_id=view.pk).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["view.save", "view.change", "view.delete"]


def test_a_view_can_begin_at_every_card_of_the_page(nora: Assignment) -> None:
    form = browser(nora).get(NEW).content.decode()
    cards = ("manader", "lan", "former", "steg", "fran-aktor", "till-utfall", "forsenat", "svar", "samtal")
    for key in (*cards, "okant", "stod", "personer", "igen"):
        assert f'<option value="{key}"' in form
    browser(nora).post(NEW, {"namn": "Flödet", "visar": "ar", "kort": "till-utfall"})
    assert SavedView.objects.get().query == "visar=ar&kort=till-utfall"


def test_what_is_wrong_is_said_at_the_field_and_stays(karin: Assignment) -> None:
    client = browser(karin)
    keep(karin, name="Länen")
    for body, word in (
        ({"namn": "", "visar": "ar"}, "Skriv vad vyn ska heta"),
        ({"namn": "länen", "visar": "ar"}, "redan en vy med det namnet"),
        ({"namn": "Ny", "visar": "vecka"}, ""),
        ({"namn": "Ny", "visar": "ar", "kort": "hemlig"}, ""),
    ):
        page = client.post(NEW, body)
        assert page.status_code == 422 and 'aria-invalid="true"' in page.content.decode()
        assert word in text_of(page)
        kept = re.findall(r'name="namn" value="([^"]*)"', page.content.decode())
        assert kept == [body["namn"]]
    assert SavedView.objects.count() == 1
    for number in range(19):
        keep(karin, name=f"Vy {number}")
    with pytest.raises(ValidationError, match="20"):
        keep(karin, name="En till")


def test_views_of_the_inbox_are_other_views(karin: Assignment, freeze: Any) -> None:
    inbox = views.save(name="Länen", chosen=lists.read("vy=alla"), notify=False, by=karin)
    figures = keep(karin, name="Länen")
    client = browser(karin)
    assert client.get(f"{PAGE}{inbox.pk}/").status_code == 404
    assert client.get(f"/inkorg/vyer/{figures.pk}/").status_code == 404
    assert client.post(f"/inkorg/vyer/{figures.pk}/ta-bort/").status_code == 404
    assert [view.pk for view in views.own(karin)] == [inbox.pk]
    assert "Länen" in text_of(client.get("/inkorg/")) and client.get("/inkorg/").status_code == 200
    saved_at = clock.now()
    freeze("2026-10-14 11:00")
    case_tasks.look_through_views()
    figures.refresh_from_db()
    assert figures.seen_at == saved_at, "nobody looks for cases in it"


@pytest.mark.security("S03", "somebody else's view of the statistics")
def test_nobody_reaches_anothers_view(karin: Assignment, nora: Assignment) -> None:
    view = keep(karin)
    other = browser(nora)
    for url in ("", "andra/"):
        assert other.get(f"{PAGE}{view.pk}/{url}").status_code == 404
    assert other.post(f"{PAGE}{view.pk}/ta-bort/").status_code == 404
    with pytest.raises(Http404):
        figure_views.change(view_id=view.pk, name="Min", words="", notify=False, by=nora)
    for role in (Role.HOTLINE_OPERATOR, Role.AUDITOR):
        who = member(role)
        assert browser(who).get(PAGE).status_code == 403
        with pytest.raises(PermissionDenied):
            keep(who)
    assert SavedView.objects.count() == 1


# --- news ------------------------------------------------------------------------------------------------


def test_a_new_period_is_told_once_and_without_a_number(nora: Assignment, freeze: Any) -> None:
    out("2026-Q2", "2026-07-03 06:25")
    keep(nora)
    tasks.tell_of_figures()
    assert not told(nora), "what was out when it was saved is no news"
    freeze("2026-10-14 09:00")
    out("2026-Q3")
    out("2026-Q3", family="answers")
    for _n in range(2):
        tasks.tell_of_figures()
    (notice,) = told(nora)
    assert notice.case_id is None and notice.view is not None
    client = browser(nora)
    assert "Nya tal i en vy du följer: Länen" in text_of(client.get("/aviseringar/"))
    to = client.get(f"/aviseringar/{notice.pk}/")
    assert to["Location"] == f"{PAGE}{notice.view_id}/"
    assert client.get(to["Location"])["Location"] == "/statistik/?period=2026-Q3#card-lan"


@pytest.mark.parametrize(
    ("words", "period", "is_told"),
    [
        ("visar=kvartal", "2026-09", False),
        ("visar=manad", "2026-09", True),
        ("visar=lopande", "2026-09", True),
        ("visar=lopande", "2026-Q3", False),
        ("visar=ar", "2026-Q3", False),
        ("visar=ar", "2025", True),
    ],
)
def test_only_a_period_of_its_kind_is_news(
    karin: Assignment, freeze: Any, words: str, period: str, is_told: bool
) -> None:
    keep(karin, words)
    freeze("2026-10-14 09:00")
    out(period)
    tasks.tell_of_figures()
    assert bool(told(karin)) is is_told


def test_whoever_does_not_follow_or_wants_no_notices_gets_none(karin: Assignment, freeze: Any) -> None:
    keep(karin, notify=False)
    keep(karin, name="Följd")
    NoticeChoice.objects.create(user=karin.user, group=NoticeGroup.VIEWS, channel=Channel.NEVER)
    freeze("2026-10-14 09:00")
    out("2026-Q3")
    tasks.tell_of_figures()
    assert not told(karin)


def test_following_begins_when_it_is_switched_on(karin: Assignment, freeze: Any) -> None:
    view = keep(karin, notify=False)
    freeze("2026-10-14 09:00")
    out("2026-Q3")
    figure_views.change(view_id=view.pk, name="Länen", words=view.query, notify=True, by=karin)
    tasks.tell_of_figures()
    assert not told(karin)


@pytest.mark.parametrize("may", [True, False])
@pytest.mark.security("S41", "news of figures for somebody whose right has ended")
def test_whoever_may_see_no_figures_any_more_is_neither_told_nor_mailed(
    karin: Assignment, freeze: Any, may: bool
) -> None:
    NoticeChoice.objects.create(user=karin.user, group=NoticeGroup.VIEWS, channel=Channel.MAIL)
    keep(karin)
    freeze("2026-10-14 09:00")
    out("2026-Q3")
    tasks.tell_of_figures()
    assert len(told(karin)) == 1
    mail = OutboundEmail.objects.get(user_id=karin.user_id)
    assert "Länen" not in str(mail.context) and "Q3" not in str(mail.context)
    if not may:
        membership = Membership.objects.get(pk=karin.membership_id)
        membership.valid_until = clock.today()
        membership.save(update_fields=["valid_until"])
        sync_permissions(membership)
    freeze("2026-10-16 09:00")
    assert delivery.deliver(mail.pk) == (MailState.SENT if may else MailState.CANCELLED)
    Notice.objects.update(mailed_at=None)
    assert views.withdraw_stale() == (0 if may else 1)
    out("2026-Q4", "2026-10-16 08:59")
    tasks.tell_of_figures()
    assert len(told(karin)) == (2 if may else 0)
