"""Print when a deadline falls: `due --amount 3 --unit working_days --from 2026-12-22T15:10`."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from manual.deadlines import Rule, due_at, last_day
from manual.enums import Direction, Unit

BAD_INPUT = 2


class Command(BaseCommand):
    """A date for days and months, an instant with its offset for hours. Bad input ends with code 2."""

    help = "Print when a deadline falls. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--amount", required=True, help="a whole number, zero or more")
        parser.add_argument("--unit", required=True, help=", ".join(Unit.values))
        parser.add_argument(
            "--from",
            required=True,
            dest="start",
            help="a date or time, 2026-12-22 or 2026-12-22T15:10 (Stockholm)",
        )
        parser.add_argument("--direction", default=Direction.AFTER.value, help=", ".join(Direction.values))
        parser.add_argument("--json", action="store_true", help='print {"due": ...}')

    def handle(self, *args: Any, **options: Any) -> None:
        rule = _rule(options["amount"], options["unit"], options["direction"])
        start = _start(options["start"])
        try:
            due = due_at(rule, start)
        except ValueError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        text = clock.local(due).isoformat() if rule.unit.is_clock_time else last_day(due).isoformat()
        self.stdout.write(json.dumps({"due": text}) if options["json"] else text)


def _rule(amount: str, unit: str, direction: str) -> Rule:
    for name, value, known in (("unit", unit, Unit.values), ("direction", direction, Direction.values)):
        if value not in known:
            raise CommandError(f"{name}: {value!r} is not one of {', '.join(known)}", returncode=BAD_INPUT)
    if not amount.isascii() or not amount.isdigit():
        raise CommandError(f"amount: {amount!r} is not a whole number, zero or more", returncode=BAD_INPUT)
    try:
        return Rule(int(amount), Unit(unit), Direction(direction))
    except ValueError as error:
        raise CommandError(str(error), returncode=BAD_INPUT) from error


def _start(text: str) -> datetime | date:
    """A date stays a date, so that only its day counts."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"from: {text!r} is no date or time; write 2026-12-22 or 2026-12-22T15:10", returncode=BAD_INPUT
        ) from error
