from typing import ClassVar

from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0002_folded_contacts"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="customer",
            name="type_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="类型说明"),
        ),
        migrations.AddField(
            model_name="customer",
            name="yearly_purchases",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=16, verbose_name="近 12 个月采购额"),
        ),
        migrations.AddField(
            model_name="customer",
            name="total_purchases",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=16, verbose_name="累计采购额"),
        ),
        migrations.AddField(
            model_name="customer",
            name="order_count",
            field=models.PositiveIntegerField(default=0, verbose_name="订单数"),
        ),
        migrations.AddField(
            model_name="customer",
            name="last_order_on",
            field=models.DateField(blank=True, null=True, verbose_name="最近下单"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["owner", "yearly_purchases", "id"], name="customer_own_yearly"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["yearly_purchases", "id"], name="customer_yearly"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["owner", "last_order_on", "id"], name="customer_own_order"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["last_order_on", "id"], name="customer_order"),
        ),
    ]
