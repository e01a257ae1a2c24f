"""Workers side by side on one outbox."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connections

from core import outbox
from core.enums import MailState
from core.models import OutboundEmail
from core.tasks import deliver, sweep_outbox
from tests.conftest import CommittedDatabase


def test_many_workers_send_each_message_once(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery.current_app.send_task", lambda *args, **options: None)
    for n in range(12):
        outbox.queue("something_waiting", to=f"{n}@example.se", dedupe_key=str(n))
    ids = list(OutboundEmail.objects.values_list("pk", flat=True))

    def work(start: int) -> None:
        try:
            for n in range(len(ids)):
                deliver(str(ids[(start + n) % len(ids)]))
            sweep_outbox()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as workers:
        list(workers.map(work, range(6)))
    assert sorted(m.to[0] for m in mail.outbox) == sorted(f"{n}@example.se" for n in range(12))
    assert set(OutboundEmail.objects.values_list("state", "attempts")) == {(MailState.SENT, 1)}
