"""The outbox sweep by hand, for when broker or beat stand still."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import outbox, tasks


class Command(BaseCommand):
    """May run beside the workers: rows are claimed."""

    help = "Send what waits in the outbox. With --retry-parked also what was given up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--retry-parked", action="store_true", help="give parked messages a new start first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry_parked"]:
            self.stdout.write(f"{outbox.retry_parked()} parked messages get a new start.")
        tasks.sweep_outbox()
        self.stdout.write(f"{outbox.parked().count()} messages are parked, {outbox.delayed()} are late.")
