"""Make a backup: database and sealed files, never the keys."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.vault import VaultError
from nrm_portal.backup import making
from nrm_portal.backup.making import NotHere
from nrm_portal.backup.programs import ProgramError


class Command(BaseCommand):
    """Needs DATABASE_OWNER_URL and pg_dump of the server's version or newer."""

    help = "Copy the database and the sealed files into a new FOLDER. The key ring is never part of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet, or is empty")

    def handle(self, *args: Any, **options: Any) -> None:
        if making.OWNER not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is missing: the owner of the tables makes the backup.")
        if making.seal_first() is None:
            self.stderr.write("The newest rows of the audit are not sealed: somebody is writing for long.")
        try:
            made = making.make(options["folder"])
        except (NotHere, ProgramError, VaultError) as error:
            raise CommandError(f"{error}.") from None
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error.strerror}.") from None
        what = f"{len(made.tables)} tables, {made.rows} rows, {len(made.files)} files"
        versions = ", ".join(map(str, made.ring))
        self.stdout.write(f"{options['folder']}: {what}. Needs version {versions} of the key ring.")
