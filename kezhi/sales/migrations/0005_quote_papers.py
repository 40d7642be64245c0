"""The PDF of a quote is kept as it went out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sales", "0004_forecast_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuotePaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_key", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("kept_at", models.DateTimeField()),
                (
                    "kept_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="papers",
                        to="sales.quote",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("quote", "content_key"), name="quote_paper_once")]
            },
        ),
    ]
