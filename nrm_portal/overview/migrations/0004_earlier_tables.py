from typing import Any

from django.db import migrations, models

from nrm_portal.overview.earlier.protecting import tables_of


def protect(apps: Any, schema: Any) -> None:
    """Files that were taken in before: protected now, once."""
    database = schema.connection.alias
    lines = apps.get_model("overview", "EarlierCount").objects.using(database)
    for row in apps.get_model("overview", "EarlierImport").objects.using(database).filter(tables={}):
        found = lines.filter(origin=row).order_by("line")
        row.tables = tables_of(found.values_list("unit", "year", "group", "amount"))
        row.save(using=database, update_fields=["tables"])


class Migration(migrations.Migration):
    dependencies = [
        ("overview", "0003_publishing_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="earlierimport",
            name="tables",
            field=models.JSONField(default=dict, db_default={}),
        ),
        migrations.RunPython(protect, migrations.RunPython.noop, elidable=True),
    ]
