"""Nudging the workers. The truth is rows; a nudge only saves the wait for the next sweep."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

REST: Final = 10.0
"""Seconds without a nudge after the broker did not answer, so that nobody waits for it again and again."""

_rests_until = 0.0


def nudge(task: str, row_id: object) -> bool:
    """Tell a worker that a row waits; False when the broker is down, slow or resting."""
    global _rests_until
    if time.monotonic() < _rests_until:
        return False
    try:
        current_app.send_task(task, args=[str(row_id)], retry=False)
    except (OperationalError, OSError) as error:
        _rests_until = time.monotonic() + REST
        logger.warning("the broker does not answer (%s); the sweep takes over", type(error).__name__)
        return False
    return True
