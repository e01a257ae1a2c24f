"""What a failed sign-in, a link or a reset tells and opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from accounts.access import codes
from accounts.models import Attempt, User
from accounts.services import invitations, people
from core.models import OutboundEmail
from tests.access import asking
from tests.accounts.test_signing_in import LOGIN, code, post_password
from tests.factories import UserFactory, member, sign_in
from tests.security.test_ways_in import is_in, still, with_app

Freeze = Callable[..., Any]
Tried = Callable[..., None]
NEW = {"name": "Anna Exempel", "phone": "", "title": "", "password": "a long sentence of words"}
CODE, AGAIN = "/logga-in/kod/", "/bekrafta/kod/"
db = pytest.mark.django_db


__all__ = ["still"]


# --- S25 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S25", "sign-in as nobody, wrong, invited, closed, at an organisation only")
def test_every_failed_sign_in_looks_and_costs_the_same(monkeypatch: pytest.MonkeyPatch, tried: Tried) -> None:
    closed = member().user
    people.deactivate(closed, by=member("administrator"))
    invited = UserFactory.create(password="!")
    addresses = [
        "nobody@kommun.example",
        member().user.email,
        with_app().user.email,
        closed.email,
        invited.email,
    ]
    hashed = [0]
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, *args: Any, **kwargs: Any) -> str:
        hashed[0] += 1
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    answers = set()
    for address in addresses:
        hashed[0] = 0
        answer = post_password(Client(), address, "a wrong long password")
        text = re.sub(r'value="\w{64}"', "", answer.content.decode()).replace(address, "")
        answers.add((answer.status_code, hashed[0], text, tuple(sorted(answer.cookies))))
        tried()
    assert len(answers) == 1 and next(iter(answers))[1] == 1


@db
@pytest.mark.security("S25", "the sixth guess at an address that exists and at one that does not")
def test_the_lock_tells_nothing(tried: Tried) -> None:
    pages = set()
    for address in ("nobody@kommun.example", member().user.email):
        for _ in range(6):
            answer = post_password(Client(), address, "wrong wrong wrong")
            tried()
        pages.add(re.sub(r'value="\w{64}"', "", answer.content.decode()).replace(address, ""))
        Attempt.objects.all().delete()
    assert len(pages) == 1 and "15" in pages.pop()


@db
@pytest.mark.security("S25", "links of invitations for somebody, nobody, used up")
def test_links_tell_nothing(client: Client, tried: Tried) -> None:
    someone = member().user
    pages = set()
    for user_id in (someone.pk, "00000000-0000-4000-8000-000000000000"):
        browser = Client()
        assert browser.get(f"/inbjudan/{user_id}/abc-123/").status_code == 302
        answer = browser.get("/inbjudan/")
        assert answer.status_code == 410
        pages.add(re.sub(r'"\w{64}"', "", answer.content.decode()))
        tried()
    assert len(pages) == 1


# --- S27, S30 -----------------------------------------------------------------------------------------------


def test_there_is_no_reset_by_mail() -> None:
    """Only an administrator starts one (docs/adr/0953-an-administrator-resets-a-sign-in.md)."""
    names = {row.pattern for row in asking.table()}
    assert not [name for name in names if "reset" in name or "forgot" in name]
    assert not any("aterstall" in str(one.pattern) or "glomt" in str(one.pattern) for one in _patterns())


def _patterns(resolver: Any = None) -> Any:
    for entry in (resolver or get_resolver()).url_patterns:
        yield entry
        if hasattr(entry, "url_patterns"):
            yield from _patterns(entry)


@db
@pytest.mark.security("S27", "what opened the account before a reset, and the link twice, late, replaced")
def test_reset_closes_everything_and_does_not_skip_the_second_factor(
    client: Client, freeze: Freeze, settings: Settings, tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    at = freeze("2026-03-02 09:00")
    admin, who = member("administrator"), with_app()
    User.objects.filter(pk=who.user_id).update(last_login=at)
    sign_in(client, who)
    codes_before = RecoveryCodes.activate(who.user).generate_codes()
    half = Client()
    post_password(half, who.user.email)
    people.reset_sign_in(User.objects.get(pk=who.user_id), by=admin)
    user = User.objects.get(pk=who.user_id)
    assert client.get("/installningar/")["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in post_password(Client(), user.email).wsgi_request.session
    half.post(CODE, {"code": code()})
    assert not is_in(half)
    assert not any(codes.prove(user, one) for one in codes_before)
    assert OutboundEmail.objects.filter(message="sign_in_changed", user_id=user.pk).exists()
    first = invitations.invitation_link(user)
    people.invite_again(user, by=admin)
    user.refresh_from_db()
    link = invitations.invitation_link(user)
    stale = Client()
    stale.get(first)
    if first != link:
        assert stale.get("/inbjudan/").status_code == 410
    freeze(at + timedelta(minutes=61))
    late = Client()
    late.get(link)
    assert late.get("/inbjudan/").status_code == 410
    freeze(at + timedelta(minutes=59))
    hers = Client()
    hers.get(link)
    assert hers.post("/inbjudan/", NEW).status_code == 302
    assert hers.get("/inkorg/")["Location"].startswith("/installningar/sakerhet/")
    again = Client()
    again.get(link)
    assert again.get("/inbjudan/").status_code == 410
    tried(7)


@db
@pytest.mark.security("S30", "an administrator sets a password, by every field of every form about people")
def test_administrator_cannot_choose_a_password(client: Client, tried: Tried) -> None:
    admin, who = member("administrator"), member()
    before = User.objects.get(pk=who.user_id).password
    sign_in(client, admin)
    url = f"/admin-sidor/anvandare/{who.user_id}/"
    for path in (f"{url}uppdrag/", f"{url}logga-ut/", "/admin-sidor/anvandare/ny/"):
        client.post(path, {"password": "mine now", "email": who.user.email, "name": "x", "is_superuser": "1"})
        tried()
    assert User.objects.get(pk=who.user_id).password == before
