from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import StateApps
from django.db.models import F, Q


def _total(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("sales", "Contract")._base_manager.update(total_amount=F("amount"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sales", "0004_quotes")]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="contract",
            name="total_amount",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=16, verbose_name="合同总额"),
        ),
        migrations.AddField(
            model_name="contract",
            name="ended_on",
            field=models.DateField(blank=True, null=True, verbose_name="终止日期"),
        ),
        migrations.AddField(
            model_name="contract",
            name="end_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="终止原因"),
        ),
        migrations.AddField(
            model_name="contract",
            name="is_paid",
            field=models.BooleanField(default=False, verbose_name="已全部回款"),
        ),
        migrations.RunPython(_total, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name="payment",
            name="is_checked",
            field=models.BooleanField(default=False, verbose_name="已核对"),
        ),
        migrations.RemoveIndex(model_name="payment", name="payment_reference"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=["reference"],
                name="payment_reference_once",
                condition=~Q(reference="") & ~Q(state="refused") & Q(deleted_at__isnull=True),
            ),
        ),
        migrations.RemoveIndex(model_name="order", name="order_external"),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                fields=["external_number"],
                name="order_external_once",
                condition=~Q(external_number="") & Q(deleted_at__isnull=True),
            ),
        ),
        migrations.CreateModel(
            name="OrderStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("placed", "已下单"),
                            ("preparing", "备货中"),
                            ("shipped", "已发货"),
                            ("delivered", "已交付"),
                            ("cancelled", "已取消"),
                        ],
                        max_length=10,
                    ),
                ),
                ("happened_on", models.DateField()),
                ("noted_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="sales.order"
                    ),
                ),
            ],
            options={"ordering": ("noted_at", "id")},
        ),
    ]
