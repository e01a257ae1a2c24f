"""A whole portal for the browser tests: web, worker, paper worker, beat, broker, database, people, mail.

The processes are those of the fault tests (tests/faults/harness); nothing here is Django's: what a test
wants to know it reads off the pages, the mail folder or the database itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page

from tests import database
from tests.database import BASE
from tests.faults.harness.stack import Stack

PASSWORD = "visa-vagen-2026"
"""Of everybody in the cast (nrm_portal.demo.cast)."""

SEED = ("-m", "tests.browser.seed")
PUBLISH = ("manage.py", "rollups", "publish")
"""As beat does it each hour: what pages show depends on no minute."""
CASEWORKER = "fatima.berg@demo.example"
COLLEAGUE = "lars.chef@demo.example"
COORDINATOR = "karin.holm@demo.example"
OTHER_COORDINATOR = "jonas.ek@demo.example"
POLICE = "linn.modig@demo.example"
NATIONAL = "helena.forsberg@demo.example"
OPERATOR = "nina.palm@demo.example"
ADMINISTRATOR = "anders.admin@demo.example"
AUDITOR = "greta.granskare@demo.example"
PROTECTION_OFFICER = "dora.dataskydd@demo.example"


@dataclass
class Portal:
    """Running, filled, and reachable at `address`."""

    stack: Stack
    superuser: str
    """A connection string that may do everything in this portal's database."""
    mail_folder: Path
    memberships: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        # Not 127.0.0.1: keys (passkeys) are bound to a name.
        return f"http://localhost:{self.stack.port}"

    def url(self, path: str) -> str:
        return f"{self.address}{path}"

    def rows(self, question: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database, or change it, past all rights."""
        with psycopg.connect(self.superuser, autocommit=True) as link:
            found = link.execute(question, values or None)
            return found.fetchall() if found.description else []

    def value(self, question: LiteralString, *values: Any) -> Any:
        """The one value of the first row. IndexError when there is none."""
        return self.rows(question, *values)[0][0]

    def mails(self) -> list[EmailMessage]:
        """Everything that has left, oldest first."""
        files = sorted(self.mail_folder.glob("*"), key=lambda file: file.stat().st_mtime)
        parsed = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    def enter(self, context: BrowserContext, email: str) -> None:
        """Sign the context in by the demo's one click, without opening a page."""
        form = context.request.get(self.url("/demo/")).text()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token, "no demo page"
        answer = context.request.post(
            self.url("/demo/"),
            form={"csrfmiddlewaretoken": token[1], "membership": self.membership(email)},
            headers={"Referer": self.url("/demo/")},
            max_redirects=0,
        )
        assert answer.status == 302, f"{email} could not sign in: {answer.status}"

    def membership(self, email: str) -> str:
        """The id of her membership, the earliest by the agency's name."""
        if email not in self.memberships:
            self.memberships[email] = str(
                self.value(
                    "SELECT m.id FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id"
                    " JOIN accounts_agency a ON a.id = m.agency_id WHERE u.email = %s ORDER BY a.name DESC",
                    email,
                )
            )
        return self.memberships[email]

    def page(self, browser: Browser, email: str = "", **options: Any) -> Page:
        """A page of a new context, signed in when an address is given. Options of `new_context`."""
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(base_url=self.address, locale="sv-SE", **options)
        context.set_default_timeout(15_000)
        if email:
            self.enter(context, email)
        return context.new_page()


@contextmanager
def running(folder: Path, name: str, *seeds: tuple[str, ...]) -> Iterator[Portal]:
    """A portal on a fresh database `name`; `seeds` are the commands of Python that fill it."""
    database.clone(name)
    mail = folder / "mail"
    own = {
        "EMAIL_URL": f"filemail:///{mail}",
        "FILES_ROOT": str(folder / "files"),
        "DJANGO_SETTINGS_MODULE": "nrm_portal.settings",
    }
    stack = Stack(folder, database.urls(name) | own)
    _prepare(stack, seeds or (SEED, PUBLISH))
    stack.environment.pop("DATABASE_OWNER_URL")
    stack.start_broker()
    try:
        stack.start_worker()
        stack.start_worker("pdf")
        stack.start_beat()
        stack.start_web()
        yield Portal(stack, _superuser(name), mail)
    finally:
        stack.stop()
        database.drop(name)


def _prepare(stack: Stack, seeds: tuple[tuple[str, ...], ...]) -> None:
    """Regions, manual, people and cases, as bin/run does it."""
    for command in (("bin/launcher/inside.py", "prepare"), *seeds):
        done = subprocess.run(
            [sys.executable, *command], cwd=BASE, env=stack.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def _superuser(name: str) -> str:
    folder = Path(os.environ[database.RUN_FOLDER])
    return f"host={folder / 's'} user=postgres dbname={name}"
