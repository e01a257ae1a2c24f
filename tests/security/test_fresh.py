"""Every address that needs a fresh sign-in, by table: what has a row asks for it, what has none does not, and
whoever adds an address that smells of one of these acts has to say which it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.access.sessions import CONFIRMED
from core import clock
from core.models import AuditEvent
from tests.access import asking
from tests.access.world import World, built, rolled_back
from tests.factories import PASSWORD, member, sign_in

TO_SEND = """
who a protected person is        cases:contact-number cases:identity
grants                           cases:emergency cases:ground cases:invite cases:protection-name
                                 cases:protection-unname cases:protection-milder cases:protection-route
                                 cases:protection-decide
export                           cases:case-pdf cases:ledger-pdf cases:receipt-pdf overview:download
                                 overview:case-data overview:activity-take
                                 cases:calendar cases:pack-pdf cases:breach-pdf cases:officer-pdf
subject access, disposal         cases:request-case cases:pack-part cases:pack-masks cases:pack-prepare
                                 cases:pack-approve cases:batch-approve
user administration              accounts:invite accounts:add-membership accounts:membership
                                 accounts:end-membership accounts:act accounts:leave accounts:leave-membership
                                 accounts:new-agency accounts:agency
what is told of earlier years     overview:earlier-take-in overview:earlier-take-back
what the Manual says             manual:edition-approve manual:edition-publish
who stands at a desk             coordinators:put_on_duty coordinators:change_duty
                                 coordinators:register_absence coordinators:own_absence
                                 coordinators:change_absence coordinators:close_desk
                                 coordinators:open_desk coordinators:move_county coordinators:change_desk
when the helpline answers        hotline:hours-change hotline:hours-day hotline:roster-put
own ways in                      mfa_activate_totp mfa_deactivate_totp mfa_add_webauthn mfa_remove_webauthn
                                 mfa_edit_webauthn mfa_generate_recovery_codes
                                 accounts:connect-organisation accounts:disconnect-organisation
"""
"""Act -> addresses whose POST asks for a fresh sign-in."""
CONDITIONAL = {"cases:contact-number", "cases:identity"}
"""Asked for a protected person only; tried with one in the tests of protection."""
PROOFS = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
SMELLS = re.compile(
    r"identit|export|download|pdf|csv|xlsx|print|invite|ground|grant|protection|emergency|membership|duty|absence"
    r"|new-agency|new-recovery|generate|totp|webauthn|disconnect|connect|pack"
)
NOT_NEEDED = """
account_reauthenticate            it is the proof itself
mfa_reauthenticate                it is the proof itself
mfa_reauthenticate_webauthn       it is the proof itself
mfa_login_webauthn                a way in
openid_connect_login              a way in
accounts:accept-invitation        a way in
cases:pdf-download                asked for when the paper was ordered
manual:edition-files-download     the texts of the Manual are no secret
cases:ground-end                  ends a grant
cases:emergency-close             ends a grant
cases:emergency-review            looks back
cases:protection-stricter         protects: never a moment's delay
cases:request-identity            notes how the one who asks was recognised
cases:pack-unmask                 before the pack is prepared and approved, which both ask
cases:pack-back                   takes an approval back
cases:pack-give                   notes that the paper was handed over
mfa_download_recovery_codes       shown by GET, which asks (below)
coordinators:cancel_absence       ends a deputy's stand-in
"""


def listed() -> set[str]:
    return {word for line in TO_SEND.splitlines() for word in line.split() if re.search(r"[:_]", word)}


def excused() -> set[str]:
    return {line.split()[0] for line in NOT_NEEDED.strip().splitlines()}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), built() as made:
        yield made


POSTS = [row for row in asking.table() if row.method == "POST"]


def stale(world: World, who: str) -> Client:
    client = world.browser(who)
    session = client.session
    session[CONFIRMED] = (clock.now() - timedelta(minutes=11)).timestamp()
    for record in session.get("account_authentication_methods", []):
        record["at"] -= 3600
    session.save()
    return client


def asks(response: Any) -> bool:
    if response.status_code == 302:
        return bool(response["Location"].startswith("/bekrafta/"))
    return not response.streaming and b'name="confirm_password"' in response.content


@pytest.mark.security("S29", "every form of the portal with a sign-in of eleven minutes ago")
def test_what_the_table_names_asks_and_nothing_else(
    world: World, settings: Settings, tried: Callable[..., None]
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    asking_now: set[str] = set()
    for row in POSTS:
        if not row.admitted:
            continue
        with rolled_back():
            response = stale(world, row.admitted).post(
                asking.address(world, row.name), asking.BODIES.get(row.pattern, {})
            )
            tried()
            if asks(response) and row.pattern not in PROOFS:
                asking_now.add(row.pattern)
    missing = {row.pattern for row in POSTS if row.admitted} & listed() - asking_now - CONDITIONAL
    assert not missing, f"no fresh sign-in is asked for at {sorted(missing)}"
    assert not asking_now - listed(), f"say why in the table: {sorted(asking_now - listed())}"


def test_every_address_that_smells_of_it_is_decided() -> None:
    open_questions = {row.pattern for row in POSTS if SMELLS.search(row.pattern)} - listed() - excused()
    assert not open_questions, f"does it need a fresh sign-in? {sorted(open_questions)}"
    gone = (listed() | excused()) - {row.pattern for row in asking.table()}
    assert not gone, f"rows without an address: {sorted(gone)}"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["reservkoder/", "reservkoder/hamta/", "reservkoder/nya/", "app/ta-bort/"])
def test_pages_that_show_what_opens_doors_ask_as_well(client: Client, page: str) -> None:
    who = member()
    TOTP.activate(who.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(who.user)
    sign_in(client, who)
    assert client.get(f"/installningar/sakerhet/{page}").status_code == 200
    session = client.session
    session[CONFIRMED] -= 11 * 60
    session.save()
    assert client.get(f"/installningar/sakerhet/{page}")["Location"].startswith("/bekrafta/")


@pytest.mark.security("S29", "a stale form: wrong proof, right proof, the answer sent twice")
def test_form_is_kept_carried_out_once_and_not_without_proof(
    world: World, settings: Settings, tried: Callable[..., None]
) -> None:
    row = next(row for row in POSTS if row.pattern == "accounts:act")
    done = AuditEvent.objects.filter(verb="person.end_sessions", outcome="allowed")
    with rolled_back():
        client = stale(world, row.admitted)
        url, before = asking.address(world, row.name), done.count()
        kept = client.post(url, {"why": "text that must not be lost <b>"}).content.decode()
        assert "text that must not be lost &lt;b&gt;" in kept and done.count() == before
        assert client.post(url, {"why": "x", "confirm_password": "wrong"}).status_code == 403
        assert done.count() == before
        assert client.post(url, {"why": "x", "confirm_password": PASSWORD}).status_code == 302
        assert done.count() == before + 1
        tried(3)
