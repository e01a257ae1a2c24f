"""Grants carry what the views of the inbox ask; notices who gave; own views what they held."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

COPY = """
UPDATE cases_casegrant AS g SET status = c.status, snoozed_until = c.snoozed_until,
  assignee_id = c.assignee_id, is_child = c.age_band <> 'adult'
FROM cases_case AS c WHERE c.id = g.case_id
"""
USER = settings.AUTH_USER_MODEL


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("cases", "0004_consent_1"),
        ("coordinators", "0001_initial"),
        migrations.swappable_dependency(USER),
    ]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="casegrant", name="grant_desk_queue_idx"),
        migrations.RemoveIndex(model_name="casegrant", name="grant_agency_queue_idx"),
        migrations.AddField("casegrant", "snoozed_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "casegrant",
            "assignee",
            models.ForeignKey(
                USER,
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
            ),
        ),
        migrations.AddField("casegrant", "is_child", models.BooleanField(default=False)),
        migrations.AddField(
            "notice",
            "by",
            models.ForeignKey(
                USER, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+"
            ),
        ),
        migrations.AddField(
            "savedview",
            "known",
            django.contrib.postgres.fields.ArrayField(models.UUIDField(), default=list, size=None),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.AddIndex(
            "casegrant",
            models.Index(
                fields=["desk", "urgency", "due_at", "case"],
                condition=Q(is_open=True),
                include=[
                    "status",
                    "snoozed_until",
                    "assignee",
                    "is_child",
                    "valid_until",
                    "reason",
                    "received_at",
                ],
                name="grant_desk_queue_idx",
            ),
        ),
        migrations.AddIndex(
            "casegrant",
            models.Index(
                fields=["desk", "urgency", "due_at", "case"],
                condition=Q(is_open=True, status="received", snoozed_until__isnull=True),
                include=["valid_until", "reason"],
                name="grant_desk_answer_idx",
            ),
        ),
        migrations.AddIndex(
            "casegrant",
            models.Index(
                fields=["agency", "urgency", "due_at", "case"],
                condition=Q(is_open=True),
                include=["level", "valid_until"],
                name="grant_agency_queue_idx",
            ),
        ),
    ]
