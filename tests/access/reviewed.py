"""What an auditor has to judge: an alert about somebody, and the samples of a month."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from core import clock
from nrm_portal.review import anomalies, sampling
from nrm_portal.review.enums import AlertKind


def waiting(user_id: uuid.UUID, case_id: uuid.UUID) -> dict[str, Any]:
    now = clock.now()
    since = now - timedelta(minutes=10)
    alert = anomalies.raise_alert(AlertKind.MANY_CASES, user_id, since, now, [case_id], 40)
    report = sampling.make(sampling.month_before(clock.today()))
    assert report is not None
    return {"alert_id": alert.pk, "report_id": report.pk}
