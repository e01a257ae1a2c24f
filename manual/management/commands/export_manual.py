"""Write an edition as files: `export_manual FOLDER`, `export_manual FOLDER --edition 3`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from manual.library import NoEdition, archive, current_edition, writing
from manual.models import Edition


class Command(BaseCommand):
    """Writes what the repository has under `manual/`; chapters the edition does not have are taken away."""

    help = "Write an edition of the manual as the YAML and Markdown that the repository holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="where to write; manual/ of a checkout shows a diff")
        parser.add_argument("--edition", type=int, help="the number; without it the edition in force")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = _edition(options["edition"])
        folder = Path(options["folder"])
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        files = writing.files(edition)
        for old in sorted(folder.glob("content/*/*.md")):
            path = old.relative_to(folder).as_posix()
            if archive.is_allowed(path) and path not in files:
                old.unlink()
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        self.stdout.write(f"Edition {edition.number}: {len(files)} files in {folder}")


def _edition(number: int | None) -> Edition:
    try:
        return current_edition() if number is None else Edition.objects.get(number=number)
    except (NoEdition, Edition.DoesNotExist) as error:
        raise CommandError("There is no such edition.") from error
