"""The manual, published from the files of the repository."""

from __future__ import annotations

import pytest

from manual.models import Edition
from manual.services import sync_manual


@pytest.fixture
def edition(db: None) -> Edition:
    return sync_manual(by=None, publish=True).edition
