"""Count anew how many persons were referred each year."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cases.services import persons


class Command(BaseCommand):
    help = "Counts persons anew from referrals, merges and links, and corrects the tallies."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{persons.rebuild()} numbers corrected")
