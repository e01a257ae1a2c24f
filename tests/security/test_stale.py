"""Tasks called with rows that are not theirs to touch; marks in the database that once gave power."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import pytest
from celery import current_app
from django.core import mail
from django.db import connection
from django.urls import reverse

from accounts.models import User
from cases import tasks as case_tasks
from core import clock, tasks
from core.enums import MailState
from core.models import OutboundEmail, PdfJob
from tests.security.test_canaries import READ, planted, seen_in
from tests.security.world import World, rolled_back

pytestmark = pytest.mark.xdist_group("canaries")

QUIET: Final = {"core_jobrun", "core_auditevent"}


def _sums() -> dict[str, Any]:
    tables = [name for name in connection.introspection.table_names() if name not in QUIET]
    parts = " UNION ALL ".join(
        f"SELECT '{name}', count(*), sum(hashtext(t::text)::bigint) FROM \"{name}\" t" for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return {name: sums for name, *sums in cursor.fetchall()}


@pytest.mark.security("S14", "every task that takes a row, with an id of something else and of nothing")
def test_a_task_with_the_wrong_row_does_nothing(world: World, tried: Callable[..., None]) -> None:
    taking: list[Any] = [tasks.deliver, tasks.render_pdf_job, case_tasks.scan_document]
    known = {name for name in current_app.tasks if not name.startswith("celery.")}
    import_module("nrm_portal.celery")
    with_rows = {name for name in known if current_app.tasks[name].run.__code__.co_argcount}
    assert with_rows <= {str(task.name) for task in taking}, "a new task that takes a row is tried here"
    letters, before = len(mail.outbox), _sums()
    for task in taking:
        for row in (world.case.pk, world.people["Rc"].user_id, uuid.uuid4()):
            with rolled_back():
                task(str(row))
                assert _sums() == before
            tried()
    assert len(mail.outbox) == letters


@pytest.mark.security("S14", "a letter and a document ordered by somebody who was shut out since")
def test_who_was_shut_out_gets_nothing_more(world: World, tried: Callable[..., None]) -> None:
    world.browser("Po").post(reverse("cases:case-pdf", args=[world.case.pk]), {"reason": "Möte"})
    job, client = PdfJob.objects.get(), world.browser("Po")
    rows = OutboundEmail.objects.filter(user_id__isnull=False, state=MailState.QUEUED)
    waiting = list(rows.values_list("pk", "user_id"))
    assert waiting, "letters wait"
    people: set[Any] = {user_id for _pk, user_id in waiting} | {world.people["Po"].user_id}
    User.objects.filter(pk__in=people).update(is_active=False, deactivated_at=clock.now())
    letters = len(mail.outbox)
    for pk, _user_id in waiting:
        tasks.deliver(str(pk))
        tried()
    assert len(mail.outbox) == letters, "a closed account gets no letter"
    answer = client.get(reverse("cases:pdf-download", args=[job.pk]))
    assert answer.status_code in (302, 404) and not answer.content.startswith(b"%PDF")
    tried()


POWER: Final = ("is_superuser", "is_staff")


@pytest.mark.parametrize("who", ["Ro", "Ad", "Co"])
@pytest.mark.security("S15", "accounts that call themselves above every right")
def test_a_mark_of_power_opens_no_case(
    who: str, world: World, tried: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    user = world.people[who].user
    columns = {column.name for column in User._meta.get_fields()}
    assert not columns & {*POWER, "groups", "user_permissions"}, "no column could give power"
    for mark in POWER:  # what a library would ask of an account
        setattr(type(user), mark, True)

    def no_more() -> None:
        for mark in POWER:
            delattr(User, mark)

    request.addfinalizer(no_more)
    client = world.browser(who)
    for case in world.cases.values():
        for name in READ:
            answer = client.get(reverse(f"cases:{name}", args=[case.pk]))
            assert answer.status_code == 404
            assert not seen_in(answer.content.decode(), planted(world))
            tried()
    assert client.get("/admin/").status_code == 404
