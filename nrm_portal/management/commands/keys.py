"""The key ring: where it stands, wrapping everything under its newest version, whether everything opens."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.services import rotation
from cases.models import Person
from cases.services import matching
from core import destroyed, jobs, seals, vault

TRIES: Final = 20
"""How often `rotate` looks again for keys that somebody held."""


class Command(BaseCommand):
    """Ends with 1 when something is left to do or does not open. All three may run beside the portal."""

    help = (
        "The key ring: status, rotate (wrap everything under its newest version), verify (open everything)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("status", "rotate", "verify"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vault.self_test()
            {"status": self._status, "rotate": self._rotate, "verify": self._verify}[options["what"]]()
        except vault.VaultError as error:
            raise CommandError(
                f"This is not the ring of this database: {error}. Nothing was written."
            ) from None

    def _status(self) -> None:
        """Versions, the signs on their sealed copies, and how much hangs on each."""
        used = vault.counts()
        self.stdout.write("version  fingerprint  data keys")
        for place, (version, signs) in enumerate(vault.fingerprints().items()):
            use = (
                "wraps what is new"
                if place == 0
                else "reads only"
                if used.get(version)
                else "may be taken out"
            )
            self.stdout.write(f"{version:>7}  {signs:<11}  {used.get(version, 0):>9}  {use}")
        if left := self._left():
            self.stdout.write(f"{left} data keys are under an older version: run keys rotate.")

    def _rotate(self) -> None:
        """Wrap every data key, and write every fingerprint, under the newest version."""
        with jobs.run("keys") as run:
            for _try in range(TRIES):
                while done := vault.rewrap():
                    run.done += done
                if not self._left():
                    break
                time.sleep(0.5)  # somebody is writing with it just now
            written, factors = sum(self._fingerprints()), rotation.renew()
            with transaction.atomic():
                listed = destroyed.reseal()
            run.found, run.failed = run.done + self._left(), self._left()
        self.stdout.write(
            f"{run.done} data keys wrapped anew, {written} fingerprints of persons written,"
            f" {listed} entries of the list of what was destroyed and {factors} second factors sealed anew."
        )
        if run.failed:
            raise CommandError(f"{run.failed} data keys were held by others. Run keys rotate again.")
        self.stdout.write("Nothing is left under an older version. Run keys verify before you take it out.")

    def _fingerprints(self) -> Iterator[int]:
        after: UUID | None = None
        while True:
            after, written = matching.renew_identifiers(after)
            yield written
            if after is None:
                return

    def _left(self) -> int:
        newest = next(iter(vault.fingerprints()))
        return sum(number for version, number in vault.counts().items() if version != newest)

    def _verify(self) -> None:
        """Open every data key, some values of every sealed column, and look for lacking fingerprints."""
        broken = [f"data key {pk} (version {version}) does not open" for pk, version in vault.unopened()]
        opened = erased = 0
        for column, good, gone, bad in vault.sample():
            opened, erased = opened + good, erased + gone
            if bad:
                broken.append(f"{bad} of {good + gone + bad} values tried in {column} do not open")
        key = seals.key_of_seals()
        if key is not None and key.wrapped is None:
            broken.append("the key of the seals of the audit is destroyed")
        lacking = sum(len(matching.lacking_identifiers(row)) for row in Person.objects.iterator(500))
        if lacking:
            broken.append(f"{lacking} fingerprints are not written under the newest version: run keys rotate")
        if factors := rotation.outdated():
            broken.append(
                f"{factors} second factors are not sealed under the newest version: run keys rotate"
            )
        for line in broken:
            self.stdout.write(line)
        self.stdout.write(
            f"{sum(vault.counts().values())} data keys tried; {opened} values opened, {erased} are erased."
        )
        if broken:
            raise CommandError(f"{len(broken)} things are not right.")
        self.stdout.write("Everything opens.")
