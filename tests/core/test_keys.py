"""S61, F35: keys are rotated while people write; a wrong, old or missing ring writes nothing."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from core import clock, vault
from core.models import DataKey, PdfJob
from core.vault import keys
from core.vault import ring as rings
from tests.conftest import CommittedDatabase

OLD = "1:" + base64.b64encode(b"key-ring-one-of-the-tests-32-byt").decode()
NEW = "2:" + base64.b64encode(b"2" * 32).decode()
OTHER = "1:" + base64.b64encode(b"another ring with the same numbe").decode()
HERE = threading.local()


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    keys.cache.clear()
    yield
    keys.cache.clear()


def run(what: str) -> str:
    out = StringIO()
    call_command("keys", what, stdout=out)
    return out.getvalue()


def refused(what: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("keys", what, stdout=out)
    return out.getvalue() + str(error.value)


def write(text: str) -> PdfJob:
    """A subject of its own with something sealed under its key, in one transaction as services do it."""
    with transaction.atomic():
        pk = uuid4()
        return PdfJob.objects.create(
            id=pk,
            template="t.html",
            language="sv",
            requester_id=uuid4(),
            data_key=vault.new_key("test", pk),
            context={"text": text},
            filename="a.pdf",
            expires_at=clock.now(),
        )


@contextmanager
def process_with(text: str, monkeypatch: pytest.MonkeyPatch | None = None) -> Iterator[None]:
    """This thread works with a ring of its own, as a process that has or has not been restarted."""
    HERE.ring = text
    try:
        yield
    finally:
        del HERE.ring


@pytest.fixture
def rings_by_thread(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def own() -> rings.Ring:
        return rings._parse(getattr(HERE, "ring", settings.NRM_KEYRING))

    monkeypatch.setattr(keys, "ring", own)


@pytest.mark.security("S61", "the ring is rotated while four processes write and read")
def test_rotation_while_four_write(
    committed_db: CommittedDatabase, rings_by_thread: None, settings: Any, tried: Callable[[int], None]
) -> None:
    """Two were restarted with the new version first, two still write under the old one. Nothing is lost."""
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    with process_with(OLD):
        before = [write(f"before {number}") for number in range(40)]
    stop = threading.Event()
    made: list[UUID] = []
    failed: list[Exception] = []

    def writer(number: int, ring: str) -> None:
        with process_with(ring):
            try:
                while not stop.is_set():
                    job = write(f"by {number}")
                    keys.cache.clear()
                    assert PdfJob.objects.get(pk=job.pk).context == {"text": f"by {number}"}
                    one = before[len(made) % len(before)]
                    assert PdfJob.objects.get(pk=one.pk).context["text"].startswith("before")
                    made.append(job.pk)
            except Exception as error:
                failed.append(error)
            finally:
                connections.close_all()

    order = (f"{OLD},{NEW}", f"{OLD},{NEW}", f"{NEW},{OLD}", f"{NEW},{OLD}")
    threads = [threading.Thread(target=writer, args=(n, ring)) for n, ring in enumerate(order)]
    for thread in threads:
        thread.start()
    while len(made) < 40 and not failed:
        vault.rewrap(limit=7)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert "Nothing is left" in run("rotate")
    settings.NRM_KEYRING = NEW
    keys.cache.clear()
    texts = {job.context["text"] for job in PdfJob.objects.all()}
    assert {text.split()[0] for text in texts} == {"before", "by"}
    assert PdfJob.objects.count() == 40 + len(made)
    assert "Everything opens." in run("verify")
    tried(len(made))


def test_keys_somebody_holds_are_waited_for(
    committed_db: CommittedDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = write("held")
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            DataKey.objects.select_for_update(of=("self",), no_key=True).get(pk=job.data_key_id)
            held.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    monkeypatch.setattr("nrm_portal.management.commands.keys.TRIES", 1)
    assert "1 data keys were held by others" in refused("rotate")
    go_on.set()
    thread.join()
    assert "Nothing is left" in run("rotate")


@pytest.mark.django_db
def test_status_tells_versions_signs_and_use(settings: Any) -> None:
    write("a")
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    before = run("status")
    signs = vault.fingerprints()
    assert f"2  {signs[2]}" in before
    assert "wraps what is new" in before
    assert "data keys are under an older version: run keys rotate" in before
    run("rotate")
    assert "may be taken out" in run("status")
    assert NEW[2:] not in before
    assert OLD[2:] not in before
    settings.NRM_KEYRING = OTHER
    assert vault.fingerprints()[1] != signs[1]


@pytest.mark.django_db
@pytest.mark.security("F35", "the ring is missing, wrong, or too old")
@pytest.mark.parametrize("what", ["status", "rotate", "verify"])
@pytest.mark.parametrize("ring", ["", OTHER, NEW, "2:AAAA"])
def test_a_wrong_ring_writes_nothing(
    settings: Any, what: str, ring: str, tried: Callable[[int], None]
) -> None:
    job = write("a")
    before = DataKey.objects.values_list("pk", "wrapped", "ring_version").order_by("pk")
    known = [(pk, bytes(wrapped or b""), version) for pk, wrapped, version in before]
    settings.NRM_KEYRING = ring
    keys.cache.clear()
    assert "Nothing was written" in refused(what)
    assert [(pk, bytes(wrapped or b""), version) for pk, wrapped, version in before.all()] == known
    settings.NRM_KEYRING = OLD
    keys.cache.clear()
    assert PdfJob.objects.get(pk=job.pk).context == {"text": "a"}
    tried(1)


@pytest.mark.django_db
def test_verify_names_a_key_that_does_not_open(settings: Any) -> None:
    good, bad = write("a"), write("b")
    DataKey.objects.filter(pk=bad.data_key_id).update(wrapped=b"x" * 60)
    DataKey.objects.filter(pk=good.data_key_id).update(created_at=clock.now())
    keys.cache.clear()
    told = refused("verify")
    assert str(bad.data_key_id) in told
    assert str(good.data_key_id) not in told


@pytest.mark.django_db
def test_verify_names_the_column_whose_values_do_not_open(settings: Any) -> None:
    one, other = write("a"), write("b")
    sealed = PdfJob.objects.values_list("context", flat=True).get(pk=other.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_pdfjob SET context = %s WHERE id = %s", [bytes(sealed), one.pk])
    assert "core_pdfjob.context" in refused("verify")
