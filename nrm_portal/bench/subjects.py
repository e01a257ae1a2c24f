"""What is measured, against which floor, and where the limit lies (numbers: docs/performance.md)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any, Final
from unittest.mock import patch

from django.db import connection, transaction
from django.template.base import Template
from django.template.context import Context
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.access import Assignment
from cases.enums import LIVE_STEPS, Stage
from cases.models import Referral
from cases.services import chasing, referrals, triage
from core import clock, context, workdays
from nrm_portal.bench import picture, tables, volume
from nrm_portal.bench.scene import PAGE, Scene

DUE_AT_ONCE: Final = 500
"""Steps that become due for one sweep."""
_numbers: Final = count(1_000_000)

Act = Callable[[], object]
Ready = Callable[[], Act]
"""Makes ready what is not measured; what it returns is."""


@dataclass(frozen=True)
class Subject:
    """One line of the table, in one database."""

    code: str
    name: str
    ours: Ready
    floor_name: str
    floor: Ready
    limit: float | None = None
    """Of ours ÷ floor; None where it is only told."""
    growth: float | None = None
    """Of the largest ÷ the smallest volume."""


def subjects(scene: Scene) -> list[Subject]:
    """Everything that is measured."""
    return [*_pages(scene), *_sending(scene), *_sweeping(scene), *_counting(scene), *_publishing()]


# --- pages -----------------------------------------------------------------------------------------


def _pages(scene: Scene) -> list[Subject]:
    case = reverse("cases:case", args=[scene.case.pk])
    checklist = reverse("cases:steps", args=[scene.case.pk])
    inbox, agency_list = reverse("cases:inbox"), reverse("cases:cases")
    coordinator, worker = scene.coordinator, scene.worker
    whole = "a session and the template with ready data"
    desk, pk = scene.case.desk_id, scene.case.pk
    last = f"{inbox}?vy=alla&efter={scene.last_place()}"
    return [
        Subject("P1", "inbox, 25 rows", _get(scene, coordinator, inbox), whole,
                _floor(scene, coordinator, inbox), 1.5, 1.15),
        Subject("P1", "inbox, 25 rows", _get(scene, coordinator, inbox), "its rows in raw SQL",
                _sql(RAW_LIST, desk, PAGE + 1)),
        Subject("P2", "inbox, last page", _get(scene, coordinator, last), "its first page",
                _get(scene, coordinator, f"{inbox}?vy=alla"), 1.2, 1.2),
        Subject("P3", "an agency's cases", _get(scene, worker, agency_list), whole,
                _floor(scene, worker, agency_list), None, 1.3),
        Subject("P4", "case page", _get(scene, coordinator, case), whole,
                _floor(scene, coordinator, case), 1.6, 1.25),
        Subject("P4", "case page", _get(scene, coordinator, case), "case, steps, 50 acts in raw SQL",
                _sql(RAW_CASE, pk, pk, pk)),
        Subject("P4", "case, checklist", _get(scene, coordinator, checklist), whole,
                _floor(scene, coordinator, checklist), None, 1.25),
    ]  # fmt: skip


RAW_LIST: Final = """
SELECT g.urgency, g.due_at, c.*, county.name, desk.key, assignee.name
FROM cases_casegrant g JOIN cases_case c ON c.id = g.case_id
  JOIN coordinators_desk desk ON desk.id = c.desk_id
  LEFT JOIN coordinators_county county ON county.code = c.county_id
  LEFT JOIN accounts_user assignee ON assignee.id = c.assignee_id
WHERE g.desk_id = %s AND g.is_open AND g.status = 'received' AND g.snoozed_until IS NULL
ORDER BY g.urgency, g.due_at, g.case_id LIMIT %s
"""
RAW_CASE: Final = """
SELECT row_to_json(c), ARRAY(SELECT row_to_json(s) FROM cases_step s WHERE s.case_id = %s),
  ARRAY(SELECT row_to_json(a)
        FROM (SELECT * FROM core_auditevent WHERE target_id = %s ORDER BY at DESC LIMIT 50) a)
