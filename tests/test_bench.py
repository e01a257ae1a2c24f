"""The benchmark runs, on tiny volumes; and the inbox is read by its index."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from cases.enums import NotTakenReason
from cases.services import lists, referrals, triage
from cases.views import queue
from core import clock
from nrm_portal.bench import scratch, volume
from tests.conftest import CommittedDatabase
from tests.faults.small_portal import SmallPortal

pytestmark = pytest.mark.timeout(180)
COPIES = 400
MOST_PAGES = 400
"""Pages of 8 kB that one look at the list may touch."""


def test_bench_prints_its_ratios_and_leaves_nothing_behind(
    stocked: str, committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "first_like", stocked)  # migrated already
    said = StringIO()
    call_command("bench", sizes=[20, 40], rounds=1, stdout=said)
    lines = said.getvalue().splitlines()
    for code in ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P19"):
        assert any(line.startswith(code) for line in lines), code
    assert any("growth: 40 ÷ 20" in line for line in lines)
    with psycopg.connect(committed_db.superuser) as link:
        assert (
            link.execute("SELECT datname FROM pg_database WHERE datname LIKE 'nrm_bench%'").fetchall() == []
        )


def test_the_inbox_is_read_in_the_order_of_its_index(committed_db: CommittedDatabase) -> None:
    """Some thousand cases, a third of them open: no table is read as a whole, nothing is sorted."""
    portal = SmallPortal()
    by = portal.coordinators[0]
    for number in range(9):
        case = referrals.submit(draft_id=portal.draft().pk, by=portal.referrer).case
        if number % 3:
            triage.not_take(case_id=case.pk, reason=NotTakenReason.DUPLICATE, text="Nej", by=by)
    volume.multiply(COPIES)
    desk = case.desk_id
    base = lists.at(by, {desk: frozenset({"view_inbox"})})
    shown = base.filter(lists.VIEWS["att-besvara"].where(by, clock.now()))
    plan = explained(queue._whole(shown).order_by(*queue._ORDER)[: queue.PAGE_SIZE + 1])
    assert plan["indexes"] == {"grant_desk_answer_idx"}
    assert not plan["sequential"] & {"cases_casegrant", "cases_case"} and "Sort" not in plan["nodes"]
    assert plan["pages"] <= MOST_PAGES
    for view in lists.VIEWS.values():
        numbers = explained(base.filter(view.where(by, clock.now())).order_by().values("case_id"))
        assert numbers["relations"] == {"cases_casegrant", "cases_recusal"}, "no view asks the case"
        assert numbers["nodes"] & {"Index Only Scan", "Bitmap Index Scan"}, view.key
        assert not numbers["sequential"] & {"cases_casegrant"}


def explained(rows: Any) -> dict[str, Any]:
    """How a query is carried out: nodes, tables read as a whole, indexes of grants, pages."""
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
        found = cursor.fetchone()[0]
    root = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
    nodes, stack = [], [root]
    while stack:
        node = stack.pop()
        nodes.append(node)
        stack += node.get("Plans", [])
    return {
        "nodes": {node["Node Type"] for node in nodes},
        "sequential": {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"},
        "relations": {node["Relation Name"] for node in nodes if "Relation Name" in node},
        "indexes": {node["Index Name"] for node in nodes if "grant" in node.get("Index Name", "")},
        "pages": root["Shared Hit Blocks"] + root["Shared Read Blocks"],
    }
