"""Figures of the years before the portal, from a CSV file: shown first, taken in with --yes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from nrm_portal.overview.earlier import importing


class Command(BaseCommand):
    help = "Read a CSV file of earlier years and say what would be taken in; with --yes take it in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="columns: år, enhet, grupp, antal, källa")
        parser.add_argument("--yes", action="store_true", help="take it in")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}") from None
        found = importing.tried(data)
        for problem in found.problems:
            self.stderr.write(importing.words_of(problem.line, problem.words))
        if found.problems:
            raise CommandError(f"{len(found.problems)} problems. Nothing was taken in.")
        for line in found.lines:
            self.stdout.write(f"{line.year} {line.unit} {line.group}: {line.amount} ({line.source})")
        if not options["yes"]:
            self.stdout.write(f"{len(found.lines)} numbers can be taken in. Nothing was: add --yes.")
            return
        try:
            made = importing.take_in(data=data, file_name=path.name, by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{made.rows} numbers taken in as {made.pk}.")
