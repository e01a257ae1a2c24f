"""What is counted for the statistics, compared with the facts and counted anew."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from core.tallies import Taken
from nrm_portal.overview import publishing, recounting

SHOWN: Final = 200
"""Lines printed; the last one says how many more there are."""


class Command(BaseCommand):
    help = (
        "check: name what is counted otherwise than the facts say (exit 1). rebuild: count all anew. "
        "publish: seal the months that are over and publish what is due, as the clock does each hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("check", "rebuild", "publish"))

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        {"check": self._check, "rebuild": self._rebuild, "publish": self._publish}[what]()

    def _check(self) -> None:
        found = recounting.check()
        for line in found[:SHOWN]:
            self.stdout.write(str(line))
        if len(found) > SHOWN:
            self.stdout.write(f"... and {len(found) - SHOWN} more")
        self.stdout.write(f"{len(found)} differences" if found else "Counts and facts agree.")
        if found:
            sys.exit(1)

    def _rebuild(self) -> None:
        try:
            self.stdout.write(f"{recounting.rebuild()} facts and sums put right")
        except Taken:
            raise CommandError("Another process is counting anew. Run it again in a moment.") from None

    def _publish(self) -> None:
        try:
            found = recounting.publish_due()
        except Taken:
            raise CommandError("Another process is publishing. Run it again in a moment.") from None
        except publishing.Stuck as stuck:
            if recounting.is_wrong():
                raise CommandError(
                    "Counts and facts differ: see rollups check. Nothing was published."
                ) from stuck
            raise CommandError(f"Not everything of these periods could be published: {stuck}") from stuck
        out = ", ".join(period.code for period in found)
        self.stdout.write(f"{len(found)} periods published: {out}" if found else "Nothing was due.")
