"""Sessions: dead ones stay dead, lost rights are lost at the next page, and she is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from accounts.models import Browser
from accounts.services import memberships, people
from core import clock
from core.models import OutboundEmail
from tests.accounts.test_signing_in import LOGIN, code, post_password
from tests.factories import PASSWORD, AgencyFactory, MembershipFactory, member, sign_in
from tests.security.test_ways_in import is_in, still, with_app

Freeze = Callable[..., Any]
Tried = Callable[..., None]
NEW = {"name": "Anna Exempel", "phone": "", "title": "", "password": "a long sentence of words"}
CODE, AGAIN = "/logga-in/kod/", "/bekrafta/kod/"
db = pytest.mark.django_db


__all__ = ["still"]


# --- S28 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S28", "old cookies after sign-out, everywhere, by an administrator, a new password")
@pytest.mark.parametrize(
    "end", ["sign out", "lock", "one", "everywhere", "administrator", "password", "closed"]
)
def test_dead_sessions_stay_dead(client: Client, end: str, tried: Tried) -> None:
    who, other = member(), Client()
    sign_in(client, who)
    sign_in(other, who)
    key = client.session.session_key
    row = UserSession.objects.get(session_key=key)
    acts: dict[str, Callable[[], Any]] = {
        "sign out": lambda: client.post("/logga-ut/"),
        "lock": lambda: client.post("/las/"),
        "one": lambda: other.post(f"/installningar/sessioner/{row.pk}/"),
        "everywhere": lambda: other.post("/installningar/sessioner/alla/"),
        "administrator": lambda: people.end_sessions(who.user, by=member("administrator")),
        "password": lambda: other.post(
            "/installningar/losenord/", {"present": PASSWORD, "password": "another long sentence"}
        ),
        "closed": lambda: people.deactivate(who.user, by=member("administrator")),
    }
    acts[end]()
    thief = Client()
    thief.cookies["session"] = str(key)
    assert thief.get("/installningar/")["Location"].startswith(LOGIN)
    assert not Session.objects.filter(session_key=key).exists()
    alive = other.get("/installningar/").status_code == 200
    assert alive == (end in ("sign out", "lock", "one", "password"))
    tried()


@db
@pytest.mark.security("S28", "a request that saves its session after it was destroyed")
def test_late_save_revives_nothing(client: Client, tried: Tried) -> None:
    who = member()
    sign_in(client, who)
    late = SessionStore(str(client.session.session_key))
    late["nrm_seen"] = clock.now().timestamp()
    people.end_sessions(who.user, by=member("administrator"))
    with pytest.raises(UpdateError):
        late.save()
    assert not Session.objects.filter(session_key=late.session_key).exists()
    tried()


@db
@pytest.mark.security("S28", "sessions nobody listed, and one put back by hand")
def test_everywhere_means_everywhere(client: Client, freeze: Freeze, tried: Tried) -> None:
    at = freeze("2026-03-02 09:00")
    who = member()
    sign_in(client, who)
    UserSession.objects.all().delete()
    kept = dict(client.session.items())
    freeze(at + timedelta(minutes=1))
    people.end_sessions(who.user, by=member("administrator"))
    assert client.get("/installningar/")["Location"].startswith(LOGIN)
    revived = SessionStore()
    revived.update(kept)
    revived.create()
    client.cookies["session"] = str(revived.session_key)
    assert client.get("/installningar/")["Location"].startswith(LOGIN)
    tried(2)


@db
@pytest.mark.security(
    "S28", "a sign-in under way while the account is signed out, closed or given a new password"
)
@pytest.mark.parametrize("change", ["password", "everywhere", "closed"])
def test_sign_in_under_way_ends_too(client: Client, freeze: Freeze, change: str, tried: Tried) -> None:
    at = freeze("2026-03-02 09:00")
    who = with_app()
    post_password(client, who.user.email)
    freeze(at + timedelta(minutes=1))
    if change == "password":
        people.change_password(who.user, "another long sentence", keep=None, by=who)
    elif change == "everywhere":
        people.end_sessions(who.user, by=who)
    else:
        people.deactivate(who.user, by=member("administrator"))
    client.post(CODE, {"code": code()})
    assert not is_in(client) and client.get("/installningar/")["Location"].startswith(LOGIN)
    tried()


@db
@pytest.mark.security("S28", "a planted session id")
def test_planted_session_is_not_taken_over(
    client: Client, still: Any, settings: Settings, tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = with_app()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    post_password(client, who.user.email)
    client.post(CODE, {"code": code()})
    assert is_in(client) and client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    tried()


# --- S12, S13 -----------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S12", "a live session after the account, assignment, role or agency is gone")
@pytest.mark.parametrize("change", ["closed", "ended", "expired", "role", "agency"])
def test_lost_right_is_lost_at_the_next_page(
    client: Client, freeze: Freeze, change: str, tried: Tried
) -> None:
    at = freeze("2026-03-02 22:00")
    portal = member("administrator")
    agency = AgencyFactory.create()
    row = MembershipFactory.create(role="administrator", agency=agency, valid_until=clock.today())
    MembershipFactory.create(role="administrator", agency=agency)
    page = "/admin-sidor/anvandare/"
    sign_in(client, row.user)
    assert client.get(page).status_code == 200
    if change == "closed":
        people.deactivate(row.user, by=portal)
    elif change == "ended":
        memberships.end_membership(row.pk, by=portal)
    elif change == "expired":
        freeze(at + timedelta(hours=2, minutes=1))
        session = client.session
        session["nrm_seen"] = clock.now().timestamp()
        session.save()
    elif change == "role":
        memberships.change_membership(
            row.pk,
            role="caseworker",
            is_manager=False,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            version=row.version,
            by=portal,
        )
    else:
        type(agency).objects.filter(pk=agency.pk).update(active=False)
    assert client.get(page).status_code in (302, 403)
    assert client.post(page, {"q": "a"}).status_code in (302, 403)
    tried(2)


@db
@pytest.mark.security("S13", "an administrator who has moved looks for the people she left")
def test_moved_person_leaves_everything_behind(client: Client, tried: Tried) -> None:
    portal = member("administrator")
    old, new = AgencyFactory.create(), AgencyFactory.create()
    left = member(agency=old)
    row = MembershipFactory.create(role="administrator", agency=old)
    MembershipFactory.create(role="administrator", agency=old)
    sign_in(client, row.user)
    page = f"/admin-sidor/anvandare/{left.user_id}/"
    assert client.get(page).status_code == 200
    memberships.end_membership(row.pk, by=portal)
    MembershipFactory.create(role="administrator", agency=new, user=row.user)
    assert client.get(page).status_code == 404
    tried()


# --- what she is told ---------------------------------------------------------------------------------------


@db
def test_new_browser_is_told_once_and_says_nothing(client: Client, still: Any, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    user = member().user
    told = OutboundEmail.objects.filter(message="new_browser", user_id=user.pk)
    post_password(client, user.email)
    assert not told.exists()  # her very first sign-in is no news
    assert client.cookies["browser"]["httponly"] and client.cookies["browser"]["samesite"] == "Lax"
    client.post("/logga-ut/")
    post_password(client, user.email)
    assert not told.exists()
    post_password(Client(headers={"user-agent": "Secret/1.0"}), user.email)
    assert told.count() == 1 and told.get().context == {}
    assert client.cookies["browser"].value not in str(list(Browser.objects.values()))


@db
@pytest.mark.security("S53", "mail about one's own account")
@pytest.mark.parametrize("message", ["new_browser", "sign_in_changed"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_mail_about_the_account_is_empty_of_facts(message: str, language: str, tried: Tried) -> None:
    from django.template.loader import render_to_string
    from django.utils import translation

    with translation.override(language):
        text = render_to_string(f"emails/{message}.body.txt", {}) + render_to_string(
            f"emails/{message}.subject.txt", {}
        )
    assert not re.search(r"\d{2,}|@|Chrome|Firefox|Windows|TOTP|webauthn", text)
    tried()
