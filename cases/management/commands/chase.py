from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cases import tasks
from core.models import JobRun


class Command(BaseCommand):
    help = "One sweep for late steps, by hand."

    def handle(self, *args: Any, **options: Any) -> None:
        tasks.chase()
        run = JobRun.objects.latest("started_at")
        self.stdout.write(f"{run.name}: found {run.found}, done {run.done}, failed {run.failed}")
