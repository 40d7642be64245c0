from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _user() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sales", "0003_pipelines"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField("quote", "is_tax_included", models.BooleanField(default=False, verbose_name="单价含税")),
        migrations.AddField(
            "quoteline", "list_price", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)
        ),
        migrations.CreateModel(
            name="PrivateLink",
            fields=[
                ID,
                ("purpose", models.CharField(max_length=40)),
                ("record_type", models.CharField(max_length=40)),
                ("record_id", models.BigIntegerField()),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("created_by", _user()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("opened_count", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["record_type", "record_id", "purpose"], name="private_link_record")]
            },
        ),
        migrations.CreateModel(
            name="Letterhead",
            fields=[
                ID,
                ("name_zh", models.CharField(blank=True, max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=160)),
                ("address_zh", models.CharField(blank=True, max_length=200)),
                ("address_en", models.CharField(blank=True, max_length=200)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("email", models.CharField(blank=True, max_length=120)),
                ("website", models.CharField(blank=True, max_length=120)),
                ("tax_number", models.CharField(blank=True, max_length=40)),
                ("bank_zh", models.CharField(blank=True, max_length=120)),
                ("bank_en", models.CharField(blank=True, max_length=160)),
                ("bank_account", models.CharField(blank=True, max_length=60)),
                ("terms_zh", models.TextField(blank=True)),
                ("terms_en", models.TextField(blank=True)),
                ("logo", models.BinaryField(blank=True, null=True)),
                ("logo_kind", models.CharField(blank=True, max_length=8)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CurrencyRate",
            fields=[
                ID,
                ("currency", models.CharField(max_length=3)),
                ("rate", models.DecimalField(decimal_places=6, max_digits=14)),
                ("valid_from", models.DateField()),
                ("created_at", models.DateTimeField()),
                ("created_by", _user()),
            ],
            options={
                "ordering": ("currency", "-valid_from"),
                "constraints": [models.UniqueConstraint(fields=("currency", "valid_from"), name="currency_rate_once")],
            },
        ),
        migrations.CreateModel(
            name="PriceRow",
            fields=[
                ID,
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_rows",
                        to="sales.product",
                    ),
                ),
                ("currency", models.CharField(default="CNY", max_length=3)),
                ("level", models.CharField(blank=True, max_length=60)),
                ("valid_from", models.DateField()),
                ("price", models.DecimalField(decimal_places=2, max_digits=16)),
            ],
            options={
                "ordering": ("currency", "level", "-valid_from"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "currency", "level", "valid_from"), name="price_row_once"
                    )
                ],
            },
        ),
    ]
