"""`load_retention`: how long cases are kept, from the reviewed file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cases.services.disposal import schedules


class Command(BaseCommand):
    help = "Load the retention schedules. May run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Retention: {schedules.sync()} rules changed.")
