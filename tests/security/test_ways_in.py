"""Half a sign-in, codes, recovery codes, enumeration, reset, sessions: each tried where it could give way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from accounts.access import codes
from accounts.models import Attempt, Browser, UsedCode, User
from accounts.services import invitations, memberships, people
from core import clock
from core.models import OutboundEmail
from tests.access import asking
from tests.accounts.test_signing_in import LOGIN, SECRET, code, post_password
from tests.conftest import CommittedDatabase
from tests.factories import PASSWORD, AgencyFactory, MembershipFactory, UserFactory, member, sign_in

Freeze = Callable[..., Any]
Tried = Callable[..., None]
NEW = {"name": "Anna Exempel", "phone": "", "title": "", "password": "a long sentence of words"}
CODE, AGAIN = "/logga-in/kod/", "/bekrafta/kod/"
db = pytest.mark.django_db


@pytest.fixture
def still() -> Any:
    """Half a minute may pass on a slow machine; here none does."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def with_app(role: str = "caseworker") -> Any:
    who = member(role)
    totp.TOTP.activate(who.user, SECRET)
    return who


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- S21 ----------------------------------------------------------------------------------------------------

HALF = {
    "about", "victims", "traces", "quick-exit", "accessibility", "privacy", "language", "live", "ready",
    "accounts:invitation", "accounts:accept-invitation", "accounts:demo", "account_inactive",
    "mfa_authenticate", "openid_connect_login", "openid_connect_callback", "cases:feed",
}  # fmt: skip
"""What somebody reaches who has given the password and not the second factor: what anybody reaches, and the
page that asks for the second factor."""


@pytest.mark.security("S21", "rows of the access table for a sign-in that waits for its second factor")
def test_half_a_sign_in_reaches_what_anybody_reaches(tried: Tried) -> None:
    rows = asking.table()
    tried(len(rows))
    reached = {row.pattern for row in rows if row.words["Ha"] not in ("in", "404")}
    extra = {
        pattern for pattern in reached - HALF if not pattern.startswith(("security", "gallery", "unnamed"))
    }
    assert not extra, extra
    differs = {row.pattern for row in rows if row.words["Ha"] not in ("in", row.words["An"])}
    assert differs == {"mfa_authenticate"}


@db
@pytest.mark.security("S21", "half a sign-in on every page without parameters")
def test_half_a_sign_in_is_nobody(client: Client, tried: Tried) -> None:
    who = with_app()
    post_password(client, who.user.email)
    for name in ("/", "/inkorg/", "/arbete/", "/installningar/", "/installningar/sakerhet/", "/admin-sidor/"):
        answer = client.get(name)
        assert answer.status_code == 302 and answer["Location"].startswith(LOGIN), name
        tried()
    stranger = Client()
    stranger.cookies.update(client.cookies)
    assert not is_in(stranger)
    assert stranger.post("/valj-uppdrag/", {"membership": who.membership_id})["Location"].startswith(LOGIN)


# --- S22 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S22", "one code, twice, at every pair of doors, with spaces, the cache emptied")
@pytest.mark.parametrize("first", ["sign-in", "confirm", "form"])
@pytest.mark.parametrize("second", ["sign-in", "confirm", "form"])
def test_code_opens_one_door_once(still: Any, first: str, second: str, tried: Tried) -> None:
    who = with_app("administrator")

    def use(door: str, digits: str) -> bool:
        client = Client()
        if door == "sign-in":
            post_password(client, who.user.email)
            client.post(CODE, {"code": digits})
            return is_in(client)
        sign_in(client, who)
        session = client.session
        session["nrm_confirmed"] = 0
        session.save()
        if door == "confirm":
            client.post(AGAIN, {"code": digits})
        else:
            client.post("/admin-sidor/anvandare/ny/", {"confirm_code": digits})
        return bool(client.session["nrm_confirmed"])

    digits = code()
    assert use(first, digits)
    cache.clear()
    for written in (digits, f" {digits[:3]} {digits[3:]} ", f"{digits[:2]}-{digits[2:]}"):
        assert not use(second, written)
        tried()


@db
@pytest.mark.security("S22", "codes of the windows around now")
def test_only_the_windows_beside_now_count(still: Any, tried: Tried) -> None:
    user = with_app().user
    found = {steps: codes.prove(user, code(steps)) is not None for steps in range(-4, 5)}
    assert [steps for steps, opened in found.items() if opened] == [-1, 0, 1]
    tried(len(found))


@db
@pytest.mark.security("S22", "a code after a failed sign-in with it, and the code that set the app up")
def test_code_is_burnt_by_whatever_it_proved(
    client: Client, still: Any, settings: Settings, tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = member()
    post_password(client, who.user.email)
    client.get("/installningar/sakerhet/app/")
    secret = client.session[totp.SECRET_SESSION_KEY]
    digits = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert client.post("/installningar/sakerhet/app/", {"code": digits}).status_code == 302
    other = Client()
    post_password(other, who.user.email)
    other.post(CODE, {"code": digits})
    assert not is_in(other) and UsedCode.objects.filter(user=who.user).count() == 1
    stranger = Client()
    stranger.post(CODE, {"code": digits})
    assert not is_in(stranger)
    tried(2)


@pytest.mark.security("S22", "one code from eight places at the same moment")
def test_code_opens_once_at_the_same_moment(committed_db: CommittedDatabase, tried: Tried) -> None:
    user, spare = _committed_person()
    step = int(time.time()) // 30
    digits = totp.format_hotp_value(totp.hotp_value(SECRET, step))
    assert _at_once(user, digits) == 1
    assert _at_once(user, spare) == 1
    tried(16)


def _committed_person() -> tuple[User, str]:
    user = UserFactory.create()
    totp.TOTP.activate(user, SECRET)
    return user, RecoveryCodes.activate(user).generate_codes()[0]


def _at_once(user: User, digits: str) -> int:
    def prove(_: int) -> bool:
        try:
            return codes.prove(user, digits) is not None
        except codes.CodeUsed:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(prove, range(8)))


# --- S23 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S23", "recovery codes: again, guessed, read from the database, after new ones")
def test_recovery_codes(client: Client, still: Any, tried: Tried) -> None:
    who = with_app()
    old = RecoveryCodes.activate(who.user).generate_codes()
    assert codes.prove(who.user, old[0]) and codes.prove(who.user, old[0]) is None
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(one in stored for one in old)
    sign_in(client, who)
    client.post("/installningar/sakerhet/reservkoder/nya/")
    new = RecoveryCodes(Authenticator.objects.get(user=who.user, type="recovery_codes")).generate_codes()
    assert not set(old) & set(new)
    assert not any(codes.prove(who.user, one) for one in old)
    assert OutboundEmail.objects.filter(message="sign_in_changed", user_id=who.user_id).exists()
    guesser = Client()
    post_password(guesser, who.user.email)
    for _ in range(5):
        guesser.post(CODE, {"code": "00000000"})
    guesser.post(CODE, {"code": new[0]})
    assert not is_in(guesser)
    tried(len(old) + 8)


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
