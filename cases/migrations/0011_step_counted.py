from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_clocks_1"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="counted",
            field=models.JSONField(null=True),
        ),
    ]
