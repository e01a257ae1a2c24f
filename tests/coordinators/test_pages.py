"""The pages about regions and desks: who sees them, what they refuse, what they cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import Role
from coordinators import services
from coordinators.models import Absence, Desk, Duty, RegionCounty
from core import clock
from tests.coordinators.conftest import membership
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
OnDuty = Callable[..., Assignment]


def url(name: str, *args: object) -> str:
    return reverse(f"coordinators:{name}", args=args)


@pytest.fixture
def boss(the_map: None, client: Client) -> Client:
    return sign_in(client, member(Role.ADMINISTRATOR))


@pytest.fixture
def mitt(the_map: None) -> Desk:
    return Desk.objects.get(key="mitt")


def test_regions_page_shows_who_covers_what(boss: Client, on_duty: OnDuty) -> None:
    on_duty("mitt", "Karin Holm")
    html = boss.get(url("regions")).content.decode()
    assert "Karin Holm" in html
    assert "Alla kommuner hör till en region" in html
    assert "8 kontor saknar någon i tjänst i dag" in html
    assert html.count("<h1") == 1


def test_coverage_check_names_municipalities_without_a_region(boss: Client) -> None:
    yesterday = clock.today() - timedelta(days=1)
    RegionCounty.objects.filter(county="09").update(valid_until=yesterday)
    services.touch_map()
    html = boss.get(url("regions")).content.decode()
    assert "1 kommun saknar region" in html
    assert "Gotland" in html


PAGES = ("regions", "try_route", "own_absence")
FORMS = ("open_desk",)
DESK_FORMS = ("change_desk", "close_desk", "put_on_duty", "register_absence")


@pytest.mark.parametrize(
    "role", [Role.CASEWORKER, Role.HOTLINE_OPERATOR, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER]
)
def test_others_see_nothing(mitt: Desk, client: Client, role: Role) -> None:
    sign_in(client, member(role))
    for name in (*PAGES, *FORMS):
        assert client.get(url(name)).status_code == 403
    for name in ("desk", *DESK_FORMS):
        assert client.get(url(name, mitt.pk)).status_code == 403
    assert client.get(url("move_county", "03")).status_code == 403


def test_strangers_are_led_to_the_sign_in_page(mitt: Desk, client: Client) -> None:
    for address in (url("regions"), url("desk", mitt.pk), url("move_county", "03")):
        assert client.get(address).status_code == 302


def test_coordinator_looks_but_does_not_change(mitt: Desk, client: Client, on_duty: OnDuty) -> None:
    sign_in(client, on_duty("ost"))
    for name in PAGES:
        assert client.get(url(name)).status_code == 200
    assert client.get(url("desk", mitt.pk)).status_code == 200
    for name in DESK_FORMS:
        assert client.get(url(name, mitt.pk)).status_code == 403
        assert client.post(url(name, mitt.pk)).status_code == 403
    assert client.post(url("move_county", "03"), {"region": "syd"}).status_code == 403


def test_national_coordinator_changes(mitt: Desk, client: Client, on_duty: OnDuty) -> None:
    sign_in(client, on_duty("national"))
    for name in DESK_FORMS:
        assert client.get(url(name, mitt.pk)).status_code == 200


def test_unknown_addresses_are_404(boss: Client) -> None:
    stray = "00000000-0000-4000-8000-000000000000"
    for name in ("desk", "change_desk", "change_duty", "change_absence"):
        assert boss.get(url(name, stray)).status_code == 404
    assert boss.get(url("move_county", "99")).status_code == 404
    assert boss.post(url("cancel_absence", stray)).status_code == 404


def test_dry_run_explains(boss: Client, on_duty: OnDuty) -> None:
    on_duty("nord", "Karin Holm")
    asked = {"municipality": "2480", "county": "", "age": "adult", "on": "2026-11-22"}
    html = boss.get(url("try_route"), asked).content.decode()
    assert "Umeå → Västerbotten → region Nord; vuxen" in html
    assert "Karin Holm" in html
    assert "data-nrm-combobox" in html


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"municipality": "9999"}, "Platsen finns inte"),
        ({"age": ""}, "Välj personens åldersgrupp"),
        ({"on": "2026-02-30"}, "Fyll i datumet"),
        ({"on": ""}, "Fyll i datumet"),
    ],
)
def test_dry_run_refuses_in_words(boss: Client, wrong: dict[str, str], words: str) -> None:
    asked = {"municipality": "2480", "county": "", "age": "adult", "on": "2026-11-22"} | wrong
    answer = boss.get(url("try_route"), asked)
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_put_on_duty_and_end_it(boss: Client, mitt: Desk) -> None:
    who = member(Role.REGIONAL_COORDINATOR)
    today = clock.today().isoformat()
    given = {"membership": str(who.membership_id), "first": today, "last": "", "is_primary": "on"}
    assert boss.post(url("put_on_duty", mitt.pk), given).status_code == 302
    duty = Duty.objects.get()
    assert boss.get(url("change_duty", duty.pk)).status_code == 200
    assert boss.post(url("change_duty", duty.pk), {"last": today, "version": "1"}).status_code == 302
    duty.refresh_from_db()
    assert (duty.valid_until, duty.is_primary) == (clock.today(), False)


def test_overlap_is_refused_at_the_field_and_text_kept(boss: Client, mitt: Desk, on_duty: OnDuty) -> None:
    who = on_duty("mitt")
    given = {"membership": str(who.membership_id), "first": "2099-13-01", "last": "20/11 2030"}
    html = boss.post(url("put_on_duty", mitt.pk), given).content.decode()
    assert "2099-13-01" in html and "20/11 2030" in html
    given["first"] = (clock.today() + timedelta(days=9)).isoformat()
    html = boss.post(url("put_on_duty", mitt.pk), given).content.decode()
    assert "har redan tjänst här" in html
    assert given["first"] in html
    assert 'href="#id_membership"' in html


@pytest.mark.parametrize("stray", ["", "nobody", "\0", "00000000-0000-4000-8000-000000000000", "x" * 10000])
def test_foreign_people_are_refused(boss: Client, mitt: Desk, stray: str) -> None:
    answer = boss.post(url("put_on_duty", mitt.pk), {"membership": stray, "first": "2030-01-01"})
    assert answer.status_code == 200
    assert not Duty.objects.exists()


def test_own_absence_with_and_without_deputy(client: Client, on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost", "Lena Ek")
    sign_in(client, karin)
    days = {"first": "2030-11-04", "last": "2030-11-15", "deputy": str(lena.membership_id)}
    assert client.post(url("own_absence"), days).status_code == 302
    html = client.get(url("own_absence")).content.decode()
    assert "Lena Ek vikarierar." in html
    absence = Absence.objects.get()
    assert client.get(url("change_absence", absence.pk)).status_code == 200
    changed = {"last": "2030-11-10", "deputy": "", "version": "1"}
    answer = client.post(url("change_absence", absence.pk), changed, follow=True)
    assert "Ingen vikarierar." in answer.content.decode()
    assert client.get(url("cancel_absence", absence.pk)).status_code == 405
    assert client.post(url("cancel_absence", absence.pk)).status_code == 302
    assert not Absence.objects.exists()


def test_colleagues_absence_is_not_hers_to_change(client: Client, on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    absence = services.register_absence(
        membership=membership(lena), first=date(2030, 1, 1), last=date(2030, 1, 9), deputy=None, by=None
    )
    sign_in(client, karin)
    assert client.get(url("change_absence", absence.pk)).status_code == 403
    assert client.post(url("cancel_absence", absence.pk)).status_code == 403
    assert Absence.objects.exists()


def test_absence_of_somebody_on_duty(boss: Client, mitt: Desk, on_duty: OnDuty) -> None:
    karin = on_duty("mitt", "Karin Holm")
    who = str(karin.membership_id)
    given = {"membership": who, "first": "2030-11-04", "last": "2030-11-01", "deputy": ""}
    html = boss.post(url("register_absence", mitt.pk), given).content.decode()
    assert "Sista dagen kan inte vara före första dagen" in html
    given["last"] = "2030-11-09"
    answer = boss.post(url("register_absence", mitt.pk), given, follow=True)
    assert "larmas" in answer.content.decode()


def test_stale_desk_form_keeps_the_text_and_saves_on_purpose(boss: Client, mitt: Desk) -> None:
    given = {
        "agency": str(mitt.agency_id), "mailbox": "mitt@kommun.example", "phone": "018-00 00 00",
        "opens": "08.00", "closes": "16.30", "version": "1",
    }  # fmt: skip
    assert boss.get(url("change_desk", mitt.pk)).status_code == 200
    assert boss.post(url("change_desk", mitt.pk), given).status_code == 302
    html = boss.post(url("change_desk", mitt.pk), given | {"mailbox": "ny@kommun.example"}).content.decode()
    assert "Någon annan ändrade" in html and "ny@kommun.example" in html
    assert 'name="version" value="2"' in html
    wrong = boss.post(url("change_desk", mitt.pk), given | {"closes": "07.00", "version": "2"})
    assert "Kontoret måste stänga efter att det öppnar" in wrong.content.decode()
    assert boss.post(url("change_desk", mitt.pk), given | {"version": "999999999999"}).status_code == 200


def test_county_moves_and_desks_open_and_close(boss: Client, mitt: Desk) -> None:
    day = (clock.today() + timedelta(days=30)).isoformat()
    moved = {"region": "stockholm", "first": day, "is_confirmed": "on"}
    assert boss.post(url("move_county", "03"), moved).status_code == 302
    assert "Uppsala län hör till Region Stockholm" in boss.get(url("regions")).content.decode()
    opened = {"region": "mitt", "audience": "children", "agency": str(mitt.agency_id), "first": day}
    assert boss.post(url("open_desk"), opened).status_code == 302
    assert boss.post(url("close_desk", mitt.pk), {"last": day, "version": "1"}).status_code == 302
    assert boss.post(url("close_desk", Desk.objects.get(key="national").pk), {"last": day, "version": "1"})
    assert (
        "Nationella samordningen stänger aldrig"
        in boss.post(
            url("close_desk", Desk.objects.get(key="national").pk), {"last": day, "version": "1"}
        ).content.decode()
    )


def test_same_number_of_queries_for_one_and_for_thirty(
    boss: Client, mitt: Desk, on_duty: OnDuty, freeze: Callable[[str], datetime]
) -> None:
    freeze("2026-10-20 10:00")

    def cost(address: str) -> int:
        boss.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(address).status_code == 200
        return len(queries)

    def fill(n: int) -> None:
        for _n in range(n):
            services.register_absence(
                membership=membership(on_duty("mitt")),
                first=date(2026, 11, 2),
                last=date(2026, 11, 13),
                deputy=membership(on_duty("ost")),
                by=None,
            )

    addresses = [url("regions"), url("desk", mitt.pk), url("register_absence", mitt.pk)]
    fill(1)
    few = [cost(address) for address in addresses]
    fill(29)
    assert [cost(address) for address in addresses] == few
    assert max(few) <= 20
