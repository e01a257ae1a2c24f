"""Which passwords are taken, and as what."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from tests.surface.reading import read

pytestmark = pytest.mark.django_db


GOOD = [
    "bbbbbbbbbbbb7", "bara små ord här", "ÅÄÖ 漢字 ☂ det regnar", "x7" * 60,
    "   a   b   c", "1234 5678 9012 x",
]  # fmt: skip


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("bad", ["kort", "elva tecken", "1q2w3e4r5t6y", "123456789qwe"])
def test_length_and_commonness_decide_and_nothing_else(good: str, bad: str) -> None:
    validate_password(good)
    with pytest.raises(ValidationError):
        validate_password(bad)


@pytest.mark.parametrize("word", [" spaces at both ends ", "Å" * 100, "Aa" * 64, "tab\tinside the word"])
def test_a_password_is_taken_as_it_is(word: str) -> None:
    stored = make_password(word)
    assert check_password(word, stored)
    for other in (word.strip() + "", word[:-1], word.lower(), word.upper(), word[:72]):
        assert other == word or not check_password(other, stored)


def test_the_field_hides_and_lets_helpers_fill_in(client: Client) -> None:
    page = read(client.get("/logga-in/").content.decode())
    (field,) = [given for tag, given in page.tags if tag == "input" and given.get("name") == "password"]
    assert field["type"] == "password" and field["autocomplete"] == "current-password"
    assert "onpaste" not in field and field.get("maxlength", "999") >= "128"
