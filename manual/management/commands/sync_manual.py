"""Read the manual's files: `sync_manual`, `sync_manual --publish`, `sync_manual --check`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import TransitionNotAllowed
from manual.library import source
from manual.services import sync_manual


class Command(BaseCommand):
    """May be run any number of times; files that are already an edition change nothing."""

    help = "Read the manual's files into a draft edition, and publish it if asked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--publish", action="store_true", help="make it the edition that new cases follow"
        )
        parser.add_argument("--check", action="store_true", help="only read and check the files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                read = source.read()
                self.stdout.write(
                    f"{len(read.steps)} steps, {len(read.pieces['sv'])} headings: all fit together."
                )
                return
            synced = sync_manual(by=None, publish=options["publish"])
        except source.BadSource as error:
            raise CommandError("\n".join(error.problems)) from error
        except TransitionNotAllowed as error:
            raise CommandError(str(error.message)) from error
        done = "now" if synced.changed else "already"
        self.stdout.write(f"Edition {synced.edition.number} is {done} {synced.edition.status}.")
