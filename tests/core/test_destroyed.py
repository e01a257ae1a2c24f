"""The list of what has been destroyed: written before the commit, read after a restore, never cut unseen."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from django.db import ProgrammingError, transaction

from core import destroyed
from core.models import Destruction

pytestmark = [pytest.mark.django_db, pytest.mark.security("S64", "the list of what was destroyed is changed")]


class _Fault(Exception):
    pass


def _gone(kind: str = "case") -> tuple[int, uuid.UUID]:
    subject = uuid.uuid4()
    return destroyed.add(kind, subject, keys=[uuid.uuid4()], files=["a", "b"], also=[uuid.uuid4()]), subject


def test_says_what_was_destroyed_and_nothing_in_plain_words() -> None:
    number, subject = _gone()
    (entry,) = destroyed.entries()
    assert (entry.number, entry.kind, entry.subject_id, entry.files) == (number, "case", subject, ("a", "b"))
    assert len(entry.keys) == len(entry.also) == 1
    (path,) = destroyed.folder().iterdir()
    assert str(subject) not in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    assert destroyed.behind() == [] and destroyed.missing() == []


def test_a_failed_transaction_leaves_an_entry_and_the_next_attempt_takes_it_up() -> None:
    subject = uuid.uuid4()
    with pytest.raises(_Fault), transaction.atomic():
        destroyed.add("case", subject)
        raise _Fault
    assert destroyed.behind() == [1]
    _gone()
    assert destroyed.add("case", subject) == 1
    assert destroyed.behind() == [] and destroyed.numbers() == {1, 2}


def test_an_older_database_finds_out() -> None:
    with pytest.raises(_Fault), transaction.atomic():
        _gone(), _gone()
        raise _Fault
    assert destroyed.behind() == [1, 2]


@pytest.mark.parametrize("change", ["taken away", "changed", "swapped"])
def test_an_entry_that_was_touched_is_noticed(change: str) -> None:
    with pytest.raises(_Fault), transaction.atomic():
        _gone(), _gone(), _gone()
        raise _Fault
    first, second, _third = sorted(destroyed.folder().iterdir())
    if change == "taken away":
        first.unlink()
    elif change == "changed":
        first.write_text(first.read_text()[:-4] + "AAA=")
    else:
        first.write_text(second.read_text())
    with pytest.raises(destroyed.ListBroken):
        list(destroyed.entries(destroyed.behind()))


def test_a_lost_list_is_written_again_from_what_the_database_knows() -> None:
    _gone()
    lost = list(destroyed.folder().iterdir())[0]
    lost.unlink()
    assert [row.number for row in destroyed.missing()] == [1]
    number, _subject = _gone()
    assert number == 2 and lost.exists() and destroyed.missing() == []


def test_entries_are_sealed_anew_after_a_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    _number, subject = _gone()
    old = settings.NRM_KEYRING
    fresh = "2:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    monkeypatch.setattr(settings, "NRM_KEYRING", f"{fresh},{old}")
    assert destroyed.reseal() == 1 and destroyed.reseal() == 0
    monkeypatch.setattr(settings, "NRM_KEYRING", fresh)
    assert [entry.subject_id for entry in destroyed.entries()] == [subject]


def test_the_row_stays() -> None:

    _gone()
    row = Destruction.objects.filter(number=1)
    with pytest.raises(ProgrammingError), transaction.atomic():
        row.update(kind="x")
    with pytest.raises(ProgrammingError), transaction.atomic():
        row.delete()
