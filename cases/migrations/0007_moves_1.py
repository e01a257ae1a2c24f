"""Suggestions to correct the routing table."""

import uuid
from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

HANDLED = Q(handled_at__isnull=False, handled_by__isnull=False)


def _to(model: str, **more: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model, **more)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("cases", "0006_sameness_1"),
        ("coordinators", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="RouteCorrection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("suggested_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField(null=True)),
                ("municipality", _to("coordinators.municipality")),
                ("was", _to("coordinators.desk")),
                ("should_be", _to("coordinators.desk")),
                ("suggested_by", _to(settings.AUTH_USER_MODEL)),
                ("handled_by", _to(settings.AUTH_USER_MODEL, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(handled_at__isnull=True, handled_by__isnull=True) | HANDLED,
                        name="correction_handled_by_whom",
                    ),
                    models.CheckConstraint(
                        condition=~Q(was=F("should_be")), name="correction_to_another_desk"
                    ),
                    models.UniqueConstraint(
                        condition=Q(handled_at__isnull=True),
                        fields=("municipality", "was", "should_be"),
                        name="correction_suggested_once",
                    ),
                ],
            },
        ),
    ]
