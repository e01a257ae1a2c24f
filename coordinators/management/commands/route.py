"""`route MUNICIPALITY --age BAND [--on DATE] [--json]`: which desk would answer, and why."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from coordinators.enums import AgeBand
from coordinators.routing import Place, UnknownPlace, find_municipality, route
from core import clock

WRONG_USE = 2


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date. Write it as 2026-11-22.") from None


class Command(BaseCommand):
    help = "Print which desk answers for a municipality (code or name) and an age band. Nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("municipality", help="Four-digit code (2480) or name (Umeå)")
        parser.add_argument("--age", required=True, choices=AgeBand.values)
        parser.add_argument("--on", type=day, default=None, help="A date as 2026-11-22; today unless given")
        parser.add_argument("--json", action="store_true", help="Machine-readable")
        parser.add_argument("--language", default="sv", choices=["sv", "en"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            municipality = find_municipality(options["municipality"])
        except UnknownPlace as unknown:
            self._refuse(unknown)
        on = options["on"] or clock.today()
        found = route(Place(municipality.code, source=""), AgeBand(options["age"]), on)
        with translation.override(options["language"]):
            if options["json"]:
                self.stdout.write(json.dumps(found.as_json(options["language"]), ensure_ascii=False))
                return
            self.stdout.write(found.explain(options["language"]))
            self.stdout.write(f"{found.desk.name} ({found.desk.key}), {on.isoformat()}")
            for person in found.people:
                stands_in = f" ({person.deputy_for})" if person.deputy_for else ""
                self.stdout.write(f"- {person.name}{stands_in}, {person.email}")

    def _refuse(self, unknown: UnknownPlace) -> None:
        near = f" Did you mean {', '.join(unknown.suggestions)}?" if unknown.suggestions else ""
        self.stderr.write(f"There is no municipality {unknown.text[:60]!r}.{near}")
        sys.exit(WRONG_USE)
