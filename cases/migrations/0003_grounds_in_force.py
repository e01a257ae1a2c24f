"""The database refuses a grant whose ground has ended, whatever code writes it; checked at commit."""

from typing import ClassVar

from django.db import migrations

MAKE = """
CREATE FUNCTION grant_stands_on_ground() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM cases_casegrant g JOIN cases_legalground l ON l.id = g.ground_id
        WHERE l.ended_at IS NOT NULL
          AND CASE TG_TABLE_NAME WHEN 'cases_casegrant' THEN g.id = NEW.id ELSE l.id = NEW.id END
    ) THEN
        RAISE EXCEPTION 'a grant stands on a ground that has ended'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_stands_on_ground';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER grant_stands_on_ground AFTER INSERT OR UPDATE OF ground_id ON cases_casegrant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grant_stands_on_ground();
CREATE CONSTRAINT TRIGGER ground_carries_no_grant AFTER UPDATE OF ended_at ON cases_legalground
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grant_stands_on_ground();
"""
DROP = """
DROP TRIGGER grant_stands_on_ground ON cases_casegrant;
DROP TRIGGER ground_carries_no_grant ON cases_legalground;
DROP FUNCTION grant_stands_on_ground();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0002_whole_life")]
    operations: ClassVar = [migrations.RunSQL(MAKE, DROP)]
