"""What the database itself keeps as it is: the rows of an edition that is no draft, and an edition's life.

The triggers hold for every role, the owner of the tables included. They answer as a broken constraint does.
"""

from __future__ import annotations

from typing import Final

from django.db import migrations

FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION manual_only_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT FROM manual_edition WHERE id = OLD.edition_id AND status <> 'draft'
    ) OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT FROM manual_edition WHERE id = NEW.edition_id AND status <> 'draft'
    ) THEN
        RAISE EXCEPTION 'manual_only_in_draft: % of an edition that is no draft (%)', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'manual_only_in_draft';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION manual_edition_life() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := ARRAY[
        'draft>draft', 'draft>review', 'draft>scheduled', 'draft>published',
        'review>review', 'review>draft', 'review>scheduled', 'review>published',
        'scheduled>scheduled', 'scheduled>draft', 'scheduled>published', 'scheduled>retired',
        'published>published', 'published>retired', 'retired>retired'
    ];
    counted text[] := ARRAY['status', 'version', 'retired_at', 'withdrawn_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'manual_edition_life: an edition that is no draft is kept'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'manual_edition_life';
        END IF;
        RETURN OLD;
    END IF;
    IF NOT OLD.status || '>' || NEW.status = ANY(moves)
        OR NEW.number <> OLD.number
        OR OLD.status IN ('scheduled', 'published', 'retired') AND NEW.status <> 'draft'
            AND to_jsonb(OLD) - counted <> to_jsonb(NEW) - counted
    THEN
        RAISE EXCEPTION 'manual_edition_life: % to %', OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'manual_edition_life';
    END IF;
    RETURN NEW;
END $$;
"""


def functions() -> migrations.RunSQL:
    """The functions, and the trigger of the editions themselves."""
    return migrations.RunSQL(
        sql=f"""
        {FUNCTIONS}
        CREATE TRIGGER manual_edition_life BEFORE UPDATE OR DELETE ON manual_edition
            FOR EACH ROW EXECUTE FUNCTION manual_edition_life();
        """,
        reverse_sql="""
        DROP TRIGGER manual_edition_life ON manual_edition;
        DROP FUNCTION manual_edition_life();
        DROP FUNCTION manual_only_in_draft();
        """,
    )


def only_in_draft(table: str) -> migrations.RunSQL:
    """The migration operation for a table whose rows belong to an edition by `edition_id`."""
    return migrations.RunSQL(
        sql=f"""
        CREATE TRIGGER manual_only_in_draft BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION manual_only_in_draft();
        """,
        reverse_sql=f"DROP TRIGGER manual_only_in_draft ON {table};",
    )
