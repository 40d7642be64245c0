from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("access", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("sales", "0005_contracts"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.AlterField(
            model_name="opportunity",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="opportunities",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="opportunity",
            name="interest",
            field=models.CharField(blank=True, max_length=200, verbose_name="意向"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="product",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sales.product",
            ),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                condition=Q(("product__isnull", False)), fields=["product"], name="opportunity_product"
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="days_to_close",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="成交天数"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["state", "expected_close_on"], name="opportunity_expected"),
        ),
        migrations.AddField(
            model_name="product",
            name="name_key",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["name_key"], name="product_name_key"),
        ),
        migrations.CreateModel(
            name="StageStay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("days", models.PositiveIntegerField(default=0)),
                (
                    "opportunity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stays",
                        to="sales.opportunity",
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sales.stage",
                        to_field="key",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["opportunity", "entered_at"], name="stage_stay_of"),
                    models.Index(fields=["stage", "entered_at"], name="stage_stay_stage"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="access.department",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(user__isnull=True, department__isnull=False)
                        | Q(user__isnull=False, department__isnull=True),
                        name="target_is_of_one",
                    ),
                    models.UniqueConstraint(
                        condition=Q(("user__isnull", False)), fields=("month", "user"), name="target_of_user"
                    ),
                    models.UniqueConstraint(
                        condition=Q(("department__isnull", False)),
                        fields=("month", "department"),
                        name="target_of_department",
                    ),
                ],
            },
        ),
    ]
