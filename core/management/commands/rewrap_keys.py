"""After a new key ring version was put first: wrap every data key under it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from core import jobs, vault


class Command(BaseCommand):
    """Repeat until it answers 0; then the old version may leave the ring. May run beside the portal."""

    help = "Wrap all data keys under the newest version of NRM_KEYRING."

    def handle(self, *args: Any, **options: Any) -> None:
        with jobs.run("rewrap_keys") as run:
            while done := vault.rewrap():
                run.found += done
                run.done += done
        self.stdout.write(f"{run.done} data keys wrapped anew; none is left under an older version.")
