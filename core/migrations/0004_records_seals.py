"""Seals over the audit, and the two indexes its readers go by: a case, and a kind of act."""

import django.db.models.deletion
import django.db.models.fields.json
from django.db import migrations, models

import core.clock
from core.append_only import deny_changes


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_disposal_destruction"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("after_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("sealed_at", models.DateTimeField(default=core.clock.now)),
                ("marks", models.BinaryField()),
                ("previous", models.BinaryField(max_length=32)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "data_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.datakey"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["verb", "-at"], name="audit_verb"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform("case", "facts"),
                models.OrderBy(models.F("at"), descending=True),
                condition=models.Q(("facts__has_key", "case")),
                name="audit_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("count__gte", 1),
                    ("last_id__gt", models.F("after_id")),
                    ("number__gte", 1),
                    ("until__gte", models.F("since")),
                ),
                name="seal_covers_rows",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.UniqueConstraint(fields=("after_id",), name="seal_follows_one"),
        ),
        migrations.AddConstraint(
            model_name="auditseal",
            constraint=models.UniqueConstraint(fields=("previous",), name="seal_chain_has_no_fork"),
        ),
        deny_changes("core_auditseal"),
    ]
