"""A step may end because an edition does not have it; which edition a case follows is guarded."""

from django.db import migrations, models

SQL = """
CREATE FUNCTION cases_edition_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM manual_edition WHERE id = NEW.edition_id AND status IN ('draft', 'review')) THEN
        RAISE EXCEPTION 'cases_edition_decided: a case follows an edition that has been decided'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'cases_edition_decided';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.edition_id <> OLD.edition_id AND (
        SELECT (later.valid_from, later.number) < (earlier.valid_from, earlier.number)
        FROM manual_edition AS later, manual_edition AS earlier
        WHERE later.id = NEW.edition_id AND earlier.id = OLD.edition_id
    ) THEN
        RAISE EXCEPTION 'cases_edition_decided: a case never goes back to an earlier edition'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'cases_edition_decided';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_edition_decided BEFORE INSERT OR UPDATE OF edition_id ON cases_case
    FOR EACH ROW EXECUTE FUNCTION cases_edition_decided();

CREATE FUNCTION cases_step_of_its_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM manual_steptemplate WHERE id = NEW.template_id AND key = NEW.key) THEN
        RAISE EXCEPTION 'cases_step_of_its_template: a step and its template have the same key'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'cases_step_of_its_template';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_step_of_its_template BEFORE INSERT OR UPDATE OF template_id, key ON cases_step
    FOR EACH ROW EXECUTE FUNCTION cases_step_of_its_template();
"""
UNDO = """
DROP TRIGGER cases_step_of_its_template ON cases_step;
DROP FUNCTION cases_step_of_its_template();
DROP TRIGGER cases_edition_decided ON cases_case;
DROP FUNCTION cases_edition_decided();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_desk_notices"),
        ("manual", "0004_editing_life"),
    ]

    operations = [
        migrations.AlterField(
            model_name="step",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("case_closed", "the case was closed"),
                    ("not_taken", "the case was not taken forward"),
                    ("facts_changed", "the facts of the case changed"),
                    ("agency_left", "the agency no longer takes part"),
                    ("forwarded", "another desk took over"),
                    ("consent_withdrawn", "consent was withdrawn"),
                    ("age_decided", "the age was decided"),
                    ("return_stopped", "the return was stopped"),
                    ("settled", "the question was settled"),
                    ("merged", "the cases were merged"),
                    ("edition", "the edition of the Manual that the case follows has no such step for it"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
