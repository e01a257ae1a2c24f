"""Restore a backup into an empty database, compare everything, destroy again what had been destroyed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.destroyed import ListBroken
from core.vault import VaultError
from nrm_portal.backup import making, restoring
from nrm_portal.backup.manifest import BackupBroken, WrongRing
from nrm_portal.backup.programs import ProgramError
from nrm_portal.backup.restoring import NotFitting


class Command(BaseCommand):
    """Needs DATABASE_OWNER_URL, the key ring of the backup, DISPOSAL_LIST as it is today, and pg_restore."""

    help = "Restore the backup in FOLDER: a line for each thing that was checked, 1 at the first fault."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="what bin/manage backup made")
        parser.add_argument(
            "--into", default="", metavar="NAME",
            help="another database on the same server: made when missing, refused when not empty",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if making.OWNER not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is missing: the owner of the tables restores.")
        try:
            for line in restoring.restore(options["folder"].expanduser().resolve(), options["into"]):
                self.stdout.write(line)
        except BackupBroken as error:
            raise CommandError(f"The backup is damaged: {error}.") from None
        except ListBroken as error:
            raise CommandError(f"The list of what has been destroyed is damaged: {error}.") from None
        except (WrongRing, NotFitting, ProgramError, VaultError) as error:
            raise CommandError(f"{error}.") from None
        except OSError as error:
            raise CommandError(f"The backup could not be read or put back: {error.strerror}.") from None
        self.stdout.write("Restored. Everything fits.")
