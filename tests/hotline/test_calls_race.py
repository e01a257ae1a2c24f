"""Saves at the same moment: the page by itself and a press."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from core.models import AuditEvent
from hotline.models import Call
from hotline.services import calls
from hotline.services.calls import Saved
from tests.cases.services.conftest import at_once
from tests.conftest import CommittedDatabase
from tests.hotline.ringing import operator, said


def test_several_first_saves_make_one_call(committed_db: CommittedDatabase) -> None:
    by, call_id = operator(), uuid.uuid4()

    def save(autosave: bool) -> Callable[[], Saved]:
        told: Any = said(about="advice", profession="school")
        return lambda: calls.save(
            call_id=call_id, said=told, by=by, view="page", autosave=autosave, end=not autosave
        )

    done = at_once([save(True), save(True), save(False), save(True)])
    row = Call.objects.get()
    assert [type(answer) for answer in done] == [Saved] * 4
    assert row.pk == call_id and not row.is_open
    assert AuditEvent.objects.filter(verb="call.start").count() == 1
    assert AuditEvent.objects.filter(verb="call.end").count() == 1
