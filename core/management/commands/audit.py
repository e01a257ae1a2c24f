"""The seals of the audit by hand: `verify` compares, `seal` does not wait for the clock."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import seal_check, seals


class Command(BaseCommand):
    """`verify` ends with 1 and names day and row when something does not fit. It changes nothing."""

    help = "Compare the audit with its seals (verify), or seal what is closed now (seal)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("verify", "seal"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "seal":
            made, rows = seals.seal()
            self.stdout.write(f"{made} seals made over {rows} rows.")
            return
        found = seal_check.check()
        for one in found.findings:
            row = f"row {one.row}" if one.row is not None else ""
            seal = f"seal {one.seal}" if one.seal is not None else ""
            what = ", ".join(filter(None, (row, seal)))
            self.stdout.write(f"{one.day.isoformat()}  {what}: {one.fault.name.lower()}")
        outside = "no folder is set" if found.files is None else f"{found.files} seals in the folder"
        self.stdout.write(
            f"{found.seals} seals over {found.rows} rows compared, {found.waiting} rows wait, {outside}."
        )
        if found.findings:
            raise CommandError(f"{len(found.findings)} things do not fit. The audit was touched.")
        self.stdout.write("Everything fits.")
