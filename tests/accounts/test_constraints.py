"""What the database refuses about ways in, whoever asks."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, models

from accounts.models import Attempt, Browser, UsedCode
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "fields", "constraint"),
    [
        (Attempt, {"door": "window", "address": "x"}, "accounts_attempt_door"),
        (Browser, {"fingerprint": "f"}, "accounts_browser_once"),
        (UsedCode, {"step": 7}, "accounts_usedcode_once"),
        (SocialAccount, {"provider": "prov", "uid": "f"}, "provider"),
    ],
)
def test_database_refuses(model: type[models.Model], fields: dict[str, object], constraint: str) -> None:
    about = fields if model is Attempt else fields | {"user": UserFactory.create()}
    if model is not Attempt:
        model(**about).save()
    with pytest.raises(IntegrityError, match=constraint):
        model(**about).save()
