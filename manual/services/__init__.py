"""Writing the manual: files become a draft edition, people edit it, and it is published from a date."""

from manual.services.publishing import catch_up, publish_edition, withdraw
from manual.services.syncing import Synced, sync_manual

__all__ = ["Synced", "catch_up", "publish_edition", "sync_manual", "withdraw"]
