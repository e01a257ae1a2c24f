"""A draft may grow from a consultation whose person agrees now."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_agencies_1"),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="consultation",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
            ),
        ),
    ]
