"""A whole day in a portal that really commits; then what a thief would carry away is searched for every word:
a real dump of the database, the folders of files, the broker's own file, sessions, letters, logs, calendars,
statistics and documents."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from zipfile import ZipFile

import pypdf
import pytest
from celery import Celery
from django.conf import settings as portal
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from cases.models import Case
from cases.services import feeds
from core import delivery, pdf
from core.logs import JsonLine
from core.models import OutboundEmail, PdfJob
from tests.access import world as access
from tests.access.world import World
from tests.conftest import CommittedDatabase
from tests.security import sightings
from tests.security.filling import filled
from tests.security.planting import WORD, Canary, planting
from tests.security.watched import watched

sys.path.insert(0, str(portal.BASE_DIR / "bin"))

from launcher.postgres import find_binaries
from launcher.valkey import Broker

pytestmark = [pytest.mark.xdist_group("resting"), pytest.mark.timeout(400)]

OPEN: Final = {"accounts_user": "accounts.User.", "cases_savedview": "cases.SavedView."}
"""Tables in which words about those who work here lie open until they are scrubbed."""


class Day:
    """What came out of it, by where it lies."""

    def __init__(self, world: World, cases: list[Case], planted: list[Canary], home: Path) -> None:
        self.world, self.cases, self.planted, self.home = world, cases, planted, home
        self.lines: list[str] = []
        self.calendars, self.tables = b"", b""
        self.papers: dict[str, str] = {}

    def live(self) -> None:
        """Pages, identities, searches, letters, documents, a calendar and statistics."""
        for case in self.cases:
            for who in ("Rc", "Fu"):
                self._look(self.world.browser(who), case)
        for pk in list(OutboundEmail.objects.values_list("pk", flat=True)):
            delivery.deliver(pk)
        for who in ("Rc", "Fu", "St", "Rf"):
            self.calendars += Client().get(f"/kalender/{feeds.make(by=self.world.people[who])}.ics").content
        self._statistics()
        self._documents()

    def _look(self, client: Client, case: Case) -> None:
        for page in ("", "personen/", "meddelanden/", "handlingar/", "historik/", "delning/"):
            client.get(f"/arenden/{case.pk}/{page}")
        client.post(f"/arenden/{case.pk}/identitet/", {"reason": "Möte"})
        client.post(f"/arenden/{case.pk}/personen/nummer/", {"number-has_read": "on"})
        client.post("/sok/", {"q": self.planted[0].word})
        client.get("/sok/", {"q": self.planted[0].word})
        client.post(f"/arenden/{case.pk}/meddelanden/anteckna/", {"note-text": self.planted[1].word})

    def _documents(self) -> None:
        """The full case with identity for the desk and the police, and who was told what."""
        full = self.cases[1].pk
        for who, slug in (("Rc", "papper"), ("Fu", "papper"), ("Rc", "delning/utlamnat/papper")):
            order = {"reason": "Möte", "identity": "on"}
            answer = self.world.browser(who).post(f"/arenden/{full}/{slug}/", order)
            job = PdfJob.objects.get(pk=answer["Location"].split("/")[2])
            pdf.render(job.pk)
            job.refresh_from_db()
            made = pdf.result(job)
            assert made is not None, f"{who} {slug}: {job.state} {job.error}"
            self.papers[f"{who} {slug}"] = _text_of(made)

    def _statistics(self) -> None:
        client = self.world.browser("Na")
        for table, form in (("alla", "xlsx"), ("manader", "csv"), ("alla", "pdf")):
            order = {"tabell": table, "format": form, "skal": "Rapport"}
            answer = client.post("/statistik/hamta/", order)
            assert answer.status_code != 422, f"{table} {form}"
            self.tables += answer.content
            if answer.content[:2] == b"PK":
                with ZipFile(io.BytesIO(answer.content)) as book:
                    self.tables += b"".join(book.read(name) for name in book.namelist())
            elif answer.status_code == 302:
                self.tables += _report(answer["Location"]).encode()
        self.tables += client.get("/statistik/").content


def _report(address: str) -> str:
    """The text of an ordered report."""
    job = PdfJob.objects.get(pk=address.split("/")[3])
    pdf.render(job.pk)
    job.refresh_from_db()
    made = pdf.result(job)
    assert made is not None, f"{job.state} {job.error}"
    return _text_of(made)


def _text_of(document: bytes) -> str:
    """Text, metadata, outlines and whatever stands beside them."""
    reader = pypdf.PdfReader(io.BytesIO(document))
    told = [page.extract_text() for page in reader.pages]
    raw = b"".join(
        getattr(obj.get_object(), "get_data", bytes)()
        for obj in (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
        if hasattr(obj, "get_object")
    )
    return "\n".join([*told, repr(reader.metadata), repr(reader.outline), raw.decode(errors="replace")])


@contextmanager
def _here(home: Path) -> Iterator[Broker]:
    """Files, temporary files and the broker in folders of the test's own."""
    sockets = Path(tempfile.mkdtemp(prefix="v-"))
    broker = Broker(home / "broker", sockets)
    broker.start()
    app = Celery("nrm_portal")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(broker_url=broker.url())
    (home / "temporary").mkdir()
    try:
        with ExitStack() as stack:
            stack.enter_context(patch("core.broker.current_app", app))
            stack.enter_context(patch.object(tempfile, "tempdir", str(home / "temporary")))
            stack.enter_context(patch.object(access, "rolled_back", nullcontext))
            yield broker
    finally:
        assert broker.child is not None
        broker.child.stop()


