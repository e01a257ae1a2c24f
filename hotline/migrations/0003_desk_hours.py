"""Office hours on weekdays, as the agency says. The exact hours are not published: nobody has confirmed them."""

from datetime import date, time

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FIRST = date(2018, 1, 1)


def weekdays(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    hours = apps.get_model("hotline", "OpeningHours")
    rows = [hours(weekday=day, opens=time(8), closes=time(16, 30), valid_from=FIRST) for day in range(5)]
    hours.objects.using(schema_editor.connection.alias).bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("hotline", "0002_desk_1")]

    operations = [migrations.RunPython(weekdays, migrations.RunPython.noop)]
