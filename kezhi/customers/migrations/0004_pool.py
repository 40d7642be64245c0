from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q
from django.utils import timezone


def start_now(apps: Any, schema_editor: Any) -> None:
    """Customers that somebody has already count from today, so that none is recalled before anybody was warned."""
    customers = apps.get_model("customers", "Customer")
    customers._base_manager.filter(owner__isnull=False).update(owned_since=timezone.now())


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("access", "0001_initial"),
        ("customers", "0003_purchases"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="customer",
            name="owned_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="归属起始"),
        ),
        migrations.AddField(
            model_name="customer",
            name="protected_until",
            field=models.DateField(blank=True, null=True, verbose_name="保护到"),
        ),
        migrations.AddField(
            model_name="customer",
            name="recall_on",
            field=models.DateField(blank=True, null=True, verbose_name="回收日"),
        ),
        migrations.AddField(
            model_name="customer",
            name="pool_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="进入公海"),
        ),
        migrations.AddField(
            model_name="customer",
            name="pool_reason",
            field=models.CharField(blank=True, max_length=60, verbose_name="进公海的原因"),
        ),
        migrations.AddField(
            model_name="customer",
            name="pool_department",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="access.department",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_signed_on",
            field=models.DateField(blank=True, null=True, verbose_name="最近签约"),
        ),
        migrations.AddField(
            model_name="customer",
            name="cadence",
            field=models.CharField(blank=True, max_length=40, verbose_name="联系计划"),
        ),
        migrations.AddField(
            model_name="customer",
            name="cadence_next_on",
            field=models.DateField(blank=True, null=True, verbose_name="计划联系日"),
        ),
        migrations.AddField(
            model_name="customer",
            name="cadence_mood",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="customer",
            name="cadence_until",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["pool_since", "id"], name="customer_pool", condition=Q(pool_since__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["recall_on", "id"], name="customer_recall", condition=Q(recall_on__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["owner", "recall_on", "id"], name="customer_own_recall"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["owner", "cadence_next_on", "id"], name="customer_own_cadence"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["cadence_next_on", "id"], name="customer_cadence"),
        ),
        migrations.CreateModel(
            name="ClaimCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "day"), name="claim_count_once")],
            },
        ),
        migrations.RunPython(start_now, migrations.RunPython.noop),
    ]
