"""S61, S05: after the ring is rotated and the old version is out, a person is still found again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command

from cases.models import Identifier, Person
from cases.services import matching
from core.vault import keys
from tests.cases.services.conftest import World, sent

pytestmark = pytest.mark.django_db
NEW = "2:" + base64.b64encode(b"2" * 32).decode()
TOLD: dict[str, Any] = {"safe_contact_method": ["phone"], "contact_phone": "+46701740605"}


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    keys.cache.clear()
    yield
    keys.cache.clear()


def run(what: str) -> str:
    out = StringIO()
    call_command("keys", what, stdout=out)
    return out.getvalue()


def test_what_is_sent_lacks_no_fingerprint(world: World) -> None:
    sent(world.referrer, **TOLD)
    assert [row for person in Person.objects.all() for row in matching.lacking_identifiers(person)] == []


def test_a_person_is_found_again_under_the_new_ring_alone(world: World, settings: Any) -> None:
    first = sent(world.referrer, **TOLD).case
    settings.NRM_KEYRING = f"{NEW},{settings.NRM_KEYRING}"
    with pytest.raises(CommandError, match="things are not right"):
        run("verify")
    before = Identifier.objects.count()
    assert "fingerprints of persons written" in run("rotate")
    assert Identifier.objects.count() > before
    assert "0 fingerprints of persons written" in run("rotate"), "twice changes nothing"
    assert "Everything opens." in run("verify")
    settings.NRM_KEYRING = NEW
    keys.cache.clear()
    again = sent(world.referrer, **TOLD).case
    found = {one.case.pk: one.reasons for one in matching._found(again)}
    assert "phone" in found[first.pk]


def test_it_goes_on_from_person_to_person(world: World, settings: Any) -> None:
    for number in range(5):
        sent(world.referrer, **TOLD | {"contact_phone": f"+4670174060{number}"})
    settings.NRM_KEYRING = f"{NEW},{settings.NRM_KEYRING}"
    after, written, rounds = None, 0, 0
    while True:
        after, done = matching.renew_identifiers(after, limit=2)
        written, rounds = written + done, rounds + 1
        if after is None:
            break
    assert rounds >= 3
    assert written == 5


def test_codes_still_open_once_the_old_version_is_taken_out(world: World, settings: Any) -> None:
    user = world.karin.user
    app = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    spare = RecoveryCodes.activate(user)
    codes = spare.generate_codes()
    old = settings.NRM_KEYRING
    settings.NRM_KEYRING = f"{NEW},{old}"
    keys.cache.clear()
    run("rotate")
    settings.NRM_KEYRING = NEW
    keys.cache.clear()
    app.refresh_from_db()
    assert decrypt(app.data["secret"]) == "JBSWY3DPEHPK3PXP"
    again = Authenticator.objects.get(pk=spare.instance.pk)
    assert RecoveryCodes(again).generate_codes() == codes


def test_verify_says_that_codes_are_under_an_older_version(world: World, settings: Any) -> None:
    TOTP.activate(world.karin.user, "JBSWY3DPEHPK3PXP")
    settings.NRM_KEYRING = f"{NEW},{settings.NRM_KEYRING}"
    keys.cache.clear()
    with pytest.raises(CommandError):
        run("verify")
    assert "1 second factors sealed anew" in run("rotate")
    assert "Everything opens." in run("verify")
