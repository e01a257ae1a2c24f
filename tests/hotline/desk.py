"""Calls and promises of the telephone desk, for its tests."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from accounts.access import Assignment
from cases.models import Notice
from core import clock, vault
from hotline.models import Call, Callback
from hotline.services import callbacks


def call(by: Assignment, **facts: Any) -> Call:
    """A call that this operator has open."""
    key = uuid.uuid4()
    now = clock.now()
    return Call.objects.create(
        id=key, number=f"S27-{uuid.uuid4().int % 90000 + 10000:05}-A", agency=by.agency, operator=by.user,
        data_key=vault.new_key("call", key), started_at=now, saved_at=now, **facts,
    )  # fmt: skip


def promised(of: Call, by: Assignment, *, due_at: datetime, **said: Any) -> Callback:
    given: dict[str, Any] = {"key": uuid.uuid4(), "name": "Tandsköterskan", "phone": "0480-45 00 00"} | said
    return callbacks.promise(call_id=of.pk, due_at=due_at, by=by, **given)


def asked(by: Assignment) -> Callback:
    return callbacks.ask(key=uuid.uuid4(), phone="0480-45 00 00", words="Vad gäller för tandvård?", by=by)


def told() -> list[tuple[uuid.UUID, str]]:
    """Who was told what, in order."""
    return list(Notice.objects.order_by("made_at", "kind").values_list("user_id", "kind"))
