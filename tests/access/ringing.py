"""What waits at the helpline, for the table of who gets what."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from accounts.access import Assignment
from core import clock
from hotline import library
from hotline.models import Shift, SpecialDay
from hotline.services import callbacks
from tests.hotline import desk


def waiting(operator: Assignment, asker: Assignment) -> dict[str, dict[str, Any]]:
    """A call of the operator with a promise, a question of the referrer, a day that differs, a shift."""
    call = desk.call(operator)
    due = library.offers(clock.now())[-1].closes
    promise = desk.promised(call, operator, due_at=due)
    question = callbacks.ask(key=uuid.uuid4(), phone="0480-45 00 00", words="Vem beslutar?", by=asker)
    day = SpecialDay.objects.create(day=clock.today() + timedelta(days=400))
    shift = Shift.objects.create(
        agency=operator.agency, user=operator.user, starts_at=due, ends_at=due + timedelta(hours=1)
    )
    ids = {"call_id": call.pk, "callback_id": promise.pk, "day_id": day.pk, "shift_id": shift.pk}
    return {"helpline": ids, "question": ids | {"callback_id": question.pk}}
