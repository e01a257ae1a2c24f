"""In and out: every way, every limit, and that half a sign-in reaches nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from accounts.models import User
from accounts.services import people
from core import clock
from core.models import AuditEvent
from tests.factories import PASSWORD, AgencyFactory, MembershipFactory, UserFactory, member, sign_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "/logga-in/"
Freeze = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_old_attempts() -> None:
    cache.clear()


def give_app(user: User) -> None:
    totp.TOTP.activate(user, SECRET)


def code(steps: int = 0) -> str:
    value: str = totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30 + steps))
    return value


def post_password(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": email, "password": password, **more})


def outcome(verb: str) -> list[str]:
    return list(AuditEvent.objects.filter(verb=verb).values_list("outcome", flat=True))


def test_page_offers_ways_help_and_no_sign_up(client: Client) -> None:
    html = client.get(LOGIN).content.decode()
    assert html.count("<h1>") == 1
    assert 'autocomplete="current-password"' in html
    assert "signup" not in html


def test_password_alone_signs_in_where_no_second_factor_is_required(
    client: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    who = member()
    response = post_password(client, who.user.email.upper())
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(who.user_id)
    assert outcome("person.sign_in") == ["allowed"]
    assert client.get("/installningar/").status_code == 200


def test_session_gets_a_new_id_at_sign_in(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    who = member()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    post_password(client, who.user.email)
    assert client.session.session_key != planted


@pytest.mark.parametrize("email", ["person@nowhere.example", None])
def test_wrong_password_and_unknown_address_look_the_same(client: Client, email: str | None) -> None:
    address = email or member().user.email
    response = post_password(client, address, "wrong wrong wrong")
    html = response.content.decode()
    assert response.status_code == 200
    assert (
        "E-postadressen eller lösenordet" in html or "The e-mail address or the password is not right" in html
    )
    assert outcome("person.sign_in") == ["refused"]


def test_very_long_password_is_refused_before_the_hash(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = member()
    monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("hashed"))
    assert post_password(client, who.user.email, "x" * 100_000).status_code == 200
    assert "_auth_user_id" not in client.session


def test_second_factor_by_app(client: Client) -> None:
    who = member()
    give_app(who.user)
    response = post_password(client, who.user.email)
    assert response["Location"] == "/logga-in/kod/"
    assert "_auth_user_id" not in client.session
    assert client.get("/logga-in/kod/").status_code == 200
    fresh = code()
    response = client.post("/logga-in/kod/", {"code": f"{fresh[:3]} {fresh[3:]}"})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(who.user_id)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_code_works_once_within_one_window(client: Client, steps: int) -> None:
    who = member()
    give_app(who.user)
    with time_machine.travel(clock.now(), tick=False):  # half a minute may pass on a slow machine
        used = code(steps)
        post_password(client, who.user.email)
        assert client.post("/logga-in/kod/", {"code": used}).status_code == 302
        other = Client()
        post_password(other, who.user.email)
        response = other.post("/logga-in/kod/", {"code": f" {used[:2]} {used[2:]} "})
    assert response.status_code == 200
    assert "_auth_user_id" not in other.session


def test_old_code_is_refused_and_recorded(client: Client) -> None:
    who = member()
    give_app(who.user)
    post_password(client, who.user.email)
    assert client.post("/logga-in/kod/", {"code": code(-3)}).status_code == 200
    assert "refused" in outcome("person.sign_in")


def test_recovery_code_works_once_and_is_not_stored_readable(client: Client) -> None:
    who = member()
    give_app(who.user)
    codes = RecoveryCodes.activate(who.user).generate_codes()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored and not any(c in stored for c in codes)
    post_password(client, who.user.email)
    assert client.post("/logga-in/kod/", {"code": codes[0]}).status_code == 302
    other = Client()
    post_password(other, who.user.email)
    assert other.post("/logga-in/kod/", {"code": codes[0]}).status_code == 200


def test_half_authenticated_reaches_nothing(client: Client) -> None:
    who = member()
    give_app(who.user)
    post_password(client, who.user.email)
    for path in ("/", "/installningar/", "/admin-sidor/", "/installningar/sakerhet/", "/valj-uppdrag/"):
        response = client.get(path)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, LOGIN), path


def test_without_second_factor_only_its_set_up_is_reachable(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = member()
    post_password(client, who.user.email)
    for path in ("/", "/installningar/", "/admin-sidor/", "/valj-uppdrag/", "/installningar/losenord/"):
        response = client.get(path)
        assert response["Location"].startswith("/installningar/sakerhet/"), path
    assert client.get("/installningar/sakerhet/").status_code == 200
    page = client.get("/installningar/sakerhet/app/")
    assert page.status_code == 200
    secret = client.session[totp.SECRET_SESSION_KEY]
    value = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    response = client.post("/installningar/sakerhet/app/", {"code": value})
    assert response["Location"] == "/installningar/sakerhet/reservkoder/"
    assert client.get("/installningar/sakerhet/reservkoder/").status_code == 200
    assert client.get("/installningar/").status_code == 200


def test_last_second_factor_stays_where_one_is_required(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = member()
    give_app(who.user)
    sign_in(client, who)
    response = client.post("/installningar/sakerhet/app/ta-bort/")
    assert response.status_code == 200
    assert Authenticator.objects.filter(user=who.user).exists()


def test_five_wrong_passwords_lock_the_account_for_a_while(client: Client) -> None:
    who = member()
    for _ in range(5):
        post_password(client, who.user.email, "wrong wrong wrong")
    assert "_auth_user_id" not in post_password(client, who.user.email).wsgi_request.session
    other = member()
    post_password(Client(), other.user.email)
    assert outcome("person.sign_in").count("allowed") == 1


@pytest.mark.security("S38", "addresses to go to after signing in")
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_no_open_redirect(client: Client, settings: Settings, target: str) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    who = member()
    response = post_password(client, who.user.email, next=target)
    assert "evil" not in response["Location"] and "javascript" not in response["Location"]
    response = client.post("/valj-uppdrag/", {"membership": who.membership_id, "next": target})
    assert response["Location"] == "/"
    response = client.post("/las/", {"next": target})
    assert response["Location"] == LOGIN


def test_after_sign_in_she_returns_to_the_page(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    who = member()
    asked = client.get("/installningar/sessioner/")
    assert asked["Location"] == f"{LOGIN}?next=/installningar/sessioner/"
    assert (
        post_password(client, who.user.email, next="/installningar/sessioner/")["Location"]
        == "/installningar/sessioner/"
    )


def test_more_than_one_assignment_must_be_chosen(client: Client) -> None:
    who = member()
    other = MembershipFactory.create(user=who.user, role="regional_coordinator")
    sign_in(client, who.user)
    assert client.get("/installningar/")["Location"] == "/valj-uppdrag/?next=%2Finstallningar%2F"
    assert client.get("/valj-uppdrag/").status_code == 200
    assert client.post("/valj-uppdrag/", {}).status_code == 400
    response = client.post("/valj-uppdrag/", {"membership": other.pk, "next": "/installningar/"})
    assert response["Location"] == "/installningar/"
    assert client.get("/installningar/").wsgi_request.assignment.role == "regional_coordinator"  # type: ignore[attr-defined]


def test_somebody_elses_assignment_cannot_be_chosen(client: Client) -> None:
    who, other = member(), member()
    sign_in(client, who)
    assert client.post("/valj-uppdrag/", {"membership": other.membership_id}).status_code == 400
    assert client.post("/valj-uppdrag/", {"membership": "x"}).status_code == 400


def test_expired_membership_gives_no_way_in(client: Client, freeze: Freeze) -> None:
    freeze("2026-03-02 09:00")
    who = member(valid_until=clock.today())
    sign_in(client, who)
    assert client.get("/installningar/").status_code == 200
    freeze("2026-03-03 00:00:01")
    session = client.session
    session["nrm_seen"] = session["nrm_began"] = clock.now().timestamp()
    session.save()
    assert client.get("/installningar/")["Location"].startswith("/valj-uppdrag/")
    page = client.get("/valj-uppdrag/")
    assert page.status_code == 200 and 'type="radio"' not in page.content.decode()


def test_closed_agency_gives_no_way_in(client: Client) -> None:
    who = member(agency=AgencyFactory.create(active=False))
    sign_in(client, who)
    assert client.get("/installningar/")["Location"].startswith("/valj-uppdrag/")


def test_deactivated_person_with_a_live_session_is_out_at_once(client: Client) -> None:
    who = member()
    sign_in(client, who)
    people.deactivate(who.user, by=member("administrator"))
    assert client.get("/installningar/")["Location"].startswith(LOGIN)
    response = post_password(client, who.user.email)
    assert response["Location"] == "/logga-in/avstangd/"
    assert "_auth_user_id" not in client.session


def test_deactivated_in_the_database_alone_is_out_too(client: Client) -> None:
    who = member()
    sign_in(client, who)
    User.objects.filter(pk=who.user_id).update(is_active=False, deactivated_at=clock.now())
    assert client.get("/installningar/")["Location"].startswith(LOGIN)


def test_idle_session_ends_after_thirty_minutes(client: Client, freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    who = member()
    sign_in(client, who)
    freeze(at + timedelta(minutes=29))
    assert client.get("/installningar/").status_code == 200
    freeze(at + timedelta(minutes=58))
    assert client.post("/aktiv/").status_code == 204
    freeze(at + timedelta(minutes=87))
    assert client.get("/installningar/").status_code == 200
    freeze(at + timedelta(minutes=118))
    response = client.get("/installningar/")
    assert response["Location"].startswith(LOGIN)
    assert AuditEvent.objects.get(verb="person.sign_out").facts == {"why": "idle"}
    assert not UserSession.objects.filter(user=who.user).exists()


def test_session_ends_after_ten_hours_whatever_happens(client: Client, freeze: Freeze) -> None:
    at = freeze("2026-03-02 07:00")
    sign_in(client, member())
    for minutes in range(25, 600, 25):
        freeze(at + timedelta(minutes=minutes))
        assert client.get("/installningar/").status_code == 200
    freeze(at + timedelta(hours=10, seconds=1))
    assert client.get("/installningar/")["Location"].startswith(LOGIN)


def test_script_is_sent_to_sign_in_as_a_whole_page(client: Client) -> None:
    response = client.get("/installningar/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response["HX-Redirect"].startswith(LOGIN)


def test_form_sent_after_the_session_ended_leads_back_to_its_page(client: Client) -> None:
    response = client.post("/installningar/sessioner/alla/")
    assert response["Location"] == f"{LOGIN}?next=%2Finstallningar%2Fsessioner%2F"


def test_lock_ends_the_session_and_remembers_the_page(client: Client) -> None:
    who = member()
    sign_in(client, who)
    key = client.session.session_key
    response = client.post("/las/", {"next": "/installningar/"})
    assert response["Location"] == f"{LOGIN}?next=%2Finstallningar%2F"
    client.cookies["session"] = str(key)
    assert client.get("/installningar/")["Location"].startswith(LOGIN)
    assert outcome("person.lock") == ["allowed"]


def test_sign_out_is_a_post(client: Client) -> None:
    sign_in(client, member())
    assert client.get("/logga-ut/").status_code == 405
    assert client.post("/logga-ut/")["Location"] == LOGIN
    assert client.get("/installningar/")["Location"].startswith(LOGIN)


def test_first_sign_in_asks_to_read_about_secrecy(client: Client) -> None:
    who = member(user=UserFactory.create(secrecy_read_at=None))
    sign_in(client, who)
    assert client.get("/installningar/")["Location"].startswith("/forsta-gangen/")
    assert client.post("/forsta-gangen/", {}).status_code == 200
    assert client.post("/forsta-gangen/", {"read": "on"}).status_code == 302
    assert client.get("/installningar/").status_code == 200


def test_demo_does_not_exist_outside_a_demo(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    who = member(user=UserFactory.create(is_demo=True))
    assert client.get("/demo/").status_code == 404
    assert client.post("/demo/", {"membership": who.membership_id}).status_code == 404


def test_demo_signs_in_made_up_people_only(client: Client, settings: Settings) -> None:
    settings.DEMO, settings.SECOND_FACTOR_REQUIRED = True, False
    real, fake = member(), member(user=UserFactory.create(is_demo=True))
    page = client.get("/demo/").content.decode()
    assert str(fake.membership_id) in page and str(real.membership_id) not in page
    assert client.post("/demo/", {"membership": real.membership_id}).status_code == 404
    assert client.post("/demo/", {"membership": "x"}).status_code == 404
    assert client.post("/demo/", {"membership": fake.membership_id}).status_code == 302
    assert client.session["_auth_user_id"] == str(fake.user_id)
    assert (
        Client(enforce_csrf_checks=True).post("/demo/", {"membership": fake.membership_id}).status_code == 403
    )


def test_no_sign_up_no_reset_by_mail_no_address_pages() -> None:
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert not names & {"account_signup", "account_email", "account_reset_password", "account_set_password"}


def test_inactive_page_and_confirm_page(client: Client) -> None:
    assert client.get("/logga-in/avstangd/").status_code == 200
    assert client.get("/bekrafta/")["Location"].startswith(LOGIN)
    assert client.get("/logga-in/kod/")["Location"] == LOGIN
    assert client.post("/logga-in/avbryt/")["Location"] == LOGIN
    assert reverse("account_login") == reverse("accounts:login") == LOGIN
