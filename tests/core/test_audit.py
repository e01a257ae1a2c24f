from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit, context
from core.models import AuditEvent, OutboundEmail


@dataclass(frozen=True)
class Someone:
    user_id: UUID | None
    role: str
    agency_id: UUID | None


SOMEONE = Someone(uuid4(), "caseworker", uuid4())

pytestmark = pytest.mark.django_db


def test_row_says_who_what_and_in_which_request() -> None:
    target = uuid4()
    with context.scope() as request_id:
        audit.record("case.read", target, by=SOMEONE, level="header", count=3, urgent=True)
    event = AuditEvent.objects.get()
    assert (event.user_id, event.role, event.agency_id) == (SOMEONE.user_id, "caseworker", SOMEONE.agency_id)
    assert (event.verb, event.target_id, event.request_id) == ("case.read", target, request_id)
    assert (event.outcome, event.facts) == ("allowed", {"level": "header", "count": 3, "urgent": True})


def test_a_list_is_one_row() -> None:
    shown = [uuid4() for _ in range(50)]
    audit.record("case.list", by=SOMEONE, target_ids=shown)
    assert AuditEvent.objects.get(target_ids__contains=[shown[7]]).target_ids == shown


def test_a_row_names_the_kind_of_its_target() -> None:
    mail = OutboundEmail.objects.create(message="x", dedupe_key="x")
    audit.record("mail.read", mail, by=None)
    event = AuditEvent.objects.get()
    assert (event.target_type, event.target_id, event.user_id) == ("core.outboundemail", mail.pk, None)


def test_a_refusal_is_marked() -> None:
    audit.refuse("identity.open", uuid4(), by=SOMEONE, reason="inget skäl")
    event = AuditEvent.objects.get()
    assert (event.outcome, event.reason) == ("refused", "inget skäl")


def test_the_act_and_its_row_share_a_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record("case.read", uuid4(), by=SOMEONE)
        raise RuntimeError
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "value",
    ["Anna Lind", "Anna", "199001021234", "900102-1234", "anna@example.se", "två", "x y", 1990_0102_1234, 1.5,
     {"a": 1}, b"x", ["ok", "Not ok"]],
)  # fmt: skip
def test_facts_take_no_text_and_no_identity_numbers(value: object) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        audit.record("case.read", uuid4(), by=SOMEONE, thing=value)
    assert str(value) not in str(refused.value)


@pytest.mark.parametrize(
    "value", ["", "received", "ident.rc.acknowledge", "0180", "2026-11-20", uuid4(), None, [1, "a"]]
)
def test_facts_take_codes_dates_and_ids(value: object) -> None:
    audit.record("case.read", uuid4(), by=SOMEONE, thing=value)


@pytest.mark.parametrize("verb", ["read", "Case.read", "case read", "case.read; x", ""])
def test_a_verb_has_two_words(verb: str) -> None:
    with pytest.raises(ValueError, match="verb"):
        audit.record(verb, by=None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET verb = 'x.y'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent",
        "DROP TABLE core_auditevent",
        "ALTER TABLE core_auditevent DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "ALTER FUNCTION deny_change() RENAME TO allow_change",
    ],
)
def test_the_running_portal_cannot_change_the_audit(statement: str) -> None:
    audit.record("case.read", uuid4(), by=None)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.count() == 1


def test_one_statement_a_row(django_assert_num_queries: Callable[..., object]) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        audit.record("case.list", by=SOMEONE, target_ids=[uuid4() for _ in range(20)], reason="x" * 900)
