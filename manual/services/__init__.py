"""Writing the manual: files become a draft edition, people edit it, and it is published from a date."""

from manual.services.bringing import bring_in, hand_out
from manual.services.publishing import catch_up, publish_edition, withdraw
from manual.services.syncing import Synced, sync_manual

__all__ = [
    "Synced",
    "bring_in",
    "catch_up",
    "hand_out",
    "publish_edition",
    "sync_manual",
    "withdraw",
]
