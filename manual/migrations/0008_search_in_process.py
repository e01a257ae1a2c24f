"""Search reads an edition in the process (ADR 1041): the code knows the columns of the old search no more.

They stay in the table for one version, filled with nothing, so that code of the version before goes on
answering while the database is migrated.
"""

from django.db import migrations

COLUMNS = ("search_en", "search_sv", "terms_en", "terms_sv")


class Migration(migrations.Migration):
    dependencies = [("manual", "0007_editing_withdrawn")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="paragraph", name="paragraph_search_sv"),
                migrations.RemoveIndex(model_name="paragraph", name="paragraph_search_en"),
                *(migrations.RemoveField(model_name="paragraph", name=name) for name in COLUMNS),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE manual_paragraph ALTER COLUMN terms_sv SET DEFAULT '',"
                    " ALTER COLUMN terms_en SET DEFAULT ''",
                    "ALTER TABLE manual_paragraph ALTER COLUMN terms_sv DROP DEFAULT,"
                    " ALTER COLUMN terms_en DROP DEFAULT",
                ),
            ],
        ),
    ]
