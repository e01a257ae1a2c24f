"""`load_regions`: counties, municipalities, regions and desks from the reviewed files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from coordinators.services import load_reference


class Command(BaseCommand):
    help = "Load counties, municipalities, regions and desks. May run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_reference()
        self.stdout.write(f"Regions: {loaded.added} rows added, {loaded.changed} changed.")
        for code in sorted(set(loaded.kept)):
            self.stdout.write(f"County {code}: changed on screen, left as it is.")
