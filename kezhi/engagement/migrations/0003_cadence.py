from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar = [("engagement", "0002_followup_has_changes")]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="CadencePlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_zh", models.CharField(max_length=120, verbose_name="中文名称")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="英文名称")),
                ("key", models.CharField(max_length=40, unique=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("active", "常联系的客户"),
                            ("dormant", "沉睡的客户（很久没有往来）"),
                            ("asleep", "唤醒没有回应的客户"),
                        ],
                        default="active",
                        max_length=10,
                        verbose_name="适用于",
                    ),
                ),
                ("condition", models.JSONField(blank=True, default=dict)),
                ("every", models.PositiveSmallIntegerField(default=1, verbose_name="每隔")),
                (
                    "unit",
                    models.CharField(
                        choices=[("day", "天"), ("week", "周"), ("month", "个月")],
                        default="week",
                        max_length=10,
                        verbose_name="单位",
                    ),
                ),
                ("method", models.CharField(blank=True, max_length=20, verbose_name="方式")),
                ("focus_zh", models.CharField(blank=True, max_length=200, verbose_name="中文重点")),
                ("focus_en", models.CharField(blank=True, max_length=200, verbose_name="英文重点")),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_on", models.BooleanField(default=True, verbose_name="启用")),
            ],
            options={"ordering": ["position", "id"]},
        ),
    ]