FROM cases_case c WHERE c.id = %s
"""


def _get(scene: Scene, who: Assignment, address: str) -> Ready:
    client = scene.client(who)
    return lambda: lambda: _seen(client, address)


def _seen(client: Client, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, f"{address} answers {response.status_code}"
    return response


def _floor(scene: Scene, who: Assignment, address: str) -> Ready:
    """The smallest page somebody signed in can ask for, and the same template with ready data."""
    client, alive = scene.client(who), reverse("keep-alive")
    with patch.object(Template, "_render", _told):
        response = _seen(client, address)
    template, ready = response.templates[0], response.context[0]

    def draw() -> None:
        client.post(alive)
        context_now = copy(ready)
        with context_now.render_context.push_state(template):
            template._render(context_now)

    return lambda: draw


def _told(template: Template, context: Context) -> SafeString:
    """Draw a template and tell the test client which, with what."""
    template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


def _sql(statement: str, *values: Any) -> Ready:
    return lambda: lambda: _fetched(statement, values)


def _fetched(statement: str, values: tuple[Any, ...]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


# --- sending a referral ------------------------------------------------------------------------------


def _sending(scene: Scene) -> list[Subject]:
    same_rows = "the same rows in raw SQL"
    sent = _submit(scene)()
    assert isinstance(sent, Referral)
    raw = _write_again(sent.case_id)
    return [
        Subject("P5", "submit, whole request", lambda: _post(scene), same_rows, raw, 4, 1.15),
        Subject("P5", "submit, the service", lambda: _submit(scene), same_rows, raw, 2.6, 1.15),
        Subject("P6", "submit, the service", lambda: _submit(scene), "without audit rows",
                lambda: _submit(scene, audited=False), 1.35),
    ]  # fmt: skip


def _post(scene: Scene) -> Act:
    client, address = scene.client(scene.referrer), reverse("cases:draft-send", args=[scene.draft().pk])

    def send() -> None:
        response = client.post(address, {"confirm_necessary": "yes"})
        assert response.status_code == 302, response.content.decode()[:2000]

    return send


def _submit(scene: Scene, *, audited: bool = True) -> Act:
    draft_id = scene.draft().pk

    def send() -> object:
        with context.scope():
            if audited:
                return referrals.submit(draft_id=draft_id, by=scene.referrer)
            with patch("core.audit.record"):
                return referrals.submit(draft_id=draft_id, by=scene.referrer)

    return send


def _write_again(case_id: uuid.UUID) -> Ready:
    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            volume.write_again(cursor, case_id, next(_numbers))

    return lambda: write


# --- the sweep -----------------------------------------------------------------------------------------


def _sweeping(scene: Scene) -> list[Subject]:
    at = datetime.combine(workdays.next_working_day(clock.today()), time(10), clock.STOCKHOLM)
    return [
        Subject("P7", f"sweep, {DUE_AT_ONCE} steps due", lambda: _sweep(at, DUE_AT_ONCE),
                "one raw statement: mark, remind", lambda: _raw_sweep(at), 2.5, 2),
        Subject("P7", "sweep, nothing due", lambda: _sweep(at, 0), "SELECT 1", _sql("SELECT 1"), 3, 1.5),
    ]  # fmt: skip


def _sweep(at: datetime, number: int) -> Act:
    _make_due(at, number)

    def sweep() -> None:
        with clock.frozen(at), context.scope():
            found, _told = chasing.sweep()
        assert found <= number

    return sweep


def _make_due(at: datetime, number: int) -> None:
    """So many live steps from all over the table, and no others; with a due time that nobody was told yet."""
    live, turn = [status.value for status in LIVE_STEPS], next(_numbers)
    due = at - timedelta(hours=1, minutes=turn % 10_000)
    with connection.cursor() as cursor:
        later = at + timedelta(days=30)
        cursor.execute("UPDATE cases_step SET chase_at = %s WHERE chase_at <= %s", [later, at])
        cursor.execute(
            "UPDATE cases_step SET stage = 0, chase_at = %s, due_at = %s WHERE id IN ("
            " SELECT id FROM cases_step"
            " WHERE status = ANY(%s) AND paused_at IS NULL ORDER BY md5(id::text || %s) LIMIT %s)",
            [at - timedelta(minutes=1), due, live, str(turn), number],
        )


RAW_SWEEP: Final = """
WITH due AS (
  SELECT id FROM cases_step WHERE chase_at <= %s AND status = ANY(%s) ORDER BY chase_at, id LIMIT 2000
  FOR NO KEY UPDATE
), marked AS (
  UPDATE cases_step s SET stage = %s, chase_at = NULL FROM due WHERE s.id = due.id RETURNING s.id, s.due_at
)
INSERT INTO cases_reminder (step_id, stage, due_at, days_left, recipient, sent_at)
SELECT id, %s, due_at, 0, 'user:bench', %s FROM marked
"""


def _raw_sweep(at: datetime) -> Act:
    _make_due(at, DUE_AT_ONCE)
    live, stage = [status.value for status in LIVE_STEPS], int(Stage.DUE)

    def sweep() -> None:
        with connection.cursor() as cursor:
            cursor.execute(RAW_SWEEP, [at, live, stage, stage, at])

    return sweep


# --- the national picture ------------------------------------------------------------------------------


def _counting(scene: Scene) -> list[Subject]:
    year = picture.last_year()
    page = f"{reverse('overview:statistics')}?period={year.code}"
    start, end = (datetime.combine(day, time(0), clock.STOCKHOLM) for day in (year.first, year.end))
    return [
        Subject("P8", "statistics of a year", _get(scene, scene.national, page),
                "a session and the template with ready data", _floor(scene, scene.national, page)),
        Subject("P8", "statistics of a year", _get(scene, scene.national, page),
                "one GROUP BY over its cases", _sql(picture.RAW_YEAR, start, end), 0.02, 2.5),
        Subject("P9", "accept a case", lambda: _accept(scene), "without counting it",
                lambda: _accept(scene, counted=False), 1.3, 1.1),
    ]  # fmt: skip


def _accept(scene: Scene, *, counted: bool = True) -> Act:
    sent = _submit(scene)()
    assert isinstance(sent, Referral)
    by = scene.holder(sent.case)
    left_out = patch.multiple("cases.services.tallies", answered=_nothing, step_done=_nothing)

    def accept() -> None:
        with context.scope(), nullcontext() if counted else left_out:
            triage.accept(case_id=sent.case_id, by=by)

    return accept


def _nothing(*_: object) -> None:
    """Counts nothing."""


# --- publishing ------------------------------------------------------------------------------------


def _publishing() -> list[Subject]:
    """The same tables at every volume: their size is that of the country, not of the database."""
    once = "one linear program for each hidden number"
    return [Subject("P19", "publish a year", lambda: tables.publish, once, lambda: tables.ask_once, 2)]
