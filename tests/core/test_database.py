"""What the owner prepares: order of names, and rights that hold however the tables came about."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import F, Func

from core import append_only
from core.models import AuditEvent, OutboundEmail
from core.swedish import SwedishOrder, swedish_key
from tests.conftest import CommittedDatabase

NAMES = [
    "Zackrisson",
    "Åberg",
    "Ärlig",
    "Öman",
    "andersson",
    "Émile",
    "Vik",
    "Wik",
    "Müller",
    "Mo",
    "Østby",
    "Æ",
    "A B",
    "Aa",
]
ORDERED = [
    "A B",
    "Aa",
    "andersson",
    "Émile",
    "Mo",
    "Müller",
    "Vik",
    "Wik",
    "Zackrisson",
    "Åberg",
    "Æ",
    "Ärlig",
    "Öman",
    "Østby",
]


@pytest.mark.django_db
def test_names_sort_in_swedish_in_the_database_and_in_python() -> None:
    for name in NAMES:
        OutboundEmail.objects.create(message=name, dedupe_key=name)
    rows = OutboundEmail.objects.order_by(SwedishOrder("message")).values_list("message", flat=True)
    assert list(rows) == ORDERED
    plain = OutboundEmail.objects.order_by(Func(F("message"), function="swedish_order"))
    assert list(plain.values_list("message", flat=True)) == ORDERED
    assert sorted(NAMES, key=swedish_key) == ORDERED


@pytest.mark.django_db
def test_the_append_only_tables_are_the_declared_ones_and_their_triggers_are_on() -> None:
    assert "core_auditevent" in append_only.tables()
    for table in append_only.tables():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [table],
            )
            assert set(cursor.fetchall()) == {("deny_row_change", "O"), ("deny_truncate", "O")}


def test_rights_are_put_right_whoever_made_the_tables(committed_db: CommittedDatabase) -> None:
    with psycopg.connect(committed_db.superuser, autocommit=True) as root:
        root.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM nrm_app")
        root.execute("GRANT ALL ON core_auditevent TO nrm_app")
        root.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE nrm_owner IN SCHEMA public REVOKE ALL ON TABLES FROM nrm_app"
        )
        root.execute("CREATE TABLE made_later (id int)")
        root.execute("ALTER TABLE made_later OWNER TO nrm_owner")
    for _ in range(2):
        call_command("prepare_database", verbosity=0)
    assert not OutboundEmail.objects.exists()
    with psycopg.connect(committed_db.superuser, autocommit=True) as root:

        def may(right: str, table: str) -> bool:
            row = root.execute("SELECT has_table_privilege('nrm_app', %s, %s)", [table, right]).fetchone()
            return row == (True,)

        assert [
            r for r in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE") if may(r, "core_auditevent")
        ] == [
            "SELECT",
            "INSERT",
        ]
        assert may("UPDATE", "made_later")
        assert not may("TRUNCATE", "made_later")
        assert not may("INSERT", "django_migrations")


def test_a_refusal_outlives_the_rollback_of_the_act(committed_db: CommittedDatabase) -> None:
    from django.db import transaction

    from core import audit

    with pytest.raises(PermissionError), transaction.atomic():
        audit.record("case.read", by=None)
        audit.refuse("case.read", by=None)
        raise PermissionError
    assert list(AuditEvent.objects.values_list("outcome", flat=True)) == ["refused"]
    assert connections["audit"].get_autocommit()
