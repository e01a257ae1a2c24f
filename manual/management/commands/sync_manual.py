"""Read the manual's files: `sync_manual`, `sync_manual --publish`, `sync_manual --check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from core.errors import TransitionNotAllowed
from manual.library import NoEdition, agreement, archive, current_edition, intake, source, writing
from manual.models import Edition
from manual.services import bring_in, sync_manual

DIFFER: Final = 3
NO_EDITION: Final = 4
BUSY: Final = 5
SHOWN: Final = 40


class Command(BaseCommand):
    """May be run any number of times; files that are already an edition change nothing."""

    help = (
        "Read the manual's files into a draft edition, and publish it if asked. Ends with 1 when they do "
        "not fit together, 3 when --check finds differences, 4 when there is no edition yet, 5 when an "
        "edition is being written on screen."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--publish", action="store_true", help="make it the edition that new cases follow"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; say whether the files fit together and agree with the edition in force",
        )
        parser.add_argument("--from", dest="folder", help="read the files of this folder (export_manual)")
        parser.add_argument(
            "--or-wait",
            action="store_true",
            help="go on without an error when an edition is being written on screen",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if options["folder"] and options["publish"]:
            raise CommandError("Files of another folder become a draft, which is published on screen.")
        try:
            if options["check"]:
                self._check(options["folder"])
            elif options["folder"]:
                edition = bring_in(_folder(options["folder"]), by=None)
                self.stdout.write(f"Edition {edition.number} is now {edition.status}.")
            else:
                self._sync(publish=options["publish"])
        except source.BadSource as error:
            raise CommandError("\n".join(error.problems)) from error
        except TransitionNotAllowed as error:
            if not options["or_wait"]:
                raise CommandError(str(error.message), returncode=BUSY) from error
            self.stderr.write(f"The manual's files were not read: {error.message}")

    def _sync(self, *, publish: bool) -> None:
        synced = sync_manual(by=None, publish=publish)
        done = "now" if synced.changed else "already"
        self.stdout.write(f"Edition {synced.edition.number} is {done} {synced.edition.status}.")
        if synced.waits:
            self.stderr.write(
                "It is not published: the edition before it was written on screen. Compare the two, take "
                "over what shall stay, and publish on screen."
            )

    def _check(self, folder: str | None) -> None:
        read = intake.read(_folder(folder)).source if folder else source.read()
        self.stdout.write(f"{len(read.steps)} steps, {len(read.pieces['sv'])} headings: all fit together.")
        try:
            edition = current_edition()
        except NoEdition as error:
            raise CommandError("No edition is published yet.", returncode=NO_EDITION) from error
        found = agreement.differences(writing.as_read(edition), read)
        coming = _coming(edition, read) if found else None
        if coming is not None:
            self.stdout.write(
                f"The files are edition {coming.number}, which applies from {coming.valid_from}. "
                f"Today edition {edition.number} applies."
            )
            return
        if found:
            lines = [*found[:SHOWN], *([f"... and {len(found) - SHOWN} more"] if len(found) > SHOWN else [])]
            raise CommandError(
                f"The files differ from edition {edition.number} in {len(found)} places:\n"
                + "\n".join(lines),
                returncode=DIFFER,
            )
        self.stdout.write(f"The files say what edition {edition.number} says, which is in force.")


def _folder(name: str) -> dict[str, str]:
    folder = Path(name)
    if not folder.is_dir():
        raise CommandError(f"{name} is no folder.")
    return archive.read_folder(folder)


def _coming(edition: Edition, read: source.Source) -> Edition | None:
    """A decided edition whose day has not come, when the files say what it says."""
    for later in Edition.objects.filter(status="scheduled").order_by("valid_from", "number"):
        if later != edition and not agreement.differences(writing.as_read(later), read):
            return later
    return None