@pytest.fixture
def day(
    committed_db: CommittedDatabase, tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> Iterator[tuple[Day, CommittedDatabase]]:
    settings.SECOND_FACTOR_REQUIRED = True
    mail.outbox = []
    caplog.set_level(logging.INFO)
    with _here(tmp_path), ExitStack() as stack:
        with planting() as planted:
            world = stack.enter_context(access.built())
            cases = [world.case, filled(world, planted), watched(world)]
        lived = Day(world, cases, planted, tmp_path)
        lived.live()
        lived.lines = [JsonLine().format(record) for record in caplog.records if "sql" not in record.__dict__]
    yield lived, committed_db


def found_in(data: bytes) -> set[str]:
    """Words written plainly, as hexadecimal digits, or as a database spells bytes."""
    plain = data.decode(errors="replace")
    digits = re.findall(r"515a(?:3\d){5}5a", plain)
    return set(WORD.findall(plain)) | {bytes.fromhex(one).decode() for one in digits}


def _dump(database: CommittedDatabase) -> dict[str, set[str]]:
    """Table → words, from a real dump."""
    binaries = find_binaries()
    done = subprocess.run(
        [binaries.folder / "pg_dump", "--data-only", database.superuser],
        env=binaries.environment(), capture_output=True, check=True,
    )  # fmt: skip
    tables: dict[str, set[str]] = {}
    for part in re.split(rb"^COPY ", done.stdout, flags=re.M)[1:]:
        name = part.split(b" ", 1)[0].decode().removeprefix("public.")
        if words := found_in(part):
            tables[name] = words
    assert b"cases_case" in done.stdout, "the dump has the tables"
    return tables


@pytest.mark.security("S51", "text, metadata and every stream of each document of a day")
@pytest.mark.security("S53", "every letter of a whole day: headers and parts")
@pytest.mark.security("S54", "logs, files, sessions, the broker's file and a real dump after a whole day")
@pytest.mark.security("S57", "what the broker keeps on disk: ids alone")
def test_a_thief_finds_no_word(day: tuple[Day, CommittedDatabase], tried: Callable[..., None]) -> None:
    lived, database = day
    _on_paper(lived)
    words = {canary.word: canary for canary in lived.planted}
    for table, met in _dump(database).items():
        home = OPEN.get(table, "nowhere")
        loose = {words[one].field for one in met & set(words) if not words[one].field.startswith(home)}
        assert not loose, f"{table} holds words of {loose} in the clear"
    places: dict[str, bytes] = {
        "sessions": repr([row.get_decoded() for row in Session.objects.all()]).encode(),
        "letters": b"".join(str(letter.message()).encode() + letter.body.encode() for letter in mail.outbox),
        "logs": "\n".join(lived.lines).encode(),
        "calendars": lived.calendars,
        "statistics": lived.tables,
    }
    folders = [lived.home, Path(str(portal.FILES_OPTIONS["location"]))]
    for path in (one for folder in folders for one in folder.rglob("*") if one.is_file()):
        places[str(path)] = path.read_bytes()
    assert lived.calendars and lived.tables and mail.outbox and lived.lines, (
        "the day left something everywhere"
    )
    assert any("broker" in name for name in places), "the broker wrote its file"
    loose_places = {name: {words[one].field for one in met} for name, data in places.items()
                    if (met := found_in(data) & set(words))}  # fmt: skip
    assert not loose_places, loose_places
    references = {case.reference for case in lived.cases}
    for name in ("letters", "logs", "calendars", "statistics"):
        assert not any(reference.encode() in places[name] for reference in references), name
    tried(len(words) * len(places))


def _on_paper(lived: Day) -> None:
    """Each document of the day holds what its reader may see, in text, metadata and streams."""
    allowed = sightings.Sightings(lived.planted, lived.world.people, on_paper=True).allowed
    assert lived.papers, "documents were made"
    for name, text in lived.papers.items():
        extra = set(WORD.findall(text)) - allowed[name.split()[0]]
        assert not extra, f"{name}: {[(c.line, c.word) for c in lived.planted if c.word in extra]}"
