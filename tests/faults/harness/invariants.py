"""What must hold after every fault, asked of the database itself (numbers as in docs/security.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, LiteralString

import psycopg

QUESTIONS: dict[str, LiteralString] = {
    # I3: one outbox row an event and recipient, each sent or visibly waiting or failed.
    "I3 a message is sent without a time": (
        "SELECT id FROM core_outboundemail WHERE (state = 'sent') <> (sent_at IS NOT NULL)"
    ),
    "I3 two messages for one event": (
        "SELECT dedupe_key FROM core_outboundemail GROUP BY dedupe_key HAVING count(*) > 1"
    ),
    "I2 somebody was told twice about the same stage of a deadline": (
        "SELECT step_id FROM cases_reminder WHERE stage > 1"
        " GROUP BY step_id, stage, due_at, recipient HAVING count(*) > 1"
    ),
    "I1 a draft became two referrals": (
        "SELECT draft_id FROM cases_referral GROUP BY draft_id HAVING count(*) > 1"
    ),
    "I1 a referral without a case": "SELECT id FROM cases_referral WHERE case_id IS NULL",
    "I5 a referral nobody recorded": (
        "SELECT r.id FROM cases_referral r WHERE NOT EXISTS (SELECT 1 FROM core_auditevent a"
        " WHERE a.target_id IN (r.id, r.case_id) OR r.id = ANY (a.target_ids))"
    ),
    "I4 a case is active and nobody took it up": (
        "SELECT c.id FROM cases_case c WHERE c.status = 'active' AND NOT EXISTS"
        " (SELECT 1 FROM core_auditevent a"
        " WHERE a.target_id = c.id AND a.outcome = 'allowed' AND a.verb IN ('case.accept', 'case.reopen'))"
    ),
    "I4 next due and number of late steps are not those of the steps": (
        "SELECT c.id FROM cases_case c LEFT JOIN cases_step s ON s.case_id = c.id"
        " AND s.status IN ('open', 'started', 'blocked') AND s.paused_at IS NULL"
        " GROUP BY c.id HAVING c.next_due_at IS DISTINCT FROM min(s.due_at)"
        " OR c.overdue_count <> count(s.id) FILTER (WHERE s.stage >= 2)"
    ),
    # I8: no grant without a ground.
    "I8 a grant on a ground that has ended": (
        "SELECT g.id FROM cases_casegrant g JOIN cases_legalground l ON l.id = g.ground_id"
        " WHERE l.ended_at IS NOT NULL AND (g.valid_until IS NULL OR g.valid_until > now())"
    ),
    "I8 an active grant without a legal ground": (
        "SELECT id FROM cases_casegrant"
        " WHERE ground_id IS NULL AND (valid_until IS NULL OR valid_until > now())"
    ),
}


def broken(connection_string: str, questions: Iterable[str] | None = None) -> dict[str, list[Any]]:
    """The invariants that do not hold, with the rows that break them. Tables not there are skipped."""
    found = {}
    with psycopg.connect(connection_string, autocommit=True) as link:
        for name in questions or QUESTIONS:
            try:
                rows = link.execute(QUESTIONS[name]).fetchall()
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
                raise AssertionError(f"{name}: the question does not fit the tables: {error}") from None
            if rows:
                found[name] = rows
    return found
