"""What waits for the data protection officer: one line for each kind of task.

Another part of the portal adds its own queue to `QUEUES`; the page, its order and its empty state follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from cases.services import emergency
from cases.services.breaches import sight as breaches
from cases.services.disposal import batches
from cases.services.subject import requests
from nrm_portal.review import judging


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of task: the name of its page, and how many wait there."""

    title: Any
    lead: Any
    url_name: str
    waiting: Callable[[Assignment], int]


QUEUES: Final[tuple[Queue, ...]] = (
    Queue(
        _("Wrong disclosures"),
        _("Within 72 hours: is the supervisory authority notified, is the person told?"),
        "cases:officer-breaches",
        breaches.waiting,
    ),
    Queue(
        _("Emergency access"),
        _("Who opened which case, why and what was read. Give your verdict."),
        "cases:emergencies",
        emergency.waiting,
    ),
    Queue(
        _("Requests for one's own data"),
        _("To be answered within a month. An extract is prepared by one person and approved by another."),
        "cases:requests",
        requests.waiting,
    ),
    Queue(
        _("Retention and disposal"),
        _("Cases whose time has come go when two persons agree, for ever."),
        "cases:disposal",
        batches.waiting_for,
    ),
    Queue(
        _("Alerts in the review log"),
        _("Looks that stand out, to be judged by somebody who reviews the log."),
        "review:alerts",
        judging.waiting,
    ),
)
"""In the order of the page: what is most urgent first."""
