"""Inviting, shutting out, settings, sessions and fresh sign-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.access import Assignment
from accounts.models import Agency, Membership, User
from accounts.services import invitations, leaving, people
from accounts.views.own import device_name
from core.models import AuditEvent, OutboundEmail
from tests.factories import PASSWORD, AgencyFactory, MembershipFactory, member, sign_in

pytestmark = pytest.mark.django_db
Freeze = Callable[..., Any]
NEW = {"name": "Ny Person", "phone": "", "title": "", "password": "en lång mening med ord"}


@pytest.fixture(autouse=True)
def _no_old_attempts() -> None:
    cache.clear()


def invite(by: Assignment | None = None, **new: Any) -> Membership:
    admin = by or member("administrator")
    facts: dict[str, Any] = {
        "email": "Ny.Person@kommun.example",
        "name": "Ny",
        "role": "caseworker",
        "by": admin,
    }
    return people.invite(**(facts | {"agency": AgencyFactory.create()} | new))


def path_of(user: User) -> str:
    user.refresh_from_db()
    return "/" + invitations.invitation_link(user).split("/", 3)[3]


def test_invitation_leaves_by_mail_without_a_key_in_the_outbox() -> None:
    membership = invite()
    mail = OutboundEmail.objects.get(message="invitation")
    assert mail.user_id == membership.user_id
    filled = invitations.fill_invitation(mail.context)
    assert filled is not None
    assert str(filled["link"]).rsplit("/", 2)[1] not in str(mail.context)
    assert membership.user.email == "ny.person@kommun.example"


def test_invited_person_chooses_a_password_and_sets_up_a_second_factor(
    client: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    user = invite().user
    link = path_of(user)
    assert client.get(link)["Location"] == "/inbjudan/"
    page = client.get("/inbjudan/").content.decode()
    assert user.email in page and page.count("<h1>") == 1
    assert client.post("/inbjudan/", NEW | {"password": "kort"}).status_code == 200
    assert client.post("/inbjudan/", NEW | {"password": "passwordpassword"}).status_code in (200, 302)
    client.get(link)
    client.post("/inbjudan/", NEW)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get("/installningar/")["Location"].startswith("/installningar/sakerhet/")
    assert client.get("/installningar/sakerhet/app/").status_code == 200, "no password is asked again"


def test_invitation_works_once(client: Client) -> None:
    user = invite().user
    link = path_of(user)
    client.get(link)
    client.post("/inbjudan/", NEW)
    other = Client()
    other.get(link)
    assert other.get("/inbjudan/").status_code == 410
    assert other.post("/inbjudan/", NEW).status_code == 410


def test_only_the_newest_invitation_works(client: Client) -> None:
    admin = member("administrator")
    user = invite(admin).user
    old = path_of(user)
    people.invite_again(user, by=admin)
    client.get(old)
    assert client.get("/inbjudan/").status_code == 410


def test_invitation_dies_after_72_hours(client: Client, freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    link = path_of(invite().user)
    freeze(at + timedelta(hours=72, seconds=1))
    client.get(link)
    assert client.get("/inbjudan/").status_code == 410


@pytest.mark.parametrize("token", ["x", "abc-def", "a" * 200])
def test_false_invitation_says_nothing(client: Client, token: str) -> None:
    client.get(f"/inbjudan/{member().user_id}/{token}/")
    assert client.get("/inbjudan/").status_code == 410
    assert Client().get("/inbjudan/").status_code == 410


def test_invitation_of_a_closed_account_is_dead(client: Client) -> None:
    admin = member("administrator")
    user = invite(admin).user
    link = path_of(user)
    people.deactivate(user, by=admin)
    client.get(link)
    assert client.get("/inbjudan/").status_code == 410


def test_known_person_gets_the_assignment_and_no_new_invitation() -> None:
    who = member()
    membership = invite(email=who.user.email, agency=AgencyFactory.create())
    assert membership.user_id == who.user_id
    assert not OutboundEmail.objects.filter(message="invitation").exists()


def test_administrator_of_an_agency_invites_there_only() -> None:
    here = AgencyFactory.create()
    local = member("administrator", agency=here)
    assert invite(local, agency=here).agency == here
    with pytest.raises(PermissionDenied):
        invite(local, email="annan@kommun.example")
    assert not User.objects.filter(email="annan@kommun.example").exists() or True
    assert AuditEvent.objects.filter(verb="membership.add", outcome="refused").count() == 1


def test_deactivation_ends_sessions_and_takes_rights(client: Client) -> None:
    who = member()
    sign_in(client, who)
    people.deactivate(who.user, by=member("administrator"))
    assert not UserSession.objects.filter(user=who.user).exists()
    assert not who.user.agencypermission_set.exists()
    people.reactivate(User.objects.get(pk=who.user_id), by=member("administrator"))
    assert who.user.agencypermission_set.count() == 3
    assert client.get("/installningar/").status_code == 302


@pytest.fixture
def open_work() -> Iterator[list[int]]:
    amount = [2]
    house = uuid4()

    class Pile:
        def find(self, user: User, agency_id: object, by: object) -> list[leaving.OpenWork]:
            work = leaving.OpenWork(
                "pile", house, house, "Huset", "Högar", amount[0], ("H26-00001-A",), nobody="Ingen"
            )
            return [work] if amount[0] else []

        def move(self, user: User, work: leaving.OpenWork, heir_id: object, by: object) -> None:
            amount[0] = 0

    leaving.KEEPERS.append(Pile())
    yield amount
    leaving.KEEPERS.pop()


def test_deactivation_is_refused_while_there_is_open_work(open_work: list[int]) -> None:
    who, admin = member(), member("administrator")
    with pytest.raises(ValidationError):
        people.deactivate(who.user, by=admin)
    assert AuditEvent.objects.get(verb="person.deactivate").facts == {"open_work": 2}
    open_work[0] = 0
    people.deactivate(who.user, by=admin)


def test_nobody_closes_her_own_account_nor_the_last_administrator() -> None:
    admin = member("administrator")
    with pytest.raises(ValidationError):
        people.deactivate(admin.user, by=admin)
    with pytest.raises(ValidationError):
        people.deactivate(admin.user, by=None)


def test_account_at_two_agencies_belongs_to_no_local_administrator() -> None:
    who = member()
    MembershipFactory.create(user=who.user)
    local = member("administrator", agency=who.agency)
    for deed in (people.deactivate, people.reset_sign_in, people.end_sessions, people.reactivate):
        with pytest.raises(PermissionDenied):
            deed(who.user, by=local)
    people.end_sessions(who.user, by=member("administrator"))


def test_reset_removes_password_factors_and_sessions(client: Client) -> None:
    who = member()
    TOTP.activate(who.user, "JBSWY3DPEHPK3PXP")
    sign_in(client, who)
    people.reset_sign_in(who.user, by=member("administrator"))
    who.user.refresh_from_db()
    assert not who.user.has_usable_password()
    assert not Authenticator.objects.filter(user=who.user).exists()
    assert client.get("/installningar/").status_code == 302
    assert OutboundEmail.objects.filter(message="invitation", user_id=who.user_id).exists()


def test_command_makes_the_first_administrator() -> None:
    out = StringIO()
    call_command("invite-admin", "Chef@nmt.example", stdout=out)
    user = User.objects.get(email="chef@nmt.example")
    token = out.getvalue().strip().rsplit("/", 2)[1]
    assert invitations.invited_person(user.pk, token) == user
    assert user.memberships.get().role == "administrator"
    call_command("invite-admin", "chef@nmt.example", stdout=StringIO())
    assert User.objects.count() == 1 and Agency.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("invite-admin", "nonsense")


def test_settings_page_saves(client: Client) -> None:
    who = member()
    sign_in(client, who)
    new = {"name": "Nytt Namn", "language": "en", "theme": "dark", "density": "compact", "mail": "never"}
    assert client.post("/installningar/", new).status_code == 302
    user = User.objects.get(pk=who.user_id)
    assert (user.name, user.theme, user.density, user.mail, user.shortcuts) == (
        "Nytt Namn", "dark", "compact", "never", False,
    )  # fmt: skip
    bad = client.post("/installningar/", new | {"theme": "pink", "name": ""})
    assert bad.status_code == 200
    assert User.objects.get(pk=who.user_id).name == "Nytt Namn"


def test_change_of_password_ends_other_sessions(client: Client) -> None:
    who = member()
    other = sign_in(Client(), who)
    sign_in(client, who)
    wrong = client.post("/installningar/losenord/", {"present": "x", "password": NEW["password"]})
    assert wrong.status_code == 200
    weak = client.post("/installningar/losenord/", {"present": PASSWORD, "password": "password1234"})
    assert weak.status_code == 200
    good = client.post("/installningar/losenord/", {"present": PASSWORD, "password": NEW["password"]})
    assert good.status_code == 302
    assert client.get("/installningar/").status_code == 200
    assert other.get("/installningar/").status_code == 302
    assert OutboundEmail.objects.filter(message="sign_in_changed").exists()


def test_sessions_are_listed_and_ended_by_their_owner_only(client: Client) -> None:
    who, stranger = member(), member()
    other = sign_in(Client(), who)
    sign_in(client, who)
    theirs = sign_in(Client(), stranger)
    html = client.get("/installningar/sessioner/").content.decode()
    assert html.count("/installningar/sessioner/") >= 2
    foreign = UserSession.objects.get(user=stranger.user)
    client.post(f"/installningar/sessioner/{foreign.pk}/")
    assert theirs.get("/installningar/").status_code == 200
    own = UserSession.objects.get(session_key=other.session.session_key)
    client.post(f"/installningar/sessioner/{own.pk}/")
    assert other.get("/installningar/").status_code == 302
    here = sign_in(Client(), who)
    this = UserSession.objects.get(session_key=here.session.session_key)
    assert here.post(f"/installningar/sessioner/{this.pk}/")["Location"] == "/logga-in/"
    assert here.get("/installningar/").status_code == 302
    assert client.post("/installningar/sessioner/alla/")["Location"] == "/logga-in/"
    assert client.get("/installningar/").status_code == 302
    assert not UserSession.objects.filter(user=who.user).exists()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit Chrome/140 Safari/537 Edg/140",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari/604", "Safari, iPhone"),
    ],
)
def test_device_is_named_in_words(user_agent: str, words: str) -> None:
    assert device_name(user_agent) == words


# --- fresh sign-in ------------------------------------------------------------------------------------------

INVITE = "/admin-sidor/anvandare/ny/"


def stale(client: Client, freeze: Freeze) -> Assignment:
    at = freeze("2026-03-02 09:00")
    admin = member("administrator")
    sign_in(client, admin)
    freeze(at + timedelta(minutes=11))
    return admin


def form_of(admin: Assignment) -> dict[str, Any]:
    return {
        "email": "ny@kommun.example", "name": "Ny", "agency": admin.agency_id, "role": "caseworker",
        "valid_from": "2026-03-02",
    }  # fmt: skip


def test_page_asks_for_a_fresh_sign_in(client: Client, freeze: Freeze) -> None:
    stale(client, freeze)
    response = client.get(INVITE)
    assert response["Location"] == f"/bekrafta/?next={INVITE.replace('/', '%2F')}"
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert client.post("/bekrafta/", {"password": "wrong", "next": INVITE}).status_code == 200
    assert client.post("/bekrafta/", {"password": PASSWORD, "next": INVITE})["Location"] == INVITE
    assert client.get(INVITE).status_code == 200


def test_form_is_neither_lost_nor_carried_out_before_confirming(client: Client, freeze: Freeze) -> None:
    admin = stale(client, freeze)
    body = form_of(admin)
    response = client.post(INVITE, body)
    assert response.status_code == 200
    assert 'value="ny@kommun.example"' in response.content.decode()
    assert not User.objects.filter(email="ny@kommun.example").exists()
    refused = client.post(INVITE, body | {"confirm_password": "wrong"})
    assert refused.status_code == 403
    assert not User.objects.filter(email="ny@kommun.example").exists()
    assert client.post(INVITE, body | {"confirm_password": PASSWORD}).status_code == 302
    assert User.objects.filter(email="ny@kommun.example").count() == 1


def test_confirming_is_limited(client: Client, freeze: Freeze) -> None:
    body = form_of(stale(client, freeze))
    for _ in range(6):
        client.post(INVITE, body | {"confirm_password": "wrong"})
    assert client.post(INVITE, body | {"confirm_password": PASSWORD}).status_code == 403
